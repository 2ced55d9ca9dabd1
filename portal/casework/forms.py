"""Tracking without signing in; asking for the original of a paper."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from portal.casework.models import OriginalRequest
from portal.core.forms import PortalForm, TrackingCodeField
from portal.core.persian import ascii_digits


class TrackForm(PortalForm):
    """A tracking code and the last four digits of the applicant's mobile."""

    reference = TrackingCodeField(label=_("Tracking code, 13 digits"))
    last_four = forms.CharField(
        label=_("Last four digits of the mobile"),
        max_length=8,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "dir": "ltr", "autocomplete": "off", "maxlength": 4}),
    )

    def clean_last_four(self) -> str:
        digits = ascii_digits(self.cleaned_data["last_four"]).strip()
        if len(digits) != 4 or not digits.isdigit():
            raise ValidationError(_("Enter exactly the last four digits of the mobile number you filed with."))
        return digits


class AskOriginalForm(PortalForm):
    """Why the pictures of a paper's pages are not enough."""

    reason = forms.ChoiceField(
        label=_("Reason"), choices=OriginalRequest.Reason.choices, widget=forms.RadioSelect,
        error_messages={"required": _("Choose why the pictures of the pages are not enough.")},
    )  # fmt: skip
