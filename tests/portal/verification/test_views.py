"""The public check, as a stranger meets it."""

import hashlib
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal.casework import storage
from portal.documents import issue
from portal.documents.models import Certificate

HOME, FILE = "/verify/", "/verify/file/"


@pytest.fixture
def stranger() -> Client:
    return in_english(Client())


def in_english(client: Client) -> Client:
    client.cookies["django_language"] = "en"
    return client


def verdict_of(response) -> str:
    return re.search(r'data-verdict="(\w+)"', response.content.decode())[1]


def text_of(response) -> str:
    main = response.content.decode().partition("<main")[2].partition("</main>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))


def without_echo(response, *typed: str) -> str:
    """The page without the random form tokens and without what the visitor sent himself."""
    page = re.sub(r'(name="csrfmiddlewaretoken" value=")[^"]+', r"\1", response.content.decode())
    for text in typed:
        page = page.replace(text, "")
    return page


def persian(text: str) -> str:
    return text.translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"))


def by_link(client: Client, certificate: Certificate, code: str = ""):
    return client.get(f"/V/{certificate.serial}/{code or certificate.code}")


def by_typing(client: Client, serial: str, code: str):
    return client.post(HOME, {"serial": serial, "code": code})


def by_file(client: Client, data: bytes, name: str = "paper.pdf"):
    return client.post(FILE, {"paper": SimpleUploadedFile(name, data, "application/pdf")})


# --- the link in the QR -------------------------------------------------------------------------------------------


def test_the_address_in_the_qr_answers_at_once(stranger, certificate):
    url = f"{issue.verify_base()}/{certificate.serial}/{certificate.code}"
    response = stranger.get(url[url.index("/V/") :])
    assert response.status_code == 200
    assert verdict_of(response) == "issued"
    assert "This certificate is valid" in text_of(response)


@pytest.mark.parametrize("change", [str.lower, str.upper])
def test_the_address_may_come_in_either_case(stranger, certificate, change):
    assert verdict_of(stranger.get(change(f"/v/{certificate.serial}/{certificate.code}"))) == "issued"


@pytest.mark.parametrize("length", [8, 15])
def test_a_link_with_a_shorter_code_fills_the_form_and_tells_nothing(stranger, certificate, length):
    part = certificate.code[:length]
    pages = {code: by_link(stranger, certificate, code) for code in (part, wrong(part))}
    assert {page.status_code for page in pages.values()} == {200}
    assert {without_echo(page, code) for code, page in pages.items()} == {without_echo(pages[part], part)}
    text = pages[part].content.decode()
    assert f'value="{certificate.serial}"' in text and f'value="{part}"' in text and "data-verdict" not in text


def test_a_link_with_less_than_eight_characters_is_not_found(stranger, certificate):
    assert by_link(stranger, certificate, certificate.code[:7]).status_code == 404


def test_a_case_walked_by_everybody_ends_in_a_valid_answer(stranger, case_at):
    case = case_at("issued")
    response = by_link(stranger, case.certificates.get())
    assert verdict_of(response) == "issued"
    assert persian(case.inquiry.notary_number) in text_of(response)


def test_purpose_and_addressee_stand_before_everything_else(stranger, certificate):
    text = text_of(by_link(stranger, certificate))
    snapshot = certificate.frozen()
    order = [
        text.index(part)
        for part in (
            "This certificate is valid", snapshot["purpose"], persian(snapshot["addressee"]["number"]),
            "valid only for this purpose and this addressee", "Valid until the end of", snapshot["renovation_code"],
        )
    ]  # fmt: skip
    assert order == sorted(order)


def test_the_facts_to_compare_are_those_of_the_paper(stranger, certificate):
    text = text_of(by_link(stranger, certificate))
    snapshot = certificate.frozen()
    plate = f"{snapshot['plate']['asli']}/{snapshot['plate']['fari']}"
    for printed in (certificate.serial, certificate.number, snapshot["renovation_code"], plate, snapshot["decision"]):
        assert printed in text


def test_no_personal_data_are_told(stranger, certificate):
    page = by_link(stranger, certificate).content.decode()
    snapshot = certificate.frozen()
    hidden = [snapshot["address"], snapshot["postal_code"], snapshot["reference"], snapshot["applicant"]["name"]]
    hidden += [owner[key] for owner in snapshot["owners"] for key in ("name", "national_code_masked")]
    hidden += [signer["name"] for signer in snapshot["signers"]]
    assert [text for text in hidden if text in page] == []
    assert f"{snapshot['owners'][0]['name'][0]}•••" in page


def test_the_facts_are_those_of_the_day_of_issue(stranger, certificate, maryam):
    before = text_of(by_link(stranger, certificate)).partition("Checked on")
    maryam.full_name = "کس دیگری"
    maryam.save()
    after = text_of(by_link(stranger, certificate)).partition("Checked on")
    assert before[0] == after[0]
    assert before[2].partition("Only for")[2] == after[2].partition("Only for")[2]


def test_nobody_indexes_keeps_or_passes_on_an_answer(stranger, certificate):
    for response in (by_link(stranger, certificate), by_link(stranger, certificate, "0" * 16), stranger.get(HOME)):
        assert "noindex" in response.headers["X-Robots-Tag"]
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["Referrer-Policy"] == "no-referrer"


def test_the_typed_address_of_the_paper_leads_to_the_form(stranger, db):
    for path in ("/v/", "/V/"):
        assert stranger.get(path).headers["Location"] == HOME
    assert stranger.get("/v").headers["Location"] == "/v/"


def test_reverse_gives_the_capitals_of_the_qr(certificate):
    assert reverse("verification:link", args=[certificate.serial, certificate.code]).startswith("/V/U")


# --- how it stands ------------------------------------------------------------------------------------------------


def test_the_last_valid_day_still_counts_and_the_next_one_does_not(stranger, issued):
    assert verdict_of(by_link(stranger, issued(1, valid_days=0))) == "issued"
    assert verdict_of(by_link(stranger, issued(2, valid_days=-1))) == "expired"


@pytest.mark.parametrize("state", ["expired", "superseded", "revoked"])
def test_a_paper_that_lost_its_force_says_so(stranger, certificate, state):
    Certificate.objects.filter(pk=certificate.pk).update(state=state)
    response = by_link(stranger, certificate)
    assert verdict_of(response) == state
    assert "valid today" not in text_of(response)
    assert ("Since" in text_of(response)) == (state != "expired")


def test_an_intent_is_being_issued_and_tells_nothing_else(stranger, intend):
    certificate = intend()
    response = by_link(stranger, certificate)
    assert verdict_of(response) == "intended"
    assert certificate.frozen()["renovation_code"] not in text_of(response)


# --- typing -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "write",
    [
        lambda serial, code: (serial, code[:8]),
        lambda serial, code: (serial.lower(), code.lower()),
        lambda serial, code: (persian(serial), persian(code[:8])),
        lambda serial, code: (serial.replace("-", " "), f" {code[:4]} {code[4:8]} "),
        lambda serial, code: (serial.replace("-", "–"), f"{code[:8]} {code[8:]}"),
        lambda serial, code: (serial.replace("0", "O").replace("1", "l"), code[:8].replace("0", "o").replace("1", "I")),
        lambda serial, code: (serial.removeprefix("U").replace("-", ""), code[:10]),
    ],
    ids=["as printed", "small letters", "Persian digits", "spaces", "dashes and halves", "lookalikes", "bare"],
)
def test_what_people_type_is_understood(stranger, certificate, write):
    response = by_typing(stranger, *write(certificate.serial, certificate.code))
    assert response.status_code == 200
    assert verdict_of(response) == "issued"


