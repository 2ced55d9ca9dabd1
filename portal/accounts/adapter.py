"""What allauth asks of us: secrets of the second factor are encrypted, and the app shows a readable name."""

import base64

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.http import HttpRequest

from portal.accounts.models import User
from portal.core.crypto import open_bytes, seal_bytes

CONTEXT = "mfa_authenticator|data"


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up through allauth: citizens register by one-time code, staff are appointed."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


class MFAAdapter(DefaultMFAAdapter):
    def encrypt(self, text: str) -> str:
        return base64.b64encode(seal_bytes(text.encode(), CONTEXT)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return open_bytes(base64.b64decode(encrypted_text), CONTEXT).decode()

    def get_totp_label(self, user: User) -> str:
        return user.username or user.full_name

    def get_totp_issuer(self) -> str:
        return settings.MFA_TOTP_ISSUER
