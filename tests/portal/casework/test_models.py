"""Who sees which case, paper and reader; numbers without gaps; constraints that hold without the code."""

import re
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from portal.accounts.actors import Actor
from portal.casework.models import (
    Attachment,
    Case,
    CaseView,
    Counter,
    DailyCount,
    Remark,
    count_closed,
    next_number,
    opened,
)
from portal.workflow.perform import perform


def seen_by(case: Case, people, actor_of) -> list[str]:
    return [
        key for key, person in people.items() if Case.objects.visible_to(actor_of(person)).filter(pk=case.pk).exists()
    ]


@pytest.fixture
def people(maryam, reza, reviewer, other_reviewer, signatory, auditor, notary_clerk, counter_clerk):
    return {
        "maryam": maryam, "reza": reza, "reviewer": reviewer, "other_reviewer": other_reviewer,
        "signatory": signatory, "auditor": auditor, "notary_clerk": notary_clerk, "counter_clerk": counter_clerk,
    }  # fmt: skip


def test_a_draft_is_its_owners_alone(draft, people, actor_of):
    assert seen_by(draft, people, actor_of) == ["maryam"]


def test_a_filed_case_is_its_owners_and_its_districts(case_at, people, actor_of):
    assert seen_by(case_at("in_review"), people, actor_of) == ["maryam", "reviewer", "signatory", "auditor"]


def test_an_answered_case_is_also_its_addressees(case_at, people, actor_of):
    seen = ["maryam", "reviewer", "signatory", "auditor", "notary_clerk"]
    assert seen_by(case_at("issued"), people, actor_of) == seen


@pytest.fixture
def thousands(db):
    """Four thousand cases, filed in another order than they were begun, five of them a minute."""
    now = timezone.now()
    Case.objects.bulk_create(
        Case(
            workflow="recorded_inquiry", state="closed", state_since=now, closed_at=now, district_id=n % 5 + 1,
            submitted_at=now - timedelta(minutes=n * 7 % 4000 // 5), reference=f"{n:013}", channel=Case.Channel.HISTORY,
        )
        for n in range(4000)
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE casework_case")


@pytest.mark.parametrize(("person", "index"), [("reviewer", "case_of_district_newest"), ("auditor", "case_newest")])
def test_the_list_of_staff_is_read_off_its_index(thousands, person, index, request, actor_of, client_of):
    """Newest first, without walking through what comes before the page (reliability.md 3.2.8)."""
    shown = Case.objects.visible_to(actor_of(request.getfixturevalue(person))).newest_first()
    for page in (shown, shown.following(shown[1900 if person == "auditor" else 400])):
        plan = page[:21].explain(analyze=True)
        assert f"using {index} " in plan and "Sort" not in plan, plan
        removed = re.findall(r"Rows Removed by Filter: (\d+)", plan)
        assert sum(map(int, removed)) <= 5, plan  # those filed in the minute of the mark, and no others


def test_the_pages_of_staff_hold_each_case_once_in_the_order_of_filing(thousands, reviewer, actor_of):
    shown = Case.objects.visible_to(actor_of(reviewer)).newest_first()
    read = list(shown[:21])
    while page := list(shown.following(read[-1])[:21]):
        read += page
    assert read == sorted(read, key=lambda case: (case.submitted_at, case.pk), reverse=True)
    assert len(read) == len({case.pk for case in read}) == 800


def test_a_case_without_an_applicant_is_nobodys_by_accident(db, people, actor_of):
    case = Case.objects.create(
        workflow="recorded_inquiry", state="closed", state_since=timezone.now(), district_id=1, reference="1" * 13,
        submitted_at=timezone.now(), closed_at=timezone.now(), channel=Case.Channel.HISTORY,
    )  # fmt: skip
    assert seen_by(case, people, actor_of) == ["reviewer", "signatory", "auditor"]
    assert not Case.objects.visible_to(Actor.anonymous()).exists()
    assert not Case.objects.visible_to(Actor.system("issuer")).exists()


def test_the_addressee_reads_the_answer_and_not_the_papers(case_at, notary_clerk, reviewer, maryam, actor_of):
    case = case_at("issued")
    papers = Attachment.objects.filter(case=case)
    assert not papers.visible_to(actor_of(notary_clerk)).exists()
    assert (
        papers.visible_to(actor_of(reviewer)).count()
        == papers.visible_to(actor_of(maryam)).count()
        == papers.count()
        > 0
    )


def test_an_opening_is_logged_for_everybody_but_the_applicant(case_at, maryam, reviewer, notary_clerk, actor_of):
    case = case_at("in_review")
    assert opened(case, actor=actor_of(maryam), purpose="read") is None
    assert opened(case, actor=Actor.system("issuer"), purpose="read") is None
    assert opened(case, actor=actor_of(reviewer), purpose="read").unit == "reviewer/1"
    assert opened(case, actor=actor_of(notary_clerk), purpose="read").unit


def test_readers_are_shown_to_the_applicant_and_to_auditors(case_at, maryam, reza, reviewer, auditor, actor_of):
    case = case_at("in_review")
    view = opened(case, actor=actor_of(reviewer), purpose="read")
    shown = {
        person.pk: CaseView.objects.visible_to(actor_of(person)).filter(pk=view.pk).exists()
        for person in (maryam, auditor, reza, reviewer)
    }
    assert list(shown.values()) == [True, True, False, False]


def test_the_sealed_record_is_the_same_after_loading(case_at):
    case = case_at("awaiting_signature")
    assert case.record_digest() == Case.objects.get(pk=case.pk).record_digest()
    assert case.record_digest() == Case.objects.select_related("inquiry").get(pk=case.pk).record_digest()


def test_a_remark_has_a_salted_digest(case_at, reviewer, actor_of):
    case = case_at("in_review")
    one, two = (Remark.write(case, "همان متن", actor=actor_of(reviewer)) for _ in range(2))
    assert one.digest != two.digest
    assert one.digest == Remark.objects.get(pk=one.pk).digest


# --- what the database refuses ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("approver_id = reviewer_id", "case_reviewer_is_not_approver"),
        ("reference = NULL", "case_filed_has_reference_and_district"),
        ("district_id = NULL", "case_filed_has_reference_and_district"),
    ],
)
def test_the_database_refuses(case_at, change, constraint):
    case = case_at("awaiting_approval")
    statement = f"UPDATE casework_case SET {change} WHERE id = %s"  # noqa: S608
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, [case.pk])


