"""The story of one certificate: filed, returned, answered, approved, signed, issued, verified. Read it top down.

Each sentence is one step of the diary; what it expects is what a person would read on the page, in Persian.
"""

import hashlib
import json
import time
from collections.abc import Callable
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from inquiries.forms import QUESTIONS
from inquiries.workflow import STATES, TRANSFER_INQUIRY
from portal.accounts.models import Office, Role
from portal.core.calendar import jalali
from portal.core.persian import ascii_digits, fa_digits
from portal.demo import cast
from portal.demo.walkthrough.camera import Camera, pictures_of_paper
from portal.demo.walkthrough.diary import Diary
from portal.demo.walkthrough.pages import File, NotSeen, Page, Typed
from portal.demo.walkthrough.papers import photo, scanned
from portal.demo.walkthrough.visitor import Visitor
from portal.documents import qr, signing
from portal.documents.issue import verify_base

T = TypeVar("T")
PATIENCE_S = 90  # for what the worker does; it is asked for again every second
OFFICE, LETTER = "۱۲", "۱۴۰۵/۷۷۳۱"
BLURRED = "صفحهٔ سند تار است و شمارهٔ ثبت خوانده نمی‌شود؛ در نور کافی دوباره عکس بگیرید."
DECISIONS = {
    "accept": "accepts our case: the letter is readable, the identity papers fit",
    "match": "matches our case with the paper file in the archive",
    "endorse": "answers each question of the check list and sends our case for approval",
    "approve": "approves our case",
    "sign": "signs the contents that the page shows",
}


