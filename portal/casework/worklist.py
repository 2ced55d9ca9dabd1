"""The worklist (کارتابل): oldest first, taken by "next case" only. There is no priority field and no picking."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Q

from portal.accounts.actors import Actor
from portal.accounts.models import RoleGrant, User
from portal.casework.models import Assignment, Case, CaseQuerySet
from portal.workflow.perform import begin

DESKS: dict[str, tuple[str, ...]] = {}
"""Which states wait at the desk of which role; filled by `portal.wiring` from the workflows."""


def waiting_for(actor: Actor) -> CaseQuerySet:
    """The open cases that wait for one of the actor's roles in its districts, in the order of the queue.

    A case that goes back to a reviewer goes back to the same one, as long as that person still holds the role there.
    """
    wanted = Q(pk__in=())
    for role, district in actor.grants:
        for state in DESKS.get(role, ()):
            here = Q(state=state) if district is None else Q(state=state, district=district)
            if role == "reviewer":
                here &= Q(reviewer=None) | Q(reviewer=actor.user_id) | ~Q(reviewer__in=holders(role))
            elif role == "approver":
                here &= ~Q(reviewer=actor.user_id) | Q(reviewer=None)
            elif role == "signatory":
                here &= (~Q(reviewer=actor.user_id) | Q(reviewer=None)) & (
                    ~Q(approver=actor.user_id) | Q(approver=None)
                )
            wanted |= here
    return Case.objects.visible_to(actor).open().filter(wanted).oldest_first()


def holders(role: str) -> Iterable[object]:
    return RoleGrant.objects.open().filter(role=role, user__is_active=True).values("user")


def in_hand(actor: Actor) -> Assignment | None:
    """The case that the actor has taken and not yet moved."""
    mine = Assignment.objects.live().filter(user=actor.user_id, case__closed_at=None)
    return mine.filter(case__in=waiting_for(actor).values("pk")).select_related("case").order_by("pk").first()


def take_next(actor: Actor) -> Case | None:
    """The case in hand, or else the oldest that nobody has taken; None when the worklist is empty.

    Colleagues who ask at the same moment get different cases: the row lock is skipped, the constraint holds. One
    person who asks twice at once gets one case: the person's own row orders the two, so nobody collects to choose.
    """
    with transaction.atomic(durable=True):
        User.objects.select_for_update(of=("self",)).get(pk=actor.person_id)
        held = in_hand(actor)
        if held is not None:
            return held.case
        queue = waiting_for(actor).untaken().select_for_update(skip_locked=True, of=("self",))
        case = queue.first()
        if case is None:
            return None
        assignment = Assignment(workflow="assignment", case=case, case_revision=case.revision, user_id=actor.person_id)
        begin(assignment, actor=actor, case=str(case.pk), case_revision=case.revision)
    return case


AHEAD_AT_MOST = 100


def ahead_of(case: Case) -> int:
    """How many open cases of the district wait at the same desk and were filed earlier, counted up to AHEAD_AT_MOST."""
    same_desk = Case.objects.open().filter(district=case.district_id, state=case.state)
    return len(same_desk.filter(submitted_at__lt=case.submitted_at).values_list("pk")[:AHEAD_AT_MOST])


def has_taken(case: Case, actor: Actor) -> bool:
    """True when the actor holds the live assignment of the case."""
    held = Assignment.objects.filter(case=case, case_revision=case.revision, user=actor.user_id)
    return held.exists()
