"""The path of a case as its ledger tells it: what happened, when, in which unit."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from portal.accounts.models import Role
from portal.casework.models import Case
from portal.ledger.models import Entry
from portal.workflow.registry import workflow_of

AUTOMATIC = gettext_noop("Automatic")
SYSTEMS = {
    "triage-rule": gettext_noop("Automatic, by rule"),
    "debt-check": gettext_noop("Automatic, from the register"),
    "issuer": gettext_noop("Automatic, sealed and numbered"),
    "deadline-timer": gettext_noop("Automatic, deadline"),
    "revocation": gettext_noop("Automatic, follows the certificate"),
}


@dataclass(frozen=True)
class Moment:
    """One line of the timeline; `act` is the action's name, `unit` says which desk, never who."""

    act: str
    target: str
    at: datetime
    unit: str
    facts: dict[str, Any]
    leaf: str


def moments(case: Case) -> Iterator[Moment]:
    """The entries of the case's chain, oldest first, in the words of its workflow."""
    for entry in Entry.objects.of(case.stream):
        facts = entry.facts
        yield Moment(
            act=entry.kind.rpartition(".")[2],
            target=facts["to"],
            at=entry.at,
            unit=unit_of(entry.actor, facts["from"], case),
            facts=facts,
            leaf=bytes(entry.leaf_hash).hex(),
        )


def unit_of(actor: str, source: str, case: Case) -> str:
    """The desk that acted: from the kind of actor and the state in which the case stood."""
    if actor.startswith("system/"):
        return _(SYSTEMS.get(actor.removeprefix("system/"), AUTOMATIC))
    if case.applicant_id and actor == f"user/{case.applicant_id}":
        return _("Applicant")
    for step in workflow_of(case).from_state(source):
        role = step.by.name
        if role in Role.values:
            return _("%(role)s, %(district)s") % {"role": Role(role).label, "district": case.district}
    return _("Portal")
