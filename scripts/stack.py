"""The whole portal on one machine: private servers, data, worker, relay and web, for demo, development and tests.

    stack.py run                   everything; Ctrl-C stops it, the data stay in .run/
    stack.py exec -- COMMAND       the private servers only, around COMMAND; ends with its status
    stack.py serve-exec -- COMMAND everything, around COMMAND, which finds the portal at $PORTAL_URL

RUN_DIR holds data, keys and logs (default .run). PORT chooses the web port (default 8000). DATABASE_URL and
REDIS_URL, when set, are used as they are instead of a private server.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import hashlib
import os
import secrets
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from servers import socket_folder, start_postgres, start_valkey
from supervisor import StackError, Supervisor, exit_on_signals, ignore_signals, run_in_foreground, say

ROOT = Path(__file__).resolve().parent.parent
RUN_DIR = Path(os.environ.get("RUN_DIR") or ROOT / ".run").absolute()
BIN = Path(sys.executable).parent
SECRETS = ("SECRET_KEY", "DATA_KEYS", "BLIND_INDEX_KEY", "SEAL_KEY")
READY_LIMIT_S = 60


@dataclass(frozen=True)
class Phase:
    """One step between bare servers and a filled portal; skipped while nothing it reads has changed."""

    name: str
    command: tuple[str, ...]
    reads: tuple[str, ...]
    makes: Path | None = None
    fills_database: bool = False
    shows_progress: bool = False

    @property
    def slug(self) -> str:
        return self.name.replace(" ", "-")


PHASES = (
    Phase(
        "database tables",
        ("manage.py", "migrate", "-v0"),
        reads=("*/migrations/*.py", "portal/*/migrations/*.py", "requirements/base.txt"),
        fills_database=True,
    ),
    Phase(
        "translations",
        ("scripts/messages.py", "compile"),
        reads=("locale/**/*.po",),
        makes=ROOT / "locale/fa/LC_MESSAGES/django.mo",
    ),
    Phase(
        "static files",
        ("manage.py", "collectstatic", "-v0", "--noinput"),
        reads=("static/**/*", "portal/settings.py", "requirements/base.txt"),
        makes=RUN_DIR / "static",
    ),
    Phase(
        "keys of the local signing authority",
        ("manage.py", "make_pki"),
        reads=("portal/documents/management/**/*.py",),
        makes=RUN_DIR / "pki",
    ),
    Phase(
        "the demo city and its history",
        ("manage.py", "demo"),
        reads=("portal/demo/**/*.py",),
        fills_database=True,
        shows_progress=True,
    ),
)


def demo_environment(run_dir: Path) -> dict[str, str]:
    """The process environment over the demo's own values; the keys are made once and kept in the run folder."""
    defaults = {
        "DEMO": "1",
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "MEDIA_ROOT": str(run_dir / "media"),
        "STATIC_ROOT": str(run_dir / "static"),
        "PKI_DIR": str(run_dir / "pki"),
        **kept_secrets(run_dir / "secrets.env"),
    }
    return {**defaults, **os.environ}


def kept_secrets(path: Path) -> dict[str, str]:
    """Read the keys back, adding those that are missing; the file is for its owner only (0600)."""
    kept = dict(line.split("=", 1) for line in path.read_text().splitlines()) if path.exists() else {}
    missing = [name for name in SECRETS if name not in kept]
    if missing:
        kept |= {name: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode() for name in missing}
        draft = path.with_suffix(".new")
        draft.touch(mode=0o600)
        draft.write_text("".join(f"{name}={value}\n" for name, value in kept.items()))
        draft.replace(path)
    return kept


