"""The second factor of staff: codes of an authenticator app (RFC 6238) and recovery codes.

allauth keeps the authenticators (encrypted by `adapter.MFAAdapter`). Its replay guard lives in the cache; ours is a
counter in the authenticator's own row, so that a used code stays used when Redis is gone.
"""

import time

import segno
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from allauth.mfa.utils import decrypt
from django.db import transaction
from django.utils.crypto import constant_time_compare

from portal.accounts import limits
from portal.accounts.models import SignIn, User
from portal.core.identifiers import only_digits

PERIOD_S = 30
CODE_DIGITS = 6
LAST_COUNTER = "last_counter"


def is_enrolled(user: User) -> bool:
    return Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists()


def new_secret() -> str:
    return generate_totp_secret()


def provisioning_uri(user: User, secret: str) -> str:
    return get_adapter().build_totp_url(user, secret)


def qr_data_uri(uri: str) -> str:
    """The QR an app scans, as an SVG data URI: the content policy allows no inline style."""
    return segno.make(uri, error="m").svg_data_uri(scale=6, border=2, dark="#12233f", light="#fff")


def fits(secret: str, typed: str) -> int | None:
    """The counter whose code was typed, within one period of now; None when there is none."""
    code = only_digits(typed)
    if len(code) != CODE_DIGITS:
        return None
    matching = [
        counter
        for counter in yield_hotp_counters_from_time()
        if constant_time_compare(format_hotp_value(hotp_value(secret, counter)), code)
    ]
    return matching[-1] if matching else None


def enrol(user: User, secret: str, *, counter: int | None = None) -> None:
    """Replace the person's authenticator and recovery codes by new ones."""
    with transaction.atomic():
        Authenticator.objects.filter(user=user).delete()
        authenticator = TOTP.activate(user, secret).instance
        if counter is not None:
            authenticator.data[LAST_COUNTER] = counter
            authenticator.save(update_fields=["data"])
        RecoveryCodes.activate(user)


def verify(user: User, typed: str) -> SignIn.Factor | None:
    """Which factor the typed code proves, if any; each code works once. Raises TooManyTries."""
    limits.check("second_factor", str(user.pk), limits.WRONG_SECOND_FACTORS)
    factor = None
    if _app_code_is_right(user, typed):
        factor = SignIn.Factor.TOTP
    elif _recovery_code_is_right(user, typed):
        factor = SignIn.Factor.RECOVERY
    if factor is None:
        limits.take("second_factor", str(user.pk), limits.WRONG_SECOND_FACTORS)
    else:
        limits.forget("second_factor", str(user.pk))
    return factor


def _app_code_is_right(user: User, typed: str) -> bool:
    with transaction.atomic():
        rows = Authenticator.objects.select_for_update()
        authenticator = rows.filter(user=user, type=Authenticator.Type.TOTP).first()
        if authenticator is None:
            return False
        counter = fits(decrypt(authenticator.data["secret"]), typed)
        # RFC 6238 5.2: a code, and every older one, is refused once it was accepted.
        if counter is None or counter <= authenticator.data.get(LAST_COUNTER, 0):
            return False
        authenticator.data[LAST_COUNTER] = counter
        authenticator.save(update_fields=["data"])
        return True


def _recovery_code_is_right(user: User, typed: str) -> bool:
    authenticator = Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).first()
    code = only_digits(typed)
    return authenticator is not None and bool(code) and RecoveryCodes(authenticator).validate_code(code)


def recovery_codes(user: User) -> list[str]:
    """The recovery codes not used yet."""
    authenticator = Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).first()
    return RecoveryCodes(authenticator).get_unused_codes() if authenticator else []


def next_code(user: User) -> str:
    """A code that `verify` accepts now, for the demonstration's inbox; "" when the next one is a moment away."""
    authenticator = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    if authenticator is None:
        return ""
    now = int(time.time()) // PERIOD_S
    counter = max(now, authenticator.data.get(LAST_COUNTER, 0) + 1)
    return format_hotp_value(hotp_value(decrypt(authenticator.data["secret"]), counter)) if counter <= now + 1 else ""
