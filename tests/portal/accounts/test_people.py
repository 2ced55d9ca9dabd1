"""A person is entered and changed with an entry that commits to the whole and gives nothing away."""

import base64
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import make_password
from django.core.management import CommandError, call_command
from django.urls import reverse

from portal.accounts import people, second_factor
from portal.accounts.actors import Actor
from portal.accounts.models import User
from portal.ledger.models import Entry
from tests.portal.accounts.people import sign_in_as

ADMIN = Actor.system("test")


def told(person: User) -> list[Entry]:
    return list(Entry.objects.of(f"user/{person.pk}").filter(kind__in=people.KINDS))


def digest_of(person: User) -> str:
    return people.record_digest(User.objects.get(pk=person.pk), Authenticator.objects.filter(user=person))


def test_every_column_is_recorded_or_left_out_by_choice():
    columns = {field.name for field in User._meta.concrete_fields}
    assert columns - set(people.RECORDED) == {"last_login"}  # it moves with each sign-in
    assert set(people.RECORDED) <= columns


def test_entering_and_changing_are_entries_by_whoever_did_it(db):
    person = people.enter(User(full_name="سارا نجفی", national_code="9900000039"), actor=ADMIN)
    person.full_name, person.mobile = "سارا نجفی‌پور", "09140000077"
    people.change(person, "full_name", "mobile", actor=Actor.of(person))
    first, second = told(person)
    assert (first.kind, first.actor) == ("person.enter", "system/test")
    assert (second.kind, second.actor) == ("person.change", f"user/{person.pk}")
    assert second.facts == {"record": digest_of(person), "changed": ["full_name", "mobile"]}
    assert first.facts["record"] != second.facts["record"]
    stored = User.objects.get(pk=person.pk)
    assert (stored.mobile, bytes(stored.mobile_index)) == ("09140000077", person.mobile_index)


def test_an_entry_says_nothing_about_the_person_to_who_lacks_the_key(maryam, settings):
    [entry] = told(maryam)
    body = bytes(entry.body).decode()
    assert not any(text in body for text in (maryam.full_name, maryam.national_code, maryam.mobile))
    before = digest_of(maryam)
    settings.BLIND_INDEX_KEY = "another key of the same length, for people without it"
    assert digest_of(maryam) != before == entry.facts["record"]


def test_only_the_named_columns_are_stored_and_the_entry_tells_what_is_there(reviewer):
    stale = User.objects.get(pk=reviewer.pk)
    reviewer.post = "رئیس اداره"
    people.change(reviewer, "post", actor=ADMIN)
    stale.full_name = "نام دیگر"
    people.change(stale, "full_name", actor=ADMIN)
    stored = User.objects.get(pk=reviewer.pk)
    assert (stored.post, stored.full_name) == ("رئیس اداره", "نام دیگر")
    assert told(reviewer)[-1].facts["record"] == digest_of(reviewer)


def test_a_change_without_an_entry_is_not_kept(reviewer, monkeypatch):
    def fail(*_args, **_facts):
        raise RuntimeError

    monkeypatch.setattr(people.chain, "append", fail)
    reviewer.is_active = False
    with pytest.raises(RuntimeError):
        people.change(reviewer, "is_active", actor=ADMIN)
    with pytest.raises(RuntimeError):
        people.enter(User(full_name="کسی"), actor=ADMIN)
    assert User.objects.get(pk=reviewer.pk).is_active and not User.objects.filter(full_name="کسی").exists()


def test_new_keys_change_no_digest(reviewer, maryam, settings):
    before = digest_of(reviewer), digest_of(maryam)
    settings.DATA_KEYS = [base64.urlsafe_b64encode(bytes([9]) * 32).decode(), *settings.DATA_KEYS]
    call_command("rotate_data_keys", stdout=StringIO())
    assert (digest_of(reviewer), digest_of(maryam)) == before


def test_a_right_password_never_rewrites_its_hash(reviewer, settings):
    """Django would store the hash anew at sign-in, without anybody's act."""
    old = "django.contrib.auth.hashers.PBKDF2PasswordHasher"
    settings.PASSWORD_HASHERS = [*settings.PASSWORD_HASHERS, old]
    reviewer.password = make_password("four unrelated quiet words", hasher="pbkdf2_sha256")
    people.change(reviewer, "password", actor=ADMIN)
    assert reviewer.check_password("four unrelated quiet words")
    assert not reviewer.check_password("other words")
    stored = User.objects.get(pk=reviewer.pk).password
    assert stored == reviewer.password and stored.startswith("pbkdf2_sha256$")


def test_a_new_password_is_an_entry_of_the_person(reviewer):
    browser = sign_in_as(reviewer, stepped_up=True)
    words = "four unrelated quiet words"
    browser.post(reverse("accounts:password"), {"password": words, "again": words})
    assert told(reviewer)[-1].facts["changed"] == ["password"]
    assert told(reviewer)[-1].actor == f"user/{reviewer.pk}"
    assert User.objects.get(pk=reviewer.pk).check_password(words)


def test_who_stood_there_before_is_adopted_once_or_with_a_reason(db):
    ghost = User.objects.create(username="ghost", full_name="کسی", is_staff_member=True)
    with pytest.raises(CommandError, match="--because"):
        call_command("record_people", stdout=StringIO())
    assert told(ghost) == []
    out = StringIO()
    call_command("record_people", because="import of the old staff list", stdout=out)
    assert out.getvalue().startswith("1 ")
    [entry] = told(ghost)
    assert entry.kind == "person.adopt" and entry.facts["record"] == digest_of(ghost)
    assert list(people.unrecorded()) == []


@pytest.mark.django_db(transaction=True)
def test_of_two_changes_at_once_the_last_entry_tells_both(reviewer, run_together):
    def post() -> None:
        person = User.objects.get(pk=reviewer.pk)
        person.post = "رئیس اداره"
        people.change(person, "post", actor=ADMIN)

    def factor() -> None:
        second_factor.enrol(reviewer, second_factor.new_secret(), actor=ADMIN)

    assert run_together(post, factor, post, factor) == ["ok"] * 4
    assert told(reviewer)[-1].facts["record"] == digest_of(reviewer)
