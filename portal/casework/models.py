"""The case: one file of one applicant about one parcel, whatever the service; with its papers, remarks and readers."""

import hmac
import secrets
from datetime import date
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.accounts.actors import Actor
from portal.core.crypto import EncryptedTextField
from portal.core.identifiers import uuid7
from portal.workflow.models import Stateful, columns_of

if TYPE_CHECKING:
    from portal.catalogue.models import Service
    from portal.parcels.models import Parcel


class Counter(models.Model):
    """The last number given out for a purpose, such as the references of a year, district and kind."""

    name = models.CharField(max_length=60, primary_key=True)
    value = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name}: {self.value}"


class CaseQuerySet(models.QuerySet["Case"]):
    def visible_to(self, actor: Actor) -> Self:
        """Staff see their districts' filed cases; everybody else their own, and an office those addressed to it.

        A staff account is nobody's citizen account: who works for a district sees through that work alone. That keeps
        the condition free of OR, under which no index of a district could give its list in order.
        """
        if actor.is_anonymous:
            return self.none()
        if actor.is_citywide:
            return self.filed()
        if actor.district_ids:
            return self.filed().filter(district__in=actor.district_ids)
        return self.filter(
            Q(applicant__isnull=False, applicant=actor.user_id)
            | Q(office__isnull=False, office=actor.office_id, closed_at__isnull=False, submitted_at__isnull=False)
        )

    def filed(self) -> Self:
        return self.filter(submitted_at__isnull=False)

    def open(self) -> Self:
        return self.filter(submitted_at__isnull=False, closed_at__isnull=True)

    def with_property(self) -> Self:
        """In one query all that a page of the case names: service, people, and the parcel up to its land."""
        up_to_land = [f"parcel{'__parent' * above}__plan_rule" for above in range(4)]
        return self.select_related("service", "district", "applicant", "inquiry", "parcel__unit", *up_to_land)

    def overdue(self, today: Any) -> Self:
        return self.open().filter(due_on__lt=today, paused_at__isnull=True)

    def oldest_first(self) -> Self:
        """The order of the queue: by time of filing, and nothing else (reliability.md T15)."""
        return self.order_by("submitted_at", "pk")

    def newest_first(self) -> Self:
        """The order in which staff read filed cases; a draft has no place in it."""
        return self.order_by("-submitted_at", "-pk")

    def following(self, mark: "Case") -> Self:
        """What comes after the filed case `mark` in the order of `newest_first`."""
        return self.filter(submitted_at__lte=mark.submitted_at).exclude(submitted_at=mark.submitted_at, pk__gte=mark.pk)

    def untaken(self) -> Self:
        """In nobody's hand at the revision in which they stand now."""
        held = Assignment.objects.taken().filter(case=OuterRef("pk"), case_revision=OuterRef("revision"))
        return self.exclude(Exists(held))


