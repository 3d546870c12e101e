"""Images and artifacts: stored without what betrays their maker, and fetched only while their battle is open."""

import base64
import io
import re
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image
from sqlalchemy import func, select, update

from app.db.session import Database
from app.db.tables import Answer, Attachment, Battle, Prompt
from tests.api.conftest import API, Maker

SECRET = "made-by-model-x"


def png(colour: str = "red", size: tuple[int, int] = (9, 7)) -> str:
    exif = Image.Exif()
    exif[0x010E] = SECRET
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "PNG", exif=exif)
    return base64.b64encode(out.getvalue()).decode()


def seen(data: str, alt: str = "") -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}, "alt": alt}


@pytest.fixture
def gallery(make: Maker) -> str:
    """Two models, each with its own picture, asked about a picture."""
    arena = make.arena("gallery", modality="image")
    asked = [{"type": "text", "text": "Like this?"}, seen(png("blue"), "a blue one")]
    make.post(f"/arenas/{arena}/prompts", {"id": "p0", "messages": [{"role": "user", "content": asked}]})
    for slug, colour in (("ash", "red"), ("elm", "green")):
        make.post(f"/arenas/{arena}/models", {"slug": slug})
        attached = [{"name": "x.png", "data": png(colour), "alt": f"a {colour} one"}]
        answer = {"prompt_id": "p0", "text": "Here:", "attachments": attached}
        make.post(f"/arenas/{arena}/models/{slug}/answers", answer)
    return arena


def media(battle: Any) -> dict[str, Any]:
    return {
        "prompt": battle["prompt"]["messages"][0]["media"],
        **{side: battle[side]["messages"][0]["media"] for side in "ab"},
    }


def colour(content: bytes) -> tuple[int, ...]:
    with Image.open(io.BytesIO(content)) as image:
        assert not image.info
        pixel = image.convert("RGB").getpixel((0, 0))
    assert isinstance(pixel, tuple)
    return pixel


COLOURS = {"a red one": (255, 0, 0), "a green one": (0, 128, 0), "a blue one": (0, 0, 255)}


def test_v5_pictures_come_from_addresses_of_the_battle_alone_without_metadata(
    client: TestClient, make: Maker, gallery: str
) -> None:
    battle = make.deal(gallery)
    found = {side: each[0] for side, each in media(battle).items()}
    for medium in found.values():
        assert re.fullmatch(rf"/api/v1/battles/{battle['id']}/media/[0-9a-f]{{40}}", medium["url"])
        assert (medium["kind"], medium["width"], medium["height"]) == ("image", 9, 7)
        told = client.get(medium["url"])
        assert (told.status_code, told.headers["content-type"]) == (200, "image/png")
        assert told.headers["cache-control"] == "no-store"
        assert told.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in told.headers["content-security-policy"]
        assert SECRET.encode() not in told.content
        assert colour(told.content) == COLOURS[medium["alt"]]
    make.newcomer()
    other = {side: each[0]["url"] for side, each in media(make.deal(gallery)).items()}
    tokens = [url.rpartition("/")[2] for url in (*other.values(), *(each["url"] for each in found.values()))]
    assert len(set(tokens)) == 6, "another battle has other addresses for the same pictures"
    crossed = f"/api/v1/battles/{battle['id']}/media/{other['a'].rpartition('/')[2]}"
    assert client.get(crossed).status_code == 404


@pytest.mark.parametrize("end", ["vote", "skip", "expire"])
def test_v5_an_address_dies_with_its_battle(
    client: TestClient, make: Maker, gallery: str, database: Database, end: str
) -> None:
    battle = make.deal(gallery)
    url = media(battle)["a"][0]["url"]
    assert client.get(url).status_code == 200
    if end == "vote":
        make.vote(battle["id"], {"overall": "a"})
    elif end == "skip":
        make.post(f"/battles/{battle['id']}/skip", {"reason": "topic"}, {"x": "y"})
    else:
        with database.writing() as session:
            session.execute(update(Battle).values(expires_at=Battle.dealt_at))
    told = client.get(url)
    assert (told.status_code, told.json()["type"]) == (404, "/problems/media-not-found")


