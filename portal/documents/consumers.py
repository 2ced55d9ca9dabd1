"""Makes the paper of an intent, in a worker."""

from portal.documents.issue import issue
from portal.documents.models import Certificate
from portal.outbox.models import Event, Receipt


def make_paper(event: Event, receipt: Receipt) -> None:
    """Render, seal, store, move to issued; a second run finds the receipt claimed."""
    issue(Certificate.objects.select_related("case").get(pk=event.subject_id), once=receipt)
