"""What the workers do for papers: be warm before the first one, and end validity on its day."""

import gc
from typing import Any

from celery import shared_task
from celery.signals import worker_init
from django.utils import timezone

from portal.accounts.actors import Actor
from portal.casework import storage
from portal.casework.models import Attachment
from portal.casework.tasks import by_itself
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


# Twice as long as a form may name what was put for it: no clock or slow commit brings the two together.
ORPHAN_AGE_S = 2 * storage.PROMISED_S


@shared_task
def sweep_orphans() -> int:
    """Remove stored files that no record names and that are older than two days; returns how many.

    They are left by forms that were given up after a good upload, and by renderings that another run overtook. The
    walk takes long: what a record came to name meanwhile, and what was put again, stays.
    """
    named: set[str] = set(Attachment.objects.values_list("cleaned_sha256", flat=True))
    named.update(Certificate.objects.exclude(pdf_sha256="").values_list("pdf_sha256", flat=True))
    removed = 0
    for sha256 in storage.older_than(ORPHAN_AGE_S):
        if sha256 not in named and not _is_named(sha256) and storage.is_older_than(ORPHAN_AGE_S, sha256):
            storage.remove(sha256)
            removed += 1
    return removed


def _is_named(sha256: str) -> bool:
    papers, certificates = Attachment.objects.filter(cleaned_sha256=sha256), Certificate.objects
    return papers.exists() or certificates.filter(pdf_sha256=sha256).exists()


@shared_task
def sweep_validity() -> None:
    """Expire certificates whose last valid day has passed; running it twice changes nothing."""
    for certificate in Certificate.objects.filter(state="issued", valid_until__lt=timezone.localdate())[:500]:
        with by_itself(certificate):
            perform(certificate, "expire", actor=TIMER, seen=certificate.revision)
