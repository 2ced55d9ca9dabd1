"""The first morning: a case at every stop, walked there by the engine past every rule of the desks."""

from collections import Counter

from portal.casework.models import Case
from portal.demo.scenes import NEIGHBOURS, are_set, set_scenes


def test_every_desk_finds_the_work_that_the_scenes_promise(db):
    assert not are_set()
    set_scenes()
    promised = Counter(state for _district, state in NEIGHBOURS) + Counter(["returned"])
    assert Counter(Case.objects.values_list("state", flat=True)) == promised
    assert are_set()
