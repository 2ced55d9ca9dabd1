"""The rows that the migration loads, and what the rules answer."""

from datetime import date, datetime

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from portal.catalogue import fees, holidays, rules
from portal.catalogue.models import (
    BlockingDebt,
    FeeRule,
    Holiday,
    HolidayCalendar,
    ReasonCode,
    RequiredDocument,
    Service,
    ValidityRule,
)
from portal.core.calendar import FRIDAY, TEHRAN, THURSDAY, from_jalali, to_jalali

pytestmark = pytest.mark.django_db

DAY = from_jalali(1405, 2, 1)
HOLIDAYS_1405 = {
    "0101", "0102", "0103", "0104", "0112", "0113", "0125", "0306", "0314", "0315", "0403", "0404", "0513", "0521",
    "0522", "0530", "0608", "0822", "1002", "1016", "1104", "1122", "1210", "1219", "1220", "1229",
}  # fmt: skip


@pytest.fixture
def transfer() -> Service:
    return Service.objects.get(code="transfer")


def test_three_services_stand_and_only_transfer_is_open() -> None:
    assert list(Service.objects.values_list("code", "kind_digit", "is_open")) == [
        ("transfer", 1, True),
        ("bank", 2, False),
        ("office", 3, False),
    ]


def test_titles_follow_the_language_of_the_page(transfer: Service) -> None:
    assert str(transfer) == "استعلام نقل و انتقال"
    with translation.override("en"):
        assert str(transfer) == "Transfer inquiry"


def test_a_transfer_needs_letter_identity_and_deed(transfer: Service) -> None:
    needed = rules.documents(transfer, DAY).filter(need=RequiredDocument.Need.ALWAYS)
    assert [document.code for document in needed] == ["inquiry_letter", "identity", "title_deed"]


def test_every_reason_says_what_to_do_and_every_rejection_how_to_object() -> None:
    returned, rejected = (list(rules.reasons(stage, DAY)) for stage in ("return", "reject"))
    assert [reason.code for reason in returned] == [f"B{number:02d}" for number in range(1, 16)]
    assert [reason.code for reason in rejected] == [f"R{number:02d}" for number in range(1, 12)]
    assert {r.code for r in [*returned, *rejected] if r.basis == "تبصرهٔ ۸ مادهٔ ۱۰۰"} == {"B15", "R11"}
    assert all(reason.guidance and reason.guidance_en and reason.title_en for reason in [*returned, *rejected])
    assert all(reason.objection and reason.objection_en for reason in rejected)


def test_debts_that_block_a_transfer_only_inform_a_bank(transfer: Service) -> None:
    assert rules.blocking_lines(transfer, DAY) >= {"renovation", "waste", "article100"}
    assert "setback_credit" not in rules.blocking_lines(transfer, DAY)
    assert rules.blocking_lines(Service.objects.get(code="bank"), DAY) == {"article100"}


def test_rules_hold_only_between_their_dates(transfer: Service) -> None:
    assert rules.working_days(transfer, "total", DAY) == 3
    assert rules.working_days(transfer, "total", date(2019, 1, 1)) is None
    BlockingDebt.objects.filter(line="waste").update(valid_to=DAY)
    assert "waste" in rules.blocking_lines(transfer, DAY)
    assert "waste" not in rules.blocking_lines(transfer, from_jalali(1405, 2, 2))


def test_dates_of_effect_must_be_in_order(transfer: Service) -> None:
    with pytest.raises(IntegrityError, match="service_dates_in_order"), transaction.atomic():
        Service.objects.filter(pk=transfer.pk).update(valid_to=date(2000, 1, 1))


# --- validity ---


@pytest.mark.parametrize(
    ("issued", "last"),
    [
        ((1404, 2, 1), (1404, 4, 29)),
        ((1403, 11, 20), (1403, 12, 30)),
        ((1404, 11, 20), (1404, 12, 29)),
        ((1404, 12, 29), (1404, 12, 29)),
        ((1405, 1, 1), (1405, 3, 29)),
    ],
)
def test_a_transfer_answer_ends_with_the_jalali_year(
    transfer: Service, issued: tuple[int, int, int], last: tuple[int, int, int]
) -> None:
    assert to_jalali(rules.valid_until(transfer, from_jalali(*issued))) == last


def test_an_answer_to_a_bank_runs_over_the_new_year() -> None:
    bank = Service.objects.get(code="bank")
    assert rules.valid_until(bank, date(2026, 1, 1)) == date(2026, 6, 30)


