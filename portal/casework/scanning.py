"""The virus scanner: the port that `settings.PAPER_SCAN` names, and its adapter for clamd (reliability.md 4.4).

A scan answers the name of what was found, or nothing. It fails closed: who cannot ask takes no paper.
"""

import socket
from typing import Any

from django.conf import settings
from django.core.checks import Error, Tags, register

from portal.core.ports import Port

SCANNER = Port(
    "PAPER_SCAN",
    needs="the callable that scans a paper",
    otherwise="papers would be taken in unchecked",
    ids=("portal.E020", "portal.E021", "portal.E022"),
)
CONNECT_S, ANSWER_S = 2, 15
CHUNK_BYTES = 64 * 1024
ANSWER_BYTES = 4096


class ScannerAwayError(Exception):
    """The scanner did not say whether the file is clean: a matter for the operator, never the file's fault."""


def scan(data: bytes) -> str:
    """The name of what is wrong with the bytes, "" when they are clean. Raises ScannerAwayError.

    A remote call: keep it out of transactions.
    """
    return SCANNER.load()(data)


@register(Tags.security)
def a_scanner_is_configured(**_options: Any) -> list[Error]:
    """Without a scanner the portal refuses to start, rather than pretend that papers were checked."""
    return SCANNER.errors()


# --- clamd -----------------------------------------------------------------------------------------------------------


def clamd(data: bytes) -> str:
    """Ask the daemon at `settings.CLAMD`, `host:port` or the path of a socket, with one INSTREAM session.

    The bytes go as <length><chunk>… and a length of nought; the answer ends with a zero byte: `stream: OK`,
    `stream: NAME FOUND`, or a sentence that ends in ERROR.
    """
    try:
        with _connected(settings.CLAMD) as connection:
            connection.sendall(b"zINSTREAM\0")
            for start in range(0, len(data), CHUNK_BYTES):
                chunk = data[start : start + CHUNK_BYTES]
                connection.sendall(len(chunk).to_bytes(4, "big") + chunk)
            connection.sendall(bytes(4))
            answer = _answer(connection)
    except (OSError, ValueError) as error:
        raise ScannerAwayError(f"{type(error).__name__}: {error}") from error
    verdict = answer.removeprefix("stream: ")
    if verdict == "OK":
        return ""
    if verdict.endswith(" FOUND"):
        return verdict.removesuffix(" FOUND")
    raise ScannerAwayError(f"it answers {answer[:200]!r}")


def _connected(address: str) -> socket.socket:
    """A connection with time-outs; raises OSError, or ValueError for an address that is none."""
    if address.startswith("/"):
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(CONNECT_S)
        try:
            connection.connect(address)
        except OSError:
            connection.close()
            raise
    else:
        host, _colon, port = address.rpartition(":")
        connection = socket.create_connection((host, int(port)), timeout=CONNECT_S)
    connection.settimeout(ANSWER_S)
    return connection


def _answer(connection: socket.socket) -> str:
    answer = b""
    while not answer.endswith(b"\0"):
        part = connection.recv(ANSWER_BYTES)
        if not part or len(answer) > ANSWER_BYTES:
            raise ConnectionResetError("it hung up before it answered")
        answer += part
    return answer[:-1].decode(errors="replace").strip()
