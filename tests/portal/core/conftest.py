"""Messages are compared in English; hypothesis judges results, never the speed of the machine."""

from collections.abc import Iterator

import pytest
from django.utils import translation
from hypothesis import settings

settings.register_profile("portal", deadline=None, database=None)
settings.load_profile("portal")


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield
