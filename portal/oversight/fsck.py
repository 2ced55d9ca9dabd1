"""What the portal promises about its records, checked from the evidence (reliability.md 3.6). Nothing is repaired here.

One function an invariant; each yields a Fault for every record that breaks it. Tables are read in batches by key, so
memory stays flat however long they are.
"""

import hmac
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.db.models import Count, Exists, Model, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone

from inquiries.models import Finding
from portal.accounts import people
from portal.accounts.models import Membership, RoleGrant, User
from portal.casework import sealing as openings
from portal.casework import storage
from portal.casework.models import Attachment, Case, DailyCount, Deficiency, Remark
from portal.core.crypto import BlindIndexField, SealBrokenError, blind
from portal.documents.models import Certificate, SnapshotChanged
from portal.ledger import chain
from portal.ledger.models import GENESIS, Entry, Head, Pending
from portal.outbox.models import Receipt
from portal.parcels import ownership, sealing
from portal.parcels.models import RegisterAct
from portal.workflow.models import Stateful
from portal.workflow.registry import workflows
from portal.workflow.steps import Facts, Workflow

BATCH = 2_000
FILES = 200  # so few that decrypting them stays below the time-out of an idle transaction
PATIENCE = timedelta(hours=1)

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Fault:
    """One broken promise: the rule in its paper (bare: reliability.md), the record, and what is wrong with it."""

    rule: str
    subject: str
    text: str

    def __str__(self) -> str:
        return f"{self.rule} {self.subject}: {self.text}"


def faults() -> Iterator[Fault]:
    """Every fault of every check, as it is found."""
    for check in CHECKS:
        yield from check()


# --- the chains ----------------------------------------------------------------------------------------------------


def chains_are_whole() -> Iterator[Fault]:
    """I2, I3: seq 1…n without a gap, each `prev` the leaf hash before it, each body what its hash and columns say."""
    for heads in batches(Head.objects.all()):
        chained = entries_of(head.stream for head in heads)
        for head in heads:
            yield from _chain(head, chained[head.stream])
    headless = Entry.objects.filter(~Exists(Head.objects.filter(stream=OuterRef("stream"))))
    for stream in headless.order_by("stream").values_list("stream", flat=True).distinct():
        yield Fault("I2", stream, "has entries and no head")


def _chain(head: Head, entries: list[Entry]) -> Iterator[Fault]:
    prev, at = GENESIS, None
    for place, entry in enumerate(entries, start=1):
        name = f"{entry.stream}#{entry.seq}"
        body = _read(entry)
        if entry.seq != place:
            yield Fault("I2", name, f"stands at place {place} of its chain")
        if body.get("prev") != prev.hex():
            yield Fault("I2", name, "does not follow from the entry before it")
        if at is not None and entry.at < at:
            yield Fault("I2", name, "is older than the entry before it")
        if not hmac.compare_digest(chain.leaf_hash(bytes(entry.salt), bytes(entry.body)), bytes(entry.leaf_hash)):
            yield Fault("I3", name, "salt and body do not give the leaf hash")
        for column in _columns_unlike(entry, body):
            yield Fault("I3", name, f"column {column} is not what the body says")
        prev, at = bytes(entry.leaf_hash), entry.at
    if (head.seq, bytes(head.last), head.last_at) != (len(entries), prev, at):
        yield Fault("I2", head.stream, f"the head names entry {head.seq}, the chain ends with {len(entries)} entries")


def _columns_unlike(entry: Entry, body: Facts) -> Iterator[str]:
    columns = {"id": str(entry.pk), "stream": entry.stream, "seq": entry.seq, "kind": entry.kind, "actor": entry.actor}
    for name, value in columns.items():
        if body.get(name) != value:
            yield name
    try:
        if datetime.fromisoformat(body["at"]) != entry.at:
            yield "at"
    except (KeyError, TypeError, ValueError):
        yield "at"


