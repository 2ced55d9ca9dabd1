"""A good file in a bad form is not asked for twice, and its token opens nothing else."""

from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from inquiries.forms import AnswerForm
from inquiries.kept import recall, remember
from portal.accounts.models import Role
from portal.demo import cases
from portal.demo.papers import received, specimen


@pytest.fixture
def returned_twice(case_at):
    """Asked for a new deed and for the letter's number."""
    return cases.return_for(case_at("in_review"), Role.REVIEWER, {"title_deed": "B01", "letter_no": "B02"}, "")


def answer(case, files=None, **typed):
    """The form as the page of the case sends it."""
    return AnswerForm(typed | {"seen": case.revision, "key": str(uuid4())}, files or {}, subject=case)


def upload():
    return SimpleUploadedFile("deed.pdf", specimen("title_deed"), content_type="application/pdf")


def test_the_file_survives_an_empty_field_beside_it(returned_twice):
    first = answer(returned_twice, {"title_deed": upload()}, letter_no="")
    assert not first.is_valid()
    assert set(first.errors) == {"letter_no"}
    token = first["kept_title_deed"].value()
    second = answer(returned_twice, letter_no="۱۲/۳", kept_title_deed=token)
    assert second.is_valid(), second.errors
    assert second.cleaned_data["fields"] == {"letter_no": "12/3"}
    assert second.cleaned_data["papers"]["title_deed"].received_sha256 == received("title_deed").received_sha256


def test_without_a_token_the_file_is_asked_for(returned_twice):
    form = answer(returned_twice, letter_no="12")
    assert set(form.errors) == {"title_deed"}


def test_a_token_of_another_case_or_document_opens_nothing(returned_twice):
    token = remember(received("title_deed"), case=returned_twice.pk, document="title_deed")
    assert recall(token, case=returned_twice.pk, document="title_deed") is not None
    assert recall(token, case=uuid4(), document="title_deed") is None
    assert recall(token, case=returned_twice.pk, document="identity") is None
    assert recall(f"{token}x", case=returned_twice.pk, document="title_deed") is None