def test_one_open_case_a_matter_and_as_many_closed_ones_as_there_were(case_at, maryam, actor_of):
    case = case_at("in_intake")
    twin = Case.objects.get(pk=case.pk)
    twin.pk, twin.reference, twin.applicant = Case().pk, "1" * 13, None
    with pytest.raises(IntegrityError, match="case_one_open_per_matter"), transaction.atomic():
        twin.save(force_insert=True)
    perform(case, "withdraw", actor=actor_of(maryam))
    twin.save(force_insert=True)


# --- numbers ---------------------------------------------------------------------------------------------------------


def test_a_number_of_a_rolled_back_act_is_given_again(db):
    assert next_number("test") == 1
    with pytest.raises(RuntimeError), transaction.atomic():
        assert next_number("test") == 2
        raise RuntimeError
    assert next_number("test") == 2


@pytest.mark.django_db(transaction=True)
def test_eight_simultaneous_numbers_have_neither_gap_nor_double(run_together):
    given = []

    def take():
        with transaction.atomic():
            given.append(next_number("race"))

    assert run_together(*[take] * 8) == ["ok"] * 8
    assert sorted(given) == list(range(1, 9)) and Counter.objects.get(pk="race").value == 8


@pytest.mark.django_db(transaction=True)
def test_eight_simultaneous_answers_are_all_counted(case_at, run_together):
    case = case_at("in_intake")
    day = timezone.localdate()

    def count():
        with transaction.atomic():
            count_closed(case, day)

    assert run_together(*[count] * 8) == ["ok"] * 8
    assert DailyCount.objects.get(day=day, district=1).closed == 8
