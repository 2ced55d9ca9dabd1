"""The second factor of staff: codes of an authenticator app (RFC 6238) and recovery codes.

allauth keeps the authenticators, their secrets sealed for their owner (`adapter.sealed`). Its replay guard lives in the
cache; ours is a counter in the authenticator's own row, so that a used code stays used when Redis is gone.
"""

import logging
import time

import segno
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from allauth.mfa.utils import encrypt
from django.db import transaction
from django.utils.crypto import constant_time_compare

from portal.accounts import limits, people
from portal.accounts.actors import Actor
from portal.accounts.adapter import LAST_COUNTER, SECRETS, is_current, opened, sealed
from portal.accounts.models import SignIn, User
from portal.accounts.sign_in import end_sign_ins
from portal.core.crypto import SealBrokenError
from portal.core.identifiers import only_digits

PERIOD_S = 30
CODE_DIGITS = 6
log = logging.getLogger(__name__)


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


def enrol(user: User, secret: str, *, actor: Actor, counter: int | None = None) -> None:
    """Replace the person's authenticator and recovery codes by new ones, with an entry in the ledger."""
    used = {} if counter is None else {LAST_COUNTER: counter}
    with people.changing(user, "factor", actor=actor):
        Authenticator.objects.filter(user=user).delete()
        _keep(user, Authenticator.Type.TOTP, secret, used)
        _keep(user, Authenticator.Type.RECOVERY_CODES, RecoveryCodes.generate_seed(), {"used_mask": 0})


def reset(user: User, *, actor: Actor, because: str) -> None:
    """Take the person's app and recovery codes away and close the sessions: the next sign-in connects a new app.

    Until then the password alone opens the account, so whoever orders it has seen the person.
    """
    with people.changing(user, "factor", actor=actor, because=because):
        Authenticator.objects.filter(user=user).delete()
        end_sign_ins(user, "factor")
        limits.forget("second_factor", str(user.pk))


def _keep(user: User, kind: Authenticator.Type, secret: str, uses: dict[str, int]) -> None:
    data = {SECRETS[kind]: sealed(secret, kind=kind, owner=user.pk), **uses}
    Authenticator.objects.create(user=user, type=kind, data=data)


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
        authenticator = _factor(user, Authenticator.Type.TOTP, for_update=True)
        if authenticator is None:
            return False
        counter = fits(opened(authenticator), typed)
        # RFC 6238 5.2: a code, and every older one, is refused once it was accepted.
        if counter is None or counter <= authenticator.data.get(LAST_COUNTER, 0):
            return False
        authenticator.data[LAST_COUNTER] = counter
        authenticator.save(update_fields=["data"])
        return True


def _recovery_code_is_right(user: User, typed: str) -> bool:
    authenticator = _factor(user, Authenticator.Type.RECOVERY_CODES)
    code = only_digits(typed)
    return authenticator is not None and bool(code) and _OwnedCodes(authenticator).validate_code(code)


def recovery_codes(user: User) -> list[str]:
    """The recovery codes not used yet."""
    authenticator = _factor(user, Authenticator.Type.RECOVERY_CODES)
    return _OwnedCodes(authenticator).get_unused_codes() if authenticator else []


def next_code(user: User) -> str:
    """A code that `verify` accepts now, for the demonstration's inbox; "" when the next one is a moment away."""
    authenticator = _factor(user, Authenticator.Type.TOTP)
    if authenticator is None:
        return ""
    now = int(time.time()) // PERIOD_S
    counter = max(now, authenticator.data.get(LAST_COUNTER, 0) + 1)
    return format_hotp_value(hotp_value(opened(authenticator), counter)) if counter <= now + 1 else ""


def rotate() -> int:
    """Seal every secret under the newest key; returns how many were not. What does not open is left as it is."""
    changed = 0
    for key in Authenticator.objects.filter(type__in=SECRETS).order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            factor = Authenticator.objects.select_for_update().filter(pk=key).first()
            if factor is not None and not is_current(factor) and (secret := _opened_or_none(factor)) is not None:
                kind = Authenticator.Type(factor.type)
                factor.data[SECRETS[kind]] = sealed(secret, kind=kind, owner=factor.user_id)
                factor.save(update_fields=["data"])
                changed += 1
    return changed


def _factor(user: User, kind: Authenticator.Type, *, for_update: bool = False) -> Authenticator | None:
    """The person's factor of this kind, if its secret was sealed for this person: a copied row proves nothing."""
    rows = Authenticator.objects.select_for_update() if for_update else Authenticator.objects
    authenticator = rows.filter(user=user, type=kind).first()
    return authenticator if authenticator is not None and _opened_or_none(authenticator) is not None else None


def _opened_or_none(factor: Authenticator) -> str | None:
    try:
        return opened(factor)
    except SealBrokenError:
        log.error("The %s of user/%s does not open: it is refused, and fsck tells more.", factor.type, factor.user_id)
        return None


class _OwnedCodes(RecoveryCodes):
    """allauth's recovery codes, from a seed that is sealed for its owner."""

    def generate_codes(self) -> list[str]:
        seed = opened(self.instance)
        # allauth derives the codes from what its own `encrypt` made; this row lives in memory only.
        return RecoveryCodes(Authenticator(data={"seed": encrypt(seed)})).generate_codes()

    def _get_migrated_codes(self) -> None:
        """None: codes that another system made would be sealed for nobody."""
