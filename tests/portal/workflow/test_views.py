"""The one endpoint: who may not take the step is turned away before the form; a key stands for its files too."""

from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from inquiries.forms import QUESTIONS
from portal.accounts.actors import Actor
from portal.demo import cases
from portal.workflow.views import form_claim


def upload(content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("deed.pdf", content, "application/pdf")


def test_who_may_only_read_has_no_file_opened(returned, client_of, auditor, monkeypatch):
    monkeypatch.setattr("inquiries.forms.uploads.clean", lambda *_args, **_options: pytest.fail("the file was opened"))
    url = reverse("workflow:step", args=["cases", returned.reference, "answer"])
    assert client_of(auditor).post(url, {"title_deed": upload(b"any")}).status_code == 403


def test_another_file_under_the_same_key_is_another_form(rf):
    key = uuid4()

    def fingerprint(content: bytes) -> str:
        request = rf.post("/cases/1/steps/answer/", {"title_deed": upload(content)})
        request.actor = Actor.anonymous()
        request.FILES["title_deed"].read()  # as the form does first
        claim = form_claim(request, key, location="/")
        assert claim is not None
        return claim.fingerprint

    assert fingerprint(b"one") == fingerprint(b"one")
    assert fingerprint(b"one") != fingerprint(b"two")


@pytest.mark.parametrize("left_out", ["seen", "key"])
def test_a_form_without_its_revision_or_its_key_decides_nothing(client_of, reviewer, case_at, actor_of, left_out):
    case = case_at("in_review")
    cases.take(case, actor_of(reviewer))
    whole = dict.fromkeys(QUESTIONS, "yes") | {"seen": case.revision, "key": uuid4()}
    url = reverse("workflow:step", args=["cases", case.reference, "endorse"])
    answer = client_of(reviewer).post(url, {name: value for name, value in whole.items() if name != left_out})
    assert answer.status_code == 422 and "کامل به ما نرسید" in answer.content.decode()
    assert client_of(reviewer).post(url, whole).status_code == 302
    case.refresh_from_db()
    assert case.state != "in_review"
