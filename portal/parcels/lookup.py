"""Finding a parcel: by renovation code in any digits, by registry plate, by postal code, by a click on the map."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from shapely.geometry import Point

from districts import geometry
from portal.core.calendar import jalali
from portal.core.identifiers import RenovationCode, parse_postal_code, resolve_renovation_code
from portal.core.persian import fa_digits
from portal.parcels.models import CodeHistory, Parcel, ParcelQuerySet


@dataclass(frozen=True)
class Found:
    """What a look-up found; `notice` is a sentence for the person when the code is an old one."""

    parcels: tuple[Parcel, ...] = ()
    notice: str = ""

    @property
    def parcel(self) -> Parcel | None:
        """The one parcel found; None for none and for several."""
        return self.parcels[0] if len(self.parcels) == 1 else None


def by_code(code: RenovationCode) -> Parcel | None:
    """The one present parcel of a code, present or historic; None when there is none, or several after a split."""
    return _of_code(code, Parcel.objects.all()).parcel


def find(text: str, among: ParcelQuerySet | None = None) -> Found:
    """The present parcel of a typed code; a historic code leads to its successors with a notice.

    Any digits and separators; a code pasted in reverse order is taken only when it alone is known. `among` narrows
    the search, usually `Parcel.objects.visible_to(actor)`. Raises ValueError with a sentence for the citizen when the
    text is no code.
    """
    among = Parcel.objects.all() if among is None else among
    code = resolve_renovation_code(text, lambda code: among.current().filter(code=str(code)).exists())
    return _of_code(code, among)


def _of_code(code: RenovationCode, among: ParcelQuerySet) -> Found:
    present = among.current().filter(code=str(code)).first()
    if present is not None:
        return Found((present,))
    past = CodeHistory.objects.filter(code=str(code), valid_to__isnull=False, parcel__in=among.current())
    rows = list(past.select_related("parcel").order_by("parcel__code", "-valid_to"))
    parcels = tuple({row.parcel_id: row.parcel for row in rows}.values())
    if not parcels:
        return Found()
    return Found(parcels, _notice(str(code), max(row.valid_to for row in rows if row.valid_to), parcels))


def _notice(code: str, until: object, parcels: tuple[Parcel, ...]) -> str:
    facts = {
        "old": fa_digits(code),
        "until": jalali(until),  # type: ignore[arg-type]
        "new": "، ".join(fa_digits(parcel.code) for parcel in parcels),
    }
    if len(parcels) == 1:
        return _("The code %(old)s was valid until %(until)s. The parcel's code is now %(new)s.") % facts
    return _("The code %(old)s was valid until %(until)s. The parcel was split into: %(new)s.") % facts


def by_plate(
    *, bakhsh: int, asli: int, fari: int = 0, qate: int | None = None, among: ParcelQuerySet | None = None
) -> Found:
    """The parcel of a registry plate."""
    among = Parcel.objects.all() if among is None else among
    plate = {"bakhsh": bakhsh, "asli": asli, "fari": fari, "qate": qate}
    wanted = {f"registryplates__{name}": value for name, value in plate.items() if value is not None}
    found = among.current().filter(**wanted, **({"registryplates__qate__isnull": True} if qate is None else {}))
    return Found(tuple(found.distinct().order_by("code")[:10]))


def by_postal_code(text: str, among: ParcelQuerySet | None = None) -> Found:
    """Parcels with this postal code. Raises ValueError with a sentence for the citizen."""
    among = Parcel.objects.all() if among is None else among
    return Found(tuple(among.current().filter(postal_code=parse_postal_code(text)).order_by("code")[:10]))


def at_degrees(longitude: float, latitude: float, among: ParcelQuerySet | None = None) -> Found:
    """The land under a click on the map; the border belongs to it. Raises ValueError outside the city's zone."""
    among = Parcel.objects.all() if among is None else among
    ((x, y),) = geometry.to_utm_cm([[longitude, latitude]])
    point = Point(x, y)
    candidates = among.current().land().at_point(x, y).order_by("code")
    hits = [parcel for parcel in candidates if geometry.polygon_of(parcel.outline_cm).intersects(point)]
    return Found(tuple(hits[:1]))
