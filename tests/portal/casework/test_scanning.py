"""The scanner's port against a server that speaks clamd's protocol, well and badly; and what a sender reads."""

import socket
import threading
from contextlib import contextmanager, suppress

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from portal.casework import scanning, storage, uploads
from portal.casework.models import Attachment, Quarantined
from portal.casework.scanning import ScannerAwayError
from portal.demo.papers import specimen
from portal.demo.scanning import EICAR
from tests.portal.casework.test_uploads import jpeg, png

VIRUS = b"%PDF-1.7\n% " + EICAR + b"\n%%EOF\n"


def received(connection):
    """The bytes of one INSTREAM session, as the protocol frames them."""
    with connection.makefile("rb") as stream:
        assert stream.read(10) == b"zINSTREAM\0"
        data = b""
        while length := int.from_bytes(stream.read(4), "big"):
            part = stream.read(length)
            assert len(part) == length
            data += part
        return data


class Daemon:
    """A clamd with one habit: `answer(data)` gives the bytes to send back, None to hang up, `...` to say nothing."""

    def __init__(self, listener, answer):
        self.listener, self.answer, self.seen, self.over = listener, answer, [], threading.Event()
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            try:
                connection, _peer = self.listener.accept()
            except OSError:
                return
            with connection:
                self.seen.append(received(connection))
                answer = self.answer(self.seen[-1])
                if answer is ...:
                    self.over.wait(20)
                elif answer is not None:
                    with suppress(OSError):  # who has heard enough hangs up
                        for byte in answer:  # an answer may come in pieces
                            connection.sendall(bytes([byte]))

    def stop(self):
        self.over.set()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(5)


def verdict(data):
    return b"stream: Eicar-Test-Signature FOUND\0" if EICAR in data else b"stream: OK\0"


@pytest.fixture
def daemon(settings):
    """`with daemon(answer):` a clamd on a port of its own, which the portal asks meanwhile."""
    settings.PAPER_SCAN = "portal.casework.scanning.clamd"

    @contextmanager
    def running(answer=verdict):
        listener = socket.create_server(("127.0.0.1", 0))
        settings.CLAMD = f"127.0.0.1:{listener.getsockname()[1]}"
        server = Daemon(listener, answer)
        try:
            yield server
        finally:
            server.stop()

    return running


# --- the protocol ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, scanning.CHUNK_BYTES - 1, scanning.CHUNK_BYTES, 3 * scanning.CHUNK_BYTES + 7])
def test_every_byte_reaches_the_daemon_and_a_clean_file_has_no_name(daemon, size):
    data = bytes(number % 251 for number in range(size))
    with daemon() as server:
        assert scanning.scan(data) == ""
    assert server.seen == [data]


def test_what_was_found_is_named(daemon):
    with daemon():
        assert scanning.scan(b"before" + EICAR) == "Eicar-Test-Signature"


def test_a_daemon_behind_a_socket_file_is_asked_the_same(settings, tmp_path):
    settings.PAPER_SCAN, settings.CLAMD = "portal.casework.scanning.clamd", str(tmp_path / "clamd")
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(settings.CLAMD)
    listener.listen()
    server = Daemon(listener, verdict)
    try:
        assert scanning.scan(EICAR) == "Eicar-Test-Signature"
        assert scanning.scan(b"clean") == ""
    finally:
        server.stop()


@pytest.mark.parametrize(
    "answer",
    [
        b"INSTREAM size limit exceeded. ERROR\0",
        b"stream: Can't allocate memory ERROR\0",
        b"UNKNOWN COMMAND\0",
        b"\0",
        b"stream: OK",  # cut off before its end
        b"x" * 9000,
        None,
    ],
)
def test_whatever_is_no_verdict_is_no_word_that_a_file_is_clean(daemon, answer):
    with daemon(lambda data: answer), pytest.raises(ScannerAwayError):
        scanning.scan(b"paper")


def test_a_daemon_that_says_nothing_is_given_up(daemon, monkeypatch):
    monkeypatch.setattr(scanning, "ANSWER_S", 0.2)
    with daemon(lambda data: ...), pytest.raises(ScannerAwayError, match="TimeoutError"):
        scanning.scan(b"paper")


@pytest.mark.parametrize("address", ["127.0.0.1:1", "/nowhere/clamd", "nonsense", "127.0.0.1:port", ""])
def test_an_address_where_nobody_answers_is_no_clean_file(settings, address):
    settings.PAPER_SCAN, settings.CLAMD = "portal.casework.scanning.clamd", address
    with pytest.raises(ScannerAwayError):
        scanning.scan(b"paper")


# --- the port --------------------------------------------------------------------------------------------------------


def test_without_a_scanner_the_portal_refuses_to_start(settings):
    settings.PAPER_SCAN = ""
    assert [error.id for error in scanning.a_scanner_is_configured()] == ["portal.E020"]
    with pytest.raises(ImproperlyConfigured):
        scanning.scan(b"paper")


def test_a_scanner_that_does_not_exist_is_named(settings):
    settings.PAPER_SCAN = "portal.nowhere.scan"
    assert [error.id for error in scanning.a_scanner_is_configured()] == ["portal.E021"]


