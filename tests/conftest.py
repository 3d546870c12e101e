"""Fixtures for every test: the shared data, fresh databases, the program in this process or in its own."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from app.db.session import Database
from tests import databases, servers

ROOT = Path(__file__).resolve().parent.parent
PEERS = ROOT / "build/peers/bin/python"  # of `make peers`, whole once it is marked as installed
PEERS_INSTALLED = ROOT / "build/peers/.installed"
SHARED_DATA = Path(os.environ.get("ARENA_TEST_DATA") or ROOT.parent / "shared" / "data")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of running programs come first: they take longest, and no worker should wait for one at the end."""
    items.sort(key=lambda item: item.get_closest_marker("system") is None)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of public vote data that known answers are computed from."""
    if not SHARED_DATA.is_dir():
        pytest.skip(
            f"no public vote data in {SHARED_DATA}: name its folder with ARENA_TEST_DATA"
        )  # never copied
    return SHARED_DATA


@pytest.fixture(scope="session")
def judge_replies(shared_data: Path) -> Path:
    """The folder of what real models said as judges."""
    folder = shared_data.parent / "judge" / "replies"
    if not folder.is_dir():
        pytest.skip(f"no replies of judges in {folder}")  # read where they are, never copied
    return folder


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return databases.migrated_sqlite(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgresql_template() -> Iterator[str]:
    if not databases.POSTGRES_URL:
        pytest.skip(databases.NO_POSTGRES)  # make test finds or starts a server
    with databases.migrated_postgresql() as name:
        yield name


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The address of a migrated, empty database file."""
    return databases.sqlite_copy(sqlite_template, tmp_path)


@pytest.fixture(scope="session")
def emptied_postgresql(postgresql_template: str) -> Iterator[Callable[[], str]]:
    with databases.emptied_postgresql(postgresql_template) as emptied:
        yield emptied


@pytest.fixture
def postgresql_url(emptied_postgresql: Callable[[], str]) -> str:
    """The address of a migrated, empty PostgreSQL database."""
    return emptied_postgresql()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Each test that asks for it runs twice, once on each kind of database."""
    address: str = request.getfixturevalue(f"{request.param}_url")
    return address


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def client(database_url: str) -> Iterator[TestClient]:
    """A voter's browser, so to speak: calls the application in this process and keeps its cookies."""
    # Imported here, so that tests of the statistics alone start without the web framework's modules.
    from app.api.main import create_app
    from app.settings import Settings

    key = SecretStr("a key for tests, nowhere else")
    # Tests click faster than people do.
    fast: dict[str, Any] = dict.fromkeys(("limit_voter", "limit_key", "limit_battles"), "1000000/minute")
    settings = Settings(_env_file=None, database_url=database_url, secret_key=key, **fast)
    with TestClient(create_app(settings)) as browser:
        yield browser


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., servers.Server]]:
    """`serve(database_url, *options)` starts the real server; what still runs at the end is killed."""
    with ExitStack() as started:

        def start(database_url: str, *options: str) -> servers.Server:
            server = servers.start(database_url, tmp_path, *options)
            started.callback(server.kill)
            return server

        yield start
