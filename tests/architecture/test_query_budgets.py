"""What a page asks of the database: never more than its budget, and never more because there is more to show."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from districts.models import Rollout
from portal.casework.models import Attachment, CaseView, DailyCount
from portal.catalogue.models import ReasonCode
from portal.demo import cases
from portal.demo.cast import person_of
from portal.parcels.models import DebtLine, Ownership, Parcel, ViolationOnFile

pytestmark = pytest.mark.django_db

MANY = 20
SIGNED_IN = 5
"""Session, person, sign-in, rights and office: what every page behind the sign-in asks first."""


@pytest.fixture
def asked():
    """`asked(browser, url)`: how many queries the page costs once the process is warm."""

    def count(browser, url):
        assert browser.get(url).status_code == 200
        with CaptureQueriesContext(connection) as seen:
            assert browser.get(url).status_code == 200
        return len(seen)

    return count


def file_more(applicant, district, count):
    """So many cases of one applicant about other people's land in the district."""
    taken = applicant.cases.values("parcel")
    land = Parcel.objects.current().land().filter(district=district).exclude(pk__in=taken).order_by("code")[:count]
    filed = [cases.file(applicant, one, letter_no=f"1405/{n}", capacity="buyer") for n, one in enumerate(land, 200)]
    assert len(filed) == count
    return filed


# --- pages for everybody -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "budget"),
    [
        ("oversight:home", 4), ("oversight:services", 0), ("oversight:help", 1), ("oversight:accessibility", 0),
        ("oversight:statistics", 2), ("oversight:statistics_json", 1), ("districts:coverage", 4),
        ("verification:home", 0), ("casework:track", 0), ("parcels:city_map", 2), ("accounts:sign_in", 0),
    ],
)  # fmt: skip
def test_a_public_page_asks_little(client, asked, name, budget):
    assert asked(client, reverse(name)) <= budget


def test_the_statistics_ask_the_same_for_years_of_counts(client, asked):
    url = reverse("oversight:statistics")
    DailyCount.objects.all().delete()
    DailyCount.objects.create(day=timezone.localdate(), district_id=1, closed=1)
    before = asked(client, url)
    days = [timezone.localdate() - timedelta(days=30 * n) for n in range(1, MANY + 1)]
    DailyCount.objects.bulk_create(DailyCount(day=day, district_id=d, closed=3) for day in days for d in (1, 2, 3))
    assert asked(client, url) == before


def test_a_certificate_is_verified_with_few_questions(client, asked, case_at):
    certificate = case_at("issued").certificates.get()
    url = reverse("verification:link", args=[certificate.serial, certificate.code])
    assert asked(client, url) <= 8  # five of them count this visitor's tries


# --- lists ---------------------------------------------------------------------------------------------------------


def test_a_citizens_list_asks_the_same_for_one_case_and_for_twenty(client_of, maryam, case_at, asked):
    case_at("in_intake")
    browser, url = client_of(maryam), reverse("casework:cases")
    one = asked(browser, url)
    file_more(maryam, 2, MANY)
    assert asked(browser, url) == one <= SIGNED_IN + 2


def test_an_offices_list_asks_the_same_for_one_answer_and_for_two(client_of, notary_clerk, reza, case_at, asked):
    case_at("issued")
    browser, url = client_of(notary_clerk), reverse("casework:cases")
    one = asked(browser, url)
    old_house = Parcel.objects.current().owned_by(reza.national_code).get(district=1)
    case_at("issued", applicant=reza, parcel=old_house, letter_no="1405/78")
    assert len(browser.get(url).context["rows"]) == 2
    assert asked(browser, url) == one <= SIGNED_IN + 2


def test_a_worklist_asks_the_same_for_one_case_and_for_twenty(client_of, help_desk, maryam, case_at, asked):
    case_at("in_intake")
    browser, url = client_of(help_desk), reverse("casework:worklist")
    one = asked(browser, url)
    file_more(maryam, 1, MANY)
    assert asked(browser, url) == one <= SIGNED_IN + 6
    browser.post(reverse("casework:next"))  # with a case in hand
    assert asked(browser, url) <= SIGNED_IN + 9


