from datetime import UTC, datetime

import pytest
from django.utils.translation import override

from portal.casework.models import CaseView
from portal.casework.readers import by_unit, described


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
    assert [row["purpose"] for row in rows] == ["looked at a paper", "worked on the file"]
