from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from districts.models import District
from portal.core.forms import PortalForm, RenovationCodeField
from portal.core.identifiers import RenovationCode


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
