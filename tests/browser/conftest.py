"""Chromium for the tests that look at pages as people do."""

import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.utils import translation
from PIL import Image

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last. Without Chromium they are reported as not run; under CI that is an error.

    Last, because Playwright leaves an event loop running in this thread, and the seal wants to start one of its own.
    """
    items.sort(key=is_for_browser)
    looking = [item for item in items if is_for_browser(item)]
    if not looking or shutil.which(CHROMIUM):
        return
    missing = "Chromium is missing (apt-get install chromium)"
    if os.environ.get("CI"):
        raise pytest.UsageError(f"{len(looking)} browser tests cannot run: {missing}")
    for item in looking:
        item.add_marker(pytest.mark.skip(reason=f"not run: {missing}"))


def is_for_browser(item: pytest.Item) -> bool:
    return item.get_closest_marker("browser") is not None


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": FLAGS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "locale": "fa-IR", "timezone_id": "Asia/Tehran"}


# --- people at their browsers --------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def in_persian() -> Iterator[None]:
    """What a test looks for is said in the language of the pages."""
    with translation.override("fa"):
        yield


@pytest.fixture
def browser_of(new_context: Any, live_server: Any, client_of: Any) -> Callable[..., Any]:
    """`browser_of(user)`: a page in a browser of their own, signed in; `browser_of()` is a stranger's.

    `width` in pixels; `scripts=False` turns JavaScript off; staff has a fresh second factor unless told otherwise.
    """

    def make(user: Any = None, *, width: int = 1280, scripts: bool = True, stepped_up: bool = True) -> Any:
        size = {"width": width, "height": 844 if width < 600 else 900}
        context = new_context(viewport=size, java_script_enabled=scripts, base_url=live_server.url)
        if user is not None:
            session = client_of(user, stepped_up=stepped_up).cookies[settings.SESSION_COOKIE_NAME].value
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
        page = context.new_page()
        page.set_default_timeout(30_000)  # a step waits for what it wants to see, and no longer
        return page

    return make


@pytest.fixture
def aside() -> Callable[..., Any]:
    """`aside(act)`: run it in a thread of its own: the seal starts an event loop, and Playwright's runs in this one."""

    def run(act: Callable[[], Any]) -> Any:
        def alone() -> Any:
            try:
                return act()
            finally:
                connections.close_all()

        with ThreadPoolExecutor(max_workers=1) as pool:
            return pool.submit(alone).result()

    return run


@pytest.fixture
def settle(aside: Callable[..., Any]) -> Callable[[], None]:
    """What relay and worker would do now."""
    from portal.demo import cases

    return lambda: aside(cases.settle)


def photo(path: Path, *, side: int = 1600) -> Path:
    """A JPEG as a phone makes it, upright, of so many pixels on the longer side."""
    picture = Image.effect_noise((side * 3 // 4, side), 40).convert("RGB")
    picture.save(path, "JPEG", quality=80)
    return path


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    """The notary's letter as a PDF."""
    from portal.demo.papers import specimen

    path = tmp_path / "letter.pdf"
    path.write_bytes(specimen("inquiry_letter"))
    return path


@pytest.fixture
def photos(tmp_path: Path) -> dict[str, Path]:
    """Photos of the identity papers, and of the deed in more pixels than are kept."""
    return {"identity": photo(tmp_path / "identity.jpg"), "title_deed": photo(tmp_path / "deed.jpg", side=2600)}
