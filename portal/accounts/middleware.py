"""Builds `request.actor` once, lazily: who acts in this request, and in which capacity; and ends stale sessions."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from portal.accounts.actors import Actor
from portal.accounts.models import SignIn, User

STEPPED_UP = "stepped_up_at"  # session key; ISO time of the last second factor
SIGN_IN = "sign_in"  # session key; id of the SignIn row
CLOSED = "closed"  # session key; why the session before this one was closed, for the sign-in page
STAFF_IDLE, CITIZEN_IDLE = timedelta(minutes=15), timedelta(minutes=60)
LONGEST = timedelta(hours=8)
SEEN_EVERY = timedelta(seconds=60)  # one write a minute, not one a request


class PortalRequest(HttpRequest):
    """What views receive: a request with an actor."""

    actor: Actor


def actor_of(request: HttpRequest) -> Actor:
    if not request.user.is_authenticated:
        return Actor.anonymous()
    stamp = request.session.get(STEPPED_UP)
    return Actor.of(request.user, stepped_up_at=datetime.fromisoformat(stamp) if stamp else None)


class SessionMiddleware:
    """Ends a session that was idle, lasted eight hours, or was ended elsewhere; after AuthenticationMiddleware.

    Staff: 15 minutes idle, one session a person, none without a second factor (reliability.md 4.5).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Without the cookie there is nothing to end, and touching the session would make public pages uncacheable.
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            user = request.user
            reason = self._reason_to_end(request, user)
            if reason:
                logout(request)
                request.session[CLOSED] = {"reason": reason, "staff": user.is_staff_member}
        return self.get_response(request)

    def _reason_to_end(self, request: HttpRequest, user: User) -> str:
        """ "" while the session is good; notes that the person is still there."""
        sign_in_id, now = request.session.get(SIGN_IN), timezone.now()
        sign_in = SignIn.objects.filter(pk=UUID(sign_in_id), user=user).first() if sign_in_id else None
        if sign_in is None:
            return "unknown"
        if sign_in.ended_at:
            return sign_in.ended_by
        idle = STAFF_IDLE if user.is_staff_member else CITIZEN_IDLE
        reason = "elapsed" if now - sign_in.opened_at >= LONGEST else "idle" if now - sign_in.seen_at >= idle else ""
        open_one = SignIn.objects.filter(pk=sign_in.pk, ended_at=None)
        if reason:
            open_one.update(ended_at=now, ended_by=reason)
        elif now - sign_in.seen_at >= SEEN_EVERY:
            open_one.update(seen_at=now)
        return reason


class ActorMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Lazy, because public pages and static files need no rights and should cost no query.
        request.actor = SimpleLazyObject(lambda: actor_of(request))  # type: ignore[attr-defined]
        return self.get_response(request)
