"""The rules of the engine that no type can hold (architecture.md 3), read off the source and the models."""

import ast
import re

import pytest
from django.apps import apps
from django.db import models

from portal.accounts.models import Role
from portal.casework import worklist
from portal.casework.models import Case
from portal.core.crypto import EncryptedTextField
from portal.outbox.publish import subscriptions
from portal.workflow.models import Stateful
from portal.workflow.registry import workflows
from portal.workflow.steps import Back
from tests.architecture.sources import PACKAGES, ROOT, dotted, modules, nodes

ENGINE = "portal/workflow/perform.py"
LIFE = {"state", "revision", "state_since"}
WRITERS = {"update", "create", "get_or_create", "update_or_create", "aupdate", "acreate"}


def targets(node: ast.AST) -> list[ast.expr]:
    """What an assignment writes; the parts of a tuple each on its own."""
    match node:
        case ast.Assign(targets=found):
            return [part for target in found for part in (target.elts if isinstance(target, ast.Tuple) else [target])]
        case ast.AugAssign(target=target) | ast.AnnAssign(target=target):
            return [target]
        case _:
            return []


def test_only_the_engine_writes_a_state():
    written = [
        place
        for place, node in nodes()
        if not place.startswith(ENGINE)
        and any(isinstance(target, ast.Attribute) and target.attr in LIFE for target in targets(node))
    ]
    written += [
        place
        for place, node in nodes()
        if isinstance(node, ast.Call)
        and dotted(node.func).rpartition(".")[2] in WRITERS
        and LIFE & {keyword.arg for keyword in node.keywords}
    ]
    assert written == []


def test_only_the_engine_knows_bulk_writes_of_stateful_records():
    """`bulk_create` and `bulk_update` pass by the engine; only import_closed may use one on a Stateful model."""
    names = {model.__name__ for model in apps.get_models() if issubclass(model, Stateful)}
    written = [
        place
        for place, node in nodes()
        if isinstance(node, ast.Call)
        and dotted(node.func).rpartition(".")[2] in {"bulk_create", "bulk_update", "save", "delete"}
        and dotted(node.func).split(".")[0] in names
    ]
    assert written == []


PEOPLE = ("portal/accounts/people.py", "portal/accounts/second_factor.py")
PERSONS = {"user", "person", "applicant", "citizen", "worker", "staff"}


def chain_of(node: ast.expr) -> list[str]:
    """The names of a chain of attributes and calls: `User.objects.all().update` → [User, objects, all, update]."""
    match node:
        case ast.Name(id=name):
            return [name]
        case ast.Attribute(value=value, attr=name):
            return [*chain_of(value), name]
        case ast.Call(func=func):
            return chain_of(func)
        case _:
            return []


def writes_a_person(node: ast.AST) -> bool:
    """`User.objects….update()` and its like, the same of Authenticator, and `person.save()` by any of their names."""
    if not isinstance(node, ast.Call):
        return False
    names = chain_of(node.func)
    is_table = names[:1] in (["User"], ["Authenticator"]) and {*WRITERS, "bulk_create", "bulk_update", "delete"} & {
        *names[1:]
    }
    is_instance = len(names) > 1 and names[-1] in {"save", "delete"} and names[-2] in PERSONS
    return bool(is_table or is_instance)


def test_only_their_module_writes_people_and_their_second_factor():
    """Whoever changes a person elsewhere leaves no entry (`fsck` tells, but only the night after)."""
    assert [place for place, node in nodes() if writes_a_person(node) and not place.startswith(PEOPLE)] == []


@pytest.mark.parametrize("text", [
    "User.objects.create(username='x')", "User.objects.filter(pk=1).update(is_active=False)",
    "User.objects.bulk_create([])", "Authenticator.objects.filter(user=user).delete()", "person.save()",
    "request.user.save(update_fields=['password'])", "case.applicant.delete()",
])  # fmt: skip
def test_such_a_write_would_be_seen(text):
    assert writes_a_person(ast.parse(text, mode="eval").body)


