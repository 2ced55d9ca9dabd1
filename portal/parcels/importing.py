"""Taking parcels in from a file: every row is checked first, then all are written or none.

CSV (UTF-8, comma, header row) with `outline` as WKT `POLYGON ((longitude latitude, …))`, or GeoJSON (RFC 7946) with the
same names as properties. docs/import_parcels.csv is a sample; `COLUMNS` says what each column means.
"""

import csv
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import shapely
from django.db import transaction
from django.utils.translation import gettext as _
from shapely.errors import ShapelyError
from shapely.geometry import Polygon, mapping
from shapely.geometry.polygon import orient

from districts import geometry
from districts.models import District, Neighbourhood
from portal.accounts.actors import Actor
from portal.core.identifiers import RenovationCode, parse_postal_code
from portal.core.persian import ascii_digits, fa_digits, normalise
from portal.parcels import acts
from portal.parcels.models import CodeHistory, Level, Parcel, RegisterAct, RegistryPlate, Use

COLUMNS = {
    "code": "renovation code, any digits; land has four parts, a building five, an apartment six, a shop seven",
    "outline": "land only: polygon in degrees WGS84, longitude first",
    "deed_area_m2": "area by deed in square metres, optional",
    "use": "one of residential, commercial, mixed, public, garden, parking, storage; optional",
    "postal_code": "ten digits, optional",
    "address": "optional",
    "file_no": "optional",
    "bakhsh": "registry section; plate columns go together and are optional",
    "asli": "main plate",
    "fari": "sub plate, 0 for the main plot itself",
    "qate": "partition plot, optional",
}
SMALLEST_M2, LARGEST_M2 = 10, 1_000_000
OVERLAP_M2 = 1  # less is drawing noise
AREA_TOLERANCE = Decimal("0.20")
HOZE = "ارومیه"
IMPORTER = Actor.system("register-import")


class UnreadableFile(Exception):
    """The file is no CSV or GeoJSON of the documented shape."""


@dataclass(frozen=True)
class Fault:
    """One reason to refuse: `row` counts as a spreadsheet does (the header is 1), or features from 1."""

    row: int
    reason: str

    def __str__(self) -> str:
        return _("Row %(row)s: %(reason)s") % {"row": fa_digits(self.row), "reason": self.reason}


@dataclass
class Row:
    number: int
    values: dict[str, str]
    outline: Any = None  # GeoJSON geometry
    fault: str = ""


@dataclass(frozen=True)
class Sheet:
    """The rows of a file, and the SHA-256 of the bytes they were read from."""

    rows: list[Row]
    sha256: str


@dataclass
class Checked:
    """What a file holds: records ready to be saved, parents first, and every fault found."""

    source_sha256: str
    parcels: list[Parcel] = field(default_factory=list)
    plates: list[RegistryPlate] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


# --- reading ------------------------------------------------------------------------------------------------------


def read(path: Path) -> Sheet:
    """A file by its ending, .csv or .json/.geojson. Raises UnreadableFile with a sentence."""
    try:
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFile(_("The file cannot be read as UTF-8 text: %(error)s") % {"error": error}) from error
    is_csv = path.suffix.lower() == ".csv"
    rows = _csv_rows(text) if is_csv else _geojson_rows(text)
    return Sheet(list(rows), hashlib.sha256(content).hexdigest())


def _csv_rows(text: str) -> Iterator[Row]:
    reader = csv.DictReader(text.splitlines())
    if "code" not in (reader.fieldnames or ()):
        raise UnreadableFile(_("The first row must name the columns; “code” is missing."))
    if unknown := sorted(set(reader.fieldnames or ()) - set(COLUMNS)):
        raise UnreadableFile(_("Unknown columns: %(names)s") % {"names": ", ".join(unknown)})
    for number, raw in enumerate(reader, start=2):
        if None in raw:
            yield Row(number, {}, fault=_("This row has more cells than the header."))
            continue
        values = {name: normalise(value or "") for name, value in raw.items()}
        outline, fault = None, ""
        if wkt := values.pop("outline", ""):
            try:
                outline = mapping(shapely.from_wkt(ascii_digits(wkt)))
            except ShapelyError:
                fault = _("The outline is not a WKT polygon.")
        yield Row(number, values, outline, fault)


def _geojson_rows(text: str) -> Iterator[Row]:
    try:
        features = json.loads(text)["features"]
        pairs = [(dict(feature["properties"] or {}), feature.get("geometry")) for feature in features]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnreadableFile(_("The file is not a GeoJSON FeatureCollection.")) from error
    for number, (properties, outline) in enumerate(pairs, start=1):
        texts = {name: "" if properties.get(name) is None else str(properties[name]) for name in COLUMNS}
        del texts["outline"]
        yield Row(number, {name: normalise(text) for name, text in texts.items()}, outline)


