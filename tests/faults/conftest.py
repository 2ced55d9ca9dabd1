"""A portal of its own for each story, on servers that the story may kill."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg2
import pytest

ROOT = Path(__file__).resolve().parents[2]
GIVEN_BY_STACK = (
    "DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DATA_KEYS", "BLIND_INDEX_KEY", "SEAL_KEY",
    "MEDIA_ROOT", "PKI_DIR", "STATIC_ROOT", "PUBLIC_URL", "DEMO", "ALLOWED_HOSTS",
)  # fmt: skip
PATIENCE_S = 120  # for a machine that does much else; nothing waits longer than it must


class Town:
    """Private servers and processes of the portal, started, killed and asked by name."""

    def __init__(self, run_dir: Path, environment: dict[str, str]) -> None:
        import servers
        from supervisor import Supervisor

        self.servers, self.supervisor = servers, Supervisor(run_dir)
        self.run_dir, self.sockets = run_dir, servers.socket_folder(run_dir)
        self.environment = environment | {
            "DATABASE_URL": f"postgres://portal@/portal?host={self.sockets}",
            "REDIS_URL": f"unix://{self.sockets}/valkey.sock",
            "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
        }

    def start_postgres(self) -> None:
        """Also after a kill: it is tried for ten seconds, while the old memory is still held."""
        self.servers.start_postgres(self.supervisor, self.sockets)

    def start_valkey(self) -> None:
        self.servers.start_valkey(self.supervisor, self.sockets)

    def start(self, name: str, program: str, *arguments: str) -> None:
        command = [Path(sys.executable).parent / program, *arguments]
        self.supervisor.start(name, command, env=self.environment, cwd=ROOT)

    def kill(self, name: str) -> None:
        """SIGKILL to the process and all of its group, as the kernel does when memory runs out."""
        child = next(child for child in self.supervisor.children if child.name == name)
        os.killpg(child.process.pid, signal.SIGKILL)
        child.process.wait()
        self.supervisor.children.remove(child)

    def log_of(self, name: str) -> str:
        """All that processes of this name said; empty before the first."""
        log = self.supervisor.log_of(name)
        return log.read_text(errors="replace") if log.exists() else ""

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *command], cwd=ROOT, env=self.environment, capture_output=True, text=True,
            timeout=PATIENCE_S, check=False,
        )  # fmt: skip

    def tell(self, act: str, *arguments: str) -> Any:
        """One act of `story.py`, to its end."""
        done = self.run("-m", "tests.faults.story", act, *arguments)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    def fsck(self) -> subprocess.CompletedProcess[str]:
        return self.run("manage.py", "fsck")

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        """A cursor beside the portal; rolled back at the end, unless the server was killed meanwhile."""
        connection = psycopg2.connect(host=str(self.sockets), user="portal", dbname="portal")
        try:
            yield connection.cursor()
        finally:
            with suppress(psycopg2.Error):
                connection.rollback()
            connection.close()

    def query(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with self.transaction() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall()

    def change(self, statement: str, *values: Any) -> int:
        """Commit one statement; returns how many rows it touched."""
        with self.transaction() as cursor:
            cursor.execute(statement, values)
            cursor.connection.commit()
            return cursor.rowcount

    def someone_waits_for(self, table: str) -> bool:
        """Whether a process of the portal is in the middle of a transaction, at a lock on this table or its rows."""
        waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE %s"
        return bool(self.query(waiting, f"%{table}%"))


@pytest.fixture(scope="module")
def town(request: pytest.FixtureRequest) -> Iterator[Town]:
    """Below the project, so that the database's own account reaches it where it reaches the project."""
    run_dir = ROOT / f".run-{request.module.__name__.rpartition('.')[2]}-{os.getpid()}"
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / "scripts")
        for name in GIVEN_BY_STACK:
            patch.delenv(name, raising=False)
        from stack import demo_environment

        run_dir.mkdir()
        town = Town(run_dir, demo_environment(run_dir))
    try:
        yield town
    finally:
        town.supervisor.stop_all()
        shutil.rmtree(run_dir)
        shutil.rmtree(town.sockets, ignore_errors=True)  # elsewhere when the path is long


@pytest.fixture
def eventually() -> Callable[[Callable[[], Any]], Any]:
    """`eventually(f)`: the first true answer of `f`, asked again and again; fails when none comes."""

    def wait(ask: Callable[[], Any]) -> Any:
        deadline = time.monotonic() + PATIENCE_S
        while not (answer := ask()):
            assert time.monotonic() < deadline, "it did not come"
            time.sleep(0.03)
        return answer

    return wait