BANNED = {
    "get_object_or_404": "visible_or_404 asks visible_to first",
    "get_list_or_404": "visible_to",
    "mark_safe": "format_html",
    "pre_save": "no signals",
    "post_save": "no signals",
    "pre_delete": "no signals",
    "post_delete": "no signals",
    "m2m_changed": "no signals",
    "receiver": "no signals",
    "utcnow": "timezone.now()",
}
CLOCKS = {"datetime.now", "datetime.datetime.now", "date.today", "datetime.date.today", "datetime.today"}


def test_banned_names_do_not_appear():
    used = []
    for place, node in nodes():
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("django"):
            used += [f"{place} {alias.name}" for alias in node.names if alias.name in BANNED]
        elif isinstance(node, ast.Attribute) and node.attr in BANNED and "django" in dotted(node):
            used.append(f"{place} {node.attr}")
        elif isinstance(node, ast.Call) and dotted(node.func) in CLOCKS:
            used.append(f"{place} {dotted(node.func)}")
    assert used == []


def test_no_model_overrides_save():
    """What happens on saving would happen beside the workflow."""
    overridden = [
        model.__name__
        for model in apps.get_models()
        if model.__module__.split(".")[0] in PACKAGES and {"save", "delete"} & set(vars(model))
    ]
    assert overridden == []


def test_lists_page_by_keyset():
    """No OFFSET, no page numbers and no COUNT(*) in a request (reliability.md 3.2.8)."""
    slow = []
    for place, node in nodes():
        is_view = re.search(r"(views|desk|worklist|timeline)\.py:", place)
        if isinstance(node, ast.Call) and is_view and dotted(node.func).endswith(".count"):
            slow.append(f"{place} .count()")
        if isinstance(node, ast.ImportFrom) and node.module == "django.core.paginator":
            slow.append(f"{place} Paginator")
        if isinstance(node, ast.Call) and dotted(node.func).endswith("GET.get") and node.args:
            asked = node.args[0].value if isinstance(node.args[0], ast.Constant) else ""
            if asked in {"page", "offset"}:
                slow.append(f"{place} ?{asked}=")
    assert slow == []


# --- who may read ------------------------------------------------------------------------------------------------

READ_THROUGH_ANOTHER = {
    "accounts.User": "a person reads only their own row, through the session; staff never list people",
    "accounts.CodeChallenge": "read by its session only, and its mobile is shown to nobody",
    "casework.Remark": "read through case.remarks of a case that visible_to found",
    "casework.Deficiency": "read through case.deficiencies of a case that visible_to found",
    "demo.DemoMessage": "the demonstration's inbox: invented people, shown to everybody on purpose",
}


def personal_models() -> list[type[models.Model]]:
    """Models with an encrypted column, or that hang on a case."""
    return [
        model
        for model in apps.get_models()
        if any(isinstance(f, EncryptedTextField) or f.related_model is Case for f in model._meta.concrete_fields)
    ] + [Case]


def test_every_model_with_personal_data_is_read_through_visible_to():
    unguarded = {m._meta.label for m in personal_models() if not hasattr(m._default_manager.all(), "visible_to")}
    assert unguarded == set(READ_THROUGH_ANOTHER)


def test_nobody_sees_anything_by_default(db):
    """visible_to fails closed: an anonymous actor and a system process find no row of personal data."""
    from portal.accounts.actors import Actor

    for model in personal_models():
        rows = model._default_manager.all()
        if hasattr(rows, "visible_to"):
            assert not rows.visible_to(Actor.anonymous()).exists(), model
            assert not rows.visible_to(Actor.system("issuer")).exists(), model


# --- what the map names ------------------------------------------------------------------------------------------

TAKEN = {f"{workflow.name}.{step.action}" for workflow in workflows() for step in workflow.steps}
ACTIONS = TAKEN | {f"{workflow.name}.begin" for workflow in workflows()}


