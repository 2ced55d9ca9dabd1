"""Reference data: services, papers, reasons, deadlines, validity, fees, holidays.

Every legal number is a row with dates of effect, never a constant: `Rule.objects.on(day)` answers what held that day.
`basis` names the source; «[GK]» in it marks practice that no stored source confirms, to be checked by the client.
"""

from datetime import date
from typing import Self, TypeVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from portal.core.identifiers import uuid7

PERSIAN = "fa-x-icu"


Row = TypeVar("Row", bound=models.Model, covariant=True)


class EffectiveQuerySet(models.QuerySet[Row]):
    """Rows by date of effect."""

    def on(self, day: date) -> Self:
        """What holds on this day; `valid_to` is the last day, inclusive."""
        return self.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=day), valid_from__lte=day)


class Effective(models.Model):
    """A row that holds between two dates, both inclusive; no end means until further notice."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    objects = EffectiveQuerySet.as_manager()

    class Meta:
        abstract = True


def dates_in_order(model: str) -> models.CheckConstraint:
    """The constraint that each Effective model declares under its own name."""
    condition = Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from"))
    return models.CheckConstraint(condition=condition, name=f"{model}_dates_in_order")


class Titled(models.Model):
    """A title in both languages of the page: catalogue rows are data, so gettext cannot translate them."""

    title = models.CharField(_("title"), max_length=200, db_collation=PERSIAN)
    title_en = models.CharField(_("English title"), max_length=200)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.local_title

    @property
    def local_title(self) -> str:
        """The title in the language of the page."""
        return self.title_en if (get_language() or "fa").startswith("en") else self.title


class Service(Titled, Effective):
    """What a citizen can ask for. `code` is the slug used in addresses; `kind_digit` stands in each reference."""

    code = models.SlugField(_("code"), unique=True, max_length=40)
    kind_digit = models.PositiveSmallIntegerField(_("kind digit"), unique=True)
    summary = models.TextField(_("summary"))
    summary_en = models.TextField(_("English summary"))
    basis = models.TextField(_("basis"), blank=True)
    is_open = models.BooleanField(_("open for filing"), default=False)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("service")
        verbose_name_plural = _("services")
        ordering = ["position"]
        constraints = [
            dates_in_order("service"),
            models.CheckConstraint(condition=Q(kind_digit__lte=9), name="service_kind_is_one_digit"),
        ]

    @property
    def local_summary(self) -> str:
        return self.summary_en if (get_language() or "fa").startswith("en") else self.summary


class RequiredDocument(Titled, Effective):
    """A paper the applicant attaches, always or when its condition applies."""

    class Need(models.TextChoices):
        ALWAYS = "always", _("required")
        WHEN_APPLICABLE = "when_applicable", _("when applicable")

    service = models.ForeignKey(Service, models.PROTECT, related_name="documents", verbose_name=_("service"))
    code = models.SlugField(_("code"), max_length=40)
    need = models.CharField(_("need"), max_length=20, choices=Need.choices)
    condition = models.CharField(_("condition"), max_length=300, blank=True)
    condition_en = models.CharField(_("English condition"), max_length=300, blank=True)
    basis = models.TextField(_("basis"), blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("required document")
        verbose_name_plural = _("required documents")
        ordering = ["position"]
        constraints = [
            dates_in_order("requireddocument"),
            models.UniqueConstraint(fields=["service", "code", "valid_from"], name="requireddocument_once_a_date"),
        ]

    @property
    def is_required(self) -> bool:
        return self.need == self.Need.ALWAYS

    @property
    def local_condition(self) -> str:
        return self.condition_en if (get_language() or "fa").startswith("en") else self.condition


class ReasonCode(Titled, Effective):
    """A coded reason for returning or rejecting, with the next step for the applicant."""

    class Stage(models.TextChoices):
        RETURN = "return", _("return for correction")
        REJECT = "reject", _("rejection")

    code = models.CharField(_("code"), max_length=3)
    stage = models.CharField(_("stage"), max_length=10, choices=Stage.choices)
    guidance = models.TextField(_("guidance"))
    guidance_en = models.TextField(_("English guidance"))
    objection = models.TextField(_("how to object"), blank=True)
    objection_en = models.TextField(_("how to object, in English"), blank=True)
    basis = models.TextField(_("basis"), blank=True)

    class Meta:
        verbose_name = _("reason code")
        verbose_name_plural = _("reason codes")
        ordering = ["code"]
        constraints = [
            dates_in_order("reasoncode"),
            models.UniqueConstraint(fields=["code", "valid_from"], name="reasoncode_once_a_date"),
        ]

    @property
    def local_guidance(self) -> str:
        return self.guidance_en if (get_language() or "fa").startswith("en") else self.guidance

    @property
    def local_objection(self) -> str:
        return self.objection_en if (get_language() or "fa").startswith("en") else self.objection


class DeadlineRule(Effective):
    """Working days that a state may last; the state "total" is the whole service, stops excluded."""

    TOTAL = "total"

    service = models.ForeignKey(Service, models.PROTECT, related_name="deadlines", verbose_name=_("service"))
    state = models.CharField(_("state"), max_length=40)
    working_days = models.PositiveSmallIntegerField(_("working days"))
    basis = models.TextField(_("basis"), blank=True)

    class Meta:
        verbose_name = _("deadline rule")
        verbose_name_plural = _("deadline rules")
        ordering = ["service", "state"]
        constraints = [
            dates_in_order("deadlinerule"),
            models.UniqueConstraint(fields=["service", "state", "valid_from"], name="deadlinerule_once_a_date"),
        ]

    def __str__(self) -> str:
        return f"{self.service_id} {self.state}: {self.working_days}"


class ValidityRule(Effective):
    """How long a certificate of this service is valid, city-wide or in one district."""

    service = models.ForeignKey(Service, models.PROTECT, related_name="validities", verbose_name=_("service"))
    # A number, not a foreign key: districts know services, so services cannot know districts.
    district_number = models.PositiveSmallIntegerField(
        _("district"), null=True, blank=True, help_text=_("Empty means the whole city.")
    )
    validity_days = models.PositiveSmallIntegerField(_("validity in days"))
    cap_at_year_end = models.BooleanField(_("ends with the Jalali year"), default=False)
    basis = models.TextField(_("basis"), blank=True)

    class Meta:
        verbose_name = _("validity rule")
        verbose_name_plural = _("validity rules")
        constraints = [
            dates_in_order("validityrule"),
            models.CheckConstraint(condition=Q(validity_days__gt=0), name="validityrule_days_positive"),
            models.UniqueConstraint(
                fields=["service", "district_number", "valid_from"],
                nulls_distinct=False,
                name="validityrule_once_a_date",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service_id}: {self.validity_days}"


class FeeRule(Titled, Effective):
    """One line of the yearly tariff: a fixed amount in whole rials, or the text of its formula."""

    code = models.SlugField(_("code"), max_length=40)
    service = models.ForeignKey(Service, models.PROTECT, related_name="fees", verbose_name=_("service"))
    amount_rial = models.BigIntegerField(_("amount"), null=True, blank=True, help_text=_("Whole rials."))
    formula = models.CharField(_("formula"), max_length=300, blank=True)
    decree_no = models.CharField(_("decree number"), max_length=60, blank=True)
    basis = models.TextField(_("basis"), blank=True)

    class Meta:
        verbose_name = _("fee rule")
        verbose_name_plural = _("fee rules")
        ordering = ["code"]
        constraints = [
            dates_in_order("feerule"),
            models.CheckConstraint(condition=Q(amount_rial__gte=0), name="feerule_amount_not_negative"),
            models.CheckConstraint(
                condition=Q(amount_rial__isnull=False, formula="") | (Q(amount_rial__isnull=True) & ~Q(formula="")),
                name="feerule_amount_or_formula",
            ),
            models.UniqueConstraint(fields=["service", "code", "valid_from"], name="feerule_once_a_date"),
        ]


class BlockingDebt(Titled, Effective):
    """Whether an unpaid debt of this line blocks the answer of a service or is only stated in it."""

    class Effect(models.TextChoices):
        BLOCKS = "blocks", _("blocks the answer")
        INFORMS = "informs", _("is stated in the answer")

    service = models.ForeignKey(Service, models.PROTECT, related_name="blocking_debts", verbose_name=_("service"))
    line = models.SlugField(_("debt line"), max_length=40)
    effect = models.CharField(_("effect"), max_length=10, choices=Effect.choices)
    basis = models.TextField(_("basis"), blank=True)

    class Meta:
        verbose_name = _("blocking debt")
        verbose_name_plural = _("blocking debts")
        constraints = [
            dates_in_order("blockingdebt"),
            models.UniqueConstraint(fields=["service", "line", "valid_from"], name="blockingdebt_once_a_date"),
        ]


class HolidayCalendar(models.Model):
    """One published version of the holiday table. A deadline names the version by which it was counted."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    version = models.CharField(_("version"), max_length=40, unique=True)
    published_at = models.DateTimeField(_("published at"))
    basis = models.TextField(_("basis"), blank=True)

    class Meta:
        verbose_name = _("holiday calendar")
        verbose_name_plural = _("holiday calendars")
        ordering = ["published_at"]

    def __str__(self) -> str:
        return self.version


