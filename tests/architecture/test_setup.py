"""The promises of `make run` and of the requirement files, kept by the scripts themselves."""

import fcntl
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STACK = [sys.executable, str(ROOT / "scripts" / "stack.py")]
PIN = re.compile(r"^([A-Za-z0-9_.-]+)(?:\[.*\])?==(\S+)", re.MULTILINE)
GIVEN_BY_STACK = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DATA_KEYS", "MEDIA_ROOT", "PKI_DIR", "STATIC_ROOT")


@pytest.fixture
def run_dir():
    """Below the project, so that the database's own account reaches it where it reaches the project."""
    folder = ROOT / f".run-pytest-{os.getpid()}"
    folder.mkdir()
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def environment(run_dir):
    kept = {name: value for name, value in os.environ.items() if name not in GIVEN_BY_STACK}
    return {**kept, "RUN_DIR": str(run_dir)}


@pytest.fixture
def scripts(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "scripts")


def stack(*arguments, environment):
    return subprocess.run([*STACK, *arguments], env=environment, capture_output=True, text=True, timeout=120)


def pins(name):
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    return {(package.lower(), version) for package, version in PIN.findall(text)}


def process_exists(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait_until(condition, limit_s=30):
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


# --- Requirements --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["uv", "base", "dev"])
def test_every_pin_carries_hashes(name):
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    blocks = re.split(r"\n(?=\S)", text.strip())
    assert len(blocks) == len(PIN.findall(text)) > 0
    assert all("--hash=sha256:" in block for block in blocks)


def test_the_tests_run_on_the_very_versions_that_the_portal_runs_on():
    assert pins("base") <= pins("dev")


@pytest.mark.parametrize("name", ["uv", "base", "dev"])
def test_what_is_asked_for_is_pinned(name):
    asked = re.findall(r"^([A-Za-z][A-Za-z0-9_-]*)", (ROOT / "requirements" / f"{name}.in").read_text(), re.MULTILINE)
    pinned = {package.replace("_", "-") for package, _version in pins(name)}
    assert {package.lower().replace("_", "-") for package in asked} <= pinned


def test_psycopg_3_is_not_installed_because_django_would_take_it_silently():
    assert not {package for package, _version in pins("dev")} & {"psycopg", "psycopg-binary"}


def test_a_registry_host_would_be_found(scripts):
    import check_hosts

    for host in check_hosts.HOSTS:
        spelt_out = host.replace("[", "").replace("]", "").replace("(?:org|com)", "org").replace("\\", "")
        assert check_hosts.PATTERN.search(f"https://{spelt_out}/simple".encode()), host
    assert not check_hosts.PATTERN.search(b"https://portal.example.ir/")


def test_make_help_names_the_commands_of_the_readme():
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    named = set(re.findall(r"make ([a-z-]+)", shown))
    assert named >= {"run", "test", "check", "bench", "walkthrough", "vendor", "clean-data", "help"}


# --- Private servers -----------------------------------------------------------------------------------------------


SORT_AND_KEEP = """
import os, sys
import psycopg2, redis
from urllib.parse import urlsplit, parse_qs

host = parse_qs(urlsplit(os.environ["DATABASE_URL"]).query)["host"][0]
cursor = psycopg2.connect(host=host, user="portal", dbname="portal").cursor()
words = ["گل", "هما", "وفا", "پدر", "یزد"]
cursor.execute("SELECT string_agg(word, ' ' ORDER BY word) FROM unnest(%s) AS word", [words])
print(cursor.fetchone()[0])
cache = redis.Redis.from_url(os.environ["REDIS_URL"])
cache.set("key", "kept")
print(cache.get("key").decode(), cache.config_get("appendonly")["appendonly"])
sys.exit(7)
"""


def test_exec_gives_private_servers_and_passes_the_status_on(environment):
    done = stack("exec", "--", sys.executable, "-c", SORT_AND_KEEP, environment=environment)
    assert done.stdout.splitlines() == ["پدر گل وفا هما یزد", "kept yes"], done.stderr
    assert done.returncode == 7


def test_keys_are_made_once_and_are_for_their_owner_only(environment, run_dir):
    show = ("exec", "--", "sh", "-c", "echo $SECRET_KEY $DATA_KEYS")
    first, second = (stack(*show, environment=environment).stdout for _ in range(2))
    assert first == second
    assert len(first.split()[0]) == 44
    assert (run_dir / "secrets.env").stat().st_mode & 0o777 == 0o600


def test_servers_of_others_are_used_when_named(environment, run_dir):
    environment = {**environment, "DATABASE_URL": "postgres://elsewhere/x", "REDIS_URL": "redis://elsewhere"}
    shown = stack("exec", "--", "sh", "-c", "echo $DATABASE_URL $REDIS_URL", environment=environment).stdout
    assert shown == "postgres://elsewhere/x redis://elsewhere\n"
    assert not (run_dir / "pg").exists()


def test_nothing_outlives_a_supervisor_that_is_killed(environment, run_dir):
    with subprocess.Popen([*STACK, "exec", "--", "sleep", "600"], env=environment) as supervisor:
        postmaster = run_dir / "pg" / "postmaster.pid"
        log = run_dir / "valkey.log"
        assert wait_until(lambda: log.exists() and "Ready to accept" in log.read_text())
        pid = int(postmaster.read_text().splitlines()[0])
        assert process_exists(pid)
        supervisor.kill()
    assert wait_until(lambda: not process_exists(pid))
    assert stack("exec", "--", "true", environment=environment).returncode == 0  # and the data are sound


def test_a_second_run_beside_the_first_says_where_the_first_is(environment, run_dir):
    (run_dir / "url").write_text("http://127.0.0.1:8000/\n")
    with (run_dir / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = stack("run", environment=environment)
    assert done.stdout == "stack: already running: http://127.0.0.1:8000/\n"
    assert done.returncode == 0


def test_a_wrong_command_says_how_to_use_it(environment):
    done = stack("runn", environment=environment)
    assert done.returncode == 1
    assert "usage:" in done.stderr


def test_a_taken_port_is_left_alone(scripts, monkeypatch, capsys):
    import stack as module

    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        taken = busy.getsockname()[1]
        monkeypatch.setenv("PORT", str(taken))
        assert module.choose_port() != taken
    assert f"port {taken} is taken" in capsys.readouterr().out


def test_what_has_not_changed_is_not_done_again(scripts, monkeypatch, tmp_path):
    import stack as module

    source, done = tmp_path / "source", tmp_path / "done"
    source.write_text("one")
    (tmp_path / "manage.py").write_text(f"open({str(done)!r}, 'a').write('x')")
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "RUN_DIR", tmp_path)
    monkeypatch.setattr(module, "PHASES", (module.Phase("a phase", ("manage.py",), reads=("source",), makes=done),))
    for _ in range(2):
        module.prepare(dict(os.environ))
    assert done.read_text() == "x"
    source.write_text("other")
    module.prepare(dict(os.environ))
    assert done.read_text() == "xx"
    done.unlink()
    module.prepare(dict(os.environ))
    assert done.read_text() == "x"


def test_a_phase_that_fails_shows_why(scripts, monkeypatch, tmp_path, capfd):
    import stack as module

    (tmp_path / "manage.py").write_text("raise SystemExit('the disk is full')")
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "RUN_DIR", tmp_path)
    monkeypatch.setattr(module, "PHASES", (module.Phase("a phase", ("manage.py",), reads=()),))
    with pytest.raises(module.StackError, match="manage.py ended with 1"):
        module.prepare(dict(os.environ))
    assert "the disk is full" in capfd.readouterr().err


