"""A progress bar on a terminal; on anything else one line when it is done."""

import time
from typing import Any

WIDTH = 30
SHORTEST_PAUSE_S = 0.1


class Bar:
    """`bar = Bar(stream, "City", 90_000)`; call it with the amount done so far, then `finish`."""

    def __init__(self, stream: Any, title: str, total: int):
        self.stream, self.title, self.total = stream, title, max(total, 1)
        self.is_terminal = stream.isatty()
        self.started = self.drawn = time.monotonic()

    def __call__(self, done: int) -> None:
        now = time.monotonic()
        if self.is_terminal and (now - self.drawn > SHORTEST_PAUSE_S or done >= self.total):
            self.drawn = now
            filled = WIDTH * done // self.total
            self._draw(f"{'█' * filled}{'░' * (WIDTH - filled)} {done:,} / {self.total:,}")

    def _draw(self, text: str) -> None:
        # Django's OutputWrapper ends each write with a line break unless told otherwise.
        self.stream.write(f"\r{self.title}: {text}", ending="")
        self.stream.flush()

    def finish(self) -> None:
        seconds = time.monotonic() - self.started
        line = f"{self.title}: {self.total:,} in {seconds:.1f} s"
        self.stream.write(f"\r{line}{' ' * WIDTH}" if self.is_terminal else line)
