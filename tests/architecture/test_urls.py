"""The wall: every address refuses who has no business there, and a hidden record is answered like an absent one."""

import copy
import re

import pytest
from django.conf import settings
from django.urls import resolve, reverse

from portal.accounts.models import RoleGrant, User
from portal.casework.models import Case
from tests.architecture.routes import Route, routes

PUBLIC = {
    "oversight:home": "the front door",
    "oversight:services": "what the city offers",
    "oversight:help": "how to go on without an account",
    "oversight:accessibility": "the statement that the law asks for",
    "oversight:statistics": "figures about nobody",
    "oversight:statistics_json": "the same figures for machines",
    "casework:track": "asks for the tracking code and four digits of the mobile",
    "districts:coverage": "is my district covered?",
    "parcels:city_map": "the public plan",
    "parcels:map": "the public plan",
    "parcels:map_features": "outline, code and use: what anybody may see of a parcel",
    "parcels:map_districts": "outlines of the districts",
    "parcels:map_locate": "where a code lies on the public plan",
    "parcels:map_point": "the code under a point of the public plan",
    "parcels:public_parcel": "the plan's rules for a piece of land, without its owner",
    "verification:home": "anybody who holds a paper may check it",
    "verification:file": "anybody who holds a paper may check it",
    "verification:short": "anybody who holds a paper may check it",
    "verification:link": "the address in the QR",
    "documents:root": "the root certificate, for those who check without us",
    "documents:root_pem": "the root certificate, for those who check without us",
    "accounts:sign_in": "the door itself",
    "accounts:puzzle": "the door itself: the digits for who runs no script, in the browser whose page asks for them",
    "accounts:code": "the door itself",
    "accounts:name": "the door itself: who signs in for the first time tells the name",
    "accounts:staff_sign_in": "the door itself",
    "accounts:staff_totp": "the door itself",
    "accounts:totp_setup": "the door itself: the second factor is enrolled before the session opens",
    "set_language": "a language is no secret",
    "demo:cast": "exists with DEMO=1 only",
    "demo:components": "exists with DEMO=1 only",
    "demo:inbox": "exists with DEMO=1 only",
    "demo:enter": "exists with DEMO=1 only",
}
"""Addresses that need no sign-in, each with its reason."""

FOR_ROLES = {"casework:worklist", "casework:next"}
FOR_MANAGERS = {"districts:rollouts", "districts:plan", "districts:rollout"}
"""Pages of a role: 403 for a signed-in person without it."""

METHODS = ("get", "head", "post", "put", "patch", "delete", "options")
EXTRA = {
    "state": "issued", "revision": "99", "district": "3", "district_id": "3", "applicant": "1", "reference": "1" * 13,
    "submitted_at": "2001-01-01", "created_at": "2001-01-01", "due_on": "2099-01-01", "fee": "0", "version": "7",
    "is_staff": "1", "is_staff_member": "on", "is_active": "", "role": "signatory", "channel": "history",
}  # fmt: skip


def private() -> list[Route]:
    return [route for route in routes() if route.name not in PUBLIC]


class Browser:
    """A signed-in (or anonymous) browser that begins every request with the cookies it had first."""

    def __init__(self, client):
        client.raise_request_exception = False
        self.client, self.cookies = client, copy.deepcopy(client.cookies)

    def ask(self, method: str, url: str, data=None):
        self.client.cookies = copy.deepcopy(self.cookies)
        if method in ("get", "head"):
            return getattr(self.client, method)(url)
        return getattr(self.client, method)(url, data or {})


def said(response, values) -> tuple[int, str, str]:
    """What a stranger can tell apart: status, place and body, without what every page has of its own."""
    body = response.content.decode(errors="replace")
    body = re.sub(r'value="[A-Za-z0-9]{64}"', "", body)  # the masked CSRF token differs each time
    body = re.sub(r'name="key" value="[0-9a-f-]{36}"', "", body)
    place = response.headers.get("Location", "")
    for value in sorted((str(v) for v in values.values()), key=len, reverse=True):
        body, place = body.replace(value, "…"), place.replace(value, "…")
    return response.status_code, place, body


# --- nothing is forgotten ------------------------------------------------------------------------------------------


def test_every_public_address_exists():
    assert set(PUBLIC) <= {route.name for route in routes()}


def test_every_address_with_a_record_has_a_sample(samples):
    lacking = {route.name for route in routes() if set(route.parameters) - set(samples.of(route.name))}
    assert not lacking, f"add a sample to tests/architecture/conftest.py for {sorted(lacking)}"


def test_every_sample_leads_to_its_view(samples):
    for route in routes():
        assert resolve(route.url(samples.of(route.name))).view_name == route.name


# --- who is refused ------------------------------------------------------------------------------------------------


