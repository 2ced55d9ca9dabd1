"""The normaliser, digits and words."""

import unicodedata
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core import persian

PERSIANLIKE = st.text(
    st.one_of(
        st.characters(codec="utf-8"),
        st.characters(min_codepoint=0x600, max_codepoint=0x6FF),
        st.characters(min_codepoint=0xFB50, max_codepoint=0xFEFF, exclude_categories=["Cs"]),
        st.sampled_from(" \u200c\u200d\u200e\u200f\u202a\u202b\u202e\u2066\u2069\ufeff\u00a0\n\t"),
    )
)
DIRECTION_MARKS = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\u200d")


@given(PERSIANLIKE)
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    once = persian.normalise(text)
    assert persian.normalise(once) == once


@given(PERSIANLIKE)
def test_normalising_with_lines_twice_changes_nothing_more(text: str) -> None:
    once = persian.normalise(text, keep_lines=True)
    assert persian.normalise(once, keep_lines=True) == once


@given(PERSIANLIKE)
def test_a_search_key_is_its_own_search_key(text: str) -> None:
    key = persian.search_key(text)
    assert persian.search_key(key) == key


@given(PERSIANLIKE)
def test_no_direction_mark_survives(text: str) -> None:
    assert not DIRECTION_MARKS & set(persian.normalise(text))


@given(PERSIANLIKE)
def test_the_result_is_never_longer_than_the_unfolded_input(text: str) -> None:
    assert len(persian.normalise(text)) <= len(unicodedata.normalize("NFKD", text))


@given(PERSIANLIKE)
def test_a_zwnj_stands_only_between_two_characters_of_a_word(text: str) -> None:
    cleaned = persian.normalise(text)
    for wrong in (" \u200c", "\u200c ", "\u200c\u200c", "  "):
        assert wrong not in cleaned
    assert cleaned == cleaned.strip(" \u200c")


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("علي كريمي", "علی کریمی"),
        ("ﺳﻪشنبه", "سهشنبه"),
        ("  خیابان\u00a0\u00a0امام ", "خیابان امام"),
        ("می\u200c\u200cشود", "می\u200cشود"),
        ("راه \u200cآهن\u200c", "راه آهن"),
        ("مُحَمَّد", "محمد"),
        ("لطفاً", "لطفاً"),
        ("اروميـــه", "ارومیه"),
        ("پلاک ٤٥", "پلاک ۴۵"),
        ("\u202bمتن\u202c", "متن"),
        ("مؤمن آبادی ۀ", "مؤمن آبادی ۀ"),
        ("۲۵۰ m²", "۲۵۰ m²"),
    ],
)
def test_text_is_stored_in_one_form(typed: str, stored: str) -> None:
    assert persian.normalise(typed) == stored


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("إبراهیم", "ابراهیم"),
        ("آرش", "ارش"),
        ("مؤمن", "مومن"),
        ("امام\u200cخمینی", "امامخمینی"),
        ("خيابان امام، ٢", "خیابان امام 2"),
        ("خانۀ", "خانه"),
        ("لطفاً", "لطفا"),
        ("حاجیة", "حاجیه"),
    ],
)
def test_spellings_of_one_name_have_one_search_key(one: str, other: str) -> None:
    assert persian.search_key(one) == persian.search_key(other)


def test_a_word_with_a_zwnj_is_found_joined_and_apart() -> None:
    assert persian.search_keys("راه\u200cآهن") == ("راهاهن", "راه اهن")
    assert persian.search_keys("ارومیه") == ("ارومیه",)


@given(st.text("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩0123456789"))
def test_digits_survive_the_way_to_persian_and_back(digits: str) -> None:
    assert persian.ascii_digits(persian.fa_digits(digits)) == persian.ascii_digits(digits)


@given(st.integers(0, 10**20))
def test_a_grouped_number_reads_back(value: int) -> None:
    assert int(persian.ascii_digits(persian.fa_number(value)).replace("٬", "")) == value


def test_decimals_lose_their_trailing_zeros_only() -> None:
    assert persian.fa_decimal(Decimal("1234.50")) == "۱٬۲۳۴٫۵"
    assert persian.fa_decimal(Decimal("100.00")) == "۱۰۰"
    assert persian.fa_decimal(100, 0) == "۱۰۰"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "صفر"),
        (19, "نوزده"),
        (21, "بیست و یک"),
        (100, "صد"),
        (1000, "یک هزار"),
        (1_250_000, "یک میلیون و دویست و پنجاه هزار"),
        (10**9 + 15, "یک میلیارد و پانزده"),
        (-3, "منفی سه"),
    ],
)
def test_numbers_are_put_into_words(value: int, words: str) -> None:
    assert persian.number_in_words(value) == words


@given(st.integers(0, 999_999), st.integers(0, 999_999))
def test_two_numbers_never_share_their_words(one: int, other: int) -> None:
    assert (persian.number_in_words(one) == persian.number_in_words(other)) == (one == other)


def test_ordinals_follow_the_last_word() -> None:
    assert [persian.ordinal_in_words(n) for n in (1, 3, 23, 30)] == ["یکم", "سوم", "بیست و سوم", "سی\u200cام"]


@pytest.mark.parametrize(
    ("share", "words"),
    [
        ((1, 1), "شش دانگ"),
        ((1, 2), "سه دانگ مشاع از شش دانگ"),
        ((3, 6), "سه دانگ مشاع از شش دانگ"),
        ((1, 4), "یک و نیم دانگ مشاع از شش دانگ"),
        ((1, 12), "نیم دانگ مشاع از شش دانگ"),
        ((32, 9600), "۳۲ سهم مشاع از ۹٬۶۰۰ سهم شش دانگ"),
    ],
)
def test_shares_are_said_in_dang(share: tuple[int, int], words: str) -> None:
    assert persian.share_in_words(*share) == words


@pytest.mark.parametrize("share", [(0, 6), (7, 6), (1, 0), (-1, 6)])
def test_what_is_no_share_is_refused(share: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="not a share"):
        persian.share_in_words(*share)
