"""What an inquiry (استعلام) asks, beside its case: the deal, the notary's letter, the reviewer's findings."""

from fractions import Fraction
from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from portal.accounts.actors import Actor
from portal.casework.models import Case
from portal.core.crypto import EncryptedTextField
from portal.core.identifiers import uuid7


class Capacity(models.TextChoices):
    """In which right the applicant files (inquiries.md 1.2)."""

    OWNER = "owner", _("owner")
    ATTORNEY = "attorney", _("attorney of the owner")
    HEIR = "heir", _("heir")
    GUARDIAN = "guardian", _("guardian")
    BUYER = "buyer", _("buyer, with the notary's letter")


class Deal(models.TextChoices):
    SALE = "sale", _("sale")
    SETTLEMENT = "settlement", _("settlement (solh)")
    GIFT = "gift", _("gift")
    IRREVOCABLE_MANDATE = "irrevocable_mandate", _("irrevocable power of attorney")
    OTHER = "other", _("another final deed")


class InquiryQuerySet(models.QuerySet["Inquiry"]):
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(case__in=Case.objects.visible_to(actor))


class Inquiry(models.Model):
    """The contents of a transfer inquiry; its life is the case's. Empty fields are those of an unfinished draft."""

    case = models.OneToOneField(Case, models.PROTECT, primary_key=True, related_name="inquiry")
    renovation_code = models.CharField(_("renovation code"), max_length=40)
    capacity = models.CharField(_("you file as"), max_length=10, choices=Capacity, default=Capacity.OWNER)
    deal = models.CharField(_("kind of deed"), max_length=20, choices=Deal, blank=True)
    share_numerator = models.PositiveIntegerField(_("share, numerator"), null=True)
    share_denominator = models.PositiveIntegerField(_("share, denominator"), null=True)
    notary_number = models.CharField(_("number of the notary office"), max_length=12, blank=True)
    notary_city = models.CharField(_("city of the notary office"), max_length=60, blank=True)
    letter_no = models.CharField(_("number of the inquiry letter"), max_length=40, blank=True)
    letter_date = models.DateField(_("date of the inquiry letter"), null=True)
    buyer_national_code = EncryptedTextField(_("national code of the buyer"), blank=True, default="")
    planned_on = models.DateField(_("planned day of the deed"), null=True)
    declared_at = models.DateTimeField(_("declared"), null=True)

    objects = InquiryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(share_numerator=None)
                | Q(share_numerator__gt=0, share_denominator__gt=0, share_numerator__lte=F("share_denominator")),
                name="inquiry_share_is_part_of_the_whole",
            )
        ]

    def __str__(self) -> str:
        return str(self.case)

    @property
    def share(self) -> Fraction | None:
        """The share of the whole to be transferred, exact."""
        if not self.share_numerator or not self.share_denominator:
            return None
        return Fraction(self.share_numerator, self.share_denominator)

    @property
    def has_deal(self) -> bool:
        """True when the second step of filing is complete."""
        needed: tuple[Any, ...] = (self.deal, self.share, self.notary_number, self.letter_no, self.letter_date)
        return all(needed)


class Finding(models.Model):
    """One answered question of a reviewer's check list; kept per round, so an earlier round stays readable."""

    class Outcome(models.TextChoices):
        YES = "yes", _("Yes")
        NO = "no", _("No")
        NOT_APPLICABLE = "na", _("Does not apply")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    inquiry = models.ForeignKey(Inquiry, models.PROTECT, related_name="findings")
    revision = models.PositiveIntegerField()
    question = models.CharField(max_length=30)
    outcome = models.CharField(max_length=3, choices=Outcome)
    author = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["inquiry", "revision", "question"], name="finding_once_per_round")
        ]

    def __str__(self) -> str:
        return f"{self.question}: {self.outcome}"
