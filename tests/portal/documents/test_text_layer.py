import pypdfium2
import pytest

from portal.core.canonical import digest
from portal.core.persian import fa_digits
from portal.documents.canonical import printed_digest
from portal.documents.templatetags import paper as filters
from portal.documents.text_layer import normalise
from tests.portal.documents.samples import sample


def text_of(pdf: bytes) -> str:
    return normalise("\n".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf)))


@pytest.mark.parametrize("seed", [1, 3])
def test_words_with_lam_alef_are_found(paper, seed):
    text = text_of(paper(seed))
    for word in ("استعلام", "پلاک", "بلامانع", "اصلاح", "اصالت"):
        assert word in text, word


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_identifiers_are_found_in_the_order_of_the_record(paper, seed):
    snapshot, text = sample(seed), text_of(paper(seed))
    half = printed_digest(digest(snapshot))
    plate = f"{snapshot['plate']['asli']}/{snapshot['plate']['fari']}"
    for code in (
        snapshot["renovation_code"],
        snapshot["reference"],
        snapshot["postal_code"],
        snapshot["number"],
        plate,
    ):
        assert normalise(fa_digits(code)) in text, code
    assert snapshot["serial"] in text
    assert half[:8] in text and half[8:] in text


def test_the_owner_and_the_validity_in_letters_are_found(paper):
    snapshot, text = sample(2), text_of(paper(2))
    assert normalise(snapshot["owners"][0]["name"]) in text
    assert normalise(filters.day_in_letters(snapshot["valid_until"])) in text


def test_the_normaliser_unfolds_ligatures_and_drops_marks():
    assert normalise("پ\ufefbک\u200f  می\u200cشود هٔ") == "پلاک میشود هٔ"
