"""The second factor is its owner's: a row copied to another person proves nothing."""

import base64
import hashlib
import time
from importlib import import_module
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.apps import apps
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from portal.accounts import adapter, people, second_factor
from portal.accounts.actors import Actor
from portal.accounts.models import SignIn, User
from portal.core.crypto import SealBrokenError
from portal.ledger.models import Entry
from portal.oversight import fsck
from tests.portal.accounts.people import sign_in_as

TOTP, RECOVERY = Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES


def factor(person, kind) -> Authenticator:
    return Authenticator.objects.get(user=person, type=kind)


def copy(kind, *, source, to) -> None:
    Authenticator.objects.filter(user=to, type=kind).update(data=factor(source, kind).data)


def test_each_factor_works_for_its_owner(reviewer):
    assert second_factor.verify(reviewer, second_factor.next_code(reviewer)) == SignIn.Factor.TOTP
    assert second_factor.verify(reviewer, second_factor.recovery_codes(reviewer)[3]) == SignIn.Factor.RECOVERY
    assert len(second_factor.recovery_codes(reviewer)) == 9


def test_the_app_of_another_person_opens_nothing(reviewer, approver, caplog):
    code = second_factor.next_code(approver)
    copy(TOTP, source=approver, to=reviewer)
    assert second_factor.verify(reviewer, code) is None
    assert second_factor.next_code(reviewer) == ""
    assert "does not open" in caplog.text and adapter.opened(factor(approver, TOTP)) not in caplog.text
    assert second_factor.is_enrolled(reviewer)  # who knows the password still may not connect an app of their own
    assert second_factor.verify(approver, code) == SignIn.Factor.TOTP


def test_nor_do_the_recovery_codes_of_another_person(reviewer, approver):
    code = second_factor.recovery_codes(approver)[0]
    copy(RECOVERY, source=approver, to=reviewer)
    assert second_factor.recovery_codes(reviewer) == []
    assert second_factor.verify(reviewer, code) is None
    assert second_factor.verify(approver, code) == SignIn.Factor.RECOVERY


def test_a_secret_does_not_open_as_a_seed(reviewer):
    secret = factor(reviewer, TOTP).data["secret"]
    Authenticator.objects.filter(user=reviewer, type=RECOVERY).update(data={"seed": secret, "used_mask": 0})
    assert second_factor.recovery_codes(reviewer) == []


@pytest.mark.parametrize(
    "data", [[], {}, {"secret": None}, {"secret": "no base64"}, {"secret": "ی"}, {"secret": "QUJD"}]
)
def test_a_damaged_secret_is_a_wrong_code_and_no_crash(reviewer, data):
    code = second_factor.next_code(reviewer)
    Authenticator.objects.filter(user=reviewer, type=TOTP).update(data=data)
    assert second_factor.verify(reviewer, code) is None


def test_codes_of_another_system_are_not_taken(reviewer):
    seed = factor(reviewer, RECOVERY)
    foreign = {"migrated_codes": [adapter.MFAAdapter().encrypt("12345678")]}
    Authenticator.objects.filter(pk=seed.pk).update(data=seed.data | foreign)
    assert second_factor.verify(reviewer, "12345678") is None


def test_enrolling_is_an_entry_and_a_use_is_none(reviewer):
    entries = Entry.objects.of(f"user/{reviewer.pk}")
    second_factor.enrol(reviewer, second_factor.new_secret(), actor=Actor.of(reviewer))
    last = entries.last()
    assert (last.kind, last.facts["changed"], last.actor) == ("person.change", ["factor"], f"user/{reviewer.pk}")
    second_factor.verify(reviewer, second_factor.next_code(reviewer))
    assert entries.last() == last


def test_a_counter_given_at_enrolment_is_used_up(reviewer):
    secret = second_factor.new_secret()
    second_factor.enrol(reviewer, secret, actor=Actor.of(reviewer))
    code = second_factor.next_code(reviewer)
    counter = second_factor.fits(secret, code)
    second_factor.enrol(reviewer, secret, counter=counter, actor=Actor.of(reviewer))
    assert second_factor.verify(reviewer, code) is None


def test_rows_of_before_are_sealed_anew_for_their_owner(reviewer, approver):
    migration = import_module("portal.accounts.migrations.0002_factors_sealed_for_their_owner")
    secret = adapter.opened(factor(reviewer, TOTP))
    migration.backward(apps, None)
    old = factor(reviewer, TOTP)
    assert adapter.MFAAdapter().decrypt(old.data["secret"]) == secret
    with pytest.raises(SealBrokenError):  # a copy from an old backup, which any person's row would have opened
        adapter.opened(old)
    Authenticator.objects.filter(user=approver, type=TOTP).update(data={"secret": "AAAA"})
    odd = [[], {}, "text", {"secret": None}, {"secret": "ی"}]
    others = User.objects.filter(is_staff_member=True).exclude(pk__in=[reviewer.pk, approver.pk])[: len(odd)]
    for person, data in zip(others, odd, strict=True):
        Authenticator.objects.filter(user=person, type=TOTP).update(data=data)
    migration.forward(apps, None)
    assert [factor(person, TOTP).data for person in others] == odd
    assert adapter.opened(factor(reviewer, TOTP)) == secret
    assert second_factor.verify(reviewer, second_factor.recovery_codes(reviewer)[0]) == SignIn.Factor.RECOVERY
    assert factor(approver, TOTP).data == {"secret": "AAAA"}


