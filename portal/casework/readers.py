"""Who opened a file, in the reader's language: desks and purposes, never names."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.accounts.models import Office, Role
from portal.casework.models import CaseView
from portal.catalogue.models import RequiredDocument
from portal.core.templatetags.ui import fa

PURPOSES = {
    "read": gettext_lazy("read the file"),
    "paper": gettext_lazy("looked at a paper"),
    "original": gettext_lazy("downloaded the file of a paper as it was received"),
    "certificate": gettext_lazy("opened the certificate"),
    "step": gettext_lazy("worked on the file"),
}


def described(views: Iterable[CaseView]) -> list[dict[str, Any]]:
    """One row an opening, newest first: {unit, purpose, at}; the pages of one paper in one minute are one opening."""
    titles = paper_titles()
    first = {(view.unit, view.purpose, f"{view.at:%Y%m%d%H%M}"): view for view in views}
    return [
        {"unit": unit_title(view.unit), "purpose": purpose_title(view.purpose, titles), "at": view.at}
        for view in first.values()
    ]


def by_unit(views: Iterable[CaseView]) -> list[dict[str, Any]]:
    """How often each desk opened the file, the latest reader first: {unit, times, last}.

    The pages of one visit are one opening: what a desk opens within the same hour counts once.
    """
    hours: dict[str, set[str]] = {}
    last: dict[str, Any] = {}
    for view in views:
        hours.setdefault(view.unit, set()).add(f"{view.at:%Y%m%d%H}")
        last.setdefault(view.unit, view.at)
    return [{"unit": unit_title(unit), "times": len(times), "last": last[unit]} for unit, times in hours.items()]


def paper_titles() -> dict[str, str]:
    """The newest title of each kind of paper, by its code."""
    return {paper.code: paper.local_title for paper in RequiredDocument.objects.order_by("valid_from")}


def unit_title(unit: str) -> str:
    """`reviewer/1` → "Reviewer, District 1"; `notary/12` → "Notary office 12"."""
    kind, _slash, number = unit.partition("/")
    if kind in Role.values:
        role = str(Role(kind).label)
        place = _("District %(number)s") % {"number": fa(number)}
        return _("%(role)s, %(district)s") % {"role": role, "district": place} if number.isdigit() else role
    if kind in Office.Kind.values:
        return f"{Office.Kind(kind).label} {fa(number)}"
    return _("Staff of the municipality")


def purpose_title(purpose: str, papers: Mapping[str, str]) -> str:
    """`paper:title_deed` → "looked at a paper: Title deed"; an unknown purpose is the name of a step."""
    kind, _colon, document = purpose.partition(":")
    title = str(PURPOSES.get(kind, PURPOSES["step"]))
    return f"{title}: {papers[document]}" if document in papers else title