class Story:
    """One run: the people with their browsers, the folder for what is left, and what was learnt on the way."""

    def __init__(self, portal: str, out: Path, camera: Camera, diary: Diary) -> None:
        self.portal, self.out, self.camera, self.diary = portal, out, camera, diary
        self.phone = Visitor(portal, "phone")
        self.reference = ""
        self.pdf = b""
        self.sheets: list[Path] = []
        self.record: dict[str, Any] = {}
        self.address = ""

    def tell(self) -> None:
        """The whole story. Raises StoryBroken at the first step that was not seen to work."""
        maryam, reza, stranger = (Visitor(self.portal, key) for key in ("maryam", "reza", "stranger"))
        self.look_round(stranger)
        self.enter_citizen(maryam)
        self.file(maryam)
        self.track(stranger)
        self.enter_citizen(reza)
        self.keep_out(reza)
        self.intake()
        reviewer = self.return_once()
        self.answer(maryam)
        self.decide(reviewer)
        self.receive(maryam)
        self.verify(stranger)
        self.read_in_office()
        self.see_readers(maryam)

    # --- citizens ---------------------------------------------------------------------------------------------------

    def look_round(self, stranger: Visitor) -> None:
        with self.diary.step(stranger, "opens the front page"):
            stranger.go("/").shows(_("Track a case"))
            self.camera.take(stranger, "home")

    def enter_citizen(self, citizen: Visitor) -> None:
        person = next(person for person in cast.CITIZENS if person.key == citizen.key)
        with self.diary.step(citizen, "gives national code and mobile, typed in Persian digits"):
            citizen.go(reverse("accounts:sign_in"))
            typed = {"national_code": fa_digits(person.national_code), "mobile": fa_digits(person.mobile)}
            citizen.press(_("Send the code"), typed).shows(_("Enter the code"))
        with self.diary.step(citizen, "reads the one-time code on the phone and is signed in"):
            inbox = self.phone.go(reverse("demo:inbox"))
            code = ascii_digits(inbox.row(fa_digits(person.mobile))[0])
            citizen.press(_("Sign in"), {"code": code}).shows(person.full_name, _("My cases"))

    def file(self, maryam: Visitor) -> None:
        with self.diary.step(maryam, "begins a transfer inquiry for her apartment in district 1"):
            maryam.go(reverse("inquiries:start")).shows(_("Which property is it about?"), _("My parcels"))
            self.camera.take(maryam, "filing-property")
            maryam.press(_("Choose"), holding={"renovation_code": "1-"}).shows(_("The deal and the notary"))
        with self.diary.step(maryam, "copies deal and notary from the letter, in Persian digits"):
            maryam.press(_("Continue"), the_deal()).shows(_("Needed for every inquiry"), _("Still missing:"))
            self.camera.take(maryam, "filing-papers")
        for document, file in (
            ("inquiry_letter", scanned("inquiry_letter")),
            ("identity", photo("identity")),
            ("title_deed", photo("title_deed", is_sharp=False)),
        ):
            with self.diary.step(maryam, f"sends {document} ({file.media_type}, {len(file.content) // 1024} KB)"):
                page = maryam.press(_("Send"), {"file": file}, holding={"document": document})
                page.shows(_("Received: %(name)s") % {"name": file.name})
        with self.diary.step(maryam, "sees that all papers are there and reviews everything"):
            maryam.page.shows(_("All required papers are here."))
            maryam.follow(_("Continue")).shows(_("Review and declare"), LETTER)
            self.camera.take(maryam, "filing-review")
        with self.diary.step(maryam, "declares, files, and receives the tracking code"):
            form, button = maryam.page.form(_("File the inquiry"))
            page = maryam.send(form.fill({"is_declared": True}), button).shows(_("Your inquiry is filed"))
            self.reference = page.url.split("/cases/")[1].split("/")[0]
            page.shows(fa_digits(self.reference))
            self.camera.take(maryam, "filed")
        with self.diary.step(maryam, "presses the button a second time: it is the same case, not another one"):
            again = maryam.send(form, button)
            if self.reference not in again.url:
                raise NotSeen(f"the second press led to {again.url}")

    def track(self, stranger: Visitor) -> None:
        with self.diary.step(stranger, "follows the case with the code and the last four digits of the mobile"):
            stranger.go(reverse("casework:track"))
            typed = {"reference": fa_digits(self.reference), "last_four": "۰۰۰۱"}
            stranger.press(_("Where is my case?"), typed).shows(STATES["in_intake"])
            self.camera.take(stranger, "track")

    def keep_out(self, reza: Visitor) -> None:
        with self.diary.step(reza, "another citizen: the case does not exist for him"):
            if reza.go(f"/cases/{self.reference}/").status != 404:
                raise NotSeen("the page of another citizen's case opened")

    def answer(self, maryam: Visitor) -> None:
        with self.diary.step(maryam, "sees what is asked and why"):
            maryam.go(f"/cases/{self.reference}/").shows(_("Your turn"), BLURRED)
            self.camera.take(maryam, "returned")
        with self.diary.step(maryam, "answers with a sharp photo of the deed; the place in the queue is kept"):
            answer = step("returned", "answer")
            maryam.press(answer.label, {"title_deed": photo("title_deed")}).shows(answer.done)

    def receive(self, maryam: Visitor) -> None:
        with self.diary.step(maryam, "waits until the worker has made the certificate"):
            patiently(lambda: maryam.go(f"/cases/{self.reference}/").shows(_("Download the certificate (PDF)")))
            maryam.page.shows(STATES["issued"])
            self.camera.take(maryam, "issued")
        with self.diary.step(maryam, "downloads the certificate; its seal leads to the root of the city"):
            root = Visitor(self.portal, "root").go(reverse("documents:root_pem"))
            (self.out / "root.pem").write_bytes(root.body)
            self.pdf = maryam.follow(_("Download the certificate (PDF)")).body
            (self.out / "certificate.pdf").write_bytes(self.pdf)
            self.keep_record(signing.inspect(self.pdf, signing.root_certificate(self.out)))
            self.sheets = pictures_of_paper(self.pdf, self.out / "screenshots")

    def keep_record(self, found: signing.Inspection) -> None:
        if not found.is_genuine or found.attached_json is None:
            raise NotSeen(f"the paper is not sealed as it should be: {found}")
        self.record = json.loads(found.attached_json)
        (self.out / "certificate.json").write_bytes(found.attached_json)
        digest = hashlib.sha256(found.attached_json).hexdigest()
        self.address = qr.verify_url(verify_base(), self.record["serial"], digest)
        (self.out / "verify.txt").write_text(f"{self.address}\n", encoding="utf-8")

    def see_readers(self, maryam: Visitor) -> None:
        with self.diary.step(maryam, "sees which desks opened her file, and when"):
            maryam.go(f"/cases/{self.reference}/")
            maryam.follow(_("All openings, with day and hour")).shows(
                _("Who opened my file"), Role.REVIEWER.label, f"{Office.Kind.NOTARY.label} {OFFICE}"
            )
            self.camera.take(maryam, "readers")

    # --- desks ------------------------------------------------------------------------------------------------------

    def intake(self) -> None:
        desk = self.enter_staff("help-desk")
        self.work(desk, "in_intake", "accept", {"is_letter_readable": True, "is_identity_matching": True})
        archive = self.enter_staff("archivist")
        self.work(archive, "in_archive_match", "match", {"has_file": "yes", "file_number": "۱/۱۳۸۷"})

    def return_once(self) -> Visitor:
        reviewer = self.enter_staff("reviewer-1")
        self.take_ours(reviewer, lambda: self.act(reviewer, "in_review", "endorse", all_well()))
        with self.diary.step(reviewer, "returns the case: the photo of the deed cannot be read (B01)"):
            self.camera.take(reviewer, "review")
            self.act(reviewer, "in_review", "return", {"item_title_deed": "B01", "note": BLURRED})
        return reviewer

    def decide(self, reviewer: Visitor) -> None:
        self.work(reviewer, "in_review", "endorse", all_well())
        approver, signatory = self.enter_by_card("approver"), self.enter_by_card("signatory")
        self.work(approver, "awaiting_approval", "approve", {})
        self.work(signatory, "awaiting_signature", "sign", {})

    def enter_staff(self, key: str) -> Visitor:
        """User name, password, and the code of the app."""
        worker = Visitor(self.portal, key)
        with self.diary.step(worker, "signs in with user name, password and the code of the app"):
            worker.go(reverse("accounts:staff_sign_in"))
            worker.press(_("Continue"), {"username": key, "password": cast.PASSWORD}).shows(_("Code of the app"))
            worker.press(_("Sign in"), {"code": self.app_code(key)}).shows(name_of(key))
        return worker

    def enter_by_card(self, key: str) -> Visitor:
        """One click on the page of the cast: a session without a fresh second factor."""
        worker = Visitor(self.portal, key)
        with self.diary.step(worker, "enters with one click on the page of the cast"):
            worker.go(reverse("demo:cast"))
            worker.press(_("Enter as %(name)s") % {"name": name_of(key)}).shows(_("Worklist"), name_of(key))
        return worker

    def app_code(self, key: str) -> str:
        """What the app shows; after a code was used the next one takes up to half a minute."""

        def shown() -> str:
            code = ascii_digits(self.phone.go(reverse("demo:inbox")).row(key)[-1])
            if not code.isdigit():
                raise NotSeen(f"the app of {key} shows no code yet")
            return code

        return patiently(shown)

    def work(self, worker: Visitor, state: str, action: str, typed: Typed) -> None:
        """Take the queue in its order until our case comes, and do with it what was done with those before it."""
        self.take_ours(worker, lambda: self.act(worker, state, action, typed))
        with self.diary.step(worker, DECISIONS[action]):
            self.camera.take(worker, action)
            self.act(worker, state, action, typed)

    def take_ours(self, worker: Visitor, act: Callable[[], Page]) -> None:
        with self.diary.step(worker, "takes cases in the order of the queue until ours comes"):
            while self.reference not in self.take_next(worker).url:
                act()

    def take_next(self, worker: Visitor) -> Page:
        """Open the first case of the queue; what is still on its way from the desk before is waited for."""

        def taken() -> Page:
            worker.go(reverse("casework:worklist")).shows(_("Worklist"))
            return worker.press(_("Next case")).shows(_("Your decision"))

        return patiently(taken)

    def act(self, worker: Visitor, state: str, action: str, typed: Typed) -> Page:
        """Press the button of the step; confirm with the app first when the portal asks for it, then press again."""
        taken = step(state, action)
        decision = worker.page.url
        worker.press(taken.label, typed)
        if urlsplit(worker.page.url).path == reverse("accounts:step_up"):
            worker.page.shows(_("Confirm that it is you"))
            worker.press(_("Confirm"), {"code": self.app_code(worker.key)}).shows(_("Your decision"))
            self.diary.tell(f"    {'':>8}  {worker.key:<13} is asked for a fresh code of the app, and gives it")
            if worker.page.url != decision:
                raise NotSeen(f"after the confirmation the portal led to {worker.page.url}")
            worker.press(taken.label, typed)
        return worker.page.shows(taken.done)

    # --- who receives the paper ---------------------------------------------------------------------------------------

    def verify(self, stranger: Visitor) -> None:
        facts = (_("This certificate is valid"), self.record["purpose"], self.addressee)
        with self.diary.step(stranger, "scans the QR code on the paper: valid, for this purpose and this addressee"):
            scanned_address = read_qr(self.sheets) or self.address
            if scanned_address != self.address:
                raise NotSeen(f"the QR code leads to {scanned_address}, not to {self.address}")
            stranger.go(urlsplit(self.address).path).shows(*facts)
            self.camera.take(stranger, "verified")
        with self.diary.step(stranger, "types serial and eight characters instead"):
            code = self.address.rsplit("/", 1)[1][:8].lower()
            stranger.go(reverse("verification:home"))
            stranger.press(_("Verify"), {"serial": self.record["serial"].lower(), "code": code}).shows(*facts)
        with self.diary.step(stranger, "hands in the file itself for the full check"):
            self.hand_in(stranger, self.pdf).shows(*facts, _("What was checked in the file"))
            self.camera.take(stranger, "file-checked")
        with self.diary.step(stranger, "hands in the file with one byte changed: not genuine"):
            middle = len(self.pdf) // 2
            forged = self.pdf[:middle] + bytes([self.pdf[middle] ^ 1]) + self.pdf[middle + 1 :]
            self.hand_in(stranger, forged).shows(_("This file is not genuine"))
            self.camera.take(stranger, "forged")

    def hand_in(self, stranger: Visitor, pdf: bytes) -> Page:
        stranger.go(reverse("verification:home"))
        return stranger.press(_("Check the file"), {"paper": File("certificate.pdf", "application/pdf", pdf)})

    @property
    def addressee(self) -> str:
        return fa_digits(_("%(office)s no. %(number)s, %(city)s") % self.record["addressee"])

    def read_in_office(self) -> None:
        clerk = self.enter_staff("notary-clerk")
        with self.diary.step(clerk, "finds the answer in the list of notary office 12, and the same file behind it"):
            clerk.go(reverse("casework:cases")).shows(_("Answers for our office"), fa_digits(self.reference))
            self.camera.take(clerk, "office")
            clerk.go(f"/cases/{self.reference}/").shows(self.record["serial"])
            self.camera.take(clerk, "office-answer")
            if clerk.follow(_("Download the certificate (PDF)")).body != self.pdf:
                raise NotSeen("the office gets another file than the citizen")


