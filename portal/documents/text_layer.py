"""The text that search, copy and screen readers get out of the page.

WeasyPrint maps each glyph to the text that first used it; for «لا» that is two letters, which readers then reverse
with the line («پلاک» becomes «پالک»). Here every glyph is pinned to what the font itself says, the lam-alef ligatures
to their single code points, which normalise to the right two letters.
"""

import functools
import re
import unicodedata
from pathlib import Path
from typing import Any

FONTS = tuple(sorted((Path(__file__).parent / "fonts").glob("*.ttf")))
_LAM_ALEF = {"لا": "\ufefb", "لآ": "\ufef5", "لأ": "\ufef7", "لإ": "\ufef9"}
_MARKS = re.compile("[\u200c\u200d\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def normalise(text: str) -> str:
    """The form in which extracted text is compared: NFKC, no direction marks, no ZWNJ, single spaces.

    A ZWNJ cannot be had back from a page; the attached JSON is the authoritative text.
    """
    text = unicodedata.normalize("NFKC", text).replace("\u06c0", "\u0647\u0654")
    return " ".join(_MARKS.sub("", text).split())


class FontDict(dict[Any, Any]):
    """Stands in for ``Document.fonts``: each font that enters gets its pinned glyph texts."""

    def __setitem__(self, key: Any, font: Any) -> None:
        pinned = _maps().get(font.file_content)
        if pinned is not None:
            font.to_unicode = _Pinned(pinned)
        super().__setitem__(key, font)


class _Pinned(dict[int, str]):
    def __init__(self, texts: dict[int, str]) -> None:
        self._texts = texts

    def __setitem__(self, glyph: int, text: str) -> None:
        super().__setitem__(glyph, self._texts.get(glyph, text))


@functools.cache
def _maps() -> dict[bytes, dict[int, str]]:
    """Texts by glyph id, by the content of the font file."""
    return {path.read_bytes(): _glyph_texts(path) for path in FONTS}


def _glyph_texts(path: Path) -> dict[int, str]:
    from fontTools.ttLib import TTFont

    font = TTFont(path)
    single: dict[str, str] = {}
    for code, name in font.getBestCmap().items():
        if name not in single or not _is_presentation_form(code):
            single[name] = chr(code)
    sources = _substitutions(font)
    texts = {}
    for glyph, name in enumerate(font.getGlyphOrder()):
        text = _text_of(name, single, sources)
        # Brackets change sides with the direction of their line: they stay with WeasyPrint's rule.
        if text and not any(unicodedata.mirrored(letter) for letter in text):
            texts[glyph] = text
    return texts


def _substitutions(font: Any) -> dict[str, tuple[str, ...]]:
    """What each glyph replaces, from the single and ligature lookups of GSUB."""
    sources: dict[str, tuple[str, ...]] = {}
    for lookup in font["GSUB"].table.LookupList.Lookup:
        for table in lookup.SubTable:
            table = getattr(table, "ExtSubTable", table)
            if hasattr(table, "ligatures"):
                for first, ligatures in table.ligatures.items():
                    for ligature in ligatures:
                        sources.setdefault(ligature.LigGlyph, (first, *ligature.Component))
            elif table.LookupType == 1:
                for before, after in table.mapping.items():
                    sources.setdefault(after, (before,))
    return sources


def _text_of(name: str, single: dict[str, str], sources: dict[str, tuple[str, ...]], depth: int = 0) -> str:
    if name in single:
        text = single[name]
    elif name in sources and depth < 8:
        text = "".join(_text_of(part, single, sources, depth + 1) for part in sources[name])
    elif found := re.fullmatch(r"uni([0-9A-F]{4})(\..*)?", name):
        text = chr(int(found[1], 16))
    else:
        return ""
    if len(text) == 1 and _is_presentation_form(ord(text)):
        plain = unicodedata.normalize("NFKC", text)
        text = plain if len(plain) == 1 else text
    return _LAM_ALEF.get(text.replace("\u200d", ""), text)


def _is_presentation_form(code: int) -> bool:
    return 0xFB50 <= code <= 0xFEFF