def test_every_subscription_names_a_step():
    assert set(subscriptions()) <= ACTIONS


def test_every_workflow_named_in_the_code_is_registered():
    named = {
        (place, keyword.value.value)
        for place, node in nodes()
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "workflow" and isinstance(keyword.value, ast.Constant)
    }
    assert named, "no record is begun anywhere"
    assert {name for _place, name in named} <= {workflow.name for workflow in workflows()}, named


def test_every_step_taken_by_the_code_exists():
    taken = {
        (place, node.args[1].value)
        for place, node in nodes()
        if isinstance(node, ast.Call)
        and dotted(node.func).rpartition(".")[2] == "perform"
        and len(node.args) > 1
        and isinstance(node.args[1], ast.Constant)
    }
    assert taken
    assert {action for _place, action in taken} <= {name.partition(".")[2] for name in ACTIONS}, taken


def test_every_desk_is_a_role_with_states_that_wait_for_it():
    inquiry = next(workflow for workflow in workflows() if workflow.name == "transfer_inquiry")
    for role, states in worklist.DESKS.items():
        assert role in Role.values
        for state in states:
            assert any(step.source == state and role in step.by.name.split(" | ") for step in inquiry.steps), (
                role,
                state,
            )


def test_a_remembered_target_is_a_column_of_the_record():
    for workflow in workflows():
        for step in workflow.steps:
            if isinstance(step.target, Back):
                assert step.target.attribute in {field.name for field in Case._meta.fields}


def test_every_state_can_be_reached_and_every_deciding_step_is_refusable():
    for workflow in workflows():
        reached = {workflow.initial} | {target for step in workflow.steps for target in step.targets}
        # A certificate is superseded by a correction or an extension, which are not built yet.
        assert set(workflow.states) - reached <= {"superseded"}, workflow.name


@pytest.mark.parametrize("action", ["approve", "sign"])
def test_approving_and_signing_need_a_fresh_second_factor_and_four_eyes(action):
    steps = [step for workflow in workflows() for step in workflow.steps if step.action == action]
    assert steps
    for step in steps:
        assert step.needs_step_up
        assert {"is_in_hand", "is_not_own_case", "four_eyes"} <= {guard.__name__ for guard in step.guards}


def test_every_decision_of_staff_is_about_a_case_in_hand():
    """Nobody decides a case that "next case" did not hand out, nor their own."""
    for workflow in workflows():
        for step in workflow.steps:
            if workflow.name == "transfer_inquiry" and set(step.by.name.split(" | ")) & set(Role.values):
                guards = {guard.__name__ for guard in step.guards}
                assert {"is_in_hand", "is_not_own_case"} <= guards, (step.source, step.action)


# --- pages -------------------------------------------------------------------------------------------------------

INLINE = re.compile(r"<script(?![^>]*\bsrc=)|<style\b|\sstyle=[\"']|\son[a-z]+=[\"']|javascript:", re.IGNORECASE)
ON_PAPER = {"templates/pdf", "templates/demo/specimen.html"}


def test_no_page_has_an_inline_script_or_style():
    """The content security policy would refuse it; only what is printed on paper may carry its own style."""
    pages = list((ROOT / "templates").rglob("*.html"))
    assert pages
    faulty = []
    for path in pages:
        name = str(path.relative_to(ROOT))
        if not any(name.startswith(paper) for paper in ON_PAPER):
            faulty += [f"{name}: {found.group()}" for found in INLINE.finditer(path.read_text())]
    assert faulty == []


def test_no_page_turns_escaping_off():
    faulty = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "templates").rglob("*.html")
        if re.search(r"\|\s*safe\b|autoescape off", path.read_text())
    ]
    assert faulty == []


def test_no_module_sits_directly_in_the_roof():
    allowed = {"__init__.py", "settings.py", "urls.py", "wiring.py", "celery.py", "wsgi.py"}
    assert {
        path.rpartition("/")[2] for path in modules() if path.count("/") == 1 and path.startswith("portal/")
    } <= allowed
