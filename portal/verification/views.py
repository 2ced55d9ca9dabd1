"""The public check of a paper: by QR, by typing, by file. No sign-in, no trace of who asked what."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from portal.accounts.limits import Limit, TooManyTries, source_of, take
from portal.documents.models import Certificate
from portal.verification import answers, files
from portal.verification.forms import FileForm, TypedForm, is_typed_part, parse_code, parse_serial

TRIES = (Limit(20, 3600),)  # what somebody could guess with (reliability.md 4.6)
VISITS = (Limit(200, 3600),)  # what nobody can guess: the QR's 64 bits, a file's digest


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def home(request: HttpRequest) -> HttpResponse:
    """The form, and the answer to what was typed."""
    form = TypedForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _home(request, status=422 if form.is_bound else 200, typed=form)
    try:
        take("verification.try", source_of(request), TRIES)
    except TooManyTries as refusal:
        return _too_many(request, refusal)
    found = answers.find(form.cleaned_data["serial"], form.cleaned_data["code"], at_least=answers.TYPED)
    if found is None:
        return _home(request, status=404, typed=form, verdict=answers.VERDICTS["unknown"])
    return _answer(request, found)


@login_not_required
@require_safe
def link(request: HttpRequest, serial: str, code: str) -> HttpResponse:
    """The address in the QR: the answer at once. With a shorter code it is the form, filled: nothing is looked up."""
    if is_typed_part(code):
        typed = TypedForm(initial={"serial": parse_serial(serial), "code": parse_code(code)})
        return _home(request, status=200, typed=typed)
    address = source_of(request)
    try:
        take("verification.visit", address, VISITS)
        found = answers.find(parse_serial(serial), parse_code(code), at_least=answers.PRINTED)
        if found is None:
            take("verification.try", address, TRIES)
    except TooManyTries as refusal:
        return _too_many(request, refusal)
    if found is None:
        return _render(request, "verification/answer.html", status=404, verdict=answers.VERDICTS["unknown"])
    return _answer(request, found)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def file(request: HttpRequest) -> HttpResponse:
    """A file, or the SHA-256 that the browser worked out of one; the file is looked at in memory and forgotten."""
    if request.method != "POST":
        return redirect("verification:home")
    form = FileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _home(request, status=422, dropped=form)
    digest, paper = form.cleaned_data["digest"], form.cleaned_data["paper"]
    kind, limits = ("verification.visit", VISITS) if digest else ("verification.try", TRIES)
    try:
        take(kind, source_of(request), limits)
    except TooManyTries as refusal:
        return _too_many(request, refusal)
    if digest:
        found = answers.find_file(digest)
        return _answer(request, found, checks=files.same_bytes()) if found else _home(request, status=404)
    examined = files.examine(paper.read())
    if examined.certificate is None:
        return _render(request, "verification/answer.html", verdict=examined.verdict, checks=examined.checks)
    return _answer(request, examined.certificate, checks=examined.checks)


@login_not_required
@require_safe
def short(request: HttpRequest) -> HttpResponse:
    """The address that the paper asks people to type."""
    return redirect("verification:home")


def _home(
    request: HttpRequest,
    *,
    status: int,
    typed: TypedForm | None = None,
    dropped: FileForm | None = None,
    verdict: answers.Verdict | None = None,
) -> HttpResponse:
    context = {"typed": typed or TypedForm(), "dropped": dropped or FileForm(), "verdict": verdict}
    return _render(request, "verification/home.html", status=status, **context)


def _answer(request: HttpRequest, certificate: Certificate, **context: Any) -> HttpResponse:
    answer = answers.answer_for(certificate)
    return _render(request, "verification/answer.html", verdict=answer.verdict, answer=answer, **context)


def _render(request: HttpRequest, template: str, *, status: int = 200, **context: Any) -> HttpResponse:
    context |= {"checked_at": timezone.now(), "host": request.get_host()}
    return _quiet(render(request, template, context, status=status))


def _too_many(request: HttpRequest, refusal: TooManyTries) -> HttpResponse:
    response = _quiet(render(request, "429.html", status=429))
    response.headers["Retry-After"] = str(refusal.wait_s)
    return response


def _quiet(response: HttpResponse) -> HttpResponse:
    """No search engine, cache or next page learns of an answer."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
