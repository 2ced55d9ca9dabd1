from django.contrib.auth.decorators import login_not_required
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from districts.forms import CoverageForm
from districts.models import District, Rollout, ServiceDesk


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
