"""The living style page: every part of the pages with invented content, for whoever draws or tests one."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from portal.core.forms import JalaliDateField, PortalForm, RenovationCodeField


class SpecimenForm(PortalForm):
    """One field of each kind."""

    code = RenovationCodeField(label=_("Renovation code"), help_text=_("Seven numbers divided by hyphens."))
    signed_on = JalaliDateField(label=_("Date of the letter"))
    deal = forms.ChoiceField(
        label=_("Kind of deal"), choices=[("sale", _("Sale")), ("gift", _("Gift"))], widget=forms.RadioSelect
    )
    note = forms.CharField(label=_("Note"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    scan = forms.FileField(label=_("Photo of the deed"), help_text=_("A photo from your phone will do."))
    is_true = forms.BooleanField(label=_("I declare that what I wrote is true."))


@login_not_required
@require_safe
def components(request: HttpRequest) -> HttpResponse:
    """With ?errors=1 the form is shown as after a mistake."""
    form = SpecimenForm({"code": "12"}, {}) if request.GET.get("errors") else SpecimenForm()
    messages.success(request, now_("A message of success."))
    messages.error(request, now_("A message of failure."))
    return render(request, "demo/components.html", {"form": form} | _specimens())


def _specimens() -> dict[str, Any]:
    now = timezone.now()
    filed = now - timedelta(days=2)
    return {
        "now": now,
        "steps": [
            {"label": now_("Property"), "url": "#main"},
            {"label": now_("Deal"), "url": "#main"},
            {"label": now_("Papers")},
            {"label": now_("Declaration")},
        ],
        "entries": [
            {"title": now_("Filed"), "status": "done", "when": filed},
            {"title": now_("In review"), "status": "done", "when": filed + timedelta(hours=3)},
            {"title": now_("Returned"), "status": "yours", "when": now, "ask": now_("Send the deed again")},
            {"title": now_("Issued"), "status": "next"},
        ],
        "columns": [{"label": now_("Case")}, {"label": now_("State")}, {"label": now_("Amount"), "number": True}],
        "rows": [[now_("Transfer"), now_("In review"), 0], [now_("Bank"), now_("Issued"), 120]],
        "crumbs": [{"url": "#main", "label": now_("My cases")}, {"label": now_("Components")}],
        "facts": [{"term": now_("Deadline"), "value": 3}, {"term": now_("Place in the queue"), "value": 7}],
    }
