"""The Persian catalogue: extraction, merging, checking; and that the real one is complete."""

import gettext
import json
from pathlib import Path

import pytest

from scripts import messages


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small project of one module and one template."""
    monkeypatch.setattr(messages, "ROOT", tmp_path)
    monkeypatch.setattr(messages, "PO", tmp_path / "locale" / "fa" / "LC_MESSAGES" / "django.po")
    (tmp_path / "portal").mkdir()
    (tmp_path / "templates").mkdir()
    (tmp_path / "portal" / "views.py").write_text(
        "from django.utils.translation import gettext_lazy as _, ngettext, pgettext_lazy\n"
        'A = _("Case")\nB = pgettext_lazy("of a road", "width")\n'
        'def days(n): return ngettext("one day", "%(n)s days", n) % {"n": n}\n',
        encoding="utf-8",
    )
    (tmp_path / "templates" / "page.html").write_text(
        "<p>it's\n   {% translate 'Home' %}\n"
        " {% blocktranslate trimmed %}\n  Hello\n  {{ name }}\n{% endblocktranslate %}",
        encoding="utf-8",
    )
    return tmp_path


COMPLETE = {
    "Case": "پرونده",
    "of a road\u0004width": "عرض",
    "one day": ["یک روز", "%(n)s روز"],
    "Home": "خانه",
    "Hello %(name)s": "سلام %(name)s",
}


def add(project: Path, translations: dict[str, str | list[str]]) -> None:
    file = project / "tr.json"
    file.write_text(json.dumps(translations), encoding="utf-8")
    messages.main(["add", str(file)])


def test_an_untranslated_catalogue_names_every_msgid(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    messages.main(["update"])
    assert messages.main(["check"]) == 1
    named = capsys.readouterr().out
    assert all(repr(msgid.split("\u0004")[-1]) in named for msgid in COMPLETE)


def test_a_complete_catalogue_passes_and_is_served_by_gettext(project: Path) -> None:
    add(project, COMPLETE)
    assert messages.main(["check"]) == 0
    messages.main(["compile"])
    with messages.PO.with_suffix(".mo").open("rb") as file:
        served = gettext.GNUTranslations(file)
    assert served.gettext("Case") == "پرونده"
    assert served.pgettext("of a road", "width") == "عرض"
    assert [served.ngettext("one day", "%(n)s days", n) for n in (1, 5)] == ["یک روز", "%(n)s روز"]


@pytest.mark.parametrize(
    ("msgid", "text"),
    [("Hello %(name)s", "سلام"), ("Hello %(name)s", "سلام %(nam)s"), ("one day", ["یک روز", "چند روز"])],
)
def test_a_lost_placeholder_is_found(
    project: Path, capsys: pytest.CaptureFixture[str], msgid: str, text: str | list[str]
) -> None:
    add(project, {**COMPLETE, msgid: text})
    assert messages.main(["check"]) == 1
    assert "other placeholders" in capsys.readouterr().out


def test_unused_translations_wait_until_pruned(project: Path) -> None:
    add(project, {**COMPLETE, "Later": "سپس"})
    assert '#~ msgid "Later"' in messages.PO.read_text(encoding="utf-8")
    module = project / "portal" / "later.py"
    module.write_text('from django.utils.translation import gettext as _\n_("Later")\n', encoding="utf-8")
    messages.main(["update"])
    assert messages.main(["check"]) == 0
    module.unlink()
    messages.main(["update", "--prune"])
    assert "Later" not in messages.PO.read_text(encoding="utf-8")


def test_updating_twice_changes_nothing(project: Path) -> None:
    add(project, COMPLETE)
    once = messages.PO.read_bytes()
    messages.main(["update"])
    assert messages.PO.read_bytes() == once


def test_every_msgid_of_the_portal_is_translated() -> None:
    assert list(messages.faults()) == []