def digest_of(phase: Phase, env: dict[str, str]) -> str:
    """Changes when a file the phase reads does, or when it would fill another database."""
    digest = hashlib.sha256(repr(phase.command).encode())
    for path in sorted(path for pattern in phase.reads for path in ROOT.glob(pattern)):
        stat = path.stat()
        digest.update(f"{path} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    if phase.fills_database and has_private_database():
        born = (RUN_DIR / "pg" / "PG_VERSION").stat().st_mtime_ns
        digest.update(f"{env['DATABASE_URL']} {born}".encode())
    return digest.hexdigest()


def has_private_database() -> bool:
    return not os.environ.get("DATABASE_URL")


def prepare(env: dict[str, str]) -> None:
    """Run each phase whose stamp is out of date; those that need no database run beside the others."""
    numbered = [(f"[{number}/{len(PHASES)}]", phase) for number, phase in enumerate(PHASES, start=1)]
    beside = [pair for pair in numbered if not pair[1].fills_database]
    with ThreadPoolExecutor(max_workers=1) as pool:
        others = pool.submit(bring_up_to_date, beside, env)
        bring_up_to_date([pair for pair in numbered if pair not in beside], env)
        others.result()


def bring_up_to_date(numbered: Iterable[tuple[str, Phase]], env: dict[str, str]) -> None:
    stamps = RUN_DIR / "stamps"
    stamps.mkdir(exist_ok=True)
    for place, phase in numbered:
        stamp, digest = stamps / phase.slug, digest_of(phase, env)
        if not is_done(phase, stamp, digest):
            carry_out(phase, place, env)
            stamp.write_text(digest)


def is_done(phase: Phase, stamp: Path, digest: str) -> bool:
    """A foreign database may have changed behind our back, so it is always asked."""
    if phase.fills_database and not has_private_database():
        return False
    if phase.makes and not phase.makes.exists():
        return False
    return stamp.exists() and stamp.read_text() == digest


def carry_out(phase: Phase, place: str, env: dict[str, str]) -> None:
    """Run the phase; a quiet one says more than its seconds only when it fails."""
    begun, log = time.monotonic(), RUN_DIR / f"{phase.slug}.log"
    say(f"{place} {phase.name} ...")
    with log.open("w") as output:
        streams = {} if phase.shows_progress else {"stdout": output, "stderr": output}
        status = run_in_foreground([sys.executable, *phase.command], env=env, cwd=ROOT, **streams)
    if status:
        print(log.read_text(), file=sys.stderr)
        raise StackError(f"{' '.join(phase.command)} ended with {status}")
    say(f"{place} {phase.name}: {time.monotonic() - begun:.1f} s")


def start_servers(supervisor: Supervisor, env: dict[str, str]) -> None:
    sockets = socket_folder(RUN_DIR)
    if not env.get("DATABASE_URL"):
        env["DATABASE_URL"] = start_postgres(supervisor, sockets)
    if not env.get("REDIS_URL"):
        env["REDIS_URL"] = start_valkey(supervisor, sockets)


def start_portal(supervisor: Supervisor, env: dict[str, str], port: int) -> None:
    """Relay, worker with the timer inside, and web; each is restarted when it ends."""

    def start(name: str, *command: str | Path, grace_s: float = 10) -> None:
        supervisor.start(name, command, env=env, cwd=ROOT, grace_s=grace_s, restarts=True)

    start("relay", sys.executable, "manage.py", "relay")
    timer = ("--beat", "--schedule", RUN_DIR / "beat")
    start("worker", BIN / "celery", "-A", "portal", "worker", "-c", "2", "-l", "INFO", *timer, grace_s=60)
    gunicorn = (BIN / "gunicorn", "--worker-class", "gthread", "--threads", "4", "--workers", "2")
    start("web", *gunicorn, "--no-control-socket", "--bind", f"127.0.0.1:{port}", "portal.wsgi:application")


def wait_for_page(supervisor: Supervisor, url: str) -> None:
    log, deadline = supervisor.log_of("web"), time.monotonic() + READY_LIMIT_S
    while time.monotonic() < deadline:
        supervisor.look_after()
        try:
            with urllib.request.urlopen(url, timeout=10):
                return
        except urllib.error.HTTPError as answer:
            raise StackError(f"{url} answers {answer.code}, see {log}") from None
        except OSError:  # not listening yet
            time.sleep(0.1)
    raise StackError(f"no page at {url}, see {log}")


def choose_port() -> int:
    """``$PORT`` or 8000; if it is taken, one that is free."""
    wanted = int(os.environ.get("PORT") or 8000)
    for number in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", number))
            except OSError:
                continue
            found = probe.getsockname()[1]
            if found != wanted:
                say(f"port {wanted} is taken, using {found}")
            return found
    raise StackError("no free port")


def serve(supervisor: Supervisor, env: dict[str, str]) -> str:
    """Bring the whole portal up and return its address."""
    begun = time.monotonic()
    port = choose_port()
    url = f"http://127.0.0.1:{port}"
    env.setdefault("PUBLIC_URL", url)
    env["PORTAL_URL"] = url
    start_servers(supervisor, env)
    say(f"private servers ... {time.monotonic() - begun:.1f} s")
    prepare(env)
    start_portal(supervisor, env, port)
    wait_for_page(supervisor, f"{url}/")
    (RUN_DIR / "url").write_text(f"{url}/\n")
    say(f"ready at {url}/ after {time.monotonic() - begun:.1f} s")
    return url


def run(supervisor: Supervisor, env: dict[str, str]) -> int:
    serve(supervisor, env)
    say(f"Ctrl-C stops everything; data and logs stay in {RUN_DIR}")
    supervisor.watch()
    return 0


def execute(supervisor: Supervisor, env: dict[str, str], command: list[str]) -> int:
    start_servers(supervisor, env)
    return run_in_foreground(command, env=env, cwd=ROOT)


def serve_and_execute(supervisor: Supervisor, env: dict[str, str], command: list[str]) -> int:
    serve(supervisor, env)
    return run_in_foreground(command, env=env, cwd=ROOT, tick=supervisor.look_after)


@contextlib.contextmanager
def sole_owner(wait: bool) -> Iterator[bool]:
    """Hold the run folder's lock; yields whether we got it."""
    with (RUN_DIR / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if not wait:
                yield False
                return
            say(f"waiting for another command that uses {RUN_DIR}")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield True


def parse(arguments: list[str]) -> tuple[str, list[str]]:
    match arguments:
        case ["run"]:
            return "run", []
        case [("exec" | "serve-exec") as mode, "--", *command] if command:
            return mode, command
    raise StackError("usage: stack.py run | exec -- COMMAND | serve-exec -- COMMAND")


def dispatch(mode: str, supervisor: Supervisor, command: list[str]) -> int:
    env = demo_environment(RUN_DIR)
    match mode:
        case "run":
            return run(supervisor, env)
        case "exec":
            return execute(supervisor, env, command)
        case _:
            return serve_and_execute(supervisor, env, command)


def main(arguments: Iterable[str]) -> int:
    mode, command = parse(list(arguments))
    RUN_DIR.mkdir(parents=True, exist_ok=True)
    with sole_owner(wait=mode != "run") as got_it:
        if not got_it:
            page = RUN_DIR / "url"
            say(f"already running: {page.read_text().strip() if page.exists() else 'starting'}")
            return 0
        supervisor = Supervisor(RUN_DIR)
        exit_on_signals(0 if mode == "run" else 130)
        try:
            return dispatch(mode, supervisor, command)
        finally:
            ignore_signals()
            supervisor.stop_all()
            (RUN_DIR / "url").unlink(missing_ok=True)
            if mode == "run":
                say("stopped")


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except StackError as error:
        print(f"stack: {error}", file=sys.stderr, flush=True)
        sys.exit(1)
