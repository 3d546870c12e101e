"""How often a voter and a key may write, who must prove work, and that a school behind one address is not punished."""

import base64
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import altcha
import pytest
from fastapi.testclient import TestClient
from limits.errors import StorageError
from limits.strategies import SlidingWindowCounterRateLimiter
from pydantic import SecretStr, ValidationError

from app.api import deps
from app.api.main import create_app
from app.settings import Settings
from tests.api.conftest import API, Keys, Maker

DEAL = f"{API}/arenas/quiz/battles"
SCHOOL = ("203.0.113.9", 4711)


@pytest.fixture
def browser(database_url: str) -> Iterator[Callable[..., TestClient]]:
    """`browser(address, **settings)` is a browser at this address, of a server with these settings."""
    opened = []

    def make(address: tuple[str, int] = SCHOOL, **settings: Any) -> TestClient:
        key = SecretStr("a key for tests, nowhere else")
        told = Settings(_env_file=None, database_url=database_url, secret_key=key, **settings)
        made = TestClient(create_app(told), client=address)
        made.__enter__()
        opened.append(made)
        return made

    yield make
    for each in opened:
        each.__exit__(None, None, None)


def solved(client: TestClient) -> dict[str, str]:
    challenge = client.get(f"{API}/challenge").json()
    return proof(challenge, altcha.solve_challenge(altcha.Challenge.from_dict(challenge)))


def proof(challenge: dict[str, Any], solution: altcha.Solution | None) -> dict[str, str]:
    assert solution is not None
    shown = {
        "challenge": {"parameters": challenge["parameters"], "signature": challenge["signature"]},
        "solution": {"counter": solution.counter, "derivedKey": solution.derived_key},
    }
    return {"Arena-Proof": base64.b64encode(json.dumps(shown).encode()).decode()}


def test_a_voter_is_told_what_is_left_and_then_to_wait(
    make: Maker, browser: Callable[..., TestClient]
) -> None:
    make.quiz(models=3, prompts=3)
    client = browser(limit_voter="3/minute;100/day")
    client.get(f"{API}/me")
    for left in (2, 1, 0):
        told = client.post(DEAL, json={})
        assert told.status_code == 201
        assert told.headers["ratelimit"].startswith(f'"voter-60";r={left};t=')
        assert told.headers["ratelimit-policy"] == '"voter-60";q=3;w=60, "voter-86400";q=100;w=86400'
    told = client.post(DEAL, json={})
    assert (told.status_code, told.json()["type"]) == (429, "/problems/too-many-requests")
    assert told.headers["content-type"] == "application/problem+json"
    assert 1 <= int(told.headers["retry-after"]) <= 60
    assert told.headers["ratelimit"].startswith('"voter-60";r=0;t=')
    assert client.get(f"{API}/arenas/quiz/leaderboard").status_code == 200


def test_each_voter_of_an_address_has_limits_of_their_own(
    make: Maker, browser: Callable[..., TestClient]
) -> None:
    make.quiz()
    client = browser(limit_voter="1/minute")
    for _ in range(5):
        client.cookies.clear()
        client.get(f"{API}/me")
        assert client.post(DEAL, json={}).status_code == 201
        assert client.post(DEAL, json={}).status_code == 429


def test_a_problem_tells_what_is_left_too(make: Maker, browser: Callable[..., TestClient]) -> None:
    client = browser()
    client.get(f"{API}/me")
    told = client.post(f"{API}/arenas/none/battles", json={})
    assert told.status_code == 404
    assert told.headers["ratelimit"].startswith('"voter-60";r=239;t=')


def test_keys_are_limited_each_by_itself_and_reading_is_not(
    make: Maker, keys: Keys, browser: Callable[..., TestClient]
) -> None:
    make.quiz()
    client = browser(limit_key="2/minute")
    path = f"{API}/arenas/quiz/models/secret-m/answers"
    said = {"prompt_id": "p0", "text": "!"}
    told = [client.post(path, json=said, headers=keys.owner).status_code for _ in range(3)]
    assert told == [201, 201, 429]
    assert client.get(f"{API}/arenas/quiz/models", headers=keys.owner).status_code == 200
    other = client.post(f"{API}/arenas/quiz/models", json={"slug": "x"}, headers=keys.other_owner)
    assert other.status_code == 201


