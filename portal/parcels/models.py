"""The property register: a tree of renovation codes with its plates, owners, buildings, papers, debts and holds.

Every fact stands on the node of the tree to which it belongs; what an apartment inherits from its building and its
land is gathered by `lineage`. Areas are square metres, lengths metres, money whole rials, geometry UTM 38N
centimetres. Sources: the register paper, sections 2.1 to 2.5, and 1.7, 1.13 for debts and holds.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Self

from django.contrib.postgres.fields import BigIntegerRangeField
from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from districts import geometry
from portal.accounts.models import User
from portal.core.crypto import BlindIndexField, EncryptedTextField, blind
from portal.core.identifiers import RenovationCode, registry_plate_text, uuid7
from portal.workflow.models import Stateful

if TYPE_CHECKING:
    from portal.accounts.actors import Actor
    from portal.catalogue.models import Service

FA = "fa-x-icu"
CODE_COLUMNS = ("district_id", "region", "block", "house", "building_no", "apartment_no", "shop_no")


class Level(models.TextChoices):
    PARCEL = "parcel", _("Land")
    BUILDING = "building", _("Building")
    APARTMENT = "apartment", _("Apartment")
    SHOP = "shop", _("Shop")


class Use(models.TextChoices):
    RESIDENTIAL = "residential", _("Residential")
    COMMERCIAL = "commercial", _("Commercial")
    MIXED = "mixed", _("Residential and commercial")
    PUBLIC = "public", _("Public service")
    GARDEN = "garden", _("Garden")
    PARKING = "parking", _("Parking")
    STORAGE = "storage", _("Storage")


class PlanRule(models.Model):
    """What the approved plan allows in a zone (ضابطه)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    zone = models.CharField(_("zone"), max_length=20, unique=True)
    plan = models.CharField(_("plan"), max_length=120, db_collation=FA)
    approved_on = models.DateField(_("approved on"))
    use = models.CharField(_("use"), max_length=20, choices=Use)
    density_percent = models.PositiveSmallIntegerField(_("density"), help_text=_("Built area per hundred of land."))
    coverage_percent = models.PositiveSmallIntegerField(_("coverage"), help_text=_("Ground floor per hundred of land."))
    floors = models.PositiveSmallIntegerField(_("floors"))
    height_m = models.DecimalField(_("height"), max_digits=5, decimal_places=2)
    parking_per_unit = models.DecimalField(_("parking per unit"), max_digits=3, decimal_places=1)
    projection_m = models.DecimalField(_("projection"), max_digits=4, decimal_places=2, default=0)

    class Meta:
        verbose_name = _("plan rule")
        constraints = [
            models.CheckConstraint(condition=Q(coverage_percent__lte=100), name="plan_rule_coverage_within_land"),
        ]

    def __str__(self) -> str:
        return f"{self.plan}, {self.zone}"


