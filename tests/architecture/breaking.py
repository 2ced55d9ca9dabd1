"""The portal's addresses and beside them some that break, for tests only."""

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from portal.urls import urlpatterns as portal_urls

SECRET = "what nobody outside may read"


@login_not_required
def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError(SECRET)


@login_not_required
def forbidden(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied(SECRET)


@login_not_required
def too_many(request: HttpRequest) -> HttpResponse:
    return render(request, "429.html", status=429)


@login_not_required
def accepting(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=204)


urlpatterns = [
    *portal_urls,
    path("broken/", broken),
    path("forbidden/", forbidden),
    path("too-many/", too_many),
    path("accepting/", accepting),
]
