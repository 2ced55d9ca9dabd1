"""The records of the synthetic city, made from its plan: owners, buildings, papers, rules, debts, a few holds.

Everything follows from (seed, number of parcels, day), ids included; `digest` says so. The named cast owns what the
story of the demo needs (`WISHES`).
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

import numpy as np
import shapely
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction

from districts import geometry
from districts.models import District, Neighbourhood
from districts.territory import load_districts
from portal.accounts.actors import Actor
from portal.core.calendar import TEHRAN, from_jalali, to_jalali
from portal.core.identifiers import RenovationCode
from portal.core.persian import fa_digits
from portal.demo import layout
from portal.demo.copying import copy_in
from portal.demo.people import CITIZEN_ONE, CITIZEN_TWO, WAQF_OFFICE, Person, Population
from portal.parcels import acts, sealing
from portal.parcels import models as register
from portal.parcels.models import CertificateOnFile, DebtLine, Hold, Level, Ownership, Parcel, Use, ViolationOnFile
from portal.parcels.wording import floor_name

PLAN_NAME = "طرح تفصیلی ارومیه"
PLAN_APPROVED = from_jalali(1395, 3, 10)
OPENED = from_jalali(1390, 1, 15)  # the register's own first day: every code is valid from here
CENTIMETRE = Decimal("0.01")
BUILDER = Actor.system("demo-city")


@dataclass(frozen=True)
class Wish:
    """What the cast needs a plot to be."""

    kind: str  # "house" or "apartments"
    owners: tuple[tuple[Person, int, int], ...]
    paper: str
    owes: bool = False
    built_year: int = 1394


WISHES: dict[tuple[int, int], Wish] = {
    (1, 4): Wish("apartments", ((CITIZEN_ONE, 1, 1),), CertificateOnFile.Kind.COMPLETION_DIVIDED),
    (1, 9): Wish("house", ((CITIZEN_TWO, 1, 1),), CertificateOnFile.Kind.EXEMPT_PLAN, built_year=1348),
    (3, 4): Wish(
        "house", ((CITIZEN_ONE, 1, 2), (Person("امیر صادقی", "9900001011"), 1, 2)), CertificateOnFile.Kind.COMPLETION
    ),
    (4, 4): Wish("house", ((CITIZEN_TWO, 1, 1),), CertificateOnFile.Kind.COMPLETION, owes=True),
}
"""By district and place in the district's list of plots; of a block of apartments the first one is meant."""


@dataclass
class City:
    """Unsaved records by model, in the order in which the database must take them, and the text they follow from."""

    source: str
    records: dict[type[models.Model], list[Any]] = field(default_factory=dict)
    districts: dict[int, list[geometry.PointCm]] = field(default_factory=dict)

    def add(self, record: models.Model) -> Any:
        self.records.setdefault(type(record), []).append(record)
        return record

    def __len__(self) -> int:
        return sum(map(len, self.records.values()))


def digest(city: City) -> str:
    """SHA-256 over every column of every record, in plain text: equal digests, equal cities."""
    seal = hashlib.sha256(json.dumps(city.districts, sort_keys=True).encode())
    for model, records in city.records.items():
        names = [f.attname for f in model._meta.concrete_fields if not f.attname.endswith("_index")]
        for record in records:
            seal.update(json.dumps([getattr(record, name) for name in names], cls=DjangoJSONEncoder).encode())
    return seal.hexdigest()


def parcels_of(national_code: str) -> register.ParcelQuerySet:
    """What a member of the cast owns, in the order of the codes: the first has a completion certificate, or a debt."""
    return Parcel.objects.current().owned_by(national_code).order_by("district", "region", "block", "house", "code")


def build(seed: int, parcels: int, *, today: date) -> City:
    """The city as unsaved records; touches no database."""
    return _Builder(seed, parcels, today).build()


ORDER = (
    Neighbourhood, register.Street, register.PlanRule, Parcel, register.CodeHistory, register.RegistryPlate,
    register.Deed, Ownership, register.Building, register.FloorUse, register.Unit, register.PermitOnFile,
    CertificateOnFile, register.Setback, ViolationOnFile, DebtLine, Hold,
)  # fmt: skip


