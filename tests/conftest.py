"""The cast, the small city they live in, and what every test may ask for.

All tests share one base: districts, a synthetic city of 120 plots, the cast of the demonstration. A test with a
transaction of its own is rolled back; a test with real transactions (races, browsers) gets the base back as a fresh
copy of a template database, because the ledger refuses to be truncated.
"""

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import StringIO
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections
from django.test import Client, TransactionTestCase
from django.utils import timezone

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright's synchronous API runs an event loop


# --- the base ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock():
        fill_base()
        keep_as_template()
    yield
    with django_db_blocker.unblock():
        drop(template_name())


def fill_base() -> None:
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # WhiteNoise looks for it; nothing is collected
    from districts.territory import load_districts, load_rollouts
    from portal.demo.cast import create_cast
    from portal.documents.pki import make_pki

    make_pki(settings.PKI_DIR)
    load_districts()
    load_rollouts()
    call_command("build_city", parcels=120, stdout=StringIO())
    create_cast()


def template_name() -> str:
    return f"{connection.settings_dict['NAME']}_base"


def keep_as_template() -> None:
    name = connection.settings_dict["NAME"]
    drop(template_name())
    execute(f'CREATE DATABASE "{template_name()}" TEMPLATE "{name}"')


def restore_base(_case: TransactionTestCase) -> None:
    """In place of Django's flush: throw the used database away and copy the template."""
    name = connection.settings_dict["NAME"]
    drop(name)
    execute(f'CREATE DATABASE "{name}" TEMPLATE "{template_name()}"')


def drop(name: str) -> None:
    execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def execute(statement: str) -> None:
    connections.close_all()
    with connection._nodb_cursor() as cursor:
        cursor.execute(statement)


TransactionTestCase._fixture_teardown = restore_base

# Processes that run tests side by side (xdist) have databases of their own; their papers must not meet either.
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "alone")
for kept in ("papers", "quarantine"):
    settings.STORAGES[kept]["OPTIONS"]["location"] = settings.MEDIA_ROOT / "tests" / WORKER / kept


@pytest.fixture(autouse=True)
def _plain_static(settings: Any) -> None:
    """No manifest in tests: templates may name static files without collecting them first."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}


# --- people ----------------------------------------------------------------------------------------------------------


def _person(key: str) -> Any:
    from portal.demo.cast import person_of

    person = person_of(key)
    assert person is not None
    return person


@pytest.fixture
def maryam(db: None) -> Any:
    """A citizen; owns an apartment in district 1 and half a house in district 3."""
    return _person("maryam")


@pytest.fixture
def reza(db: None) -> Any:
    """Another citizen; owns a house with debts in district 4 and an old house in district 1."""
    return _person("reza")


@pytest.fixture
def help_desk(db: None) -> Any:
    return _person("help-desk")


@pytest.fixture
def archivist(db: None) -> Any:
    return _person("archivist")


@pytest.fixture
def reviewer(db: None) -> Any:
    """Reviewer of district 1."""
    return _person("reviewer-1")


@pytest.fixture
def other_reviewer(db: None) -> Any:
    """Reviewer of district 3: cases of district 1 do not exist for him."""
    return _person("reviewer-3")


@pytest.fixture
def approver(db: None) -> Any:
    return _person("approver")


@pytest.fixture
def signatory(db: None) -> Any:
    return _person("signatory")


@pytest.fixture
def auditor(db: None) -> Any:
    return _person("auditor")


@pytest.fixture
def notary_clerk(db: None) -> Any:
    """Works for notary office 12."""
    return _person("notary-clerk")


@pytest.fixture
def counter_clerk(db: None) -> Any:
    return _person("counter-clerk")


@pytest.fixture
def actor_of() -> Callable[..., Any]:
    """`actor_of(user)`: the actor with a fresh second factor; `actor_of(user, stepped_up=False)` without."""
    from portal.accounts.actors import Actor

    def make(user: Any, *, stepped_up: bool = True) -> Actor:
        actor = Actor.of(user)
        return replace(actor, stepped_up_at=timezone.now()) if stepped_up else actor

    return make


@pytest.fixture
def client_of() -> Callable[..., Client]:
    """`client_of(user)`: a browser in which the person is signed in, with a fresh second factor for staff."""

    def make(user: Any, *, stepped_up: bool = True) -> Client:
        return signed_in(Client(headers={"accept-language": "fa"}), user, stepped_up=stepped_up)

    return make


def signed_in(client: Client, user: Any, *, stepped_up: bool = True) -> Client:
    from portal.accounts.middleware import SIGN_IN, STEPPED_UP
    from portal.accounts.models import SignIn

    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    now = timezone.now()
    sign_in = SignIn.objects.create(user=user, factor="test", is_sole=False, agent="test", opened_at=now, seen_at=now)
    session = client.session
    session[SIGN_IN] = str(sign_in.pk)
    if stepped_up:
        session[STEPPED_UP] = now.isoformat()
    session.save()
    return client


# --- property and cases --------------------------------------------------------------------------------------------


@pytest.fixture
def apartment(maryam: Any) -> Any:
    """Maryam's apartment in district 1: completion certificate on file, no debts."""
    from portal.parcels.models import Parcel

    return Parcel.objects.current().owned_by(maryam.national_code).filter(district=1).get()


@pytest.fixture
def house_with_debts(reza: Any) -> Any:
    """Reza's house in district 4, with unpaid renovation levy."""
    from portal.parcels.models import Parcel

    return Parcel.objects.current().owned_by(reza.national_code).filter(district=4).get()


@pytest.fixture
def draft(maryam: Any, apartment: Any) -> Any:
    """Maryam's complete draft: only the declaration is missing."""
    from portal.demo import cases

    return cases.draft(maryam, apartment, letter_no="1405/77")


@pytest.fixture
def case_at(maryam: Any, apartment: Any) -> Callable[..., Any]:
    """`case_at("in_review")`: Maryam's case, walked to that state by the engine, never put there."""
    from portal.demo import cases

    def make(state: str, *, applicant: Any = None, parcel: Any = None, letter_no: str = "1405/77") -> Any:
        filed = cases.file(applicant or maryam, parcel or apartment, letter_no=letter_no)
        return cases.walk(filed, state)

    return make


@pytest.fixture
def returned(case_at: Callable[..., Any]) -> Any:
    """Maryam's case, returned by the reviewer for a new image of the deed."""
    from portal.accounts.models import Role
    from portal.demo import cases

    return cases.return_for(case_at("in_review"), Role.REVIEWER, {"title_deed": "B01"}, "صفحهٔ دوم تار است.")


# --- races ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def run_together(transactional_db: None) -> Callable[..., list[str]]:
    """`run_together(f, g, …)`: all start at one barrier, each on its own connection; "ok" or the error's name."""

    def run(*acts: Callable[[], Any]) -> list[str]:
        barrier = threading.Barrier(len(acts))
        outcomes = [""] * len(acts)

        def one(place: int, act: Callable[[], Any]) -> None:
            try:
                connection.ensure_connection()
                barrier.wait(timeout=20)
                act()
                outcomes[place] = "ok"
            except Exception as error:
                outcomes[place] = type(error).__name__
            finally:
                connections.close_all()

        threads = [threading.Thread(target=one, args=pair) for pair in enumerate(acts)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
        return outcomes

    return run
