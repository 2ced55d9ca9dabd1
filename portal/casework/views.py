"""Lists, worklist, papers and tracking: what every case has in common, whatever its service."""

import hmac
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from portal.accounts import limits
from portal.accounts.actors import Actor
from portal.accounts.limits import Limit
from portal.accounts.middleware import PortalRequest
from portal.casework import originals as evidence
from portal.casework import storage, uploads
from portal.casework import worklist as desk
from portal.casework.deadlines import closures, remaining
from portal.casework.forms import AskOriginalForm, TrackForm
from portal.casework.models import (
    Attachment,
    Case,
    CaseQuerySet,
    CaseView,
    OriginalRequest,
    OriginalRequestQuerySet,
    opened,
)
from portal.casework.pages import case_page
from portal.casework.readers import by_unit, described, paper_titles, unit_title
from portal.casework.timeline import moments
from portal.core.shortcuts import visible_or_404
from portal.workflow.perform import steps_for
from portal.workflow.registry import state_label, workflow_of
from portal.workflow.views import offered

PAGE = 20
MOST_OPENINGS = 200
TONES_OF_ORIGINALS = {"asked": "go", "released": "ok", "refused": "no", "lapsed": "plain"}
# Four digits could be guessed: so few wrong answers a case, and few wrong codes an address (reliability.md 4.6).
WRONG_FOUR_DIGITS = (Limit(10, 24 * 3600),)
WRONG_CODES = (Limit(20, 3600),)


@require_GET
def cases(request: PortalRequest) -> HttpResponse:
    """The cases that the actor may see, newest first, by keyset (`?after=<id>`)."""
    found = Case.objects.visible_to(request.actor).select_related("service", "district", "parcel", "inquiry")
    after = request.GET.get("after")
    mark = visible_or_404(Case, request.actor, pk=after) if after else None
    listed = _of_staff(found, mark) if _is_staff(request.actor) else _of_owner(found, mark)
    rows = list(listed[: PAGE + 1])
    context = {
        "rows": [{"case": row, "state": state_label(row)} for row in rows[:PAGE]],
        "first_url": reverse("casework:cases") if after else "",
        "next_url": f"?after={rows[PAGE - 1].pk}" if len(rows) > PAGE else "",
    }
    return render(request, "casework/cases.html", context)


def _is_staff(actor: Actor) -> bool:
    """Whether the actor reads cases for the city's sake, so that `visible_to` gives filed cases only."""
    return actor.is_citywide or bool(actor.district_ids)


def _of_staff(found: CaseQuerySet, mark: Case | None) -> CaseQuerySet:
    """By time of filing; a draft that lay for weeks does not sink below what was filed before it."""
    return (found.following(mark) if mark else found).newest_first()


def _of_owner(found: CaseQuerySet, mark: Case | None) -> CaseQuerySet:
    """Drafts among them, as they were begun; discarded drafts are left out."""
    found = found.filter(Q(reference__isnull=False) | Q(state="draft"))
    return (found.filter(pk__lt=mark.pk) if mark else found).order_by("-pk")


@require_GET
def case(request: PortalRequest, reference: str) -> HttpResponse:
    return case_page(request, visible_or_404(Case.objects.with_property(), request.actor, reference=reference))


@require_GET
def readers(request: PortalRequest, reference: str) -> HttpResponse:
    """Who opened the file: for its applicant and for auditors."""
    file = visible_or_404(Case, request.actor, reference=reference)
    if not (request.actor.is_auditor or request.actor.user_id == file.applicant_id):
        raise Http404
    seen = list(CaseView.objects.visible_to(request.actor).filter(case=file).order_by("-id")[:MOST_OPENINGS])
    context = {"case": file, "openings": described(seen), "units": by_unit(seen), "is_cut": len(seen) == MOST_OPENINGS}
    return render(request, "casework/readers.html", context)


@require_GET
def worklist(request: PortalRequest) -> HttpResponse:
    """The queue in its order, to read; cases are taken with "next case" only."""
    if not request.actor.roles & set(desk.DESKS):
        raise PermissionDenied
    held = desk.in_hand(request.actor)
    waiting = desk.waiting_for(request.actor).untaken().select_related("service", "district", "parcel")
    rows = list(waiting[: PAGE + 1])
    context = {
        "queue": _queue(rows[:PAGE]),
        "in_hand": _queue([held.case])[0] if held else None,
        "is_cut": len(rows) > PAGE,
        "asks_for_originals": bool(_to_answer(request.actor)),
    }
    return render(request, "casework/worklist.html", context)


