from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from districts.models import District, Rollout, Suspension
from portal.catalogue.models import Service
from portal.core.forms import JalaliDateField, PortalForm, RenovationCodeField
from portal.core.identifiers import RenovationCode
from portal.workflow.forms import SubjectForm

PLANNED_AHEAD = timedelta(days=3 * 366)  # beyond it a mistyped year is likelier than a plan


class CoverageForm(PortalForm):
    """A renovation code from which the district is read; its later parts may be missing."""

    code = RenovationCodeField(label=_("Renovation code"))

    def clean(self) -> dict[str, Any]:
        """Adds `district`, the District of the code."""
        data = super().clean() or {}
        code: RenovationCode | None = data.get("code")
        if code is not None:
            data["district"] = District.objects.filter(number=code.district).first()
            if data["district"] is None:
                raise forms.ValidationError({"code": _("The city has no district with this number.")})
        return data


# --- rollouts --------------------------------------------------------------------------------------------------------


class PlanForm(PortalForm):
    """Which service begins to be prepared in which district."""

    service = forms.ModelChoiceField(Service.objects.all())
    district = forms.ModelChoiceField(District.objects.all())


class AnnounceForm(SubjectForm):
    """The day on which the service is planned to go live."""

    planned_on = JalaliDateField(
        label=_("Planned day"),
        help_text=_("Everybody reads it on the page of districts; it can be announced anew."),
        error_messages={"too_early": _("This day has passed. Announce today or a later day.")},
    )

    def __init__(self, *args: Any, subject: Rollout, **options: Any) -> None:
        super().__init__(*args, subject=subject, **options)
        today = timezone.localdate()
        field: Any = self.fields["planned_on"]
        field.earliest, field.latest = today, today + PLANNED_AHEAD


class EffectiveForm(SubjectForm):
    """The day from which a step counts: today or a day before, never before what it follows."""

    effective_on = JalaliDateField(
        label=_("Counts from"),
        allow_future=False,
        initial=timezone.localdate,
        error_messages={
            "future": _("This date lies in the future. Announce it as the planned date instead."),
            "too_early": _("This day is too early here: it lies before the step that this one follows."),
        },
    )

    def __init__(self, *args: Any, subject: Rollout, **options: Any) -> None:
        super().__init__(*args, subject=subject, **options)
        field: Any = self.fields["effective_on"]
        field.earliest = subject.suspended_on or subject.live_on or subject.service.valid_from


class GoLiveForm(EffectiveForm):
    """Opens the service in the district."""


class SuspendForm(EffectiveForm):
    """Closes it for now, for a reason of the list."""

    reason = forms.ChoiceField(
        label=_("Reason"),
        choices=[("", _("Choose a reason")), *Suspension.choices],
        error_messages={"required": _("Choose a reason")},
    )


class ResumeForm(EffectiveForm):
    """Opens it again."""
