"""What allauth asks of us, and how secrets of the second factor are sealed: each for its owner, to no other's row."""

import base64
from typing import Any
from uuid import UUID

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest

from portal.accounts.models import User
from portal.core.crypto import SealBrokenError, is_sealed_with_newest_key, open_bytes, seal_bytes

CONTEXT = "mfa_authenticator|data"
SECRETS = {Authenticator.Type.TOTP: "secret", Authenticator.Type.RECOVERY_CODES: "seed"}
LAST_COUNTER = "last_counter"
MOVING = frozenset({LAST_COUNTER, "used_mask"})
"""What each use of a factor writes; the rest of its data changes by enrolment only."""


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up through allauth: citizens register by one-time code, staff are appointed."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


class MFAAdapter(DefaultMFAAdapter):
    """allauth does not say whose secret it encrypts, so no row keeps what these two make; see `sealed`."""

    def encrypt(self, text: str) -> str:
        return base64.b64encode(seal_bytes(text.encode(), CONTEXT)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return open_bytes(base64.b64decode(encrypted_text), CONTEXT).decode()

    def get_totp_label(self, user: User) -> str:
        return user.username or user.full_name

    def get_totp_issuer(self) -> str:
        return settings.MFA_TOTP_ISSUER


def sealed(text: str, *, kind: str, owner: UUID) -> str:
    """The stored form of a secret; it opens for this person and this kind of factor only."""
    return base64.b64encode(seal_bytes(text.encode(), f"{CONTEXT}|{kind}|{owner}")).decode()


def opened(factor: Authenticator) -> str:
    """The secret of a factor. Raises SealBrokenError when it was changed or is somebody else's."""
    context = f"{CONTEXT}|{factor.type}|{factor.user_id}"
    try:
        return open_bytes(base64.b64decode(factor.data[SECRETS[factor.type]], validate=True), context).decode()
    except (KeyError, TypeError, ValueError) as error:
        raise SealBrokenError(f"{context}: there is no secret") from error


def is_current(factor: Authenticator) -> bool:
    """Whether the secret is sealed under the newest key."""
    try:
        return is_sealed_with_newest_key(base64.b64decode(factor.data[SECRETS[factor.type]]))
    except (KeyError, TypeError, ValueError):
        return False


def facts_of(factor: Authenticator) -> dict[str, Any]:
    """What a factor is as long as nobody enrols anew, its secret in plain text. Raises SealBrokenError."""
    if not isinstance(factor.data, dict):
        raise SealBrokenError(f"{CONTEXT}|{factor.type}|{factor.user_id}: there is no secret")
    lasting = {key: value for key, value in factor.data.items() if key not in MOVING}
    secret = {SECRETS[factor.type]: opened(factor)} if factor.type in SECRETS else {}
    return {"type": factor.type} | lasting | secret
