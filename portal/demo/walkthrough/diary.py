"""What was done, by whom, when and on which page; and where the story broke off."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

from django.utils import timezone

from portal.demo.walkthrough.pages import NotSeen, Page
from portal.demo.walkthrough.visitor import Visitor


class StoryBroken(Exception):
    """A step was not seen to work; `page` is what was there instead."""

    def __init__(self, step: str, page: Page, reason: str) -> None:
        super().__init__(f"not seen: {step}\n  page: {page.url} (answer {page.status})\n  why: {reason}")
        self.page = page


@dataclass(frozen=True, slots=True)
class Told:
    number: int
    actor: str
    text: str
    at: str
    page: str
    seen: tuple[str, ...]

    def __str__(self) -> str:
        lines = [f"{self.number:>2}. {self.at}  {self.actor}: {self.text}", f"    page: {self.page}"]
        return "\n".join([*lines, *(f"    seen: {text}" for text in self.seen)])


class Diary:
    """Keeps each step, and says it to `tell` as soon as it was seen to work."""

    def __init__(self, tell: Callable[[str], object]) -> None:
        self.tell = tell
        self.steps: list[Told] = []

    @contextmanager
    def step(self, visitor: Visitor, text: str) -> Iterator[None]:
        """What stands inside must raise nothing; the last page of the visitor is the step's page."""
        try:
            yield
        except (NotSeen, OSError, HTTPException, LookupError, ValueError) as error:
            raise StoryBroken(f"{visitor.key}: {text}", visitor.page, str(error)) from error
        page = visitor.page
        at = timezone.localtime().strftime("%H:%M:%S")
        told = Told(len(self.steps) + 1, visitor.key, text, at, page.url, tuple(page.seen))
        self.steps.append(told)
        self.tell(f"{told.number:>2}  {at}  {visitor.key:<13} {text}")

    def write(self, path: Path, heading: str) -> None:
        path.write_text("\n\n".join([heading, *map(str, self.steps)]) + "\n", encoding="utf-8")
