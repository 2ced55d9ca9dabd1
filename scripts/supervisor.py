"""Child processes that end when we end. Standard library only.

Each child has its own session, so Ctrl-C in a terminal reaches the supervisor alone, which then stops its children
in reverse order, each with the signal it understands. A child also dies with the supervisor's own sudden death.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

LIBC = ctypes.CDLL(None, use_errno=True)
PR_SET_PDEATHSIG = 1
CLONE_NEWUSER = 0x10000000
STEADY_AFTER_S = 60
LONGEST_PAUSE_S = 30


class StackError(Exception):
    """Something a person can put right; the message says how."""


def say(message: str, *, end: str = "\n") -> None:
    print(f"stack: {message}", end=end, flush=True)


@dataclass(frozen=True)
class Identity:
    """Who a child runs as; ``PostgreSQL`` refuses uid 0.

    ``in_namespace`` leaves the files with root and only calls the child ``account`` inside a user namespace of its
    own: the way out when the project lies below a folder that other users may not enter.
    """

    account: pwd.struct_passwd | None = None
    in_namespace: bool = False

    @property
    def popen_options(self) -> dict:
        if self.account is None or self.in_namespace:
            return {}
        return {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []}

    def enter(self) -> None:
        """Called in the child, between fork and exec."""
        if self.account is None or not self.in_namespace:
            return
        if LIBC.unshare(CLONE_NEWUSER):
            os._exit(97)
        maps = {
            "setgroups": "deny",
            "uid_map": f"{self.account.pw_uid} 0 1",
            "gid_map": f"{self.account.pw_gid} 0 1",
        }
        for name, text in maps.items():
            Path("/proc/self", name).write_text(text)


def bind_to_parent(stop_signal: signal.Signals, parent: int) -> None:
    """Have the kernel send ``stop_signal`` when the parent dies, even by SIGKILL. Called in the child.

    A change of uid clears the wish, so this comes after it; the parent may be gone by then.
    """
    LIBC.prctl(PR_SET_PDEATHSIG, int(stop_signal), 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


@dataclass
class Child:
    name: str
    launch: Callable[[], subprocess.Popen]
    process: subprocess.Popen
    stop_signal: signal.Signals
    grace_s: float
    restarts: bool
    started_at: float = field(default_factory=time.monotonic)
    failures: int = 0
    restart_at: float | None = None

    def sweep_group(self) -> None:
        """Kill what an ended child left in its process group."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(self.stop_signal)
        try:
            self.process.wait(self.grace_s)
        except subprocess.TimeoutExpired:
            say(f"{self.name} did not stop within {self.grace_s:.0f} s and was killed")
        self.sweep_group()
        self.process.wait()

    def look_after(self) -> None:
        """Restart an ended child, with a pause that doubles at each failure in a row."""
        now = time.monotonic()
        if self.restart_at is not None:
            if now >= self.restart_at:
                self.process, self.started_at, self.restart_at = self.launch(), now, None
            return
        status = self.process.poll()
        if status is None:
            return
        if not self.restarts:
            raise StackError(f"{self.name} ended with {status}; everything stops")
        self.sweep_group()
        self.failures = 1 if now - self.started_at > STEADY_AFTER_S else self.failures + 1
        pause_s = min(2 ** (self.failures - 1), LONGEST_PAUSE_S)
        self.restart_at = now + pause_s
        say(f"{self.name} ended with {status}; again in {pause_s} s")


class Supervisor:
    """The children in the order they were started."""

    def __init__(self, run_dir: Path) -> None:
        self.run_dir = run_dir
        self.children: list[Child] = []

    def log_of(self, name: str) -> Path:
        return self.run_dir / f"{name}.log"

    def start(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        env: Mapping[str, str],
        cwd: str | Path = "/",
        stop_signal: signal.Signals = signal.SIGTERM,
        grace_s: float = 10,
        restarts: bool = False,
        identity: Identity | None = None,
    ) -> subprocess.Popen:
        """Start ``command``, its output appended to ``<run_dir>/<name>.log``."""
        identity, parent = identity or Identity(), os.getpid()

        def before_exec() -> None:
            identity.enter()
            bind_to_parent(stop_signal, parent)

        def launch() -> subprocess.Popen:
            with self.log_of(name).open("ab") as log:
                return subprocess.Popen(
                    [str(part) for part in command],
                    env=dict(env),
                    cwd=cwd,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    preexec_fn=before_exec,
                    **identity.popen_options,
                )

        child = Child(name, launch, launch(), stop_signal, grace_s, restarts)
        self.children.append(child)
        return child.process

    def drop_last(self) -> None:
        """Forget, and if need be kill, a child that did not come up."""
        child = self.children.pop()
        child.sweep_group()
        child.process.wait()

    def watch(self) -> None:
        """Look after the children for ever; ``StackError`` when one ends that must not."""
        while True:
            self.look_after()
            time.sleep(0.3)

    def look_after(self) -> None:
        for child in self.children:
            child.look_after()

    def stop_all(self) -> None:
        while self.children:
            self.children.pop().stop()


def run_in_foreground(command: Sequence[str | Path], *, env: Mapping[str, str], cwd: Path, tick=None, **options) -> int:
    """Run ``command`` to its end and return its status; if we are told to stop, it is told first.

    ``tick`` is called a few times a second meanwhile.
    """
    parent = os.getpid()
    process = subprocess.Popen(
        [str(part) for part in command],
        env=dict(env),
        cwd=cwd,
        preexec_fn=lambda: bind_to_parent(signal.SIGTERM, parent),
        **options,
    )
    try:
        while tick is not None and process.poll() is None:
            tick()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.3)
        return process.wait()
    finally:
        if process.poll() is None:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()
            process.wait()


def exit_on_signals(status: int) -> None:
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, lambda *_: sys.exit(status))


def ignore_signals() -> None:
    """A second Ctrl-C while we stop must not leave half of the children behind."""
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
