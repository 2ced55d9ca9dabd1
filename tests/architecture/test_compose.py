"""What the compose schema cannot see: that the files of a deployment agree with each other and with the code."""

import re
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.core.management import get_commands

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
EXAMPLE = dict(re.findall(r"^([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE))
SETTINGS = (ROOT / "portal" / "settings.py").read_text()
OURS = [name for name, service in SERVICES.items() if "build" in service]


def seconds(duration: str) -> int:
    amount, unit = re.fullmatch(r"(\d+)(s|m)", duration).groups()
    return int(amount) * {"s": 1, "m": 60}[unit]


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_waits_for_services_that_can_answer(name):
    for other, wish in SERVICES[name].get("depends_on", {}).items():
        match wish["condition"]:
            case "service_healthy":
                assert "healthcheck" in SERVICES[other]
            case "service_completed_successfully":
                assert SERVICES[other]["restart"] == "no"


@pytest.mark.parametrize("name", SERVICES)
def test_named_volumes_are_declared_and_mounted_files_exist(name):
    for volume in SERVICES[name].get("volumes", []):
        source = volume.rsplit(":/", 1)[0]
        if source.startswith("./"):
            assert (ROOT / source).exists()
        elif not source.startswith("${"):
            assert source in COMPOSE["volumes"]


def test_every_variable_of_the_compose_file_is_in_the_example():
    used = set(re.findall(r"\$\{(\w+)", (ROOT / "docker-compose.yml").read_text()))
    assert used
    assert used <= set(EXAMPLE)


def test_every_variable_the_settings_require_is_in_the_example():
    required = set(re.findall(r'env\.\w+\("(\w+)"\)', SETTINGS))
    assert "SECRET_KEY" in required
    assert required <= set(EXAMPLE)


def test_every_variable_of_the_example_is_read_somewhere():
    compose = (ROOT / "docker-compose.yml").read_text()
    unread = {name for name in EXAMPLE if f'"{name}"' not in SETTINGS and f"${{{name}" not in compose}
    assert not unread


def test_the_example_carries_no_secret():
    keys = {name for name in EXAMPLE if "KEY" in name or "PASSWORD" in name}
    assert len(keys) >= 5
    assert not any(EXAMPLE[name] for name in keys)


def test_the_private_and_the_deployed_database_are_alike(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "scripts")
    import servers

    assert SERVICES["postgres"]["image"].split(":")[1].split(".")[0] == str(servers.POSTGRES_MAJOR)
    private = Path(sys.modules["servers"].__file__).read_text()
    for option in SERVICES["postgres"]["environment"]["POSTGRES_INITDB_ARGS"].split():
        assert f'"{option}"' in private


def test_the_worker_may_finish_its_task_before_it_is_killed():
    assert seconds(SERVICES["worker"]["stop_grace_period"]) > settings.CELERY_TASK_TIME_LIMIT


def test_the_timer_runs_once():
    assert "--beat" not in SERVICES["worker"]["command"]
    assert [name for name in SERVICES if "beat" in SERVICES[name].get("command", [])] == ["beat"]


@pytest.mark.parametrize("name", OURS)
def test_our_commands_exist(name):
    command = SERVICES[name].get("command", [])
    if "manage.py" in command:
        assert command[command.index("manage.py") + 1] in get_commands()
    if "-A" in command:
        assert (ROOT / command[command.index("-A") + 1] / "celery.py").exists()


@pytest.mark.parametrize("name", OURS)
def test_our_containers_run_without_privileges(name):
    service = SERVICES[name]
    assert service["read_only"] and service["cap_drop"] == ["ALL"]
    assert "USER portal" in (ROOT / "Dockerfile").read_text()


def test_only_nginx_is_reachable_from_outside():
    assert [name for name, service in SERVICES.items() if service.get("ports")] == ["nginx"]


def test_nginx_passes_on_to_the_port_that_web_opens():
    host, port = re.search(r"server (\w+):(\d+);", (ROOT / "deploy" / "nginx.conf").read_text()).groups()
    assert host in SERVICES
    assert f"0.0.0.0:{port}" in (ROOT / "Dockerfile").read_text()


def test_the_proxy_the_settings_believe_is_nginx():
    address = SERVICES["nginx"]["networks"]["default"]["ipv4_address"]
    assert EXAMPLE["TRUSTED_PROXIES"] == address


def test_the_image_takes_every_package_of_the_project():
    let_in = (ROOT / ".dockerignore").read_text().splitlines()
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]["packages"]
    assert {f"!{package}" for package in packages} <= set(let_in)