def test_my_parcels_and_the_first_step_ask_the_same_for_more_parcels(client_of, maryam, asked):
    browser = client_of(maryam)
    urls = (reverse("inquiries:start"), reverse("parcels:mine"))
    before = [asked(browser, url) for url in urls]
    for land in Parcel.objects.current().land().filter(district=2).order_by("code")[:MANY]:
        Ownership.objects.create(
            parcel=land, layer="land", person_name=maryam.full_name, national_code=maryam.national_code,
            share_numerator=1, share_denominator=6, valid_from=timezone.localdate(),
        )  # fmt: skip
    assert [asked(browser, url) for url in urls] == before
    assert before[0] <= SIGNED_IN + 3 and before[1] <= SIGNED_IN + 5


def test_the_rollouts_ask_the_same_for_each_number_of_them(client_of, asked):
    browser, url = client_of(person_of("rollout")), reverse("districts:rollouts")
    before = asked(browser, url)
    assert before <= SIGNED_IN + 7
    Rollout.objects.filter(service__code__in=("bank", "office")).delete()
    assert asked(browser, url) == before


# --- a case --------------------------------------------------------------------------------------------------------


def grow(case):
    """Twenty of everything that a page of this case may list."""
    paper = case.attachments.first()
    for n in range(MANY):
        Attachment.objects.create(
            case=case, document=paper.document, shown_name=f"{n}.jpg", media_type=paper.media_type, pages=1,
            size_bytes=1, received_sha256="0" * 64, cleaned_sha256=paper.cleaned_sha256, replaced_at=timezone.now(),
        )  # fmt: skip
        CaseView.objects.create(case=case, user=person_of("reviewer-1"), unit=f"reviewer/{n}", purpose="read")
        DebtLine.objects.create(
            parcel=case.parcel, line="renovation", year=1380 + n, due_rial=10, paid_rial=0, due_on=timezone.localdate()
        )
        ViolationOnFile.objects.create(
            parcel=case.parcel.lineage()[n % 2], finding=ViolationOnFile.Finding.values[0], area_m2=3,
            works_year=1380 + n, found_on=timezone.localdate(), is_settled=True,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("person", "state", "budget"),
    [
        ("maryam", "in_review", 16), ("help_desk", "in_intake", 25), ("archivist", "in_archive_match", 25),
        ("reviewer", "in_review", 25), ("approver", "awaiting_approval", 28), ("signatory", "awaiting_signature", 28),
        ("auditor", "in_review", 25),
    ],
)  # fmt: skip
def test_a_case_asks_within_its_budget_however_much_it_holds(client_of, case_at, asked, request, person, state, budget):
    case = case_at(state)
    browser = client_of(request.getfixturevalue(person))
    if person not in ("maryam", "auditor"):
        browser.post(reverse("casework:next"))
    before = asked(browser, case.get_absolute_url())
    assert before <= budget
    grow(case)
    assert asked(browser, case.get_absolute_url()) <= before + 1  # what the debts are worth is asked with the first


def test_an_answered_case_asks_little_of_its_office(client_of, notary_clerk, case_at, asked):
    assert asked(client_of(notary_clerk), case_at("issued").get_absolute_url()) <= 14


def test_a_returned_case_asks_the_same_for_each_number_of_deficiencies(client_of, maryam, returned, asked):
    browser, url = client_of(maryam), returned.get_absolute_url()
    before = asked(browser, url)
    assert before <= 22
    reason = ReasonCode.objects.get(code="B01")
    for document in ("identity", "inquiry_letter"):
        returned.deficiencies.create(item=document, reason=reason.code)
    assert asked(browser, url) == before


def test_the_readers_of_a_case_ask_the_same_for_one_and_for_twenty(client_of, maryam, case_at, asked):
    case = case_at("in_review")
    browser, url = client_of(maryam), reverse("casework:readers", args=[case.reference])
    before = asked(browser, url)
    grow(case)
    assert asked(browser, url) == before <= SIGNED_IN + 4
