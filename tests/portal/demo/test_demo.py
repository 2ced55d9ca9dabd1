"""The command that fills the demonstration brings one of an older version under the ledger."""

import pytest
from django.db import connection

from portal.accounts import people
from portal.accounts.models import User
from portal.catalogue.models import Service
from portal.demo.management.commands.demo import Command
from portal.ledger.models import Entry
from portal.parcels import acts
from portal.parcels.models import RegisterAct

pytestmark = pytest.mark.django_db


def test_a_demonstration_of_before_is_recorded_once():
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ledger_entry DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM ledger_entry WHERE kind LIKE 'person.%' OR kind = 'register_act.begin'")
    assert people.unrecorded().count() == User.objects.count() and not acts.is_sealed(Service)
    command = Command()
    command.record_what_older_versions_made()
    command.record_what_older_versions_made()
    assert not people.unrecorded().exists() and acts.is_sealed(Service)
    assert Entry.objects.filter(kind=people.ADOPT).count() == User.objects.count()
    assert RegisterAct.objects.filter(kind=RegisterAct.Kind.REFERENCE).count() == 1


def test_a_person_who_came_without_an_entry_later_is_not_adopted():
    ghost = User.objects.create(username="ghost", full_name="کسی")
    Command().record_what_older_versions_made()
    assert list(people.unrecorded()) == [ghost]
