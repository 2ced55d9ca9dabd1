"""The worker is killed while it makes a paper, and its message is lost (reliability.md, faults): the paper comes, once."""

import redis

PAPERS = "SELECT state, pdf_sha256 <> '' FROM documents_certificate WHERE case_id = %s"
DUTY = """SELECT receipt.tries, receipt.done_at IS NOT NULL FROM outbox_receipt receipt
    WHERE receipt.consumer = 'portal.documents.consumers.make_paper' AND receipt.tries > 0"""
ISSUES = "SELECT count(*) FROM ledger_entry WHERE kind = 'certificate.issue'"
STATE = "SELECT state FROM casework_case WHERE id = %s AND closed_at IS NOT NULL"


def start_worker(town):
    town.start("worker", "celery", "-A", "portal", "worker", "-c", "1", "-l", "INFO", "--without-mingle")


def is_answered(town, case):
    return town.query(STATE, case) == [("issued",)]


def test_a_paper_cut_off_with_its_worker_and_its_message_is_made_once(town, eventually):
    town.start_postgres()
    town.start_valkey()
    case, _draft = town.tell("prepare_signature")
    town.start("relay", "python", "manage.py", "relay")
    start_worker(town)
    with town.transaction() as beside:
        town.tell("sign", case)
        beside.execute("SELECT 1 FROM documents_certificate WHERE case_id = %s FOR UPDATE", [case])
        eventually(lambda: town.someone_waits_for("documents_certificate"))  # the paper is stored and not yet issued
        town.kill("worker")
    assert town.query(DUTY) == [(1, False)]
    assert town.query(PAPERS, case) == [("intended", False)]
    redis.Redis.from_url(town.environment["REDIS_URL"]).flushall()

    start_worker(town)
    eventually(lambda: town.log_of("worker").count(" ready.") == 2)
    # The time passes after which the relay holds the message to be lost, and it looks again.
    lost = "UPDATE outbox_receipt SET sent_at = sent_at - interval '151 s' WHERE done_at IS NULL"
    assert town.change(lost) >= 1
    town.change("NOTIFY outbox")
    eventually(lambda: is_answered(town, case))
    assert town.query(DUTY) == [(2, True)]
    assert town.query(PAPERS, case) == [("issued", True)]
    assert town.query(ISSUES) == [(1,)]
    checked = town.fsck()
    assert checked.returncode == 0, checked.stdout
