"""Everything the register knows about a parcel for one service, looked up at one moment, as plain JSON data.

Keys and formats are those of the certificate's snapshot (`portal.documents.snapshot`): ASCII digits, ISO dates, areas
as text with two decimals, shares as fractions, Persian words. Besides them: `looked_up_at`, `map_data_as_of`,
`note8_basis`, `debts`, `blocking_rial`, `stops`, which the case needs and the paper does not print.
"""

import math
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import timezone, translation
from shapely.geometry import LineString
from shapely.ops import nearest_points

from districts import geometry
from portal.catalogue.models import BlockingDebt, Service
from portal.core.calendar import jalali_ascii
from portal.core.identifiers import mask_national_code
from portal.core.persian import fa_digits
from portal.parcels import wording
from portal.parcels.models import (
    Building,
    CertificateOnFile,
    DebtLine,
    Hold,
    Level,
    Ownership,
    Parcel,
    PermitOnFile,
    RegistryPlate,
    Setback,
    Use,
    ViolationOnFile,
    holds_on,
)
from portal.parcels.sketch import sketch_of

Facts = dict[str, Any]

ARTICLE74_LINES = frozenset({DebtLine.Line.PERMIT, DebtLine.Line.ARTICLE100, DebtLine.Line.PARKING})
"""What the clearance of the note of article 74 covers; the renovation levy has its own (1.1)."""

_KIND = CertificateOnFile.Kind
_NOTE8_KINDS = {
    "completion": (_KIND.COMPLETION, _KIND.COMPLETION_DIVIDED),
    "no_violation_to_date": (_KIND.NO_VIOLATION,),
    "exempt_pre_1355": (_KIND.EXEMPT_1355,),
    "exempt_pre_masterplan": (_KIND.EXEMPT_PLAN,),
}
"""In the order of strength: the first kind on file is the basis."""


def facts_for(parcel: Parcel, service: Service, *, now: datetime | None = None) -> Facts:
    """The facts at this moment. The caller has made sure that the actor may see the parcel."""
    return facts_in_words(parcel, service, now=now) | {"sketch": sketch_of(parcel)}


