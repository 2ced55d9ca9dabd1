import pypdfium2
import pytest
import zxingcpp

from portal.core.canonical import digest
from portal.documents import qr
from tests.portal.documents.conftest import BASE
from tests.portal.documents.samples import sample


def test_the_address_stays_in_alphanumeric_mode():
    url = qr.verify_url("https://host:8000/v/", "URM-T-0000001", "0a" * 32)
    assert url == "HTTPS://HOST:8000/V/URM-T-0000001/0A0A0A0A0A0A0A0A"


@pytest.mark.parametrize("base", ["https://host/v?x=1", "https://host/v_1", "https://میزبان/v"])
def test_an_address_that_needs_another_mode_is_refused(base):
    with pytest.raises(ValueError, match="alphanumeric"):
        qr.verify_url(base, "URM-T-0000001", "0a" * 32)


def test_the_code_is_small_enough_to_survive_a_photocopy():
    url = qr.verify_url(BASE, "URM-T-0000001", "0a" * 32)
    assert len(qr.matrix(url, "0a" * 32)) <= 33  # version 4: 30 mm over 39 modules is 0.77 mm each


@pytest.mark.parametrize("dpi", [75, 100, 150])
@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_a_scanner_reads_the_verification_address_from_the_page(paper, seed, dpi):
    snapshot = sample(seed)
    page = pypdfium2.PdfDocument(paper(seed))[0]
    picture = page.render(scale=dpi / 72, grayscale=True).to_pil()
    found = [code.text for code in zxingcpp.read_barcodes(picture)]
    assert found == [qr.verify_url(BASE, snapshot["serial"], digest(snapshot))]
