"""Every public page, at both widths and in both languages: no axe violation, no sideways scrolling, big targets."""

import gzip

import pytest

from tests.browser.accessibility import Inspector

pytestmark = pytest.mark.browser

PUBLIC_PAGES = ("/", "/services/", "/help/", "/accessibility/", "/statistics/", "/track/", "/accounts/sign-in/")
SPECIMENS = ("/demo/components/", "/demo/components/?errors=1", "/no-such-page/")


@pytest.mark.parametrize("language", ["fa", "en"])
def test_no_page_has_a_barrier(page, live_server, language):
    page.context.add_cookies([{"name": "django_language", "value": language, "url": live_server.url}])
    inspector = Inspector()
    for path in PUBLIC_PAGES + SPECIMENS:
        page.goto(live_server.url + path)
        inspector.look(page, path, language=language)
    assert inspector.found == {}


def test_the_menu_of_a_phone_opens_and_closes_by_keyboard(page, live_server):
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(live_server.url + "/")
    page.focus("[popovertarget=menu]")
    page.keyboard.press("Enter")
    assert page.locator("#menu").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("#menu").is_visible()


def test_the_first_tab_stop_leads_to_the_content(page, live_server):
    page.goto(live_server.url + "/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_a_first_visit_weighs_less_than_150_kb(page, live_server):
    """Compressed as the portal serves it; images and fonts count as they are."""
    bodies = []
    page.on("response", lambda response: bodies.append((response.url, response.body())))
    page.goto(live_server.url + "/", wait_until="networkidle")
    weight = sum(len(body) if url.endswith(".woff2") else len(gzip.compress(body)) for url, body in bodies)
    assert len(bodies) > 5
    assert weight <= 150_000
