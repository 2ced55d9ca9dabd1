"""Filing in four steps, and the page of a case as each role needs it."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from inquiries import desk, filing
from inquiries.effects import AlreadyFiled, TooMuchPaper, addressee_of, missing_papers
from inquiries.forms import DealForm, PaperForm, PropertyForm, SubmitForm, items_of, owner_code_of
from inquiries.papers import papers_of, required_papers
from portal.accounts.middleware import PortalRequest
from portal.casework.models import Case
from portal.core.errors import AlreadyDone, IllegalStep, Refusal
from portal.core.shortcuts import visible_or_404
from portal.parcels.models import Parcel, national_code_of
from portal.workflow.perform import perform
from portal.workflow.views import form_claim

# --- filing --------------------------------------------------------------------------------------------------------


def start(request: PortalRequest) -> HttpResponse:
    """Step 1: choose the property; a draft comes into being with the first valid choice."""
    initial = {"renovation_code": request.GET.get("code", "")}
    form = PropertyForm(request.POST) if request.method == "POST" else PropertyForm(initial=initial)
    if form.is_bound and form.is_valid():
        try:
            draft = filing.begin_draft(actor=request.actor, **form.facts)
            return redirect("inquiries:deal", pk=draft.pk)
        except AlreadyFiled as already:
            messages.warning(request, str(already))
            return redirect("casework:case", reference=already.reference)
        except Refusal as refusal:
            form.add_error("renovation_code", str(refusal))
    mine = Parcel.objects.visible_to(request.actor).current().owned_by(national_code_of(request.actor))
    mine = mine.select_related("district").order_by("code")
    return _page(request, "inquiries/start.html", _step(1, None) | {"form": form, "parcels": mine}, form)


def of_draft(view: Callable[[PortalRequest, Case], HttpResponse]) -> Callable[..., HttpResponse]:
    """Hand the view the applicant's own draft; once it is filed, its addresses lead to the case."""

    @wraps(view)
    def with_draft(request: PortalRequest, pk: object) -> HttpResponse:
        cases = Case.objects.select_related("inquiry", "parcel", "service", "applicant")
        case = visible_or_404(cases, request.actor, pk=pk)
        if case.applicant_id != request.actor.user_id:
            raise Http404
        if case.reference:
            return redirect(case)
        if case.state != "draft":
            return redirect("casework:cases")
        try:
            return view(request, case)
        except IllegalStep as moved_on:  # filed or discarded in another window while this request was on its way
            messages.error(request, str(moved_on))
            return redirect("casework:cases")

    return with_draft


@require_GET
@of_draft
def resume(request: PortalRequest, draft: Case) -> HttpResponse:
    """Go on where the applicant stopped, on any device."""
    if not draft.inquiry.has_deal:
        return redirect("inquiries:deal", pk=draft.pk)
    return redirect("inquiries:papers" if missing_papers(draft) else "inquiries:review", pk=draft.pk)


@of_draft
def deal(request: PortalRequest, draft: Case) -> HttpResponse:
    """Step 2: the deal and the notary's letter."""
    data = request.POST if request.method == "POST" else None
    form = DealForm(data, initial=filing.deal_of(draft), owner_code=owner_code_of(draft))
    if form.is_bound and form.is_valid():
        filing.keep_deal(draft, form.facts)
        return redirect("inquiries:papers", pk=draft.pk)
    return _page(request, "inquiries/deal.html", _step(2, draft) | {"form": form}, form)


@of_draft
def papers(request: PortalRequest, draft: Case) -> HttpResponse:
    """Step 3: send papers one at a time; each is kept as soon as it is checked."""
    offered = papers_of(draft, timezone.localdate())
    # Asked before the form, which checks and stores the file.
    if request.method == "POST" and request.POST.get("document") not in {paper.code for paper in offered}:
        raise Http404
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = PaperForm(*sent, sender=request.actor.user_id)
    if form.is_bound and form.is_valid():
        document, clean = form.cleaned_data["document"], form.cleaned_data["file"]
        try:
            filing.keep_paper(draft, document, clean)
            messages.success(request, _("Received: %(name)s") % {"name": clean.shown_name})
            return redirect(f"{reverse('inquiries:papers', args=[draft.pk])}#paper-{document}")
        except TooMuchPaper as refusal:
            form.add_error("file", str(refusal))
    rows = desk.paper_rows(draft, offered, required_papers(draft, timezone.localdate()), form)
    context = _step(3, draft) | {"form": form, "rows": rows, "is_complete": not missing_papers(draft)}
    return _page(request, "inquiries/papers.html", context, form)


@of_draft
def review(request: PortalRequest, draft: Case) -> HttpResponse:
    """Step 4: read everything once more, declare, and file."""
    if not draft.inquiry.has_deal:
        return redirect("inquiries:deal", pk=draft.pk)
    form = SubmitForm(request.POST, subject=draft) if request.method == "POST" else SubmitForm(subject=draft)
    if form.is_bound and form.is_valid():
        once = form_claim(request, form.cleaned_data["key"], location=reverse("inquiries:resume", args=[draft.pk]))
        seen = form.cleaned_data["seen"]
        try:
            filed = perform(draft, "submit", actor=request.actor, seen=seen, once=once, **form.facts)
            return redirect(f"{filed.get_absolute_url()}?filed=1")
        except AlreadyDone as done:
            return redirect(done.location)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
    context = _step(4, draft) | {
        "form": form,
        "missing": missing_papers(draft),
        "is_office_known": addressee_of(draft.inquiry) is not None,
        "facts": desk.filed_facts(draft),
        "papers": desk.papers_in_force(draft, items_of(draft)),
    }
    return _page(request, "inquiries/review.html", context, form)


@require_POST
@of_draft
def discard(request: PortalRequest, draft: Case) -> HttpResponse:
    perform(draft, "discard", actor=request.actor)
    messages.info(request, _("The draft is discarded."))
    return redirect("casework:cases")


def _step(current: int, draft: Case | None) -> dict[str, Any]:
    """The stepper's context; steps before the present one are links back."""
    names = (
        (_("Property"), ""),
        (_("Deal and notary"), "inquiries:deal"),
        (_("Papers"), "inquiries:papers"),
        (_("Review and declare"), "inquiries:review"),
    )
    steps = [{"label": label, "url": reverse(name, args=[draft.pk]) if draft and name else ""} for label, name in names]
    return {"steps": steps, "current": current, "case": draft}


def _page(request: PortalRequest, template: str, context: dict[str, Any], form: Any) -> HttpResponse:
    return render(request, template, context, status=422 if form.is_bound and form.errors else 200)


# --- the case --------------------------------------------------------------------------------------------------------


def case_page(request: PortalRequest, case: Case, *, action: str, form: Any, status: int) -> HttpResponse:
    """The case for its applicant, for the desk that has it, or for one who may only read."""
    context = desk.context_of(case, request.actor, action=action, form=form)
    context["is_just_filed"] = "filed" in request.GET
    readers = {"inquiries/case.html": context["is_applicant"], "inquiries/desk.html": context["is_staff"]}
    template = next((page for page, reads in readers.items() if reads), "inquiries/answer.html")
    return render(request, template, context, status=status)


def recorded_page(request: PortalRequest, case: Case, *, action: str, form: Any, status: int) -> HttpResponse:
    """A case of the published history: district, day and source are all that is known."""
    return render(request, "inquiries/recorded.html", {"case": case}, status=status)
