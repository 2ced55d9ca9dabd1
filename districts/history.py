"""What happened to a rollout, when and by whom, as its ledger tells it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from districts.models import Rollout, Suspension
from portal.accounts.models import User
from portal.core.templatetags.ui import jalali
from portal.ledger.models import Entry
from portal.workflow.steps import Facts

TITLES = {
    "begin": gettext_lazy("Preparation began"),
    "announce": gettext_lazy("Announced"),
    "go_live": gettext_lazy("Went live"),
    "record": gettext_lazy("Went live"),
    "suspend": gettext_lazy("Was suspended"),
    "resume": gettext_lazy("Resumed"),
}


@dataclass(frozen=True)
class Act:
    """One step that was taken; `who` is a person of the staff or the name of a process."""

    action: str
    title: str
    at: datetime
    who: str
    note: str


def history_of(rollout: Rollout) -> list[Act]:
    """Every step of the rollout, oldest first."""
    return _acts(list(Entry.objects.of(rollout.stream)))


def last_acts(rollouts: Iterable[Rollout]) -> dict[str, Act]:
    """The latest step of each rollout, by its stream."""
    streams = [rollout.stream for rollout in rollouts]
    last = list(Entry.objects.filter(stream__in=streams).order_by("stream", "-seq").distinct("stream"))
    return dict(zip((entry.stream for entry in last), _acts(last), strict=True))


def _acts(entries: list[Entry]) -> list[Act]:
    names = _names_of({entry.actor for entry in entries})
    return [_act(entry, names.get(entry.actor, _("Portal"))) for entry in entries]


def _act(entry: Entry, who: str) -> Act:
    action = entry.kind.rpartition(".")[2]
    return Act(action, str(TITLES.get(action, action)), entry.at, who, _note(entry.facts))


def _names_of(actors: set[str]) -> dict[str, str]:
    people = {actor.removeprefix("user/") for actor in actors if actor.startswith("user/")}
    names = {f"user/{pk}": name for pk, name in User.objects.filter(pk__in=people).values_list("pk", "full_name")}
    return names | {"system/history-import": _("From the published history")}


def _note(facts: Facts) -> str:
    """The day and the reason, where the step has them."""
    said = []
    if facts.get("planned_on"):
        said.append(_("Planned for %(date)s") % {"date": jalali(date.fromisoformat(facts["planned_on"]))})
    if facts.get("effective_on"):
        said.append(_("Counts from %(date)s") % {"date": jalali(date.fromisoformat(facts["effective_on"]))})
    if facts.get("reason"):
        said.append(str(Suspension(facts["reason"]).label))
    return " · ".join(said)
