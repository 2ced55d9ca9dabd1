from portal.casework.models import DailyCount
from portal.core.calendar import from_jalali
from portal.oversight.statistics import _months_between, figures


def test_months_run_without_gaps_across_new_year():
    assert _months_between({(1399, 11), (1400, 2)}) == [(1399, 11), (1399, 12), (1400, 1), (1400, 2)]


def test_no_months_of_nothing():
    assert _months_between(set()) == []


def test_a_month_in_which_the_whole_city_closed_nothing_has_no_figures(db):
    DailyCount.objects.all().delete()
    for district, month in ((1, 9), (2, 9), (1, 12)):
        DailyCount.objects.create(day=from_jalali(1401, month, 5), district_id=district, closed=3)
    told = figures()
    assert [month for _year, month in told["months"]] == [9, 10, 11, 12]
    assert told["by_month"] == {1: [3, None, None, 3], 2: [3, None, None, 0]}