def test_a_voter_without_risk_is_never_asked_for_a_proof(
    make: Maker, browser: Callable[..., TestClient]
) -> None:
    make.quiz(models=3, prompts=10)
    client = browser()
    for _ in range(20):
        battle = client.post(DEAL, json={})
        assert battle.status_code == 201
        path = f"{API}/battles/{battle.json()['id']}/votes"
        assert client.post(path, json={"verdicts": {"overall": "a"}}).status_code == 201


def test_many_newcomers_of_one_network_prove_work_and_then_vote_as_always(
    make: Maker, browser: Callable[..., TestClient]
) -> None:
    make.quiz()
    client = browser(limit_newcomers="2/hour", proof_work=50)
    known = []
    for _ in range(2):
        client.cookies.clear()
        assert client.post(DEAL, json={}).status_code == 201
        known.append(client.cookies[deps.COOKIE])
    client.cookies.clear()
    client.get(f"{API}/me")
    told = client.post(DEAL, json={})
    assert (told.status_code, told.json()["type"]) == (428, "/problems/proof-needed")
    assert client.post(DEAL, json={}, headers=solved(client)).status_code == 201
    assert client.post(DEAL, json={}).status_code == 201  # from here on no newcomer
    client.cookies.set(deps.COOKIE, known[0])
    assert client.post(DEAL, json={}).status_code == 201


@pytest.mark.parametrize("address", ["203.0.114.9", "127.0.0.1", "::1"])
def test_another_network_is_not_asked_and_this_machine_never(
    make: Maker, browser: Callable[..., TestClient], address: str
) -> None:
    make.quiz()
    client = browser((address, 1), limit_newcomers="1/hour")
    assert client.post(DEAL, json={}).status_code == 201
    client.cookies.clear()
    expected = 428 if address == "203.0.114.9" else 201
    assert client.post(DEAL, json={}).status_code == expected
    assert browser(SCHOOL, limit_newcomers="1/hour").post(DEAL, json={}).status_code == 201


def test_more_battles_than_a_person_can_read_take_a_proof_each(
    make: Maker, browser: Callable[..., TestClient]
) -> None:
    make.quiz()
    client = browser(limit_battles="2/minute", proof_work=50)
    assert [client.post(DEAL, json={}).status_code for _ in range(3)] == [201, 201, 428]
    assert client.post(DEAL, json={}, headers=solved(client)).status_code == 201
    assert client.post(DEAL, json={}).status_code == 428


def test_whoever_holds_a_key_is_no_newcomer(
    make: Maker, keys: Keys, browser: Callable[..., TestClient]
) -> None:
    make.quiz()
    client = browser(limit_newcomers="1/hour")
    for _ in range(3):
        client.cookies.clear()
        assert client.post(DEAL, json={}, headers=keys.reader).status_code == 201


def refused(client: TestClient, headers: dict[str, str]) -> str:
    told = client.post(DEAL, json={}, headers=headers)
    assert (told.status_code, told.json()["type"]) == (428, "/problems/proof-refused")
    return str(told.json()["detail"])


@pytest.fixture
def suspect(make: Maker, browser: Callable[..., TestClient]) -> TestClient:
    """A voter from whom every further battle takes a proof."""
    make.quiz()
    client = browser(limit_battles="1/minute", proof_work=50)
    assert client.post(DEAL, json={}).status_code == 201
    return client


def test_a_proof_counts_once(suspect: TestClient) -> None:
    headers = solved(suspect)
    assert suspect.post(DEAL, json={}, headers=headers).status_code == 201
    assert "used already" in refused(suspect, headers)