def test_a_picture_is_stored_once_and_nothing_of_a_bad_line(
    client: TestClient, make: Maker, gallery: str, database: Database
) -> None:
    def count() -> int:
        with database.reading() as session:
            return session.scalar(select(func.count()).select_from(Attachment)) or 0

    assert count() == 3
    path = f"{API}/arenas/{gallery}/models/ash/answers"
    again = {"prompt_id": "p0", "messages": [{"role": "assistant", "content": [seen(png("red"))]}]}
    assert client.post(path, json=again, headers=make.keys.admin).status_code == 201
    assert count() == 3
    dry = {**again, "messages": [{"role": "assistant", "content": [seen(png("white"))]}]}
    assert client.post(f"{path}?dry_run=true", json=dry, headers=make.keys.admin).json()["accepted"] == 1
    assert count() == 3
    svg = base64.b64encode(b"<svg onload='alert(1)'/>").decode()
    for part, why in (
        (seen(svg), "no image: expected PNG"),
        (seen("%%%"), "not base64"),
        (seen("é"), "not base64"),
        ({"type": "image_url", "image_url": {"url": "https://evil.example/x.png"}}, "an image is data:image"),
        ({"type": "image_url", "image_url": {"url": "attachment:no.png"}}, "no attachment is named 'no.png'"),
    ):
        lines = [dry, {"prompt_id": "p0", "messages": [{"role": "assistant", "content": [part]}]}]
        told = client.post(path, json=lines, headers=make.keys.admin)
        assert told.status_code == 422, told.text
        assert told.json()["errors"][0]["at"] == "line 2"
        assert why in told.json()["errors"][0]["problem"]
    assert count() == 3


def test_images_belong_into_arenas_of_images(client: TestClient, make: Maker) -> None:
    make.quiz(models=1)
    answer = {"prompt_id": "p0", "text": "Here:", "attachments": [{"name": "x", "data": png()}]}
    told = client.post(f"{API}/arenas/quiz/models/secret-m/answers", json=answer, headers=make.keys.admin)
    assert told.status_code == 422
    assert "modality has no images" in told.json()["errors"][0]["problem"]
    prompt = {"id": "q", "text": "?", "attachments": [{"name": "x", "data": png()}]}
    told = client.post(f"{API}/arenas/quiz/prompts", json=prompt, headers=make.keys.admin)
    assert "modality has no images" in told.json()["errors"][0]["problem"]


def test_every_modality_makes_a_round_trip(client: TestClient, make: Maker, database: Database) -> None:
    page = "<!doctype html><h1>Hi</h1>"
    for modality in ("text", "image", "artifact", "scripted_artifact"):
        arena = make.arena(modality.replace("_", "-"), modality=modality)
        make.prompts(arena)
        for slug in ("ash", "elm"):
            make.post(f"/arenas/{arena}/models", {"slug": slug})
            make.post(f"/arenas/{arena}/models/{slug}/answers", {"prompt_id": "p0", "text": page})
        assert client.get(f"{API}/arenas/{arena}").json()["modality"] == modality
        battle = make.deal(arena)
        for side in "ab":
            said = battle[side]["messages"][0]
            assert said["content"] == page
            expected = [modality] if modality.endswith("artifact") else []
            assert [each["kind"] for each in said["media"]] == expected
        assert battle["prompt"]["messages"][0]["media"] == []
    with database.reading() as session:
        for messages in (
            *session.scalars(select(Prompt.messages)),
            *session.scalars(select(Answer.messages)),
        ):
            assert set(messages[0]) == {"role", "content"}


INSIDE = (
    "style-src 'unsafe-inline'; img-src data: blob:; font-src data:; media-src data: blob:; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)


@pytest.mark.parametrize(
    ("modality", "policy"),
    [
        ("artifact", f"sandbox; default-src 'none'; {INSIDE}"),
        (
            "scripted_artifact",
            f"sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; {INSIDE}",
        ),
    ],
)
def test_v22_an_artifact_is_fenced_in_by_its_own_headers(
    client: TestClient, make: Maker, modality: str, policy: str
) -> None:
    arena = make.arena("pages", modality=modality)
    make.prompts(arena)
    for slug in ("ash", "elm"):
        make.post(f"/arenas/{arena}/models", {"slug": slug})
        make.post(
            f"/arenas/{arena}/models/{slug}/answers", {"prompt_id": "p0", "text": f"<p>é {len(slug)}</p>"}
        )
    battle = make.deal(arena)
    told = client.get(battle["a"]["messages"][0]["media"][0]["url"])
    assert told.text == battle["a"]["messages"][0]["content"]
    assert told.headers["content-type"] == "text/html; charset=utf-8"
    assert told.headers["content-security-policy"] == policy
    expected = {
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
        "x-dns-prefetch-control": "off",
        "x-content-type-options": "nosniff",
    }
    assert {name: told.headers[name] for name in expected} == expected
