"""Ports: callables outside the portal that a setting names, like the channel of text messages or the virus scanner.

Those of `portal.demo` answer for invented people and papers only: outside the demonstration the portal refuses to
start with one of them, and they refuse to work.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.checks import Error
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

DEMO = "portal.demo."


@dataclass(frozen=True, slots=True)
class Port:
    """`setting` names a callable; `needs` says which ("the callable that …"), `otherwise` what happens without it."""

    setting: str
    needs: str
    otherwise: str
    ids: tuple[str, str, str]
    """Of the errors: no callable is named, it cannot be imported, it is one of the demonstration."""

    def load(self) -> Callable[..., Any]:
        """The callable. Raises ImproperlyConfigured when none is named, ImportError when it is not there."""
        name = getattr(settings, self.setting)
        if not name:
            raise ImproperlyConfigured(f"{self.setting} is empty: {self.otherwise}.")
        return import_string(name)

    def errors(self) -> list[Error]:
        """What a system check says of the setting."""
        is_empty, is_absent, is_demo = self.ids
        if not getattr(settings, self.setting):
            return [Error(f"{self.setting} is empty: set it to {self.needs}.", id=is_empty)]
        try:
            named = self.load()
        except ImportError as error:
            return [Error(f"{self.setting} cannot be imported: {error}", id=is_absent)]
        # By its module as well: another name for it would be as blind.
        homes = (getattr(settings, self.setting), f"{getattr(named, '__module__', '')}.")
        if not settings.DEMO and any(home.startswith(DEMO) for home in homes):
            text = f"{self.setting} names a stand-in of the demonstration: set it to {self.needs}."
            return [Error(text, id=is_demo)]
        return []


def for_demonstration_only(what: str) -> None:
    """Called first by each stand-in. Raises ImproperlyConfigured outside the demonstration."""
    if not settings.DEMO:
        raise ImproperlyConfigured(f"{what}; it serves the demonstration only.")