def test_an_old_proof_is_refused(suspect: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.domain.proofs.LASTS", timedelta(seconds=-1))
    assert "too old" in refused(suspect, solved(suspect))


def test_another_voters_proof_is_refused(suspect: TestClient) -> None:
    cookie = suspect.cookies[deps.COOKIE]
    suspect.cookies.clear()
    headers = solved(suspect)
    suspect.cookies.clear()
    suspect.cookies.set(deps.COOKIE, cookie)
    assert "another voter" in refused(suspect, headers)


def test_a_forged_proof_is_refused(suspect: TestClient) -> None:
    challenge = suspect.get(f"{API}/challenge").json()
    right = altcha.solve_challenge(altcha.Challenge.from_dict(challenge))
    assert right is not None
    wrong = altcha.Solution(right.counter + 1, right.derived_key)
    assert "wrong" in refused(suspect, proof(challenge, wrong))
    easier = {**challenge, "parameters": {**challenge["parameters"], "keyPrefix": ""}}
    assert "wrong" in refused(suspect, proof(easier, right))
    own = altcha.create_challenge("SHA-256", 1, counter=1, hmac_secret="a secret of the forger").to_dict()
    solution = altcha.solve_challenge(altcha.Challenge.from_dict(own))
    assert "wrong" in refused(suspect, proof(own, solution))
    later = {**challenge, "parameters": {**challenge["parameters"], "expiresAt": 2**40}}
    assert "wrong" in refused(suspect, proof(later, right))


@pytest.mark.parametrize(
    "text",
    ["", "%%%", "e30=", "bnVsbA==", "W10=", base64.b64encode(b'{"challenge":[],"solution":{}}').decode(),
     base64.b64encode(b"[" * 2_000).decode(), base64.b64encode(b'{"challenge":{"parameters":{"algorithm":1,"nonce":2,'
     b'"salt":3,"cost":4,"expiresAt":1e400},"signature":"x"},"solution":{"counter":1,"derivedKey":2}}').decode()],
)  # fmt: skip
def test_what_is_no_proof_is_refused(suspect: TestClient, text: str) -> None:
    refused(suspect, {"Arena-Proof": text})


def test_only_a_declared_proxy_is_believed(make: Maker, browser: Callable[..., TestClient]) -> None:
    """A stranger cannot become many networks, and many networks behind the proxy are not one."""
    make.quiz()
    rules = {"limit_newcomers": "1/hour", "trusted_proxies": "10.0.0.0/8"}
    for address, expected in ((SCHOOL, [201, 428, 428]), (("10.1.2.3", 1), [201, 201, 201])):
        client = browser(address, **rules)
        told = []
        for number in range(3):
            client.cookies.clear()
            headers = {"X-Forwarded-For": f"6.6.6.6, 198.51.{number}.7"}
            told.append(client.post(DEAL, json={}, headers=headers).status_code)
        assert told == expected


@pytest.mark.parametrize("rates", ["often", "0", "10/fortnight", ""])
def test_rates_that_cannot_be_read_are_refused_at_the_start(rates: str) -> None:
    with pytest.raises(ValidationError, match="expected rates like 60/minute"):
        Settings(_env_file=None, limit_voter=rates)


def test_while_the_store_is_away_votes_are_taken(
    make: Maker,
    browser: Callable[..., TestClient],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    make.quiz()
    client = browser(limit_voter="1/minute", limit_battles="1/minute")
    client.get(f"{API}/me")

    def away(*_: Any) -> bool:
        raise StorageError(OSError("connection refused"))

    monkeypatch.setattr(SlidingWindowCounterRateLimiter, "hit", away)
    assert [client.post(DEAL, json={}).status_code for _ in range(3)] == [201] * 3
    assert "connection refused" in caplog.text


def test_a_store_that_is_not_there_is_named_at_the_start() -> None:
    with pytest.raises(ValidationError, match="redis"):
        Settings(_env_file=None, limit_storage="redis://localhost")
    with pytest.raises(ValidationError, match="nonsense"):
        Settings(_env_file=None, limit_storage="nonsense://")
