"""How often something may be tried. Kept in Postgres: sign-in works, and its limits hold, when Redis is gone."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import ngettext

from portal.accounts.models import Attempt
from portal.core.crypto import blind
from portal.core.errors import Refusal
from portal.core.templatetags.ui import fa


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` uses in any `seconds`."""

    count: int
    seconds: int


CODES_PER_NUMBER = (Limit(3, 15 * 60), Limit(10, 24 * 3600))
CODES_PER_NETWORK = (Limit(30, 3600),)
WRONG_SECOND_FACTORS = (Limit(5, 15 * 60), Limit(20, 24 * 3600))
WRONG_PASSWORDS_PER_NETWORK = (Limit(60, 3600),)


class TooManyTries(Refusal):
    """A limit was reached; `wait_s` seconds remain."""

    code = "too_many_tries"

    def __init__(self, wait_s: int) -> None:
        self.wait_s = wait_s
        minutes = -(-wait_s // 60)
        text = ngettext(
            "Too many tries. For your safety, wait %(minutes)s minute and try again.",
            "Too many tries. For your safety, wait %(minutes)s minutes and try again.",
            minutes,
        )
        super().__init__(text % {"minutes": fa(minutes)})


def take(kind: str, value: str, limits: tuple[Limit, ...]) -> None:
    """Record one use of `kind` by `value`. Raises TooManyTries, and then records nothing."""
    key = _key(kind, value)
    with transaction.atomic():
        # Two requests at once must not both be the last one allowed.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int.from_bytes(key[:8], "big", signed=True)])
        _refuse_over(key, limits)
        now = timezone.now()
        oldest = now - timedelta(seconds=max(limit.seconds for limit in limits))
        Attempt.objects.filter(key=key, at__lt=oldest).delete()
        Attempt.objects.create(key=key, at=now)


def check(kind: str, value: str, limits: tuple[Limit, ...]) -> None:
    """Raises TooManyTries when `take` would; records nothing."""
    _refuse_over(_key(kind, value), limits)


def forget(kind: str, value: str) -> None:
    """A success wipes the failures before it."""
    Attempt.objects.filter(key=_key(kind, value)).delete()


# --- counting without refusing ------------------------------------------------------------------------------------


def note(kind: str, value: str, *, at: datetime | None = None) -> None:
    """Record one use that counts from `at` (now, or later) on; refuses nothing."""
    Attempt.objects.create(key=_key(kind, value), at=at or timezone.now())


def count(kind: str, value: str, *, seconds: int, ahead: bool = False) -> int:
    """The uses of the last `seconds`; with `ahead` also those that are to count later."""
    now = timezone.now()
    uses = Attempt.objects.filter(key=_key(kind, value), at__gt=now - timedelta(seconds=seconds))
    return uses.count() if ahead else uses.filter(at__lte=now).count()


def count_at_once(kind: str, value: str) -> None:
    """Uses that were to count later count from now on."""
    now = timezone.now()
    Attempt.objects.filter(key=_key(kind, value), at__gt=now).update(at=now)


def forget_one_ahead(kind: str, value: str) -> None:
    """Drop the newest of the uses that were to count later, if there is one."""
    ahead = Attempt.objects.filter(key=_key(kind, value), at__gt=timezone.now()).order_by("-at")
    Attempt.objects.filter(pk__in=ahead.values("pk")[:1]).delete()


def _key(kind: str, value: str) -> bytes:
    # A blind index, because the values are mobile numbers, addresses and names.
    return blind(f"accounts.Attempt.{kind}", value)


def _refuse_over(key: bytes, limits: tuple[Limit, ...]) -> None:
    now = timezone.now()
    most = max(limit.count for limit in limits)
    times = list(Attempt.objects.filter(key=key).order_by("-at").values_list("at", flat=True)[:most])
    waits = [
        (times[limit.count - 1] + timedelta(seconds=limit.seconds) - now).total_seconds()
        for limit in limits
        if len(times) >= limit.count
    ]
    if waits and max(waits) > 0:
        raise TooManyTries(int(max(waits)) + 1)


# --- where a request comes from -----------------------------------------------------------------------------------


def client_address(request: HttpRequest) -> str:
    """The peer's address; X-Forwarded-For is believed only from `settings.TRUSTED_PROXIES`, last hop first."""
    address = request.META.get("REMOTE_ADDR") or ""
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
    while hops and address in settings.TRUSTED_PROXIES:
        address = hops.pop()
    return address


def network_of(address: str) -> str:
    """The /24 (IPv4) or /48 (IPv6) around an address; "" when there is none."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return ""
    ip = getattr(ip, "ipv4_mapped", None) or ip  # a socket of both families writes ::ffff:203.0.113.5
    return str(ipaddress.ip_network(f"{ip}/{24 if ip.version == 4 else 48}", strict=False))


def source_of(request: HttpRequest) -> str:
    """What a limit for one sender counts: the IPv4 address, or the /64 of an IPv6 one, which one sender has whole."""
    address = client_address(request)
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv4Address):
        return address
    return str(ip.ipv4_mapped or ipaddress.ip_network(f"{ip}/64", strict=False))


def take_for_network(kind: str, address: str, limits: tuple[Limit, ...]) -> None:
    """As `take`, for the network of an address. The demonstration serves one machine: its loopback is not limited."""
    if network := limited_network(address):
        take(kind, network, limits)


def check_for_network(kind: str, address: str, limits: tuple[Limit, ...]) -> None:
    """Raises TooManyTries when `take_for_network` would; records nothing."""
    if network := limited_network(address):
        check(kind, network, limits)


def limited_network(address: str) -> str:
    """The network to count by, "unknown" when there is none; "" for the machine that shows the demonstration."""
    network = network_of(address)
    return "" if _is_own_machine(network) else network or "unknown"


def _is_own_machine(network: str) -> bool:
    return settings.DEMO and bool(network) and ipaddress.ip_network(network).is_loopback


def axes_username(_request: HttpRequest, credentials: Mapping[str, Any] | None) -> str:
    """What axes keeps and logs in place of a user name: people sometimes type a national code there."""
    return blind("axes.username", str((credentials or {}).get("username") or "")).hex()