@pytest.mark.parametrize(("serial", "code"), [("", ""), ("U1405-1-000001-1", ""), ("", "AAAAAAAA"), ("U1", "AAAAAAA")])
def test_what_is_missing_or_too_short_is_asked_for(stranger, db, serial, code):
    response = by_typing(stranger, serial, code)
    assert response.status_code == 422
    assert "data-verdict" not in response.content.decode()


def wrong(code: str) -> str:
    return f"{code[:-1]}{'0' if code[-1] != '0' else '1'}"


def test_a_wrong_code_and_an_unknown_serial_get_the_same_answer_by_link(stranger, certificate):
    unknown = re.sub(r"\d{6}", "999999", certificate.serial)
    assert not Certificate.objects.filter(serial=unknown).exists()
    wrong_code = by_link(stranger, certificate, wrong(certificate.code))
    no_serial = stranger.get(f"/V/{unknown}/{certificate.code}")
    malformed = stranger.get(f"/V/{certificate.serial}/{'Z' * 16}")
    assert wrong_code.status_code == no_serial.status_code == malformed.status_code == 404
    assert len(wrong_code.content) == len(no_serial.content) == len(malformed.content)
    pages = {without_echo(response, response.wsgi_request.path) for response in (wrong_code, no_serial, malformed)}
    assert len(pages) == 1
    assert verdict_of(wrong_code) == "unknown"


def test_a_wrong_code_and_an_unknown_serial_get_the_same_answer_by_typing(stranger, certificate):
    unknown = re.sub(r"\d{6}", "999999", certificate.serial)
    right, bad = certificate.code[:8], wrong(certificate.code[:8])
    wrong_code, no_serial = by_typing(stranger, certificate.serial, bad), by_typing(stranger, unknown, right)
    assert wrong_code.status_code == no_serial.status_code == 404
    assert len(wrong_code.content) == len(no_serial.content)
    assert without_echo(wrong_code, certificate.serial, bad) == without_echo(no_serial, unknown, right)