def store(city: City, progress: Callable[[int], None] = lambda rows: None) -> None:
    """Write the city and its act in one transaction; `progress` is told the number of rows written so far.

    The act vouches for the reference data as well: the migrations loaded them, and they enter no ledger.
    """
    with transaction.atomic():
        load_districts()
        outlines = geometry.many_to_wgs84(list(city.districts.values()))
        for (number, outline_cm), outline in zip(city.districts.items(), outlines, strict=True):
            District.objects.filter(number=number).update(outline_cm=outline_cm, outline_wgs84=outline)
        written = 0
        for model in ORDER:
            for batch in _batches(city.records.get(model, []), 2000):
                copy_in(model, batch)
                written += len(batch)
                progress(written)
        source = hashlib.sha256(city.source.encode()).hexdigest()
        acts.record(
            register.RegisterAct.Kind.BUILD, actor=BUILDER, source_sha256=source, rows=written, changed=sealing.tables()
        )


def _batches(records: list[Any], size: int) -> Iterable[list[Any]]:
    return (records[start : start + size] for start in range(0, len(records), size))


def _m2(value: float) -> Decimal:
    return Decimal(str(round(value, 2))).quantize(CENTIMETRE)


class _Ids:
    """UUIDs of version 7 whose time is a counter and whose random bits come from the seed."""

    def __init__(self, random: Random):
        self.random, self.milliseconds = random, 1_300_000_000_000

    def __call__(self) -> UUID:
        self.milliseconds += 1
        bits = self.random.getrandbits(74)
        high, low = bits >> 62, bits & ((1 << 62) - 1)
        return UUID(int=self.milliseconds << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low)


@dataclass
class _Lot:
    """One plot while its records are made."""

    plot: layout.Plot
    land: Parcel
    kind: str
    built_year: int
    wish: Wish | None
    plate: tuple[int, int, int]  # section, main, sub
    area: float


