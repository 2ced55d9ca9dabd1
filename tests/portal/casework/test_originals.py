"""The original of a paper: two people of two roles, for a day, and the applicant sees it."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from districts.models import District
from portal.accounts import grants
from portal.accounts.actors import Actor
from portal.accounts.models import Role, RoleGrant, User
from portal.casework import originals, tasks, views
from portal.casework.models import Attachment, CaseView, OriginalRequest
from portal.casework.originals import ask, is_open_to
from portal.core.errors import GuardFailed, IllegalStep, NotAllowed, StepUpNeeded
from portal.ledger.models import Entry
from portal.oversight import fsck
from portal.workflow.perform import perform, steps_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def paper(case_at) -> Attachment:
    return case_at("in_review").attachments.current().get(document="title_deed")


@pytest.fixture
def asked(paper, reviewer, actor_of) -> OriginalRequest:
    return ask(paper, actor=actor_of(reviewer), reason="forgery")


@pytest.fixture
def released(asked, approver, actor_of) -> OriginalRequest:
    return perform(asked, "release", actor=actor_of(approver))


@pytest.fixture
def later(monkeypatch):
    def go(**by):
        moment = timezone.now() + timedelta(**by)
        monkeypatch.setattr("django.utils.timezone.now", lambda: moment)

    return go


def kinds(record):
    return [entry.kind for entry in Entry.objects.of(record.stream)]


def text_of(response):
    return response.content.decode()


def download(paper):
    return reverse("casework:paper", args=[paper.pk])


def link(url):
    return f'href="{url}"'


# --- who asks --------------------------------------------------------------------------------------------------------


def test_a_request_is_an_entry_with_its_reason_and_role(asked, paper):
    entry = Entry.objects.of(asked.stream)[0]
    assert (asked.state, entry.kind) == ("asked", "original.begin")
    assert {**entry.facts, "paper": str(paper.pk), "reason": "forgery", "role": "reviewer"} == entry.facts


def test_asking_twice_is_asking_once(asked, paper, reviewer, actor_of):
    assert ask(paper, actor=actor_of(reviewer), reason="court") == asked
    assert OriginalRequest.objects.count() == 1


def test_two_presses_at_once_make_one_request(run_together, case_at, reviewer, actor_of):
    paper = case_at("in_review").attachments.current().first()
    press = lambda: ask(paper, actor=actor_of(reviewer), reason="court")  # noqa: E731
    assert run_together(press, press, press) == ["ok"] * 3
    assert OriginalRequest.objects.count() == 1


@pytest.mark.parametrize("person", ["maryam", "reza", "other_reviewer", "auditor", "notary_clerk", "counter_clerk"])
def test_only_caseworkers_of_the_district_ask(paper, person, request, actor_of):
    with pytest.raises(NotAllowed):
        ask(paper, actor=actor_of(request.getfixturevalue(person)), reason="court")


def test_a_caseworker_does_not_ask_about_an_own_paper(paper, maryam, actor_of):
    grants.grant(maryam, Role.REVIEWER, actor=Actor.system("test"), district=District.objects.get(pk=1))
    with pytest.raises(NotAllowed):
        ask(paper, actor=actor_of(maryam), reason="court")


def test_of_a_photo_there_is_no_original_to_ask_for(paper, reviewer, actor_of, client_of):
    paper.media_type = "image/jpeg"
    paper.save()
    with pytest.raises(NotAllowed):
        ask(paper, actor=actor_of(reviewer), reason="court")
    assert client_of(reviewer).get(reverse("casework:ask_original", args=[paper.pk])).status_code == 404
    text = text_of(client_of(reviewer).get(paper.case.get_absolute_url()))
    assert reverse("casework:ask_original", args=[paper.pk]) not in text


# --- who answers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("person", "role"), [("approver", "approver"), ("auditor", "auditor")])
def test_an_approver_or_an_auditor_releases_it_for_a_day(asked, person, role, request, actor_of):
    released = perform(asked, "release", actor=actor_of(request.getfixturevalue(person)))
    assert (released.state, released.answered_as, released.is_live) == ("released", role, True)
    assert timedelta(hours=23) < released.released_until - timezone.now() <= timedelta(hours=24)
    assert kinds(released) == ["original.begin", "original.release"]


def test_releasing_needs_a_fresh_second_factor(asked, approver, actor_of):
    with pytest.raises(StepUpNeeded):
        perform(asked, "release", actor=actor_of(approver, stepped_up=False))


@pytest.mark.parametrize("person", ["reviewer", "archivist", "signatory", "maryam", "other_reviewer", "notary_clerk"])
@pytest.mark.parametrize("action", ["release", "refuse"])
def test_nobody_else_answers(asked, person, action, request, actor_of):
    with pytest.raises(NotAllowed):
        perform(asked, action, actor=actor_of(request.getfixturevalue(person)))


@pytest.mark.parametrize("action", ["release", "refuse"])
def test_who_asked_does_not_answer_in_another_role(asked, reviewer, action, actor_of):
    grants.grant(reviewer, Role.AUDITOR, actor=Actor.system("test"))
    with pytest.raises(GuardFailed):
        perform(asked, action, actor=actor_of(reviewer))


def test_a_colleague_of_the_same_role_does_not_answer_in_another_one(asked, approver, actor_of):
    grants.grant(approver, Role.REVIEWER, actor=Actor.system("test"), district=District.objects.get(pk=1))
    with pytest.raises(GuardFailed):
        perform(asked, "release", actor=actor_of(approver))


def test_what_an_approver_asked_only_an_auditor_releases(paper, approver, auditor, actor_of):
    other = User.objects.create(username="approver-2", full_name="مدیر دیگر", is_staff_member=True)
    grants.grant(other, Role.APPROVER, actor=Actor.system("test"), district=District.objects.get(pk=1))
    asked = ask(paper, actor=actor_of(approver), reason="court")
    with pytest.raises(GuardFailed):
        perform(asked, "release", actor=actor_of(other))
    assert perform(asked, "release", actor=actor_of(auditor)).answered_as == "auditor"


def test_the_applicant_does_not_answer(asked, maryam, actor_of):
    grants.grant(maryam, Role.AUDITOR, actor=Actor.system("test"))
    with pytest.raises(GuardFailed):
        perform(asked, "release", actor=actor_of(maryam))
    assert not OriginalRequest.objects.visible_to(actor_of(maryam)).exists()


@pytest.mark.parametrize("change", ["answered_by_id = asked_by_id", "answered_as = asked_as", "released_until = NULL"])
def test_the_database_refuses_what_the_engine_would(released, change):
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE casework_originalrequest SET {change}")  # noqa: S608


def test_a_refused_request_lets_nothing_out(asked, approver, reviewer, paper, actor_of, client_of):
    refused = perform(asked, "refuse", actor=actor_of(approver))
    assert (refused.state, kinds(refused)[-1]) == ("refused", "original.refuse")
    assert client_of(reviewer).get(download(paper)).status_code == 404
    assert ask(paper, actor=actor_of(reviewer), reason="court") != refused


# --- who downloads ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "person", ["reviewer", "approver", "archivist", "help_desk", "signatory", "auditor", "other_reviewer"]
)
def test_without_a_release_no_member_of_staff_gets_the_file(asked, paper, person, request, client_of):
    assert client_of(request.getfixturevalue(person)).get(download(paper)).status_code == 404
    assert not CaseView.objects.exclude(purpose="read").exists()


def test_after_it_the_two_get_it_and_nobody_else(released, paper, request, client_of):
    people = ("reviewer", "approver", "archivist", "signatory", "auditor", "other_reviewer", "maryam", "reza")
    answers = {name: client_of(request.getfixturevalue(name)).get(download(paper)).status_code for name in people}
    assert [name for name, status in answers.items() if status == 200] == ["reviewer", "approver", "maryam"]
    assert set(answers.values()) == {200, 404}


def test_a_release_is_about_one_paper(released, paper, client_of, reviewer):
    other = paper.case.attachments.current().exclude(pk=paper.pk).first()
    assert client_of(reviewer).get(download(other)).status_code == 404


def test_after_a_day_it_is_closed_before_any_sweep(released, paper, reviewer, approver, actor_of, later):
    actors = [actor_of(reviewer), actor_of(approver)]
    later(hours=23, minutes=59)
    assert all(is_open_to(paper, actor) for actor in actors)
    later(minutes=2)
    assert not any(is_open_to(paper, actor) for actor in actors)


def test_whoever_loses_the_role_loses_the_file(released, paper, reviewer, actor_of):
    RoleGrant.objects.filter(user=reviewer).update(role=Role.ARCHIVIST)
    assert not is_open_to(paper, actor_of(reviewer))


def test_each_download_is_written_down_for_the_applicant(released, paper, reviewer, maryam, client_of):
    client_of(reviewer).get(download(paper))
    assert CaseView.objects.get(case=paper.case, user=reviewer).purpose == "original:title_deed"
    text = text_of(client_of(maryam).get(reverse("casework:readers", args=[paper.case.reference])))
    assert "فایل اصلی" in text and reviewer.full_name not in text


def test_the_applicants_own_download_needs_no_release_and_is_not_logged(paper, maryam, client_of):
    answer = client_of(maryam).get(download(paper))
    assert answer.status_code == 200 and answer.content.startswith(b"%PDF-")
    name = f"{paper.case.reference}-{paper.document}.pdf"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert not CaseView.objects.filter(user=maryam).exists()


# --- it lapses -------------------------------------------------------------------------------------------------------


def test_the_sweep_ends_what_is_over_and_twice_is_as_once(released, later):
    tasks.sweep_deadlines()
    assert OriginalRequest.objects.get().state == "released"
    later(hours=25)
    tasks.sweep_deadlines()
    tasks.sweep_deadlines()
    assert OriginalRequest.objects.get().state == "lapsed"
    assert kinds(released) == ["original.begin", "original.release", "original.lapse"]


def test_a_request_that_nobody_answers_ends_after_a_week(asked, approver, actor_of, later):
    later(days=6)
    assert originals.overdue() == []
    later(days=2)
    tasks.sweep_deadlines()
    asked.refresh_from_db()
    assert (asked.state, asked.answered_by) == ("lapsed", None)
    with pytest.raises(IllegalStep):
        perform(asked, "release", actor=actor_of(approver))


def test_fsck_finds_a_release_that_was_lengthened_beside_the_engine(released):
    assert list(fsck.records_are_their_history()) == []
    OriginalRequest.objects.update(released_until=timezone.now() + timedelta(days=365))
    assert [fault.subject for fault in fsck.records_are_their_history()] == [released.stream]


# --- pages -----------------------------------------------------------------------------------------------------------


def test_staff_ask_on_the_page_of_the_case_and_have_no_download(paper, reviewer, client_of):
    text = text_of(client_of(reviewer).get(paper.case.get_absolute_url()))
    assert reverse("casework:ask_original", args=[paper.pk]) in text and link(download(paper)) not in text


def test_an_auditor_reads_the_pictures_and_neither_asks_nor_downloads(paper, auditor, client_of):
    text = text_of(client_of(auditor).get(paper.case.get_absolute_url()))
    assert reverse("casework:paper_page", args=[paper.pk, 1]) in text
    assert reverse("casework:ask_original", args=[paper.pk]) not in text and link(download(paper)) not in text


def test_the_applicants_page_keeps_the_download(paper, maryam, client_of):
    text = text_of(client_of(maryam).get(paper.case.get_absolute_url()))
    assert link(download(paper)) in text and reverse("casework:ask_original", args=[paper.pk]) not in text


@pytest.mark.parametrize("person", ["maryam", "reza", "other_reviewer", "auditor", "notary_clerk"])
def test_the_form_is_not_there_for_anybody_else(paper, person, request, client_of):
    browser = client_of(request.getfixturevalue(person))
    url = reverse("casework:ask_original", args=[paper.pk])
    assert (browser.get(url).status_code, browser.post(url, {"reason": "court"}).status_code) == (404, 404)


def test_the_whole_way_through_the_pages(paper, reviewer, approver, client_of):
    asking, answering = client_of(reviewer), client_of(approver)
    url = reverse("casework:ask_original", args=[paper.pk])
    assert asking.post(url, {"reason": "because"}).status_code == 422
    page = asking.post(url, {"reason": "forgery"}).url
    assert asking.get(url).url == page
    text = text_of(asking.get(page))
    assert "/steps/" not in text and link(download(paper)) not in text

    assert reverse("casework:originals") in text_of(answering.get(reverse("casework:worklist")))
    assert page in text_of(answering.get(reverse("casework:originals")))
    record = OriginalRequest.objects.get()
    form = {"seen": record.revision, "key": "01890000-0000-7000-8000-000000000001"}
    step = reverse("workflow:step", args=["originals", record.pk, "release"])
    assert answering.post(step, form).url == page
    for browser in (asking, answering):
        text = text_of(browser.get(page))
        assert link(download(paper)) in text and "همان‌گونه که فرستنده" in text
    assert asking.get(download(paper)).content.startswith(b"%PDF-")


def test_without_a_fresh_factor_the_step_leads_to_the_code(asked, approver, client_of):
    step = reverse("workflow:step", args=["originals", asked.pk, "release"])
    form = {"seen": asked.revision, "key": "01890000-0000-7000-8000-000000000002"}
    answer = client_of(approver, stepped_up=False).post(step, form)
    assert answer.url.startswith(reverse("accounts:step_up"))
    assert OriginalRequest.objects.get().state == "asked"


def test_after_its_day_the_page_says_so_and_offers_nothing(released, paper, reviewer, client_of):
    OriginalRequest.objects.update(released_until=timezone.now() - timedelta(seconds=1))
    text = text_of(client_of(reviewer).get(released.get_absolute_url()))
    assert "پایان‌یافته" in text and link(download(paper)) not in text


@pytest.mark.parametrize(
    ("person", "status"),
    [("reviewer", 200), ("auditor", 200), ("other_reviewer", 404), ("maryam", 404), ("notary_clerk", 404)],
)
def test_a_request_is_read_by_staff_who_see_the_paper(asked, person, status, request, client_of):
    browser = client_of(request.getfixturevalue(person))
    assert browser.get(asked.get_absolute_url()).status_code == status
    assert (asked.get_absolute_url() in text_of(browser.get(reverse("casework:originals")))) is (status == 200)


@pytest.mark.parametrize("person", ["maryam", "notary_clerk", "counter_clerk"])
def test_the_list_is_for_staff(db, person, request, client_of):
    assert client_of(request.getfixturevalue(person)).get(reverse("casework:originals")).status_code == 404


def test_a_text_that_is_no_key_is_not_found(approver, client_of):
    step = reverse("workflow:step", args=["originals", "nothing-9", "release"])
    assert client_of(approver).post(step).status_code == 404


def test_an_auditor_finds_the_list_in_the_menu_and_is_asked_there(asked, auditor, client_of, actor_of):
    browser = client_of(auditor)
    assert reverse("casework:originals") in text_of(browser.get(reverse("casework:cases")))
    assert asked.get_absolute_url() in text_of(browser.get(reverse("casework:originals")))
    assert [step.action for step in steps_for(asked, actor_of(auditor))] == ["release", "refuse"]


def test_the_list_costs_the_same_for_many_requests(asked, paper, archivist, help_desk, auditor, actor_of, client_of):
    browser = client_of(auditor)
    with CaptureQueriesContext(connection) as one:
        browser.get(reverse("casework:originals"))
    for person in (archivist, help_desk):
        for other in paper.case.attachments.current():
            ask(other, actor=actor_of(person), reason="unreadable")
    with CaptureQueriesContext(connection) as many:
        browser.get(reverse("casework:originals"))
    assert len(many) == len(one)


@pytest.fixture
def many(paper, archivist, help_desk, reviewer, actor_of, monkeypatch) -> list[OriginalRequest]:
    """Five requests, the oldest first, on pages of two."""
    monkeypatch.setattr(views, "PAGE", 2)
    others = [one for one in paper.case.attachments.current() if one != paper]
    made = [ask(paper, actor=actor_of(person), reason="court") for person in (archivist, help_desk, reviewer)]
    return made + [ask(one, actor=actor_of(reviewer), reason="court") for one in others[:2]]


def walked(browser):
    """The rows that a reader meets from the first page to the last: those to answer once, and then all others."""
    url = reverse("casework:originals")
    pages, link, follow = [], "", True
    while follow:
        response = browser.get(url + link)
        pages.append([row["request"] for row in response.context["waiting"] + response.context["known"]])
        link = response.context["next_url"]
        follow = bool(link)
        assert not follow or f'href="{link}"' in text_of(response)
        assert bool(response.context["first_url"]) == (len(pages) > 1)
    return pages


def test_an_auditor_comes_to_the_oldest_request(many, auditor, client_of):
    pages = walked(client_of(auditor))
    assert pages == [[many[0], many[1], many[4], many[3]], [many[2]]]


def test_who_asked_pages_through_the_own_ones_only(many, reviewer, client_of):
    assert walked(client_of(reviewer)) == [[many[4], many[3]], [many[2]]]


def test_a_page_after_what_the_reader_does_not_see_is_not_there(many, other_reviewer, client_of):
    for mark in (many[0].pk, "no-key"):
        assert client_of(other_reviewer).get(reverse("casework:originals"), {"after": mark}).status_code == 404
