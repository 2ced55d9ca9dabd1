"""Papers to look at: rendered once a session, since a test reads them and never changes them."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from portal.documents import engine, signing
from tests.portal.documents.samples import sample

KEY = b"a stamp key for the tests"
BASE = "HTTPS://VERIFY.URMIA.EXAMPLE/V"
SIGNED_AT = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="session")
def paper() -> Callable[[int], bytes]:
    """Unsigned certificate of a sample's seed."""

    @cache
    def render(seed: int) -> bytes:
        return engine.render_certificate(sample(seed), seal_key=KEY, verify_base=BASE)

    return render


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("pki") / "city"
    signing.make_pki(directory)
    return directory


@pytest.fixture(scope="session")
def seal(pki: Path) -> signing.Seal:
    return signing.Seal.load(pki)


@pytest.fixture(scope="session")
def root(pki: Path):
    return signing.root_certificate(pki)


@pytest.fixture(scope="session")
def sealed(paper, seal) -> bytes:
    return seal.seal(paper(1), signed_at=SIGNED_AT)