class Case(Stateful):
    """A file. Its workflow belongs to its service; the service's own data hang on it one to one."""

    class Channel(models.TextChoices):
        CITIZEN = "citizen", _("citizen")
        HISTORY = "history", _("before the portal kept files")

    reference = models.CharField(_("tracking code"), max_length=13, null=True, editable=False)  # noqa: DJ001  NULL is unique
    # Of the published history neither service nor parcel is known; every case filed here has both.
    service: "models.ForeignKey[Service, Service]" = models.ForeignKey(  # type: ignore[misc]
        "catalogue.Service", models.PROTECT, null=True, verbose_name=_("service")
    )
    district = models.ForeignKey("districts.District", models.PROTECT, null=True, verbose_name=_("district"))
    parcel: "models.ForeignKey[Parcel, Parcel]" = models.ForeignKey(  # type: ignore[misc]
        "parcels.Parcel", models.PROTECT, null=True, verbose_name=_("parcel")
    )
    applicant = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="cases")
    office = models.ForeignKey("accounts.Office", models.PROTECT, null=True, verbose_name=_("addressee"))
    channel = models.CharField(_("channel"), max_length=10, choices=Channel, default=Channel.CITIZEN)
    matter = models.CharField(max_length=120, blank=True, editable=False)
    submitted_at = models.DateTimeField(_("filed"), null=True, editable=False)
    closed_at = models.DateTimeField(_("closed"), null=True, editable=False)
    effective_on = models.DateField(_("day in the source"), null=True, editable=False)
    due_on = models.DateField(_("deadline"), null=True, editable=False)
    clock = models.JSONField(default=list, editable=False)
    paused_at = models.DateTimeField(_("clock stopped"), null=True, editable=False)
    days_left = models.SmallIntegerField(_("working days left when the clock stopped"), null=True, editable=False)
    returned_from = models.CharField(max_length=40, blank=True, editable=False)
    reviewer = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", editable=False)
    approver = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", editable=False)

    objects = CaseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reference"], name="case_reference_once"),
            models.UniqueConstraint(
                fields=["matter"],
                condition=Q(submitted_at__isnull=False, closed_at__isnull=True) & ~Q(matter=""),
                name="case_one_open_per_matter",
            ),
            models.UniqueConstraint(
                fields=["parcel", "service", "applicant"],
                condition=Q(submitted_at__isnull=False, closed_at__isnull=True, parcel__isnull=False),
                name="case_one_open_per_parcel_service_applicant",
            ),
            models.CheckConstraint(
                condition=Q(reviewer=None) | Q(approver=None) | ~Q(reviewer=F("approver")),
                name="case_reviewer_is_not_approver",
                violation_error_message=_("A colleague must approve a file you reviewed."),
            ),
            models.CheckConstraint(
                condition=Q(submitted_at=None) | Q(reference__isnull=False, district__isnull=False),
                name="case_filed_has_reference_and_district",
            ),
        ]
        indexes = [
            models.Index(
                fields=["district", "state", "submitted_at"],
                name="case_open_queue",
                condition=Q(submitted_at__isnull=False, closed_at__isnull=True),
            ),
            models.Index(fields=["applicant", "-id"], name="case_of_applicant", condition=Q(applicant__isnull=False)),
            models.Index(fields=["office", "-id"], name="case_of_office", condition=Q(office__isnull=False)),
            models.Index(
                fields=["district", "-submitted_at", "-id"],
                name="case_of_district_newest",
                condition=Q(submitted_at__isnull=False),
            ),
            models.Index(fields=["-submitted_at", "-id"], name="case_newest", condition=Q(submitted_at__isnull=False)),
            models.Index(fields=["state_since"], name="case_draft_since", condition=Q(state="draft")),
        ]

    def __str__(self) -> str:
        return self.reference or str(_("draft"))

    def get_absolute_url(self) -> str:
        return (
            reverse("casework:case", args=[self.reference])
            if self.reference
            else reverse("inquiries:resume", args=[self.pk])
        )

    def sealed_record(self) -> dict[str, Any]:
        """The case with the service's own record and the papers in force."""
        record = columns_of(self)
        if self.channel == self.Channel.HISTORY:
            return record
        details = getattr(self, "inquiry", None)
        papers = self.attachments.current().order_by("id")
        record["papers"] = [f"{paper.document}:{paper.cleaned_sha256}" for paper in papers]
        return record if details is None else record | {"inquiry": columns_of(details)}

    @property
    def is_paused(self) -> bool:
        return self.paused_at is not None


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(case__in=Case.objects.visible_to(actor))

    def taken(self) -> Self:
        """Those not released; their case may have moved."""
        return self.filter(state="taken")

    def live(self) -> Self:
        """Those not released whose case has not moved since: every step ends the assignments before it."""
        return self.taken().filter(case_revision=F("case__revision"))


