"""Forms over HTTP as a browser sends them, without following where an answer leads."""

from html.parser import HTMLParser
from http.client import HTTPResponse
from http.cookiejar import CookieJar
from typing import Any
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, HTTPErrorProcessor, build_opener


class AsItIs(HTTPErrorProcessor):
    """No redirect is followed and no status is an exception."""

    def http_response(self, request: Any, response: Any) -> Any:
        return response


class HiddenFields(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "input" and given.get("type") == "hidden":
            self.values[given.get("name") or ""] = given.get("value") or ""


class Browser:
    """Keeps its cookies; knows one portal."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.opener = build_opener(HTTPCookieProcessor(CookieJar()), AsItIs)

    def get(self, path: str) -> HTTPResponse:
        return self.opener.open(self.url + path, timeout=120)

    def form(self, path: str) -> dict[str, str]:
        """The hidden fields of a page, its key and token among them."""
        return HiddenFields(self.get(path).read().decode()).values

    def post(self, path: str, fields: dict[str, str]) -> HTTPResponse:
        return self.opener.open(self.url + path, urlencode(fields).encode(), timeout=120)