def every_entry_is_pending() -> Iterator[Fault]:
    """I4: each entry waits for the tree, under the hash it has; nothing else waits."""
    waits = Pending.objects.filter(entry_id=OuterRef("pk"), leaf_hash=OuterRef("leaf_hash"))
    for entry in Entry.objects.filter(~Exists(waits)).order_by("pk").iterator(BATCH):
        yield Fault("I4", f"{entry.stream}#{entry.seq}", "is not in the queue of the tree under its leaf hash")
    for pending in Pending.objects.filter(~Exists(Entry.objects.filter(pk=OuterRef("pk")))).iterator(BATCH):
        yield Fault("I4", f"pending {pending.pk}", "waits for the tree and is no entry")


# --- the records ---------------------------------------------------------------------------------------------------


def records_are_their_history() -> Iterator[Fault]:
    """I12: the state, revision and columns of each record are what its entries lead to."""
    tables = {workflow.name: workflow for workflow in workflows()}
    for model in stateful_models():
        related = ("inquiry",) if model is Case else ()
        for records in batches(model._base_manager.select_related(*related)):
            chained = entries_of(record.stream for record in records)
            for record in records:
                for text in _unlike_history(record, tables.get(record.workflow), chained[record.stream]):
                    yield Fault("I12", record.stream, text)


def _unlike_history(record: Stateful, workflow: Workflow | None, entries: list[Entry]) -> Iterator[str]:
    if workflow is None:
        yield f"belongs to no known workflow ({record.workflow})"
        return
    if not entries:
        yield "has no history"
        return
    last: Facts = {}
    for entry in entries:
        facts = _facts(entry)
        if not _is_legal(workflow, entry.kind, facts, before=last):
            yield f"entry {entry.seq} ({entry.kind}: {facts.get('from')} → {facts.get('to')}) is no step of the table"
        last = facts
    if record.state != last.get("to"):
        yield f"is {record.state}, its history leads to {last.get('to')}"
    if record.revision != last.get("revision"):
        yield f"is at revision {record.revision}, its history at {last.get('revision')}"
    sealed = "" if record.state in workflow.unsealed else record.record_digest()
    if sealed != last.get("record"):
        yield "was changed beside the workflow: the row is not the one its last entry sealed"


def _is_legal(workflow: Workflow, kind: str, facts: Facts, *, before: Facts) -> bool:
    """Whether the table has this step, and it starts where the entry before it ended."""
    name, _dot, action = kind.rpartition(".")
    source, target = facts.get("from"), facts.get("to")
    if name != workflow.name or facts.get("revision") != before.get("revision", 0) + 1:
        return False
    if not before:
        begun = action == "begin" and target == workflow.initial
        return source == "" and (begun or (action == "import" and target in workflow.final_states))
    if source != before.get("to"):
        return False
    return any(step.source == source and step.action == action and target in step.targets for step in workflow.steps)


def streams_have_records() -> Iterator[Fault]:
    """I12: history of a record that no longer exists is the trace of a deletion (reliability.md T03)."""
    models: dict[str, type[Model]] = {model._meta.model_name or "": model for model in stateful_models()}
    models["user"] = User
    for heads in batches(Head.objects.exclude(stream=openings.STREAM)):
        wanted: dict[str, dict[str, str]] = defaultdict(dict)
        for head in heads:
            kind, _slash, key = head.stream.partition("/")
            wanted[kind][key] = head.stream
        for kind, streams in wanted.items():
            keys = [key for key in streams if _is_uuid(key)]
            rows = models[kind]._base_manager.filter(pk__in=keys).values_list("pk", flat=True) if kind in models else ()
            for key in sorted(set(streams) - {str(pk) for pk in rows}):
                yield Fault("I12", streams[key], "has a history and no record")


