"""An arena made over HTTP, as an admin and two owners would make it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.db.session import Database
from app.domain import accounts
from app.domain.accounts import Scope

API = "/api/v1"


def database_of(client: TestClient) -> Database:
    """The database that the application in this process is open on."""
    opened: Database = cast(FastAPI, client.app).state.database
    return opened


@dataclass(frozen=True)
class Keys:
    """Bearer headers of one key of each scope, and of a second owner."""

    admin: dict[str, str]
    owner: dict[str, str]
    other_owner: dict[str, str]
    reader: dict[str, str]


@pytest.fixture
def key_for(database_url: str) -> Iterator[Callable[..., dict[str, str]]]:
    database = Database(database_url)

    def make(scope: Scope, owner: str, arena_id: int | None = None) -> dict[str, str]:
        with database.writing() as session:
            key = accounts.create_key(session, scope, owner, arena_id, datetime.now(UTC))
        return {"Authorization": f"Bearer {key}"}

    yield make
    database.close()


@pytest.fixture
def keys(key_for: Callable[..., dict[str, str]]) -> Keys:
    return Keys(
        key_for("admin", "root"),
        key_for("owner", "acme"),
        key_for("owner", "birch"),
        key_for("read", "press"),
    )


@dataclass(frozen=True)
class Maker:
    """Builds what a test needs with the public calls; each call must succeed."""

    client: TestClient
    keys: Keys

    def arena(self, slug: str = "quiz", **rules: Any) -> str:
        self.post("/arenas", {"slug": slug, "title": slug.title(), **rules})
        return slug

    def dimension(self, arena: str, slug: str, **asked: Any) -> None:
        path = f"{API}/arenas/{arena}/dimensions/{slug}"
        told = self.client.put(path, json={"title": slug, **asked}, headers=self.keys.admin)
        assert told.status_code == 200, told.text

    def prompts(self, arena: str, count: int = 1, **fields: Any) -> None:
        self.post(
            f"/arenas/{arena}/prompts",
            [{"id": f"p{n}", "text": f"Question {n}?", **fields} for n in range(count)],
        )

    def model(self, arena: str, slug: str, prompts: int = 1) -> None:
        self.post(f"/arenas/{arena}/models", {"slug": slug, "name": slug.upper()}, self.keys.owner)
        said = [
            {"prompt_id": f"p{n}", "text": f"Answer to {n} in {len(slug)} letters."} for n in range(prompts)
        ]
        self.post(f"/arenas/{arena}/models/{slug}/answers", said, self.keys.owner)

    def quiz(self, models: int = 2, prompts: int = 1, **rules: Any) -> str:
        """An arena with dimensions overall and accuracy, in which every model has answered every prompt."""
        arena = self.arena(**rules)
        self.dimension(arena, "accuracy")
        self.prompts(arena, prompts)
        for n in range(models):
            self.model(arena, "secret-" + "m" * (n + 1), prompts)
        return arena

    def post(self, path: str, body: Any, headers: dict[str, str] | None = None) -> Any:
        told = self.client.post(API + path, json=body, headers=headers or self.keys.admin)
        assert told.status_code == 201, told.text
        return told.json()

    def deal(self, arena: str = "quiz", **wanted: Any) -> Any:
        return self.post(f"/arenas/{arena}/battles", wanted, {"x": "y"})

    def vote(self, battle: str, verdicts: dict[str, str], **said: Any) -> Any:
        return self.post(f"/battles/{battle}/votes", {"verdicts": verdicts, **said}, {"x": "y"})

    def newcomer(self) -> None:
        """From here on another voter's browser."""
        self.client.cookies.clear()

    def board(self, arena: str = "quiz", **filters: Any) -> Any:
        told = self.client.get(f"{API}/arenas/{arena}/leaderboard", params=filters)
        assert told.status_code == 200, told.text
        return told.json()


@pytest.fixture
def make(client: TestClient, keys: Keys) -> Maker:
    return Maker(client, keys)