# --- Supervision ---------------------------------------------------------------------------------------------------


def test_a_process_that_keeps_failing_is_restarted_ever_more_slowly(scripts, tmp_path, capsys):
    import supervisor as module

    supervisor = module.Supervisor(tmp_path)
    supervisor.start("web", ["false"], env=os.environ, restarts=True)
    child = supervisor.children[0]
    for _ in range(3):
        child.process.wait()
        child.look_after()
        child.restart_at = 0  # the pause is over
        child.look_after()
    supervisor.stop_all()
    pauses = re.findall(r"again in (\d+) s", capsys.readouterr().out)
    assert pauses == ["1", "2", "4"]


def test_the_end_of_a_server_ends_everything(scripts, tmp_path):
    import supervisor as module

    supervisor = module.Supervisor(tmp_path)
    supervisor.start("postgres", ["false"], env=os.environ).wait()
    with pytest.raises(module.StackError, match="postgres ended"):
        supervisor.look_after()
    supervisor.stop_all()


WAIT_FOR_SIGNAL = """
import signal, sys, time
from pathlib import Path

name, number, order = sys.argv[1:]

def stop(*_):
    with Path(order).open("a") as file:
        file.write(f"{name} ")
    sys.exit()

signal.signal(int(number), stop)
print("up", flush=True)
time.sleep(600)
"""


def test_children_stop_in_reverse_order_each_by_its_own_signal(scripts, tmp_path):
    import supervisor as module

    order = tmp_path / "order"
    supervisor = module.Supervisor(tmp_path)
    for name, sign in (("first", signal.SIGINT), ("second", signal.SIGTERM)):
        command = [sys.executable, "-c", WAIT_FOR_SIGNAL, name, str(int(sign)), str(order)]
        supervisor.start(name, command, env=os.environ, stop_signal=sign)
        assert wait_until(lambda name=name: supervisor.log_of(name).read_text() == "up\n")
    supervisor.stop_all()
    assert order.read_text() == "second first "
