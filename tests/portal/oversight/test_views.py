"""The pages for everybody open without signing in and hold what they promise."""

from datetime import date

import pytest
from django.urls import reverse

from portal.casework.models import DailyCount
from portal.core.persian import fa_digits

pytestmark = pytest.mark.django_db

PAGES = ("home", "services", "help", "accessibility", "statistics")


@pytest.mark.parametrize("page", PAGES)
def test_a_stranger_may_read_the_page(client, page):
    assert client.get(reverse(f"oversight:{page}")).status_code == 200


@pytest.mark.parametrize("page", PAGES)
def test_the_pages_answer_reading_only(client, page):
    assert client.post(reverse(f"oversight:{page}")).status_code == 405


@pytest.mark.parametrize("page", PAGES)
def test_no_page_carries_inline_styles_or_scripts(client, page):
    text = client.get(reverse(f"oversight:{page}")).content.decode()
    assert " style=" not in text
    assert "<style" not in text
    assert "onclick" not in text
    assert text.count("<script") == text.count('<script src="/')


def test_home_says_since_when_each_district_is_covered(client):
    text = client.get(reverse("oversight:home"), headers={"accept-language": "fa"}).content.decode()
    assert all(fa_digits(day) in text for day in ("1399/07/20", "1400/03/04", "1402/08/01"))


def test_home_speaks_english_to_whoever_chose_it(client):
    client.cookies["django_language"] = "en"
    answer = client.get(reverse("oversight:home"))
    assert '<html lang="en" dir="ltr">' in answer.content.decode()


def test_the_open_figures_add_up(client):
    figures = client.get(reverse("oversight:statistics_json")).json()
    assert figures["total"] == sum(figures["by_district"].values())


@pytest.mark.parametrize(
    ("language", "note"),
    [
        ("fa", "به‌طور یکنواخت بر روزهای کاری"),
        ("en", "Their source gives no dates, so they are spread evenly over the working days"),
    ],
)
def test_the_statistics_say_that_the_dates_of_the_history_are_spread(client, language, note):
    DailyCount.objects.create(day=date(2023, 1, 10), district_id=1, closed=3)
    client.cookies["django_language"] = language
    assert note in client.get(reverse("oversight:statistics")).content.decode()


def test_without_figures_nothing_is_said_of_their_dates(client):
    DailyCount.objects.all().delete()
    client.cookies["django_language"] = "en"
    assert "spread evenly" not in client.get(reverse("oversight:statistics")).content.decode()
