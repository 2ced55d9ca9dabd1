"""Citizens sign in with national code, mobile and a one-time code; sessions open and close here for everyone.

The rules are those of reliability.md 4.5. allauth's own code flow keeps the code in plain text in the session and its
limits in the cache, so the challenge is ours: an HMAC in Postgres, bound to one session and one purpose.
Every answer, and the work behind it, is the same whether or not number, national code and their pairing are known.
"""

import logging
import secrets
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, Self
from uuid import UUID

from django.contrib.auth import login, logout
from django.contrib.sessions.backends.base import SessionBase
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from portal.accounts import alarms, delivery, identity, limits, people
from portal.accounts.actors import Actor
from portal.accounts.middleware import SIGN_IN, STEPPED_UP
from portal.accounts.models import Alarm, CodeChallenge, SignIn, User
from portal.accounts.puzzle import Trier
from portal.core.crypto import blind
from portal.core.errors import Refusal
from portal.core.identifiers import only_digits
from portal.core.templatetags.ui import fa

logger = logging.getLogger(__name__)

CODE_LIFE = timedelta(seconds=120)
CODE_DIGITS = 6
TRIES = 5
GUESSING_NOTICES = (limits.Limit(1, 3600),)
REGISTRATION_TIME = timedelta(minutes=15)
PENDING = "code_challenge"  # session key of the code being waited for
BACKEND = "django.contrib.auth.backends.ModelBackend"


class CodeWrong(Refusal):
    """The code is not the one that was sent."""

    code = "code_wrong"

    def __init__(self, left: int) -> None:
        text = ngettext(
            "This code is not right. You have %(left)s more try.",
            "This code is not right. You have %(left)s more tries.",
            left,
        )
        super().__init__(text % {"left": fa(left)})


class CodeOver(Refusal):
    """The code can no longer be used."""

    code = "code_over"
    message = _("This code is no longer valid. Ask for a new one below; what you entered is kept.")


@dataclass(frozen=True, slots=True)
class Pending:
    """What the browser's session knows of a challenge: no personal data, and the nonce that binds the two."""

    challenge: str
    nonce: str
    next: str = ""

    def keep(self, session: SessionBase) -> None:
        session[PENDING] = asdict(self)

    @classmethod
    def of(cls, session: SessionBase) -> Self | None:
        kept = session.get(PENDING)
        return cls(**kept) if kept else None


# --- the code -----------------------------------------------------------------------------------------------------


def person_of(national_code: str) -> User | None:
    index = blind("accounts.User.national_code", national_code)
    return User.objects.filter(national_code_index=index).first()


def matches(national_code: str, mobile: str) -> bool:
    """Our own register first, then the operators' for somebody we do not know yet.

    The operators' is asked about everybody, or the time of its answer would tell whom we know: a remote call, so keep
    this out of transactions.
    """
    return _is_match(national_code, mobile, is_held=identity.holds(national_code, mobile))


def _is_match(national_code: str, mobile: str, *, is_held: bool) -> bool:
    """`is_held`, the operators' answer, decides about strangers only.

    False when we know the person by another mobile, or the mobile by another person. Staff are refused: a text
    message never opens a staff account.
    """
    index = blind("accounts.User.mobile", mobile)
    others = User.objects.filter(mobile_index=index, is_mobile_verified=True, is_staff_member=False)
    is_anothers = others.exclude(national_code_index=blind("accounts.User.national_code", national_code)).exists()
    person = person_of(national_code)
    if person is None:
        return is_held and not is_anothers
    return person.mobile == mobile and person.is_active and not person.is_staff_member and not is_anothers


def ask_code(national_code: str, mobile: str, *, address: str, next_url: str = "") -> Pending:
    """Send a code to the mobile, or to its owner a notice when the two do not match. Raises TooManyTries."""
    limits.take_for_network("code/network", address, limits.CODES_PER_NETWORK)
    limits.take("code/number", mobile, limits.CODES_PER_NUMBER)
    is_match = matches(national_code, mobile)
    now, nonce = timezone.now(), secrets.token_urlsafe(24)
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
    challenge = CodeChallenge(
        purpose=CodeChallenge.Purpose.SIGN_IN,
        national_code=national_code,
        mobile=mobile,
        made_at=now,
        expires_at=now + CODE_LIFE,
    )
    # The code of a pair that does not match is known to nobody, and its digest is that of another random number.
    challenge.digest = _digest(challenge, nonce, code if is_match else secrets.token_hex(CODE_DIGITS))
    challenge.save()
    Trier("mobile", mobile, address).awaits(challenge.expires_at)
    if is_match:
        delivery.send_code(mobile, code, challenge.purpose)
    else:
        delivery.send_mismatch_notice(mobile)
    return Pending(str(challenge.pk), nonce, next_url)


def ask_again(pending: Pending, *, address: str) -> Pending:
    """A new code for the same person and mobile; the old one dies with its nonce."""
    challenge = challenge_of(pending)
    if challenge is None:
        raise CodeOver
    return ask_code(challenge.national_code, challenge.mobile, address=address, next_url=pending.next)


def challenge_of(pending: Pending | None) -> CodeChallenge | None:
    return CodeChallenge.objects.filter(pk=UUID(pending.challenge)).first() if pending else None


