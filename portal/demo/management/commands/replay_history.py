"""manage.py replay_history: the published roll-out and its 16,244 inquiries, through the engine."""

from django.core.management.base import BaseCommand

from districts.territory import load_districts, load_rollouts
from portal.demo import history
from portal.demo.progress import Bar


class Command(BaseCommand):
    help = "Enter the published going-live dates and the inquiries answered up to 1401/10/25."

    def handle(self, **_options: object) -> None:
        load_districts()
        live = load_rollouts()
        bar = Bar(self.stdout, "History", history.TOTAL)
        done = history.replay(bar)
        if done:
            bar.finish()
        else:
            self.stdout.write("The history is there already; nothing was changed.")
        self.stdout.write(f"Rollouts entered: {live}. Inquiries entered: {done}.")