def _queue(rows: list[Case]) -> list[dict[str, Any]]:
    """Each case with its state in words and the badge of its deadline."""
    today = timezone.localdate()
    closed = closures(today)
    return [{"case": row, "state": state_label(row), "due": remaining(row, today, closed)} for row in rows]


@require_POST
def next_case(request: PortalRequest) -> HttpResponse:
    """Take the oldest waiting case and open it."""
    if not request.actor.roles & set(desk.DESKS):
        raise PermissionDenied
    taken = desk.take_next(request.actor)
    if taken is None:
        messages.info(request, _("Nothing waits for you at the moment."))
        return redirect("casework:worklist")
    return redirect(taken)


# --- papers ----------------------------------------------------------------------------------------------------------


@require_GET
def paper(request: PortalRequest, pk: object) -> HttpResponse:
    """The paper itself, as an attachment, once the opening is logged: for its applicant, and for two roles together."""
    attachment = _paper_or_404(request, pk)
    is_own = attachment.case.applicant_id == request.actor.user_id
    if not (is_own or evidence.is_open_to(attachment, request.actor)):
        raise Http404
    opened(attachment.case, actor=request.actor, purpose=f"original:{attachment.document}"[:40])
    ending = "pdf" if attachment.media_type == "application/pdf" else "jpg"
    name = f"{attachment.case.reference or 'draft'}-{attachment.document}.{ending}"
    return _file(storage.open(attachment.cleaned_sha256), attachment.media_type, name=name)


@require_GET
def paper_page(request: PortalRequest, pk: object, page: int) -> HttpResponse:
    """One page as a picture for the screen; a PDF is drawn in the sandbox and never handed to the browser as such."""
    attachment = _paper_or_404(request, pk)
    if not 1 <= page <= attachment.pages:
        raise Http404
    opened(attachment.case, actor=request.actor, purpose=f"paper:{attachment.document}"[:40])
    data = storage.open(attachment.cleaned_sha256)
    if attachment.media_type == "application/pdf":
        try:
            data = uploads.preview_pages(data, 1, first=page - 1)[0]
        except uploads.UploadRefused as refusal:
            return HttpResponse(str(refusal), status=503, content_type="text/plain; charset=utf-8")
    return _file(data, "image/jpeg")


def _paper_or_404(request: PortalRequest, pk: object) -> Attachment:
    return visible_or_404(Attachment.objects.select_related("case__district"), request.actor, pk=pk)


