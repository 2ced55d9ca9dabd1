import pytest
from django.core.exceptions import ImproperlyConfigured

from portal.accounts import delivery


def test_without_a_channel_the_portal_refuses_to_start(settings):
    settings.CODE_DELIVERY = ""
    assert [error.id for error in delivery.a_channel_is_configured()] == ["portal.E010"]
    with pytest.raises(ImproperlyConfigured):
        delivery.send_code("09140000001", "123456", "sign_in")


def test_a_channel_that_does_not_exist_is_named(settings):
    settings.CODE_DELIVERY = "portal.nowhere.deliver"
    assert [error.id for error in delivery.a_channel_is_configured()] == ["portal.E011"]


@pytest.mark.django_db
def test_the_demo_inbox_takes_no_message_outside_the_demonstration(settings):
    settings.DEMO, settings.CODE_DELIVERY = False, "portal.demo.inbox.deliver"
    assert [error.id for error in delivery.a_channel_is_configured()] == ["portal.E015"]
    with pytest.raises(ImproperlyConfigured):
        delivery.send_code("09140000001", "123456", "sign_in")
