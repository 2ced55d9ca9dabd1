from datetime import UTC, datetime

import pytest
from django.utils.translation import override

from portal.casework.models import CaseView, reader_unit
from portal.casework.readers import by_unit, described

pytestmark = pytest.mark.django_db  # titles of papers are rows of the catalogue


def opening(unit, hour, minute=0, purpose="read"):
    return CaseView(unit=unit, purpose=purpose, at=datetime(2026, 11, 22, hour, minute, tzinfo=UTC))


def test_looks_within_one_hour_are_one_visit_of_a_desk():
    views = [
        opening("reviewer/1", 9, 40),
        opening("reviewer/1", 9, 5),
        opening("help_desk/1", 8),
        opening("reviewer/1", 7),
    ]
    assert [row["times"] for row in by_unit(views)] == [2, 1]


@pytest.mark.parametrize(
    ("unit", "language", "title"),
    [
        ("reviewer/1", "fa", "کارشناس، منطقهٔ ۱"),
        ("reviewer/1", "en", "Reviewer, District 1"),
        ("auditor/", "en", "Auditor"),
        ("notary/12", "en", "Notary office 12"),
        ("", "en", "Staff of the municipality"),
    ],
)
def test_a_desk_is_named_in_the_language_of_the_page(unit, language, title):
    with override(language):
        assert described([opening(unit, 9)])[0]["unit"] == title


def test_a_look_at_a_paper_and_a_step_are_told_apart():
    with override("en"):
        rows = described(
            [opening("reviewer/1", 9, purpose="paper:title_deed"), opening("reviewer/1", 9, purpose="endorse")]
        )
    assert [row["purpose"] for row in rows] == ["looked at a paper: Title deed", "worked on the file"]


def test_a_look_at_the_certificate_has_its_own_words():
    with override("en"):
        assert described([opening("notary/12", 9, purpose="certificate")])[0]["purpose"] == "opened the certificate"


@pytest.mark.django_db
def test_each_reader_is_logged_under_the_post_that_opened_the_door(
    actor_of, reviewer, signatory, notary_clerk, auditor, maryam
):
    units = [reader_unit(actor_of(person), 1) for person in (reviewer, signatory, notary_clerk, auditor, maryam)]
    assert units == ["reviewer/1", "signatory/1", "notary/12", "auditor", ""]


def test_the_pages_of_one_paper_are_one_opening():
    pages = [opening("reviewer/1", 9, 5, purpose="paper:title_deed")] * 4
    assert len(described([*pages, opening("reviewer/1", 9, 4, purpose="paper:title_deed")])) == 2
