"""The life of a rollout: announced, gone live, suspended, resumed."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from districts.models import Rollout
from portal.accounts.actors import Actor
from portal.accounts.models import Role
from portal.core.errors import GuardFailed
from portal.workflow.permissions import staff, system
from portal.workflow.steps import Facts, Step, Workflow

MANAGER = staff(Role.ROLLOUT_MANAGER) | system("history-import")


def not_in_the_future(rollout: Rollout, actor: Actor, facts: Facts) -> None:
    """What has not happened yet is announced, not recorded."""
    if facts.get("effective_on") and facts["effective_on"] > timezone.localdate():
        raise GuardFailed(_("This date lies in the future. Announce it as the planned date instead."))


def announce(rollout: Rollout, actor: Actor, facts: Facts) -> Facts:
    rollout.planned_on = facts["planned_on"]
    return {"planned_on": rollout.planned_on.isoformat()}


def go_live(rollout: Rollout, actor: Actor, facts: Facts) -> Facts:
    rollout.live_on = facts.get("effective_on") or timezone.localdate()
    return {"effective_on": rollout.live_on.isoformat()}


def suspend(rollout: Rollout, actor: Actor, facts: Facts) -> Facts:
    rollout.suspended_on = facts.get("effective_on") or timezone.localdate()
    return {"effective_on": rollout.suspended_on.isoformat()}


def resume(rollout: Rollout, actor: Actor, facts: Facts) -> Facts:
    """The first day of going live stays: statistics count from it."""
    rollout.suspended_on = None
    return {"effective_on": (facts.get("effective_on") or timezone.localdate()).isoformat()}


ROLLOUT = Workflow(
    "rollout",
    "planned",
    {"planned": _("Planned"), "live": _("Live"), "suspended": _("Suspended")},
    (
        Step(action="announce", source="planned", target="planned", by=MANAGER, effect=announce, label=_("Announce")),
        Step(
            action="go_live",
            source="planned",
            target="live",
            by=MANAGER,
            guards=(not_in_the_future,),
            effect=go_live,
            label=_("Go live"),
        ),
        Step(
            action="suspend",
            source="live",
            target="suspended",
            by=MANAGER,
            guards=(not_in_the_future,),
            effect=suspend,
            label=_("Suspend"),
        ),
        Step(
            action="resume",
            source="suspended",
            target="live",
            by=MANAGER,
            guards=(not_in_the_future,),
            effect=resume,
            label=_("Resume"),
        ),
    ),
)