# --- checking -----------------------------------------------------------------------------------------------------


def check(sheet: Sheet) -> Checked:
    """Check every row against the rules, the register and the other rows; reports all faults, not the first."""
    checker = _Checker(sheet.sha256)
    for row in sheet.rows:
        try:
            if row.fault:
                raise ValueError(row.fault)
            checker.take(row)
        except ValueError as error:
            checker.result.faults.append(Fault(row.number, str(error)))
    checker.find_parents()
    checker.find_overlaps()
    checker.result.faults.sort(key=lambda fault: fault.row)
    checker.result.parcels.sort(key=lambda parcel: parcel.renovation_code.depth)
    return checker.result


class _Checker:
    """Collects what was accepted so far, so that rows can be checked against each other."""

    def __init__(self, source_sha256: str) -> None:
        self.result = Checked(source_sha256)
        self.districts = {district.number: district for district in District.objects.all()}
        self.areas = {(area.district_id, area.number): area for area in Neighbourhood.objects.all()}
        self.taken = set(Parcel.objects.current().values_list("code", flat=True))
        self.plates = set(RegistryPlate.objects.filter(hoze=HOZE).values_list("bakhsh", "asli", "fari", "qate"))
        self.rows: dict[str, tuple[Row, Parcel]] = {}

    def take(self, row: Row) -> None:
        """Raises ValueError with the reason."""
        code = RenovationCode.parse(row.values.get("code", ""))
        if not code.is_complete:
            raise ValueError(_("The code names no land: its first four parts are needed."))
        if code.district not in self.districts:
            raise ValueError(_("The city has no district with this number."))
        if str(code) in self.taken:
            raise ValueError(_("This renovation code is in the register already."))
        if str(code) in self.rows:
            other = self.rows[str(code)][0].number
            raise ValueError(_("Row %(other)s has the same renovation code.") % {"other": fa_digits(other)})
        parcel = self._parcel(row, code)
        plate = self._plate(row, parcel)
        self.rows[str(code)] = row, parcel
        self.result.parcels.append(parcel)
        if plate is not None:
            self.result.plates.append(plate)

    def _parcel(self, row: Row, code: RenovationCode) -> Parcel:
        use = row.values.get("use", "")
        if use and use not in Use.values:
            raise ValueError(_("The use “%(use)s” is not known.") % {"use": use})
        postal_code = row.values.get("postal_code", "")
        parcel = Parcel(
            level=Level(code.level),
            neighbourhood=self.areas.get((code.parts[0], code.parts[1])),
            postal_code=parse_postal_code(postal_code) if postal_code else "",
            address=row.values.get("address", ""),
            file_no=row.values.get("file_no", "")[:30],
            use=use,
            deed_area_m2=_area(row.values.get("deed_area_m2", "")),
        )
        parcel.rename_to(code)
        if parcel.level == Level.PARCEL:
            self._draw(parcel, row.outline)
        elif row.outline:
            raise ValueError(_("Only land has an outline; leave it empty here."))
        return parcel

    def _draw(self, parcel: Parcel, outline: Any) -> None:
        polygon = _polygon(outline)
        degrees = [[round(x, 7), round(y, 7)] for x, y, *_height in polygon.exterior.coords[:-1]]
        outline_cm = geometry.to_utm_cm(degrees)
        measured = Decimal(str(round(geometry.area_m2_of(outline_cm), 2)))
        if not SMALLEST_M2 <= measured <= LARGEST_M2:
            raise ValueError(_("The outline has %(area)s m², which no parcel has.") % {"area": fa_digits(measured)})
        deed = parcel.deed_area_m2
        if deed and abs(deed - measured) > AREA_TOLERANCE * deed:
            facts = {"area": fa_digits(measured), "deed": fa_digits(deed)}
            reason = _("The outline has %(area)s m², the deed says %(deed)s m²: more than a fifth apart.")
            raise ValueError(reason % facts)
        limits = self.districts[parcel.district_id].outline_cm
        if limits and not geometry.polygon_of(limits).intersects(geometry.polygon_of(outline_cm)):
            raise ValueError(_("The outline lies outside its district."))
        parcel.draw_outline(outline_cm, degrees)
        parcel.measured_area_m2 = parcel.corrected_area_m2 = measured

    def _plate(self, row: Row, parcel: Parcel) -> RegistryPlate | None:
        values = {name: row.values.get(name, "") for name in ("bakhsh", "asli", "fari", "qate")}
        if not any(values.values()):
            return None
        if not values["bakhsh"] or not values["asli"]:
            raise ValueError(_("A registry plate needs at least its section and main number."))
        numbers = {name: _whole(value) for name, value in values.items() if value}
        plate = RegistryPlate(parcel=parcel, hoze=HOZE, **{"fari": 0} | numbers)
        key = (plate.bakhsh, plate.asli, plate.fari, plate.qate)
        if key in self.plates:
            raise ValueError(_("This registry plate is in the register already."))
        self.plates.add(key)
        return plate

    def find_parents(self) -> None:
        """Each building needs its land, each unit its building, in the register or in the file."""
        for row, parcel in list(self.rows.values()):
            if parcel.level == Level.PARCEL:
                continue
            above = parcel.renovation_code.ancestors[0]
            if above.depth < 4 or (above.depth == 6 and not above.parts[5]):
                above = above.ancestors[0]
            inside = self.rows.get(str(above))
            parcel.parent = inside[1] if inside else Parcel.objects.current().filter(code=str(above)).first()
            if parcel.parent is None:
                reason = _("Its parent %(code)s is neither in the register nor in this file.")
                self.result.faults.append(Fault(row.number, reason % {"code": fa_digits(above)}))

    def find_overlaps(self) -> None:
        """Two pieces of land never cover each other by more than drawing noise."""
        drawn = [(row, parcel) for row, parcel in self.rows.values() if parcel.outline_cm]
        if not drawn:
            return
        corners = [point for _row, parcel in drawn for point in parcel.outline_cm or ()]
        near = Parcel.objects.current().land().within(*geometry.bounds_cm_of(corners))
        # Parcels of the register first, so that of two rows of the file the later one is blamed.
        known = list(near.values_list("code", "outline_cm")) + [(parcel.code, parcel.outline_cm) for _, parcel in drawn]
        shapes = [geometry.polygon_of(outline) for _code, outline in known]
        tree = shapely.STRtree(shapes)
        for index, (row, _parcel) in enumerate(drawn, start=len(known) - len(drawn)):
            for other in tree.query(shapes[index], predicate="intersects"):
                if other < index and shapes[index].intersection(shapes[other]).area / 10_000 > OVERLAP_M2:
                    reason = _("The outline covers part of %(code)s.") % {"code": fa_digits(known[other][0])}
                    self.result.faults.append(Fault(row.number, reason))


