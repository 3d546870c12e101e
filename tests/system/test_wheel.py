"""The wheel in a clean environment without Node or checkout: it migrates its database and serves the page."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests import servers
from tests.conftest import ROOT

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]

PAGE = ROOT / "app/web/dist/index.html"
UV = Path(sys.executable).with_name("uv")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not PAGE.exists() and shutil.which("npm") is None:
        pytest.skip(
            "the web page is not built and Node is missing: a wheel without its page is never built"
        )  # by design
    folder = tmp_path_factory.mktemp("wheel")
    _build(ROOT, folder).check_returncode()
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment with the wheel and its pinned dependencies, and nothing else."""
    environment = tmp_path_factory.mktemp("environment") / "venv"
    python = environment / "bin/python"
    if UV.exists():
        _run(UV, "venv", "--quiet", "--python", sys.executable, environment)
        install: list[str | Path] = [UV, "pip", "install", "--quiet", "--python", python, "--no-deps"]
    else:
        _run(sys.executable, "-m", "venv", environment)
        install = [python, "-m", "pip", "install", "--quiet", "--no-deps"]
    _run(*install, "--require-hashes", "--requirement", ROOT / "requirements.lock")
    _run(*install, wheel)
    return python.parent


@pytest.fixture(scope="module")
def server(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Server]:
    folder = tmp_path_factory.mktemp("empty")
    started = servers.start(
        "sqlite:///./arena.db",
        folder,
        program=[str(installed / "arena")],
        environment={"PATH": str(installed)},
    )
    yield started
    started.kill()


def test_it_carries_the_page_the_migrations_and_no_tests(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {"app/web/dist/index.html", "app/migrations/env.py", "app/demo/arena.json"} <= set(names)
    assert {name.split("/")[0] for name in names} == {"app", "pairwise_arena-0.1.0.dist-info"}
    assert not [name for name in names if "node_modules" in name or "__pycache__" in name]


def test_it_needs_what_is_locked(installed: Path) -> None:
    if not UV.exists():
        _run(installed / "python", "-m", "pip", "check")
    else:
        _run(UV, "pip", "check", "--python", installed / "python")


def test_it_is_alive_and_migrated(server: servers.Server) -> None:
    assert httpx.get(f"{server.url}/healthz").status_code == 200
    assert httpx.get(f"{server.url}/readyz").status_code == 200


def test_it_serves_the_page_and_its_assets(server: servers.Server) -> None:
    page = httpx.get(f"{server.url}/")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    scripts = re.findall(r'<script[^>]* src="(/assets/[^"]+\.js)"', page.text)
    styles = re.findall(r'<link[^>]* href="(/assets/[^"]+\.css)"', page.text)
    assert scripts
    assert styles
    for asset in [*scripts, *styles]:
        answer = httpx.get(f"{server.url}{asset}")
        assert answer.status_code == 200, asset
        assert len(answer.content) > 100


def test_without_page_and_node_no_wheel_is_built(tmp_path: Path) -> None:
    """An empty page would install without complaint and show nothing."""
    tree = tmp_path / "tree"
    shutil.copytree(ROOT / "app", tree / "app", ignore=shutil.ignore_patterns("__pycache__", "dist"))
    shutil.copytree(ROOT / "migrations", tree / "migrations")
    for name in ("pyproject.toml", "hatch_build.py", "LICENSE", "README.md"):
        shutil.copyfile(ROOT / name, tree / name)
    ended = _build(tree, tmp_path, PATH="")
    assert ended.returncode != 0
    assert "install Node" in ended.stderr
    assert not list(tmp_path.glob("*.whl"))


def _build(tree: Path, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder],
        cwd=tree,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def _run(*command: str | Path) -> None:
    ended = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
