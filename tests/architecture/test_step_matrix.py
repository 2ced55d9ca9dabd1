"""Who may do what in which state: the tables of all workflows, written out and compared with a reviewed text.

Each workflow is printed twice: its table of steps, and what each member of the cast may really do with a record of
district 1. A difference is a change of the bylaw's rights: read it, then make it official with

    STEP_MATRIX=write make test ARGS=tests/architecture/test_step_matrix.py
"""

import difflib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from districts.models import Rollout
from portal.accounts.actors import Actor
from portal.casework.models import Assignment, Attachment, Case, OriginalRequest
from portal.demo.cast import CITIZENS, WORKERS, person_of
from portal.documents.models import Certificate
from portal.parcels.models import RegisterAct
from portal.workflow.models import Stateful
from portal.workflow.registry import workflows
from portal.workflow.steps import Back, Step, Workflow

REVIEWED = Path(__file__).with_name("step_matrix.txt")
HEADING = """\
The step matrix: reviewed by a person who knows the bylaw, compared by tests/architecture/test_step_matrix.py.
Maryam is the applicant; the record lies in district 1; reviewer-3 and nobody else of the staff belongs elsewhere.
"""


@pytest.fixture
def subjects(maryam) -> dict[str, Stateful]:
    """A record of each workflow in district 1. Permissions ask only for its district and its applicant."""
    case = Case(workflow="transfer_inquiry", district_id=1, applicant=maryam)
    return {
        "assignment": Assignment(workflow="assignment", case=case),
        "certificate": Certificate(workflow="certificate", case=case),
        "original": OriginalRequest(workflow="original", paper=Attachment(case=case), asked_as="reviewer"),
        "recorded_inquiry": Case(workflow="recorded_inquiry", district_id=1, channel=Case.Channel.HISTORY),
        "register_act": RegisterAct(workflow="register_act"),
        "rollout": Rollout(workflow="rollout", district_id=1),
        "transfer_inquiry": case,
    }


def test_the_step_matrix_is_the_reviewed_one(subjects):
    present = "\n".join([HEADING, *matrix(subjects)]) + "\n"
    if os.environ.get("STEP_MATRIX") == "write":
        REVIEWED.write_text(present)
    reviewed = REVIEWED.read_text() if REVIEWED.exists() else ""
    changes = "\n".join(
        difflib.unified_diff(reviewed.splitlines(), present.splitlines(), "reviewed", "present", lineterm="")
    )
    assert not changes, f"rights have changed:\n{changes}\n{__doc__}"


def test_every_workflow_is_in_the_matrix(subjects):
    assert {workflow.name for workflow in workflows()} == set(subjects)


def matrix(subjects: dict[str, Stateful]) -> Iterator[str]:
    actors = cast() | systems()
    for workflow in workflows():
        yield from ["", f"=== {workflow.name} ===", ""]
        yield f"begins as: {workflow.initial}"
        yield f"ends as: {', '.join(sorted(workflow.final_states))}"
        yield f"not sealed while: {', '.join(sorted(workflow.unsealed)) or '-'}"
        for step in ordered(workflow):
            yield from ["", f"{step.source} · {step.action} → {target(step)}"]
            yield f"    by:     {step.by.name}{'  with a fresh second factor' if step.needs_step_up else ''}"
            yield f"    guards: {', '.join(guard.__name__ for guard in step.guards) or '-'}"
            yield f"    writes: {step.effect.__name__}   asks: {step.form.__name__ if step.form else '-'}"
        yield from grid(workflow, subjects[workflow.name], actors)


def grid(workflow: Workflow, subject: Stateful, actors: dict[str, Actor]) -> Iterator[str]:
    """One line a step, one column a person: y where the permission says yes."""
    if not workflow.steps:
        return
    width = max(len(f"{step.source} · {step.action}") for step in workflow.steps)
    for number, name in enumerate(actors, start=1):
        yield f"{'' if number > 1 else chr(10)}{' ' * (width + 2)}{' |' * (number - 1)} {name}"
    for step in ordered(workflow):
        marks = " ".join("y" if step.by(actor, subject) else "." for actor in actors.values())
        yield f"{f'{step.source} · {step.action}':<{width}}   {marks}"


def ordered(workflow: Workflow) -> list[Step]:
    states = list(workflow.states)
    return sorted(workflow.steps, key=lambda step: (states.index(step.source), step.action))


def target(step: Step) -> str:
    if isinstance(step.target, Back):
        return f"back to {step.target.attribute}: {' | '.join(step.target.options)}"
    return step.target


def cast() -> dict[str, Actor]:
    people = {person.key: person_of(person.key) for person in (*CITIZENS, *WORKERS)}
    return {"anonymous": Actor.anonymous()} | {key: Actor.of(user) for key, user in people.items() if user}


def systems() -> dict[str, Actor]:
    named = {name for w in workflows() for step in w.steps for name in step.by.name.split(" | ") if "/" in name}
    return {name: Actor.system(name.removeprefix("system/")) for name in sorted(named)}
