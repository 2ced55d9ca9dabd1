"""What every page's frame shows: the demonstration ribbon, the menu of the person's role."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from portal.accounts import alarms
from portal.accounts.actors import CASEWORKERS, Actor
from portal.accounts.models import Office, Role


def frame(request: HttpRequest) -> dict[str, Any]:
    """`demo`, `actor` and `nav` (url, label, current) for base.html; `open_alarms` for the first page of auditors."""
    actor = getattr(request, "actor", Actor.anonymous())
    nav = [{"url": url, "label": label, "current": request.path == url} for url, label in _places(actor)]
    # A callable, so that only a page that shows the alarms asks for them.
    return {"demo": settings.DEMO, "actor": actor, "nav": nav, "open_alarms": lambda: alarms.open_for(actor)}


def _places(actor: Actor) -> list[tuple[str, str]]:
    if actor.is_anonymous:
        return [
            (reverse("oversight:home"), _("Home")),
            (reverse("districts:coverage"), _("Districts and desks")),
            (reverse("oversight:statistics"), _("Statistics")),
            (reverse("verification:home"), _("Verify a certificate")),
        ]
    if actor.roles & CASEWORKERS:
        return [(reverse("casework:worklist"), _("Worklist")), (reverse("oversight:statistics"), _("Statistics"))]
    if actor.is_auditor:
        return [
            (reverse("casework:cases"), _("Cases")),
            (reverse("casework:originals"), _("Originals of papers")),
            (reverse("districts:rollouts"), _("Rollouts")),
            (reverse("oversight:statistics"), _("Statistics")),
        ]
    if Role.ROLLOUT_MANAGER in actor.roles:
        return [
            (reverse("districts:rollouts"), _("Rollouts")),
            (reverse("districts:coverage"), _("Districts and desks")),
            (reverse("oversight:statistics"), _("Statistics")),
        ]
    if actor.office_kind == Office.Kind.COUNTER:
        return [
            (reverse("casework:cases"), _("Our counter")),
            (reverse("casework:track"), _("Track a case")),
            (reverse("verification:home"), _("Verify a certificate")),
        ]
    if actor.office_id:
        return [
            (reverse("casework:cases"), _("Answers for our office")),
            (reverse("verification:home"), _("Verify a certificate")),
        ]
    return [
        (reverse("casework:cases"), _("My cases")),
        (reverse("parcels:mine"), _("My parcels")),
        (reverse("inquiries:start"), _("New inquiry")),
    ]
