"""Pictures of pages just as a visitor got them, when Chromium is there."""

import os
import re
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Self

import pypdfium2

from portal.demo.walkthrough.visitor import Visitor

WIDTHS = (390, 1280)
HEIGHT = 900
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run")


def chromium() -> str | None:
    """Where the browser is; None when it, or the library that drives it, is missing."""
    return shutil.which(os.environ.get("CHROMIUM") or "chromium") if find_spec("playwright") else None


class Camera:
    """Takes each page at both widths into `folder`; without Chromium it takes none, and `is_ready` says so.

    It works in a thread of its own, because the driver's event loop would be in the way of everybody else's.
    """

    def __init__(self, folder: Path, tell: Callable[[str], object]) -> None:
        self.folder, self.tell = folder, tell
        self.taken = 0
        self.program = chromium()
        self.browser: Any = None
        self.thread = ThreadPoolExecutor(max_workers=1)

    @property
    def is_ready(self) -> bool:
        return self.program is not None

    def __enter__(self) -> Self:
        if self.is_ready:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.thread.submit(self._open).result()
        return self

    def __exit__(self, *_error: object) -> None:
        if self.browser:
            self.thread.submit(self._close).result()
        self.thread.shutdown()

    def take(self, visitor: Visitor, name: str) -> None:
        """The page that the visitor has before the eyes; it is shown again, not asked for again.

        A picture that fails is told and left out: it shows the story, it is not a part of it.
        """
        if not self.browser:
            return
        from playwright.sync_api import Error

        self.taken += 1
        try:
            self.thread.submit(self._take, visitor, f"{self.taken:02d}-{name}").result()
        except Error as error:
            self.tell(f"screenshot {name}: not taken ({error.message.splitlines()[0]})")

    def _open(self) -> None:
        from playwright.sync_api import sync_playwright

        self.driver = sync_playwright().start()
        self.browser = self.driver.chromium.launch(executable_path=self.program, args=list(FLAGS))

    def _close(self) -> None:
        self.browser.close()
        self.driver.stop()

    def _take(self, visitor: Visitor, name: str) -> None:
        held = [(cookie.name, cookie.value or "") for cookie in visitor.cookies]
        for width in WIDTHS:
            context = self.browser.new_context(viewport={"width": width, "height": HEIGHT}, locale="fa-IR")
            context.add_cookies([{"name": key, "value": value, "url": visitor.portal} for key, value in held])
            self._shoot(context, visitor, self.folder / f"{name}-{width}.png")
            context.close()

    def _shoot(self, context: Any, visitor: Visitor, path: Path) -> None:
        page, seen = context.new_page(), visitor.page
        page.set_default_timeout(60_000)
        answer = {"status": 200, "content_type": "text/html; charset=utf-8", "body": seen.body}
        page.route(re.compile(f"^{re.escape(seen.url)}$"), lambda route: route.fulfill(**answer))
        page.goto(seen.url)
        page.evaluate("document.querySelectorAll('img[loading=lazy]').forEach(image => { image.loading = 'eager' })")
        page.wait_for_load_state("networkidle")
        page.wait_for_function("[...document.images].every(image => image.complete)")
        page.screenshot(path=path, full_page=True)


def pictures_of_paper(pdf: bytes, folder: Path) -> list[Path]:
    """Each page of a PDF as `certificate-1.png`, … at 150 dots an inch; needs no browser."""
    folder.mkdir(parents=True, exist_ok=True)
    pictures = []
    for number, page in enumerate(pypdfium2.PdfDocument(pdf), start=1):
        pictures.append(folder / f"certificate-{number}.png")
        page.render(scale=150 / 72).to_pil().save(pictures[-1])
    return pictures