def people() -> str:
    """Who is behind the short names: one line each."""
    named = [(person.key, person.full_name) for person in cast.CITIZENS]
    named += [(worker.key, f"{worker.full_name}، {worker.post}") for worker in cast.WORKERS]
    return "\n".join(f"{key:<14}{words}" for key, words in named)


def step(state: str, action: str) -> Any:
    """The row of the workflow: its label is on the button, its `done` on the page that follows."""
    return TRANSFER_INQUIRY.step(state, action)


def the_deal() -> Typed:
    """What stands on the notary's letter, two days old, in Persian digits."""
    day = fa_digits(jalali(timezone.localdate() - timedelta(days=2)))
    office = {"notary_number": OFFICE, "notary_city": "ارومیه", "letter_no": LETTER, "letter_date": day}
    return {"deal": "sale", "share": "۶", **office}


def all_well() -> Typed:
    """The findings of a review without a fault."""
    return dict.fromkeys(QUESTIONS, "yes")


def name_of(key: str) -> str:
    return next(worker.full_name for worker in cast.WORKERS if worker.key == key)


def patiently(look: Callable[[], T]) -> T:
    """What `look` returns once it sees what it wants; its last NotSeen when the time is over."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            return look()
        except NotSeen:
            if time.monotonic() > deadline:
                raise
            time.sleep(1)


def read_qr(sheets: list[Path]) -> str:
    """What a camera reads from the paper; empty when no reader of QR codes is installed."""
    if not find_spec("zxingcpp"):
        return ""
    import zxingcpp
    from PIL import Image

    found = []
    for sheet in sheets:
        with Image.open(sheet) as picture:
            found += [code.text for code in zxingcpp.read_barcodes(picture)]
    if len(found) != 1:
        raise NotSeen(f"{len(found)} codes can be read on the paper instead of one")
    return str(found[0])
