"""The demonstration's doors: sign in as anyone with one click, and read the codes that phones would have received."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from portal.accounts import second_factor
from portal.accounts.delivery import GUESSING, MISMATCH
from portal.accounts.models import SignIn, User
from portal.accounts.sign_in import open_session
from portal.demo import cast
from portal.demo.models import DemoMessage

SHOWN = 20
View = Callable[..., HttpResponse]


def demo_only(view: View) -> View:
    """404 outside the demonstration, whatever the URL map says."""

    @wraps(view)
    def guarded(request: HttpRequest, **captured: Any) -> HttpResponse:
        if not settings.DEMO:
            raise Http404
        return view(request, **captured)

    return guarded


@login_not_required
@never_cache
@require_safe
@demo_only
def show_cast(request: HttpRequest) -> HttpResponse:
    return render(
        request,
        "demo/cast.html",
        {
            "citizens": cast.CITIZENS,
            "offices": [worker for worker in cast.WORKERS if worker.office],
            "workers": [worker for worker in cast.WORKERS if not worker.office],
            "password": cast.PASSWORD,
            "present": request.user,
        },
    )


@login_not_required
@require_POST
@demo_only
def enter(request: HttpRequest, key: str) -> HttpResponse:
    """Open a full session of that person, without a fresh second factor: approving still asks for one."""
    person = cast.person_of(key)
    if person is None:
        raise Http404
    open_session(request, person, SignIn.Factor.DEMO)
    messages.success(request, _("You are now playing %(name)s.") % {"name": person.full_name})
    return redirect("accounts:home")


@login_not_required
@never_cache
@require_safe
@demo_only
def inbox(request: HttpRequest) -> HttpResponse:
    """The newest messages to invented phones, and the app code of the member of staff who is being played."""
    worker = request.user if isinstance(request.user, User) and request.user.is_staff_member else None
    next_url = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(next_url, {request.get_host()}):
        next_url = ""
    return render(
        request,
        "demo/inbox.html",
        {
            "received": DemoMessage.objects.order_by("-made_at")[:SHOWN],
            "mismatch": MISMATCH,
            "guessing": GUESSING,
            "is_worker": worker is not None,
            "app_code": second_factor.next_code(worker) if worker else "",
            "apps": [] if worker else _app_codes(),
            "next": next_url,
        },
    )


def _app_codes() -> list[tuple[User, str]]:
    """For who signs in with user name and password: the app code of each member of the cast."""
    people = User.objects.filter(username__in=[worker.key for worker in cast.WORKERS]).order_by("full_name")
    return [(person, second_factor.next_code(person)) for person in people]
