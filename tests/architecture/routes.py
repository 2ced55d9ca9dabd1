"""Every address of the portal, walked from the resolver: nothing can be forgotten."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from django.urls import URLPattern, URLResolver, get_resolver

PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")


@dataclass(frozen=True)
class Route:
    """One line of the URL map: `name` with its namespace, `pattern` as it is written."""

    name: str
    pattern: str

    @property
    def parameters(self) -> list[str]:
        return PARAMETER.findall(self.pattern)

    def url(self, values: dict[str, object]) -> str:
        return "/" + PARAMETER.sub(lambda found: str(values[found.group(1)]), self.pattern)


@cache
def routes() -> tuple[Route, ...]:
    return tuple(_walk(get_resolver().url_patterns, "", ""))


def _walk(patterns: list[URLPattern | URLResolver], prefix: str, namespace: str) -> Iterator[Route]:
    for item in patterns:
        pattern = prefix + str(item.pattern)
        if isinstance(item, URLResolver):
            yield from _walk(
                item.url_patterns, pattern, f"{namespace}{item.namespace}:" if item.namespace else namespace
            )
        else:
            yield Route(f"{namespace}{item.name}", pattern)