class Street(models.Model):
    """A passage: present and planned width, centre line."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(_("name"), max_length=120, db_collation=FA)
    width_m = models.DecimalField(_("width"), max_digits=5, decimal_places=2)
    planned_width_m = models.DecimalField(_("planned width"), max_digits=5, decimal_places=2)
    line_cm = models.JSONField(_("centre line"), help_text=_("UTM 38N, whole centimetres."))
    line_wgs84 = models.JSONField(_("centre line on the map"))
    x_span = BigIntegerRangeField()
    y_span = BigIntegerRangeField()

    class Meta:
        verbose_name = _("street")
        indexes = [GistIndex(fields=["x_span", "y_span"], name="street_extent")]
        constraints = [models.CheckConstraint(condition=Q(width_m__gt=0), name="street_has_width")]

    def __str__(self) -> str:
        return self.name


def national_code_of(actor: Actor) -> str:
    """The national code of a signed-in person; empty for a system actor and for staff without one."""
    person = User.objects.filter(pk=actor.user_id).first() if actor.user_id else None
    return person.national_code if person else ""


class ParcelQuerySet(models.QuerySet["Parcel"]):
    def visible_to(self, actor: Actor) -> Self:
        """Owners see what they own and what stands on it; staff see their districts; everyone else nothing."""
        if actor.is_anonymous:
            return self.none()
        if actor.is_citywide:
            return self
        owned = Ownership.objects.open().of_person(national_code_of(actor)).values("parcel")
        return self.filter(
            Q(district__in=actor.district_ids)
            | Q(pk__in=owned)
            | Q(parent__isnull=False, parent__in=owned)
            | Q(parent__parent__isnull=False, parent__parent__in=owned)
        )

    def current(self) -> Self:
        return self.filter(retired_on__isnull=True)

    def owned_by(self, national_code: str) -> Self:
        """The nodes on which this person holds an open share, not those below them."""
        return self.filter(pk__in=Ownership.objects.open().of_person(national_code).values("parcel"))

    def owned_by_actor(self, actor: Actor) -> Self:
        """The nodes of which the signed-in person holds a share."""
        return self.owned_by(national_code_of(actor))

    def land(self) -> Self:
        return self.filter(level=Level.PARCEL)

    def at_point(self, x_cm: int, y_cm: int) -> Self:
        """Candidates whose bounding box holds the point; `lookup.at_degrees` decides by the polygon."""
        return self.filter(x_span__contains=x_cm, y_span__contains=y_cm)

    def within(self, west: int, south: int, east: int, north: int) -> Self:
        """Land whose bounding box meets this box of UTM centimetres."""
        return self.filter(x_span__overlap=(west, east + 1), y_span__overlap=(south, north + 1))

    def for_public_map(self) -> list[dict[str, Any]]:
        """Outline, code and use: all that a stranger may see of a parcel (2.5), as GeoJSON features."""
        rows = self.values_list("code", "use", "outline_wgs84")
        return [
            {
                "type": "Feature",
                "properties": {"code": code, "use": use, "use_label": str(Use(use).label) if use else ""},
                "geometry": {"type": "Polygon", "coordinates": [[*outline, outline[0]]]},
            }
            for code, use, outline in rows
            if outline
        ]


class Parcel(models.Model):
    """One node of the tree: land, a building on it, an apartment or a shop in the building.

    The renovation code is a name, not a key: it changes by renaming, merging and splitting (`codes`).
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    level = models.CharField(_("level"), max_length=10, choices=Level)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    code = models.CharField(_("renovation code"), max_length=48)
    district = models.ForeignKey("districts.District", models.PROTECT, related_name="+", verbose_name=_("district"))
    region = models.PositiveIntegerField(_("region"))
    block = models.PositiveIntegerField(_("block"))
    house = models.PositiveIntegerField(_("plot of the block"))
    building_no = models.PositiveIntegerField(_("building number"), default=0)
    apartment_no = models.PositiveIntegerField(_("apartment number"), default=0)
    shop_no = models.PositiveIntegerField(_("shop number"), default=0)
    neighbourhood = models.ForeignKey(
        "districts.Neighbourhood", models.PROTECT, null=True, blank=True, related_name="+"
    )
    retired_on = models.DateField(_("retired on"), null=True, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=10, blank=True)
    address = EncryptedTextField(_("address"), blank=True)
    file_no = models.CharField(_("file number"), max_length=30, blank=True)
    use = models.CharField(_("use"), max_length=20, choices=Use, blank=True)
    plan_rule = models.ForeignKey(PlanRule, models.PROTECT, null=True, blank=True, related_name="+")
    project = models.CharField(
        _("project"), max_length=200, blank=True, help_text=_("Public plan, heritage or waqf; empty when outside all.")
    )
    deed_area_m2 = models.DecimalField(_("area by deed"), max_digits=12, decimal_places=2, null=True, blank=True)
    measured_area_m2 = models.DecimalField(_("measured area"), max_digits=12, decimal_places=2, null=True, blank=True)
    corrected_area_m2 = models.DecimalField(
        _("area after correction"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    outline_cm = models.JSONField(_("outline"), null=True, blank=True, help_text=_("UTM 38N, whole centimetres."))
    outline_wgs84 = models.JSONField(_("outline on the map"), null=True, blank=True)
    x_span = BigIntegerRangeField(null=True, blank=True)
    y_span = BigIntegerRangeField(null=True, blank=True)
    surveyed_at = models.DateTimeField(_("map data as of"), default=timezone.now)

    objects = ParcelQuerySet.as_manager()

    class Meta:
        verbose_name = _("parcel")
        constraints = [
            models.UniqueConstraint(
                fields=["code"],
                condition=Q(retired_on__isnull=True),
                name="parcel_code_is_current_once",
                violation_error_message=_("Another parcel has this renovation code now."),
            ),
            models.CheckConstraint(
                condition=Q(level=Level.PARCEL, building_no=0, apartment_no=0, shop_no=0, house__gt=0)
                | Q(level=Level.BUILDING, building_no__gt=0, apartment_no=0, shop_no=0)
                | Q(level=Level.APARTMENT, apartment_no__gt=0, shop_no=0)
                | Q(level=Level.SHOP, shop_no__gt=0),
                name="parcel_level_matches_code",
            ),
            models.CheckConstraint(
                condition=Q(level=Level.PARCEL, parent__isnull=True)
                | (~Q(level=Level.PARCEL) & Q(parent__isnull=False)),
                name="parcel_has_parent_unless_land",
            ),
        ]
        indexes = [
            models.Index(fields=["district", "region", "block", "house"], name="parcel_by_code_parts"),
            models.Index(fields=["postal_code"], name="parcel_by_postal_code", condition=~Q(postal_code="")),
            GistIndex(fields=["x_span", "y_span"], name="parcel_extent"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def renovation_code(self) -> RenovationCode:
        return RenovationCode.of(*(getattr(self, column) for column in CODE_COLUMNS))

    @property
    def is_current(self) -> bool:
        return self.retired_on is None

    def is_owned_by(self, national_code: str) -> bool:
        """True for an open share of this very node, on either layer."""
        return Ownership.objects.open().of_person(national_code).filter(parcel=self).exists()

    def rename_to(self, code: RenovationCode) -> None:
        """Set the text and the seven columns together; saving and history are `codes`' part."""
        self.code = str(code)
        for column, part in zip(CODE_COLUMNS, code.parts, strict=True):
            setattr(self, column, part)

    def draw_outline(self, outline_cm: list[geometry.PointCm], outline_wgs84: list[geometry.Degrees]) -> None:
        """Set both outlines and the bounding box from one polygon."""
        west, south, east, north = geometry.bounds_cm_of(outline_cm)
        self.outline_cm, self.outline_wgs84 = outline_cm, outline_wgs84
        self.x_span, self.y_span = (west, east + 1), (south, north + 1)

    def lineage(self) -> list[Parcel]:
        """This node and those above it, nearest first."""
        node, found = self, [self]
        while node.parent is not None:
            node = node.parent
            found.append(node)
        return found

    def land(self) -> Parcel:
        return self.lineage()[-1]

    def subtree(self) -> ParcelQuerySet:
        """This node and all that stands on it."""
        parts = self.renovation_code
        used = dict(zip(CODE_COLUMNS, parts.parts[: parts.depth], strict=False))
        return Parcel.objects.filter(**used).current()


class OfParcel(models.Model):
    """A fact of one node; it is read by whoever may read the node."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    parcel = models.ForeignKey(Parcel, models.PROTECT, related_name="%(class)ss", verbose_name=_("parcel"))

    class Meta:
        abstract = True


class OfParcelQuerySet(models.QuerySet[Any]):
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(parcel__in=Parcel.objects.visible_to(actor))


class CodeHistory(OfParcel):
    """Which code named a parcel from when to when, and by which act it came."""

    class Act(models.TextChoices):
        FIRST = "first", _("first entry")
        RENAME = "rename", _("renaming")
        MERGE = "merge", _("merging")
        SPLIT = "split", _("splitting")

    parcel = models.ForeignKey(Parcel, models.PROTECT, related_name="code_history", verbose_name=_("parcel"))
    code = models.CharField(_("renovation code"), max_length=48, db_index=True)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    act = models.CharField(_("act"), max_length=10, choices=Act)

    objects = OfParcelQuerySet.as_manager()

    class Meta:
        verbose_name = _("code history")
        constraints = [
            models.UniqueConstraint(
                fields=["parcel"], condition=Q(valid_to__isnull=True), name="code_history_one_open_code"
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")), name="code_history_runs_forward"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} ({self.act})"


class RegistryPlate(OfParcel):
    """Registry plate (پلاک ثبتی). Main and sub are separate columns, because their order in text is contradictory."""

    hoze = models.CharField(_("registry office"), max_length=40, db_collation=FA)
    bakhsh = models.PositiveSmallIntegerField(_("registry section"))
    asli = models.PositiveIntegerField(_("main plate"))
    fari = models.PositiveIntegerField(_("sub plate"), default=0, help_text=_("0 is the main plot itself."))
    qate = models.PositiveIntegerField(_("partition plot"), null=True, blank=True)
    cadastral = models.CharField(_("cadastral number"), max_length=30, blank=True)

    objects = OfParcelQuerySet.as_manager()

    class Meta:
        verbose_name = _("registry plate")
        constraints = [
            models.UniqueConstraint(
                fields=["hoze", "bakhsh", "asli", "fari", "qate"], nulls_distinct=False, name="registry_plate_is_unique"
            ),
            models.CheckConstraint(condition=Q(asli__gt=0), name="registry_plate_has_main"),
        ]

    def __str__(self) -> str:
        return registry_plate_text(asli=self.asli, fari=self.fari, bakhsh=self.bakhsh, qate=self.qate)


class Deed(OfParcel):
    """Title deed."""

    class Kind(models.TextChoices):
        SINGLE_SHEET = "single_sheet", _("single sheet")
        BOOKLET = "booklet", _("booklet")
        PRIVATE = "private", _("private contract")
        WAQF = "waqf", _("waqf")

    kind = models.CharField(_("kind"), max_length=15, choices=Kind)
    number = EncryptedTextField(_("deed number"))
    issued_on = models.DateField(_("issued on"))

    objects = OfParcelQuerySet.as_manager()

    class Meta:
        verbose_name = _("deed")

    def __str__(self) -> str:
        return str(self.get_kind_display())


class OwnershipQuerySet(OfParcelQuerySet):
    def open(self) -> Self:
        return self.filter(valid_to__isnull=True)

    def of_person(self, national_code: str) -> Self:
        """Rows of this person; none at all for an empty code."""
        if not national_code:
            return self.none()
        return self.filter(national_code_index=blind("parcels.Ownership.national_code", national_code))


class Ownership(OfParcel):
    """One person's undivided share of one layer: land (عرصه) and building (اعیان) may have different owners."""

    class Layer(models.TextChoices):
        LAND = "land", _("land layer")
        BUILDING = "building", _("building layer")

    layer = models.CharField(_("layer"), max_length=10, choices=Layer)
    person_name = models.CharField(_("owner"), max_length=120, db_collation=FA)
    national_code = EncryptedTextField(_("national code"))
    national_code_index = BlindIndexField(source="national_code")
    share_numerator = models.PositiveIntegerField(_("share"))
    share_denominator = models.PositiveIntegerField(_("of"))
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    deed = models.ForeignKey(Deed, models.PROTECT, null=True, blank=True, related_name="ownerships")

    objects = OwnershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("ownership")
        constraints = [
            models.CheckConstraint(
                condition=Q(share_numerator__gt=0) & Q(share_numerator__lte=F("share_denominator")),
                name="ownership_share_within_whole",
                violation_error_message=_("A share is more than nothing and at most the whole."),
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")), name="ownership_runs_forward"
            ),
            models.UniqueConstraint(
                fields=["parcel", "layer", "national_code_index"],
                condition=Q(valid_to__isnull=True),
                name="ownership_one_open_row_a_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.share_numerator}/{self.share_denominator}"

    @property
    def share(self) -> Fraction:
        return Fraction(self.share_numerator, self.share_denominator)


class Building(models.Model):
    """What stands on a node of the building level."""

    class Skeleton(models.TextChoices):
        CONCRETE = "concrete", _("concrete")
        STEEL = "steel", _("steel")
        MASONRY = "masonry", _("masonry")

    parcel = models.OneToOneField(Parcel, models.PROTECT, primary_key=True, related_name="building")
    skeleton = models.CharField(_("skeleton"), max_length=10, choices=Skeleton)
    floors = models.PositiveSmallIntegerField(_("floors"))
    built_year = models.PositiveSmallIntegerField(_("year of works"), help_text=_("Jalali year."))
    has_elevator = models.BooleanField(_("elevator"), default=False)

    objects = OfParcelQuerySet.as_manager()

    class Meta:
        verbose_name = _("building")

    def __str__(self) -> str:
        return str(self.parcel_id)


class FloorUse(models.Model):
    """One row of the building table."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    building = models.ForeignKey(Building, models.PROTECT, related_name="floor_uses")
    floor = models.SmallIntegerField(_("floor"), help_text=_("0 is the ground floor, negative numbers lie below it."))
    use = models.CharField(_("use"), max_length=20, choices=Use)
    area_m2 = models.DecimalField(_("area"), max_digits=10, decimal_places=2)

    class Meta:
        verbose_name = _("floor use")
        constraints = [
            models.UniqueConstraint(fields=["building", "floor", "use"], name="floor_use_once_a_floor"),
            models.CheckConstraint(condition=Q(area_m2__gt=0), name="floor_use_has_area"),
        ]

    def __str__(self) -> str:
        return f"{self.floor}: {self.use}"


class Unit(models.Model):
    """What belongs to one apartment or shop."""

    parcel = models.OneToOneField(Parcel, models.PROTECT, primary_key=True, related_name="unit")
    floor = models.SmallIntegerField(_("floor"))
    area_m2 = models.DecimalField(_("area"), max_digits=10, decimal_places=2)
    parking_no = models.PositiveSmallIntegerField(_("parking plot"), null=True, blank=True)
    parking_m2 = models.DecimalField(_("parking area"), max_digits=6, decimal_places=2, null=True, blank=True)
    storage_no = models.PositiveSmallIntegerField(_("storage number"), null=True, blank=True)
    storage_m2 = models.DecimalField(_("storage area"), max_digits=6, decimal_places=2, null=True, blank=True)
    division_minutes_no = models.CharField(_("division minutes"), max_length=30, blank=True)

    objects = OfParcelQuerySet.as_manager()

    class Meta:
        verbose_name = _("unit")
        constraints = [models.CheckConstraint(condition=Q(area_m2__gt=0), name="unit_has_area")]

    def __str__(self) -> str:
        return str(self.parcel_id)


class PermitOnFile(OfParcel):
    """A building permit issued before the portal."""

    number = models.CharField(_("number"), max_length=30)
    issued_on = models.DateField(_("issued on"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    land_m2 = models.DecimalField(_("land area"), max_digits=12, decimal_places=2)
    built_m2 = models.DecimalField(_("built area"), max_digits=12, decimal_places=2)

    objects = OfParcelQuerySet.as_manager()

    class Meta:
        verbose_name = _("permit on file")
        constraints = [models.UniqueConstraint(fields=["number"], name="permit_on_file_number_is_unique")]

    def __str__(self) -> str:
        return self.number


class CertificateOnFile(OfParcel):
    """A certificate issued before the portal."""

    class Kind(models.TextChoices):
        COMPLETION = "completion", _("completion certificate")
        COMPLETION_DIVIDED = "completion_divided", _("completion certificate for apartments")
        NO_VIOLATION = "no_violation", _("no-violation certificate")
        TRANSFER = "transfer", _("transfer certificate")
        TEMPORARY_USE = "temporary_use", _("temporary use certificate")
        EXEMPT_1355 = "exempt_pre_1355", _("exemption: traded before 1355/11/24")
        EXEMPT_PLAN = "exempt_pre_masterplan", _("exemption: older than the master plan")

    kind = models.CharField(_("kind"), max_length=25, choices=Kind)
    number = models.CharField(_("number"), max_length=30)
    issued_on = models.DateField(_("issued on"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    built_m2 = models.DecimalField(_("built area"), max_digits=12, decimal_places=2, null=True, blank=True)

    objects = OfParcelQuerySet.as_manager()

    class Meta:
        verbose_name = _("certificate on file")
        constraints = [models.UniqueConstraint(fields=["kind", "number"], name="certificate_on_file_is_unique")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}"


class Setback(OfParcel):
    """What a parcel loses to a passage that is to be widened (بر و کف)."""

    class Stage(models.TextChoices):
        PLANNED = "planned", _("planned")
        CARRIED_OUT = "carried_out", _("carried out")

    street = models.ForeignKey(Street, models.PROTECT, related_name="+")
    depth_m = models.DecimalField(_("depth"), max_digits=5, decimal_places=2)
    lost_m2 = models.DecimalField(_("lost area"), max_digits=10, decimal_places=2)
    stage = models.CharField(_("stage"), max_length=12, choices=Stage)

    objects = OfParcelQuerySet.as_manager()

    class Meta:
        verbose_name = _("setback")
        constraints = [models.UniqueConstraint(fields=["parcel", "street"], name="setback_once_a_street")]

    def __str__(self) -> str:
        return f"{self.depth_m} m"


class ViolationOnFile(OfParcel):
    """A violation found before the portal, with its ruling if there was one."""

    class Finding(models.TextChoices):
        NO_PERMIT = "no_permit", _("building without a permit")
        EXCESS_AREA = "excess_area", _("more built area than permitted")
        CHANGE_OF_USE = "change_of_use", _("change of use")
        PARKING = "parking", _("missing parking")

    finding = models.CharField(_("finding"), max_length=15, choices=Finding)
    area_m2 = models.DecimalField(_("area"), max_digits=10, decimal_places=2)
    works_year = models.PositiveSmallIntegerField(_("year of works"), help_text=_("Jalali year."))
    found_on = models.DateField(_("found on"))
    ruling_no = models.CharField(_("ruling number"), max_length=30, blank=True)
    ruling_on = models.DateField(_("ruling date"), null=True, blank=True)
    is_settled = models.BooleanField(_("settled"), default=False)

    objects = OfParcelQuerySet.as_manager()

    class Meta:
        verbose_name = _("violation on file")

    def __str__(self) -> str:
        return str(self.get_finding_display())


class DebtLine(OfParcel):
    """What a node owes for one line and year; a credit (setback compensation) is kept on the same ledger."""

    class Line(models.TextChoices):
        RENOVATION = "renovation", _("renovation levy")
        WASTE = "waste", _("waste service")
        BUSINESS = "business", _("business levy")
        PERMIT = "permit", _("permit levies and instalments")
        ARTICLE100 = "article100", _("Article 100 fines")
        PARKING = "parking", _("parking, added value and change of use")
        SETBACK_CREDIT = "setback_credit", _("setback compensation (credit)")

    line = models.CharField(_("line"), max_length=20, choices=Line)
    year = models.PositiveSmallIntegerField(_("year"), help_text=_("Jalali year."))
    due_rial = models.BigIntegerField(_("due"), help_text=_("Whole rials."))
    paid_rial = models.BigIntegerField(_("paid"), default=0, help_text=_("Whole rials."))
    due_on = models.DateField(_("due on"))
    is_common = models.BooleanField(_("common areas"), default=False)

    objects = OfParcelQuerySet.as_manager()

    class Meta:
        verbose_name = _("debt line")
        constraints = [
            models.UniqueConstraint(fields=["parcel", "line", "year", "is_common"], name="debt_line_once_a_year"),
            models.CheckConstraint(
                condition=Q(due_rial__gte=0, paid_rial__gte=0, paid_rial__lte=F("due_rial")),
                name="debt_line_paid_within_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line} {self.year}"

    @property
    def open_rial(self) -> int:
        return self.due_rial - self.paid_rial


class HoldQuerySet(models.QuerySet["Hold"]):
    def visible_to(self, actor: Actor) -> Self:
        """Staff only: a citizen learns that a hold exists and where to ask (1.13), not its cause."""
        if actor.is_anonymous:
            return self.none()
        if actor.is_citywide:
            return self
        return self.filter(parcel__district__in=actor.district_ids)

    def active(self) -> Self:
        return self.filter(lifted_at__isnull=True)


class Hold(models.Model):
    """A restriction (محدودیت ملک) on a node, on all below it, on one service, or on a person."""

    class Level(models.IntegerChoices):
        WARNING = 0, _("warning")
        STOP = 1, _("stop")
        STOP_ISSUE = 2, _("stop of issue")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    level = models.PositiveSmallIntegerField(_("level"), choices=Level)
    parcel = models.ForeignKey(Parcel, models.PROTECT, null=True, blank=True, related_name="holds")
    covers_subtree = models.BooleanField(_("with all that stands on it"), default=False)
    service = models.ForeignKey(
        "catalogue.Service", models.PROTECT, null=True, blank=True, help_text=_("Empty for every service.")
    )
    national_code = EncryptedTextField(_("national code"), null=True, blank=True)  # type: ignore[misc]
    national_code_index = BlindIndexField(source="national_code")
    title = models.CharField(_("title"), max_length=200, db_collation=FA)
    reference = models.CharField(_("letter"), max_length=60, blank=True)
    placed_on = models.DateField(_("placed on"))
    placed_by = models.CharField(_("placed by"), max_length=80)
    lifted_at = models.DateTimeField(_("lifted at"), null=True, blank=True)

    objects = HoldQuerySet.as_manager()

    class Meta:
        verbose_name = _("hold")
        constraints = [
            models.CheckConstraint(
                condition=Q(parcel__isnull=False) | Q(national_code__isnull=False) | Q(service__isnull=False),
                name="hold_has_a_target",
            ),
            models.CheckConstraint(condition=Q(level__in=(0, 1, 2)), name="hold_level_is_known"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def lets_answer(self) -> bool:
        return self.level == self.Level.WARNING


def holds_on(
    parcel: Parcel, service: Service | None = None, *, owners: Iterable[Ownership] | None = None
) -> models.QuerySet[Hold]:
    """Active holds that touch this node: on itself, inherited from above, on its owners, or on the service as a whole.

    Without a service only the holds for every service are found. `owners` are the open shares of the node and of those
    above it, where the caller has read them already.
    """
    nodes = parcel.lineage()
    owners = Ownership.objects.open().filter(parcel__in=nodes) if owners is None else owners
    persons = [blind("parcels.Hold.national_code", owner.national_code) for owner in owners]
    target = (
        Q(parcel=parcel)
        | Q(parcel__in=nodes[1:], covers_subtree=True)
        | Q(national_code_index__in=persons)
        | Q(parcel__isnull=True, national_code_index__isnull=True)
    )
    asked = Q(service__isnull=True) | Q(service=service)
    return Hold.objects.active().filter(target, asked).order_by("placed_on", "level", "pk")


# --- acts on the register --------------------------------------------------------------------------------------------


class RegisterActQuerySet(models.QuerySet["RegisterAct"]):
    def visible_to(self, actor: Actor) -> Self:
        """Auditors only: an act tells what was done to everybody's property at once."""
        return self if actor.is_auditor else self.none()


class RegisterAct(Stateful):
    """One change of the register, or of the reference data, as a whole.

    Its ledger entry holds what `sealing.digests` made of the tables then.
    """

    class Kind(models.TextChoices):
        BUILD = "build", _("building of the demo city")
        IMPORT = "import", _("import from a file")
        REFERENCE = "reference", _("recording of reference data")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    source_sha256 = models.CharField(
        _("digest of the source"), max_length=64, help_text=_("SHA-256 of the file, or of the text of the seed.")
    )
    rows = models.PositiveIntegerField(_("rows"), help_text=_("How many rows the act wrote."))

    objects = RegisterActQuerySet.as_manager()

    class Meta:
        verbose_name = _("act on the register")

    def __str__(self) -> str:
        return f"{self.kind} {self.source_sha256[:8]}: {self.rows}"
