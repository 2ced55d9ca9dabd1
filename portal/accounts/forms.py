"""What people type to sign in. Input only: whether it is right is decided by `sign_in` and `second_factor`."""

import re
from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import User
from portal.core.forms import MobileField, NationalCodeField, PortalForm
from portal.core.identifiers import only_digits

NAME = re.compile(r"[^\d<>@#$%^&*_=+{}\[\]|\\/~]{2,}( [^\d<>@#$%^&*_=+{}\[\]|\\/~]+)+")


class DigitsField(forms.CharField):
    """Digits of any script; cleans to ASCII digits of one of the allowed lengths."""

    def __init__(self, *, lengths: tuple[int, ...], **options: Any) -> None:
        self.lengths = lengths
        super().__init__(**options)

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        digits = only_digits(text)
        if text and len(digits) not in self.lengths:
            raise ValidationError(self.error_messages["length"], code="length")
        return digits

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {
            **super().widget_attrs(widget),
            "inputmode": "numeric",
            "autocomplete": "one-time-code",
            "dir": "ltr",
            "class": "code-input",
            "autofocus": True,
        }


class CitizenSignInForm(PortalForm):
    national_code = NationalCodeField(
        label=_("National code"),
        help_text=_("10 digits, in any keyboard language."),
        max_length=60,
        widget=forms.TextInput(attrs={"class": "code-input", "autofocus": True}),
    )
    mobile = MobileField(
        label=_("Mobile number"),
        help_text=_("In your own name. The one-time code is sent to this number."),
        max_length=60,
        widget=forms.TextInput(attrs={"class": "code-input"}),
    )
    next = forms.CharField(required=False, widget=forms.HiddenInput)


class CodeForm(PortalForm):
    code = DigitsField(
        label=_("One-time code"),
        lengths=(6,),
        max_length=40,
        error_messages={
            "required": _("Enter the 6-digit code."),
            "length": _("The code has exactly 6 digits. Look at the message again."),
        },
    )


class NameForm(PortalForm):
    full_name = forms.CharField(
        label=_("First name and family name"),
        help_text=_("As on the national card. It is printed on your requests."),
        min_length=5,
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={
            "required": _("Enter your first name and family name."),
            "min_length": _("Enter both your first name and your family name."),
        },
    )

    def clean_full_name(self) -> str:
        name: str = self.cleaned_data["full_name"]
        if any(sign.isdigit() for sign in name):
            raise ValidationError(_("A name has no digits. Write it as on the national card."), code="digits")
        if not NAME.fullmatch(name):
            raise ValidationError(_("Enter both your first name and your family name."), code="name")
        return name


class StaffSignInForm(PortalForm):
    username = forms.CharField(
        label=_("User name"),
        max_length=40,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "username",
                "dir": "ltr",
                "autocapitalize": "none",
                "class": "code-input",
                "autofocus": True,
            }
        ),
        error_messages={"required": _("Enter your user name.")},
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "dir": "ltr", "class": "code-input"}),
        error_messages={"required": _("Enter your password.")},
    )
    next = forms.CharField(required=False, widget=forms.HiddenInput)


class SecondFactorForm(PortalForm):
    code = DigitsField(
        label=_("Code of the authenticator app"),
        lengths=(6, 8),
        max_length=40,
        help_text=_("6 digits; or, when the phone is not at hand, an 8-digit recovery code."),
        error_messages={
            "required": _("Enter the code that the app shows now."),
            "length": _("A code of the app has 6 digits, a recovery code 8."),
        },
    )


class EnrolForm(PortalForm):
    code = DigitsField(
        label=_("The code that the app now shows"),
        lengths=(6,),
        max_length=40,
        error_messages={
            "required": _("Enter the code that the app shows now."),
            "length": _("The code has exactly 6 digits."),
        },
    )


class PasswordForm(PortalForm):
    password = forms.CharField(
        label=_("New password"),
        help_text=_("At least 12 characters. Four unrelated words are stronger than a short riddle."),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "dir": "ltr"}),
        error_messages={"required": _("Enter the new password.")},
    )
    again = forms.CharField(
        label=_("New password once more"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "dir": "ltr"}),
        error_messages={"required": _("Enter the new password a second time.")},
    )

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.user = user

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password, self.user)
        return password

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("password") and cleaned.get("again") and cleaned["password"] != cleaned["again"]:
            self.add_error("again", _("The two passwords are not the same."))
        return cleaned
