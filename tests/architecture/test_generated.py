"""What is generated is what would be generated now, and what is locked is what is asked for."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.conftest import ROOT

GENERATOR = ROOT / "frontend/node_modules/.bin/openapi-typescript"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
RUN = [Requirement(line) for line in PROJECT["project"]["dependencies"]]
DEVELOP = [Requirement(line) for line in PROJECT["dependency-groups"]["dev"]]
BENCHMARKS = [Requirement(line) for line in PROJECT["dependency-groups"]["benchmarks"]]
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-benchmarks.lock")


def test_the_types_of_the_page_are_those_of_the_routes(tmp_path: Path) -> None:
    if not GENERATOR.exists():
        pytest.skip(
            "the web page's packages are not installed: make web, with Node 20.19 or newer"
        )  # they generate it
    description = tmp_path / "openapi.json"
    with description.open("wb") as output:
        subprocess.run([sys.executable, "-m", "app", "openapi"], cwd=ROOT, stdout=output, check=True)
    generated = tmp_path / "schema.d.ts"
    command = [str(GENERATOR), str(description), "--output", str(generated)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    kept = ROOT / "frontend/src/api/schema.d.ts"
    if kept.read_text() != generated.read_text():
        pytest.fail(f"{kept.relative_to(ROOT)} is stale: make openapi", pytrace=False)


@pytest.mark.parametrize(
    ("lock", "requirements"),
    list(zip(LOCKS, [RUN, [*RUN, *DEVELOP], [*RUN, *BENCHMARKS]], strict=True)),
    ids=["run", "develop", "benchmarks"],
)
def test_every_requirement_is_locked_within_its_range(lock: str, requirements: list[Requirement]) -> None:
    locked = _locked(ROOT / lock)
    for requirement in requirements:
        versions = locked.get(canonicalize_name(requirement.name), set())
        assert versions, f"{requirement.name} is not in {lock}: make lock"
        assert all(version in requirement.specifier for version in versions), f"{requirement}: make lock"


def test_development_runs_what_is_shipped() -> None:
    run, develop = _locked(ROOT / "requirements.lock"), _locked(ROOT / "requirements-dev.lock")
    assert {name: develop[name] for name in run} == run


def test_every_locked_file_has_a_hash_and_no_lock_names_a_host() -> None:
    for lock in LOCKS:
        text = (ROOT / lock).read_text()
        assert "://" not in text
        assert text.count("==") <= text.count("--hash=sha256:")


def _locked(path: Path) -> dict[str, set[Version]]:
    """Versions by name; a package may have one version a Python release."""
    versions: dict[str, set[Version]] = {}
    for line in path.read_text().splitlines():
        if line[:1].isalnum():
            name, _, rest = line.partition("==")
            versions.setdefault(canonicalize_name(name), set()).add(Version(rest.split()[0]))
    return versions
