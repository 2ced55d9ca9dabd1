from portal.oversight.statistics import _months_between


def test_months_run_without_gaps_across_new_year():
    assert _months_between({(1399, 11), (1400, 2)}) == [(1399, 11), (1399, 12), (1400, 1), (1400, 2)]


def test_no_months_of_nothing():
    assert _months_between(set()) == []