def test_a_wrong_code_costs_as_many_queries_as_an_unknown_serial(stranger, certificate):
    paths = [f"/V/{certificate.serial}/{wrong(certificate.code)}", f"/V/U1300-1-999999-0/{certificate.code}"]
    counts = []
    for path in paths:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            stranger.get(path)
        counts.append(len(queries))
    assert counts[0] == counts[1] > 0


# --- how often ----------------------------------------------------------------------------------------------------


def test_the_twenty_first_try_in_an_hour_waits(stranger, certificate):
    answers = [by_typing(stranger, certificate.serial, wrong(certificate.code[:8])) for _ in range(20)]
    assert {response.status_code for response in answers} == {404}
    refused = by_typing(stranger, certificate.serial, certificate.code)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 3600
    assert refused.headers["Cache-Control"] == "no-store"
    other = by_typing(Client(REMOTE_ADDR="192.0.2.7"), certificate.serial, certificate.code)
    assert verdict_of(other) == "issued"


def test_guesses_by_link_are_tries_and_honest_scans_are_not(stranger, certificate):
    scans = [by_link(stranger, certificate) for _ in range(25)]
    assert {response.status_code for response in scans} == {200}
    guesses = [by_link(stranger, certificate, wrong(certificate.code)) for _ in range(21)]
    assert [response.status_code for response in guesses] == [404] * 20 + [429]
    assert by_typing(stranger, certificate.serial, certificate.code).status_code == 429
    assert by_link(stranger, certificate).status_code == 200


# --- files --------------------------------------------------------------------------------------------------------


def checks_of(response) -> list[bool]:
    """Seal, content, end, record, bytes."""
    return [mark == "is-held" for mark in re.findall(r'<li class="(is-held|is-broken)">', response.content.decode())]


def test_the_issued_file_passes_every_check(stranger, certificate):
    response = by_file(stranger, storage.open(certificate.pdf_sha256))
    assert verdict_of(response) == "issued"
    assert checks_of(response) == [True] * 5
    assert certificate.frozen()["purpose"] in text_of(response)


def test_a_genuine_file_that_was_revoked_is_told_revoked(stranger, certificate):
    Certificate.objects.filter(pk=certificate.pk).update(state="revoked")
    response = by_file(stranger, storage.open(certificate.pdf_sha256))
    assert verdict_of(response) == "revoked"
    assert checks_of(response) == [True] * 5


def test_the_digest_alone_is_enough_for_a_file_that_we_issued(stranger, certificate):
    response = stranger.post(FILE, {"digest": certificate.pdf_sha256})
    assert verdict_of(response) == "issued"
    assert checks_of(response) == [True]


def test_an_unknown_digest_is_answered_with_the_offer_to_send_the_file(stranger, certificate):
    response = stranger.post(FILE, {"digest": hashlib.sha256(b"another").hexdigest()})
    assert response.status_code == 404
    assert "Send the file for a full check" in text_of(response)


def test_the_digest_of_an_intent_without_paper_opens_nothing(stranger, intend):
    intend()
    assert stranger.post(FILE, {"digest": ""}).status_code == 422
    assert stranger.post(FILE, {"digest": "0" * 64}).status_code == 404


def test_nothing_of_a_sent_file_is_kept(stranger, certificate, settings, tmp_path):
    before = sorted(tmp_path.rglob("*"))
    by_file(stranger, storage.open(certificate.pdf_sha256) + b"%", name="owner name.pdf")
    assert sorted(tmp_path.rglob("*")) == before


def test_a_file_of_twenty_megabytes_is_refused_without_being_read(stranger, db):
    response = by_file(stranger, b"%PDF-1.7" + bytes(20 * 1024**2))
    assert response.status_code == 422
    assert "larger than 5 MB" in text_of(response)


def test_an_empty_file_is_refused(stranger, db):
    response = by_file(stranger, b"")
    assert response.status_code == 422
    assert "empty" in text_of(response)


def test_no_file_at_all_is_asked_for(stranger, db):
    assert stranger.post(FILE).status_code == 422
    assert stranger.get(FILE).headers["Location"] == HOME


def test_file_checks_are_throttled(stranger, certificate):
    data = storage.open(certificate.pdf_sha256)
    for _ in range(20):
        by_typing(stranger, certificate.serial, wrong(certificate.code))
    response = by_file(stranger, data)
    assert response.status_code == 429
    assert "Retry-After" in response.headers


def test_every_page_is_there_in_persian(certificate):
    page = by_link(Client(), certificate).content.decode()
    assert 'lang="fa" dir="rtl"' in page
    assert "معتبر است" in page
    assert "تنها برای این هدف" in page
