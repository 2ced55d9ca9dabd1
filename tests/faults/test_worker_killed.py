"""The worker is killed while it makes a paper, its message is lost, the broker goes away: the paper comes, once."""

import pytest
import redis

PAPERS = "SELECT state, pdf_sha256 <> '' FROM documents_certificate WHERE case_id = %s"
DUTIES = """
    SELECT receipt.tries, receipt.done_at IS NOT NULL
    FROM outbox_receipt receipt
    JOIN outbox_event event ON event.id = receipt.event_id
    JOIN documents_certificate certificate ON certificate.id = event.subject_id
    WHERE certificate.case_id = %s AND receipt.consumer LIKE '%%.make_paper'
"""
ISSUES = """
    SELECT count(*) FROM ledger_entry entry
    JOIN documents_certificate certificate ON entry.stream = 'certificate/' || certificate.id
    WHERE certificate.case_id = %s AND entry.kind = 'certificate.issue'
"""
CLOSED = "SELECT state FROM casework_case WHERE id = %s AND closed_at IS NOT NULL"
# The time passes after which the relay holds a message to be lost.
TIME_PASSES = "UPDATE outbox_receipt SET sent_at = sent_at - interval '151 s' WHERE done_at IS NULL"


@pytest.fixture(scope="module")
def city(town):
    town.start_postgres()
    town.start_valkey()
    town.tell("build_city")
    return town


def start_relay(town):
    town.start("relay", "python", "manage.py", "relay")


def start_worker(town):
    town.start("worker", "celery", "-A", "portal", "worker", "-c", "1", "-l", "INFO")


def ready_workers(town):
    return town.log_of("worker").count(" ready.")


def assert_answered_once(town, case):
    assert town.query(PAPERS, case) == [("issued", True)]
    assert town.query(ISSUES, case) == [(1,)]
    checked = town.fsck()
    assert checked.returncode == 0, checked.stdout


def test_a_paper_cut_off_with_its_worker_and_its_message_is_made_once(city, eventually):
    case = city.tell("answer", "maryam")
    with city.transaction() as beside:
        beside.execute("SELECT 1 FROM documents_certificate WHERE case_id = %s FOR UPDATE", [case])
        start_relay(city)
        start_worker(city)
        eventually(lambda: city.someone_waits_for("documents_certificate"))  # the paper is stored and not yet issued
        city.kill("worker")
    assert city.query(DUTIES, case) == [(1, False)]
    assert city.query(PAPERS, case) == [("intended", False)]
    redis.Redis.from_url(city.environment["REDIS_URL"]).flushall()

    before = ready_workers(city)
    start_worker(city)
    eventually(lambda: ready_workers(city) > before)
    assert city.change(TIME_PASSES) >= 1
    city.change("NOTIFY outbox")  # the relay would also look by itself
    eventually(lambda: city.query(CLOSED, case) == [("issued",)])
    assert city.query(DUTIES, case) == [(2, True)]
    assert_answered_once(city, case)
    city.kill("relay")
    city.kill("worker")


def test_a_case_filed_and_decided_while_the_broker_is_away_gets_its_paper_when_it_is_back(city, eventually):
    before = ready_workers(city)
    start_relay(city)
    start_worker(city)
    eventually(lambda: ready_workers(city) > before)
    city.kill("valkey")
    case = city.tell("answer", "reza")
    eventually(lambda: "trying again" in city.log_of("relay"))
    assert city.query(DUTIES, case) == [(0, False)]
    assert city.query(PAPERS, case) == [("intended", False)]

    city.start_valkey()
    eventually(lambda: city.query(CLOSED, case) == [("issued",)])
    assert_answered_once(city, case)