def papers_are_those_recorded() -> Iterator[Fault]:
    """I12: papers, remarks, findings and deficiencies of a filed case are those that its entries hold, and whose."""
    cases = Case.objects.filed().exclude(channel=Case.Channel.HISTORY)
    for files in batches(cases, 500):
        chained = entries_of(case.stream for case in files)
        papers = _by_case(Attachment.objects.filter(case__in=files), "case_id")
        remarks = _by_case(Remark.objects.filter(case__in=files), "case_id")
        findings = _by_case(Finding.objects.filter(inquiry__in=[case.pk for case in files]), "inquiry_id")
        asked = _by_case(Deficiency.objects.filter(case__in=files), "case_id")
        for case in files:
            facts = [_facts(entry) | {"by": entry.actor} for entry in chained[case.stream]]
            yield from _papers(case, facts, papers[case.pk])
            yield from _remarks(case, facts, remarks[case.pk])
            yield from _findings(case, facts, findings[case.pk])
            yield from _deficiencies(case, facts, asked[case.pk])


def _papers(case: Case, facts: list[Facts], papers: list[Attachment]) -> Iterator[Fault]:
    recorded = [_frozen(paper) for step in facts for paper in step.get("papers", ())]
    present = [_frozen(paper.recorded()) for paper in papers]
    for paper in papers:
        if paper.replaced_at is None and _frozen(paper.recorded()) not in recorded:
            yield Fault("I12", case.stream, f"paper {paper.pk} is not one that was recorded")
    for missing in Counter(recorded) - Counter(present):
        yield Fault("I12", case.stream, f"a recorded paper is gone or was changed: {json.loads(missing)['document']}")


def _remarks(case: Case, facts: list[Facts], remarks: list[Remark]) -> Iterator[Fault]:
    recorded = {step["note"]: step["by"] for step in facts if step.get("note")}
    for remark in remarks:
        if recorded.get(remark.digest) != f"user/{remark.author_id}":
            yield Fault("I12", case.stream, f"remark {remark.pk} is not what its author wrote")
    for _gone in recorded.keys() - {remark.digest for remark in remarks}:
        yield Fault("I12", case.stream, "a recorded remark is gone or was changed")


def _findings(case: Case, facts: list[Facts], findings: list[Finding]) -> Iterator[Fault]:
    rounds: dict[int, dict[str, tuple[str, str]]] = defaultdict(dict)
    for finding in findings:
        rounds[finding.revision][finding.question] = (finding.outcome, f"user/{finding.author_id}")
    recorded = {
        step["revision"] - 1: {question: (outcome, step["by"]) for question, outcome in step["findings"].items()}
        for step in facts
        if "findings" in step
    }
    if rounds != recorded:
        yield Fault("I12", case.stream, "the findings are not those that were recorded")


DEBTS = ("debts", "B14")  # what a debt check asks; its entry says only how much


def _deficiencies(case: Case, facts: list[Facts], asked: list[Deficiency]) -> Iterator[Fault]:
    recorded = Counter(pair for step in facts for pair in step.get("items", {}).items())
    recorded.update(DEBTS for step in facts if (step.get("from"), step.get("to")) == ("in_debt_check", "returned"))
    if Counter((one.item, one.reason) for one in asked) != recorded:
        yield Fault("I12", case.stream, "what the applicant was asked is not what was recorded")


def people_are_as_entered() -> Iterator[Fault]:
    """I12: each person, second factor included, is who the newest entry about them committed to."""
    for persons in batches(User.objects.all()):
        told = entries_of((_stream_of(person) for person in persons), kinds=people.KINDS)
        factors: dict[UUID, list[Authenticator]] = defaultdict(list)
        for factor in Authenticator.objects.filter(user__in=persons):
            factors[factor.user_id].append(factor)
        for person in persons:
            for text in _unlike_entry(person, factors[person.pk], told[_stream_of(person)]):
                yield Fault("I12", _stream_of(person), text)


def _unlike_entry(person: User, factors: list[Authenticator], entries: list[Entry]) -> Iterator[str]:
    if not entries:
        yield "was entered by nobody"
        return
    try:
        digest = people.record_digest(person, factors)
    except SealBrokenError:
        yield "holds a sealed value that was changed, or comes from another row"
        return
    if digest != _facts(entries[-1]).get("record"):
        yield "was changed beside the ledger: name, account, password or second factor"


def _stream_of(person: User) -> str:
    return f"user/{person.pk}"


