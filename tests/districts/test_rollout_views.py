"""The page of rollouts over HTTP: who reads it, what is done there, and what citizens meet afterwards."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from districts.models import District, Rollout, ServiceDesk
from portal.catalogue.models import Service
from portal.core.calendar import jalali
from portal.demo.cast import person_of
from portal.ledger.models import Entry

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(db):
    """Kaveh, rollout manager of the city."""
    return person_of("rollout")


@pytest.fixture
def browser(client_of, manager):
    return client_of(manager)


@pytest.fixture
def transfer_1(db):
    return Rollout.objects.get(service__code="transfer", district=1)


@pytest.fixture
def planned(browser):
    """A rollout in a new sixth district, begun by the manager."""
    district = District.objects.create(number=6, name="منطقهٔ ۶")
    data = {"service": Service.objects.get(code="transfer").pk, "district": district.pk}
    browser.post(reverse("districts:plan"), data)
    return Rollout.objects.get(district=6)


def take(browser, rollout, action, **data):
    url = reverse("workflow:step", kwargs={"kind": "rollouts", "reference": rollout.code, "action": action})
    return browser.post(url, {"key": uuid4(), "seen": rollout.revision} | data)


def suspend(browser, rollout, reason="maintenance"):
    return take(browser, rollout, "suspend", effective_on=jalali(timezone.localdate()), reason=reason)


def text_of(response):
    return response.content.decode()


# --- who reads -----------------------------------------------------------------------------------------------------


def test_the_manager_comes_home_to_the_rollouts(browser):
    page = browser.get(reverse("accounts:home"), follow=True)
    assert page.redirect_chain[-1][0] == reverse("districts:rollouts")
    assert {"url": reverse("districts:rollouts"), "label": "عملیاتی‌شدن", "current": True} in page.context["nav"]


def test_the_list_has_each_service_in_each_district_with_its_last_step(browser):
    board = browser.get(reverse("districts:rollouts")).context["board"]
    assert [service.code for service, _ in board] == ["transfer", "bank", "office"]
    for _, rows in board:
        assert [row["district"].number for row in rows] == [1, 2, 3, 4, 5]
        assert {row["last"].who for row in rows} == {"از سابقهٔ منتشرشده"}


def test_the_list_takes_few_queries(browser, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        browser.get(reverse("districts:rollouts"))


@pytest.mark.parametrize("who", ["maryam", "reviewer", "signatory", "notary_clerk"])
def test_for_others_the_pages_do_not_exist(request, client_of, transfer_1, who):
    browser = client_of(request.getfixturevalue(who))
    assert browser.get(reverse("districts:rollouts")).status_code == 404
    assert browser.get(transfer_1.get_absolute_url()).status_code == 404
    assert suspend(browser, transfer_1).status_code == 404


def test_a_stranger_is_asked_to_sign_in(transfer_1):
    for url in (reverse("districts:rollouts"), transfer_1.get_absolute_url()):
        assert Client().get(url).status_code == 302


def test_an_auditor_reads_and_may_not_act(client_of, auditor, transfer_1):
    browser = client_of(auditor)
    assert browser.get(reverse("districts:rollouts")).status_code == 200
    page = browser.get(transfer_1.get_absolute_url())
    assert page.status_code == 200 and page.context["steps"] == []
    assert suspend(browser, transfer_1).status_code == 403
    data = {"service": transfer_1.service_id, "district": 1}
    assert browser.post(reverse("districts:plan"), data).status_code == 403


@pytest.mark.parametrize("code", ["transfer-9", "transfer", "1"])
def test_an_unknown_address_is_not_found(browser, code):
    assert browser.get(reverse("districts:rollout", args=[code])).status_code == 404


# --- what is done --------------------------------------------------------------------------------------------------


def test_a_service_is_prepared_announced_and_goes_live(browser, manager, planned):
    assert planned.state == "planned"
    day = timezone.localdate() + timedelta(days=40)
    assert take(browser, planned, "announce", planned_on=jalali(day))["Location"] == planned.get_absolute_url()
    planned.refresh_from_db()
    assert planned.planned_on == day
    take(browser, planned, "go_live", effective_on=jalali(timezone.localdate()))
    planned.refresh_from_db()
    assert (planned.state, planned.live_on) == ("live", timezone.localdate())
    history = browser.get(planned.get_absolute_url()).context["history"]
    assert [act.action for act in history] == ["begin", "announce", "go_live"]
    assert {act.who for act in history} == {manager.full_name}


def test_beginning_twice_leads_to_the_same_rollout(browser, planned):
    data = {"service": planned.service_id, "district": 6}
    assert browser.post(reverse("districts:plan"), data)["Location"] == planned.get_absolute_url()
    assert Rollout.objects.filter(district=6).count() == 1


def test_a_district_without_a_rollout_is_offered_for_preparation(browser):
    District.objects.create(number=6, name="منطقهٔ ۶")
    page = browser.get(reverse("districts:rollouts"))
    assert text_of(page).count(reverse("districts:plan")) == Service.objects.count()


@pytest.mark.parametrize("typed", ["", "1404/13/01", "1390/01/01", "1499/01/01"])
def test_a_planned_day_that_cannot_be_is_shown_with_its_form(browser, planned, typed):
    page = take(browser, planned, "announce", planned_on=typed)
    assert page.status_code == 422
    [form] = [entry["form"] for entry in page.context["steps"] if entry["is_open"]]
    assert form.errors["planned_on"]
    planned.refresh_from_db()
    assert planned.planned_on is None


@pytest.mark.parametrize("days", [1, -30_000])
def test_going_live_counts_from_no_day_to_come_and_none_before_the_service(browser, planned, days):
    typed = jalali(timezone.localdate() + timedelta(days=days))
    assert take(browser, planned, "go_live", effective_on=typed).status_code == 422


@pytest.mark.parametrize("reason", ["", "because"])
def test_a_suspension_needs_a_reason_of_the_list(browser, transfer_1, reason):
    assert suspend(browser, transfer_1, reason).status_code == 422
    transfer_1.refresh_from_db()
    assert transfer_1.state == "live"


def test_a_suspension_asks_for_the_second_factor(client_of, manager, transfer_1):
    browser = client_of(manager, stepped_up=False)
    page = text_of(browser.get(transfer_1.get_absolute_url()))
    assert "نخست با کد برنامهٔ رمزساز" in page and "effective_on" not in page  # before anything is filled in
    answer = suspend(browser, transfer_1)
    assert answer["Location"].startswith(reverse("accounts:step_up"))
    transfer_1.refresh_from_db()
    assert transfer_1.state == "live"


def test_a_page_that_is_out_of_date_suspends_nothing(browser, transfer_1):
    suspend(browser, transfer_1)
    take(browser, Rollout.objects.get(pk=transfer_1.pk), "resume", effective_on=jalali(timezone.localdate()))
    suspend(browser, transfer_1)
    transfer_1.refresh_from_db()
    assert transfer_1.state == "live"


# --- what citizens meet ----------------------------------------------------------------------------------------------


def test_after_a_suspension_filing_is_refused_with_the_desk_until_it_is_resumed(
    browser, client_of, maryam, apartment, transfer_1
):
    citizen, start = client_of(maryam), reverse("inquiries:start")
    choice = {"renovation_code": str(apartment.code), "capacity": "owner"}

    suspend(browser, transfer_1)
    refused = citizen.post(start, choice)
    assert refused.status_code == 422
    desk = ServiceDesk.objects.get(district=1)
    for part in (desk.title, desk.address, desk.hours, desk.phone, "متوقف"):
        assert part in text_of(refused)
    assert "متوقف" in text_of(Client(headers={"accept-language": "fa"}).get(reverse("districts:coverage")))

    transfer_1.refresh_from_db()
    take(browser, transfer_1, "resume", effective_on=jalali(timezone.localdate()))
    begun = citizen.post(start, choice)
    draft = maryam.cases.get(parcel=apartment)
    assert begun["Location"] == reverse("inquiries:deal", args=[draft.pk])
    kinds = [entry.kind for entry in Entry.objects.of(transfer_1.stream)]
    assert kinds[-2:] == ["rollout.suspend", "rollout.resume"]


def test_a_draft_cannot_be_filed_while_the_district_is_suspended(browser, client_of, maryam, draft, transfer_1):
    suspend(browser, transfer_1)
    review = reverse("inquiries:review", args=[draft.pk])
    page = client_of(maryam).post(review, {"key": uuid4(), "seen": draft.revision, "is_declared": "on"})
    assert page.status_code == 422 and "متوقف" in text_of(page)
    draft.refresh_from_db()
    assert draft.state == "draft"
