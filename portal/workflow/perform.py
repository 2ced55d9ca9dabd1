"""The engine. `perform` moves a record, `begin` makes one, `import_closed` takes in history; nothing else writes state.

One step is one durable transaction: lock, compare, ask, decide, write, record, publish, commit. It returns committed,
or raises with nothing changed.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Protocol, TypeVar

from django.db import transaction

from portal.accounts.actors import Actor
from portal.core.errors import IllegalStep, NotAllowed, StaleRecord, StepUpNeeded
from portal.ledger import chain
from portal.outbox.publish import publish
from portal.workflow.models import Stateful
from portal.workflow.registry import workflow_of
from portal.workflow.steps import Facts, Step

S = TypeVar("S", bound=Stateful)


class Claim(Protocol):
    """What makes a second run harmless: a form's key, or an event's receipt. `claim()` raises AlreadyDone."""

    def claim(self) -> None: ...


def perform(
    subject: S, action: str, *, actor: Actor, seen: int | None = None, once: Claim | None = None, **facts: Any
) -> S:
    """Take the step `action`; returns the committed record.

    `seen` is the revision the person looked at. Raises IllegalStep, StaleRecord, NotAllowed, StepUpNeeded, GuardFailed
    or AlreadyDone (from `once`), each with nothing changed.
    """
    with transaction.atomic(durable=True):
        subject = type(subject)._base_manager.select_for_update(of=("self",)).get(pk=subject.pk)
        if once is not None:
            once.claim()
        if seen is not None and seen != subject.revision:
            raise StaleRecord
        step = workflow_of(subject).step(subject.state, action)
        _admit(step, subject, actor, facts)
        target = step.target_of(subject)
        recorded = step.effect(subject, actor, facts) or {}
        _move(subject, action, target, actor=actor, recorded=recorded)
    return subject


def begin(subject: S, *, actor: Actor, **recorded: Any) -> S:
    """Store a new record in its initial state, with its first entry and event.

    Opens its own transaction or joins the caller's: the one engine function that an effect may call. `recorded` are
    facts for the ledger.
    """
    with transaction.atomic():
        _move(subject, "begin", workflow_of(subject).initial, actor=actor, recorded=recorded)
    return subject


def import_closed(subjects: Iterable[S], *, state: str, actor: Actor, recorded: Iterable[Facts]) -> list[S]:
    """Take in records that ended before the portal existed, each with one entry `<workflow>.import`; publishes nothing.

    `state` must be a final state of their workflow. The entries carry the time of the import, never an older one: what
    the source says of the past stands in `recorded`.
    """
    subjects = list(subjects)
    if not subjects:
        return []
    workflow = workflow_of(subjects[0])
    if state not in workflow.final_states:
        raise IllegalStep
    with transaction.atomic():
        now = chain.database_now()
        for subject in subjects:
            _set(subject, state, now)
        type(subjects[0])._base_manager.bulk_create(subjects, batch_size=2000)
        rows = (
            (subject.stream, f"{workflow.name}.import", _body(subject, "", facts))
            for subject, facts in zip(subjects, recorded, strict=True)
        )
        chain.append_first(rows, actor=actor.code)
    return subjects


def steps_for(subject: Stateful, actor: Actor) -> list[Step]:
    """The steps that `actor` may take now: the buttons of the page."""
    return [step for step in workflow_of(subject).from_state(subject.state) if step.by(actor, subject)]


def _admit(step: Step, subject: Stateful, actor: Actor, facts: Facts) -> None:
    if not step.by(actor, subject):
        raise NotAllowed(f"{actor.code} may not {step.action} {subject.stream}")
    if step.needs_step_up and not actor.has_stepped_up:
        raise StepUpNeeded
    for guard in step.guards:
        guard(subject, actor, facts)


def _move(subject: Stateful, action: str, target: str, *, actor: Actor, recorded: Facts) -> None:
    """Write the new state, chain the entry, publish the event. The record's time is the entry's time."""
    before = subject.state
    place = chain.lock(subject.stream)
    is_new = subject._state.adding
    _set(subject, target, place.at)
    subject.save(force_insert=is_new)
    name = f"{subject.workflow}.{action}"
    entry = chain.append(place, name, actor=actor.code, data=_body(subject, before, recorded))
    publish(name, subject, at=place.at, entry_id=entry.pk)


def _set(subject: Stateful, state: str, now: datetime) -> None:
    subject.state = state
    subject.state_since = now
    subject.revision += 1


def _body(subject: Stateful, before: str, recorded: Facts) -> Facts:
    record = "" if subject.state in workflow_of(subject).unsealed else subject.record_digest()
    return {"from": before, "to": subject.state, "revision": subject.revision, "record": record, **recorded}