def test_nobody_gets_in_without_signing_in(samples, client):
    sign_in = reverse(settings.LOGIN_URL)
    open_doors = []
    for route in private():
        for values in (samples.present, samples.absent):
            for method in ("get", "post"):
                response = getattr(client, method)(route.url(values.get(route.name, {})))
                if response.status_code != 302 or not response.url.startswith(f"{sign_in}?"):
                    open_doors.append((method, route.name, response.status_code))
    assert open_doors == []


@pytest.mark.parametrize("stranger", ["reza", "other_reviewer", "foreign_notary", "counter_clerk"])
def test_a_strangers_record_is_answered_like_an_absent_one(samples, client_of, request, undone, stranger):
    browser = Browser(client_of(request.getfixturevalue(stranger)))
    leaks = []
    for route in private():
        if not route.parameters:
            continue
        for method in METHODS:
            answers = []
            for values in (samples.present[route.name], samples.absent[route.name]):
                with undone():
                    answers.append(said(browser.ask(method, route.url(values)), values))
            if answers[0] != answers[1] or answers[0][0] not in (404, 403, 405):
                leaks.append((method, route.name, answers[0][0], answers[1][0]))
    assert leaks == []


def test_staff_of_the_district_does_not_see_a_draft(samples, client_of, reviewer):
    browser = Browser(client_of(reviewer))
    for route in private():
        if route.name.startswith("inquiries:") and route.parameters:
            answer = browser.ask("get", route.url(samples.of(route.name)))
            assert answer.status_code in (404, 405), route.name


def test_the_addressed_notary_reads_the_answer_and_no_paper(samples, client_of, notary_clerk):
    browser = Browser(client_of(notary_clerk))
    expected = {"casework:case": 200, "documents:pdf": 200, "casework:paper": 404, "casework:paper_page": 404,
                "casework:readers": 404}  # fmt: skip
    asked = {route.name: browser.ask("get", route.url(samples.of(route.name))).status_code for route in private()
             if route.name in expected}  # fmt: skip
    assert asked == expected


@pytest.mark.parametrize("person", ["maryam", "notary_clerk", "auditor"])
def test_pages_of_a_role_refuse_everybody_else(client_of, request, person):
    browser = Browser(client_of(request.getfixturevalue(person)))
    for route in routes():
        if route.name in FOR_ROLES:
            asked = [browser.ask(method, route.url({})).status_code for method in ("get", "post")]
            assert 403 in asked and not {200, 302} & set(asked), (route.name, asked)


def test_a_step_of_somebody_else_is_refused_although_the_record_is_visible(case_at, client_of, reviewer):
    case = case_at("in_review")
    withdrawn = client_of(reviewer).post(reverse("workflow:step", args=["cases", case.reference, "withdraw"]))
    assert withdrawn.status_code == 403
    assert Case.objects.get(pk=case.pk).state == "in_review"


def test_a_form_from_another_site_is_refused(case_at, client_of, maryam):
    case = case_at("in_review")
    browser = client_of(maryam)
    browser.handler.enforce_csrf_checks = True
    assert browser.post(reverse("workflow:step", args=["cases", case.reference, "withdraw"])).status_code == 403


# --- nothing breaks ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("person", ["anonymous", "maryam", "reviewer"])
def test_no_method_breaks_any_address(samples, client, client_of, request, undone, person):
    browser = Browser(client if person == "anonymous" else client_of(request.getfixturevalue(person)))
    broken = []
    for route in routes():
        for values in (samples.of(route.name), samples.absent.get(route.name)):
            if values is None:
                continue
            for method in METHODS:
                with undone():
                    status = browser.ask(method, route.url(values)).status_code
                if status >= 500:
                    broken.append((method, route.name, status))
    assert broken == []


@pytest.mark.parametrize("odd", ["%00", "%F0%9F%98%80", "..%2F..%2Fetc%2Fpasswd", "%E2%80%AE", "'", "9" * 400])
def test_no_odd_text_in_an_address_breaks_it(samples, client_of, maryam, odd):
    browser = Browser(client_of(maryam))
    for route in routes():
        texts = [name for name in route.parameters if f"<str:{name}>" in route.pattern]
        for name in texts:
            for method in ("get", "post"):
                status = browser.ask(method, route.url(samples.of(route.name) | {name: odd})).status_code
                assert status < 500, (method, route.name, status)


def test_posted_fields_that_no_form_has_change_nothing(samples, client_of, maryam, undone):
    browser = Browser(client_of(maryam))
    fixed = ("pk", "reference", "district_id", "applicant_id", "submitted_at", "due_on", "channel")

    def present():
        return (
            list(Case.objects.filter(reference__isnull=False).order_by("pk").values_list(*fixed)),
            list(User.objects.order_by("pk").values_list("pk", "is_staff_member", "is_active", "username")),
            RoleGrant.objects.count(),
            set(Case.objects.values_list("state", flat=True)) - {"withdrawn"},
        )

    before = present()
    for route in routes():
        with undone():
            browser.ask("post", route.url(samples.of(route.name)), EXTRA)
            now = present()
            assert now[:3] == before[:3] and now[3] <= before[3], route.name
