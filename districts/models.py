"""Territory: districts and their neighbourhoods, the service desks, and where which service is live."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Concat
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import Role
from portal.core.calendar import jalali
from portal.core.identifiers import uuid7
from portal.core.templatetags.ui import fa
from portal.workflow.models import Stateful

if TYPE_CHECKING:
    from portal.accounts.actors import Actor
    from portal.catalogue.models import Service

FA = "fa-x-icu"


class District(models.Model):
    """A municipal district (منطقه). Its number is its name in law, in every renovation code and in every key."""

    number = models.PositiveSmallIntegerField(_("number"), primary_key=True)
    name = models.CharField(_("name"), max_length=80, db_collation=FA)
    outline_cm = models.JSONField(_("outline"), null=True, blank=True, help_text=_("UTM 38N, whole centimetres."))
    outline_wgs84 = models.JSONField(_("outline on the map"), null=True, blank=True)

    class Meta:
        verbose_name = _("district")
        ordering = ["number"]
        constraints = [models.CheckConstraint(condition=Q(number__gt=0), name="district_number_is_positive")]

    def __str__(self) -> str:
        return gettext("District %(number)s") % {"number": fa(self.number)}


class Neighbourhood(models.Model):
    """A neighbourhood (ناحیه), the second part of a renovation code."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    district = models.ForeignKey(District, models.PROTECT, related_name="neighbourhoods")
    number = models.PositiveSmallIntegerField(_("number"))
    name = models.CharField(_("name"), max_length=80, db_collation=FA)
    outline_cm = models.JSONField(_("outline"), null=True, blank=True)
    outline_wgs84 = models.JSONField(_("outline on the map"), null=True, blank=True)

    class Meta:
        verbose_name = _("neighbourhood")
        ordering = ["district", "number"]
        constraints = [
            models.UniqueConstraint(fields=["district", "number"], name="neighbourhood_number_once_a_district")
        ]

    def __str__(self) -> str:
        return self.name


class ServiceDesk(models.Model):
    """The help desk (باجه) that each district opened together with the system."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    district = models.ForeignKey(District, models.PROTECT, related_name="desks")
    title = models.CharField(_("title"), max_length=120, db_collation=FA)
    address = models.CharField(_("address"), max_length=200)
    hours = models.CharField(_("hours"), max_length=200)
    phone = models.CharField(_("phone"), max_length=40)
    is_open = models.BooleanField(_("open"), default=True)

    class Meta:
        verbose_name = _("service desk")
        ordering = ["district", "title"]
        constraints = [models.UniqueConstraint(fields=["district", "title"], name="service_desk_once_a_district")]

    def __str__(self) -> str:
        return self.title


class Suspension(models.TextChoices):
    """Why a service is suspended; the ledger keeps the code."""

    MAINTENANCE = "maintenance", _("Maintenance")
    LEGAL_ORDER = "legal_order", _("Order of a court or an authority")
    FAULT = "fault", _("Fault in the system")


def reads_rollouts(actor: Actor) -> bool:
    return Role.ROLLOUT_MANAGER in actor.roles or actor.is_auditor


class RolloutQuerySet(models.QuerySet["Rollout"]):
    def visible_to(self, actor: Actor) -> Self:
        """The pages of rollouts are for their managers and for auditors; `filter(code=…)` finds one by its address.

        The public reads of coverage (`live`, `why_not_live`) need no actor: where a service is live is no secret.
        """
        named = self.alias(code=Concat("service__code", Value("-"), "district_id", output_field=models.CharField()))
        return named if reads_rollouts(actor) else named.none()

    def live(self) -> Self:
        return self.filter(state="live")

    def is_live(self, service: Service, district: District | int) -> bool:
        return self.live().filter(service=service, district=district).exists()


class Rollout(Stateful):
    """One service in one district: planned, live or suspended."""

    service = models.ForeignKey("catalogue.Service", models.PROTECT, related_name="rollouts")
    district = models.ForeignKey(District, models.PROTECT, related_name="rollouts")
    planned_on = models.DateField(_("planned on"), null=True, blank=True)
    live_on = models.DateField(_("live since"), null=True, blank=True)
    suspended_on = models.DateField(_("suspended since"), null=True, blank=True)

    objects = RolloutQuerySet.as_manager()

    class Meta:
        verbose_name = _("rollout")
        constraints = [
            models.UniqueConstraint(
                fields=["service", "district"],
                name="rollout_once_a_service_and_district",
                violation_error_message=_("This service already has a rollout in this district."),
            ),
            models.CheckConstraint(
                condition=~Q(state="live") | Q(live_on__isnull=False), name="rollout_live_has_its_date"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service_id} @ {self.district_id}: {self.state}"

    @property
    def code(self) -> str:
        """The rollout's name in addresses: `transfer-1`."""
        return f"{self.service.code}-{self.district_id}"

    def get_absolute_url(self) -> str:
        return reverse("districts:rollout", args=[self.code])


def why_not_live(service: Service, district: District, *, today: date | None = None) -> str:
    """The sentence for a person whose district is not live yet, with the way forward; empty when it is live.

    It names the planned date when one is announced and still ahead, and the desk with address, hours and phone.
    """
    rollout = Rollout.objects.filter(service=service, district=district).first()
    if rollout is not None and rollout.state == "live":
        return ""
    names = {"district": str(district), "service": service.local_title}
    if rollout is not None and rollout.state == "suspended":
        opening = gettext("%(service)s is suspended in %(district)s for now.") % names
    elif rollout is not None and rollout.planned_on and rollout.planned_on >= (today or timezone.localdate()):
        planned = names | {"date": jalali(rollout.planned_on)}
        opening = gettext("%(service)s is not live in %(district)s yet; it is planned for %(date)s.") % planned
    else:
        opening = gettext("%(service)s is not live in %(district)s yet.") % names
    desk = district.desks.filter(is_open=True).first()
    if desk is None:
        return opening
    way_on = gettext("The desk helps you: %(desk)s, %(address)s, %(hours)s, phone %(phone)s.")
    place = {"desk": desk.title, "address": desk.address, "hours": desk.hours, "phone": desk.phone}
    return f"{opening} {way_on % place}"
