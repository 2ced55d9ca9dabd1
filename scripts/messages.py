#!/usr/bin/env python
"""Keeps the Persian catalogue (locale/fa/LC_MESSAGES/django.po) in step with the code.

messages.py update [--prune]   extract every msgid; unused translations wait as "#~" until --prune
messages.py add FILE.json      set translations: {"msgid": "text"}, {"msgid": ["one", "many"]}
                               or, with a gettext context, {"context\\u0004msgid": "text"}
messages.py check              exit 1 and name what is untranslated or has other placeholders
messages.py compile            write django.mo
"""

import argparse
import fcntl
import io
import json
import os
import re
import sys
import tokenize
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("portal", "inquiries", "commissions", "districts", "templates")
PO = ROOT / "locale" / "fa" / "LC_MESSAGES" / "django.po"
LAZY = ("gettext", "ngettext", "pgettext", "npgettext")
KEYWORDS = {**DEFAULT_KEYWORDS, **{f"{name}_lazy": DEFAULT_KEYWORDS[name] for name in LAZY}, "gettext_noop": None}
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[sdr]|\{\w*\}")
CONTEXT_MARK = "\u0004"
HEADER = """\
msgid ""
msgstr ""
"Language: fa\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=2; plural=(n > 1);\\n"

"""

Key = tuple[str, str | None]


def source_files() -> Iterator[Path]:
    """Python modules (migrations excepted) and templates, in a stable order."""
    for folder in SOURCES:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in {".py", ".html", ".txt", ".svg"} and "migrations" not in path.parts:
                yield path


def python_source(path: Path) -> str:
    """The file itself, or for a template the Python-like text that Django makes of it."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return text
    # Left margins mean nothing in a template but would be indentation errors to the tokenizer.
    return "\n".join(line.lstrip() for line in templatize(text, origin=str(path)).splitlines())


def extracted() -> Catalog:
    """Every msgid of the code, without translations."""
    catalog = new_catalog()
    for path in source_files():
        try:
            found = list(extract("python", io.BytesIO(python_source(path).encode()), keywords=KEYWORDS))
        except (SyntaxError, tokenize.TokenError) as error:
            print(f"skipped {path.relative_to(ROOT)}: {error}", file=sys.stderr)
            continue
        for _line, message, _comments, context in found:
            if message and (message[0] if isinstance(message, tuple) else message):
                catalog.add(message, context=context)
    return catalog


def new_catalog() -> Catalog:
    """An empty Persian catalogue with the two plural forms that HEADER declares."""
    return read_po(io.BytesIO(HEADER.encode()), locale="fa")


def stored() -> Catalog:
    """The catalogue on disk."""
    if not PO.exists():
        return new_catalog()
    with PO.open("rb") as file:
        return read_po(file, locale="fa")


def singular(message: Message) -> str:
    return message.id[0] if isinstance(message.id, (tuple, list)) else message.id


def key_of(message: Message) -> Key:
    return singular(message), message.context


def translations(catalog: Catalog) -> dict[Key, str | tuple[str, ...]]:
    """What is translated, the unused ("#~") entries included."""
    every = [*catalog.obsolete.values(), *(message for message in catalog if message.id)]
    return {key_of(message): message.string for message in every if is_translated(message)}


def is_translated(message: Message) -> bool:
    strings = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
    return bool(strings) and all(strings)


def merge(known: dict[Key, str | tuple[str, ...]]) -> Catalog:
    """The msgids of the code with their known translations; the other translations become obsolete."""
    catalog = extracted()
    for message in catalog:
        if not message.id:
            continue
        string = known.pop(key_of(message), None)
        if string is None:
            continue
        if message.pluralizable:
            message.string = tuple(string) if isinstance(string, (tuple, list)) else (string, string)
        else:
            message.string = string if isinstance(string, str) else string[-1]
    for (msgid, context), string in known.items():
        is_plural = not isinstance(string, str)
        message = Message((msgid, msgid) if is_plural else msgid, string, context=context)
        catalog.obsolete[(msgid, context) if context else msgid] = message
    return catalog


def write(catalog: Catalog, *, prune: bool = False) -> None:
    """Sorted, unwrapped and without line numbers or dates, so that a diff shows translations only."""
    body = io.BytesIO()
    write_po(body, catalog, width=0, no_location=True, omit_header=True, sort_output=True, ignore_obsolete=prune)
    PO.parent.mkdir(parents=True, exist_ok=True)
    fresh = PO.with_suffix(".po.new")
    fresh.write_bytes(HEADER.encode() + body.getvalue())
    fresh.replace(PO)


@contextmanager
def locked() -> Iterator[None]:
    """One writer at a time; the lock is on the folder, so no lock file is left behind."""
    PO.parent.mkdir(parents=True, exist_ok=True)
    folder = os.open(PO.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def update(*, prune: bool) -> int:
    with locked():
        write(merge(translations(stored())), prune=prune)
    return 0


def add(path: Path) -> int:
    fresh: dict[Key, str | tuple[str, ...]] = {}
    for key, string in json.loads(path.read_text(encoding="utf-8")).items():
        context, _mark, msgid = key.rpartition(CONTEXT_MARK)
        fresh[(msgid, context or None)] = string if isinstance(string, str) else tuple(string)
    with locked():
        write(merge(translations(stored()) | fresh))
    return 0


def faults() -> Iterator[str]:
    """One line for each msgid of the code that the catalogue does not serve correctly."""
    known = {key_of(message): message for message in stored() if message.id}
    for wanted in extracted():
        if not wanted.id:
            continue
        message = known.get(key_of(wanted))
        if message is None or not is_translated(message):
            yield f"untranslated: {singular(wanted)!r}"
        elif message.fuzzy:
            yield f"fuzzy: {singular(wanted)!r}"
        elif not same_placeholders(message):
            yield f"other placeholders: {singular(wanted)!r} -> {message.string!r}"


def same_placeholders(message: Message) -> bool:
    """Equal sets; the singular of a plural pair may leave the number out ("one day")."""
    if not message.pluralizable:
        return sorted(PLACEHOLDER.findall(message.id)) == sorted(PLACEHOLDER.findall(message.string))
    one, many = (set(PLACEHOLDER.findall(text)) for text in (message.string[0], message.string[-1]))
    wanted = set(PLACEHOLDER.findall(message.id[1]))
    return many == wanted and one <= wanted


def check() -> int:
    found = list(faults())
    for line in found:
        print(line)
    return 1 if found else 0


def compile_catalogue() -> int:
    fresh = PO.with_suffix(".mo.new")
    with fresh.open("wb") as file:
        write_mo(file, stored())
    fresh.replace(PO.with_suffix(".mo"))
    return 0


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("update").add_argument("--prune", action="store_true")
    commands.add_parser("add").add_argument("file", type=Path)
    commands.add_parser("check")
    commands.add_parser("compile")
    options = parser.parse_args(arguments)
    if not settings.configured:
        settings.configure()  # templatize() reads no setting of the project
    match options.command:
        case "update":
            return update(prune=options.prune)
        case "add":
            return add(options.file)
        case "check":
            return check()
        case _:
            return compile_catalogue()


if __name__ == "__main__":
    sys.exit(main())