def indexes_are_of_their_texts() -> Iterator[Fault]:
    """I12: an older ciphertext put back beside a newer blind index, of which alone the digests of tables know."""
    for model in apps.get_models():
        fields = [field for field in model._meta.concrete_fields if isinstance(field, BlindIndexField)]
        if fields and model is not User:  # people are compared as a whole
            for rows in batches(model._base_manager.all()):
                for row in rows:
                    for name in (field.source for field in fields if not _fits_its_text(row, field)):
                        yield Fault("I12", f"{model._meta.model_name}/{row.pk}", f"{name} is not the text of its index")


def _fits_its_text(row: Model, field: BlindIndexField) -> bool:
    try:
        text = getattr(row, field.source)
    except SealBrokenError:
        return False
    index = blind(f"{row._meta.label}.{field.source}", text) if text else b""
    return bytes(getattr(row, field.attname) or b"") == index


def openings_are_as_sealed() -> Iterator[Fault]:
    """I12: who opened which file is what the chain `readers` sealed, range after range without a gap."""
    entries = Entry.objects.of(openings.STREAM).iterator(BATCH)
    after = str(openings.FIRST)
    while batch := list(islice(entries, BATCH)):
        seals = [seal for entry in batch if (seal := openings.Seal.of(_facts(entry)))]
        found = dict(zip(seals, openings.counted((seal.after, seal.until) for seal in seals), strict=True))
        for entry in batch:
            seal = openings.Seal.of(_facts(entry))
            for text in _unlike_seal(seal, after, found):
                yield Fault("I12", f"{entry.stream}#{entry.seq}", text)
            after = seal.until if seal else after


def _unlike_seal(seal: openings.Seal | None, after: str, found: dict[openings.Seal, tuple[int, str]]) -> Iterator[str]:
    if seal is None:
        yield "is no seal of openings"
        return
    if seal.after != after:
        yield "does not begin where the seal before it ends"
    count, digest = found[seal]
    if count != seal.count:
        yield f"sealed {seal.count} openings of files, and there are {count}"
    elif digest != seal.digest:
        yield "an opening of a file is not what was sealed"


def grants_are_their_history() -> Iterator[Fault]:
    """I12: who may do what is what was granted and not revoked by an entry."""
    yield from _entered("grant", RoleGrant.objects.all(), given="role.grant", taken="role.revoke", ended="revoked_at")


def memberships_are_their_history() -> Iterator[Fault]:
    """I12: who works for which office, and so reads its answers, joined and did not leave by an entry."""
    rows = Membership.objects.all()
    yield from _entered("membership", rows, given="office.join", taken="office.leave", ended="ended_at")


def _entered(name: str, rows: QuerySet[Any], *, given: str, taken: str, ended: str) -> Iterator[Fault]:
    """Compare rights with the last entry about each; `name` is both the fact that names a row and its title here."""
    told: dict[str, Facts] = {}
    for entry in Entry.objects.filter(kind__in=(given, taken)).order_by("stream", "seq").iterator(BATCH):
        facts = _facts(entry)
        told[facts.get(name, "")] = {"kind": entry.kind, "stream": entry.stream} | facts
    for held in rows.order_by("pk").iterator(BATCH):
        row = {"kind": taken if getattr(held, ended) else given, "stream": held.stream} | held.recorded()
        if told.pop(str(held.pk), None) != row:
            yield Fault("I12", f"{name} {held.pk}", f"what {held.stream} holds is not what the entries say")
    for gone in told:
        yield Fault("I12", f"{name} {gone}", "was recorded and is gone")


DECISIONS = {
    "transfer_inquiry.endorse": "reviewer",
    "transfer_inquiry.approve": "approver",
    "transfer_inquiry.sign": "signatory",
}


def eyes_are_four() -> Iterator[Fault]:
    """I16: reviewer, approver, signatory and applicant are four different people, by the actors of the entries."""
    for cases in batches(Case.objects.filed().exclude(channel=Case.Channel.HISTORY)):
        chained = entries_of((case.stream for case in cases), kinds=DECISIONS)
        for case in cases:
            people: dict[str, str] = {}
            for entry in chained[case.stream]:
                people[DECISIONS[entry.kind]] = entry.actor
                if entry.kind == "transfer_inquiry.sign" and len(set(people.values())) < len(DECISIONS):
                    yield Fault("I16", case.stream, "one person decided twice, or a decision is missing")
            if f"user/{case.applicant_id}" in people.values():
                yield Fault("I16", case.stream, "the applicant decided about the case")


