"""What is forgotten, and what is not."""

from datetime import timedelta
from uuid import uuid4

from django.conf import settings
from django.utils import timezone

from portal.ledger.models import Entry
from portal.outbox.models import Event, Receipt
from portal.workflow.models import FormKey
from portal.workflow.tasks import forget_old


def test_the_keys_of_forms_are_forgotten_after_a_month(db):
    old, young = (
        FormKey.objects.create(actor="user/1", key=uuid4(), fingerprint="0" * 64, location="/") for _ in range(2)
    )
    FormKey.objects.filter(pk=old.pk).update(at=timezone.now() - timedelta(days=31))
    FormKey.objects.filter(pk=young.pk).update(at=timezone.now() - timedelta(days=29))
    forget_old()
    assert list(FormKey.objects.all()) == [young]


def test_done_effects_are_forgotten_after_a_quarter_and_the_ledger_forgets_nothing(case_at):
    case = case_at("in_review")
    entries = Entry.objects.count()
    forget_old()
    assert Event.objects.filter(subject_id=case.pk).exists()
    long_ago = timezone.now() - timedelta(days=91)
    Receipt.objects.update(done_at=long_ago)
    Event.objects.update(at=long_ago)
    forget_old()
    assert not Receipt.objects.exists() and not Event.objects.exists()
    assert Entry.objects.count() == entries


def test_it_runs_every_day():
    runs = {entry["task"]: entry["schedule"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert runs[forget_old.name] == 24 * 3600
