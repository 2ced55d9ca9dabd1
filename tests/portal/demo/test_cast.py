"""The demonstration's people and doors; the doors do not exist without DEMO=1."""

from runpy import run_path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import reverse

from portal.accounts import second_factor
from portal.accounts.models import Office, Role, RoleGrant, SignIn, User
from portal.demo import cast
from portal.ledger.models import Entry

pytestmark = pytest.mark.django_db

DOORS = [("get", "/demo/"), ("get", "/demo/inbox/"), ("post", "/demo/enter/approver/"), ("post", "/demo/enter/maryam/")]


@pytest.fixture(autouse=True)
def demo(settings) -> None:
    settings.DEMO = True


def test_the_cast_can_be_made_twice():
    before = (User.objects.count(), Office.objects.count(), RoleGrant.objects.count(), Entry.objects.count())
    cast.create_cast()
    assert (User.objects.count(), Office.objects.count(), RoleGrant.objects.count(), Entry.objects.count()) == before


def test_the_published_numbers_of_offices_exist():
    assert Office.objects.filter(kind=Office.Kind.NOTARY).count() == 80
    assert Office.objects.filter(kind=Office.Kind.COUNTER).count() == 79


def test_every_right_of_the_cast_has_its_ledger_entry():
    for held in RoleGrant.objects.all():
        entries = Entry.objects.filter(stream=held.stream, kind="role.grant", actor="system/demo")
        assert any(str(held.pk) in bytes(entry.body).decode() for entry in entries)


def test_no_member_of_staff_lacks_a_second_factor():
    for person in User.objects.filter(is_staff_member=True):
        assert second_factor.is_enrolled(person)


def test_reviewers_of_the_cast_never_approve():
    holders = {role: set(RoleGrant.objects.filter(role=role).values_list("user_id", flat=True)) for role in Role}
    assert not holders[Role.REVIEWER] & holders[Role.APPROVER]
    assert not holders[Role.APPROVER] & holders[Role.SIGNATORY]


@pytest.mark.parametrize("key", [person.key for person in (*cast.CITIZENS, *cast.WORKERS)])
def test_one_click_enters(client, key):
    assert f"/demo/enter/{key}/" in client.get("/demo/").content.decode()
    response = client.post(f"/demo/enter/{key}/")
    assert response["Location"] == reverse("accounts:home")
    assert client.session["_auth_user_id"] == str(cast.person_of(key).pk)
    assert SignIn.objects.get().factor == SignIn.Factor.DEMO


def test_the_door_brings_no_fresh_second_factor_but_the_inbox_shows_the_code(client):
    client.post("/demo/enter/approver/")
    assert not client.get(reverse("accounts:sessions")).wsgi_request.actor.has_stepped_up
    code = client.get("/demo/inbox/").context["app_code"]
    client.post(reverse("accounts:step_up"), {"code": code})
    assert client.get(reverse("accounts:sessions")).wsgi_request.actor.has_stepped_up


def test_the_door_opens_for_the_cast_only(client):
    User.objects.create(username="somebody", full_name="کسی", is_staff_member=True)
    assert client.post("/demo/enter/somebody/").status_code == 404


def test_a_link_cannot_enter(client):
    assert client.get("/demo/enter/approver/").status_code == 405
    assert Client(enforce_csrf_checks=True).post("/demo/enter/approver/").status_code == 403


@pytest.mark.parametrize(("method", "path"), DOORS)
def test_without_demo_the_views_answer_404(client, settings, method, path):
    settings.DEMO = False
    assert getattr(client, method)(path).status_code == 404
    assert not SignIn.objects.exists()


def test_without_demo_no_cast_is_made(settings):
    settings.DEMO = False
    with pytest.raises(ImproperlyConfigured):
        cast.create_cast()


@pytest.mark.parametrize("is_demo", [True, False])
def test_the_addresses_exist_in_the_demonstration_only(settings, is_demo):
    settings.DEMO = is_demo
    urls = run_path(str(settings.BASE_DIR / "portal" / "urls.py"))["urlpatterns"]
    assert any(str(pattern.pattern) == "demo/" for pattern in urls) is is_demo
