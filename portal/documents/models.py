"""Certificates: the intent comes first, then the paper, stored by its hash and never rendered again."""

import hashlib
import json
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal.accounts.actors import Actor
from portal.casework.models import Case
from portal.core.crypto import EncryptedTextField
from portal.documents.snapshot import Snapshot
from portal.workflow.models import Stateful, columns_of


class SnapshotChanged(Exception):
    """The frozen record is not the one that was signed: a matter for the operator, not for the reader."""


class Revocation(models.TextChoices):
    """Why a certificate lost its force before its time (inquiries.md 1.12); the ledger keeps the code."""

    FORGERY = "forgery", _("A paper behind it was forged or altered")
    IDENTITY = "identity", _("It names the wrong person")
    VIOLATION = "violation", _("A building violation was found after it was issued")
    ORDER = "order", _("Order of a court or an authority")
    REGISTER = "register", _("The register was wrong on the day of issue")


class CertificateQuerySet(models.QuerySet["Certificate"]):
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(case__in=Case.objects.visible_to(actor))

    def active(self) -> Self:
        return self.filter(state__in=("intended", "issued"))


class Certificate(Stateful):
    """One answer on paper. `digest` is the SHA-256 of the frozen snapshot; its first 16 hex digits are printed."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="certificates")
    serial = models.CharField(_("serial"), max_length=20, unique=True)
    number = models.CharField(_("secretariat number"), max_length=30, unique=True)
    template = models.CharField(_("template version"), max_length=20)
    digest = models.CharField(max_length=64)
    # Beside the intent and not in the store of papers, so that one commit keeps both.
    snapshot = EncryptedTextField(null=True, editable=False)  # type: ignore[misc]
    pdf_sha256 = models.CharField(max_length=64, blank=True)
    issued_at = models.DateTimeField(_("issued"))
    valid_until = models.DateField(_("valid until"))
    revoked_for = models.CharField(
        _("reason of the revocation"), max_length=10, choices=Revocation, blank=True, default="", db_default=""
    )

    objects = CertificateQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(state__in=("intended", "issued")),
                name="certificate_one_active_per_case",
                violation_error_message=_("This file already has a certificate in force."),
            ),
            models.CheckConstraint(
                condition=~Q(state="issued") | ~Q(pdf_sha256=""), name="certificate_issued_has_its_paper"
            ),
            # A file is recognised by its bytes or by the record in it; both name one certificate only.
            models.UniqueConstraint(fields=["digest"], name="certificate_record_once"),
            models.UniqueConstraint(fields=["pdf_sha256"], condition=~Q(pdf_sha256=""), name="certificate_paper_once"),
        ]
        indexes = [
            models.Index(fields=["valid_until"], name="certificate_to_expire", condition=Q(state="issued")),
        ]

    def __str__(self) -> str:
        return self.serial

    def get_absolute_url(self) -> str:
        return reverse("documents:certificate", args=[self.serial])

    def frozen(self) -> Snapshot:
        """What was signed, hashed again before anybody reads it. Raises SnapshotChanged or SealBrokenError."""
        text = self.snapshot or ""
        if hashlib.sha256(text.encode()).hexdigest() != self.digest:
            raise SnapshotChanged(self.serial)
        snapshot: Snapshot = json.loads(text)
        return snapshot

    def sealed_record(self) -> dict[str, Any]:
        """`digest` stands for the snapshot."""
        return columns_of(self, leave=frozenset({"snapshot"}))

    @property
    def district_id(self) -> Any:
        """Where the role of whoever acts on the certificate must hold."""
        return self.case.district_id

    @property
    def applicant_id(self) -> Any:
        return self.case.applicant_id

    @property
    def code(self) -> str:
        """The verification code: 16 capital hex digits of the snapshot's digest."""
        return self.digest[:16].upper()