class Assignment(Stateful):
    """Who took the case in the state in which it stands. It lapses by itself when the case moves, or is released."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="assignments")
    case_revision = models.PositiveIntegerField()
    user = models.ForeignKey("accounts.User", models.PROTECT, related_name="assignments")

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "case_revision"],
                condition=Q(state="taken"),
                name="assignment_one_per_case_and_revision",
            )
        ]

    def __str__(self) -> str:
        return f"{self.case_id} r{self.case_revision}"


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    def visible_to(self, actor: Actor) -> Self:
        """The applicant and the staff of the case; an office that receives the answer does not see the papers."""
        cases = Case.objects.visible_to(actor)
        if actor.office_id:
            cases = cases.filter(applicant=actor.user_id)
        return self.filter(case__in=cases)

    def current(self) -> Self:
        return self.filter(replaced_at__isnull=True)


class Attachment(models.Model):
    """A paper that the applicant sent: checked, re-encoded, stored by hash. Replaced ones stay as evidence."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="attachments")
    document = models.CharField(_("document"), max_length=40)
    shown_name = EncryptedTextField(_("file name"))
    media_type = models.CharField(max_length=20)
    pages = models.PositiveSmallIntegerField(default=1)
    size_bytes = models.PositiveIntegerField()
    received_sha256 = models.CharField(max_length=64)
    cleaned_sha256 = models.CharField(max_length=64)
    uploaded_at = models.DateTimeField(_("sent"), auto_now_add=True)
    replaced_at = models.DateTimeField(_("replaced"), null=True)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["case", "document"], name="attachment_of_case"),
            models.Index(fields=["cleaned_sha256"], name="attachment_of_content"),  # the sweep of orphans asks
        ]
        constraints = [models.CheckConstraint(condition=Q(size_bytes__gt=0), name="attachment_is_not_empty")]

    def __str__(self) -> str:
        return f"{self.document} {self.received_sha256[:12]}"

    @property
    def has_original(self) -> bool:
        """A PDF is kept as it came, and shown as pictures of its pages; of a photo only the pixels are left."""
        return self.media_type == "application/pdf"

    def recorded(self) -> dict[str, Any]:
        """What the ledger keeps: digests of the received and the cleaned bytes, size and type."""
        return {
            "document": self.document,
            "received": self.received_sha256,
            "cleaned": self.cleaned_sha256,
            "bytes": self.size_bytes,
            "type": self.media_type,
        }


class OriginalRequestQuerySet(models.QuerySet["OriginalRequest"]):
    def visible_to(self, actor: Actor) -> Self:
        """Staff who see the paper; its applicant does not read why an original was wanted, only that it was opened."""
        if not (actor.district_ids or actor.is_citywide):
            return self.none()
        papers = Attachment.objects.visible_to(actor)
        return self.filter(paper__in=papers).exclude(paper__case__applicant=actor.user_id)

    def of(self, actor: Actor) -> Self:
        """Those that the actor asked or answered."""
        return self.filter(Q(asked_by=actor.user_id) | Q(answered_by=actor.user_id))

    def live(self) -> Self:
        """Released, and not over yet: the clock decides, whether or not the sweep has come by."""
        return self.filter(state="released", released_until__gt=timezone.now())


