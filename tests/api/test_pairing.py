"""Sampling over HTTP: chosen by an admin, listed and published for everybody who may see the arena."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.stats.pairing import SAMPLERS
from tests.api.conftest import API, Keys, Maker


def test_an_arena_samples_by_variance_reduction_until_told_otherwise(client: TestClient, make: Maker) -> None:
    make.quiz()
    shown = client.get(f"{API}/arenas/quiz").json()
    names = ("sampling", "sampling_settings", "sampling_dimension", "target_overlap", "explore")
    assert [shown[name] for name in names] == ["variance_reduction", {}, "overall", 1, 0.1]


def test_the_sampling_is_changed_and_shown_with_all_its_settings(
    client: TestClient, make: Maker, keys: Keys
) -> None:
    make.quiz()
    wanted = {
        "sampling": "information",
        "sampling_settings": {"close_share": 0.5},
        "sampling_dimension": "accuracy",
        "target_overlap": 3,
    }
    told = client.patch(f"{API}/arenas/quiz", json=wanted, headers=keys.admin)
    assert told.status_code == 200, told.text
    settings = {"sharpness": 8, "close_share": 0.5, "prior_votes": 1}
    assert wanted | {"sampling_settings": settings} == {name: told.json()[name] for name in wanted}
    pairing = client.get(f"{API}/arenas/quiz/pairing").json()
    assert (pairing["sampling"], pairing["sampling_settings"]) == ("information", settings)
    assert (pairing["sampling_dimension"], pairing["target_overlap"]) == ("accuracy", 3)
    assert pairing["overlap_share"] == 0.75


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"sampling": "popularity"}, "expected one of variance_reduction, information, uniform"),
        ({"sampling_settings": {"greed": 1}}, "no setting 'greed'; it has none"),
        ({"sampling": "information", "sampling_settings": {"sharpness": "high"}}, "a number from 0 to 20"),
        ({"sampling_dimension": "wit"}, "expected one of overall, accuracy"),
        ({"target_overlap": 21}, "less than or equal to 20"),
    ],
)
def test_what_cannot_be_chosen_is_refused_with_what_can(
    client: TestClient, make: Maker, keys: Keys, values: dict[str, Any], told: str
) -> None:
    make.quiz()
    refused = client.patch(f"{API}/arenas/quiz", json=values, headers=keys.admin)
    assert refused.status_code == 422
    assert refused.headers["content-type"] == "application/problem+json"
    assert told in refused.text


def test_samplings_are_listed_with_their_settings(client: TestClient, make: Maker) -> None:
    make.quiz()
    items = {each["name"]: each for each in client.get(f"{API}/arenas/quiz/samplings").json()["items"]}
    assert list(items) == list(SAMPLERS)
    settings = {each["name"]: each["default"] for each in items["information"]["settings"]}
    assert settings == SAMPLERS["information"].defaults()


def test_probabilities_are_public_and_follow_the_votes(client: TestClient, make: Maker) -> None:
    make.quiz(models=3, prompts=10)
    before = client.get(f"{API}/arenas/quiz/pairing").json()
    assert [each["models"] for each in before["items"]] == [
        ["secret-m", "secret-mm"],
        ["secret-m", "secret-mmm"],
        ["secret-mm", "secret-mmm"],
    ]
    assert [each["probability"] for each in before["items"]] == pytest.approx([1 / 3] * 3)
    reveal = make.vote(make.deal()["id"], {"overall": "a"})["reveal"]
    pair = sorted(reveal[side]["model"] for side in "ab")
    after = client.get(f"{API}/arenas/quiz/pairing").json()["items"]
    voted = next(each for each in after if each["models"] == pair)
    assert voted["votes"] == 1
    assert voted["probability"] == min(each["probability"] for each in after)
    assert sum(each["probability"] for each in after) == pytest.approx(1)


def test_an_open_battle_moves_no_probability(client: TestClient, make: Maker) -> None:
    """Else whoever watches the probabilities would know which models they are shown."""
    make.quiz(models=3, prompts=10, target_overlap=2)
    before = client.get(f"{API}/arenas/quiz/pairing").json()
    make.deal()
    assert client.get(f"{API}/arenas/quiz/pairing").json() == before


def test_a_hidden_model_is_in_no_published_pair(client: TestClient, make: Maker, keys: Keys) -> None:
    make.quiz(models=3)
    client.patch(f"{API}/arenas/quiz/models/secret-mmm", json={"state": "hidden"}, headers=keys.owner)
    shown = client.get(f"{API}/arenas/quiz/pairing")
    assert [each["models"] for each in shown.json()["items"]] == [["secret-m", "secret-mm"]]
    assert "secret-mmm" not in shown.text


def test_an_arena_without_pairs_publishes_none(client: TestClient, make: Maker) -> None:
    make.arena("quiz")
    shown = client.get(f"{API}/arenas/quiz/pairing").json()
    assert (shown["items"], shown["next"]) == ([], None)


def test_a_private_arena_publishes_nothing_to_strangers(client: TestClient, make: Maker, keys: Keys) -> None:
    make.quiz(public=False)
    for path in ("pairing", "samplings"):
        assert client.get(f"{API}/arenas/quiz/{path}").status_code == 404
        assert client.get(f"{API}/arenas/quiz/{path}", headers=keys.reader).status_code == 200


def test_a_copy_shows_no_more_than_any_battle(client: TestClient, make: Maker) -> None:
    """Invariant 1: two voters of one draw get what looks like any two battles."""
    make.quiz(models=2, target_overlap=2)
    first = make.deal()
    make.vote(first["id"], {"overall": "a"})
    for _ in range(5):
        make.newcomer()
        told = client.post(f"{API}/arenas/quiz/battles")
        assert sorted(told.json()) == sorted(first)
        assert told.json()["id"] != first["id"]
        assert first["id"] not in told.text
        assert "secret-" not in f"{told.text} {told.headers}".lower()
