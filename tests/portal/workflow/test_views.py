"""The one endpoint: who may not take the step is turned away before the form; a key stands for its files too."""

from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from portal.accounts.actors import Actor
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
