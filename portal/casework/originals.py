"""The original of a paper: sealed evidence, opened by two roles together and for a day (reliability.md 4.4).

Staff work with pictures of the pages. Who needs the file as it was received asks for it with a reason, somebody of
another role releases it, both may then download it, and the applicant reads that they did.
"""

from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.accounts.actors import Actor
from portal.accounts.models import Role
from portal.casework.models import Attachment, Case, OriginalRequest
from portal.core.errors import GuardFailed, NotAllowed
from portal.workflow.perform import begin
from portal.workflow.permissions import staff, system
from portal.workflow.steps import Facts, Step, Workflow

RELEASED_FOR = timedelta(hours=24)
ASKED_FOR = timedelta(days=7)
"""How long a request waits for an answer."""

ASKERS = (Role.HELP_DESK, Role.ARCHIVIST, Role.REVIEWER, Role.APPROVER, Role.SIGNATORY)
RELEASERS = (Role.APPROVER, Role.AUDITOR)


def asking_role(actor: Actor, case: Case) -> str:
    """The role under which the actor may ask for an original of the case; empty when none allows it."""
    if actor.user_id == case.applicant_id:
        return ""
    return next((role.value for role in ASKERS if actor.holds(role, case.district_id)), "")


def ask(paper: Attachment, *, actor: Actor, reason: str) -> OriginalRequest:
    """Ask for the original; the actor's open request when there is one. Raises NotAllowed."""
    role = asking_role(actor, paper.case)
    if not (role and paper.has_original):
        raise NotAllowed
    with transaction.atomic(durable=True):
        Attachment.objects.select_for_update(of=("self",)).get(pk=paper.pk)  # two presses make one request
        request = OriginalRequest(
            workflow="original", paper=paper, reason=reason, asked_by_id=actor.person_id, asked_as=role
        )
        recorded = {"case": str(paper.case_id), "paper": str(paper.pk), "reason": reason, "role": role}
        return open_request(paper, actor) or begin(request, actor=actor, **recorded)


def open_request(paper: Attachment, actor: Actor) -> OriginalRequest | None:
    """The actor's request about this paper that waits for its answer or still lets the paper out."""
    mine = OriginalRequest.objects.visible_to(actor).filter(paper=paper, asked_by=actor.user_id)
    waiting = mine.filter(state="asked").first()
    return waiting or mine.live().first()


def is_open_to(paper: Attachment, actor: Actor) -> bool:
    """Whether the actor asked for or released this original, within its day, and still holds the role of that."""
    mine = OriginalRequest.objects.visible_to(actor).of(actor).live().filter(paper=paper)
    return any(actor.holds(request.role_of(actor), paper.case.district_id) for request in mine)


def overdue() -> list[OriginalRequest]:
    """Releases whose time is over, and requests that nobody answered."""
    now = timezone.now()
    over = Q(state="released", released_until__lte=now) | Q(state="asked", state_since__lt=now - ASKED_FOR)
    return list(OriginalRequest.objects.filter(over).order_by("pk")[:500])


# --- the workflow ----------------------------------------------------------------------------------------------------


def is_another(request: OriginalRequest, actor: Actor) -> bool:
    """Neither the asker nor the applicant, nor anybody who holds the role under which was asked."""
    is_party = actor.user_id in (request.asked_by_id, request.paper.case.applicant_id)
    return not is_party and not actor.holds(request.asked_as, request.district_id)


def four_eyes_two_roles(request: OriginalRequest, actor: Actor, facts: Facts) -> None:
    if not is_another(request, actor):
        raise GuardFailed(_("Somebody of another role than the one that asked must answer this request."))


def release(request: OriginalRequest, actor: Actor, facts: Facts) -> Facts:
    request.released_until = timezone.now() + RELEASED_FOR
    return answer(request, actor, facts) | {"until": request.released_until.isoformat()}


def answer(request: OriginalRequest, actor: Actor, facts: Facts) -> Facts:
    request.answered_by_id = actor.person_id
    request.answered_as = next(role.value for role in RELEASERS if actor.holds(role, request.district_id))
    return {"role": request.answered_as}


RELEASER = staff(Role.APPROVER) | staff(Role.AUDITOR)
TIMER = system("deadline-timer")

ORIGINAL = Workflow(
    "original",
    "asked",
    {"asked": _("Waiting for an answer"), "released": _("Released"), "refused": _("Refused"), "lapsed": _("Lapsed")},
    (
        Step(
            action="release", source="asked", target="released", by=RELEASER, needs_step_up=True,
            guards=(four_eyes_two_roles,), effect=release, label=_("Release for 24 hours"),
            done=_("The original is released for 24 hours, to the colleague who asked and to you."), look="primary",
        ),
        Step(
            action="refuse", source="asked", target="refused", by=RELEASER, guards=(four_eyes_two_roles,),
            effect=answer, label=_("Refuse"), done=_("The request is refused."), look="danger",
        ),
        Step(action="lapse", source="asked", target="lapsed", by=TIMER),
        Step(action="lapse", source="released", target="lapsed", by=TIMER),
    ),
)  # fmt: skip
