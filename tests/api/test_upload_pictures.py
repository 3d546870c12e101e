"""A preview of an upload shows its pictures and those of its prompts, as they will be stored, and not without end."""

import base64
import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.api import uploads
from tests.api.conftest import API, Keys, Maker, database_of
from tests.api.test_media import SECRET, colour, png, seen
from tests.api.test_uploads import BYTES, look_through

UPLOADS = f"{API}/arenas/gallery/models/ash/uploads"


def previewed(client: TestClient, keys: Keys, *answers: Any) -> Any:
    data = b"".join(json.dumps(each).encode() + b"\n" for each in answers)
    upload = client.post(UPLOADS, json={"size": len(data)}, headers=keys.owner).json()["id"]
    sent = client.patch(f"{UPLOADS}/{upload}?offset=0", content=data, headers={**keys.owner, **BYTES})
    assert sent.status_code == 200, sent.text
    assert client.post(f"{UPLOADS}/{upload}/check", headers=keys.owner).status_code == 200
    look_through(database_of(client))
    told = client.get(f"{UPLOADS}/{upload}/answers", headers=keys.owner)
    assert told.status_code == 200, told.text
    return told.json()["items"]


@pytest.fixture
def gallery(make: Maker, keys: Keys) -> None:
    make.arena("gallery", modality="image")
    asked = [{"type": "text", "text": "Like this?"}, seen(png("blue"), "a blue one")]
    make.post("/arenas/gallery/prompts", {"id": "p0", "messages": [{"role": "user", "content": asked}]})
    make.post("/arenas/gallery/models", {"slug": "ash"}, keys.owner)


def answer(*colours: str) -> Any:
    files = [{"name": each, "data": png(each), "alt": f"a {each} one"} for each in colours]
    return {"prompt_id": "p0", "text": "Here:", "attachments": files}


def test_pictures_of_prompt_and_answer_are_shown_without_what_betrays_their_maker(
    client: TestClient, keys: Keys, gallery: None
) -> None:
    (item,) = previewed(client, keys, answer("red", "green"))
    (asked,) = item["prompt"][0]["pictures"]
    said = item["answer"][0]["pictures"]
    assert [asked["alt"], *(each["alt"] for each in said)] == ["a blue one", "a red one", "a green one"]
    shown = []
    for picture in (asked, *said):
        head, _, data = picture["url"].partition(",")
        assert (head, picture["width"], picture["height"]) == ("data:image/png;base64", 9, 7)
        raw = base64.b64decode(data)
        assert SECRET.encode() not in raw
        shown.append(colour(raw))
    assert shown == [(0, 0, 255), (255, 0, 0), (0, 128, 0)]


def test_a_preview_holds_so_many_bytes_of_pictures_and_no_more(
    client: TestClient, keys: Keys, gallery: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MOST_PREVIEWED", 2 * len(base64.b64decode(png("blue"))))
    (item,) = previewed(client, keys, answer("red", "green", "black"))
    urls = [each["url"] for each in item["answer"][0]["pictures"]]
    assert urls[0]
    assert urls[-1] is None
