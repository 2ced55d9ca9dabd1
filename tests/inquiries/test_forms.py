"""What people type: any digits, Arabic letters, empty fields, wrong check digits, dates that cannot be."""

from datetime import timedelta
from fractions import Fraction
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from inquiries.forms import (
    QUESTIONS,
    ArchiveForm,
    DealForm,
    IntakeForm,
    PropertyForm,
    RejectForm,
    ReturnForm,
    ReviewForm,
    SendBackForm,
    ShareField,
    SubmitForm,
)
from portal.core.calendar import jalali, jalali_ascii

FA, AR = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"), str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


def deal(**changes) -> dict[str, str]:
    written_on = jalali_ascii(timezone.localdate() - timedelta(days=3))
    typed = {"deal": "sale", "share": "6", "notary_number": "12", "notary_city": "ارومیه", "letter_no": "1405/77"}
    return typed | {"letter_date": written_on, "buyer_national_code": "", "planned_on": ""} | changes


def sent(form, typed, subject):
    """The form as a page of `subject` sends it."""
    return form(typed | {"seen": str(subject.revision), "key": str(uuid4())}, subject=subject)


def errors(form) -> set[str]:
    form.is_valid()
    return set(form.errors)


# --- the deal ------------------------------------------------------------------------------------------------------


def test_an_empty_form_names_every_required_field():
    assert errors(DealForm({})) == {"deal", "share", "notary_number", "notary_city", "letter_no", "letter_date"}


def test_an_owner_is_not_the_buyer(maryam, reza):
    own, other = maryam.national_code, reza.national_code
    assert errors(DealForm(deal(buyer_national_code=own), owner_code=own)) == {"buyer_national_code"}
    assert errors(DealForm(deal(buyer_national_code=other), owner_code=own)) == set()
    assert errors(DealForm(deal(buyer_national_code=own))) == set()  # an attorney may buy


def test_examples_and_defaults_are_in_the_digits_of_the_page():
    with override("fa"):
        page = DealForm().as_p()
        assert 'placeholder="۱۴۰۵/۰۸/۲۰"' in page and 'value="۶"' in page
    with override("en"):
        page = DealForm().as_p()
        assert 'placeholder="1405/08/20"' in page and 'value="6"' in page


def test_what_is_missing_is_said_in_our_own_words():
    with override("en"):
        assert DealForm({}).errors["deal"] == ["Fill in this item."]


def test_errors_are_listed_in_the_order_of_the_page():
    order = ["notary_number", "notary_city", "letter_no", "letter_date", "deal", "share"]
    assert [field.name for field in DealForm({}) if field.errors] == order


def test_spaces_are_empty():
    blank = dict.fromkeys(deal(), " \u200c ")
    assert {"share", "notary_number", "letter_no", "letter_date"} <= errors(DealForm(blank))


@pytest.mark.parametrize("digits", [FA, AR])
def test_digits_of_any_script_become_ascii(digits):
    typed = {
        name: value.translate(digits) if name not in ("deal", "notary_city") else value
        for name, value in deal().items()
    }
    form = DealForm(typed)
    assert form.is_valid(), form.errors
    assert form.cleaned_data["notary_number"] == "12" and form.cleaned_data["letter_no"] == "1405/77"
    assert form.cleaned_data["letter_date"] == timezone.localdate() - timedelta(days=3)
    assert form.cleaned_data["share"] == 1


def test_arabic_letters_become_persian():
    form = DealForm(deal(notary_city="اروميه", letter_no="ك/۱۲"))
    assert form.is_valid(), form.errors
    assert form.cleaned_data["notary_city"] == "ارومیه" and form.cleaned_data["letter_no"] == "ک/12"


@pytest.mark.parametrize("days", [1, 400])
def test_a_letter_from_the_future_is_refused(days):
    day = jalali(timezone.localdate() + timedelta(days=days))
    assert errors(DealForm(deal(letter_date=day))) == {"letter_date"}


def test_a_letter_of_today_is_taken_and_one_of_half_a_year_ago_is_not():
    today = timezone.localdate()
    assert not errors(DealForm(deal(letter_date=jalali(today))))
    assert not errors(DealForm(deal(letter_date=jalali(today - timedelta(days=180)))))
    assert errors(DealForm(deal(letter_date=jalali(today - timedelta(days=181))))) == {"letter_date"}


@pytest.mark.parametrize(
    "typed", ["1405/13/01", "1404/12/30", "30/12/1403", "1405-08", "فردا", "2026/11/21", "1405/08/31"]
)
def test_a_date_that_cannot_be_is_refused(typed):
    assert errors(DealForm(deal(letter_date=typed))) == {"letter_date"}


def test_a_planned_day_lies_ahead():
    today = timezone.localdate()
    assert not errors(DealForm(deal(planned_on=jalali(today))))
    assert errors(DealForm(deal(planned_on=jalali(today - timedelta(days=1))))) == {"planned_on"}


