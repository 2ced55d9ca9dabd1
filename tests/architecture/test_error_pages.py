"""What a person reads when something is forbidden, absent, too fast or broken: a calm page in Persian, no innards."""

import pytest
from django.conf import settings as configured
from django.db import OperationalError, connection
from django.test import Client

from tests.architecture.breaking import SECRET
from tests.architecture.test_headers import faults_of

PAGES = [("/broken/", 500), ("/forbidden/", 403), ("/no-such-page/", 404), ("/too-many/", 429)]


@pytest.fixture(autouse=True)
def addresses_that_break(settings):
    settings.ROOT_URLCONF = "tests.architecture.breaking"


@pytest.fixture
def visitor():
    """A browser that shows the page of an error instead of raising it, and is asked for its CSRF token."""
    return Client(raise_request_exception=False, enforce_csrf_checks=True)


def refuse(*_question):
    raise OperationalError("the database is gone")


def no_database():
    """Inside, every question to the database fails, as while it restarts."""
    return connection.execute_wrapper(refuse)


def heading_of(answer) -> str:
    body = answer.content.decode()
    return body.partition("<h1>")[2].partition("</h1>")[0]


def innards_of(answer) -> list[str]:
    body = answer.content.decode()
    return [
        text for text in (SECRET, "Traceback", "RuntimeError", "OperationalError", ".py", "{%", "{{") if text in body
    ]


def is_persian(text: str) -> bool:
    return bool(text) and all(not letter.isascii() for letter in text if letter.isalpha())


def is_right(answer, status) -> None:
    assert answer.status_code == status
    assert '<html lang="fa" dir="rtl">' in answer.content.decode()
    assert is_persian(heading_of(answer))
    assert innards_of(answer) == []
    assert faults_of(answer) == []


@pytest.mark.django_db
@pytest.mark.parametrize(("path", "status"), PAGES)
@pytest.mark.parametrize("person", ["anonymous", "maryam"])
def test_an_error_is_a_page_in_persian_without_innards(visitor, client_of, request, path, status, person):
    if person != "anonymous":
        visitor.cookies = client_of(request.getfixturevalue(person)).cookies
    is_right(visitor.get(path), status)


def test_a_form_without_its_token_is_told_what_to_do(visitor, db):
    is_right(visitor.post("/accepting/"), 403)


def test_each_error_speaks_of_itself(visitor, db):
    headings = {heading_of(visitor.get(path)) for path, _status in PAGES} | {heading_of(visitor.post("/accepting/"))}
    assert len(headings) == 5


def test_an_error_speaks_english_to_whoever_chose_it(visitor, db):
    visitor.cookies["django_language"] = "en"
    for path, status in PAGES:
        answer = visitor.get(path)
        assert answer.status_code == status
        assert '<html lang="en" dir="ltr">' in answer.content.decode()
        assert heading_of(answer).isascii()


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/statistics/", "/cases/", "/accounts/sign-in/", "/broken/"])
def test_without_the_database_who_is_signed_in_reads_a_calm_page(visitor, client_of, maryam, path):
    visitor.cookies = client_of(maryam).cookies
    with no_database():
        is_right(visitor.get(path), 500)


@pytest.mark.django_db
def test_without_the_database_a_stranger_reads_a_calm_page(visitor):
    with no_database():
        is_right(visitor.get("/statistics/"), 500)
        is_right(visitor.get("/broken/"), 500)


@pytest.mark.django_db
def test_without_the_database_pages_that_need_none_stay_up(visitor):
    with no_database():
        for path in ("/services/", "/accessibility/", "/verify/", "/track/"):
            assert visitor.get(path).status_code == 200, path


def test_the_page_of_a_break_asks_for_nothing_but_files(visitor, db):
    body = visitor.get("/broken/").content.decode()
    assert "<script" not in body and "<form" not in body
    assert configured.DEBUG is False