def redeem(pending: Pending, typed: str, *, address: str) -> CodeChallenge:
    """The challenge, now used up, when the code is right. Raises CodeWrong or CodeOver."""
    with transaction.atomic():
        challenge = CodeChallenge.objects.select_for_update().filter(pk=UUID(pending.challenge)).first()
        if challenge is None or challenge.used_at or challenge.expires_at <= timezone.now() or challenge.tries >= TRIES:
            raise CodeOver
        challenge.tries += 1
        is_right = constant_time_compare(bytes(challenge.digest), _digest(challenge, pending.nonce, only_digits(typed)))
        if is_right:
            challenge.used_at = timezone.now()
        challenge.save(update_fields=["tries", "used_at"])
    # Counted and raised after the commit, so that the try stays counted.
    trier = Trier("mobile", challenge.mobile, address)
    is_proved = is_right and matches(challenge.national_code, challenge.mobile)
    alarms.tried(Alarm.Kind.CODE, failed=not is_proved)
    if is_proved:
        trier.succeeded()
        return challenge
    trier.failed()
    if challenge.tries >= TRIES:
        logger.warning("A one-time code was guessed wrong %s times.", TRIES)
        _warn_owner(challenge.mobile)
        raise CodeOver
    raise CodeWrong(TRIES - challenge.tries)


def _warn_owner(mobile: str) -> None:
    """One notice an hour, whoever owns the number and whether or not a code was sent to it."""
    try:
        limits.take("notice/number", mobile, GUESSING_NOTICES)
    except limits.TooManyTries:
        return
    delivery.send_guessing_notice(mobile)


def _digest(challenge: CodeChallenge, nonce: str, code: str) -> bytes:
    bound = f"{challenge.purpose}|{challenge.pk}|{nonce}|{code}"
    return salted_hmac("portal.accounts.CodeChallenge", bound, algorithm="sha256").digest()


# --- the first visit ----------------------------------------------------------------------------------------------


def awaiting_name(pending: Pending | None) -> CodeChallenge | None:
    """The challenge of a person who proved the mobile but is not registered yet; None when that is long ago."""
    challenge = challenge_of(pending)
    if challenge is None or challenge.used_at is None or challenge.used_at < timezone.now() - REGISTRATION_TIME:
        return None
    return challenge


def register(challenge: CodeChallenge, full_name: str) -> User:
    """The new citizen; two windows at once, of one browser or of two, get the same one.

    Raises CodeOver when the national code was registered with another mobile after this code was redeemed: whoever
    waits on the page for the name must not slip into the account of the person who came meanwhile.
    """
    is_held = identity.holds(challenge.national_code, challenge.mobile)  # a remote call: before the transaction
    try:
        with transaction.atomic():
            CodeChallenge.objects.select_for_update().get(pk=challenge.pk)
            return _registered(challenge, is_held=is_held) or _entered(challenge, full_name)
    except IntegrityError:
        # Another browser, with a challenge of its own, entered the person in this moment.
        if person := _registered(challenge, is_held=is_held):
            return person
        raise


def _registered(challenge: CodeChallenge, *, is_held: bool) -> User | None:
    if not _is_match(challenge.national_code, challenge.mobile, is_held=is_held):
        raise CodeOver
    return person_of(challenge.national_code)


def _entered(challenge: CodeChallenge, full_name: str) -> User:
    person = User(
        full_name=full_name,
        national_code=challenge.national_code,
        mobile=challenge.mobile,
        is_mobile_verified=True,
    )
    person.set_unusable_password()
    return people.enter(person, actor=Actor.of(person))


# --- sessions -----------------------------------------------------------------------------------------------------


def open_session(request: HttpRequest, user: User, factor: str, *, stepped_up: bool = False) -> SignIn:
    """Sign the person in under a new session key. A member of staff has one session: the new one ends the old."""
    now = timezone.now()
    close_session(request, "left")
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        if user.is_staff_member:
            end_sign_ins(user, "replaced")
        sign_in = SignIn.objects.create(
            user=user,
            factor=factor,
            is_sole=user.is_staff_member,
            agent=browser_of(request.META.get("HTTP_USER_AGENT", "")),
            opened_at=now,
            seen_at=now,
        )
    login(request, user, backend=BACKEND)
    request.session[SIGN_IN] = str(sign_in.pk)
    if stepped_up:
        mark_stepped_up(request)
    return sign_in


def close_session(request: HttpRequest, reason: str = "signed_out") -> None:
    """End the present session, if there is one, and forget everything it held."""
    sign_in_id = request.session.get(SIGN_IN)
    if sign_in_id:
        SignIn.objects.filter(pk=UUID(sign_in_id), ended_at=None).update(ended_at=timezone.now(), ended_by=reason)
    logout(request)


def end_sign_ins(user: User, reason: str, *, but: Any = None) -> int:
    """End the person's open sessions, all or all but one; each notices at its next request."""
    open_ones = SignIn.objects.filter(user=user, ended_at=None)
    if but is not None:
        open_ones = open_ones.exclude(pk=but)
    return open_ones.update(ended_at=timezone.now(), ended_by=reason)


def mark_stepped_up(request: HttpRequest) -> None:
    """A second factor was shown just now: a new session key, and a mark that lasts `settings.STEP_UP_AGE_S`."""
    request.session.cycle_key()
    request.session[STEPPED_UP] = timezone.now().isoformat()


_BROWSERS = (("Edg", "Edge"), ("Firefox", "Firefox"), ("SamsungBrowser", "Samsung Internet"), ("Chrome", "Chrome"),
             ("Safari", "Safari"))  # fmt: skip
_SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "macOS"),
            ("Linux", "Linux"))  # fmt: skip


def browser_of(agent: str) -> str:
    """A short name such as "Chrome, Android", "" when unknown; the long header is not kept."""
    found = [next((name for mark, name in names if mark in agent), "") for names in (_BROWSERS, _SYSTEMS)]
    return ", ".join(part for part in found if part)
