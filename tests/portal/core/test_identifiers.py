"""Check digits, codes and masks; the sample values are those of the identifier paper."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from portal.core import identifiers as ids
from portal.core.identifiers import RenovationCode
from portal.core.persian import fa_digits

DIGITS = "0123456789"


def national_code(first_nine: str) -> str:
    """The one valid code that begins with these nine digits."""
    return next(first_nine + last for last in DIGITS if ids.is_national_code(first_nine + last))


# --- record ids ---


def test_a_uuid7_has_its_version_variant_and_order() -> None:
    made = [ids.uuid7() for _ in range(50)]
    assert {(each.version, each.variant) for each in made} == {(7, "specified in RFC 4122")}
    assert len(set(made)) == 50
    assert [each.int >> 80 for each in made] == sorted(each.int >> 80 for each in made)


# --- national codes ---


@pytest.mark.parametrize("code", ["9900001060", "9900001011", "9900000021", "9900000013"])
def test_a_right_national_code_is_accepted_in_any_digits(code: str) -> None:
    assert ids.parse_national_code(code) == code
    assert ids.parse_national_code(fa_digits(code)) == code
    assert ids.parse_national_code(f" \u200f{code[:3]}-{code[3:9]}-{code[9]}\u200e ") == code


@pytest.mark.parametrize("code", ["9900001061", "9900000103", "1111111111", "990000001", "99000010600", "", "۹۹a"])
def test_a_wrong_national_code_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="national"):
        ids.parse_national_code(code)


@pytest.mark.parametrize("digit", DIGITS)
def test_equal_digits_are_no_national_code(digit: str) -> None:
    assert not ids.is_national_code(digit * 10)


@given(st.text(DIGITS, min_size=9, max_size=9), st.integers(0, 9), st.sampled_from(DIGITS))
def test_one_wrong_digit_never_leaves_a_national_code_valid(nine: str, place: int, digit: str) -> None:
    assume(len(set(nine)) > 1)
    code = national_code(nine)
    changed = code[:place] + digit + code[place + 1 :]
    # Remainders 1 and 10 share the check digit 1, so the sum cannot tell those two apart.
    assume(changed != code and code[9] != "1")
    assert not ids.is_national_code(changed)


@pytest.mark.parametrize("code", ["99000123457", "99012345672", "99543210986", "99123456780", "99001002140"])
def test_a_right_legal_person_id_is_accepted(code: str) -> None:
    assert ids.parse_legal_person_id(fa_digits(code)) == code


@pytest.mark.parametrize("code", ["99000123458", "99000213457", "99000000007", "9900012345", "11111111111"])
def test_a_wrong_legal_person_id_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="legal person"):
        ids.parse_legal_person_id(code)


# --- mobile and postal code ---


@pytest.mark.parametrize(
    "typed", ["09123456789", "۰۹۱۲۳۴۵۶۷۸۹", "+989123456789", "00989123456789", "9123456789", "0912 345-6789"]
)
def test_a_mobile_number_has_one_form(typed: str) -> None:
    assert ids.parse_mobile(typed) == "09123456789"


@pytest.mark.parametrize("typed", ["", "0912345678", "091234567890", "04433445566", "0912345678x", "+19123456789"])
def test_what_is_no_mobile_number_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="mobile"):
        ids.parse_mobile(typed)


@pytest.mark.parametrize(
    ("code", "is_plausible"),
    [
        ("5135615463", True),
        ("5135600000", True),
        ("5125615463", False),
        ("5135515463", False),
        ("5135615462", False),
        ("1111161546", False),
    ],
)
def test_an_implausible_postal_code_is_doubted_but_taken(code: str, is_plausible: bool) -> None:
    assert ids.parse_postal_code(code) == code
    assert ids.is_plausible_postal_code(code) is is_plausible


@pytest.mark.parametrize("code", ["513561546", "1111111111", "51356154630"])
def test_what_is_no_postal_code_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="postal"):
        ids.parse_postal_code(code)


# --- masks ---


def test_a_masked_national_code_keeps_three_and_two_digits() -> None:
    assert ids.mask_national_code("9900001060") == "990•••••60"
    assert ids.mask_national_code("99") == "••"


def test_a_masked_name_keeps_the_first_letter_of_each_part() -> None:
    assert ids.mask_name("مریم  رضایي") == "م••• ر•••"
    assert ids.mask_name("") == ""


# --- renovation codes ---

PARTS = st.tuples(st.integers(1, 999), *[st.integers(1, 99_999)] * 6)


@given(PARTS, st.integers(1, 7), st.sampled_from(["-", "/", ".", " ", " - "]), st.booleans())
def test_a_renovation_code_reads_back_from_any_spelling(
    parts: tuple[int, ...], depth: int, separator: str, is_persian: bool
) -> None:
    text = separator.join(str(part) for part in parts[:depth])
    code = RenovationCode.parse(fa_digits(text) if is_persian else text)
    assert code.parts == parts[:depth] + (0,) * (7 - depth)
    assert code.depth == depth
    assert RenovationCode.parse(str(code)) == code


@given(PARTS, st.integers(1, 7))
def test_ancestors_climb_to_the_district(parts: tuple[int, ...], depth: int) -> None:
    code = RenovationCode.of(*parts[:depth])
    assert [above.depth for above in code.ancestors] == list(range(depth - 1, 0, -1))
    assert all(above.contains(code) and str(code).startswith(above.prefix) for above in code.ancestors)
    assert not any(code.contains(above) for above in code.ancestors)


@pytest.mark.parametrize(
    "text",
    ["", "0-0-0-0-0-0-0", "3-0-145", "3-2-145-0-1", "a-2", "3--2", "-3", "1-2-3-4-5-6-7-8", "1234-2", "3-2-145-18-0-4",
     "3-2-145-18-0-4-1", "3-123456", "3_2"],
)  # fmt: skip
def test_what_is_no_renovation_code_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="."):
        RenovationCode.parse(text)


def test_a_shop_may_stand_directly_on_a_parcel() -> None:
    code = RenovationCode.parse("3-2-145-18-0-0-5")
    assert code.level == "shop"
    assert str(code.parent) == "3-2-145-18-0-0-0"


def test_levels_have_names() -> None:
    assert [RenovationCode.of(*range(1, depth + 1)).level for depth in range(1, 8)] == list(ids.LEVELS)


def test_a_city_may_narrow_the_widths() -> None:
    with pytest.raises(ValueError, match="too long"):
        RenovationCode.parse("12-2", widths=(1, 2, 4, 4, 2, 3, 3))


def test_a_reversed_paste_is_turned_only_when_it_alone_is_known() -> None:
    right, turned = "3-2-145-18-1-4-7", "7-4-1-18-145-2-3"

    def resolved(text: str, *known: str) -> str:
        return str(ids.resolve_renovation_code(text, lambda code: str(code) in known))

    assert resolved(turned, right) == right
    assert resolved(right, right) == right
    assert resolved(turned, right, turned) == turned
    assert resolved(turned) == turned
    assert resolved("0-4-1-18-145-2-3", "3-2-145-18-1-4-0") == "3-2-145-18-1-4-0"


def test_a_registry_plate_says_which_number_is_which() -> None:
    text = ids.registry_plate_text(asli=65, fari=4555, bakhsh=3)
    assert text == "پلاک ثبتی ۴۵۵۵ فرعی از ۶۵ اصلی، بخش ۳"
    assert ids.registry_plate_text(asli=65, fari=0, bakhsh=3) == "پلاک ثبتی ۶۵ اصلی، بخش ۳"


# --- Damm and references ---


def test_damm_agrees_with_the_worked_examples() -> None:
    assert [ids.damm_digit(body) for body in ("572", "1404071000123", "1404122000001")] == ["4", "0", "3"]


@given(st.text(DIGITS, min_size=1, max_size=20), st.data())
def test_damm_catches_every_wrong_digit_and_every_swap_of_neighbours(body: str, data: st.DataObject) -> None:
    whole = body + ids.damm_digit(body)
    assert ids.damm_ok(whole)
    place = data.draw(st.integers(0, len(whole) - 1))
    digit = data.draw(st.sampled_from(DIGITS).filter(lambda other: other != whole[place]))
    assert not ids.damm_ok(whole[:place] + digit + whole[place + 1 :])
    left = data.draw(st.integers(0, len(whole) - 2))
    swapped = whole[:left] + whole[left + 1] + whole[left] + whole[left + 2 :]
    assert ids.damm_ok(swapped) == (swapped == whole)


@given(st.integers(1300, 1599), st.integers(0, 9), st.integers(0, 9), st.integers(0, 999_999))
def test_a_reference_reads_back(year: int, district: int, kind: int, serial: int) -> None:
    text = ids.make_reference(year, district, kind, serial)
    assert len(text) == 13
    assert ids.parse_reference(fa_digits(text)) == ids.Reference(year, district, kind, serial)


@pytest.mark.parametrize("parts", [(404, 1, 1, 1), (1404, 10, 1, 1), (1404, 1, -1, 1), (1404, 1, 1, 1_000_000)])
def test_a_reference_part_that_does_not_fit_is_refused(parts: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="out of range"):
        ids.make_reference(*parts)


def test_a_mistyped_reference_is_refused() -> None:
    text = ids.make_reference(1404, 1, 1, 123)
    with pytest.raises(ValueError, match="wrong digit"):
        ids.parse_reference(text[:-1] + str((int(text[-1]) + 1) % 10))
    with pytest.raises(ValueError, match="13 digits"):
        ids.parse_reference(text[:-1])