# --- a lost phone --------------------------------------------------------------------------------------------------


def reset(username="reviewer-1", because="order 12 of the security unit, seen in person"):
    call_command("reset_second_factor", username, because=because, stdout=StringIO())


def test_who_lost_the_phone_connects_a_new_one_with_the_next_sign_in(reviewer, pass_password):
    inside = sign_in_as(reviewer)
    for _ in range(5):
        second_factor.verify(reviewer, "000000")
    reset()
    assert inside.get(reverse("accounts:sessions")).status_code == 302  # the session is closed
    assert not Authenticator.objects.filter(user=reviewer).exists()
    browser = Client()
    assert pass_password(browser)["Location"] == reverse("accounts:totp_setup")
    browser.get(reverse("accounts:totp_setup"))
    code = format_hotp_value(hotp_value(browser.session["new_totp_secret"], int(time.time()) // 30))
    assert browser.post(reverse("accounts:totp_setup"), {"code": code})["Location"] == reverse(
        "accounts:recovery_codes"
    )
    assert second_factor.verify(reviewer, second_factor.recovery_codes(reviewer)[0]) == SignIn.Factor.RECOVERY


def test_a_reset_is_an_entry_with_its_reason_and_leaves_the_person_sound(reviewer):
    reset()
    last = Entry.objects.of(f"user/{reviewer.pk}").last()
    assert (last.kind, last.facts["changed"], last.actor) == ("person.change", ["factor"], "system/second-factor")
    assert last.facts["because"] == hashlib.sha256(b"order 12 of the security unit, seen in person").hexdigest()
    assert last.facts["record"] == people.record_digest(reviewer, [])


def test_a_factor_that_the_old_code_sealed_in_the_middle_of_the_upgrade_is_reset(reviewer, pass_password):
    old = {"secret": adapter.MFAAdapter().encrypt(second_factor.new_secret())}
    Authenticator.objects.filter(user=reviewer, type=TOTP).update(data=old)
    assert second_factor.next_code(reviewer) == ""
    reset()
    assert pass_password(Client())["Location"] == reverse("accounts:totp_setup")
    assert [str(fault) for fault in fsck.faults()] == []


@pytest.mark.parametrize("wrong", [{"username": "nobody"}, {"because": "  "}])
def test_a_reset_needs_a_member_of_staff_and_a_reason(reviewer, wrong):
    with pytest.raises(CommandError):
        reset(**wrong)
    assert Authenticator.objects.filter(user=reviewer).count() == 2


def test_a_reset_without_an_entry_is_none(reviewer, monkeypatch):
    def fail(*_args, **_facts):
        raise RuntimeError

    inside = sign_in_as(reviewer)
    monkeypatch.setattr(people.chain, "append", fail)
    with pytest.raises(RuntimeError):
        reset()
    assert Authenticator.objects.filter(user=reviewer).count() == 2
    assert inside.get(reverse("accounts:sessions")).status_code == 200


# --- keys ----------------------------------------------------------------------------------------------------------


def test_new_keys_reach_the_second_factor(reviewer, settings):
    """Else the old key, once dropped, would take every member of staff's app with it."""
    new = base64.urlsafe_b64encode(bytes([9]) * 32).decode()
    settings.DATA_KEYS = [new, *settings.DATA_KEYS]
    assert second_factor.rotate() == Authenticator.objects.count() > 0
    assert second_factor.rotate() == 0
    settings.DATA_KEYS = [new]
    assert second_factor.verify(reviewer, second_factor.next_code(reviewer)) == SignIn.Factor.TOTP
    assert second_factor.verify(reviewer, second_factor.recovery_codes(reviewer)[0]) == SignIn.Factor.RECOVERY


def test_the_command_that_rotates_keys_rotates_them_too(reviewer, settings):
    settings.DATA_KEYS = [base64.urlsafe_b64encode(bytes([9]) * 32).decode(), *settings.DATA_KEYS]
    out = StringIO()
    call_command("rotate_data_keys", stdout=out)
    assert f"accounts: {Authenticator.objects.count()} other values" in out.getvalue()
    assert adapter.is_current(factor(reviewer, TOTP))
