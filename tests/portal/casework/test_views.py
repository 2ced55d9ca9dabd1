"""Lists, worklist, readers and public tracking."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from portal.accounts.limits import Limit
from portal.casework.models import Case, CaseView
from portal.core.persian import fa_digits

pytestmark = pytest.mark.django_db


def text_of(response):
    return response.content.decode()


@pytest.fixture
def stranger():
    return Client(headers={"accept-language": "fa"})


def test_a_citizen_goes_on_with_a_draft_from_the_list(client_of, maryam, draft):
    assert draft.get_absolute_url() in text_of(client_of(maryam).get(reverse("casework:cases")))


def test_a_discarded_draft_leaves_the_list(client_of, maryam, draft):
    browser = client_of(maryam)
    browser.post(reverse("inquiries:discard", args=[draft.pk]))
    assert draft.get_absolute_url() not in text_of(browser.get(reverse("casework:cases")))


def test_the_next_page_begins_where_the_first_ended(client_of, maryam, draft):
    page = client_of(maryam).get(reverse("casework:cases"), {"after": draft.pk})
    assert draft.get_absolute_url() not in text_of(page)


def test_staff_read_cases_by_time_of_filing_not_by_when_they_were_begun(client_of, reviewer, two_cases):
    """A draft that lay for weeks and is filed today is today's case."""
    begun_first, begun_last = two_cases
    assert begun_first.pk < begun_last.pk
    Case.objects.filter(pk=begun_first.pk).update(submitted_at=begun_last.submitted_at + timedelta(minutes=1))
    text = text_of(client_of(reviewer).get(reverse("casework:cases")))
    places = [text.index(case.get_absolute_url()) for case in (begun_first, begun_last)]
    assert places == sorted(places)


@pytest.mark.parametrize("person", ["reviewer", "auditor"])
def test_the_next_page_of_staff_goes_on_after_the_mark(client_of, person, two_cases, request):
    older, newer = sorted(two_cases, key=lambda case: (case.submitted_at, case.pk))
    page = client_of(request.getfixturevalue(person)).get(reverse("casework:cases"), {"after": newer.pk})
    text = text_of(page)
    assert older.get_absolute_url() in text and newer.get_absolute_url() not in text


def test_a_mark_of_another_district_is_not_found(client_of, other_reviewer, case_at):
    case = case_at("in_review")
    assert client_of(other_reviewer).get(reverse("casework:cases"), {"after": case.pk}).status_code == 404


@pytest.mark.parametrize("mark", ["x", "1405110000066"])
def test_a_made_up_mark_is_not_found(client_of, maryam, mark):
    assert client_of(maryam).get(reverse("casework:cases"), {"after": mark}).status_code == 404


def test_the_worklist_shows_the_queue_and_one_way_to_take_a_case(client_of, reviewer, case_at):
    case = case_at("in_review")
    browser = client_of(reviewer)
    text = text_of(browser.get(reverse("casework:worklist")))
    assert fa_digits(case.reference) in text and text.count(reverse("casework:next")) == 1
    assert browser.post(reverse("casework:next")).url == case.get_absolute_url()
    assert reverse("casework:next") not in text_of(browser.get(reverse("casework:worklist")))


def test_a_citizen_has_no_worklist(client_of, maryam):
    assert client_of(maryam).get(reverse("casework:worklist")).status_code == 403


def test_the_applicant_reads_which_desk_opened_the_file_and_never_who(client_of, maryam, reviewer, case_at):
    case = case_at("in_review")
    client_of(reviewer).get(case.get_absolute_url())
    text = text_of(client_of(maryam).get(reverse("casework:readers", args=[case.reference])))
    assert "کارشناس، منطقهٔ ۱" in text and reviewer.full_name not in text


def test_the_applicants_own_visits_are_not_logged(client_of, maryam, case_at):
    case = case_at("in_review")
    client_of(maryam).get(case.get_absolute_url())
    assert not CaseView.objects.filter(case=case, user=maryam).exists()


def test_tracking_answers_code_and_four_digits_without_a_name(stranger, maryam, case_at):
    case = case_at("in_review")
    data = {"reference": fa_digits(case.reference), "last_four": fa_digits(maryam.mobile[-4:])}
    text = text_of(stranger.post(reverse("casework:track"), data))
    assert "در حال بررسی" in text
    assert maryam.full_name not in text and case.parcel.address not in text


@pytest.mark.parametrize("last_four", ["9999", "12", "abcd"])
def test_tracking_refuses_other_digits_on_the_page(stranger, case_at, last_four):
    case = case_at("in_intake")
    answer = stranger.post(reverse("casework:track"), {"reference": case.reference, "last_four": last_four})
    assert answer.status_code == 422 and "timeline" not in text_of(answer)


def test_a_case_of_another_district_is_not_there(client_of, other_reviewer, case_at):
    case = case_at("in_review")
    assert client_of(other_reviewer).get(case.get_absolute_url()).status_code == 404


def test_an_address_that_guessed_too_often_is_refused_the_right_digits_too(stranger, maryam, case_at, monkeypatch):
    """Otherwise four fixed digits could be tried on every code of the city, and each hit would still show."""
    monkeypatch.setattr("portal.casework.views.WRONG_CODES", (Limit(2, 3600),))
    case = case_at("in_intake")
    for _try in range(2):
        stranger.post(reverse("casework:track"), {"reference": case.reference, "last_four": "0000"})
    right = {"reference": case.reference, "last_four": maryam.mobile[-4:]}
    assert stranger.post(reverse("casework:track"), right).status_code == 429