class _Builder:
    def __init__(self, seed: int, parcels: int, today: date):
        self.random = Random(f"city-{seed}")
        self.new_id = _Ids(Random(f"ids-{seed}"))
        self.plan = layout.draw(seed, parcels)
        self.today, self.year = today, to_jalali(today)[0]
        self.people = Population(self.random)
        self.city = City(f"seed {seed}, {parcels} parcels, {today}", districts=self.plan.districts)
        self.serials = dict.fromkeys(("permit", "certificate", "file", "ruling"), 0)

    # --- the ground ---------------------------------------------------------------------------------------------

    def build(self) -> City:
        self._neighbourhoods()
        self._streets()
        self._rules()
        shapes = shapely.polygons([shapely.linearrings(plot.outline_cm) for plot in self.plan.plots])
        self.areas = shapely.area(shapes) / 10_000
        lines = [shapely.LineString(road.line_cm) for road in self.plan.roads]
        self.frontage = shapely.STRtree(lines).nearest(shapely.centroid(shapes))
        outlines = geometry.many_to_wgs84([plot.outline_cm for plot in self.plan.plots])
        places: dict[int, int] = {}
        lands = []
        for index, plot in enumerate(self.plan.plots):
            place = places[plot.district] = places.get(plot.district, 0) + 1
            lands.append(self._lot(index, plot, WISHES.get((plot.district, place)), outlines[index]))
        self._setbacks(lines, shapes, lands)
        self._holds(lands)
        return self.city

    def _neighbourhoods(self) -> None:
        outlines = geometry.many_to_wgs84([quarter.outline_cm for quarter in self.plan.quarters])
        self.neighbourhoods = {
            (quarter.district, quarter.number): self.city.add(
                Neighbourhood(
                    id=self.new_id(),
                    district_id=quarter.district,
                    number=quarter.number,
                    name=quarter.name,
                    outline_cm=quarter.outline_cm,
                    outline_wgs84=outline,
                )
            )
            for quarter, outline in zip(self.plan.quarters, outlines, strict=True)
        }

    def _streets(self) -> None:
        lines = geometry.many_to_wgs84([road.line_cm for road in self.plan.roads])
        self.streets = []
        for road, line in zip(self.plan.roads, lines, strict=True):
            west, south, east, north = geometry.bounds_cm_of(road.line_cm)
            self.streets.append(
                self.city.add(
                    register.Street(
                        id=self.new_id(),
                        name=road.name,
                        width_m=Decimal(road.width_m),
                        planned_width_m=Decimal(road.planned_width_m),
                        line_cm=road.line_cm,
                        line_wgs84=line,
                        x_span=(west, east + 1),
                        y_span=(south, north + 1),
                    )
                )
            )

    def _rules(self) -> None:
        self.rules = {}
        table = (
            ("R", Use.RESIDENTIAL, 120, 60, 2, "8.50"),
            ("A", Use.RESIDENTIAL, 240, 60, 4, "15.00"),
            ("M", Use.MIXED, 280, 70, 5, "18.50"),
            ("S", Use.PUBLIC, 160, 50, 3, "14.00"),
        )
        for district in self.plan.districts:
            for letter, use, density, coverage, floors, height in table:
                self.rules[district, letter] = self.city.add(
                    register.PlanRule(
                        id=self.new_id(),
                        zone=f"{letter}{district}",
                        plan=PLAN_NAME,
                        approved_on=PLAN_APPROVED,
                        use=use,
                        density_percent=density,
                        coverage_percent=coverage,
                        floors=floors,
                        height_m=Decimal(height),
                        parking_per_unit=Decimal("1.0"),
                        projection_m=Decimal("0.80") if letter == "A" else Decimal("0.00"),
                    )
                )

    # --- one plot -----------------------------------------------------------------------------------------------

    def _lot(self, index: int, plot: layout.Plot, wish: Wish | None, outline: list[geometry.Degrees]) -> Parcel:
        street = self.plan.roads[self.frontage[index]]
        kind = wish.kind if wish else self._kind(on_boulevard=street.width_m >= layout.BOULEVARD_M)
        built_year = wish.built_year if wish else self._built_year(kind)
        letter = {"house": "R", "apartments": "A", "mixed": "M", "public": "S", "vacant": "R"}[kind]
        rule = self.rules[plot.district, letter]
        area = float(self.areas[index])
        land = self._node(
            Level.PARCEL,
            None,
            RenovationCode.of(plot.district, plot.neighbourhood, plot.block, plot.house),
            address=f"ارومیه، {street.name}، پلاک {fa_digits(2 * plot.house - plot.block % 2)}",
            use=rule.use,
            plan_rule=rule,
            deed_area_m2=_m2(area * self.random.uniform(0.99, 1.01)),
            measured_area_m2=_m2(area),
            corrected_area_m2=_m2(area),
        )
        land.draw_outline(plot.outline_cm, outline)
        section, main = plot.district, 1000 + 100 * plot.neighbourhood + plot.block
        lot = _Lot(plot, land, kind, built_year, wish, (section, main, plot.house), area)
        self._plate(land, lot, None)
        if kind in ("house", "vacant", "public"):
            self._held_whole(lot)
        if kind != "vacant":
            self._building(lot)
        return land

    def _kind(self, *, on_boulevard: bool) -> str:
        weights = (30, 25, 38, 5, 2) if on_boulevard else (78, 9, 2, 1, 8)
        return self.random.choices(("house", "apartments", "mixed", "public", "vacant"), weights)[0]

    def _built_year(self, kind: str) -> int:
        first, middle = (1342, 1382) if kind == "house" else (1370, 1395)
        return round(self.random.triangular(first, min(1403, self.year - 1), middle))

    def _node(
        self, level: Level, parent: Parcel | None, code: RenovationCode, *, address: str, use: str, **facts: Any
    ) -> Parcel:
        self.serials["file"] += 1
        node = Parcel(
            id=self.new_id(),
            level=level,
            parent=parent,
            neighbourhood=self.neighbourhoods[code.parts[0], code.parts[1]],
            postal_code="" if level == Level.BUILDING else self._postal_code(),
            address=address,
            file_no=f"{code.district}-{self.serials['file']:05d}",
            use=use,
            surveyed_at=_start_of(self.today),
            **facts,
        )
        node.rename_to(code)
        self.city.add(node)
        self.city.add(
            register.CodeHistory(
                id=self.new_id(), parcel=node, code=node.code, valid_from=OPENED, act=register.CodeHistory.Act.FIRST
            )
        )
        return node

    def _postal_code(self) -> str:
        pick = self.random.choice
        return f"571{pick('3456789')}{pick('1346789')}{''.join(pick('013456789') for _ in range(5))}"

    def _plate(self, node: Parcel, lot: _Lot, qate: int | None) -> None:
        section, main, sub = lot.plate
        self.city.add(
            register.RegistryPlate(
                id=self.new_id(), parcel=node, hoze="ارومیه", bakhsh=section, asli=main, fari=sub, qate=qate
            )
        )

    def _held_whole(self, lot: _Lot) -> None:
        """One household owns land and building; sometimes the land is waqf."""
        owners = list(lot.wish.owners) if lot.wish else self.people.household()
        is_waqf = not lot.wish and self.random.random() < 0.02
        self._own(lot.land, Ownership.Layer.LAND, [(Person(*WAQF_OFFICE), 1, 1)] if is_waqf else owners, is_waqf)
        if lot.kind != "vacant":
            self._own(lot.land, Ownership.Layer.BUILDING, owners, is_waqf)
        self._debts(lot.land, owes=lot.wish.owes if lot.wish else None)

    def _own(
        self, node: Parcel, layer: Ownership.Layer, owners: list[tuple[Person, int, int]], is_waqf: bool = False
    ) -> None:
        kinds = register.Deed.Kind
        kind = kinds.WAQF if is_waqf else self.random.choices((kinds.SINGLE_SHEET, kinds.BOOKLET), (8, 2))[0]
        since = OPENED + timedelta(days=self.random.randint(0, 4800))
        number = f"{self.random.randint(100_000, 999_999)}"
        deed = self.city.add(register.Deed(id=self.new_id(), parcel=node, kind=kind, number=number, issued_on=since))
        for person, numerator, denominator in owners:
            self.city.add(
                Ownership(
                    id=self.new_id(),
                    parcel=node,
                    layer=layer,
                    person_name=person.name,
                    national_code=person.national_code,
                    share_numerator=numerator,
                    share_denominator=denominator,
                    valid_from=since,
                    deed=deed,
                )
            )

    # --- buildings ----------------------------------------------------------------------------------------------

    def _building(self, lot: _Lot) -> None:
        floors = {"house": 1 + (self.random.random() < 0.4), "public": 2}.get(lot.kind) or self.random.randint(3, 5)
        parts = lot.land.renovation_code.parts
        node = self._node(
            Level.BUILDING, lot.land, RenovationCode.of(*parts[:4], 1), address=lot.land.address, use=lot.land.use
        )
        skeletons = register.Building.Skeleton
        self.city.add(
            register.Building(
                parcel=node,
                skeleton=skeletons.MASONRY if lot.built_year < 1375 else self.random.choice(list(skeletons)[:2]),
                floors=floors,
                built_year=lot.built_year,
                has_elevator=floors > 3,
            )
        )
        footprint = lot.area * 0.58
        built = self._floor_uses(lot, node, floors, footprint)
        if lot.kind in ("apartments", "mixed"):
            self._units(lot, node, floors, footprint)
        self._papers(lot, lot.land if lot.kind in ("house", "public") else node, built)

    def _floor_uses(self, lot: _Lot, node: Parcel, floors: int, footprint: float) -> Decimal:
        total = Decimal(0)
        first = -1 if lot.kind in ("apartments", "mixed") else 0
        for floor in range(first, floors):
            use = Use.PARKING if floor < 0 else Use.COMMERCIAL if lot.kind == "mixed" and floor == 0 else None
            area = _m2(footprint * (1 if floor < 1 else 1.04))
            total += area
            self.city.add(
                register.FloorUse(
                    id=self.new_id(),
                    building_id=node.pk,
                    floor=floor,
                    use=use or (Use.PUBLIC if lot.kind == "public" else Use.RESIDENTIAL),
                    area_m2=area,
                )
            )
        return total

    def _units(self, lot: _Lot, building: Parcel, floors: int, footprint: float) -> None:
        parts = building.renovation_code.parts
        per_floor = 2 if footprint > 130 else 1
        first_home = 1 if lot.kind == "mixed" else 0
        if first_home:
            for shop in range(1, 3):
                self._unit(lot, building, RenovationCode.of(*parts[:5], 0, shop), 0, footprint / 2.2, shop)
        homes = [floor for floor in range(first_home, floors) for _ in range(per_floor)]
        for number, floor in enumerate(homes, start=1):
            code = RenovationCode.of(*parts[:5], number)
            self._unit(lot, building, code, floor, footprint / per_floor * 0.86, 10 + number)

    def _unit(self, lot: _Lot, building: Parcel, code: RenovationCode, floor: int, area: float, qate: int) -> None:
        is_shop = code.level == "shop"
        number = fa_digits(code.parts[6] or code.parts[5])
        what = f"{floor_name(floor)}، {'مغازهٔ' if is_shop else 'واحد'} {number}"
        node = self._node(
            Level.SHOP if is_shop else Level.APARTMENT,
            building,
            code,
            address=f"{building.address}، {what}",
            use=Use.COMMERCIAL if is_shop else Use.RESIDENTIAL,
        )
        parking = None if is_shop else qate - 10
        self.city.add(
            register.Unit(
                parcel=node,
                floor=floor,
                area_m2=_m2(area),
                parking_no=parking,
                parking_m2=parking and Decimal("12.50"),
                storage_no=parking if floor % 2 else None,
                storage_m2=Decimal("4.20") if parking and floor % 2 else None,
                division_minutes_no=f"{lot.plate[1]}/{lot.plate[2]}",
            )
        )
        self._plate(node, lot, qate)
        wish = lot.wish if code.parts[5] == 1 else None
        self._own(node, Ownership.Layer.BUILDING, list(wish.owners) if wish else self.people.household())
        self._debts(node, owes=wish.owes if wish else None, is_shop=is_shop)

    # --- papers, debts, faults ------------------------------------------------------------------------------------

    def _papers(self, lot: _Lot, node: Parcel, built: Decimal) -> None:
        day = from_jalali(lot.built_year, self.random.randint(1, 12), self.random.randint(1, 29))
        is_old = lot.built_year < 1356
        if not is_old and (lot.wish or self.random.random() < 0.9):
            permitted = day - timedelta(days=500)
            self.city.add(
                register.PermitOnFile(
                    id=self.new_id(),
                    parcel=node,
                    number=self._number("permit", node, to_jalali(permitted)[0]),
                    issued_on=permitted,
                    valid_until=day + timedelta(days=230),
                    land_m2=_m2(lot.area),
                    built_m2=built,
                )
            )
        kind = lot.wish.paper if lot.wish else self._paper_kind(lot, is_old)
        if kind:
            issued = day + timedelta(days=200) if not is_old else from_jalali(1398, self.random.randint(1, 12), 12)
            issued = min(issued, self.today - timedelta(days=30))
            self.city.add(
                CertificateOnFile(
                    id=self.new_id(),
                    parcel=node,
                    kind=kind,
                    number=self._number("certificate", node, to_jalali(issued)[0]),
                    issued_on=issued,
                    built_m2=built,
                )
            )
        if not lot.wish and self.random.random() < 0.03:
            self._violation(node, lot.built_year)

    def _paper_kind(self, lot: _Lot, is_old: bool) -> str | None:
        kinds = CertificateOnFile.Kind
        draw = self.random.random()
        if is_old:
            return kinds.EXEMPT_1355 if draw < 0.3 else kinds.EXEMPT_PLAN if draw < 0.8 else None
        if draw < 0.78:
            return kinds.COMPLETION_DIVIDED if lot.kind in ("apartments", "mixed") else kinds.COMPLETION
        return kinds.NO_VIOLATION if draw < 0.9 else None

    def _number(self, kind: str, node: Parcel, year: int) -> str:
        self.serials[kind] += 1
        return f"{node.district_id}/{year}/{self.serials[kind]}"

    def _violation(self, node: Parcel, built_year: int) -> None:
        found = self.today - timedelta(days=self.random.randint(200, 3000))
        ruled = found + timedelta(days=90)
        is_settled = self.random.random() < 0.6
        self.city.add(
            ViolationOnFile(
                id=self.new_id(),
                parcel=node,
                finding=self.random.choice(list(ViolationOnFile.Finding)),
                area_m2=_m2(self.random.uniform(6, 60)),
                works_year=max(built_year, 1360),
                found_on=found,
                ruling_no=self._number("ruling", node, to_jalali(ruled)[0]) if is_settled else "",
                ruling_on=ruled if is_settled else None,
                is_settled=is_settled,
            )
        )

    def _debts(self, node: Parcel, *, owes: bool | None, is_shop: bool = False) -> None:
        """This year's lines, nearly always paid, and for those who owe also last year's renovation levy."""
        lines = [DebtLine.Line.RENOVATION, DebtLine.Line.BUSINESS if is_shop else DebtLine.Line.WASTE]
        owes = self.random.random() < 0.08 if owes is None else owes
        for line in lines:
            self._debt(node, line, self.year, is_paid=not (owes and line == DebtLine.Line.RENOVATION))
        if owes:
            self._debt(node, DebtLine.Line.RENOVATION, self.year - 1, is_paid=False)

    def _debt(self, node: Parcel, line: DebtLine.Line, year: int, *, is_paid: bool) -> None:
        due = 10_000 * self.random.randint(60, 900)
        self.city.add(
            DebtLine(
                id=self.new_id(),
                parcel=node,
                line=line,
                year=year,
                due_rial=due,
                paid_rial=due if is_paid else 0,
                due_on=from_jalali(year, 1, 1),
            )
        )

    def _setbacks(self, lines: list[Any], shapes: np.ndarray, lands: list[Parcel]) -> None:
        """What widening takes: the part of a plot inside the planned width of its street."""
        tree = shapely.STRtree(shapes)
        for road, line, street in zip(self.plan.roads, lines, self.streets, strict=True):
            if road.planned_width_m == road.width_m:
                continue
            strip = line.buffer(road.planned_width_m * 50, cap_style="flat")
            for index in np.sort(tree.query(strip, predicate="intersects")):
                lost = shapely.intersection(strip, shapes[index]).area / 10_000
                if lost < 1 or lost > 0.2 * self.areas[index]:
                    continue
                land = lands[index]
                self.city.add(
                    register.Setback(
                        id=self.new_id(),
                        parcel=land,
                        street=street,
                        depth_m=Decimal(road.planned_width_m - road.width_m) / 2,
                        lost_m2=_m2(lost),
                        stage=register.Setback.Stage.PLANNED,
                    )
                )
                land.corrected_area_m2 -= _m2(lost)

    def _holds(self, lands: list[Parcel]) -> None:
        wished = {code for owners in WISHES.values() for code in [p.national_code for p, _, _ in owners.owners]}
        owned = {o.parcel_id for o in self.city.records[Ownership] if o.national_code in wished}
        taken = {p.parent.parent_id for p in self.city.records[Parcel] if p.id in owned and p.level == Level.APARTMENT}
        free = [land for land in lands if land.id not in owned | taken]
        titles = {
            Hold.Level.WARNING: "در محدودهٔ طرح تعریض در دست مطالعه",
            Hold.Level.STOP: "دستور موقت مرجع قضایی",
            Hold.Level.STOP_ISSUE: "توقف صدور به درخواست ادارهٔ ثبت",
        }
        for number, land in enumerate(self.random.sample(free, min(12, len(free) // 10))):
            level = Hold.Level(number % 3)
            placed = self.today - timedelta(days=self.random.randint(20, 600))
            self.city.add(
                Hold(
                    id=self.new_id(),
                    level=level,
                    parcel=land,
                    covers_subtree=True,
                    title=titles[level],
                    reference=f"{to_jalali(placed)[0]}/{1000 + number}",
                    placed_on=placed,
                    placed_by="registry-import",
                )
            )


def _start_of(day: date) -> datetime:
    """The first moment of the day, in Tehran: when its map data were taken over."""
    return datetime.combine(day, time(0), tzinfo=TEHRAN)
