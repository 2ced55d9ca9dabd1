"""The life of a rollout: announced, gone live, suspended, resumed."""

from datetime import date

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from districts import forms
from districts.models import Rollout
from portal.accounts.actors import Actor
from portal.accounts.models import Role
from portal.core.errors import GuardFailed
from portal.workflow.permissions import staff, system
from portal.workflow.steps import Facts, Step, Workflow

MANAGER = staff(Role.ROLLOUT_MANAGER)


def not_in_the_past(rollout: Rollout, actor: Actor, facts: Facts) -> None:
    """A day that has passed cannot be promised."""
    if facts["planned_on"] < timezone.localdate():
        raise GuardFailed(_("This day has passed. Announce today or a later day."))


def not_in_the_future(rollout: Rollout, actor: Actor, facts: Facts) -> None:
    """What has not happened yet is announced, not recorded."""
    if day_of(facts) > timezone.localdate():
        raise GuardFailed(_("This date lies in the future. Announce it as the planned date instead."))


def in_order(rollout: Rollout, actor: Actor, facts: Facts) -> None:
    """A service is suspended after it went live, and resumed after it was suspended."""
    before = rollout.suspended_on or rollout.live_on
    if before and day_of(facts) < before:
        raise GuardFailed(_("This day is too early here: it lies before the step that this one follows."))


def day_of(facts: Facts) -> date:
    """The day from which the step counts; today unless it is given."""
    return facts.get("effective_on") or timezone.localdate()


def announce(rollout: Rollout, actor: Actor, facts: Facts) -> Facts:
    rollout.planned_on = facts["planned_on"]
    return {"planned_on": rollout.planned_on.isoformat()}


def go_live(rollout: Rollout, actor: Actor, facts: Facts) -> Facts:
    rollout.live_on = day_of(facts)
    return {"effective_on": rollout.live_on.isoformat()}


def suspend(rollout: Rollout, actor: Actor, facts: Facts) -> Facts:
    rollout.suspended_on = day_of(facts)
    return {"effective_on": rollout.suspended_on.isoformat(), "reason": str(facts["reason"])}


def resume(rollout: Rollout, actor: Actor, facts: Facts) -> Facts:
    """The first day of going live stays: statistics count from it."""
    rollout.suspended_on = None
    return {"effective_on": day_of(facts).isoformat()}


ROLLOUT = Workflow(
    "rollout",
    "planned",
    {"planned": _("Planned"), "live": _("Live"), "suspended": _("Suspended")},
    (
        Step(
            action="announce", source="planned", target="planned", by=MANAGER, guards=(not_in_the_past,),
            effect=announce, form=forms.AnnounceForm, label=_("Announce"), done=_("The planned day is announced."),
        ),
        Step(
            action="go_live", source="planned", target="live", by=MANAGER, needs_step_up=True,
            guards=(not_in_the_future,), effect=go_live, form=forms.GoLiveForm, label=_("Go live"),
            done=_("The service is live in this district."), look="primary",
        ),
        # What went live before the portal existed is taken over from the published history.
        Step(
            action="record", source="planned", target="live", by=system("history-import"),
            guards=(not_in_the_future,), effect=go_live,
        ),
        Step(
            action="suspend", source="live", target="suspended", by=MANAGER, needs_step_up=True,
            guards=(not_in_the_future, in_order), effect=suspend, form=forms.SuspendForm, label=_("Suspend"),
            done=_("The service is suspended in this district. Nobody can file here until it is resumed."),
            look="danger",
        ),
        Step(
            action="resume", source="suspended", target="live", by=MANAGER, needs_step_up=True,
            guards=(not_in_the_future, in_order), effect=resume, form=forms.ResumeForm, label=_("Resume"),
            done=_("The service is live in this district again."), look="primary",
        ),
    ),
)  # fmt: skip
