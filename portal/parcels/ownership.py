"""Shares of a title: exact fractions whose open rows never exceed the whole on one layer (2.3).

Whoever writes here records the act in the same transaction (`acts.record`).
"""

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from itertools import groupby

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from portal.core.errors import Refusal
from portal.parcels.models import Deed, Ownership, Parcel


class SharesExceedWhole(Refusal):
    """The open shares of this layer would be more than the whole."""

    code = "shares_exceed_whole"
    message = _("The shares together would be more than the whole title. Close the seller's share first.")


def open_total(parcel: Parcel, layer: str) -> Fraction:
    """The sum of the open shares of one layer; 1 is the whole, less means that an owner is missing in the register."""
    rows = Ownership.objects.open().filter(parcel=parcel, layer=layer)
    return sum((row.share for row in rows), Fraction(0))


def record_share(
    parcel: Parcel,
    *,
    layer: str,
    person_name: str,
    national_code: str,
    share: Fraction,
    since: date,
    deed: Deed | None = None,
) -> Ownership:
    """Add an owner's share. Raises SharesExceedWhole, ValueError for a share that is none."""
    if not 0 < share <= 1:
        raise ValueError("a share is more than nothing and at most the whole")
    with transaction.atomic():
        Parcel.objects.select_for_update().get(pk=parcel.pk)  # two sellers at once must not both fit
        if open_total(parcel, layer) + share > 1:
            raise SharesExceedWhole
        return Ownership.objects.create(
            parcel=parcel,
            layer=layer,
            person_name=person_name,
            national_code=national_code,
            share_numerator=share.numerator,
            share_denominator=share.denominator,
            valid_from=since,
            deed=deed,
        )


def close_share(ownership: Ownership, *, on: date) -> None:
    """End a share on this day; the row stays as history."""
    Ownership.objects.filter(pk=ownership.pk, valid_to__isnull=True).update(valid_to=on)


def faults() -> Iterator[str]:
    """For `fsck`: every layer whose open shares are more than the whole."""
    rows = Ownership.objects.open().order_by("parcel", "layer")
    shares = rows.values_list("parcel", "layer", "share_numerator", "share_denominator").iterator(chunk_size=5000)
    for (parcel, layer), group in groupby(shares, key=lambda row: row[:2]):
        total = sum((Fraction(numerator, denominator) for _, _, numerator, denominator in group), Fraction(0))
        if total > 1:
            yield f"parcel/{parcel}: open shares of {layer} make {total}"
