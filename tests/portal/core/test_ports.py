"""A stand-in of the demonstration never serves a real portal, under whatever name it is called."""

import pytest

from portal.core.ports import Port

PORT = Port("PAPER_SCAN", needs="the scanner", otherwise="nothing", ids=("empty", "absent", "demo"))


@pytest.fixture
def other_name(monkeypatch):
    """The demo's scanner, imported into a module outside of the demonstration."""
    from portal.casework import scanning
    from portal.demo.scanning import knows_eicar

    monkeypatch.setattr(scanning, "ours", knows_eicar, raising=False)
    return "portal.casework.scanning.ours"


@pytest.mark.parametrize(("is_demo", "found"), [(True, []), (False, ["demo"])])
def test_a_stand_in_passes_in_the_demonstration_only(settings, other_name, is_demo, found):
    settings.DEMO = is_demo
    for name in ("portal.demo.scanning.knows_eicar", other_name):
        settings.PAPER_SCAN = name
        assert [error.id for error in PORT.errors()] == found


@pytest.mark.parametrize(
    ("name", "found"), [("", ["empty"]), ("portal.nowhere.scan", ["absent"]), ("portal.casework.scanning.clamd", [])]
)
def test_a_callable_must_be_named_and_there(settings, name, found):
    settings.DEMO, settings.PAPER_SCAN = False, name
    assert [error.id for error in PORT.errors()] == found
