"""Renovation codes change: renaming, merging (تجمیع), splitting (تفکیک). The old name keeps leading to the land.

Whoever calls these records the act in the same transaction (`acts.record`).
"""

from collections.abc import Iterable
from datetime import date, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from portal.core.errors import Refusal
from portal.core.identifiers import RenovationCode
from portal.parcels.models import CodeHistory, Parcel


class CodeTaken(Refusal):
    """Another parcel has this renovation code now."""

    code = "code_taken"
    message = _("Another parcel has this renovation code now. Check the code, or retire that parcel first.")


def rename(parcel: Parcel, code: RenovationCode, *, on: date) -> Parcel:
    """Give a parcel and all that stands on it a new code from this day on. Raises CodeTaken, ValueError."""
    with transaction.atomic():
        parcel = Parcel.objects.select_for_update().get(pk=parcel.pk)
        depth = parcel.renovation_code.depth
        if code.depth != depth:
            raise ValueError("a new code must name the same level of the tree")
        nodes = list(parcel.subtree().select_for_update())
        names = [RenovationCode.of(*code.parts[:depth], *node.renovation_code.parts[depth:]) for node in nodes]
        others = Parcel.objects.current().exclude(pk__in=[node.pk for node in nodes])
        if others.filter(code__in=[str(name) for name in names]).exists():
            raise CodeTaken
        _close(nodes, on)
        for node, name in zip(nodes, names, strict=True):
            node.rename_to(name)
            node.save()
            CodeHistory.objects.create(parcel=node, code=node.code, valid_from=on, act=CodeHistory.Act.RENAME)
    return Parcel.objects.get(pk=parcel.pk)


def merge(parcels: Iterable[Parcel], into: Parcel, *, on: date) -> Parcel:
    """Retire `parcels` in favour of the new parcel `into`, which answers to their codes too.

    `into` is unsaved and may take over the code of one of them. Raises CodeTaken.
    """
    return _replace(list(parcels), [into], CodeHistory.Act.MERGE, on)[0]


def split(parcel: Parcel, into: Iterable[Parcel], *, on: date) -> list[Parcel]:
    """Retire `parcel` in favour of several new ones; its code then leads to each of them. Raises CodeTaken."""
    return _replace([parcel], list(into), CodeHistory.Act.SPLIT, on)


def _replace(old: list[Parcel], new: list[Parcel], act: str, on: date) -> list[Parcel]:
    with transaction.atomic():
        retired = list(Parcel.objects.select_for_update().current().filter(pk__in=[parcel.pk for parcel in old]))
        if any(parcel.children.current().exists() for parcel in retired):
            raise Refusal(_("A building still stands on this land in the register. Move or retire it first."))
        _close(retired, on)
        Parcel.objects.filter(pk__in=[parcel.pk for parcel in retired]).update(retired_on=on)
        for successor in new:
            if Parcel.objects.current().filter(code=successor.code).exists():
                raise CodeTaken
            successor.save(force_insert=True)
            CodeHistory.objects.create(parcel=successor, code=successor.code, valid_from=on, act=act)
            for parcel in retired:
                if parcel.code != successor.code:
                    began = parcel.code_history.order_by("valid_from").values_list("valid_from", flat=True)[0]
                    CodeHistory.objects.create(
                        parcel=successor, code=parcel.code, valid_from=began, valid_to=_day_before(on, began), act=act
                    )
    return new


def _close(nodes: list[Parcel], on: date) -> None:
    for row in CodeHistory.objects.filter(parcel__in=nodes, valid_to__isnull=True):
        row.valid_to = _day_before(on, row.valid_from)
        row.save(update_fields=["valid_to"])


def _day_before(on: date, began: date) -> date:
    return max(began, on - timedelta(days=1))
