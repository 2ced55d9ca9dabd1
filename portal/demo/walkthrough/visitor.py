"""A person at a browser of their own: cookies, redirections, forms. Standard library only."""

import http.cookiejar
import secrets
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urldefrag, urlencode, urljoin

from portal.demo.walkthrough.pages import Button, File, Form, Page, Typed, read

PATIENCE_S = 60
AGENT = "Mozilla/5.0 (X11; Linux x86_64) Chrome/130"


class Visitor:
    """Goes from page to page and remembers the last one. An answer of 400 or more is a page like any other."""

    def __init__(self, portal: str, key: str) -> None:
        self.portal, self.key = portal, key
        self.cookies = http.cookiejar.CookieJar()
        cookies = urllib.request.HTTPCookieProcessor(self.cookies)
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), cookies)
        self.page = Page(portal, 0, b"")

    def go(self, address: str) -> Page:
        """Open a page of the portal, or a link of the present page."""
        return self._ask(urljoin(self.page.url or self.portal, address))

    def look_again(self) -> Page:
        return self.go(self.page.url)

    def follow(self, label: Any) -> Page:
        return self.go(self.page.link(label))

    def press(self, label: Any, typed: Typed | None = None, *, holding: Mapping[str, str] | None = None) -> Page:
        """Fill the form that has this button, and press it; `holding` chooses among several."""
        form, button = self.page.form(label, holding=holding)
        return self.send(form.fill(typed or {}), button)

    def send(self, form: Form, button: Button) -> Page:
        address = urljoin(self.page.url, form.action)
        pairs = form.sent(button)
        if form.method != "post":
            return self._ask(f"{address}?{urlencode(pairs)}")
        if form.is_multipart:
            body, kind = multipart(pairs, form.files.items())
        else:
            body, kind = urlencode(pairs).encode(), "application/x-www-form-urlencoded"
        return self._ask(address, body, {"Content-Type": kind})

    def _ask(self, address: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Page:
        address = urldefrag(address).url
        if not address.startswith(f"{self.portal}/"):
            raise ValueError(f"{address} is no page of {self.portal}")
        known = {"User-Agent": AGENT, "Accept-Language": "fa", "Accept": "text/html,*/*"}
        request = urllib.request.Request(address, data=body, headers=known | (headers or {}))  # noqa: S310  see above
        try:
            answer = self.opener.open(request, timeout=PATIENCE_S)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            kind = answer.headers.get_content_type()
            self.page = read(answer.url, answer.status, answer.read(), kind)
        return self.page


def multipart(pairs: Iterable[tuple[str, str]], files: Iterable[tuple[str, File]]) -> tuple[bytes, str]:
    """The body of a form with files, and its content type."""
    boundary = f"----{secrets.token_hex(16)}"
    parts = [(f'name="{name}"', "", value.encode()) for name, value in pairs]
    parts += [
        (f'name="{name}"; filename="{file.name}"', f"\r\nContent-Type: {file.media_type}", file.content)
        for name, file in files
    ]
    body = b"".join(
        f"--{boundary}\r\nContent-Disposition: form-data; {name}{kind}\r\n\r\n".encode() + content + b"\r\n"
        for name, kind, content in parts
    )
    return body + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"
