"""A running arena to vote in: an admin, voters with cookies of their own, and many hands in the same instant."""

import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
from sqlalchemy import text

from app.db.session import Database
from app.domain import accounts
from tests import databases, servers

COOKIE = "arena_voter"
WAIT_SECONDS = 60
# Clients of plain HTTP need no certificates, and reading these is most of what making a client costs.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

Result = TypeVar("Result")
Request = tuple[str, str, dict[str, Any]]  # method, path, what httpx sends with it


@dataclass(frozen=True)
class Place:
    """A server, its database, an admin's key and an arena."""

    url: str
    database: Database
    key: str
    arena: str = ""

    @contextmanager
    def admin(self) -> Iterator[httpx.Client]:
        with client(self.url) as opened:
            opened.headers["Authorization"] = f"Bearer {self.key}"
            yield opened

    def rows(self, statement: str, **values: object) -> list[tuple[Any, ...]]:
        with self.database.reading() as session:
            return [tuple(row) for row in session.execute(text(statement), values)]

    def number(self, statement: str, **values: object) -> int:
        ((found,),) = self.rows(statement, **values)
        return int(found)


@contextmanager
def running(request: pytest.FixtureRequest, folder: Path, *options: str, **settings: str) -> Iterator[Place]:
    """A server on a new database of the kind that the fixture's parameter names; its log must hold no traceback."""
    template = request.getfixturevalue(f"{request.param}_template")
    with ExitStack() as opened:
        if isinstance(template, Path):
            url = databases.sqlite_copy(template, folder)
        else:
            url = opened.enter_context(databases.new_postgresql(template))
        database = opened.enter_context(closing(Database(url)))
        server = servers.start(url, folder, *options, environment=settings)
        opened.callback(server.kill)
        yield Place(server.url, database, admin_key(database))
        assert "Traceback" not in server.log.read_text()


def client(url: str, cookie: str | None = None) -> httpx.Client:
    """A browser, known by its cookie if it has one."""
    cookies = {} if cookie is None else {COOKIE: cookie}
    return httpx.Client(base_url=f"{url}/api/v1", cookies=cookies, timeout=WAIT_SECONDS, verify=NO_TLS)


def new_voter(url: str) -> str:
    """The cookie of a voter who was never here before."""
    with client(url) as browser:
        browser.get("/me").raise_for_status()
        return browser.cookies[COOKIE]


def admin_key(database: Database) -> str:
    with database.writing() as session:
        return accounts.create_key(session, "admin", "admin", None, datetime.now(UTC))


def make_arena(
    place: Place,
    slug: str,
    models: Sequence[str] = ("m1", "m2", "m3"),
    languages: Sequence[str] = ("en",) * 6,
    dimensions: Sequence[str] = ("accuracy",),
    **rules: object,
) -> Place:
    """An arena with one prompt for each language given, answered by every model."""
    asked = [
        {"id": f"p{at}", "text": f"Question {at}", "language": language}
        for at, language in enumerate(languages)
    ]
    with place.admin() as admin:
        admin.post("/arenas", json={"slug": slug, "title": slug, **rules}).raise_for_status()
        for dimension in dimensions:
            path = f"/arenas/{slug}/dimensions/{dimension}"
            admin.put(path, json={"title": dimension, "required": True}).raise_for_status()
        admin.post(f"/arenas/{slug}/prompts", json=asked).raise_for_status()
        for model in models:
            admin.post(f"/arenas/{slug}/models", json={"slug": model}).raise_for_status()
            said = [{"prompt_id": each["id"], "text": f"{model} on {each['id']}"} for each in asked]
            admin.post(f"/arenas/{slug}/models/{model}/answers", json=said).raise_for_status()
    return replace(place, arena=slug)


def deal(place: Place, cookie: str, language: str | None = None) -> str:
    """The id of this voter's next battle."""
    with client(place.url, cookie) as browser:
        dealt = browser.post(f"/arenas/{place.arena}/battles", json={"language": language})
        battle: str = dealt.raise_for_status().json()["id"]
        return battle


def at_once(works: Sequence[Callable[[], Result]]) -> list[Result]:
    """Run each on a thread of its own, all starting in the same instant."""
    start = threading.Barrier(len(works))

    def run(work: Callable[[], Result]) -> Result:
        start.wait(WAIT_SECONDS)
        return work()

    with ThreadPoolExecutor(len(works)) as threads:
        return list(threads.map(run, works))


def send_at_once(url: str, cookie: str | None, requests: Sequence[Request]) -> list[httpx.Response]:
    """Send all in the same instant, each over a connection that is open already."""
    start = threading.Barrier(len(requests))

    def send(request: Request) -> httpx.Response:
        method, path, arguments = request
        with client(url, cookie) as browser:
            browser.get(f"{url}/healthz").raise_for_status()
            start.wait(WAIT_SECONDS)
            return browser.request(method, path, **arguments)

    with ThreadPoolExecutor(len(requests)) as threads:
        return list(threads.map(send, requests))
