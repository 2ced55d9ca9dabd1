"""`fsck` finds every quiet change: each test makes one, as somebody with the database's password would."""

import base64
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from io import StringIO
from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from portal.accounts import grants, people, second_factor
from portal.accounts.actors import Actor
from portal.accounts.models import Membership, Office, Role, RoleGrant, User
from portal.casework import sealing as openings
from portal.casework import storage
from portal.casework.models import Attachment, Case, CaseView, DailyCount, opened
from portal.core.sealing import EMPTY
from portal.demo import cases, papers
from portal.demo.papers import received
from portal.documents.models import Certificate
from portal.ledger import chain
from portal.ledger.models import Entry, Head, Pending
from portal.outbox.models import Receipt
from portal.oversight import fsck
from portal.parcels import acts, sealing
from portal.parcels.models import DebtLine, Ownership, RegisterAct
from portal.workflow.perform import perform


@pytest.fixture(autouse=True)
def store(settings, tmp_path):
    """A store of its own for each test, because some of them damage it."""
    settings.STORAGES = {
        **settings.STORAGES,
        "papers": {**settings.STORAGES["papers"], "OPTIONS": {"location": tmp_path}},
    }
    papers.received.cache_clear()
    yield tmp_path
    papers.received.cache_clear()


def found() -> list[tuple[str, str]]:
    return [(fault.rule, fault.subject) for fault in fsck.faults()]


