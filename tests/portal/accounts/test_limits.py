"""Limits count in Postgres, under a lock, and without keeping what they count."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import RequestFactory
from django.urls import reverse

from portal.accounts import limits
from portal.accounts.limits import Limit, TooManyTries
from portal.accounts.models import Attempt


@pytest.mark.django_db(transaction=True)
def test_of_eight_at_once_only_the_allowed_ones_pass():
    def once(_number: int) -> bool:
        try:
            limits.take("test", "09140000001", (Limit(3, 900),))
        except TooManyTries:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(once, range(8))) == 3


@pytest.mark.django_db
def test_the_table_does_not_tell_whose_tries_it_counts():
    limits.take("test", "09140000001", (Limit(3, 900),))
    assert b"0914" not in bytes(Attempt.objects.get().key)


@pytest.mark.parametrize(
    ("remote", "forwarded", "trusted", "address"),
    [
        ("203.0.113.5", "10.0.0.1", [], "203.0.113.5"),
        ("10.0.0.1", "198.51.100.7", ["10.0.0.1"], "198.51.100.7"),
        ("10.0.0.1", "1.2.3.4, 198.51.100.7", ["10.0.0.1"], "198.51.100.7"),
        ("10.0.0.1", "198.51.100.7, 10.0.0.2", ["10.0.0.1", "10.0.0.2"], "198.51.100.7"),
    ],
)
def test_a_forwarded_address_is_believed_from_the_named_proxy_only(settings, remote, forwarded, trusted, address):
    settings.TRUSTED_PROXIES = trusted
    request = RequestFactory().get("/", REMOTE_ADDR=remote, HTTP_X_FORWARDED_FOR=forwarded)
    assert limits.client_address(request) == address


@pytest.mark.parametrize(
    ("address", "network"),
    [("203.0.113.77", "203.0.113.0/24"), ("2001:db8:1:2::3", "2001:db8:1::/48"), ("", ""), ("unix", "")],
)
def test_the_network_of_an_address(address, network):
    assert limits.network_of(address) == network


@pytest.mark.parametrize(
    ("address", "source"),
    [
        ("203.0.113.77", "203.0.113.77"),
        ("2001:db8:1:2::3", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::9", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.77", "203.0.113.77"),
        ("", ""),
    ],
)
def test_one_sender_is_an_address_or_a_whole_64(address, source):
    assert limits.source_of(RequestFactory().get("/", REMOTE_ADDR=address)) == source


def test_an_address_of_version_4_in_the_clothes_of_6_keeps_its_network():
    assert limits.network_of("::ffff:203.0.113.77") == "203.0.113.0/24"


@pytest.mark.django_db
@pytest.mark.parametrize(("hops", "last"), [(False, 429), (True, 404)], ids=["one 64", "many 64s"])
def test_a_whole_64_is_one_sender_to_who_checks_papers(client, hops, last):
    for number in range(21):
        sender = f"2001:db8:1:{number}::1" if hops else f"2001:db8:1:2::{number}"
        fields = {"serial": "U1405-1-000001-1", "code": "00000000"}
        response = client.post(reverse("verification:home"), fields, REMOTE_ADDR=sender)
    assert response.status_code == last