def facts_in_words(parcel: Parcel, service: Service, *, now: datetime | None = None) -> Facts:
    """The facts without the sketch, for a page that does not draw it."""
    now = now or timezone.now()
    today = timezone.localdate(now)
    with translation.override("fa"):
        land = parcel.land()
        floors = _floors(parcel)
        owners = _open_shares(parcel)
        facts: Facts = {
            "looked_up_at": _instant(now),
            "map_data_as_of": _instant(land.surveyed_at),
            "district": parcel.district_id,
            "renovation_code": parcel.code,
            "level": parcel.level,
            "plate": _plate(parcel),
            "postal_code": parcel.postal_code,
            "address": parcel.address,
            "owners": _owners([row for row in owners if row.parcel_id == parcel.pk]),
            "land": _land(land),
            "plan": _plan(land),
            "setbacks": [_setback(row, land) for row in land.setbacks.select_related("street").order_by("pk")],
            "buildings": [_floor(*row) for row in floors if row[1] is not None],
            "violations": _violations(parcel),
            "project": land.project,
        }
        facts |= _unit(parcel) | _papers(parcel, has_building=bool(floors))
        facts |= _debts(parcel, service, today) | _holds(parcel, service, owners)
    return facts


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _two(value: Decimal | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _plate(parcel: Parcel) -> Facts:
    """The plate of the node itself, or of the nearest node above that has one."""
    nodes = parcel.lineage()
    plates = {plate.parcel_id: plate for plate in RegistryPlate.objects.filter(parcel__in=nodes).order_by("-pk")}
    for node in nodes:
        if plate := plates.get(node.pk):
            facts = {"bakhsh": str(plate.bakhsh), "asli": str(plate.asli), "fari": str(plate.fari or "")}
            parts = {"qate": str(plate.qate or ""), "cadastral": plate.cadastral}
            return facts | {name: value for name, value in parts.items() if value}
    return {"bakhsh": "", "asli": "", "fari": ""}


def _open_shares(parcel: Parcel) -> list[Ownership]:
    """Of the node and of those above it: a hold on an owner of the land stops the apartment as well."""
    return list(Ownership.objects.open().filter(parcel__in=parcel.lineage()).order_by("valid_from", "pk"))


def _owners(rows: list[Ownership]) -> list[Facts]:
    """Open shares; a person with the same share of land and building stands once, otherwise the layer is named."""
    layers: dict[tuple[str, str, int, int], list[str]] = {}
    for row in rows:
        key = (row.person_name, row.national_code, row.share_numerator, row.share_denominator)
        layers.setdefault(key, []).append(row.layer)
    known = {row.layer for row in rows}
    return [
        {
            "name": name if set(held) == known else f"{name} ({wording.LAYERS[held[0]]})",
            "national_code_masked": mask_national_code(code),
            "share": {"n": numerator, "d": denominator},
        }
        for (name, code, numerator, denominator), held in layers.items()
    ]


def _land(land: Parcel) -> Facts:
    areas = {"deed_m2": land.deed_area_m2, "measured_m2": land.measured_area_m2, "after_m2": land.corrected_area_m2}
    return {name: _two(area) for name, area in areas.items()}


def _plan(land: Parcel) -> Facts:
    rule = land.plan_rule
    if rule is None:
        return {"name": "", "date": "", "use": "", "density": "", "coverage": "", "floors": 0}
    return {
        "name": rule.plan,
        "date": rule.approved_on.isoformat(),
        "use": str(rule.get_use_display()),
        "density": str(rule.density_percent),
        "coverage": str(rule.coverage_percent),
        "floors": rule.floors,
    }


def _setback(row: Setback, land: Parcel) -> Facts:
    side = f" ({compass(land, row.street.line_cm)})" if land.outline_cm else ""
    return {
        "passage": f"{row.street.name}{side}",
        "width_now_m": _two(row.street.width_m),
        "width_planned_m": _two(row.street.planned_width_m),
        "lost_m": _two(row.depth_m),
        "lost_m2": _two(row.lost_m2),
    }


def compass(land: Parcel, line_cm: list[geometry.PointCm]) -> str:
    """On which side of the land a street lies."""
    centre = geometry.polygon_of(land.outline_cm).centroid
    _, on_street = nearest_points(centre, LineString(line_cm))
    angle = math.atan2(on_street.y - centre.y, on_street.x - centre.x)
    return wording.COMPASS[round(angle / (math.pi / 4)) % 8]


def _floors(parcel: Parcel) -> list[tuple[Any, ...]]:
    """(building, floor, use, area) of the building around a unit, or of every building on the land.

    A building of which no floor is known stands in one row with its number alone.
    """
    here = Q(parcel__in=[node for node in parcel.lineage() if node.level == Level.BUILDING])
    if parcel.level == Level.PARCEL:
        here = Q(parcel__in=parcel.children.current().filter(level=Level.BUILDING))
    found = Building.objects.filter(here).order_by("parcel__code", "floor_uses__floor", "floor_uses__pk")
    floor = ("floor_uses__floor", "floor_uses__use", "floor_uses__area_m2")
    return list(found.values_list("parcel__building_no", *floor))


def _floor(number: int, floor: int, use: str, area_m2: Decimal) -> Facts:
    name = wording.floor_name(floor)
    return {"no": str(number), "floor": name, "use": str(Use(use).label), "area_m2": _two(area_m2)}


def _unit(parcel: Parcel) -> Facts:
    unit = getattr(parcel, "unit", None)
    if unit is None:
        return {}
    parts = {
        "area_m2": _two(unit.area_m2),
        "parking": unit.parking_no and f"قطعهٔ {unit.parking_no}، {_two(unit.parking_m2)} مترمربع",
        "storage": unit.storage_no and f"شمارهٔ {unit.storage_no}، {_two(unit.storage_m2)} مترمربع",
    }
    return {"unit": {name: text for name, text in parts.items() if text}}


# --- papers -------------------------------------------------------------------------------------------------------


def _papers(parcel: Parcel, *, has_building: bool) -> Facts:
    nodes = parcel.lineage()
    permit = PermitOnFile.objects.filter(parcel__in=nodes).order_by("-issued_on", "pk").first()
    certificates = list(CertificateOnFile.objects.filter(parcel__in=nodes).order_by("-issued_on", "pk"))
    basis, certificate = _note8_basis(certificates)
    facts: Facts = {"note8_basis": basis, "note8": _note8(basis, certificate, has_building=has_building)}
    if permit is not None:
        facts["permit"] = _paper("پروانهٔ ساختمان", permit.number, permit.issued_on, permit.valid_until)
    if certificate is not None and basis in ("completion", "no_violation_to_date"):
        title = str(certificate.get_kind_display())
        facts["completion"] = _paper(title, certificate.number, certificate.issued_on, certificate.valid_until)
    return facts


def _note8_basis(certificates: list[CertificateOnFile]) -> tuple[str, CertificateOnFile | None]:
    for basis, kinds in _NOTE8_KINDS.items():
        for certificate in certificates:
            if certificate.kind in kinds:
                return basis, certificate
    return "none", None


def _note8(basis: str, certificate: CertificateOnFile | None, *, has_building: bool) -> Facts:
    name, sentence = wording.NOTE8[basis]
    if certificate is None:
        name, sentence = (name, sentence) if has_building else wording.BARE_LAND
        return {"basis": name, "document": "", "wording": sentence}
    day = jalali_ascii(certificate.issued_on)
    return {
        "basis": name,
        "document": f"شمارهٔ {certificate.number} مورخ {day}",
        "wording": sentence.format(number=fa_digits(certificate.number), date=fa_digits(day)),
    }


def _paper(title: str, number: str, day: date, valid_until: date | None) -> Facts:
    paper = {"title": title, "no": number, "date": day.isoformat()}
    return paper | ({"valid_until": valid_until.isoformat()} if valid_until else {})


def _violations(parcel: Parcel) -> list[Facts]:
    """On the node itself first, then on those above it."""
    nodes = [node.pk for node in parcel.lineage()]
    found = ViolationOnFile.objects.filter(parcel__in=nodes).order_by("found_on", "pk")
    return [
        {
            "finding": f"{row.get_finding_display()}، {_two(row.area_m2)} مترمربع، سال {row.works_year}",
            "ruling_no": row.ruling_no,
            "ruling_date": row.ruling_on.isoformat() if row.ruling_on else "",
            "is_settled": row.is_settled,
        }
        for row in sorted(found, key=lambda row: nodes.index(row.parcel_id))
    ]


def open_violations(parcel: Parcel) -> bool:
    """True when a violation on this node or above it is not settled."""
    return ViolationOnFile.objects.filter(parcel__in=parcel.lineage(), is_settled=False).exists()


# --- debts and holds ------------------------------------------------------------------------------------------------


def owing_rial(parcel: Parcel, service: Service) -> int:
    """What must be paid before this service may be answered, in whole rials."""
    amount: int = _debts(parcel, service, timezone.localdate())["blocking_rial"]
    return amount


def blocking_holds(parcel: Parcel, service: Service) -> list[Hold]:
    """Holds of level stop or stop of issue."""
    return [hold for hold in holds_on(parcel, service) if not hold.lets_answer]


def debts_of(parcel: Parcel) -> QuerySet[DebtLine]:
    """The lines of this node, and of the nodes above only what concerns common areas: a neighbour's debt is his own."""
    above = [node.pk for node in parcel.lineage()[1:]]
    own = DebtLine.objects.filter(parcel=parcel)
    common = DebtLine.objects.filter(parcel__in=above, is_common=True)
    return (own | common).order_by("line", "year", "pk")


def _debts(parcel: Parcel, service: Service, today: date) -> Facts:
    rules = BlockingDebt.objects.on(today).filter(service=service, line=OuterRef("line")).order_by("-valid_from")
    lines = list(debts_of(parcel).annotate(effect=Subquery(rules.values("effect")[:1])))
    debts = [_debt(line, line.effect or BlockingDebt.Effect.INFORMS, today) for line in lines]
    facts: Facts = {"debts": debts, "blocking_rial": sum(debt["open_rial"] for debt in debts if debt["is_blocking"])}
    if until := _renovation_until(lines):
        facts["renovation_until"] = until
    if not any(line.open_rial for line in lines if line.line in ARTICLE74_LINES):
        facts["clearance74_until"] = today.isoformat()
    return facts


def _debt(line: DebtLine, effect: str, today: date) -> Facts:
    is_credit = line.line == DebtLine.Line.SETBACK_CREDIT
    is_due = line.due_on <= today  # an instalment not yet due does not block
    return {
        "line": line.line,
        "title": str(line.get_line_display()),
        "year": line.year,
        "due_rial": line.due_rial,
        "paid_rial": line.paid_rial,
        "open_rial": line.open_rial,
        "due_on": line.due_on.isoformat(),
        "is_common": line.is_common,
        "is_credit": is_credit,
        "is_blocking": bool(line.open_rial and is_due and not is_credit and effect == BlockingDebt.Effect.BLOCKS),
    }


def _renovation_until(lines: Sequence[DebtLine]) -> str:
    """The Jalali year up to whose end the levy is paid; empty when the register holds no bill or nothing is paid."""
    bills = [line for line in lines if line.line == DebtLine.Line.RENOVATION]
    unpaid = [line.year for line in bills if line.open_rial]
    paid = [line.year for line in bills if not line.open_rial]
    if unpaid:
        return str(min(unpaid) - 1)
    return str(max(paid)) if paid else ""


def _holds(parcel: Parcel, service: Service, owners: list[Ownership]) -> Facts:
    """Warnings go on the paper; anything stronger stops the case and is shown to staff only."""
    holds = list(holds_on(parcel, service, owners=owners))
    return {
        "holds": [_hold(hold) for hold in holds if hold.lets_answer],
        "stops": [_hold(hold) | {"level": hold.level} for hold in holds if not hold.lets_answer],
    }


def _hold(hold: Hold) -> Facts:
    return {"title": hold.title, "reference": hold.reference, "date": hold.placed_on.isoformat()}
