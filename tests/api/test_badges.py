"""Badges and embedded boards: what other pages may show of a board."""

from xml.etree import ElementTree

import pytest
from fastapi.testclient import TestClient
from pydantic import ValidationError

from app.api import pages
from app.api.main import create_app
from app.settings import Settings
from tests.api.conftest import API, Maker

SVG = "{http://www.w3.org/2000/svg}"


def texts(body: str) -> list[str | None]:
    return [each.text for each in ElementTree.fromstring(body).iter(f"{SVG}text")]


@pytest.fixture
def voted(make: Maker) -> str:
    """An arena in which `secret-m` has lost to `secret-mm` on most prompts."""
    arena = make.quiz(models=2, prompts=8, minimum_votes=2)
    for number in range(8):
        battle = make.deal()
        left_is_mm = "9 letters" in battle["a"]["messages"][0]["content"]
        make.vote(battle["id"], {"overall": "a" if left_is_mm == (number > 0) else "b"})
    return arena


def test_a_badge_says_what_the_board_says(client: TestClient, make: Maker, voted: str) -> None:
    rows = {row["model"]: row for row in make.board(voted)["rows"]}
    for model, row in rows.items():
        told = client.get(f"{API}/arenas/{voted}/badge.svg", params={"model": model})
        assert told.headers["content-type"] == "image/svg+xml; charset=utf-8"
        low, high = (f"{row[each]:.0f}" for each in ("rating_lower", "rating_upper"))
        rank = f"rank {row['rank_best']}–{row['rank_worst']}"
        assert texts(told.text) == [row["name"], f"{rank} · {row['rating']:.0f} [{low}, {high}]"]
    leader = client.get(f"{API}/arenas/{voted}/badge.svg")
    assert texts(leader.text)[0] == "Quiz"
    assert (texts(leader.text)[1] or "").startswith("SECRET-MM · rank 1–")
    filtered = client.get(f"{API}/arenas/{voted}/badge.svg", params={"dimension": "accuracy"})
    assert texts(filtered.text) == ["Quiz", "no ranking yet"]


def test_a_badge_is_cached_until_the_board_changes(client: TestClient, make: Maker, voted: str) -> None:
    path = f"{API}/arenas/{voted}/badge.svg?model=secret-m"
    told = client.get(path)
    assert told.headers["cache-control"] == "public, max-age=300"
    again = client.get(path, headers={"If-None-Match": told.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    make.newcomer()
    make.vote(make.deal()["id"], {"overall": "a"})
    changed = client.get(path, headers={"If-None-Match": told.headers["etag"]})
    assert changed.status_code == 200


def test_a_name_stays_text_in_a_badge(client: TestClient, make: Maker, voted: str) -> None:
    hostile = '</text><script>alert(1)</script>"\u202e&\u4e2d\u6587'
    told = client.patch(
        f"{API}/arenas/{voted}/models/secret-mm", json={"name": hostile}, headers=make.keys.owner
    )
    assert told.status_code == 200, told.text
    badge = client.get(f"{API}/arenas/{voted}/badge.svg", params={"model": "secret-mm"})
    assert texts(badge.text)[0] == hostile.replace("\u202e", "")
    assert not list(ElementTree.fromstring(badge.text).iter(f"{SVG}script"))
    assert "sandbox" in badge.headers["content-security-policy"]
    assert badge.headers["x-content-type-options"] == "nosniff"


def test_a_badge_of_nothing_is_not_found(client: TestClient, make: Maker, voted: str) -> None:
    told = client.get(f"{API}/arenas/{voted}/badge.svg?model=nobody")
    assert (told.status_code, told.json()["type"]) == (404, "/problems/model-not-found")
    client.patch(f"{API}/arenas/{voted}", json={"public": False}, headers=make.keys.admin)
    client.cookies.clear()
    assert client.get(f"{API}/arenas/{voted}/badge.svg").status_code == 404
    shown = client.get(f"{API}/arenas/{voted}/badge.svg", headers=make.keys.reader)
    assert shown.headers["cache-control"] == "private, max-age=300"


@pytest.mark.parametrize(
    ("origins", "ancestors"),
    [
        ("*", "frame-ancestors *;"),
        ("none", "frame-ancestors 'none';"),
        (
            " https://a.example  http://*.b.example:8080 ",
            "frame-ancestors https://a.example http://*.b.example:8080;",
        ),
    ],
)
def test_only_the_embedded_board_may_be_framed(
    sqlite_url: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
    origins: str,
    ancestors: str,
) -> None:
    dist = tmp_path_factory.mktemp("dist")
    (dist / "index.html").write_text("<!doctype html>")
    monkeypatch.setattr(pages, "DIST", dist)
    app = create_app(Settings(database_url=sqlite_url, embed_origins=origins))
    with TestClient(app) as client:
        policies = [
            client.get(path).headers["content-security-policy"] for path in ("/embed/quiz", "/", "/embed")
        ]
    assert ancestors in policies[0]
    assert all("frame-ancestors 'none';" in each for each in policies[1:])
    assert policies[0].replace(ancestors, "frame-ancestors 'none';") == policies[1]


@pytest.mark.parametrize(
    "origins", ["", "* 'self'", "https://a.example; script-src *", "javascript:1", "none *"]
)
def test_origins_that_are_none_are_refused(origins: str) -> None:
    with pytest.raises(ValidationError, match="expected \\*, none, or origins"):
        Settings(embed_origins=origins)
