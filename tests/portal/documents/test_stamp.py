import io

import pikepdf
import pytest

from portal.core.canonical import digest
from portal.documents import stamp
from tests.portal.documents.conftest import KEY
from tests.portal.documents.samples import sample

DIGEST = "5c" * 32


def curves(serial: str, full: str, key: bytes = KEY) -> tuple[str, ...]:
    return tuple(stamp.curve(band) for band in stamp.spec_of(serial, full, key).bands)


def test_equal_serial_and_digest_give_the_same_stamp():
    assert curves("URM-T-1", DIGEST) == curves("URM-T-1", DIGEST)


def test_one_changed_digit_leaves_no_band_in_common():
    changed = DIGEST[:-1] + "d"
    assert not set(curves("URM-T-1", DIGEST)) & set(curves("URM-T-1", changed))
    assert not set(curves("URM-T-1", DIGEST)) & set(curves("URM-T-2", DIGEST))


def test_another_key_changes_the_inner_band_and_nothing_else():
    ours, theirs = curves("URM-T-1", DIGEST), curves("URM-T-1", DIGEST, b"somebody else's key")
    assert ours[:2] == theirs[:2]
    assert ours[2] != theirs[2]


def test_a_thousand_papers_have_a_thousand_stamps():
    made = [curves(f"URM-T-{i}", DIGEST) for i in range(1000)]
    for band in range(3):
        assert len({one[band] for one in made}) == 1000


def test_a_short_key_is_refused():
    with pytest.raises(ValueError, match="16 bytes"):
        stamp.spec_of("URM-T-1", DIGEST, b"short")


def test_the_curve_ends_where_it_begins():
    lines = stamp.curve(stamp.spec_of("URM-T-1", DIGEST, KEY).bands[0]).split("\n")
    assert lines[0].split()[:2] == lines[-2].split()[4:6]


def test_the_stamp_redrawn_by_the_verifier_equals_the_one_on_paper(paper):
    snapshot = sample(1)
    expected = stamp.spec_of(snapshot["serial"], digest(snapshot), KEY)
    with pikepdf.open(io.BytesIO(paper(1))) as pdf:
        pictures = pdf.pages[-1].Resources.XObject
        for name, band in zip(stamp.form_names(snapshot["serial"]), expected.bands, strict=True):
            assert pictures[f"/{name}"].read_bytes() == f"{stamp.curve(band)} S".encode()
