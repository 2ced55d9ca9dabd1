"""manage.py demo: the city, its published history, the cast, the desks on the first morning. Safe to repeat."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from districts.territory import load_districts, load_rollouts
from portal.demo import scenes
from portal.demo.cast import create_cast
from portal.demo.progress import Bar


class Command(BaseCommand):
    help = "Fill an empty portal for the demonstration (DEMO=1); what is there already stays."

    def handle(self, *args: Any, **options: Any) -> None:
        load_districts()
        load_rollouts()
        call_command("build_city", stdout=self.stdout)
        create_cast()
        call_command("replay_history", stdout=self.stdout)
        if not scenes.are_set():
            bar = Bar(self.stdout, "Cases on the desks", len(scenes.NEIGHBOURS) + 1)
            scenes.set_scenes(bar)
            bar.finish()
