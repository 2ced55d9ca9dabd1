"""Signing in and out, stepping up, and a person's own sessions."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth import authenticate
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.core.signing import BadSignature
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.accounts import alarms, limits, people, puzzle, second_factor
from portal.accounts import sign_in as citizens
from portal.accounts.actors import CASEWORKERS, Actor
from portal.accounts.forms import (
    CitizenSignInForm,
    CodeForm,
    EnrolForm,
    NameForm,
    PasswordForm,
    SecondFactorForm,
    StaffSignInForm,
)
from portal.accounts.limits import TooManyTries, client_address
from portal.accounts.middleware import CLOSED, SIGN_IN, PortalRequest
from portal.accounts.models import Alarm, Role, SignIn, User
from portal.accounts.puzzle import Trier
from portal.core.errors import Refusal
from portal.core.identifiers import mask_mobile
from portal.core.templatetags.ui import fa

STAFF_PENDING = "staff_pending"  # session key: the password was right, the second factor is awaited
PASSWORD_HOLDS = timedelta(minutes=5)
NEW_SECRET = "new_totp_secret"  # noqa: S105  session key

get_and_post = require_http_methods(["GET", "HEAD", "POST"])


def local_url(request: HttpRequest, url: str | None) -> str:
    """`url` when it leads to a page of this portal, else ""."""
    is_local = url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())
    return url if url and is_local else ""


def page(
    request: HttpRequest, name: str, *, status: int = 200, trier: Trier | None = None, **context: Any
) -> HttpResponse:
    """One page of the door; with a puzzle when `trier` owes one for the next try there."""
    if trier and "puzzle" not in context and trier.owes_puzzle():
        context["puzzle"] = puzzle.make(request, name)
    response = render(request, f"accounts/{name}.html", context, status=status)
    if posed := context.get("puzzle"):
        puzzle.tie(posed, response)
    return response


def hold(
    request: HttpRequest, name: str, form: forms.Form, trier: Trier, *, asking: bool = False, **context: Any
) -> HttpResponse | None:
    """The same page with a puzzle when one is owed and the form does not answer it; None: go on.

    Asked before anything is looked up, so that the answer tells nothing. All that was typed stays but a password, which
    no page repeats; it is asked again here only in another browser than the one in which it was mistyped.
    """
    if not trier.owes_puzzle(asking=asking):
        return None
    try:
        puzzle.solve(request, name)
    except puzzle.Unsolved as refusal:
        is_whole = "password" not in form.fields
        again = "" if is_whole else _("Only the password is to be typed again.")
        context |= {"puzzle": puzzle.make(request, name), "notice": f"{refusal} {again}".rstrip()}
        if is_whole and type(refusal) is puzzle.Unsolved:  # the script may press the same button again
            context["goes_on"] = "[name=again]" if "again" in request.POST else "[type=submit]"
        return page(request, name, status=422, form=form, **context)
    return None


def refuse(request: HttpRequest, name: str, form: forms.Form, refusal: Refusal, **context: Any) -> HttpResponse:
    """The same page with the refusal above the form; nothing that was typed is lost."""
    form.add_error(None, str(refusal))
    response = page(request, name, form=form, status=429 if isinstance(refusal, TooManyTries) else 422, **context)
    if isinstance(refusal, TooManyTries):
        response["Retry-After"] = str(refusal.wait_s)
    return response


@login_not_required
@never_cache
@require_safe
def puzzle_picture(request: HttpRequest) -> HttpResponse:
    """The digits of a puzzle, drawn for browsers that run no script; 404 for every other browser than the puzzle's."""
    try:
        drawn = puzzle.picture(request, request.GET.get("of", ""))
    except BadSignature:
        raise Http404 from None
    except TooManyTries as refusal:
        return HttpResponse(status=429, headers={"Retry-After": str(refusal.wait_s)})
    return HttpResponse(drawn, content_type="image/png")


@require_safe
def home(request: PortalRequest) -> HttpResponse:
    """The first page of each role."""
    if request.actor.roles & CASEWORKERS:
        return redirect("casework:worklist")
    return redirect("districts:rollouts" if Role.ROLLOUT_MANAGER in request.actor.roles else "casework:cases")


# --- citizens -----------------------------------------------------------------------------------------------------


