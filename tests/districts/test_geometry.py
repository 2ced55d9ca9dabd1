import pytest

from districts import geometry

CENTRE = [45.07, 37.55]


def test_a_point_comes_back_from_utm_within_two_centimetres():
    (there,) = geometry.to_utm_cm([CENTRE])
    (back,) = geometry.to_wgs84([there])
    (again,) = geometry.to_utm_cm([back])
    assert max(abs(a - b) for a, b in zip(there, again, strict=True)) <= 2


def test_urmia_lies_beside_the_central_meridian_of_zone_38():
    ((x, y),) = geometry.to_utm_cm([CENTRE])
    assert 50_600_000 < x < 50_640_000  # 506 km: the zone's middle is at 500
    assert 415_500_000 < y < 415_700_000


def test_many_outlines_convert_as_each_alone():
    outlines = [[[50_618_000, 415_590_000], [50_619_000, 415_590_000]], [[50_618_000, 415_591_000]]]
    assert geometry.many_to_wgs84(outlines) == [geometry.to_wgs84(outline) for outline in outlines]


def test_a_hundred_square_metres_are_a_hundred():
    assert geometry.area_m2_of([[0, 0], [1000, 0], [1000, 1000], [0, 1000]]) == pytest.approx(100)


def test_a_point_off_the_globe_is_refused():
    with pytest.raises(ValueError, match="zone"):
        geometry.to_utm_cm([[float("inf"), 37.5]])
