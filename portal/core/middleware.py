"""Headers that Django and django-csp do not set (reliability.md 4.7), and the language a visitor meets first."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

PERMISSIONS = "camera=(self), geolocation=(self), microphone=(), payment=(), usb=()"


class SafeHeaders:
    """Same-origin resources, no sensors but camera and place, and no copy of a signed-in page in any cache."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        session = getattr(request, "session", None)
        if session is not None and (session.accessed or session.modified):
            response.headers.setdefault("Cache-Control", "no-store")
        return response


class PersianFirst:
    """The portal speaks Persian until somebody chooses English by the switch, whatever the phone is set to."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.META.pop("HTTP_ACCEPT_LANGUAGE", None)
        return self.get_response(request)
