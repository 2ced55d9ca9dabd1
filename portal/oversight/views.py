"""The pages for everybody: home, services, help, accessibility and the public figures."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from districts.models import ServiceDesk
from portal.core import charts
from portal.core.templatetags.ui import month_name
from portal.oversight import statistics
from portal.oversight.coverage import coverage_of, name_of

# Officials' statements in the city's news of 1401/10/25.
TRAINED_NOTARY_OFFICES = 80
TRAINED_COUNTER_OFFICES = 79


@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return render(
        request,
        "pages/home.html",
        {
            "coverage": coverage_of("transfer"),
            "totals": statistics.totals(),
            "notary_offices": TRAINED_NOTARY_OFFICES,
            "counter_offices": TRAINED_COUNTER_OFFICES,
        },
    )


@login_not_required
@require_safe
def services(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/services.html")


@login_not_required
@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    desks = ServiceDesk.objects.filter(is_open=True).select_related("district")
    return render(request, "pages/help.html", {"desks": desks})


@login_not_required
@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/accessibility.html")


@login_not_required
@require_safe
def statistics_page(request: HttpRequest) -> HttpResponse:
    figures = statistics.figures()
    districts = [(number, name_of(number)) for number in figures["totals"]["by_district"]]
    by_district = charts.bars(
        _("Answered inquiries by district"),
        [charts.Bar(name, figures["totals"]["by_district"][number]) for number, name in districts],
        unit=_("inquiries"),
    )
    by_month = charts.lines(
        _("Answered inquiries by month"),
        [month_name(year, month) for year, month in figures["months"]],
        [charts.Series(name, figures["by_month"][number]) for number, name in districts],
        unit=_("inquiries"),
    )
    context = {"totals": figures["totals"], "by_district": by_district, "by_month": by_month}
    return render(request, "oversight/statistics.html", context)


@login_not_required
@require_safe
def statistics_json(request: HttpRequest) -> JsonResponse:
    """{"total": 16244, "by_district": {"1": 8427, …}}: exactly the figures of the page."""
    totals = statistics.totals()
    return JsonResponse({"total": totals["total"], "by_district": totals["by_district"]})
