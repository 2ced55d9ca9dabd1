"""A person without a mouse: Tab, Enter, space, arrows and typing, and nothing else.

Every stop on the way is looked at: the focus must be somewhere, be on the screen, and look different from before.
"""

from pathlib import Path
from typing import Any

import pytest

MOST_STOPS = 120

# What of an element changes when it has the focus. A label around a control or behind it, and the box of an upload,
# may show the focus in its stead.
REMEMBER = """() => {
  const parts = one => [one, one.closest("label"), ...(one.labels || [])].filter(Boolean);
  window.partsOf = parts;
  window.lookOf = one => parts(one).map(part => {
    const { outlineStyle, outlineWidth, outlineColor, boxShadow, borderTopColor } = getComputedStyle(part);
    const outline = outlineStyle === "none" ? "" : outlineStyle + outlineWidth + outlineColor;
    return [outline, boxShadow, borderTopColor].join();
  }).join("|");
  window.lookBefore ||= new WeakMap();
  for (const one of document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]"))
    if (one !== document.activeElement) window.lookBefore.set(one, window.lookOf(one));
}"""

STOP = """() => {
  const one = document.activeElement, before = window.lastStop;
  window.lastStop = one;
  const isOnScreen = box => box.width > 1 && box.height > 1
    && box.top < innerHeight && box.bottom > 0 && box.left < innerWidth && box.right > 0;
  return {
    name: `${one.tagName} ${one.name || one.id || one.textContent.trim().slice(0, 40)}`,
    isSeen: window.partsOf(one).some(part => isOnScreen(part.getBoundingClientRect())),
    isMarked: window.lookOf(one) !== window.lookBefore.get(one),
    isOnward: !before || !before.isConnected
      || Boolean(before.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING),
  };
}"""


class Keyboard:
    """`Keyboard(page)` walks one page after the other; `page` is a Playwright page whose pointer is never used."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.keys = page.keyboard
        # Playwright catches choosers only once somebody listens; a listener made at the last moment may come too late.
        page.on("filechooser", lambda _chooser: None)

    def to(self, selector: str) -> None:
        """Press Tab until the element has the focus; every stop on the way must be seen, marked and further on."""
        assert self.page.locator(selector).count(), f"{selector} is not on {self.page.url}"
        for _press in range(MOST_STOPS):
            if self.is_at(selector):
                return
            self.tab()
        pytest.fail(f"Tab does not reach {selector} on {self.page.url}")

    def tab(self) -> dict[str, Any]:
        self.page.evaluate(REMEMBER)
        was_lost = self.is_lost()
        self.keys.press("Tab")
        if self.is_lost():  # past the last stop lies the browser's own bar
            assert not was_lost, f"Tab leads nowhere on {self.page.url}"
            return {}
        stop: dict[str, Any] = self.page.evaluate(STOP)
        where = f"{stop['name']} on {self.page.url}"
        assert stop["isSeen"], f"the focus is out of sight: {where}"
        assert stop["isMarked"], f"the focus cannot be told: {where}"
        assert stop["isOnward"] or was_lost, f"the focus jumps back: {where}"
        return stop

    def is_at(self, selector: str) -> bool:
        return bool(self.page.evaluate("wanted => document.activeElement.matches(wanted)", selector))

    def is_lost(self) -> bool:
        return bool(self.page.evaluate("document.activeElement === null || document.activeElement === document.body"))

    def press(self, selector: str, key: str = "Enter") -> None:
        self.to(selector)
        self.keys.press(key)

    def fill(self, selector: str, text: str) -> None:
        self.to(selector)
        self.keys.type(text)

    def choose(self, selector: str, value: str) -> None:
        """An option of a list by the arrow, as far down as it stands."""
        self.to(selector)
        for _press in range(30):
            if self.page.input_value(selector) == value:
                return
            self.keys.press("ArrowDown")
        pytest.fail(f"the arrow does not reach {value} in {selector}")

    def send_file(self, selector: str, path: Path) -> None:
        self.to(selector)
        with self.page.expect_file_chooser() as opened:
            self.keys.press("Enter")
        opened.value.set_files(path)

    def order_in(self, form: str) -> list[str]:
        """The names of the form's controls in the order in which Tab meets them."""
        met: list[str] = []
        while not met or self.is_at(f"{form} *"):
            if self.is_at(f"{form} *"):
                met.append(self.page.evaluate("document.activeElement.name || document.activeElement.type"))
            self.tab()
            assert len(met) < MOST_STOPS
        return met
