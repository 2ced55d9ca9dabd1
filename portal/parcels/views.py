"""Pages of the register: what is mine, and the public map with the rules of each parcel."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from districts import geometry
from districts.models import District, Neighbourhood
from portal.accounts.middleware import PortalRequest
from portal.parcels import lookup
from portal.parcels.forms import FindForm, FrameForm, PointForm
from portal.parcels.models import Ownership, Parcel, national_code_of
from portal.parcels.plan import neighbourhood_plan

MOST_FEATURES = 1_500


@require_safe
def mine(request: PortalRequest) -> HttpResponse:
    """The parcels of which the signed-in person holds a share."""
    code = national_code_of(request.actor)
    shares = Ownership.objects.visible_to(request.actor).open().of_person(code).select_related("parcel__district")
    shares = shares.prefetch_related("parcel__registryplates")
    holdings = _by_parcel(list(shares.order_by("parcel__code", "layer")))
    return render(request, "parcels/mine.html", {"holdings": holdings})


def _by_parcel(shares: list[Ownership]) -> list[dict[str, object]]:
    """One card a parcel; a share that is the same on land and building is said once."""
    parcels = {share.parcel_id: share.parcel for share in shares}
    return [
        {
            "parcel": parcel,
            "plate": min(parcel.registryplates.all(), key=lambda plate: plate.pk, default=None),
            "shares": sorted({share.share for share in shares if share.parcel_id == pk}, reverse=True),
        }
        for pk, parcel in parcels.items()
    ]


@require_safe
@login_not_required
def city_map(request: HttpRequest) -> HttpResponse:
    """Public: the neighbourhoods to choose from, and a search by code, plate or postal code."""
    form = FindForm(request.GET if request.GET else None)
    if form.is_bound and form.is_valid():
        found = form.found()
        if found.parcel is not None:
            return redirect("parcels:public_parcel", code=found.parcel.land().code)
        nothing = _("No property of this city was found. Check the number, or use the map.")
        form.add_error("text", found.notice or nothing)
    context = {"form": form, "districts": District.objects.prefetch_related("neighbourhoods")}
    return render(request, "parcels/city_map.html", context, status=422 if form.errors else 200)


@require_safe
@login_not_required
def neighbourhood_map(request: HttpRequest, district: int, region: int) -> HttpResponse:
    """Public: the parcels of one neighbourhood, each a link."""
    area = Neighbourhood.objects.select_related("district").filter(district=district, number=region).first()
    if area is None:
        raise Http404
    pattern = reverse("parcels:public_parcel", args=["CODE"]).replace("CODE", "{code}")
    label = _("Parcels of %(area)s") % {"area": area.name}
    context = {"area": area, "plan": neighbourhood_plan(area, label=label, url_pattern=pattern)}
    return render(request, "parcels/map.html", context)


@require_safe
@login_not_required
def public_parcel(request: HttpRequest, code: str) -> HttpResponse:
    """Public: code, use and plan rules of a piece of land; no owner, debt or violation."""
    try:
        found = lookup.find(code, Parcel.objects.land())
    except ValueError as error:
        raise Http404 from error
    if found.parcel is None:
        raise Http404
    parcel = Parcel.objects.select_related("plan_rule", "district", "neighbourhood").get(pk=found.parcel.pk)
    return render(request, "parcels/public_parcel.html", {"parcel": parcel, "notice": found.notice})


@require_safe
@login_not_required
def map_features(request: HttpRequest) -> JsonResponse:
    """Public GeoJSON of a box in degrees, `?west=&south=&east=&north=`: outline, code and use, 1,500 at most."""
    form = FrameForm(request.GET)
    if not form.is_valid():
        return JsonResponse({"errors": form.errors}, status=422)
    box = form.cleaned_data
    corners = geometry.to_utm_cm([[box["west"], box["south"]], [box["east"], box["north"]]])
    parcels = Parcel.objects.current().land().within(*geometry.bounds_cm_of(corners)).order_by("code")[:MOST_FEATURES]
    return JsonResponse({"type": "FeatureCollection", "features": parcels.for_public_map()})


@require_safe
@login_not_required
def map_point(request: HttpRequest) -> JsonResponse:
    """Public: the code of the land under a point, `?longitude=&latitude=`; 404 where there is none."""
    form = PointForm(request.GET)
    if not form.is_valid():
        return JsonResponse({"errors": form.errors}, status=422)
    parcel = lookup.at_degrees(**form.cleaned_data).parcel
    if parcel is None:
        return JsonResponse({"code": None}, status=404)
    return JsonResponse({"code": parcel.code, "district": parcel.district_id, "use": parcel.use})


@require_safe
@login_not_required
def map_districts(request: HttpRequest) -> JsonResponse:
    """Public GeoJSON: the outlines of the districts, for the map from afar."""
    districts = District.objects.exclude(outline_wgs84=None)
    features = [
        {
            "type": "Feature",
            "properties": {"number": district.number, "label": str(district)},
            "geometry": {"type": "Polygon", "coordinates": [[*district.outline_wgs84, district.outline_wgs84[0]]]},
        }
        for district in districts
        if district.outline_wgs84
    ]
    return JsonResponse({"type": "FeatureCollection", "features": features})


@require_safe
@login_not_required
def map_locate(request: HttpRequest) -> JsonResponse:
    """Public: the land of a renovation code as a GeoJSON feature, `?code=`; 404 where there is none."""
    try:
        parcel = lookup.find(request.GET.get("code", "")).parcel
    except ValueError as error:
        return JsonResponse({"error": str(error)}, status=422)
    features = Parcel.objects.filter(pk=parcel.land().pk).for_public_map() if parcel else []
    return JsonResponse(features[0] if features else {"error": ""}, status=200 if features else 404)
