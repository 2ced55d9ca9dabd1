"""The one endpoint through which people move records."""

import hashlib
import json
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.urls import reverse
from django.views.decorators.http import require_POST

from portal.accounts.actors import Actor
from portal.accounts.middleware import PortalRequest
from portal.core.errors import AlreadyDone, IllegalStep, KeyReused, NotAllowed, Refusal, StaleRecord, StepUpNeeded
from portal.core.shortcuts import visible_or_404
from portal.workflow.forms import SubjectForm
from portal.workflow.models import Once, Stateful
from portal.workflow.perform import perform, steps_for
from portal.workflow.registry import kind_of, workflow_of
from portal.workflow.steps import Step


@require_POST
def take_step(request: PortalRequest, kind: str, reference: str, action: str) -> HttpResponse:
    """POST `/<kind>/<reference>/steps/<action>/` with the step's form, `seen` and `key`; redirects to the record.

    What a rule forbids is shown with the form as it was filled: nobody writes findings and notes twice.
    """
    known = kind_of(kind)
    if known is None:
        raise Http404
    subject = visible_or_404(known.model, request.actor, **{known.lookup: reference})
    try:
        step = workflow_of(subject).step(subject.state, action)
        if step not in steps_for(subject, request.actor):
            raise NotAllowed  # before the form: who may only read has no files taken in and checked
        form = form_of(step)(request.POST, request.FILES, subject=subject)
        if not form.is_valid():
            return known.page(request, subject, action=action, form=form, status=422)
        perform(
            subject,
            action,
            actor=request.actor,
            seen=form.cleaned_data["seen"],
            once=form_claim(request, form.cleaned_data["key"], location=resolve_url(subject)),
            **form.facts,
        )
        if step.done:
            messages.success(request, step.done)
    except AlreadyDone as done:
        return redirect(done.location or subject)
    except StepUpNeeded:
        return redirect(f"{reverse('accounts:step_up')}?{urlencode({'next': resolve_url(subject)})}")
    except (StaleRecord, IllegalStep, KeyReused) as outdated:  # the form belongs to a page that is over
        messages.error(request, str(outdated))
    except Refusal as refusal:  # NotAllowed passes: Django answers 403
        form.refuse(str(refusal))
        return known.page(request, subject, action=action, form=form, status=422)
    return redirect(subject)


def form_of(step: Step) -> Any:
    return step.form or SubjectForm


def blank_form(step: Step, subject: Stateful) -> forms.Form:
    """The step's form as a page shows it first."""
    return form_of(step)(subject=subject)


def offered(subject: Stateful, actor: Actor, *, action: str = "", form: Any = None) -> list[dict[str, Any]]:
    """The steps that the actor may take, for components/step_form.html; `form` is the bound form of `action`."""
    return [
        {
            "step": step,
            "form": form if step.action == action and form is not None else blank_form(step, subject),
            "is_open": step.action == action,
        }
        for step in steps_for(subject, actor)
    ]


def form_claim(request: PortalRequest, key: UUID, *, location: str) -> Once:
    """The claim of a form's hidden key over all that the form sent."""
    fields = {name: request.POST.getlist(name) for name in sorted(request.POST) if name != "csrfmiddlewaretoken"}
    files = {name: [_digest_of(part) for part in request.FILES.getlist(name)] for name in sorted(request.FILES)}
    content = json.dumps([request.path, fields, files], ensure_ascii=False).encode()
    return Once(actor=request.actor.code, key=key, content=content, location=location)


def _digest_of(upload: UploadedFile) -> str:
    upload.seek(0)  # the form has read it already
    return hashlib.sha256(upload.read()).hexdigest()
