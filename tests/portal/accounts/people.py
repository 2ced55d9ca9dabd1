"""How a test signs someone in: the session that `portal.accounts.sign_in.open_session` would have opened."""

from django.test import Client
from django.utils import timezone

from portal.accounts.middleware import SIGN_IN, STEPPED_UP
from portal.accounts.models import SignIn, User
from portal.accounts.sign_in import BACKEND, end_sign_ins


def sign_in_as(user: User, *, client: Client | None = None, stepped_up: bool = False) -> Client:
    """A client in whose requests `user` acts; Django's own force_login alone opens no session here."""
    client = client or Client()
    client.force_login(user, backend=BACKEND)
    if user.is_staff_member:
        end_sign_ins(user, "replaced")
    now = timezone.now()
    sign_in = SignIn.objects.create(
        user=user, factor=SignIn.Factor.TOTP, is_sole=user.is_staff_member, opened_at=now, seen_at=now
    )
    session = client.session
    session[SIGN_IN] = str(sign_in.pk)
    if stepped_up:
        session[STEPPED_UP] = now.isoformat()
    session.save()
    return client
