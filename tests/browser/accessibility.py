"""axe-core run on a page as it stands in the browser."""

from pathlib import Path
from typing import Any

AXE = Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Only violations are described and sent back: what passes is many times as much.
RUN = """async rules => {
  const options = {runOnly: rules, resultTypes: ["violations"], preload: false};
  return (await axe.run(document, options)).violations;
}"""
WIDTHS = (390, 1280)


class Inspector:
    """Collects what is wrong, at each width, with the pages it is shown; `found` must stay empty."""

    def __init__(self, *, widths: tuple[int, ...] = WIDTHS) -> None:
        self.widths = sorted(widths, reverse=True)
        self.found: dict[str, list[str]] = {}

    def look(self, page: Any, name: str, *, language: str = "fa") -> None:
        """Inspect the page as it stands; it is left at the smallest width."""
        page.locator("h1").first.wait_for()
        wrong = [] if page.get_attribute("html", "lang") == language else ["in another language"]
        for width in self.widths:
            page.set_viewport_size({"width": width, "height": 900})
            wrong += [f"{width} px: {one}" for one in (*violations(page), *small_targets(page))]
            if sideways_overflow(page) > 0:
                wrong.append(f"{width} px: wider than the window")
        if wrong:
            self.found[name] = wrong


def violations(page: Any) -> list[str]:
    """One line a violation: rule, element, what to do. `page` is a Playwright page."""
    if page.evaluate("typeof axe") == "undefined":
        # Through evaluate, since the content security policy rightly refuses injected scripts.
        page.evaluate(AXE.read_text(encoding="utf-8") + ";0")
    found = page.evaluate(RUN, RULES)
    return [f"{one['id']}: {node['target']} {node.get('failureSummary', '')}" for one in found for node in one["nodes"]]


def sideways_overflow(page: Any) -> int:
    """CSS pixels by which the page is wider than the window; 0 is right."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def small_targets(page: Any) -> list[str]:
    """Buttons, controls and stand-alone links lower than 44 px; links within text are exempt (WCAG 2.5.8)."""
    return list(
        page.evaluate(
            """() => [...document.querySelectorAll('a, button, input:not([type=hidden]), select, summary')]
              .filter(one => {
                // What is pressed of an input inside a label is the label: a button around a hidden file input, say.
                const box = ((one.tagName === 'INPUT' && one.closest('label')) || one).getBoundingClientRect();
                const isSmall = box.width && box.height && box.height < 44;
                const isInText = one.tagName === 'A' && one.closest('p, li, dd, td, th, label, .breadcrumb');
                const hasBigLabel = ['checkbox', 'radio'].includes(one.type);
                return isSmall && !isInText && !hasBigLabel && !one.closest('.skip-link');
              })
              .map(one => one.outerHTML.slice(0, 120))"""
        )
    )