def test_the_rule_of_a_district_goes_before_the_rule_of_the_city(transfer: Service) -> None:
    ValidityRule.objects.create(
        service=transfer, district_number=2, validity_days=30, valid_from=from_jalali(1404, 1, 1)
    )
    assert to_jalali(rules.valid_until(transfer, from_jalali(1404, 2, 1), 2)) == (1404, 2, 31)
    assert to_jalali(rules.valid_until(transfer, from_jalali(1404, 2, 1), 3)) == (1404, 4, 29)


# --- holidays ---


def test_the_frozen_table_has_the_published_days_of_1405() -> None:
    year = Holiday.objects.filter(date__range=(from_jalali(1405, 1, 1), from_jalali(1405, 12, 29)))
    found = {"{1:02d}{2:02d}".format(*to_jalali(holiday.date)): holiday for holiday in year}
    assert set(found) == HOLIDAYS_1405
    estimated = {day for day, holiday in found.items() if holiday.is_estimated}
    assert estimated == {"1016", "1104", "1210", "1219", "1220"}


@pytest.mark.parametrize(("first", "last", "days"), [("2023-08-01", "2023-08-02", 2), ("2026-03-01", "2026-03-07", 7)])
def test_national_closures_are_in_the_table(first: str, last: str, days: int) -> None:
    assert Holiday.objects.filter(date__range=(first, last)).count() == days


def test_closures_name_the_version_by_which_they_count() -> None:
    closed = holidays.closures(DAY)
    assert closed.version == HolidayCalendar.objects.get().version
    assert closed.closed_weekdays == {THURSDAY, FRIDAY}
    assert THURSDAY in closed.closes_at
    assert FRIDAY not in closed.closes_at


def test_a_newer_version_holds_from_its_publication_on() -> None:
    old = HolidayCalendar.objects.get()
    published = datetime(2027, 1, 10, 9, tzinfo=TEHRAN)
    HolidayCalendar.objects.create(version="newer", published_at=published)
    assert holidays.closures(date(2027, 1, 9)).version == old.version
    assert holidays.closures(date(2027, 1, 10)).version == "newer"
    assert holidays.closures(date(2020, 10, 11)).version == old.version


def test_a_table_is_loaded_once() -> None:
    assert not holidays.store(holidays.frozen_table(), HolidayCalendar, Holiday)
    assert holidays.store({**holidays.frozen_table(), "version": "again"}, HolidayCalendar, Holiday)


def test_a_deadline_before_nowruz_ends_after_it(transfer: Service) -> None:
    deadline = rules.deadline(transfer, "total", datetime(2026, 3, 18, 10, tzinfo=TEHRAN))
    assert deadline is not None
    assert to_jalali(deadline.date) == (1405, 1, 9)
    assert rules.deadline(transfer, "awaiting_nothing", datetime(2026, 3, 18, 10, tzinfo=TEHRAN)) is None


# --- fees ---


def test_a_bill_keeps_the_lines_of_its_day(transfer: Service) -> None:
    common = {"service": transfer, "title_en": "-", "valid_from": DAY}
    FeeRule.objects.create(code="answer", title="پاسخ", amount_rial=500_000, **common)
    FeeRule.objects.create(code="visit", title="بازدید", amount_rial=1_250_000, **common)
    lines = fees.fee_lines(FeeRule.objects.on(DAY).filter(service=transfer))
    assert [(line.code, line.amount_rial) for line in lines] == [("answer", 500_000), ("visit", 1_250_000)]
    assert fees.total_rial(lines) == 1_750_000


def test_a_formula_is_not_guessed(transfer: Service) -> None:
    rule = FeeRule(code="area", service=transfer, formula="area_m2 * rate", valid_from=DAY)
    with pytest.raises(ValueError, match="formula"):
        fees.fee_lines([rule])


def test_a_fee_is_an_amount_or_a_formula(transfer: Service) -> None:
    with pytest.raises(IntegrityError, match="feerule_amount_or_formula"), transaction.atomic():
        FeeRule.objects.create(code="none", service=transfer, title="-", title_en="-", valid_from=DAY)


def test_codes_of_reasons_do_not_repeat_on_one_date() -> None:
    reason = ReasonCode.objects.get(code="B01")
    reason.pk = Holiday().pk
    with pytest.raises(IntegrityError, match="reasoncode_once_a_date"), transaction.atomic():
        reason.save(force_insert=True)
