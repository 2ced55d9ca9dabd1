"""A good file in a bad form is not asked for twice, and its token opens nothing else."""

import re
import time
from contextlib import contextmanager
from uuid import uuid4

import pytest
from django.core import signing
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from inquiries import kept as tokens
from inquiries.forms import AnswerForm
from inquiries.kept import recall, remember
from portal.accounts.models import Role
from portal.casework import storage
from portal.demo import cases
from portal.demo.papers import received, specimen


@pytest.fixture
def returned_twice(case_at):
    """Asked for a new deed and for the letter's number."""
    return cases.return_for(case_at("in_review"), Role.REVIEWER, {"title_deed": "B01", "letter_no": "B02"}, "")


def answer(case, files=None, **typed):
    """The form as the page of the case sends it."""
    return AnswerForm(typed | {"seen": case.revision, "key": str(uuid4())}, files or {}, subject=case)


@contextmanager
def gone(clean):
    """The store without this file; afterwards it is back, for others share the store."""
    storage.remove(clean.cleaned_sha256)
    try:
        yield
    finally:
        storage.put(clean.cleaned)


def upload():
    return SimpleUploadedFile("deed.pdf", specimen("title_deed"), content_type="application/pdf")


def test_the_file_survives_an_empty_field_beside_it(returned_twice):
    first = answer(returned_twice, {"title_deed": upload()}, letter_no="")
    assert not first.is_valid()
    assert set(first.errors) == {"letter_no"}
    assert str(first["title_deed"].help_text).startswith("دریافت شد")
    token = first["kept_title_deed"].value()
    second = answer(returned_twice, letter_no="۱۲/۳", kept_title_deed=token)
    assert second.is_valid(), second.errors
    assert second.cleaned_data["fields"] == {"letter_no": "12/3"}
    assert second.cleaned_data["papers"]["title_deed"].received_sha256 == received("title_deed").received_sha256


def test_a_token_keeps_its_first_time_however_often_the_form_comes_back(returned_twice, monkeypatch):
    start = time.time()
    form = answer(returned_twice, {"title_deed": upload()}, letter_no="")
    assert not form.is_valid()
    first = token = form["kept_title_deed"].value()
    for hours in (10, 20):
        monkeypatch.setattr(signing.time, "time", lambda hours=hours: start + hours * 3600)
        form = answer(returned_twice, letter_no="", kept_title_deed=token)
        assert not form.is_valid() and set(form.errors) == {"letter_no"}
        token = form["kept_title_deed"].value()
    assert token == first
    monkeypatch.setattr(signing.time, "time", lambda: start + tokens.AGE_S + 60)
    assert recall(token, case=returned_twice.pk, document="title_deed") is None


def test_a_token_whose_file_is_gone_asks_for_it_again(returned_twice):
    token = remember(received("title_deed"), case=returned_twice.pk, document="title_deed")
    with gone(received("title_deed")):
        form = answer(returned_twice, letter_no="12", kept_title_deed=token)
        assert set(form.errors) == {"title_deed"}
    assert answer(returned_twice, letter_no="12", kept_title_deed=token).is_valid()


def test_a_file_that_goes_while_the_form_is_sent_is_asked_for_and_the_rest_stays(
    returned_twice, maryam, client_of, monkeypatch
):
    url = reverse("workflow:step", args=["cases", returned_twice.reference, "answer"])
    token = remember(received("title_deed"), case=returned_twice.pk, document="title_deed")
    sent = {"seen": returned_twice.revision, "key": uuid4(), "letter_no": "1405/12", "kept_title_deed": token}
    checked = AnswerForm.clean

    def clean_and_lose(form):
        data = checked(form)
        storage.remove(received("title_deed").cleaned_sha256)
        return data

    monkeypatch.setattr(AnswerForm, "clean", clean_and_lose)
    try:
        page = client_of(maryam).post(url, sent)
    finally:
        storage.put(received("title_deed").cleaned)
    text = page.content.decode()
    assert page.status_code == 422 and "دیگر در دسترس نیست" in text and "1405/12" in text
    assert "دریافت شد" not in text and re.search(r'<input[^>]*name="title_deed"[^>]*required', text)
    returned_twice.refresh_from_db()
    assert returned_twice.state == "returned"


def test_without_a_token_the_file_is_asked_for(returned_twice):
    form = answer(returned_twice, letter_no="12")
    assert set(form.errors) == {"title_deed"}


def test_a_token_of_another_case_or_document_opens_nothing(returned_twice):
    token = remember(received("title_deed"), case=returned_twice.pk, document="title_deed")
    assert recall(token, case=returned_twice.pk, document="title_deed") is not None
    assert recall(token, case=uuid4(), document="title_deed") is None
    assert recall(token, case=returned_twice.pk, document="identity") is None
    assert recall(f"{token}x", case=returned_twice.pk, document="title_deed") is None
