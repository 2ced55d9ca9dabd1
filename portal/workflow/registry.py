"""Every workflow by its name, and every kind of record that the one step endpoint serves. Filled by `portal.wiring`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse

from portal.workflow.models import Stateful
from portal.workflow.steps import Workflow


@dataclass(frozen=True)
class Kind:
    """A kind of record in URLs: its model, the column that names it there, and the page that shows it.

    `page(request, subject, *, action="", form=None, status=200)` renders the record with a form that did not pass.
    """

    model: type[Stateful]
    lookup: str
    page: Callable[..., HttpResponse]


_workflows: dict[str, Workflow] = {}
_kinds: dict[str, Kind] = {}


def register(workflow: Workflow) -> None:
    if workflow.name in _workflows:
        raise ValueError(f"two workflows are called {workflow.name}")
    _workflows[workflow.name] = workflow


def register_kind(slug: str, kind: Kind) -> None:
    if slug in _kinds:
        raise ValueError(f"two kinds are called {slug}")
    _kinds[slug] = kind


def workflow_of(subject: Stateful) -> Workflow:
    return _workflows[subject.workflow]


def workflows() -> tuple[Workflow, ...]:
    return tuple(_workflows[name] for name in sorted(_workflows))


def kind_of(slug: str) -> Kind | None:
    return _kinds.get(slug)


def state_label(subject: Stateful) -> Any:
    return workflow_of(subject).states[subject.state]
