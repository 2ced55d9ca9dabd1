"""Forms: they check input and never save. Fields take what people type: any digits, Arabic letters, stray marks."""

import uuid
from datetime import date
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from portal.core import identifiers
from portal.core.calendar import jalali, local_date, parse_jalali
from portal.core.identifiers import RenovationCode
from portal.core.persian import ascii_digits, fa_number, normalise
from portal.core.templatetags.ui import fa


class PortalForm(forms.Form):
    """The base of every form: Persian text is normalised before any rule sees it.

    Its crispy helper renders the fields only; the page writes the <form> element and the CSRF token.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.is_bound:
            self.data = self._normalised(self.data)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True

    def full_clean(self) -> None:
        for field in self.fields.values():
            if field.error_messages.get("required") is forms.Field.default_error_messages["required"]:
                field.error_messages["required"] = _("Fill in this item.")
        super().full_clean()

    def _normalised(self, data: Any) -> Any:
        """A copy of the data with the text of every CharField normalised; passwords stay as typed."""
        copy = data.copy()
        for name, field in self.fields.items():
            key = self.add_prefix(name)
            is_text = isinstance(field, forms.CharField) and not isinstance(field.widget, forms.PasswordInput)
            if is_text and isinstance(copy.get(key), str):
                copy[key] = normalise(copy[key], keep_lines=isinstance(field.widget, forms.Textarea))
        return copy


class StepForm(PortalForm):
    """A form that takes a step: it remembers the revision the page showed and sends its content only once."""

    seen = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)
    key = forms.UUIDField(required=False, initial=uuid.uuid4, widget=forms.HiddenInput)

    @property
    def facts(self) -> dict[str, Any]:
        """The clean data without the two hidden fields."""
        return {name: value for name, value in self.cleaned_data.items() if name not in {"seen", "key"}}


# --- fields -------------------------------------------------------------------------------------------------------


_shown = lazy(fa, str)
"""An example in the digits of the page's language, known only when the page is made."""


def _digits(*, autocomplete: str = "off", placeholder: str = "") -> dict[str, Any]:
    """Attributes of an input for digits: a numeric keyboard, left to right in a right-to-left page."""
    attributes: dict[str, Any] = {"inputmode": "numeric", "dir": "ltr", "autocomplete": autocomplete}
    return attributes | ({"placeholder": _shown(placeholder)} if placeholder else {})


class _ParsedField(forms.CharField):
    """A text field whose value goes through one parser; the parser's ValueError is the citizen's message."""

    attributes: dict[str, Any] = _digits()

    def parse(self, text: str) -> Any:
        raise NotImplementedError

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return None
        try:
            return self.parse(text)
        except ValueError as error:
            raise ValidationError(str(error), code="invalid") from error

    def run_validators(self, value: Any) -> None:
        """The parser has already judged the text."""

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {**super().widget_attrs(widget), **self.attributes}


class NationalCodeField(_ParsedField):
    """A person's national code; cleans to 10 ASCII digits."""

    default_error_messages = {"required": _("Enter the 10-digit national code.")}

    def parse(self, text: str) -> str:
        return identifiers.parse_national_code(text)


class MobileField(_ParsedField):
    """An Iranian mobile number; cleans to 09xxxxxxxxx."""

    attributes = _digits(autocomplete="tel-national", placeholder="09")
    default_error_messages = {"required": _("Enter the mobile number, beginning with 09.")}

    def parse(self, text: str) -> str:
        return identifiers.parse_mobile(text)


class PostalCodeField(_ParsedField):
    """A postal code; cleans to 10 ASCII digits."""

    attributes = _digits(autocomplete="postal-code")

    def parse(self, text: str) -> str:
        return identifiers.parse_postal_code(text)


class RenovationCodeField(_ParsedField):
    """The municipality's key of a property; cleans to a RenovationCode, whose str() is the canonical text."""

    attributes = {"dir": "ltr", "autocomplete": "off", "placeholder": _shown("3-2-145-18-1-4-0")}
    default_error_messages = {"required": _("Enter the renovation code; it is printed on the renovation bill.")}

    def parse(self, text: str) -> RenovationCode:
        widths = getattr(settings, "RENOVATION_CODE_WIDTHS", identifiers.DEFAULT_WIDTHS)
        return RenovationCode.parse(text, widths=widths)


class TrackingCodeField(_ParsedField):
    """A tracking reference; cleans to 13 ASCII digits."""

    default_error_messages = {"required": _("Enter the 13-digit tracking code from the receipt or text message.")}

    def parse(self, text: str) -> str:
        return str(identifiers.parse_reference(text))


class JalaliDateField(_ParsedField):
    """A date typed in Jalali; cleans to a Gregorian date and shows Jalali again."""

    attributes = _digits(placeholder="1405/08/20") | {"data-jalali": ""}
    default_error_messages = {
        "required": _("Enter the date as year/month/day."),
        "future": _("This date is in the future. Enter the date written on the paper."),
        "too_early": _("This date is too far in the past. Check the year."),
        "too_late": _("This date is too far in the future. Check the year."),
    }

    def __init__(
        self,
        *,
        allow_future: bool = True,
        earliest: date | None = None,
        latest: date | None = None,
        **options: Any,
    ) -> None:
        self.allow_future, self.earliest, self.latest = allow_future, earliest, latest
        super().__init__(**options)

    def parse(self, text: str) -> date:
        return parse_jalali(text)

    def to_python(self, value: Any) -> Any:
        return local_date(value) if isinstance(value, date) else super().to_python(value)

    def validate(self, value: date | None) -> None:
        super().validate(value)
        if value is None:
            return
        if not self.allow_future and value > local_date(timezone.now()):
            raise self._error("future")
        if self.earliest and value < self.earliest:
            raise self._error("too_early")
        if self.latest and value > self.latest:
            raise self._error("too_late")

    def _error(self, code: str) -> ValidationError:
        return ValidationError(self.error_messages[code], code=code)

    def prepare_value(self, value: Any) -> Any:
        return jalali(value) if isinstance(value, date) else value


class PersianIntegerField(forms.IntegerField):
    """A whole number in any digits, with or without thousands signs."""

    widget = forms.TextInput
    default_error_messages = {"invalid": _("Enter a whole number, digits only.")}

    def to_python(self, value: Any) -> int | None:
        if isinstance(value, str):
            value = ascii_digits(normalise(value)).translate({ord(sign): None for sign in "٬,،’ "})
        return super().to_python(value)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {**super().widget_attrs(widget), **_digits()}


class RialField(PersianIntegerField):
    """An amount in whole rials; the word «ریال» may be typed after it."""

    default_error_messages = {"invalid": _("Enter the amount in whole rials, digits only.")}

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"min_value": 0, "max_value": 10**15, **options})

    def to_python(self, value: Any) -> int | None:
        if isinstance(value, str):
            value = normalise(value).removesuffix("ریال")
        return super().to_python(value)

    def prepare_value(self, value: Any) -> Any:
        return fa_number(value) if isinstance(value, int) else value
