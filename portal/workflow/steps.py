"""A workflow is a table of steps. The whole life of a kind of record can be read in one place."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from portal.accounts.actors import Actor
from portal.core.errors import IllegalStep
from portal.workflow.models import Stateful
from portal.workflow.permissions import Permission

Facts = dict[str, Any]
Guard = Callable[[Any, Actor, Facts], None]
Effect = Callable[[Any, Actor, Facts], Facts | None]


def nothing(subject: Stateful, actor: Actor, facts: Facts) -> None:
    """The effect of a step that only moves."""


@dataclass(frozen=True)
class Back:
    """A target remembered on the record: `attribute` holds the state to go back to, one of `options`."""

    attribute: str
    options: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Step:
    """One row: who may do what from where to where.

    `guards` raise GuardFailed; `effect` writes to the database only and returns what the ledger shall record besides
    (ids, codes, amounts, digests; never free text). `form` checks the input; its clean data become the facts.
    """

    action: str
    source: str
    target: str | Back
    by: Permission
    label: Any = ""
    done: Any = ""  # what the page says once it is committed
    guards: tuple[Guard, ...] = ()
    effect: Effect = nothing
    form: type | None = None
    needs_step_up: bool = False
    look: str = "quiet"  # primary, quiet or danger: how the button looks

    def target_of(self, subject: Stateful) -> str:
        if isinstance(self.target, str):
            return self.target
        state = getattr(subject, self.target.attribute)
        if state not in self.target.options:
            raise IllegalStep
        return state

    @property
    def targets(self) -> tuple[str, ...]:
        return (self.target,) if isinstance(self.target, str) else self.target.options


@dataclass(frozen=True)
class Workflow:
    """A named table of steps; `states` gives each state's label in the order of the life cycle.

    `unsealed` names states in which the owner may still edit the record freely (a draft), so that the ledger does not
    vouch for its columns yet.
    """

    name: str
    initial: str
    states: dict[str, Any]
    steps: tuple[Step, ...]
    unsealed: frozenset[str] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        named = {self.initial} | {s.source for s in self.steps} | {t for s in self.steps for t in s.targets}
        if unknown := named - set(self.states):
            raise ValueError(f"{self.name}: states without a label: {sorted(unknown)}")
        pairs = [(s.source, s.action) for s in self.steps]
        if len(pairs) != len(set(pairs)):
            raise ValueError(f"{self.name}: an action appears twice in one state")

    def step(self, state: str, action: str) -> Step:
        """The step called `action` from `state`; raises IllegalStep when the table has none."""
        for step in self.steps:
            if step.source == state and step.action == action:
                return step
        raise IllegalStep

    def from_state(self, state: str) -> Iterator[Step]:
        return (step for step in self.steps if step.source == state)

    @property
    def final_states(self) -> frozenset[str]:
        return frozenset(self.states) - {step.source for step in self.steps}