def _polygon(outline: Any) -> Polygon:
    if not outline:
        raise ValueError(_("Land needs an outline."))
    try:
        polygon = shapely.geometry.shape(outline)
    except (ShapelyError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise ValueError(_("The outline is not a polygon.")) from error
    if not isinstance(polygon, Polygon) or polygon.is_empty or polygon.interiors:
        raise ValueError(_("The outline must be one polygon without holes."))
    if not polygon.is_valid:
        raise ValueError(_("The outline crosses itself."))
    west, south, east, north = polygon.bounds
    if not (west > 44 and east < 46 and south > 37 and north < 38.5):
        raise ValueError(_("The outline lies outside the city. Degrees must be WGS84, longitude first."))
    return orient(polygon)


def _area(text: str) -> Decimal | None:
    if not text:
        return None
    try:
        area = Decimal(ascii_digits(text).replace("٫", "."))
    except InvalidOperation:
        raise ValueError(_("“%(text)s” is not an area.") % {"text": text}) from None
    if not 0 < area < LARGEST_M2 * 10:
        raise ValueError(_("“%(text)s” is not an area.") % {"text": text})
    return area.quantize(Decimal("0.01"))


def _whole(text: str) -> int:
    digits = ascii_digits(text)
    if not digits.isdigit() or len(digits) > 9:
        raise ValueError(_("“%(text)s” is not a whole number.") % {"text": text})
    return int(digits)


# --- writing ------------------------------------------------------------------------------------------------------


def save(checked: Checked, *, today: date) -> int:
    """Write everything and its act in one transaction; returns the number of parcels.

    Raises ValueError when faults remain.
    """
    if checked.faults:
        raise ValueError("a file with faults is not written")
    with transaction.atomic():
        Parcel.objects.bulk_create(checked.parcels, batch_size=1000)
        CodeHistory.objects.bulk_create(
            (
                CodeHistory(parcel=parcel, code=parcel.code, valid_from=today, act=CodeHistory.Act.FIRST)
                for parcel in checked.parcels
            ),
            batch_size=1000,
        )
        RegistryPlate.objects.bulk_create(checked.plates, batch_size=1000)
        rows = 2 * len(checked.parcels) + len(checked.plates)
        acts.record(
            RegisterAct.Kind.IMPORT,
            actor=IMPORTER,
            source_sha256=checked.source_sha256,
            rows=rows,
            changed=(Parcel, CodeHistory, RegistryPlate),
        )
    return len(checked.parcels)