class Holiday(models.Model):
    """One closed day, with all its names. Lunar dates of coming years are estimates until the moon is seen."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    calendar = models.ForeignKey(HolidayCalendar, models.PROTECT, related_name="holidays", verbose_name=_("calendar"))
    date = models.DateField(_("date"))
    name = models.CharField(_("name"), max_length=300, db_collation=PERSIAN)
    is_estimated = models.BooleanField(_("estimated"), default=False)

    class Meta:
        verbose_name = _("holiday")
        verbose_name_plural = _("holidays")
        ordering = ["date"]
        constraints = [models.UniqueConstraint(fields=["calendar", "date"], name="holiday_once_a_calendar")]

    def __str__(self) -> str:
        return f"{self.date:%Y-%m-%d} {self.name}"


class WorkingWeek(Effective):
    """One weekday's hours. A day may be open for filing and yet not count for deadlines, as Thursday."""

    weekday = models.PositiveSmallIntegerField(_("weekday"), help_text=_("Monday is 0, Saturday 5."))
    opens_at = models.TimeField(_("opens at"))
    closes_at = models.TimeField(_("closes at"))
    counts_for_deadlines = models.BooleanField(_("counts for deadlines"), default=True)
    basis = models.TextField(_("basis"), blank=True)

    class Meta:
        verbose_name = _("working hours of a weekday")
        verbose_name_plural = _("working week")
        ordering = ["valid_from", "weekday"]
        constraints = [
            dates_in_order("workingweek"),
            models.CheckConstraint(condition=Q(weekday__lte=6), name="workingweek_weekday_exists"),
            models.CheckConstraint(condition=Q(opens_at__lt=F("closes_at")), name="workingweek_hours_in_order"),
            models.UniqueConstraint(fields=["weekday", "valid_from"], name="workingweek_once_a_date"),
        ]

    def __str__(self) -> str:
        return f"{self.weekday} {self.opens_at:%H:%M}–{self.closes_at:%H:%M}"
