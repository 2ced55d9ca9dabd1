"""The walkthrough must fail when something is not seen; and it must read pages as a browser does."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.test import RequestFactory

from portal.demo import cases
from portal.demo.walkthrough.camera import Camera
from portal.demo.walkthrough.diary import Diary, StoryBroken
from portal.demo.walkthrough.pages import File, NotSeen, read
from portal.demo.walkthrough.visitor import Visitor, multipart

PAGE = """<!doctype html><html><head><title>Unseen</title></head><body>
<h1>Papers <bdi>of</bdi> the case</h1><p hidden>Not for the eye</p><script>let words = "nor this";</script>
<table><tr><th>Code</th><td><b>123456</b></td><td>\u20660914\u2069</td></tr></table><a href="/next/">Go on</a>
<form method="post" action="/language/"><input type="hidden" name="next" value="/"><button name="language"
 value="en">English</button></form>
<form method="post" enctype="multipart/form-data" action="/send/">
<input type="hidden" name="csrf" value="token"><input name="city" value="Urmia">
<select name="deal"><option value="">Choose</option><option value="sale">Sale</option></select>
<input type="radio" name="is_whole" value="yes"><input type="radio" name="is_whole" value="no">
<input type="checkbox" name="is_declared"><textarea name="note">as &lt;before&gt;</textarea>
<input type="file" name="paper"><input type="file" name="paper" capture><input name="off" disabled value="x">
<button type="button">Print</button><button type="submit">Send</button></form></body></html>"""


class Closed(BaseHTTPRequestHandler):
    """A portal whose every page says only that it is closed."""

    def do_GET(self) -> None:
        self.send_response(503)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write("<!doctype html><h1>بسته است</h1>".encode())

    def log_message(self, *_words: object) -> None:
        """Quiet."""


@pytest.fixture
def closed_portal(monkeypatch):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Closed)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    address = f"http://127.0.0.1:{server.server_address[1]}"
    monkeypatch.setenv("PORTAL_URL", address)
    monkeypatch.setenv("CHROMIUM", "/no/such/browser")
    yield address
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def page():
    return read("http://portal/", 200, PAGE.encode(), "text/html")


@pytest.fixture
def worker(transactional_db):
    """Relay and worker in a thread, for as long as the test runs."""
    stopped = threading.Event()

    def work() -> None:
        try:
            while not stopped.wait(0.2):
                cases.settle()
        finally:
            connections.close_all()

    thread = threading.Thread(target=work)
    thread.start()
    yield
    stopped.set()
    thread.join()


# --- the command ---------------------------------------------------------------------------------------------------


def test_the_whole_story_is_seen_to_work(live_server, worker, tmp_path, monkeypatch):
    monkeypatch.setenv("PORTAL_URL", live_server.url)
    monkeypatch.setenv("CHROMIUM", "/no/such/browser")
    call_command("walkthrough", "--out", str(tmp_path))
    record = json.loads((tmp_path / "certificate.json").read_text())
    assert record["serial"] in (tmp_path / "verify.txt").read_text()
    assert (tmp_path / "certificate.pdf").read_bytes().startswith(b"%PDF-")
    assert "BEGIN CERTIFICATE" in (tmp_path / "root.pem").read_text()
    assert not (tmp_path / "failure.html").exists()
    story = (tmp_path / "story.txt").read_text()
    for actor in ("stranger", "maryam", "reza", "help-desk", "archivist", "reviewer-1", "approver", "signatory"):
        assert f"  {actor}: " in story


def test_a_step_that_is_not_seen_ends_the_walkthrough_with_its_name_and_page(closed_portal, tmp_path, capsys):
    with pytest.raises(CommandError) as failure:
        call_command("walkthrough", "--out", str(tmp_path))
    assert failure.value.returncode == 1
    assert "not seen: stranger: opens the front page" in str(failure.value)
    assert f"{closed_portal}/ (answer 503)" in str(failure.value)
    assert "بسته است" in (tmp_path / "failure.html").read_text()
    assert (tmp_path / "story.txt").exists()
    assert not (tmp_path / "certificate.pdf").exists()
    said = capsys.readouterr().out
    assert "screenshots: not taken (no Chromium)" in said
    assert "all" not in said.splitlines()[-1]


def test_a_portal_that_does_not_answer_is_a_failure_too(closed_portal, tmp_path, monkeypatch):
    monkeypatch.setenv("PORTAL_URL", "http://127.0.0.1:1")
    with pytest.raises(CommandError, match="opens the front page"):
        call_command("walkthrough", "--out", str(tmp_path))


def test_without_a_portal_it_says_how_to_start_one(monkeypatch, tmp_path):
    monkeypatch.delenv("PORTAL_URL", raising=False)
    with pytest.raises(CommandError, match="make walkthrough"):
        call_command("walkthrough", "--out", str(tmp_path))


def test_the_diary_keeps_what_was_seen_and_tells_it_at_once(page, tmp_path):
    told: list[str] = []
    diary, visitor = Diary(told.append), Visitor("http://portal", "maryam")
    visitor.page = page
    with diary.step(visitor, "reads"):
        page.shows("Papers of the case")
    with pytest.raises(StoryBroken, match="maryam: looks for more"), diary.step(visitor, "looks for more"):
        page.shows("a page that is not there")
    diary.write(tmp_path / "story.txt", "Story")
    story = (tmp_path / "story.txt").read_text()
    assert "maryam: reads" in story
    assert "seen: Papers of the case" in story
    assert len(told) == 1


def test_without_chromium_no_picture_is_taken(monkeypatch, tmp_path, page):
    monkeypatch.setenv("CHROMIUM", "/no/such/browser")
    visitor = Visitor("http://portal", "maryam")
    visitor.page = page
    with Camera(tmp_path / "pictures", print) as camera:
        camera.take(visitor, "page")
        assert not camera.is_ready
    assert not (tmp_path / "pictures").exists()


# --- pages and forms -----------------------------------------------------------------------------------------------


def test_a_page_has_the_words_that_the_eye_reads(page):
    page.shows("Papers of the case", "0914")
    for unseen in ("Unseen", "Not for the eye", "nor this"):
        assert not page.says(unseen)
        with pytest.raises(NotSeen):
            page.shows(unseen)


def test_links_and_rows_are_found_by_their_words(page):
    assert page.link("Go on") == "/next/"
    assert page.row("0914") == ["Code", "123456", "0914"]
    with pytest.raises(NotSeen):
        page.link("Go back")


def test_a_form_sends_what_a_browser_would_send(page):
    form, button = page.form("Send")
    form.fill({"deal": "sale", "is_whole": "no", "is_declared": True})
    expected = [
        ("csrf", "token"), ("city", "Urmia"), ("deal", "sale"), ("is_whole", "no"), ("is_declared", "on"),
        ("note", "as <before>"),
    ]  # fmt: skip
    assert form.sent(button) == expected


def test_what_is_not_chosen_is_not_sent(page):
    form, button = page.form("Send")
    assert dict(form.sent(button)) == {"csrf": "token", "city": "Urmia", "deal": "", "note": "as <before>"}


def test_the_pressed_button_is_sent_with_its_name(page):
    form, button = page.form("English")
    assert form.sent(button) == [("next", "/"), ("language", "en")]


@pytest.mark.parametrize("typed", [{"deal": "gift"}, {"off": "y"}, {"colour": "blue"}])
def test_what_the_page_does_not_offer_cannot_be_filled_in(page, typed):
    with pytest.raises(NotSeen):
        page.form("Send")[0].fill(typed)


def test_a_button_is_chosen_among_several_by_what_its_form_holds(page):
    assert page.form("Send", holding={"city": "Ur"})[0].action == "/send/"
    with pytest.raises(NotSeen):
        page.form("Send", holding={"city": "Tabriz"})


def test_a_file_arrives_as_a_browser_would_send_it():
    file = File("سند.jpg", "image/jpeg", b"\xff\xd8\r\n--\x00")
    body, kind = multipart([("note", "دو خط")], [("paper", file)])
    request = RequestFactory().generic("POST", "/", body, kind)
    received = request.FILES["paper"]
    assert request.POST["note"] == "دو خط"
    assert (received.name, received.content_type, received.read()) == (file.name, file.media_type, file.content)


def test_nobody_leaves_the_portal():
    with pytest.raises(ValueError, match="no page of"):
        Visitor("http://portal", "maryam").go("http://elsewhere/")