def test_the_scanner_of_the_demonstration_serves_it_only(settings):
    settings.DEMO, settings.PAPER_SCAN = False, "portal.demo.scanning.knows_eicar"
    assert [error.id for error in scanning.a_scanner_is_configured()] == ["portal.E022"]
    with pytest.raises(ImproperlyConfigured):
        scanning.scan(b"paper")


def test_the_adapter_for_clamd_passes_the_check(settings):
    settings.PAPER_SCAN = "portal.casework.scanning.clamd"
    assert scanning.a_scanner_is_configured() == []


# --- what an upload meets --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "declared", "data"), [
    ("a.jpg", "image/jpeg", jpeg()), ("a.png", "image/png", png()), ("a.pdf", "application/pdf", specimen),
])  # fmt: skip
def test_pictures_and_papers_are_scanned_as_they_were_received(daemon, name, declared, data):
    data = specimen("title_deed") if callable(data) else data
    with daemon() as server:
        uploads.clean(SimpleUploadedFile(name, data), declared_type=declared, name=name)
    assert server.seen == [data]


def send(browser, draft, data, name="deed.pdf", kind="application/pdf"):
    url = reverse("inquiries:papers", args=[draft.pk])
    return browser.post(url, {"document": "title_deed", "file": SimpleUploadedFile(name, data, content_type=kind)})


def files_in(store, path=""):
    if path and not storages[store].exists(path):
        return []
    try:
        folders, names = storages[store].listdir(path)
    except FileNotFoundError:
        return []
    found = [f"{path}/{name}".lstrip("/") for name in names]
    return found + [name for folder in folders for name in files_in(store, f"{path}/{folder}".lstrip("/"))]


@pytest.fixture
def own_stores(settings, tmp_path):
    """Stores with nothing in them but what the test puts there."""
    for name in ("papers", "quarantine"):
        place = {**settings.STORAGES[name], "OPTIONS": {"location": tmp_path / name}}
        settings.STORAGES = {**settings.STORAGES, name: place}


@pytest.mark.django_db
def test_the_test_virus_is_refused_and_locked_away(draft, own_stores, maryam, client_of, caplog):
    before = list(draft.attachments.order_by("pk").values_list("pk", "replaced_at"))
    answer = send(client_of(maryam), draft, VIRUS, name="maryams-deed.pdf")
    assert answer.status_code == 422 and "ویروس‌یاب" in answer.content.decode()
    assert list(draft.attachments.order_by("pk").values_list("pk", "replaced_at")) == before
    row = Quarantined.objects.get()
    assert (row.found, row.size_bytes) == ("Eicar-Test-Signature", len(VIRUS))
    assert files_in("quarantine") == [storage.path_of(row.sha256)] and files_in("papers") == []
    assert row.sha256[:12] in caplog.text
    assert "maryams-deed" not in caplog.text and str(maryam.pk) not in caplog.text


@pytest.mark.django_db
def test_without_the_scanners_word_nothing_is_taken_and_the_same_file_is_taken_later(
    draft, own_stores, maryam, client_of, daemon, settings
):
    settings.PAPER_SCAN, settings.CLAMD = "portal.casework.scanning.clamd", "127.0.0.1:1"
    draft.attachments.all().delete()
    answer = send(client_of(maryam), draft, specimen("title_deed"))
    assert answer.status_code == 422 and "چند دقیقهٔ دیگر" in answer.content.decode()
    assert not Attachment.objects.filter(case=draft).exists()
    assert files_in("papers") == files_in("quarantine") == [] and not Quarantined.objects.exists()
    with daemon():
        assert send(client_of(maryam), draft, specimen("title_deed")).status_code == 302
    assert Attachment.objects.filter(case=draft, document="title_deed").exists()


@pytest.mark.django_db(transaction=True)
def test_the_scanner_is_asked_outside_any_transaction(draft, maryam, client_of, settings):
    settings.PAPER_SCAN = "tests.portal.casework.test_scanning.note_the_transaction"
    IN_TRANSACTION.clear()
    assert send(client_of(maryam), draft, specimen("title_deed")).status_code == 302
    assert IN_TRANSACTION == [False]


@pytest.mark.django_db(transaction=True)
def test_nor_when_a_returned_case_is_answered(returned, maryam, client_of, settings):
    settings.PAPER_SCAN = "tests.portal.casework.test_scanning.note_the_transaction"
    IN_TRANSACTION.clear()
    url = reverse("workflow:step", args=["cases", returned.reference, "answer"])
    deed = SimpleUploadedFile("deed.pdf", specimen("title_deed"), content_type="application/pdf")
    form = {"seen": returned.revision, "key": "01890000-0000-7000-8000-000000000003", "title_deed": deed}
    assert client_of(maryam).post(url, form).status_code == 302
    returned.refresh_from_db()
    assert (IN_TRANSACTION, returned.state) == ([False], "in_review")


IN_TRANSACTION: list[bool] = []


def note_the_transaction(data):
    from django.db import connection

    IN_TRANSACTION.append(connection.in_atomic_block)
    return ""
