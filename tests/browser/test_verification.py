"""The public check in a real browser: the file stays with its owner, and every page is without barriers."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from portal.casework import storage
from tests.browser.accessibility import WIDTHS, sideways_overflow, small_targets, violations

pytestmark = pytest.mark.browser


@pytest.fixture
def certificate(live_server, case_at):
    """Sealed in a thread of its own: the seal starts an event loop, and Playwright's runs in this one."""

    def issue():
        try:
            return case_at("issued").certificates.get()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(issue).result()


@pytest.fixture
def paper(certificate, tmp_path):
    file = tmp_path / "paper.pdf"
    file.write_bytes(storage.open(certificate.pdf_sha256))
    return file


@pytest.mark.parametrize("language", ["fa", "en"])
@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_of_the_check_has_a_barrier(page, live_server, certificate, width, language):
    page.context.add_cookies([{"name": "django_language", "value": language, "url": live_server.url}])
    page.set_viewport_size({"width": width, "height": 900})
    barriers = {}
    link = f"/V/{certificate.serial}"
    for path in ("/verify/", f"{link}/{certificate.code}", f"{link}/{'0' * 16}", "/certificates/root/"):
        page.goto(live_server.url + path)
        found = [*violations(page), *small_targets(page)]
        if sideways_overflow(page) > 0:
            found.append("wider than the window")
        if found:
            barriers[path] = found
    assert barriers == {}


def test_a_chosen_file_is_recognised_without_being_sent(page, live_server, paper):
    page.goto(f"{live_server.url}/verify/")
    with page.expect_request("**/verify/file/") as sent:
        page.set_input_files("#id_paper", paper)
    page.wait_for_selector("[data-verdict=issued]")
    body = sent.value.post_data_buffer
    assert b"%PDF" not in body
    assert len(body) < 4096
    assert page.evaluate("document.activeElement.id") == "verdict"


def test_an_altered_file_is_sent_only_when_its_owner_asks(page, live_server, paper):
    paper.write_bytes(paper.read_bytes() + b"\n% more")
    requests: list[int] = []
    page.on("request", lambda request: requests.append(len(request.post_data_buffer or b"")))
    page.goto(f"{live_server.url}/verify/")
    page.set_input_files("#id_paper", paper)
    page.wait_for_selector("[data-offer]:visible")
    assert max(requests) < 4096
    page.click("[data-whole]")
    page.wait_for_selector("[data-verdict=altered]")
    assert page.locator(".checks .is-broken").count() > 0


def test_a_dropped_file_is_checked_like_a_chosen_one(page, live_server, paper):
    page.goto(f"{live_server.url}/verify/")
    drop = """async bytes => {
      const carried = new DataTransfer();
      carried.items.add(new File([new Uint8Array(bytes)], "paper.pdf", { type: "application/pdf" }));
      document.querySelector(".drop").dispatchEvent(new DragEvent("drop", { dataTransfer: carried, cancelable: true }));
    }"""
    page.evaluate(drop, list(paper.read_bytes()))
    page.wait_for_selector("[data-verdict=issued]")


def test_without_javascript_the_form_sends_the_file(browser, live_server, paper):
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{live_server.url}/verify/")
    page.set_input_files("#id_paper", paper)
    page.click("[data-check]")
    assert page.locator("[data-verdict]").get_attribute("data-verdict") == "issued"
    assert page.locator(".checks .is-held").count() == 5


def test_the_language_can_be_changed_on_the_page_of_an_answer(page, live_server, certificate):
    page.goto(f"{live_server.url}/V/{certificate.serial}/{certificate.code}")
    page.locator("button[name=language][value=en]").click()
    page.wait_for_selector("html[lang=en] [data-verdict=issued]")
