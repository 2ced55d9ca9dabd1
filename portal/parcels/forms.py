from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.core.forms import PortalForm
from portal.core.identifiers import only_digits
from portal.parcels import lookup
from portal.parcels.models import Parcel

POSTAL_CODE_DIGITS = 10


class FindForm(PortalForm):
    """One line: a renovation code, or a postal code."""

    text = forms.CharField(
        label=_("Renovation code or postal code"), max_length=60, widget=forms.TextInput(attrs={"dir": "ltr"})
    )

    def found(self) -> lookup.Found:
        """The land of the typed code; call it on a valid form."""
        return self._found

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"]
        try:
            is_postal = len(only_digits(text)) == POSTAL_CODE_DIGITS and text.isdigit()
            self._found = lookup.by_postal_code(text) if is_postal else lookup.find(text, Parcel.objects.land())
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error
        return text


class FrameForm(forms.Form):
    """A box in degrees, no wider than a few neighbourhoods."""

    WIDEST_DEGREES = 0.05

    west = forms.FloatField(min_value=40, max_value=50)
    south = forms.FloatField(min_value=30, max_value=42)
    east = forms.FloatField(min_value=40, max_value=50)
    north = forms.FloatField(min_value=30, max_value=42)

    def clean(self) -> dict[str, Any]:
        box = super().clean() or {}
        if len(box) == 4:
            width, height = box["east"] - box["west"], box["north"] - box["south"]
            if not (0 < width <= self.WIDEST_DEGREES and 0 < height <= self.WIDEST_DEGREES):
                raise forms.ValidationError(_("Come closer: the map shows one part of the city at a time."))
        return box


class PointForm(forms.Form):
    """A point in degrees."""

    longitude = forms.FloatField(min_value=40, max_value=50)
    latitude = forms.FloatField(min_value=30, max_value=42)
