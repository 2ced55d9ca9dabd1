"""manage.py build_city --seed 1: a believable Urmia that does not exist, the same for the same seed."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from portal.demo import city
from portal.demo.progress import Bar
from portal.parcels.models import Parcel


class Command(BaseCommand):
    help = "Make the synthetic city: districts, streets, parcels, owners and their papers."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seed", type=int, default=1, help="equal seeds make equal cities")
        parser.add_argument("--parcels", type=int, default=4000, help="number of plots of land (at least 100)")

    def handle(self, *, seed: int, parcels: int, **_options: object) -> None:
        if parcels < 100:
            raise CommandError("--parcels must be at least 100, so that each district has its streets.")
        if Parcel.objects.exists():
            self.stdout.write("A city is there already; nothing was changed. `make clean-data` makes room for another.")
            return
        made = city.build(seed, parcels, today=timezone.localdate())
        bar = Bar(self.stdout, "City", len(made))
        city.store(made, bar)
        bar.finish()
