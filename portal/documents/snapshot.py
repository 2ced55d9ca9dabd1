"""The frozen record behind a certificate: everything the paper prints, and nothing else.

A snapshot is plain JSON data built once by the issue intent, hashed (``canonical.digest``), stored, rendered and
attached to the PDF. It is the authoritative text: the page is a picture of it. So it holds no live reference, no
``None`` where a line can simply be absent, and no float: counts and money are ``int``, areas and metres are strings
with exactly two decimals (``"212.40"``), shares are exact fractions.

Digits are ASCII in every value (the paper turns them Persian). Dates are ISO (``"2026-11-21"``), instants are UTC
(``"2026-11-21T09:30:00Z"``). Free text (names, addresses, findings) is Persian as it stands in the register.

The lines follow the reference table of a transfer answer (inquiries.md 1.8, column T).
"""

from typing import Literal, NotRequired, TypedDict

VERSION = 1

Point = list[int]
"""``[x, y]`` in whole centimetres of a local system, x to the east and y to the north of an origin near the parcel."""


class Addressee(TypedDict):
    """Who asked: the office the answer is made out to, and its letter ("" when it came without one)."""

    office: str  # kind of office as it stands in an address: "دفتر اسناد رسمی"
    number: str  # its number: "76"; "" for a public body without one
    city: str
    letter_no: str
    letter_date: str  # ISO date


class Applicant(TypedDict):
    name: str
    capacity: str  # "مالک", "وکیل", "وارث", "خریدار"


class Plate(TypedDict):
    """Registry plate (پلاک ثبتی); all "" when none is registered."""

    bakhsh: str  # section: "5"
    asli: str  # main number: "1234"
    fari: str  # sub number: "56"; "" for none
    qate: NotRequired[str]  # plot
    cadastral: NotRequired[str]  # cadastral number


class Share(TypedDict):
    """Share of the whole as a reduced fraction, 0 < n <= d; shown in dang (sixths) where it comes out even."""

    n: int
    d: int


class Owner(TypedDict):
    name: str
    national_code_masked: str  # "•••••43210" or "428****117": printed exactly as given, left to right
    share: Share


class Land(TypedDict):
    """Square metres, two decimals; "" when not known (never the deed's)."""

    deed_m2: str
    measured_m2: str
    after_m2: str  # after setback


class Plan(TypedDict):
    """The approved plan that rules the parcel; all "" and 0 when none does."""

    name: str  # "طرح تفصیلی ارومیه"
    date: str  # ISO date of approval
    use: str  # "مسکونی"
    density: str  # per cent of the land: "240"
    coverage: str  # per cent of the land: "60"
    floors: int


class Setback(TypedDict):
    """One passage (گذر) beside the parcel. Metres and square metres, two decimals; "0.00" when nothing is lost."""

    passage: str  # "خیابان کاشانی (شمال)"
    width_now_m: str
    width_planned_m: str
    lost_m: str
    lost_m2: str


class Building(TypedDict):
    """One row of the last certificate's building table."""

    no: str
    floor: str  # "همکف", "طبقهٔ اول"
    use: str
    area_m2: str


class Unit(TypedDict):
    """Parts that belong to the unit being transferred (line 16). Omit a key when it does not apply."""

    area_m2: NotRequired[str]  # of the unit itself, two decimals
    parking: NotRequired[str]  # "قطعهٔ 3، 12.50 مترمربع"
    storage: NotRequired[str]
    shared: NotRequired[str]


class Paper(TypedDict):
    """A paper on file: permit, completion or no-violation certificate."""

    title: str  # "پروانهٔ ساختمان", "پایان‌کار", "عدم خلاف تا این تاریخ"
    no: str
    date: str  # ISO date
    valid_until: NotRequired[str]  # ISO date


class Note8(TypedDict):
    """Basis of a deed under note 8 of article 100, and the sentence to be copied into it."""

    basis: str  # "گواهی پایان ساختمان"
    document: str  # "شمارهٔ 3/12345 مورخ 1399/05/12" or "" when the basis is the municipality's own statement
    wording: str  # the whole sentence for the deed


class Violation(TypedDict):
    finding: str
    ruling_no: str  # "" when no ruling was needed
    ruling_date: str  # ISO date or ""
    is_settled: bool


class Hold(TypedDict):
    """A notice that allows an answer and must be told to the addressee (level "warning" or "note")."""

    title: str
    reference: str
    date: str  # ISO date


class Signer(TypedDict):
    post: str  # "کارشناس استعلام"
    name: str
    at: str  # UTC instant


# ``from`` is a keyword, hence the functional form.
Side = TypedDict("Side", {"from": Point, "to": Point, "length_cm": int})


class Street(TypedDict):
    name: str
    width_cm: int
    line: list[Point]  # its centre line


class Sketch(TypedDict):
    """Geometry of the location sketch (کروکی): local whole centimetres, y up. ``{}`` without outline."""

    outline: list[Point]  # the parcel, not closed (first point is not repeated)
    sides: list[Side]
    neighbours: list[list[Point]]
    streets: list[Street]
    north_deg: int  # clockwise from the page's up to true north; 0 when y is north
    plate: str  # label in the parcel: "1234/56"


class Snapshot(TypedDict):
    v: Literal[1]
    city: str  # "ارومیه"
    district: int  # 1 to 5
    serial: str  # [A-Z0-9-]: printed, in the QR and the stamp; unique
    number: str  # secretariat number (شمارهٔ دبیرخانه): "1405/3/104218"
    kind: Literal["transfer"]
    purpose: str  # "نقل و انتقال قطعی"
    issued_at: str  # UTC instant; also the PDF's creation date
    valid_until: str  # ISO date, last day inclusive
    reference: str  # tracking code of the case, 13 digits
    addressee: Addressee
    applicant: Applicant
    renovation_code: str  # seven parts with hyphens: "4-1-12-34-5-0-0"
    plate: Plate
    postal_code: str  # 10 digits
    address: str
    owners: list[Owner]  # those of the deed asked about
    land: Land
    plan: Plan
    setbacks: list[Setback]  # empty: no setback
    buildings: list[Building]  # empty: bare land
    unit: NotRequired[Unit]
    permit: NotRequired[Paper]
    completion: NotRequired[Paper]  # completion certificate, or no-violation to date
    note8: Note8
    violations: list[Violation]  # empty: none found
    project: str  # in a project, widening, heritage, waqf: the finding; "" for outside all
    clearance74_until: NotRequired[str]  # ISO date: cleared under the note of article 74
    renovation_until: NotRequired[str]  # Jalali year up to whose end levies are paid: "1405"
    holds: list[Hold]
    basis: str  # "بازدید مورخ 1405/08/20" or last certificate and the owner's declaration
    decision: str  # the sentence: "انجام معامله از نظر این شهرداری بلامانع است."
    limits: list[str]  # one sentence each
    signers: list[Signer]  # reviewer, approver, signatory, in this order
    sketch: Sketch
    nonce: NotRequired[str]  # makes the digest unguessable to who knows the facts; printed nowhere


# The paper shows ``valid_until`` in digits and in letters; both come from the one ISO date, so they cannot disagree.