@pytest.mark.parametrize("code", ["9900001061", "1111111111", "123", "99000010600", "abcdefghij"])
def test_a_national_code_with_a_wrong_check_digit_is_refused(code):
    assert errors(DealForm(deal(buyer_national_code=code))) == {"buyer_national_code"}


@pytest.mark.parametrize(("field", "typed"), [
    ("deal", "loan"), ("notary_number", "دوازده"), ("notary_number", "1234567"), ("letter_no", "x" * 41),
    ("notary_city", "x" * 61), ("notary_number", "-1"), ("letter_no", "\x00"),
])  # fmt: skip
def test_what_does_not_fit_is_refused(field, typed):
    assert errors(DealForm(deal(**{field: typed}))) == {field}


# --- the share -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("typed", "share"), [
    ("6", Fraction(1)), ("۳", Fraction(1, 2)), ("1.5", Fraction(1, 4)), ("۱٫۵", Fraction(1, 4)),
    ("3/2", Fraction(1, 4)), (" ٢ ", Fraction(1, 3)), ("0.001", Fraction(1, 6000)),
])  # fmt: skip
def test_a_share_in_dang_is_exact(typed, share):
    assert ShareField().clean(typed) == share


@pytest.mark.parametrize(
    "typed", ["0", "-1", "6.1", "7", "1/0", "nan", "inf", "6e0", "1e99999999", "یک", "3/2/1", "0.000000000001"]
)
def test_what_is_no_share_is_refused(typed):
    with pytest.raises(ValidationError):
        ShareField().clean(typed)


@given(st.fractions(min_value=0, max_value=6, max_denominator=1000).filter(bool))
def test_a_share_is_shown_as_it_was_typed(dang):
    field = ShareField()
    share = field.clean(str(dang))
    assert share == dang / 6 and field.clean(field.prepare_value(share)) == share


@given(st.text(max_size=20))
def test_no_text_breaks_the_share(text):
    try:
        share = ShareField(required=False).clean(text)
    except ValidationError:
        return
    assert share is None or 0 < share <= 1


# --- the other steps -----------------------------------------------------------------------------------------------


def test_an_invented_capacity_is_refused():
    assert errors(PropertyForm({"renovation_code": "1-1-1-1", "capacity": "king"})) == {"capacity"}


def test_the_declaration_must_be_ticked(draft):
    assert errors(sent(SubmitForm, {}, draft)) == {"is_declared"}


def test_a_form_remembers_the_revision_that_its_page_showed(draft):
    assert SubmitForm(subject=draft)["seen"].value() == draft.revision


def test_intake_needs_both_ticks(case_at):
    assert errors(sent(IntakeForm, {}, case_at("in_intake"))) == {"is_letter_readable", "is_identity_matching"}


def test_a_file_in_the_archive_has_a_number(case_at):
    case = case_at("in_archive_match")
    assert errors(sent(ArchiveForm, {"has_file": "yes"}, case)) == {"file_number"}
    assert not errors(sent(ArchiveForm, {"has_file": "no"}, case))
    assert errors(sent(ArchiveForm, {}, case)) == {"has_file"}


def test_every_question_is_answered_with_one_of_three_words(case_at):
    case = case_at("in_review")
    assert errors(sent(ReviewForm, {}, case)) == set(QUESTIONS)
    odd = dict.fromkeys(QUESTIONS, "yes") | {"deed_matches": "perhaps"}
    assert errors(sent(ReviewForm, odd, case)) == {"deed_matches"}


def test_a_return_names_at_least_one_thing_with_a_known_reason(case_at):
    case = case_at("in_review")
    assert errors(sent(ReturnForm, {"note": "لطفاً درست کنید."}, case)) == {"__all__"}
    assert "item_letter_no" in errors(sent(ReturnForm, {"item_letter_no": "B99"}, case))
    assert "item_letter_no" in errors(sent(ReturnForm, {"item_letter_no": "B14"}, case))  # debts ask for themselves
    form = sent(ReturnForm, {"item_letter_no": "B02", "item_state": "B01"}, case)
    assert form.is_valid() and form.cleaned_data["items"] == {"letter_no": "B02"}


def test_a_rejection_needs_a_known_reason_and_an_explanation(case_at):
    case = case_at("in_review")
    assert errors(sent(RejectForm, {}, case)) == {"reason", "note"}
    assert errors(sent(RejectForm, {"reason": "R99", "note": "x"}, case)) == {"reason"}
    assert errors(sent(RejectForm, {"reason": "R01", "note": "x" * 501}, case)) == {"note"}


def test_sending_back_needs_a_word(case_at):
    assert errors(sent(SendBackForm, {"note": "  "}, case_at("awaiting_approval"))) == {"note"}
