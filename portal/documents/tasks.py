"""What the workers do for papers: be warm before the first one, and end validity on its day."""

import gc
from typing import Any

from celery import shared_task
from celery.signals import worker_init
from django.utils import timezone

from portal.accounts.actors import Actor
from portal.core.errors import Refusal
from portal.documents.models import Certificate
from portal.workflow.perform import perform

TIMER = Actor.system("deadline-timer")


@worker_init.connect
def warm_up(**_event: Any) -> None:
    """Load fonts, styles and the key once, in the parent, so that a forked child is ready in milliseconds.

    A self-test refuses to start with the wrong fonts (documents.md 3.5).
    """
    from portal.documents import engine
    from portal.documents.issue import seal

    engine.self_test()
    seal()
    gc.collect()
    gc.freeze()


@shared_task
def sweep_validity() -> None:
    """Expire certificates whose last valid day has passed; running it twice changes nothing."""
    for certificate in Certificate.objects.filter(state="issued", valid_until__lt=timezone.localdate())[:500]:
        try:
            perform(certificate, "expire", actor=TIMER, seen=certificate.revision)
        except Refusal:
            continue  # superseded or revoked in the meantime
