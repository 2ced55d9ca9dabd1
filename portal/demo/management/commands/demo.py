"""manage.py demo: the city, its published history, the cast, the desks on the first morning. Safe to repeat."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from districts.territory import load_districts, load_rollouts
from portal.accounts import people
from portal.catalogue.models import Service
from portal.demo import scenes
from portal.demo.cast import DEMO, create_cast
from portal.demo.progress import Bar
from portal.parcels import acts
from portal.parcels.models import Parcel


class Command(BaseCommand):
    help = "Fill an empty portal for the demonstration (DEMO=1); what is there already stays."

    def handle(self, *args: Any, **options: Any) -> None:
        load_districts()
        load_rollouts()
        self.record_what_older_versions_made()
        call_command("build_city", stdout=self.stdout)
        create_cast()
        call_command("replay_history", stdout=self.stdout)
        if not scenes.are_set():
            bar = Bar(self.stdout, "Cases on the desks", len(scenes.NEIGHBOURS) + 1)
            scenes.set_scenes(bar)
            bar.finish()

    def record_what_older_versions_made(self) -> None:
        """A demonstration of before knows no entries about people and reference data."""
        if Parcel.objects.exists() and not acts.is_sealed(Service):
            acts.record_reference(actor=DEMO, because="demo")
        if not people.is_recording():
            people.adopt(actor=DEMO, because="demo")