@login_not_required
@never_cache
@get_and_post
def sign_in(request: PortalRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect(local_url(request, request.GET.get("next")) or "accounts:home")
    if request.method != "POST":
        next_url = local_url(request, request.GET.get("next"))
        closed = request.session.get(CLOSED, {})
        if closed.get("staff"):
            return redirect(f"{reverse('accounts:staff_sign_in')}?{urlencode({'next': next_url})}")
        request.session.pop(CLOSED, None)
        form = CitizenSignInForm(initial={"next": next_url})
        somebody = Trier("mobile", "", client_address(request))
        return page(request, "sign_in", form=form, trier=somebody, closed=closed.get("reason"))
    form = CitizenSignInForm(request.POST)
    if not form.is_valid():
        return page(request, "sign_in", form=form, status=422, trier=Trier("mobile", "", client_address(request)))
    trier = Trier("mobile", form.cleaned_data["mobile"], client_address(request))
    if held := hold(request, "sign_in", form, trier, asking=True):
        return held
    try:
        pending = citizens.ask_code(
            form.cleaned_data["national_code"],
            form.cleaned_data["mobile"],
            address=client_address(request),
            next_url=local_url(request, form.cleaned_data["next"]),
        )
    except TooManyTries as refusal:
        return refuse(request, "sign_in", form, refusal, trier=trier)
    pending.keep(request.session)
    return redirect("accounts:code")


@login_not_required
@never_cache
@get_and_post
def code(request: PortalRequest) -> HttpResponse:
    """Enter the code, or (button `again`) ask for another one."""
    if request.user.is_authenticated:
        return redirect("accounts:home")
    pending = citizens.Pending.of(request.session)
    challenge = citizens.challenge_of(pending)
    if pending is None or challenge is None:
        return redirect("accounts:sign_in")
    trier = Trier("mobile", challenge.mobile, client_address(request))
    seconds_left = max(0, int((challenge.expires_at - timezone.now()).total_seconds()))
    shown: dict[str, Any] = {"trier": trier, "mobile": mask_mobile(challenge.mobile), "seconds_left": seconds_left}
    if request.method == "POST" and "again" in request.POST:
        form = CodeForm(initial={"code": request.POST.get("code", "")})
        return hold(request, "code", form, asking=True, **shown) or _send_again(request, pending)
    form = CodeForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return page(request, "code", form=form, status=422 if form.is_bound else 200, **shown)
    if held := hold(request, "code", form, **shown):
        return held
    try:
        challenge = citizens.redeem(pending, form.cleaned_data["code"], address=client_address(request))
    except Refusal as refusal:
        return refuse(request, "code", form, refusal, **shown)
    person = citizens.person_of(challenge.national_code)
    return _enter(request, person, pending) if person else redirect("accounts:name")


def _send_again(request: PortalRequest, pending: citizens.Pending) -> HttpResponse:
    try:
        citizens.ask_again(pending, address=client_address(request)).keep(request.session)
        messages.success(request, _("A new code was sent. The one before it no longer works."))
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect("accounts:code")


@login_not_required
@never_cache
@get_and_post
def name(request: PortalRequest) -> HttpResponse:
    """The first visit: the mobile is proved, the name is asked once, and only then the person is registered."""
    pending = citizens.Pending.of(request.session)
    challenge = citizens.awaiting_name(pending)
    if pending is None or challenge is None:
        return redirect("accounts:sign_in")
    form = NameForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return page(request, "name", form=form, status=422 if form.is_bound else 200)
    try:
        return _enter(request, citizens.register(challenge, form.cleaned_data["full_name"]), pending)
    except Refusal as refusal:
        return refuse(request, "name", form, refusal)


def _enter(request: PortalRequest, person: User, pending: citizens.Pending) -> HttpResponse:
    citizens.open_session(request, person, SignIn.Factor.CODE)
    return redirect(local_url(request, pending.next) or "accounts:home")


# --- staff --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StaffPending:
    """A member of staff between password and second factor."""

    user: User
    next: str

    @classmethod
    def of(cls, request: HttpRequest) -> "StaffPending | None":
        kept = request.session.get(STAFF_PENDING)
        if not kept or timezone.now() - datetime.fromisoformat(kept["at"]) > PASSWORD_HOLDS:
            return None
        user = User.objects.filter(pk=UUID(kept["user"]), is_active=True, is_staff_member=True).first()
        return cls(user, kept["next"]) if user else None


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@get_and_post
def staff_sign_in(request: PortalRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect(local_url(request, request.GET.get("next")) or "accounts:home")
    if request.method != "POST":
        closed = request.session.pop(CLOSED, {})
        form = StaffSignInForm(initial={"next": local_url(request, request.GET.get("next"))})
        somebody = Trier("user name", "", client_address(request))
        return page(request, "staff_sign_in", form=form, trier=somebody, closed=closed.get("reason"))
    form = StaffSignInForm(request.POST)
    if not form.is_valid():
        somebody = Trier("user name", "", client_address(request))
        return page(request, "staff_sign_in", form=form, status=422, trier=somebody)
    trier = Trier("user name", form.cleaned_data["username"], client_address(request))
    if held := hold(request, "staff_sign_in", form, trier):
        return held
    try:
        user = _user_by_password(request, form.cleaned_data["username"], form.cleaned_data["password"])
    except Refusal as refusal:
        if not isinstance(refusal, TooManyTries):
            trier.failed()
        return refuse(request, "staff_sign_in", form, refusal, trier=trier)
    trier.succeeded()
    request.session.cycle_key()
    request.session[STAFF_PENDING] = {
        "user": str(user.pk),
        "at": timezone.now().isoformat(),
        "next": local_url(request, form.cleaned_data["next"]),
    }
    return redirect("accounts:staff_totp" if second_factor.is_enrolled(user) else "accounts:totp_setup")


def _user_by_password(request: HttpRequest, username: str, password: str) -> User:
    """The member of staff; one sentence for a wrong name, a wrong password and a closed account.

    axes counts by name and address. No limit counts by name alone: it would let anyone lock a signatory out. The
    network's limit is asked first, or it would refuse the wrong guesses only.
    """
    limits.check_for_network("password/network", client_address(request), limits.WRONG_PASSWORDS_PER_NETWORK)
    user = authenticate(request, username=username, password=password)
    is_right = isinstance(user, User) and user.is_staff_member
    alarms.tried(Alarm.Kind.STAFF, failed=not is_right)
    if isinstance(user, User) and is_right:
        return user
    limits.take_for_network("password/network", client_address(request), limits.WRONG_PASSWORDS_PER_NETWORK)
    raise Refusal(_("User name and password do not fit together. Check both and try again."))


def locked_out(request: HttpRequest, _response: HttpResponse | None, _credentials: Any) -> HttpResponse:
    """axes' answer after too many wrong passwords."""
    return refuse(request, "staff_sign_in", StaffSignInForm(request.POST), TooManyTries(15 * 60))


@login_not_required
@never_cache
@get_and_post
def staff_totp(request: PortalRequest) -> HttpResponse:
    pending = StaffPending.of(request)
    if pending is None:
        return redirect("accounts:staff_sign_in")
    if not second_factor.is_enrolled(pending.user):
        return redirect("accounts:totp_setup")
    form = SecondFactorForm(request.POST if request.method == "POST" else None)
    trier = Trier("second factor", str(pending.user.pk), client_address(request))
    if request.method != "POST" or not form.is_valid():
        return page(request, "staff_totp", form=form, status=422 if form.is_bound else 200, trier=trier)
    if held := hold(request, "staff_totp", form, trier):
        return held
    try:
        factor = proved_factor(pending.user, form.cleaned_data["code"], trier)
    except Refusal as refusal:
        return refuse(request, "staff_totp", form, refusal, trier=trier)
    # A second factor was shown just now, so the first minutes need no further step-up.
    citizens.open_session(request, pending.user, factor, stepped_up=True)
    if factor == SignIn.Factor.RECOVERY:
        left = len(second_factor.recovery_codes(pending.user))
        messages.warning(request, _("You used a recovery code. %(left)s are left.") % {"left": fa(left)})
    return redirect(local_url(request, pending.next) or "accounts:home")


def proved_factor(user: User, typed: str, trier: Trier) -> SignIn.Factor:
    factor = second_factor.verify(user, typed)
    alarms.tried(Alarm.Kind.STAFF, failed=factor is None)
    if factor is None:
        trier.failed()
        raise Refusal(_("This code is not right, or it was used before. Wait for the next code of the app."))
    trier.succeeded()
    return factor


@never_cache
@get_and_post
def step_up(request: PortalRequest) -> HttpResponse:
    """A fresh second factor before approving and signing; then back to `next`."""
    next_url = local_url(request, request.POST.get("next") or request.GET.get("next"))
    user = request.user
    if not isinstance(user, User) or not user.is_staff_member:
        raise PermissionDenied
    form = SecondFactorForm(request.POST if request.method == "POST" else None)
    trier = Trier("second factor", str(user.pk), client_address(request))
    shown: dict[str, Any] = {"next": next_url, "trier": trier}
    if request.method != "POST" or not form.is_valid():
        return page(request, "step_up", form=form, status=422 if form.is_bound else 200, **shown)
    if held := hold(request, "step_up", form, **shown):
        return held
    try:
        proved_factor(user, form.cleaned_data["code"], trier)
    except Refusal as refusal:
        return refuse(request, "step_up", form, refusal, **shown)
    citizens.mark_stepped_up(request)
    messages.success(request, _("Confirmed. For the next five minutes you can approve and sign."))
    return redirect(next_url or "accounts:home")


@login_not_required
@never_cache
@get_and_post
def totp_setup(request: PortalRequest) -> HttpResponse:
    """Connect an authenticator app: the first time between password and session, later as a change of factor."""
    user = _user_to_enrol(request)
    if isinstance(user, HttpResponse):
        return user
    secret = request.session.setdefault(NEW_SECRET, second_factor.new_secret())
    uri = second_factor.provisioning_uri(user, secret)
    qr = second_factor.qr_data_uri(uri)
    shown = {"secret": secret, "qr": qr, "is_first": not second_factor.is_enrolled(user)}
    form = EnrolForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return page(request, "totp_setup", form=form, status=422 if form.is_bound else 200, **shown)
    counter = second_factor.fits(secret, form.cleaned_data["code"])
    if counter is None:
        text = _("This code does not fit. Check that the clock of the phone is right and try the next code.")
        return refuse(request, "totp_setup", form, Refusal(text), **shown)
    second_factor.enrol(user, secret, counter=counter, actor=Actor.of(user))
    citizens.end_sign_ins(user, "factor")
    citizens.open_session(request, user, SignIn.Factor.TOTP, stepped_up=True)
    messages.success(request, _("The app is connected. Every other session of yours was closed."))
    return redirect("accounts:recovery_codes")


def _user_to_enrol(request: PortalRequest) -> User | HttpResponse:
    """Who connects an app, or where to go first. Who knows only the password may never replace an app."""
    if isinstance(request.user, User) and request.user.is_staff_member:
        return request.user if request.actor.has_stepped_up else _ask_step_up("accounts:totp_setup")
    pending = StaffPending.of(request)
    if pending is None:
        return redirect("accounts:staff_sign_in")
    return redirect("accounts:staff_totp") if second_factor.is_enrolled(pending.user) else pending.user


def _ask_step_up(view: str) -> HttpResponse:
    return redirect(f"{reverse('accounts:step_up')}?{urlencode({'next': resolve_url(view)})}")


@never_cache
@require_safe
def recovery_codes(request: PortalRequest) -> HttpResponse:
    if not isinstance(request.user, User) or not request.user.is_staff_member:
        raise PermissionDenied
    if not request.actor.has_stepped_up:
        return _ask_step_up("accounts:recovery_codes")
    return page(request, "recovery_codes", codes=second_factor.recovery_codes(request.user))


@never_cache
@sensitive_post_parameters("password", "again")
@get_and_post
def password(request: PortalRequest) -> HttpResponse:
    user = request.user
    if not isinstance(user, User) or not user.is_staff_member:
        raise PermissionDenied
    if not request.actor.has_stepped_up:
        return _ask_step_up("accounts:password")
    form = PasswordForm(request.POST if request.method == "POST" else None, user=user)
    if request.method != "POST" or not form.is_valid():
        return page(request, "password", form=form, status=422 if form.is_bound else 200)
    user.set_password(form.cleaned_data["password"])
    people.change(user, "password", actor=request.actor)
    citizens.open_session(request, user, SignIn.Factor.TOTP, stepped_up=True)
    messages.success(request, _("The password was changed. Every other session of yours was closed."))
    return redirect("accounts:sessions")


# --- one's own sessions -------------------------------------------------------------------------------------------


@never_cache
@require_safe
def sessions(request: PortalRequest) -> HttpResponse:
    """Where the person is signed in, and was lately."""
    recent = SignIn.objects.filter(user=request.user.pk).order_by("-opened_at")[:20]
    return page(request, "sessions", recent=recent, present=request.session.get(SIGN_IN))


@require_POST
def end_sessions(request: PortalRequest) -> HttpResponse:
    """Sign out everywhere else."""
    if isinstance(request.user, User):
        citizens.end_sign_ins(request.user, "ended", but=UUID(request.session[SIGN_IN]))
        messages.success(request, _("Every other session of yours was closed."))
    return redirect("accounts:sessions")


@require_POST
def sign_out(request: PortalRequest) -> HttpResponse:
    citizens.close_session(request)
    messages.success(request, _("You are signed out."))
    return redirect("oversight:home")