def sql(statement: str, *values: object) -> int:
    """One statement by a superuser who has read the migrations."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE ledger_entry DISABLE TRIGGER USER")
        cursor.execute("ALTER TABLE casework_caseview DISABLE TRIGGER USER")
        cursor.execute(statement, values)
        return cursor.rowcount


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside is taken back, so that one walked case serves many changes."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def last_entry(case: Case) -> Entry:
    entry = Entry.objects.of(case.stream).last()
    assert entry is not None
    return entry


def test_a_walked_case_and_the_base_are_in_order(case_at):
    case_at("issued")
    assert found() == []


def test_so_are_a_draft_and_a_return(draft, returned):
    assert found() == []


def test_so_are_an_answer_and_a_rejection(returned, maryam, actor_of):
    perform(returned, "answer", actor=actor_of(maryam), fields={}, papers={"title_deed": received("title_deed")})
    cases.by(Role.REVIEWER, Case.objects.get(pk=returned.pk), "reject", reason="R01", note="حق درخواست ندارد.")
    assert found() == []


def test_so_is_a_debt_that_the_check_asked_for(case_at, apartment):
    case = case_at("in_review")
    DebtLine.objects.create(
        parcel=apartment, line=DebtLine.Line.RENOVATION, year=1390, due_rial=1_250_000, paid_rial=0,
        due_on=date(2011, 6, 1),
    )  # fmt: skip
    acts.record(RegisterAct.Kind.IMPORT, actor=Actor.system("test"), source_sha256="0" * 64, rows=1, changed=[DebtLine])
    assert cases.endorse(case).state == "returned"
    assert found() == []


# --- rows ----------------------------------------------------------------------------------------------------------


CHANGES = (
    "UPDATE casework_case SET district_id = 3 WHERE id = %s",
    "UPDATE casework_case SET submitted_at = submitted_at - interval '1 month' WHERE id = %s",
    "UPDATE casework_case SET reviewer_id = NULL WHERE id = %s",
    "UPDATE casework_case SET state = 'rejected' WHERE id = %s",
    "UPDATE casework_case SET revision = revision + 1 WHERE id = %s",
    "UPDATE casework_case SET workflow = 'invented' WHERE id = %s",
    "UPDATE inquiries_inquiry SET letter_no = '1405/1' WHERE case_id = %s",
    "UPDATE inquiries_inquiry SET share_numerator = 1, share_denominator = 2 WHERE case_id = %s",
    "UPDATE inquiries_finding SET outcome = 'na' WHERE inquiry_id = %s",
    "DELETE FROM inquiries_finding WHERE inquiry_id = %s",
    "UPDATE inquiries_finding SET author_id = (SELECT id FROM accounts_user WHERE username = 'auditor')"
    " WHERE inquiry_id = %s",
    "UPDATE casework_attachment SET cleaned_sha256 = repeat('a', 64) WHERE case_id = %s",
    "UPDATE casework_attachment SET received_sha256 = repeat('a', 64) WHERE case_id = %s",
    "UPDATE casework_attachment SET replaced_at = now() WHERE case_id = %s",
    "UPDATE casework_attachment SET document = 'x' || document WHERE case_id = %s",
)


def test_each_changed_row_is_found(case_at):
    case = case_at("awaiting_approval")
    for statement in CHANGES:
        with undone():
            assert sql(statement, case.pk), statement
            assert ("I12", case.stream) in found(), statement
    assert found() == []


def test_a_changed_remark_is_found(returned):
    remark = returned.remarks.get()
    remark.text = "همه چیز درست است."
    remark.save()
    assert found() == [("I12", returned.stream)] * 2  # a text nobody recorded, and a recorded one that is gone


@pytest.mark.parametrize("statement", [
    "UPDATE casework_deficiency SET reason = 'B02' WHERE case_id = %s",
    "UPDATE casework_deficiency SET item = 'identity' WHERE case_id = %s",
    "DELETE FROM casework_deficiency WHERE case_id = %s",
    "UPDATE casework_remark SET author_id = (SELECT id FROM accounts_user WHERE username = 'auditor')"
    " WHERE case_id = %s",
])  # fmt: skip
def test_another_demand_or_another_author_is_found(returned, statement):
    assert sql(statement, returned.pk)
    assert ("I12", returned.stream) in found()


def test_a_changed_certificate_is_found(case_at):
    certificate = case_at("issued").certificates.get()
    sql("UPDATE documents_certificate SET valid_until = valid_until + 365 WHERE id = %s", certificate.pk)
    assert found() == [("I12", certificate.stream)]


def test_a_changed_rollout_is_found(db):
    sql("UPDATE districts_rollout SET live_on = '2019-01-01' WHERE district_id = 1")
    assert {rule for rule, _subject in found()} == {"I12"}


def test_a_deleted_record_leaves_its_history_behind(case_at, reviewer, actor_of):
    case = case_at("in_review")
    cases.take(case, actor_of(reviewer))
    taken = case.assignments.last()
    sql("DELETE FROM casework_assignment WHERE id = %s", taken.pk)
    assert found() == [("I12", taken.stream)]


def test_a_record_without_history_is_found(case_at, apartment):
    made = Case.objects.create(workflow="transfer_inquiry", state="draft", state_since=timezone.now(), parcel=apartment)
    assert found() == [("I12", made.stream)]


def test_a_hand_made_certificate_is_found(case_at):
    case = case_at("in_review")
    pdf = storage.put(b"%PDF-1.7 made at home")
    made = Certificate.objects.create(
        workflow="certificate", state="issued", state_since=timezone.now(), revision=2, case=case, digest=pdf,
        serial="U1405-1-999999-0", number="1405/1/999", template="transfer/1", pdf_sha256=pdf,
        issued_at=timezone.now(), valid_until=date(2027, 1, 1),
    )  # fmt: skip
    assert ("I12", made.stream) in found()


# --- the chain -----------------------------------------------------------------------------------------------------


def test_a_changed_body_is_found(case_at):
    entry = last_entry(case_at("in_review"))
    body = bytes(entry.body).replace(b'"to":"in_review"', b'"to":"in_intake"')
    sql("UPDATE ledger_entry SET body = %s WHERE id = %s", body, entry.pk)
    assert ("I3", str(entry).split()[0]) in found()


def test_a_body_that_is_no_longer_text_is_found(case_at):
    entry = last_entry(case_at("in_review"))
    sql("UPDATE ledger_entry SET body = '\\x00ff' WHERE id = %s", entry.pk)
    assert ("I3", str(entry).split()[0]) in found()


def test_a_body_changed_with_its_hash_breaks_the_next_link(case_at):
    first, second = list(Entry.objects.of(case_at("in_review").stream))[:2]
    body = bytes(first.body).replace(b'"actor":"user', b'"actor":"USER')
    leaf = chain.leaf_hash(bytes(first.salt), body)
    sql(
        "UPDATE ledger_entry SET body = %s, actor = 'USER' || substr(actor, 5), leaf_hash = %s WHERE id = %s",
        body,
        leaf,
        first.pk,
    )
    sql("UPDATE ledger_pending SET leaf_hash = %s WHERE entry_id = %s", leaf, first.pk)
    assert found() == [("I2", f"{second.stream}#{second.seq}")]


CHANGED_COLUMNS = (
    "UPDATE ledger_entry SET actor = 'user/other' WHERE id = %s",
    "UPDATE ledger_entry SET at = at + interval '1 day' WHERE id = %s",
    "UPDATE ledger_entry SET kind = 'transfer_inquiry.reject' WHERE id = %s",
)


def test_each_changed_column_of_an_entry_is_found(case_at):
    entry = last_entry(case_at("in_review"))
    for statement in CHANGED_COLUMNS:
        with undone():
            sql(statement, entry.pk)
            assert ("I3", str(entry).split()[0]) in found(), statement


def test_swapped_salts_are_found(case_at):
    first, second = list(Entry.objects.of(case_at("in_review").stream))[:2]
    sql("UPDATE ledger_entry SET salt = %s WHERE id = %s", bytes(second.salt), first.pk)
    assert found() == [("I3", f"{first.stream}#{first.seq}")]


def test_each_missing_entry_is_found(case_at):
    case = case_at("in_review")
    for entry in list(Entry.objects.of(case.stream)):
        with undone():
            sql("DELETE FROM ledger_entry WHERE id = %s", entry.pk)
            sql("DELETE FROM ledger_pending WHERE entry_id = %s", entry.pk)
            assert ("I2", case.stream) in found(), entry


def test_a_history_cut_off_with_its_head_is_found(case_at):
    case = case_at("in_review")
    sql("DELETE FROM ledger_pending WHERE entry_id IN (SELECT id FROM ledger_entry WHERE stream = %s)", case.stream)
    sql("DELETE FROM ledger_entry WHERE stream = %s", case.stream)
    Head.objects.filter(stream=case.stream).delete()
    assert ("I12", case.stream) in found()


def test_entries_without_a_head_are_found(case_at):
    case = case_at("in_review")
    Head.objects.filter(stream=case.stream).delete()
    assert found() == [("I2", case.stream)]


def test_an_entry_that_left_the_queue_is_found(case_at):
    entry = last_entry(case_at("in_review"))
    Pending.objects.filter(entry_id=entry.pk).delete()
    assert found() == [("I4", f"{entry.stream}#{entry.seq}")]


def test_a_stranger_in_the_queue_is_found(db):
    pending = Pending.objects.create(entry_id=Case().pk, leaf_hash=bytes(32))
    assert found() == [("I4", f"pending {pending.pk}")]


def test_a_step_that_the_table_does_not_have_is_found(case_at):
    """Chained, sealed and hashed in good order, by somebody who can call the ledger but not change the table."""
    case = case_at("in_review")
    Case.objects.filter(pk=case.pk).update(state="in_issue", revision=case.revision + 1)
    case.refresh_from_db()
    facts = {"from": "in_review", "to": "in_issue", "revision": case.revision, "record": case.record_digest()}
    chain.append(chain.lock(case.stream), "transfer_inquiry.sign", actor="user/x", data=facts)
    assert ("I12", case.stream) in found()
    assert any("no step of the table" in fault.text for fault in fsck.faults())


def test_an_entry_older_than_the_one_before_it_is_found(case_at):
    case = case_at("in_intake")
    last = last_entry(case)
    place = chain.Place(case.stream, last.seq + 1, bytes(last.leaf_hash), last.at - timedelta(days=30))
    made = chain._entry(place, "transfer_inquiry.accept", "user/x", {})
    made.save(force_insert=True)
    Pending.objects.create(entry_id=made.pk, leaf_hash=made.leaf_hash)
    Head.objects.filter(stream=case.stream).update(seq=made.seq, last=made.leaf_hash, last_at=made.at)
    assert ("I2", f"{case.stream}#{made.seq}") in found()


# --- rights --------------------------------------------------------------------------------------------------------


def test_a_membership_that_nobody_entered_is_found(maryam):
    office = Office.objects.get(kind="notary", number="12")
    made = Membership.objects.create(user=maryam, office=office)
    assert found() == [("I12", f"membership {made.pk}")]


def test_a_membership_that_was_ended_quietly_is_found(notary_clerk):
    Membership.objects.filter(user=notary_clerk).update(ended_at=timezone.now())
    assert [rule for rule, _subject in found()] == ["I12"]


def test_joining_and_leaving_are_in_order(maryam):
    joined = grants.join(maryam, Office.objects.get(kind="notary", number="12"), actor=Actor.system("test"))
    grants.leave(joined, actor=Actor.system("test"))
    assert found() == []


def test_a_role_given_by_hand_is_found(reza):
    held = RoleGrant.objects.create(user=reza, role=Role.SIGNATORY, district_id=1)
    assert found() == [("I12", f"grant {held.pk}")]


def test_a_role_taken_by_hand_or_widened_or_deleted_is_found(reviewer, approver, signatory):
    held = [RoleGrant.objects.filter(user=person).order_by("pk")[0] for person in (reviewer, approver, signatory)]
    RoleGrant.objects.filter(pk=held[0].pk).update(revoked_at=timezone.now())
    RoleGrant.objects.filter(pk=held[1].pk).update(district=None)
    RoleGrant.objects.filter(pk=held[2].pk).delete()
    assert sorted(found()) == sorted(("I12", f"grant {grant.pk}") for grant in held)


def test_a_role_revoked_by_entry_is_in_order(reviewer):
    grants.revoke(RoleGrant.objects.get(user=reviewer), actor=Actor.system("test"))
    assert found() == []


# --- people --------------------------------------------------------------------------------------------------------

CHANGED_PEOPLE = (
    "UPDATE accounts_user SET is_active = false WHERE id = %s",
    "UPDATE accounts_user SET is_staff_member = false WHERE id = %s",
    "UPDATE accounts_user SET full_name = full_name || 'ی' WHERE id = %s",
    "UPDATE accounts_user SET username = 'signatory-2' WHERE id = %s",
    "UPDATE accounts_user SET post = 'شهردار' WHERE id = %s",
    "UPDATE accounts_user SET national_code_index = '\\x00' WHERE id = %s",
    "UPDATE accounts_user SET mobile_index = '\\x00' WHERE id = %s",
    "UPDATE accounts_user SET is_mobile_verified = NOT is_mobile_verified WHERE id = %s",
    "UPDATE accounts_user SET password = (SELECT password FROM accounts_user WHERE username = 'approver')"
    " WHERE id = %s",
    "UPDATE accounts_user SET joined_at = joined_at - interval '1 day' WHERE id = %s",
    "UPDATE accounts_user SET mobile = (SELECT mobile FROM accounts_user WHERE username = 'approver') WHERE id = %s",
    "DELETE FROM mfa_authenticator WHERE type = 'totp' AND user_id = %s",
    "DELETE FROM mfa_authenticator WHERE type = 'recovery_codes' AND user_id = %s",
    "UPDATE mfa_authenticator mine SET data = other.data FROM mfa_authenticator other JOIN accounts_user u"
    " ON u.id = other.user_id WHERE u.username = 'approver' AND other.type = 'totp' AND mine.type = 'totp'"
    " AND mine.user_id = %s",
    "UPDATE mfa_authenticator mine SET data = other.data FROM mfa_authenticator other JOIN accounts_user u"
    " ON u.id = other.user_id WHERE u.username = 'approver' AND other.type = 'recovery_codes'"
    " AND mine.type = 'recovery_codes' AND mine.user_id = %s",
    "UPDATE mfa_authenticator SET data = data || '{\"migrated_codes\": []}' WHERE type = 'totp' AND user_id = %s",
    "UPDATE mfa_authenticator SET data = data || '{\"weight\": 0.5}' WHERE type = 'totp' AND user_id = %s",
    "UPDATE mfa_authenticator SET data = '[]' WHERE type = 'totp' AND user_id = %s",
    "INSERT INTO mfa_authenticator (type, data, created_at, user_id) SELECT 'webauthn', '{}', now(), %s",
)


def test_each_quiet_change_of_a_person_is_found(reviewer):
    for statement in CHANGED_PEOPLE:
        with undone():
            assert sql(statement, reviewer.pk), statement
            assert found() == [("I12", f"user/{reviewer.pk}")], statement
    assert found() == []


def test_an_invented_person_is_found(db):
    made = User.objects.create(username="ghost", full_name="کسی", is_staff_member=True)
    assert found() == [("I12", f"user/{made.pk}")]


def test_a_person_who_was_deleted_is_found(db):
    person = people.enter(User(full_name="سارا", national_code="9900000039"), actor=Actor.system("test"))
    assert found() == []
    sql("DELETE FROM accounts_user WHERE id = %s", person.pk)
    assert found() == [("I12", f"user/{person.pk}")]


def test_an_older_mobile_put_back_is_found(maryam):
    """Whoever holds the number that she gave up could sign in with it again."""
    [before] = User.objects.filter(pk=maryam.pk).values_list("mobile", flat=True)
    maryam.mobile = "09140000099"
    people.change(maryam, "mobile", actor=Actor.system("test"))
    assert found() == []
    sql("UPDATE accounts_user SET mobile = %s WHERE id = %s", bytes(before), maryam.pk)
    assert found() == [("I12", f"user/{maryam.pk}")]


def test_an_older_authenticator_put_back_is_found(reviewer):
    before = Authenticator.objects.get(user=reviewer, type="totp").data
    second_factor.enrol(reviewer, second_factor.new_secret(), actor=Actor.of(reviewer))
    assert found() == []
    Authenticator.objects.filter(user=reviewer, type="totp").update(data=before)
    assert found() == [("I12", f"user/{reviewer.pk}")]


def test_using_the_second_factor_is_in_order(reviewer):
    assert second_factor.verify(reviewer, second_factor.next_code(reviewer))
    assert second_factor.verify(reviewer, second_factor.recovery_codes(reviewer)[0])
    assert found() == []


# --- who opened a file ---------------------------------------------------------------------------------------------


@pytest.fixture
def opening(case_at, reviewer, auditor, actor_of, monkeypatch):
    """The second of three sealed openings of one case."""
    monkeypatch.setattr(openings, "MARGIN", timedelta(0))
    case = case_at("in_review")
    for person in (reviewer, auditor, reviewer):
        last = opened(case, actor=actor_of(person), purpose="read")
    time.sleep(0.002)  # keys count in milliseconds, and the last one must be over
    assert openings.seal_openings() == 3
    return CaseView.objects.exclude(pk=last.pk).latest("pk")


CHANGED_OPENINGS = {
    "DELETE FROM casework_caseview WHERE id = %s": "there are 2",
    "DELETE FROM casework_caseview WHERE id >= %s": "there are 1",
    "UPDATE casework_caseview SET unit = 'reviewer/3' WHERE id = %s": "not what was sealed",
    "UPDATE casework_caseview SET purpose = 'step' WHERE id = %s": "not what was sealed",
    "UPDATE casework_caseview SET at = at - interval '1 hour' WHERE id = %s": "not what was sealed",
    "UPDATE casework_caseview SET user_id = (SELECT id FROM accounts_user WHERE username = 'archivist')"
    " WHERE id = %s": "not what was sealed",
    "INSERT INTO casework_caseview (id, case_id, user_id, unit, purpose, at) SELECT (substr(id::text, 1, 35) ||"
    " CASE right(id::text, 1) WHEN '0' THEN '1' ELSE '0' END)::uuid, case_id, user_id, unit, purpose, at"
    " FROM casework_caseview WHERE id = %s": "there are 4",
}


def test_each_change_of_who_opened_a_file_is_found(opening):
    for statement, text in CHANGED_OPENINGS.items():
        with undone():
            assert sql(statement, opening.pk), statement
            [fault] = fsck.faults()
            assert (fault.rule, fault.subject) == ("I12", "readers#1") and text in fault.text, statement
    assert found() == []


def test_an_opening_invented_for_a_quiet_night_is_found(opening):
    sql("DELETE FROM casework_caseview WHERE id = %s", opening.pk)
    assert found() == [("I12", "readers#1")]
    night = openings.key_at(int(opening.at.timestamp() * 1000) - 8 * 3600 * 1000)
    sql("UPDATE casework_caseview SET id = %s WHERE id > %s", night, opening.pk)
    assert found() == [("I12", "readers#1")]


def test_what_is_too_young_to_be_sealed_is_no_fault(opening, reviewer, actor_of):
    opened(opening.case, actor=actor_of(reviewer), purpose="read")
    assert found() == []


def test_a_forged_seal_that_leaves_a_gap_is_found(opening):
    """Chained in good order: the openings of the gap could be deleted with impunity."""
    last = openings.Seal.of(Entry.objects.of("readers").last().facts)
    later = openings.key_at(int(timezone.now().timestamp() * 1000) + 3_600_000)
    facts = {"after": str(later), "until": str(later), "count": 0, "digest": EMPTY}
    chain.append(chain.lock("readers"), "readers.seal", actor="system/x", data=facts)
    assert last and [fault.text for fault in fsck.faults()] == ["does not begin where the seal before it ends"]


def test_an_entry_among_the_seals_that_is_none_is_found(opening):
    chain.append(chain.lock("readers"), "readers.seal", actor="system/x", data={"after": "x"})
    assert found() == [("I12", "readers#2")]


# --- four eyes -----------------------------------------------------------------------------------------------------


def test_one_person_in_two_decisions_is_found(case_at, reviewer):
    case = case_at("issued")
    signed = Entry.objects.of(case.stream).get(kind="transfer_inquiry.sign")
    sql("UPDATE ledger_entry SET actor = %s WHERE id = %s", f"user/{reviewer.pk}", signed.pk)
    assert ("I16", case.stream) in found()


def test_an_applicant_who_decided_is_found(case_at, maryam):
    case = case_at("awaiting_approval")
    sql("UPDATE ledger_entry SET actor = %s WHERE kind = 'transfer_inquiry.endorse'", f"user/{maryam.pk}")
    assert ("I16", case.stream) in found()


# --- papers, effects, counters -------------------------------------------------------------------------------------


def file_of(store: Path, sha256: str) -> Path:
    return store / storage.path_of(sha256)


def test_a_missing_paper_is_found(case_at, store):
    paper = case_at("in_intake").attachments.first()
    file_of(store, paper.cleaned_sha256).unlink()
    assert found() == [("I13", f"attachment {paper.pk}")]


def test_a_missing_certificate_is_found(case_at, store):
    certificate = case_at("issued").certificates.get()
    file_of(store, certificate.pdf_sha256).unlink()
    assert found() == [("I7", f"paper of {certificate.serial}")]


@pytest.mark.parametrize("change", ["another", "damaged", "gone"])
def test_a_snapshot_that_is_not_the_signed_one_is_found(case_at, change):
    certificate = case_at("issued").certificates.get()
    sealed = Certificate._meta.get_field("snapshot").sealed('{"v":1}', certificate.pk)
    value = {"another": bytes(sealed), "damaged": bytes(sealed)[:-1], "gone": None}[change]
    sql("UPDATE documents_certificate SET snapshot = %s", value)
    assert found() == [("I7", f"snapshot of {certificate.serial}")]


def test_one_flipped_bit_in_a_stored_file_is_found(case_at, store):
    certificate = case_at("issued").certificates.get()
    file = file_of(store, certificate.pdf_sha256)
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    assert found() == [("I7", f"paper of {certificate.serial}")]


def test_two_certificates_in_force_are_found(case_at):
    certificate = case_at("issued").certificates.get()
    sql("DROP INDEX certificate_one_active_per_case")
    sql("ALTER TABLE documents_certificate DROP CONSTRAINT documents_certificate_serial_key")
    copy = Certificate.objects.get(pk=certificate.pk)
    copy.snapshot = None
    copy.pk, copy.number, copy.digest, copy.pdf_sha256 = Case().pk, "1405/1/999", copy.pdf_sha256, "0" * 64
    copy.save(force_insert=True)
    assert {("I7", f"case/{certificate.case_id}"), ("I7", f"serial {certificate.serial}")} <= set(found())


def test_a_case_that_did_not_follow_its_certificate_is_found(case_at, monkeypatch, actor_of, approver):
    case = case_at("issued")
    monkeypatch.setattr(cases, "settle", lambda: None)  # the workers are away
    perform(case.certificates.get(), "revoke", actor=actor_of(approver), reason="order")
    assert found() == []  # the duty is open
    Receipt.objects.filter(done_at=None).update(done_at=timezone.now(), error="moot")
    assert found() == [("I12", case.stream)]


def test_an_intent_without_its_paper_is_found_after_an_hour(case_at, monkeypatch):
    case = case_at("awaiting_signature")
    monkeypatch.setattr(cases, "settle", lambda: None)  # the workers are away
    certificate = cases.sign(case).certificates.get()
    assert found() == []
    later = timezone.now() + timedelta(minutes=61)
    monkeypatch.setattr(fsck.timezone, "now", lambda: later)
    assert ("I7", certificate.stream) in found()


def test_an_effect_that_gave_up_or_waits_is_found(case_at):
    case_at("in_intake")
    receipts = Receipt.objects.order_by("pk")
    cases.accept(Case.objects.get(state="in_intake"))
    assert found() == []
    cases.match(Case.objects.get(state="in_archive_match"))
    receipt = receipts.last()
    Receipt.objects.filter(pk=receipt.pk).update(done_at=None, dead_at=timezone.now())
    assert found() == [("I10", str(receipt.event))]
    Receipt.objects.filter(pk=receipt.pk).update(dead_at=None)
    assert found() == []
    type(receipt.event).objects.filter(pk=receipt.event_id).update(at=timezone.now() - timedelta(minutes=61))
    assert found() == [("I10", str(receipt.event))]


@pytest.mark.parametrize("closed", [0, 2])
def test_a_changed_count_is_found(case_at, closed):
    case_at("issued")
    count = DailyCount.objects.get()
    DailyCount.objects.update(closed=closed)
    assert found() == [("I11", f"{count.day} district 1")]


def test_a_withdrawn_case_is_no_answer(case_at, maryam, actor_of):
    from portal.workflow.perform import perform

    perform(case_at("in_intake"), "withdraw", actor=actor_of(maryam))
    assert found() == [] and not DailyCount.objects.exists()


def test_more_shares_than_the_title_has_are_found(apartment, house_with_debts):
    sql("UPDATE parcels_ownership SET parcel_id = %s WHERE parcel_id = %s", apartment.pk, house_with_debts.pk)
    assert found() == [("inquiries 2.3", f"parcel/{apartment.pk}"), ("I12", "register parcels_ownership")]


# --- the register --------------------------------------------------------------------------------------------------

QUIET_CHANGES = {
    "UPDATE parcels_debtline SET paid_rial = due_rial WHERE id = (SELECT id FROM parcels_debtline"
    " WHERE paid_rial < due_rial LIMIT 1)": "parcels_debtline",
    "DELETE FROM parcels_debtline": "parcels_debtline",
    "DELETE FROM parcels_hold": "parcels_hold",
    "UPDATE parcels_hold SET lifted_at = now()": "parcels_hold",
    "UPDATE parcels_ownership SET share_denominator = 2 * share_denominator WHERE id ="
    " (SELECT max(id::text)::uuid FROM parcels_ownership)": "parcels_ownership",
    "UPDATE parcels_ownership SET person_name = 'x' WHERE id ="
    " (SELECT max(id::text)::uuid FROM parcels_ownership)": "parcels_ownership",
    "UPDATE parcels_ownership SET national_code_index = '\\x00' WHERE id ="
    " (SELECT max(id::text)::uuid FROM parcels_ownership)": "parcels_ownership",
    "UPDATE parcels_street SET name = name || 'x' WHERE id ="
    " (SELECT max(id::text)::uuid FROM parcels_street)": "parcels_street",
    "UPDATE parcels_parcel SET surveyed_at = surveyed_at + interval '1 second'": "parcels_parcel",
    "UPDATE districts_neighbourhood SET name = 'x'": "districts_neighbourhood",
}


@pytest.mark.parametrize("statement", QUIET_CHANGES)
def test_a_quiet_change_of_the_register_is_found_by_its_table(db, statement):
    assert sql(statement)
    assert ("I12", f"register {QUIET_CHANGES[statement]}") in found()


QUIET_RULES = {
    "UPDATE catalogue_service SET is_open = true WHERE code = 'bank'": "catalogue_service",
    "UPDATE catalogue_deadlinerule SET working_days = working_days + 1": "catalogue_deadlinerule",
    "UPDATE catalogue_validityrule SET validity_days = validity_days + 1": "catalogue_validityrule",
    "UPDATE catalogue_requireddocument SET need = 'when_applicable'": "catalogue_requireddocument",
    "UPDATE catalogue_reasoncode SET guidance = 'x' WHERE code = 'R01'": "catalogue_reasoncode",
    "UPDATE catalogue_blockingdebt SET effect = 'informs'": "catalogue_blockingdebt",
    "UPDATE catalogue_workingweek SET closes_at = '13:00'": "catalogue_workingweek",
    "DELETE FROM catalogue_holiday WHERE date = (SELECT max(date) FROM catalogue_holiday)": "catalogue_holiday",
    "UPDATE catalogue_holidaycalendar SET published_at = published_at - interval '1 day'": "catalogue_holidaycalendar",
    "INSERT INTO catalogue_feerule (id, valid_from, title, title_en, code, service_id, amount_rial, formula,"
    " decree_no, basis) SELECT id, valid_from, 'x', 'x', 'x', id, 1, '', '', '' FROM catalogue_service"
    " WHERE code = 'transfer'": "catalogue_feerule",
    "UPDATE districts_district SET name = 'x' WHERE number = 1": "districts_district",
    "UPDATE districts_servicedesk SET phone = '0' WHERE district_id = 1": "districts_servicedesk",
}


def test_each_quiet_change_of_the_reference_data_is_found_by_its_table(db):
    assert set(QUIET_RULES.values()) == {model._meta.db_table for model in sealing.reference()}
    for statement, table in QUIET_RULES.items():
        with undone():
            assert sql(statement), statement
            assert found() == [("I12", f"reference {table}")], statement
    assert found() == []


def test_an_older_owner_put_back_beside_the_newer_index_is_found(db):
    """The digests of the tables see the index only; both ciphertexts were made for this very place."""
    owner = Ownership.objects.earliest("pk")
    [before] = Ownership.objects.filter(pk=owner.pk).values_list("national_code", flat=True)
    owner.national_code = "9900000021"
    owner.save()
    acts.record(
        RegisterAct.Kind.IMPORT, actor=Actor.system("test"), source_sha256="0" * 64, rows=1, changed=[Ownership]
    )
    assert found() == []
    sql("UPDATE parcels_ownership SET national_code = %s WHERE id = %s", bytes(before), owner.pk)
    assert found() == [("I12", f"ownership/{owner.pk}")]


def test_a_register_whose_acts_are_gone_is_found(db):
    sql("DELETE FROM parcels_registeract")
    assert ("I12", "register parcels_parcel") in found()


def test_an_act_that_was_changed_is_found(db):
    act = RegisterAct.objects.get()
    sql("UPDATE parcels_registeract SET source_sha256 = repeat('a', 64)")
    assert found() == [("I12", act.stream)]


def test_new_keys_leave_the_register_as_it_was_sealed(db, settings):
    new = base64.urlsafe_b64encode(bytes([7]) * 32).decode()
    settings.DATA_KEYS = [new, *settings.DATA_KEYS]
    before = bytes(Ownership.objects.values_list("national_code", flat=True).earliest("pk"))
    call_command("rotate_data_keys", stdout=StringIO())
    assert bytes(Ownership.objects.values_list("national_code", flat=True).earliest("pk")) != before
    assert found() == []


# --- the command ---------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_the_command_prints_one_line_a_fault_and_fails(case_at):
    case = case_at("in_review")
    clean = StringIO()
    call_command("fsck", stdout=clean)
    assert clean.getvalue().startswith("fsck: ") and ", 0 faults" in clean.getvalue()
    Attachment.objects.filter(case=case).update(document="other")
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("fsck", stdout=out)
    assert ended.value.code == 1
    lines = out.getvalue().splitlines()
    assert f"I12 {case.stream}: " in lines[0] and f", {len(lines) - 1} faults" in lines[-1]
