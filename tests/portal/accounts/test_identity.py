"""Who comes first does not own an identity: the operators' register is asked, and must be named."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from portal.accounts import identity, sign_in


def test_without_a_register_the_portal_refuses_to_start(settings):
    settings.IDENTITY_CHECK = ""
    assert [error.id for error in identity.a_register_is_configured()] == ["portal.E012"]
    with pytest.raises(ImproperlyConfigured):
        identity.holds("9900001060", "09140000001")


def test_a_register_that_does_not_exist_is_named(settings):
    settings.IDENTITY_CHECK = "portal.nowhere.ask"
    assert [error.id for error in identity.a_register_is_configured()] == ["portal.E013"]


def test_an_unknown_person_with_a_strange_mobile_gets_no_code(db, settings):
    code, mobile = "9900000013", "09140000077"
    assert sign_in.matches(code, mobile)
    settings.IDENTITY_CHECK = "operator.is_"  # any callable of two: here one that says no
    assert not sign_in.matches(code, mobile)


def test_the_register_of_the_demonstration_serves_it_only(settings):
    settings.DEMO, settings.IDENTITY_CHECK = False, "portal.demo.identity.believe"
    assert [error.id for error in identity.a_register_is_configured()] == ["portal.E014"]
    with pytest.raises(ImproperlyConfigured):
        identity.holds("9900001060", "09140000001")


def test_a_register_that_fails_has_believed_nobody_and_the_log_names_nobody(settings, caplog):
    settings.IDENTITY_CHECK = "tests.portal.accounts.register.fail"
    assert identity.holds("9900001060", "09140000001") is False
    assert "TimeoutError" in caplog.text and "9900001060" not in caplog.text and "09140000001" not in caplog.text
