"""The worklist (کارتابل): oldest first, taken by "next case" only. There is no priority field and no picking."""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from portal.accounts.actors import Actor
from portal.accounts.models import RoleGrant, User
from portal.casework.models import Assignment, AssignmentQuerySet, Case, CaseQuerySet
from portal.workflow.perform import begin
from portal.workflow.steps import Facts

DESKS: dict[str, tuple[str, ...]] = {}
"""Which states wait at the desk of which role; filled by `portal.wiring` from the workflows."""

KEPT_FOR_REVIEWER = timedelta(days=7)
"""How long a case that came back to review waits for the person who reviewed it before."""


def waiting_for(actor: Actor) -> CaseQuerySet:
    """The open cases that wait for one of the actor's roles in its districts, in the order of the queue.

    A case that goes back to a reviewer goes back to the same one, unless that person has left the desk, let the case
    go, or did not come for it within KEPT_FOR_REVIEWER.
    """
    wanted = Q(pk__in=())
    for role, district in actor.grants:
        for state in DESKS.get(role, ()):
            here = Q(state=state) if district is None else Q(state=state, district=district)
            if role == "reviewer":
                here &= Q(reviewer=None) | Q(reviewer=actor.user_id) | ~kept_for_reviewer()
            elif role == "approver":
                here &= ~Q(reviewer=actor.user_id) | Q(reviewer=None)
            elif role == "signatory":
                here &= (~Q(reviewer=actor.user_id) | Q(reviewer=None)) & (
                    ~Q(approver=actor.user_id) | Q(approver=None)
                )
            wanted |= here
    return Case.objects.visible_to(actor).open().filter(wanted).oldest_first()


def kept_for_reviewer() -> Q:
    """Cases that wait for their former reviewer alone."""
    let_go = Assignment.objects.filter(
        case=OuterRef("pk"), case_revision=OuterRef("revision"), user=OuterRef("reviewer"), state="released"
    )
    came_back_lately = Q(state_since__gte=timezone.now() - KEPT_FOR_REVIEWER)
    return came_back_lately & Q(works_at("reviewer", person="reviewer", district="district")) & ~Q(Exists(let_go))


def works_at(role: str, *, person: str, district: str) -> Exists:
    """The person of the column `person` is active and holds the role in the district of that column, or citywide."""
    grants = RoleGrant.objects.open().filter(role=role, user=OuterRef(person), user__is_active=True)
    return Exists(grants.filter(Q(district=None) | Q(district=OuterRef(district))))


def in_hand(actor: Actor) -> Assignment | None:
    """The case that the actor has taken and not yet moved."""
    mine = Assignment.objects.live().filter(user=actor.user_id, case__closed_at=None)
    here = mine.filter(case__in=waiting_for(actor).values("pk"))
    return here.select_related("case__service", "case__district", "case__parcel").order_by("pk").first()


MOST_COLLISIONS = 5


def take_next(actor: Actor) -> Case | None:
    """The case in hand, or else the oldest that nobody has taken; None when the worklist is empty.

    Colleagues who ask at the same moment get different cases: a locked row is skipped, and who comes upon a row just
    unlocked, taken after the own statement began, is stopped by the constraint and asks again. One person who asks
    twice at once gets one case: the person's own row orders the two, so nobody collects to choose.
    """
    for _again in range(MOST_COLLISIONS):
        try:
            return _take_next(actor)
        except IntegrityError as error:
            if "assignment_one_per_case_and_revision" not in str(error):
                raise
    return _take_next(actor)


def _take_next(actor: Actor) -> Case | None:
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
    held = Assignment.objects.taken().filter(case=case, case_revision=case.revision, user=actor.user_id)
    return held.exists()


# --- letting go ----------------------------------------------------------------------------------------------------


def held_cases() -> AssignmentQuerySet:
    """Every assignment in force, whoever holds it; for the sweep."""
    return Assignment.objects.live().filter(case__submitted_at__isnull=False, case__closed_at=None)


def holder_is_there() -> Q:
    """Assignments whose holder still works at the desk where the case waits, in the district of the case."""
    there = Q(pk__in=())
    for role, states in DESKS.items():
        there |= Q(works_at(role, person="user", district="case__district"), case__state__in=states)
    return there


def note_release(assignment: Assignment, actor: Actor, facts: Facts) -> Facts:
    """The ledger keeps why the case left this hand: `left` (the holder has gone) or `late` (held too long)."""
    return {"case": str(assignment.case_id), "why": facts["why"]}