# --- papers, effects, counters ---------------------------------------------------------------------------------------


def certificates_are_single() -> Iterator[Fault]:
    """I7: one paper in force a case, serials and numbers once; an intent becomes a paper within the hour."""
    twice = Certificate.objects.active().values("case").annotate(papers=Count("pk")).filter(papers__gt=1)
    for row in twice.order_by("case"):
        yield Fault("I7", f"case/{row['case']}", f"has {row['papers']} certificates in force")
    for column in ("serial", "number"):
        repeated = Certificate.objects.values(column).annotate(papers=Count("pk")).filter(papers__gt=1)
        for row in repeated.order_by(column):
            yield Fault("I7", f"{column} {row[column]}", f"stands on {row['papers']} certificates")
    for late in Certificate.objects.filter(state="intended", issued_at__lt=timezone.now() - PATIENCE).iterator(BATCH):
        yield Fault("I7", late.stream, f"{late.serial} was signed more than an hour ago and has no paper")


FOLLOWING = {"intended": "in_issue", "issued": "issued", "expired": "expired", "revoked": "revoked"}


def cases_follow_their_certificates() -> Iterator[Fault]:
    """I12: a case stands where its certificate does, unless a duty towards the certificate is still open."""
    for certificates in batches(Certificate.objects.filter(state__in=FOLLOWING).select_related("case")):
        undone = Receipt.objects.filter(done_at=None, event__subject_id__in=[one.pk for one in certificates])
        waiting = set(undone.values_list("event__subject_id", flat=True))
        for certificate in certificates:
            case = certificate.case
            if case.state != FOLLOWING[certificate.state] and certificate.pk not in waiting:
                yield Fault("I12", case.stream, f"is {case.state}, its certificate {certificate.state}")


def files_are_whole() -> Iterator[Fault]:
    """I7, I13: every paper, snapshot and certificate opens and has the digest under which it is known."""
    for attachments in batches(Attachment.objects.all(), FILES):
        for paper in attachments:
            yield from _file("I13", f"attachment {paper.pk}", paper.cleaned_sha256)
    for certificates in batches(Certificate.objects.all(), FILES):
        for certificate in certificates:
            yield from _snapshot(certificate)
            if certificate.pdf_sha256:
                yield from _file("I7", f"paper of {certificate.serial}", certificate.pdf_sha256)


def _snapshot(certificate: Certificate) -> Iterator[Fault]:
    try:
        certificate.frozen()
    except (SnapshotChanged, SealBrokenError):
        yield Fault("I7", f"snapshot of {certificate.serial}", "is not the one that was signed")


def _file(rule: str, name: str, sha256: str) -> Iterator[Fault]:
    try:
        storage.open(sha256)
    except storage.FileMissingError:
        yield Fault(rule, name, f"the store has no file {sha256}")
    except (storage.FileDamagedError, ValueError):
        yield Fault(rule, name, f"the stored file {sha256} is damaged")


def effects_happened() -> Iterator[Fault]:
    """I10: every duty towards an event is done; a dead one, or one open for an hour, needs a person."""
    undone = Receipt.objects.filter(done_at=None).select_related("event")
    old = Q(event__at__lt=timezone.now() - PATIENCE)
    for receipt in undone.filter(Q(dead_at__isnull=False) | old).order_by("pk").iterator(BATCH):
        why = "gave up" if receipt.dead_at else "has waited for more than an hour"
        text = f"{receipt.consumer} {why}, {receipt.tries} tries, last error: {receipt.error or 'none'}"
        yield Fault("I10", str(receipt.event), text)


