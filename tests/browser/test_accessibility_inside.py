"""Every page behind the sign-in, for each role that has it: no barrier at either width."""

import pytest
from django.urls import reverse

from portal.accounts.models import Role
from portal.casework import originals
from portal.demo import cases
from portal.parcels.models import Parcel
from portal.workflow.perform import perform
from tests.browser.accessibility import Inspector

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def places(browser_of, aside, request, maryam, reza, apartment):
    """(person's fixture name, path) of every page, with cases that stand at each desk."""
    old_house = Parcel.objects.current().owned_by(reza.national_code).get(district=1)
    draft = cases.draft(maryam, apartment, letter_no="1405/1")
    returned = cases.walk(cases.file(reza, old_house, letter_no="1405/2"), "in_review")
    cases.return_for(returned, Role.REVIEWER, {"title_deed": "B01", "letter_no": "B02"}, "سند تار است.")
    asker, papers = cases.holder(Role.REVIEWER, returned), returned.attachments.current().order_by("pk")[:2]
    released, waiting = (originals.ask(paper, actor=asker, reason="forgery") for paper in papers)
    perform(released, "release", actor=cases.holder(Role.APPROVER, returned))
    filing = [f"/inquiries/transfer/{draft.pk}/{step}/" for step in ("deal", "papers", "review")]
    return [
        *(
            ("maryam", path)
            for path in ("/cases/", reverse("parcels:mine"), "/inquiries/transfer/", "/accounts/sessions/", *filing)
        ),
        ("reza", f"/cases/{returned.reference}/"),
        ("reza", f"/cases/{returned.reference}/readers/"),
        ("help_desk", "/worklist/"),
        ("reviewer", f"/cases/{returned.reference}/"),
        ("archivist", reverse("casework:ask_original", args=[papers[0].pk])),
        ("reviewer", released.get_absolute_url()),
        ("reviewer", waiting.get_absolute_url()),
        ("approver", "/worklist/"),
        ("approver", reverse("casework:originals")),
        ("approver", waiting.get_absolute_url()),
        ("auditor", reverse("casework:originals")),
        ("auditor", "/cases/"),
        ("auditor", f"/cases/{returned.reference}/readers/"),
        ("counter_clerk", "/cases/"),
        ("notary_clerk", "/cases/"),
    ]


def test_no_page_inside_has_a_barrier(browser_of, places, request):
    inspector, pages = Inspector(), {}
    for person, path in places:
        if person not in pages:
            pages[person] = browser_of(request.getfixturevalue(person))
        assert pages[person].goto(path).status == 200, path
        inspector.look(pages[person], f"{person} {path}")
    assert inspector.found == {}


def test_no_desk_has_a_barrier_while_it_decides(browser_of, aside, request, case_at):
    """The case in the hand of each desk, with its form, and the finished case for its applicant and its office."""
    inspector, case = Inspector(), case_at("in_intake")
    desks = (
        ("help_desk", cases.accept), ("archivist", cases.match), ("reviewer", cases.endorse),
        ("approver", cases.approve), ("signatory", cases.sign),
    )  # fmt: skip
    for person, decide in desks:
        page = browser_of(request.getfixturevalue(person))
        page.goto("/worklist/")
        page.locator("form[action$='/worklist/next/'] button").click()
        page.wait_for_url(f"**/cases/{case.reference}/")
        inspector.look(page, person)
        page.context.close()
        case = aside(lambda decide=decide, case=case: decide(type(case).objects.get(pk=case.pk)))
    certificate = case.certificates.get()
    for person in ("maryam", "notary_clerk", "approver"):
        page = browser_of(request.getfixturevalue(person))
        page.goto(f"/cases/{case.reference}/")
        inspector.look(page, f"issued, for {person}")
        page.goto(certificate.get_absolute_url())
        inspector.look(page, f"certificate, for {person}")
    assert case.state == "issued"
    assert inspector.found == {}
