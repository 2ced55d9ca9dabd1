"""The database is killed in the middle of a filing and comes back, and the portal goes on unrestarted."""

import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.faults.browser import Browser

FILED = "SELECT state, reference, revision FROM casework_case WHERE id = %s"
SUBMITS = "SELECT count(*) FROM ledger_entry WHERE stream = %s AND kind = 'transfer_inquiry.submit'"


@pytest.fixture
def enter(town, eventually):
    """`enter()`: Maryam's browser, at the one web process. No worker and no Valkey are there: filing needs neither."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"

    def start():
        options = ("--worker-class", "gthread", "--threads", "4", "--workers", "1", "--no-control-socket")
        town.start("web", "gunicorn", *options, "--timeout", "120", "--bind", address, "portal.wsgi:application")
        eventually(lambda: "Listening at" in town.log_of("web"))
        browser = Browser(f"http://{address}")
        entered = browser.post("/demo/enter/maryam/", browser.form("/demo/"))
        assert entered.status == 302
        return browser

    return start


def declared(browser, draft):
    return browser.form(f"/inquiries/transfer/{draft}/review/") | {"is_declared": "on"}


def send(browser, draft, form):
    return browser.post(f"/inquiries/transfer/{draft}/review/", form)


def statuses_of_a_crowd(browser):
    """Of so many pages at once that each thread of the web process uses its own connection."""
    with ThreadPoolExecutor(max_workers=8) as pool:
        return {answer.status for answer in pool.map(browser.get, ["/cases/"] * 24)}


def test_a_filing_cut_off_by_the_end_of_the_database_is_made_once_by_the_same_form(town, enter, eventually):
    town.start_postgres()
    first, second = town.tell("prepare_drafts")
    browser = enter()
    assert send(browser, first, declared(browser, first)).status == 302
    acknowledged = town.query(FILED, first)
    form = declared(browser, second)
    assert statuses_of_a_crowd(browser) == {200}

    with town.transaction() as beside, ThreadPoolExecutor(max_workers=1) as pool:
        beside.execute("LOCK TABLE ledger_entry IN SHARE MODE")  # the filing waits at its last write
        cut_off = pool.submit(send, browser, second, form)
        eventually(lambda: cut_off.done() or town.someone_waits_for("ledger_entry"))
        assert not cut_off.done()
        town.kill("postgres")
        assert cut_off.result().status >= 500
    assert browser.get("/cases/").status >= 500
    assert send(browser, second, form).status >= 500

    town.start_postgres()
    assert town.query(FILED, first) == acknowledged
    assert town.query(FILED, second) == [("draft", None, 1)]
    assert town.query(SUBMITS, f"case/{second}") == [(0,)]
    assert statuses_of_a_crowd(browser) == {200}

    once, again = (send(browser, second, form) for _ in range(2))
    assert (once.status, again.status) == (302, 302)
    [(state, reference, _revision)] = town.query(FILED, second)
    assert state == "in_intake"
    assert reference in once.headers["Location"]
    assert town.query(SUBMITS, f"case/{second}") == [(1,)]
    assert town.log_of("web").count("Booting worker") == 1
    checked = town.fsck()
    assert checked.returncode == 0, checked.stdout
