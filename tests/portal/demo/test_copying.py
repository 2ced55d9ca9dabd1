from datetime import date

import pytest
from django.db import transaction

from portal.core.identifiers import RenovationCode
from portal.demo.copying import copy_in
from portal.parcels.models import Hold, Level, Parcel, Street

pytestmark = pytest.mark.django_db
AWKWARD = 'خط\nدوم\tو \\ و "نقل" و \\N'


def test_awkward_text_encryption_ranges_and_nulls_survive():
    parcel = Parcel(level=Level.PARCEL, address=AWKWARD, project=AWKWARD)
    parcel.rename_to(RenovationCode.parse("3-9-1-1"))
    with transaction.atomic():
        copy_in(Parcel, [parcel])
    found = Parcel.objects.get(pk=parcel.pk)
    assert (found.address, found.project, found.outline_cm, found.x_span) == (AWKWARD, AWKWARD, None, None)


def test_json_ranges_and_decimals_come_back_as_they_were():
    line = [[50_618_000, 415_590_000], [50_619_000, 415_590_000]]
    street = Street(
        name=AWKWARD, width_m=8, planned_width_m=10, line_cm=line, line_wgs84=[], x_span=(1, 5), y_span=(2, 6)
    )
    with transaction.atomic():
        copy_in(Street, [street])
    found = Street.objects.get(pk=street.pk)
    assert (found.line_cm, found.x_span.lower, found.x_span.upper) == (line, 1, 5)


def test_a_blind_index_is_written_with_its_text():
    hold = Hold(level=1, title="x", national_code="9900000013", placed_on=date(2026, 1, 1), placed_by="x")
    with transaction.atomic():
        copy_in(Hold, [hold])
    found = Hold.objects.get(pk=hold.pk)
    assert found.national_code == "9900000013"
    assert bytes(found.national_code_index) == hold.national_code_index