def counts_are_recounts() -> Iterator[Fault]:
    """I11: the published count of each day and district is the number of cases answered then."""
    issued = Certificate.objects.filter(case=OuterRef("pk")).exclude(pdf_sha256="")
    answered = Case.objects.filter(Q(channel=Case.Channel.HISTORY) | Exists(issued), closed_at__isnull=False)
    rows = answered.annotate(day=Coalesce("effective_on", TruncDate("closed_at"))).values_list("day", "district_id")
    recounted = {(day, district): cases for day, district, cases in rows.annotate(cases=Count("pk"))}
    kept = {(count.day, count.district_id): count.closed for count in DailyCount.objects.all()}
    for day, district in sorted(recounted.keys() | kept.keys()):
        found, told = recounted.get((day, district), 0), kept.get((day, district), 0)
        if found != told:
            yield Fault("I11", f"{day} district {district}", f"{told} counted, {found} cases found")


def titles_are_whole() -> Iterator[Fault]:
    """inquiries 2.3: the open shares of a title are at most the whole, which no constraint on a row can say."""
    for fault in ownership.faults():
        subject, _colon, text = fault.partition(": ")
        yield Fault("inquiries 2.3", subject, text)


def tables_are_as_sealed() -> Iterator[Fault]:
    """I12 for register and reference data: each table is what the newest act on it left; nothing came without one."""
    acts = list(RegisterAct.objects.order_by("state_since", "pk"))
    chained = entries_of(act.stream for act in acts)
    sealed: dict[str, tuple[str, str]] = {}
    for act in acts:
        tables = _facts(chained[act.stream][-1]).get("tables", {}) if chained[act.stream] else {}
        sealed.update((table, (digest, f"is not as act {act.pk} left it")) for table, digest in tables.items())
    for group, models in (("register", sealing.register()), ("reference", sealing.reference())):
        for table, digest in sealing.digests(models).items():
            left, text = sealed.get(table, (sealing.EMPTY, "has rows, and no act brought them"))
            if digest != left:
                yield Fault("I12", f"{group} {table}", text)


CHECKS: tuple[Callable[[], Iterator[Fault]], ...] = (
    chains_are_whole,
    every_entry_is_pending,
    records_are_their_history,
    streams_have_records,
    papers_are_those_recorded,
    people_are_as_entered,
    indexes_are_of_their_texts,
    openings_are_as_sealed,
    grants_are_their_history,
    memberships_are_their_history,
    eyes_are_four,
    certificates_are_single,
    cases_follow_their_certificates,
    files_are_whole,
    effects_happened,
    counts_are_recounts,
    titles_are_whole,
    tables_are_as_sealed,
)


# --- reading ---------------------------------------------------------------------------------------------------------


def stateful_models() -> list[type[Stateful]]:
    return [model for model in apps.get_models() if issubclass(model, Stateful)]


def batches(rows: QuerySet[M], size: int = BATCH) -> Iterator[list[M]]:
    """The rows in the order of their keys, `size` at a time."""
    rows = rows.order_by("pk")
    batch = list(rows[:size])
    while batch:
        yield batch
        batch = list(rows.filter(pk__gt=batch[-1].pk)[:size])


def entries_of(streams: Iterable[str], *, kinds: Iterable[str] = ()) -> dict[str, list[Entry]]:
    """The chains of these records in their order, or of each only the entries of these kinds."""
    found: dict[str, list[Entry]] = defaultdict(list)
    chosen = Q(kind__in=list(kinds)) if kinds else Q()
    for entry in Entry.objects.filter(chosen, stream__in=list(streams)).order_by("stream", "seq"):
        found[entry.stream].append(entry)
    return found


def _by_case(rows: Iterable[Any], key: str) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        found[getattr(row, key)].append(row)
    return found


def _read(entry: Entry) -> Facts:
    """The body, or nothing when it is no longer JSON: the hash says so then."""
    try:
        body = json.loads(bytes(entry.body))
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _facts(entry: Entry) -> Facts:
    facts = _read(entry).get("data")
    return facts if isinstance(facts, dict) else {}


def _frozen(facts: Facts) -> str:
    return json.dumps(facts, sort_keys=True)


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
