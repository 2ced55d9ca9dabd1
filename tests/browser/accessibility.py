"""axe-core run on a page as it stands in the browser."""

from pathlib import Path
from typing import Any

AXE = Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDTHS = (390, 1280)


def violations(page: Any) -> list[str]:
    """One line a violation: rule, element, what to do. `page` is a Playwright page."""
    # Through evaluate, since the content security policy rightly refuses injected scripts.
    page.evaluate(AXE.read_text(encoding="utf-8") + ";0")
    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)["violations"]
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
