from itertools import product
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from districts.forms import CoverageForm, PlanForm
from districts.history import history_of, last_acts
from districts.models import District, Rollout, ServiceDesk, reads_rollouts
from districts.workflow import MANAGER
from portal.accounts.actors import Actor
from portal.accounts.middleware import PortalRequest
from portal.catalogue.models import Service
from portal.core.errors import NotAllowed
from portal.core.shortcuts import visible_or_404
from portal.workflow.perform import begin
from portal.workflow.registry import state_label
from portal.workflow.views import offered


@require_safe
@login_not_required
def coverage(request: HttpRequest) -> HttpResponse:
    """Public: which district has which service, where its desk is; `?code=` finds the district of a renovation code."""
    form = CoverageForm(request.GET if "code" in request.GET else None)
    found = form.cleaned_data["district"] if form.is_bound and form.is_valid() else None
    rollouts = Rollout.objects.select_related("service").order_by("service__position")
    desks = ServiceDesk.objects.filter(is_open=True)
    districts = District.objects.prefetch_related(
        Prefetch("rollouts", rollouts), Prefetch("desks", desks), "neighbourhoods"
    )
    context = {"form": form, "districts": districts, "found": found}
    return render(request, "districts/coverage.html", context, status=422 if form.errors else 200)


# --- rollouts --------------------------------------------------------------------------------------------------------


@require_safe
def rollouts(request: PortalRequest) -> HttpResponse:
    """For rollout managers and auditors: each service in each district, and who moved it last."""
    if not reads_rollouts(request.actor):
        raise Http404
    return render(request, "districts/rollouts.html", {"board": board_of(request.actor)})


def board_of(actor: Actor) -> list[tuple[Service, list[dict[str, Any]]]]:
    """Each service with a row a district; a row without a rollout says whether `actor` may begin one."""
    known = list(Rollout.objects.visible_to(actor).select_related("service", "district"))
    acts = last_acts(known)
    rows = {
        (rollout.service_id, rollout.district_id): {
            "rollout": rollout, "state": state_label(rollout), "last": acts.get(rollout.stream)
        }
        for rollout in known
    }  # fmt: skip
    board: dict[Service, list[dict[str, Any]]] = {}
    for service, district in product(Service.objects.all(), District.objects.all()):
        row = rows.get((service.pk, district.pk)) or {"may_plan": MANAGER(actor, Rollout(district=district))}
        board.setdefault(service, []).append(row | {"district": district})
    return list(board.items())


@require_POST
def plan(request: PortalRequest) -> HttpResponse:
    """Begin the rollout of a service in a district, or go to the one that has begun."""
    form = PlanForm(request.POST)
    if not form.is_valid():
        raise Http404
    planned = Rollout(workflow="rollout", **form.cleaned_data)
    if not MANAGER(request.actor, planned):
        raise NotAllowed
    begun = Rollout.objects.filter(**form.cleaned_data).first()
    return redirect(begun or begin(planned, actor=request.actor))


@require_safe
def rollout(request: PortalRequest, code: str) -> HttpResponse:
    return rollout_page(request, visible_or_404(Rollout, request.actor, code=code))


def rollout_page(
    request: PortalRequest, rollout: Rollout, *, action: str = "", form: Any = None, status: int = 200
) -> HttpResponse:
    """Dates, history and the steps that the reader may take; `form` is the bound form of `action`."""
    steps = offered(rollout, request.actor, action=action, form=form)
    context = {"rollout": rollout, "state": state_label(rollout), "steps": steps, "history": history_of(rollout)}
    return render(request, "districts/rollout.html", context, status=status)