class OriginalRequest(Stateful):
    """A colleague asks for the file of a paper as it was received; somebody of another role releases it for a day."""

    class Reason(models.TextChoices):
        FORGERY = "forgery", _("The paper may be forged")
        UNREADABLE = "unreadable", _("A page cannot be read in the picture")
        COURT = "court", _("A court or the inspectorate demands it")

    paper = models.ForeignKey(Attachment, models.PROTECT, related_name="original_requests", verbose_name=_("paper"))
    reason = models.CharField(_("reason"), max_length=10, choices=Reason)
    asked_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    asked_as = models.CharField(_("role"), max_length=20)
    answered_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", editable=False)
    answered_as = models.CharField(_("role"), max_length=20, blank=True, editable=False)
    released_until = models.DateTimeField(_("released until"), null=True, editable=False)

    objects = OriginalRequestQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["paper", "asked_by"], condition=Q(state="asked"), name="original_asked_once_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(answered_by=None) | ~Q(asked_by=F("answered_by")), name="original_asker_does_not_answer"
            ),
            models.CheckConstraint(
                condition=Q(answered_as="") | ~Q(asked_as=F("answered_as")), name="original_answered_by_another_role"
            ),
            models.CheckConstraint(
                condition=~Q(state="released")
                | (Q(released_until__isnull=False, answered_by__isnull=False) & ~Q(answered_as="")),
                name="original_released_by_somebody_for_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.paper_id}: {self.reason}"

    def get_absolute_url(self) -> str:
        return reverse("casework:original", args=[self.pk])

    @property
    def district_id(self) -> Any:
        return self.paper.case.district_id

    @property
    def is_live(self) -> bool:
        return self.state == "released" and self.released_until is not None and timezone.now() < self.released_until

    @property
    def standing(self) -> str:
        """The state as it is to be read: a release whose time is over has lapsed, also before the sweep."""
        return "lapsed" if self.state == "released" and not self.is_live else self.state

    def role_of(self, actor: Actor) -> str:
        """The role under which the actor asked or answered; empty for everybody else."""
        return {self.asked_by_id: self.asked_as, self.answered_by_id: self.answered_as}.get(actor.user_id, "")


class Quarantined(models.Model):
    """A file in which the scanner found something: which, when last sent, what was found; never whose or its name."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    found = models.CharField(_("found"), max_length=200)
    size_bytes = models.PositiveIntegerField()
    at = models.DateTimeField(_("sent"), db_index=True)

    def __str__(self) -> str:
        return f"{self.sha256[:12]}: {self.found}"


class Remark(models.Model):
    """Free text said about a case. The ledger holds its salted digest, so the text can be redacted later."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="remarks")
    author = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    text = EncryptedTextField(_("text"))
    salt = models.BinaryField(max_length=32)
    is_for_applicant = models.BooleanField(default=True)
    written_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def digest(self) -> str:
        return hmac.new(bytes(self.salt), self.text.encode(), "sha256").hexdigest()

    @classmethod
    def write(cls, case: Case, text: str, *, actor: Actor, is_for_applicant: bool = True) -> "Remark":
        """Store a remark; put its `digest` among the recorded facts of the step that it belongs to."""
        return cls.objects.create(
            case=case,
            author_id=actor.person_id,
            text=text,
            salt=secrets.token_bytes(32),
            is_for_applicant=is_for_applicant,
        )


class Deficiency(models.Model):
    """One thing the applicant is asked to mend: a coded reason about one field or paper."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="deficiencies")
    reason = models.CharField(_("reason"), max_length=3)
    item = models.CharField(_("field or paper"), max_length=40)
    remark = models.ForeignKey(Remark, models.PROTECT, null=True)
    asked_at = models.DateTimeField(_("asked"), auto_now_add=True)
    answered_at = models.DateTimeField(_("answered"), null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "item"], condition=Q(answered_at=None), name="deficiency_asked_once_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.reason} {self.item}"


class CaseViewQuerySet(models.QuerySet["CaseView"]):
    def visible_to(self, actor: Actor) -> Self:
        """The applicant sees who opened the file; auditors see it too."""
        if actor.is_anonymous:
            return self.none()
        if actor.is_auditor:
            return self
        return self.filter(case__applicant__isnull=False, case__applicant=actor.user_id)


class CaseView(models.Model):
    """One opening of a case or of a paper in it, written before the bytes are sent (reliability.md T39).

    Rows are only ever added; `portal.casework.sealing` puts them into the ledger by the range.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="views")
    user = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    unit = models.CharField(_("unit"), max_length=120)
    purpose = models.CharField(_("purpose"), max_length=40)
    at = models.DateTimeField(_("time"), auto_now_add=True)

    objects = CaseViewQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["case", "-id"], name="case_view_of_case")]

    def __str__(self) -> str:
        return f"{self.unit}: {self.purpose}"


class DailyCount(models.Model):
    """How many cases a district closed with an answer on a day; kept as it happens, recounted by `fsck`."""

    day = models.DateField()
    district = models.ForeignKey("districts.District", models.PROTECT)
    closed = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "district"], name="daily_count_once")]

    def __str__(self) -> str:
        return f"{self.day} {self.district_id}: {self.closed}"


def reader_unit(actor: Actor, district_id: Any) -> str:
    """The post that a reader is logged under: `notary/12`, `reviewer/1`, citywide `auditor`; shown in words later."""
    if actor.office_id:
        return f"{actor.office_kind}/{actor.office_number}"
    held = [(role, where) for role, where in actor.grants if where in (None, district_id)]
    return min((role if where is None else f"{role}/{where}" for role, where in held), default="")


def opened(case: Case, *, actor: Actor, purpose: str) -> CaseView | None:
    """Log that somebody other than the applicant opens the case; call it before any byte is sent."""
    if actor.user_id is None or actor.user_id == case.applicant_id:
        return None
    return CaseView.objects.create(
        case=case, user_id=actor.user_id, unit=reader_unit(actor, case.district_id), purpose=purpose
    )


def next_number(name: str) -> int:
    """The next number of the counter, from 1; call it last in the transaction, which holds the row until it ends."""
    Counter.objects.bulk_create([Counter(name=name)], ignore_conflicts=True)
    counter = Counter.objects.select_for_update().get(pk=name)
    counter.value += 1
    counter.save(update_fields=["value"])
    return counter.value


def count_closed(case: Case, day: date) -> None:
    """Add one to the day's count; the row lock lasts until the caller's commit."""
    DailyCount.objects.bulk_create([DailyCount(day=day, district=case.district)], ignore_conflicts=True)
    DailyCount.objects.filter(day=day, district=case.district).update(closed=F("closed") + 1)
