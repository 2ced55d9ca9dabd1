"""A page as a person without JavaScript has it: words, links, tables and forms to fill and send."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
UNSEEN = frozenset({"head", "script", "style", "svg", "template"})
INLINE = frozenset({"a", "b", "bdi", "em", "i", "q", "small", "span", "strong", "time", "tspan", "wbr"})
WORDED = frozenset({"a", "button", "td", "textarea", "th"})  # elements whose own words matter
PRESSED = frozenset({"submit", "image"})


class NotSeen(Exception):
    """The page does not show what a person expects there."""


@dataclass(frozen=True, slots=True)
class File:
    """What is chosen in a file input."""

    name: str
    media_type: str
    content: bytes


Typed = Mapping[str, "str | bool | File"]
"""What a person does to the fields of a form: words typed or chosen, a box ticked or not, a file chosen."""


@dataclass(slots=True)
class Control:
    """An input, select or text area; `values` are what it sends as the page stands, `offered` what it would take."""

    name: str
    kind: str
    values: list[str] = field(default_factory=list)
    offered: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Button:
    label: str
    name: str
    value: str


@dataclass(slots=True)
class Form:
    """A form of a page; `fill` it, then hand it to `Visitor.send`."""

    action: str
    method: str
    is_multipart: bool
    controls: list[Control] = field(default_factory=list)
    buttons: list[Button] = field(default_factory=list)
    files: dict[str, File] = field(default_factory=dict)

    def control(self, name: str) -> Control:
        found = next((control for control in self.controls if control.name == name), None)
        if found is None:
            raise NotSeen(f"the form has no field {name!r}")
        return found

    def value(self, name: str) -> str:
        """What the field sends as it stands; empty when it sends nothing."""
        return "".join(self.control(name).values[:1])

    def fill(self, typed: Typed) -> "Form":
        """Type, tick, choose. Raises NotSeen for a field or a choice that the page does not offer."""
        for name, value in typed.items():
            control = self.control(name)
            if isinstance(value, File):
                self.files[name] = value
            elif isinstance(value, bool):
                control.values = control.offered[:1] if value else []
            elif control.offered and value not in control.offered:
                raise NotSeen(f"the field {name!r} does not offer {value!r}")
            else:
                control.values = [value]
        return self

    def sent(self, button: Button) -> list[tuple[str, str]]:
        """The pairs that a browser would send when this button is pressed."""
        pairs = [(control.name, value) for control in self.controls for value in control.values]
        return pairs + ([(button.name, button.value)] if button.name else [])


@dataclass(slots=True)
class Page:
    """What came back: `url` after redirections, `status`, `body`; `words` is all that the eye would read."""

    url: str
    status: int
    body: bytes
    media_type: str = "text/html"
    words: str = ""
    forms: list[Form] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)

    def shows(self, *texts: Any) -> "Page":
        """The page itself when it shows each of the texts, kept in `seen`; raises NotSeen with the first missing."""
        for text in texts:
            if not self.says(text):
                raise NotSeen(f"the page (answer {self.status}) does not say «{plain(str(text))}»")
            self.seen.append(plain(str(text)))
        return self

    def says(self, text: Any) -> bool:
        return plain(str(text)) in self.words

    def link(self, label: Any) -> str:
        """The address behind the first link whose words contain the label."""
        found = next((address for words, address in self.links if plain(str(label)) in words), None)
        if found is None:
            raise NotSeen(f"the page has no link {plain(str(label))!r}")
        return found

    def row(self, text: str) -> list[str]:
        """The cells of the first table row in which the text stands."""
        found = next((cells for cells in self.rows if any(text in cell for cell in cells)), None)
        if found is None:
            raise NotSeen(f"no row of a table says {text!r}")
        return found

    def form(self, label: Any, *, holding: Mapping[str, str] | None = None) -> tuple[Form, Button]:
        """The first form with a button of that label whose fields begin with what is given, and the button."""
        for form in self.forms:
            values = {control.name: "".join(control.values) for control in form.controls}
            if all(values.get(name, "").startswith(start) for name, start in (holding or {}).items()):
                for button in form.buttons:
                    if plain(str(label)) in button.label:
                        return form, button
        raise NotSeen(f"the page has no button {plain(str(label))!r}" + (f" with {holding}" if holding else ""))


def plain(text: str) -> str:
    """One space between words, and none of the marks that only steer the direction of writing."""
    return " ".join(text.translate(dict.fromkeys((8206, 8207, 8294, 8295, 8296, 8297))).split())


def read(url: str, status: int, body: bytes, media_type: str) -> Page:
    page = Page(url, status, body, media_type)
    if media_type == "text/html":
        reader = _Reader(page)
        reader.feed(body.decode())
        reader.close()
        page.words = plain(reader.words_from(0))
    return page


class _Reader(HTMLParser):
    """Fills a Page. Text is kept as one list; an element's words are those between its start and its end."""

    def __init__(self, page: Page) -> None:
        super().__init__(convert_charrefs=True)
        self.page = page
        self.texts: list[str] = []
        self.unseen = 0
        self.open: list[tuple[str, dict[str, str], int, bool]] = []
        self.form: Form | None = None

    def words_from(self, start: int) -> str:
        return plain("".join(self.texts[start:]))

    def handle_data(self, data: str) -> None:
        if not self.unseen:
            self.texts.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag not in INLINE:
            self.texts.append(" ")  # a block begins a new word
        if tag not in VOID:
            is_unseen = tag in UNSEEN or "hidden" in attributes
            self.open.append((tag, attributes, len(self.texts), is_unseen))
            self.unseen += is_unseen
        if tag == "form":
            is_multipart = attributes.get("enctype") == "multipart/form-data"
            method = attributes.get("method", "get").lower()
            self.form = Form(attributes.get("action", ""), method, is_multipart)
            self.page.forms.append(self.form)
        elif tag == "tr":
            self.page.rows.append([])
        elif self.form and attributes.get("name") and "disabled" not in attributes:
            self._control(self.form, tag, attributes)
        elif tag == "option":
            self._option(attributes)

    def _control(self, form: Form, tag: str, attributes: dict[str, str]) -> None:
        kind = attributes.get("type", "text") if tag == "input" else tag
        if tag not in {"input", "select", "textarea"} or kind in PRESSED:
            return
        name, value = attributes["name"], attributes.get("value", "on" if kind in {"checkbox", "radio"} else "")
        control = next((known for known in form.controls if known.name == name and known.kind == kind), None)
        if control is None:
            control = Control(name, kind)
            form.controls.append(control)
        if kind in {"checkbox", "radio"}:
            control.offered.append(value)
            if "checked" in attributes:
                control.values.append(value)
        elif tag == "input" and kind != "file":
            control.values.append(value)

    def _option(self, attributes: dict[str, str]) -> None:
        if self.form and self.form.controls and self.form.controls[-1].kind == "select":
            control, value = self.form.controls[-1], attributes.get("value", "")
            if not control.offered or "selected" in attributes:
                control.values = [value]  # a browser sends the first choice when none is marked
            control.offered.append(value)

    def handle_endtag(self, tag: str) -> None:
        if tag not in {name for name, *_rest in self.open}:
            return
        while self.open:
            name, attributes, start, is_unseen = self.open.pop()
            self._ended(name, attributes, self.words_from(start) if name in WORDED else "")
            self.unseen -= is_unseen
            if name == tag:
                return

    def _ended(self, tag: str, attributes: dict[str, str], words: str) -> None:
        match tag:
            case "form":
                self.form = None
            case "button" if self.form and attributes.get("type", "submit") == "submit":
                label = plain(f"{words} {attributes.get('aria-label', '')}")
                button = Button(label, attributes.get("name", ""), attributes.get("value", ""))
                self.form.buttons.append(button)
            case "textarea" if self.form and attributes.get("name"):
                self.form.control(attributes["name"]).values = [words]
            case "a" if "href" in attributes:
                self.page.links.append((words, attributes["href"]))
            case "td" | "th" if self.page.rows:
                self.page.rows[-1].append(words)