def _file(data: bytes, media_type: str, *, name: str = "") -> HttpResponse:
    response = HttpResponse(data, content_type=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"' if name else "inline; filename=page"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "no-store"
    return response


# --- originals -------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def ask_original(request: PortalRequest, pk: object) -> HttpResponse:
    """Ask for the original of a paper, or go on with what was asked."""
    attachment = _paper_or_404(request, pk)
    if not (attachment.has_original and evidence.asking_role(request.actor, attachment.case)):
        raise Http404
    if begun := evidence.open_request(attachment, request.actor):
        return redirect(begun)
    form = AskOriginalForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        asked = evidence.ask(attachment, actor=request.actor, **form.cleaned_data)
        messages.success(request, _("Your request is sent. A colleague of another role answers it."))
        return redirect(asked)
    context = {"case": attachment.case, "paper": attachment, "title": _title_of(attachment), "form": form}
    return render(request, "casework/ask_original.html", context, status=422 if form.errors else 200)


@require_GET
def originals(request: PortalRequest) -> HttpResponse:
    """What waits for the actor's answer, and what the actor asked or answered; an auditor reads them all.

    The latter newest first, by keyset (`?after=<id>`); what waits stands before its first page.
    """
    if not _is_staff(request.actor):
        raise Http404
    after = request.GET.get("after")
    mark = visible_or_404(OriginalRequest, request.actor, pk=after) if after else None
    waiting = _to_answer(request.actor)
    rows = list(_known_to(request.actor, mark).exclude(pk__in=[one.pk for one in waiting])[: PAGE + 1])
    context = {
        "waiting": [] if mark else [row | {"tone": "wait"} for row in _requests(waiting)],
        "known": _requests(rows[:PAGE]),
        "first_url": reverse("casework:originals") if mark else "",
        "next_url": f"?after={rows[PAGE - 1].pk}" if len(rows) > PAGE else "",
    }
    return render(request, "casework/originals.html", context)


def _known_to(actor: Actor, mark: OriginalRequest | None) -> OriginalRequestQuerySet:
    """What the actor asked or answered, or everything for an auditor, newest first; older than the mark, if any."""
    known = OriginalRequest.objects.visible_to(actor)
    known = known if actor.is_auditor else known.of(actor)
    known = known.filter(pk__lt=mark.pk) if mark else known
    return known.select_related("paper__case__district", "asked_by").order_by("-pk")


def _to_answer(actor: Actor) -> list[OriginalRequest]:
    """The oldest requests that the actor may answer."""
    if not actor.roles & set(evidence.RELEASERS):
        return []
    asked = OriginalRequest.objects.visible_to(actor).filter(state="asked").exclude(asked_by=actor.user_id)
    asked = asked.select_related("paper__case__district", "asked_by").order_by("pk")[: 5 * PAGE]
    return [one for one in asked if steps_for(one, actor) and evidence.is_another(one, actor)][:PAGE]


def _requests(found: list[OriginalRequest]) -> list[dict[str, Any]]:
    titles = paper_titles()
    return [
        {
            "request": one,
            "title": titles.get(one.paper.document, one.paper.document),
            "state": evidence.ORIGINAL.states[one.standing],
            "tone": TONES_OF_ORIGINALS[one.standing],
            "asker": unit_title(f"{one.asked_as}/{one.district_id}"),
        }
        for one in found
    ]


@require_GET
def original(request: PortalRequest, pk: object) -> HttpResponse:
    records = OriginalRequest.objects.select_related("paper__case__district", "asked_by", "answered_by")
    return original_page(request, visible_or_404(records, request.actor, pk=pk))


def original_page(
    request: PortalRequest, record: OriginalRequest, *, action: str = "", form: Any = None, status: int = 200
) -> HttpResponse:
    """Who asked why, the steps for whoever may answer, and the warning in front of the download."""
    is_another = evidence.is_another(record, request.actor)
    steps = offered(record, request.actor, action=action, form=form) if is_another else []
    unit = f"{record.answered_as}/{record.district_id}" if record.answered_as != "auditor" else record.answered_as
    context = {
        **_requests([record])[0],
        **({"tone": "wait"} if steps else {}),
        "record": record,
        "case": record.paper.case,
        "answerer": unit_title(unit) if record.answered_as else "",
        "may_download": record.is_live
        and record.role_of(request.actor)
        and evidence.is_open_to(record.paper, request.actor),
        "steps": steps,
    }
    return render(request, "casework/original.html", context, status=status)


def _title_of(attachment: Attachment) -> str:
    return paper_titles().get(attachment.document, attachment.document)


# --- tracking --------------------------------------------------------------------------------------------------------


@login_not_required
def track(request: PortalRequest) -> HttpResponse:
    """Where a case stands, for whoever holds its code and the last four digits of the mobile. Nothing personal."""
    form = TrackForm(request.POST or None)
    context: dict[str, Any] = {"form": form}
    if form.is_bound and form.is_valid():
        reference, last_four = form.cleaned_data["reference"], form.cleaned_data["last_four"]
        try:
            # Both are asked first: a limit that is met only after a wrong answer would still let the right one out.
            limits.check("track.address", limits.source_of(request), WRONG_CODES)
            limits.check("track.case", reference, WRONG_FOUR_DIGITS)
            found = _tracked(reference, last_four)
            if found is None:
                limits.take("track.case", reference, WRONG_FOUR_DIGITS)
                limits.take("track.address", limits.source_of(request), WRONG_CODES)
                form.add_error(None, _("No case matches this code and these four digits. Check both and try again."))
            else:
                context |= {"case": found, "state": state_label(found), "entries": _public_path(found)}
        except limits.TooManyTries as refusal:
            form.add_error(None, str(refusal))
            response = render(request, "casework/track.html", context, status=429)
            response.headers["Retry-After"] = str(refusal.wait_s)
            return response
    return render(request, "casework/track.html", context, status=422 if form.is_bound and form.errors else 200)


def _public_path(case: Case) -> list[dict[str, Any]]:
    """The states the case came through, for the timeline: which and since when, without who and why."""
    states = workflow_of(case).states
    path = [
        {"title": states[moment.target], "status": "done", "when": moment.at}
        for moment in moments(case)
        if moment.act != "begin"
    ]
    if case.state in ("rejected", "withdrawn", "revoked"):
        path[-1]["status"] = "refused"
    elif not case.closed_at:
        path[-1]["status"] = "now"
    return path


def _tracked(reference: str, last_four: str) -> Case | None:
    """The case, compared in constant time; an unknown code costs the same comparison."""
    found = Case.objects.filed().filter(reference=reference).select_related("applicant", "service", "district").first()
    mobile = found.applicant.mobile if found and found.applicant else "0" * 11
    matches = hmac.compare_digest(mobile[-4:].encode(), last_four.encode())
    return found if found and found.applicant and matches else None
