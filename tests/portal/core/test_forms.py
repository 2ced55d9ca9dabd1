"""Fields take what people type and say what to do next."""

from datetime import date, timedelta
from typing import Any

import pytest
from django import forms
from django.utils import timezone

from portal.core import forms as portal_forms
from portal.core.calendar import from_jalali, jalali, local_date
from portal.core.forms import PortalForm, StepForm
from portal.core.identifiers import RenovationCode, make_reference


class SampleForm(StepForm):
    name = forms.CharField(required=False)
    note = forms.CharField(required=False, widget=forms.Textarea)
    secret = forms.CharField(required=False, widget=forms.PasswordInput)


def cleaned(field: forms.Field, typed: str) -> Any:
    return field.clean(typed)


def message(field: forms.Field, typed: str) -> str:
    with pytest.raises(forms.ValidationError) as caught:
        field.clean(typed)
    return " ".join(caught.value.messages)


# --- the form ---


def test_text_is_normalised_before_any_rule_sees_it() -> None:
    form = SampleForm({"name": " علي\u200f  كريمي ", "note": "يك\r\n\r\n\r\nدو", "secret": " p\u200fي "})
    assert form.is_valid()
    assert form.cleaned_data["name"] == "علی کریمی"
    assert form.cleaned_data["note"] == "یک\n\nدو"
    assert form["name"].value() == "علی کریمی"


def test_a_password_stays_as_typed() -> None:
    form = SampleForm({"secret": "p\u200fي"})
    assert form.is_valid()
    assert form.cleaned_data["secret"] == "p\u200fي"


def test_a_prefixed_form_is_normalised_as_well() -> None:
    form = SampleForm({"a-name": "ك"}, prefix="a")
    assert form.is_valid()
    assert form.cleaned_data["name"] == "ک"


def test_the_data_given_by_the_caller_is_not_changed() -> None:
    data = {"name": "ك"}
    SampleForm(data)
    assert data == {"name": "ك"}


def test_facts_leave_the_hidden_fields_out() -> None:
    form = SampleForm({"name": "x", "seen": "3", "key": "0192f3a0-0000-7000-8000-000000000000"})
    assert form.is_valid()
    assert form.cleaned_data["seen"] == 3
    assert str(form.cleaned_data["key"]) == "0192f3a0-0000-7000-8000-000000000000"
    assert set(form.facts) == {"name", "note", "secret"}


def test_each_page_gets_its_own_key() -> None:
    assert SampleForm()["key"].value() != SampleForm()["key"].value()


def test_the_crispy_helper_leaves_form_and_token_to_the_page() -> None:
    helper = PortalForm().helper
    assert (helper.form_tag, helper.disable_csrf) == (False, True)


# --- fields ---


def test_codes_clean_to_ascii() -> None:
    reference = make_reference(1404, 1, 1, 123)
    assert cleaned(portal_forms.NationalCodeField(), "۹۹۰۰۰۰۱۰۶۰") == "9900001060"
    assert cleaned(portal_forms.MobileField(), "٠٩١٢٣٤٥٦٧٨٩") == "09123456789"
    assert cleaned(portal_forms.PostalCodeField(), "51356-15463") == "5135615463"
    assert cleaned(portal_forms.TrackingCodeField(), f" {reference} ") == reference
    assert cleaned(portal_forms.RenovationCodeField(), "۳/۲/۱۴۵/۱۸") == RenovationCode.of(3, 2, 145, 18)


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        (portal_forms.NationalCodeField(), "9900001061", "Compare it"),
        (portal_forms.NationalCodeField(), "", "Enter the 10-digit"),
        (portal_forms.MobileField(), "0441234567", "begins with 09"),
        (portal_forms.PostalCodeField(), "1", "10 digits"),
        (portal_forms.TrackingCodeField(), "1", "13 digits"),
        (portal_forms.RenovationCodeField(), "x", "like 3-2"),
        (portal_forms.JalaliDateField(), "1404/12/30", "no such day"),
        (portal_forms.JalaliDateField(), "tomorrow", "year/month/day"),
        (portal_forms.PersianIntegerField(), "abc", "whole number"),
        (portal_forms.RialField(), "12.5", "whole rials"),
        (portal_forms.RialField(), "-5", "0"),
    ],
)
def test_a_refusal_says_what_to_do(field: forms.Field, typed: str, said: str) -> None:
    assert said in message(field, typed)


def test_an_optional_field_may_stay_empty() -> None:
    assert cleaned(portal_forms.NationalCodeField(required=False), "  ") is None
    assert cleaned(portal_forms.JalaliDateField(required=False), "") is None


def test_a_city_narrows_its_renovation_codes_by_a_setting(settings: Any) -> None:
    settings.RENOVATION_CODE_WIDTHS = (1, 2, 4, 4, 2, 3, 3)
    assert "too long" in message(portal_forms.RenovationCodeField(), "12-1")


def test_a_date_is_typed_in_jalali_kept_gregorian_and_shown_jalali() -> None:
    field = portal_forms.JalaliDateField()
    assert cleaned(field, "۱۴۰۳.۱۲.۳۰") == date(2025, 3, 20)
    assert cleaned(field, "1403-12-30") == date(2025, 3, 20)
    assert field.prepare_value(date(2025, 3, 20)) == "۱۴۰۳/۱۲/۳۰"
    assert field.prepare_value("1403/1") == "1403/1"
    assert not field.has_changed(date(2025, 3, 20), "۱۴۰۳/۱۲/۳۰")
    assert field.has_changed(date(2025, 3, 20), "1403/12/29")


def test_a_letter_is_not_dated_tomorrow() -> None:
    today = local_date(timezone.now())
    field = portal_forms.JalaliDateField(allow_future=False)
    assert cleaned(field, jalali(today)) == today
    assert "future" in message(field, jalali(today + timedelta(days=1)))


def test_a_date_stays_within_its_bounds() -> None:
    field = portal_forms.JalaliDateField(earliest=from_jalali(1300, 1, 1), latest=from_jalali(1404, 1, 1))
    assert cleaned(field, "1300/01/01") == from_jalali(1300, 1, 1)
    assert "past" in message(field, "1299/12/29")
    assert "future" in message(field, "1404/01/02")


def test_amounts_and_numbers_take_thousands_signs() -> None:
    assert cleaned(portal_forms.RialField(), "۱٬۲۵۰٬۰۰۰ ريال") == 1_250_000
    assert cleaned(portal_forms.RialField(), "1,250,000") == 1_250_000
    assert cleaned(portal_forms.PersianIntegerField(), "٢٥") == 25
    assert portal_forms.RialField().prepare_value(1_250_000) == "۱٬۲۵۰٬۰۰۰"


def test_inputs_for_digits_ask_for_the_numeric_keyboard() -> None:
    html = portal_forms.NationalCodeField().widget.render("code", "")
    assert 'inputmode="numeric"' in html
    assert 'dir="ltr"' in html
