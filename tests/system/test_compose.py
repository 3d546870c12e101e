"""docker-compose.yml and Dockerfile, as far as they can be judged without an engine."""

import re
import shlex
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.settings import Settings
from tests.commands import problem_with_arena
from tests.conftest import ROOT

SERVICE_KEYS = {
    "build", "command", "depends_on", "environment", "healthcheck", "image", "ports", "restart", "stop_grace_period",
    "volumes",
}  # fmt: skip
HEALTHCHECK_KEYS = {"test", "interval", "timeout", "retries", "start_period"}
RESTARTS = {"no", "always", "on-failure", "unless-stopped"}
PLACEHOLDER = re.compile(r"\$\{([^}]*)\}")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return loaded


@pytest.fixture(scope="module")
def services(compose: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = compose["services"]
    return found


def test_it_has_these_services(services: dict[str, dict[str, Any]]) -> None:
    assert set(services) == {"db", "migrate", "web", "worker"}
    assert services["db"]["image"] == "postgres:17"


def test_every_key_is_one_of_the_specification(compose: dict[str, Any]) -> None:
    assert {key for key in compose if not key.startswith("x-")} == {"name", "services", "volumes"}
    for service in compose["services"].values():
        assert set(service) <= SERVICE_KEYS
        assert set(service.get("healthcheck", {})) <= HEALTHCHECK_KEYS
        assert service["restart"] in RESTARTS


def test_each_waits_for_what_can_happen(services: dict[str, dict[str, Any]]) -> None:
    for service in services.values():
        for name, condition in service.get("depends_on", {}).items():
            if condition == {"condition": "service_healthy"}:
                assert "healthcheck" in services[name]
            else:
                assert condition == {"condition": "service_completed_successfully"}
                assert services[name]["restart"] == "no"


def test_volumes_are_declared(compose: dict[str, Any]) -> None:
    mounted = [volume for service in compose["services"].values() for volume in service.get("volumes", [])]
    assert {volume.split(":")[0] for volume in mounted} == set(compose["volumes"])


def test_secrets_come_from_outside_and_are_required() -> None:
    placeholders = PLACEHOLDER.findall((ROOT / "docker-compose.yml").read_text())
    assert {placeholder.partition(":?")[0] for placeholder in placeholders} == {
        "ARENA_SECRET_KEY",
        "POSTGRES_PASSWORD",
    }
    assert all(":?" in placeholder for placeholder in placeholders)


def test_every_setting_exists(services: dict[str, dict[str, Any]]) -> None:
    settings = {f"ARENA_{name.upper()}" for name in Settings.model_fields}
    for name in ("migrate", "web", "worker"):
        assert set(services[name]["environment"]) <= settings


def test_every_address_names_the_database_service(services: dict[str, dict[str, Any]]) -> None:
    for name in ("migrate", "web", "worker"):
        address = PLACEHOLDER.sub("secret", services[name]["environment"]["ARENA_DATABASE_URL"])
        assert address == "postgresql+psycopg://arena:secret@db:5432/arena"
    made = services["db"]["environment"]
    assert (made["POSTGRES_USER"], made["POSTGRES_DB"]) == ("arena", "arena")


def test_every_command_exists(services: dict[str, dict[str, Any]]) -> None:
    for name in ("migrate", "web", "worker"):
        assert problem_with_arena(services[name]["command"]) is None


def test_a_command_that_does_not_exist_is_found() -> None:
    assert problem_with_arena(["migrat"]) == "no command migrat in: arena migrat"
    assert problem_with_arena(["serve", "--hosts", "::"]) == "no option --hosts in: arena serve --hosts ::"


def test_the_image_runs_arena_and_not_as_root() -> None:
    last = _instructions()[-1]
    assert ("ENTRYPOINT", '["arena"]') in last
    assert [user for name, user in last if name == "USER"] == ["arena"]
    (command,) = (words for name, words in last if name == "CMD")
    assert problem_with_arena(yaml.safe_load(command)) is None


def test_the_image_copies_what_exists() -> None:
    stages: set[str] = set()
    for stage in _instructions():
        for name, rest in stage:
            words = shlex.split(rest)
            if name == "FROM" and len(words) == 3:
                stages.add(words[2])
            elif name == "COPY" and words[0].startswith("--from="):
                assert words[0].removeprefix("--from=") in stages
            elif name == "COPY":
                for source in words[:-1]:
                    assert (ROOT / source).exists(), source
                    assert _reaches_the_builder(source), f"{source} is in .dockerignore"


def _instructions() -> list[list[tuple[str, str]]]:
    """The Dockerfile by stage, an instruction's name and the rest of its line."""
    stages: list[list[tuple[str, str]]] = []
    for line in (ROOT / "Dockerfile").read_text().splitlines():
        name, _, rest = line.partition(" ")
        if name == "FROM":
            stages.append([])
        if name.isupper():
            stages[-1].append((name, rest))
    return stages


def _reaches_the_builder(source: str) -> bool:
    """Whether .dockerignore lets a file through: the last line that fits it or its folder decides."""
    sent = True
    paths = [source, *(str(parent) for parent in Path(source).parents)]
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        pattern = line.removeprefix("!")
        if line and not line.startswith("#") and any(fnmatch(path, pattern) for path in paths):
            sent = line.startswith("!")
    return sent
