"""Lists, worklist, papers and tracking: what every case has in common, whatever its service."""

import hmac
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from portal.accounts import limits
from portal.accounts.limits import Limit
from portal.accounts.middleware import PortalRequest
from portal.casework import storage, uploads
from portal.casework import worklist as desk
from portal.casework.deadlines import closures, remaining
from portal.casework.forms import TrackForm
from portal.casework.models import Attachment, Case, CaseView, opened
from portal.casework.pages import case_page
from portal.casework.readers import by_unit, described
from portal.casework.timeline import moments
from portal.core.shortcuts import visible_or_404
from portal.workflow.registry import state_label, workflow_of

PAGE = 20
MOST_OPENINGS = 200
# Four digits could be guessed: so few wrong answers a case, and few wrong codes an address (reliability.md 4.6).
WRONG_FOUR_DIGITS = (Limit(10, 24 * 3600),)
WRONG_CODES = (Limit(20, 3600),)


@require_GET
def cases(request: PortalRequest) -> HttpResponse:
    """The cases that the actor may see, newest first, by keyset (`?after=<id>`); discarded drafts are left out."""
    found = Case.objects.visible_to(request.actor).filter(Q(reference__isnull=False) | Q(state="draft"))
    found = found.select_related("service", "district", "parcel", "inquiry").order_by("-id")
    if after := request.GET.get("after"):
        found = found.filter(id__lt=_id_or_404(after))
    rows = list(found[: PAGE + 1])
    context = {
        "rows": [{"case": row, "state": state_label(row)} for row in rows[:PAGE]],
        "first_url": reverse("casework:cases") if after else "",
        "next_url": f"?after={rows[PAGE - 1].pk}" if len(rows) > PAGE else "",
    }
    return render(request, "casework/cases.html", context)


def _id_or_404(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Http404 from error


@require_GET
def case(request: PortalRequest, reference: str) -> HttpResponse:
    return case_page(request, visible_or_404(Case, request.actor, reference=reference))


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


def _opened_paper(request: PortalRequest, pk: object) -> Attachment:
    paper = visible_or_404(Attachment.objects.select_related("case"), request.actor, pk=pk)
    opened(paper.case, actor=request.actor, purpose=f"paper:{paper.document}"[:40])
    return paper


@require_GET
def paper(request: PortalRequest, pk: object) -> HttpResponse:
    """The paper itself, as an attachment: whole, from the sealed store, after the opening is logged."""
    attachment = _opened_paper(request, pk)
    return _file(storage.open(attachment.cleaned_sha256), attachment.media_type, name=attachment.shown_name)


@require_GET
def paper_page(request: PortalRequest, pk: object, page: int) -> HttpResponse:
    """One page as a picture for the screen; a PDF is drawn in the sandbox and never handed to the browser as such."""
    attachment = _opened_paper(request, pk)
    if not 1 <= page <= attachment.pages:
        raise Http404
    data = storage.open(attachment.cleaned_sha256)
    if attachment.media_type == "application/pdf":
        try:
            data = uploads.preview_pages(data, 1, first=page - 1)[0]
        except uploads.UploadRefused as refusal:
            return HttpResponse(str(refusal), status=503, content_type="text/plain; charset=utf-8")
    return _file(data, "image/jpeg")


def _file(data: bytes, media_type: str, *, name: str = "") -> HttpResponse:
    response = HttpResponse(data, content_type=media_type)
    disposition = "attachment" if name else "inline"
    response.headers["Content-Disposition"] = f"{disposition}; filename={'paper' if name else 'page'}"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "no-store"
    return response


@login_not_required
def track(request: PortalRequest) -> HttpResponse:
    """Where a case stands, for whoever holds its code and the last four digits of the mobile. Nothing personal."""
    form = TrackForm(request.POST or None)
    context: dict[str, Any] = {"form": form}
    if form.is_bound and form.is_valid():
        reference, last_four = form.cleaned_data["reference"], form.cleaned_data["last_four"]
        try:
            # Both are asked first: a limit that is met only after a wrong answer would still let the right one out.
            limits.check("track.address", limits.client_address(request), WRONG_CODES)
            limits.check("track.case", reference, WRONG_FOUR_DIGITS)
            found = _tracked(reference, last_four)
            if found is None:
                limits.take("track.case", reference, WRONG_FOUR_DIGITS)
                limits.take("track.address", limits.client_address(request), WRONG_CODES)
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
