"""Requests that no well-meaning program sends: each gets a 4xx that says what is wrong, never a 5xx or a hang."""

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.system import voting
from tests.system.voting import WAIT_SECONDS, Place

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

JSON = "application/json"
NDJSON = "application/x-ndjson"
VOTE = '{"verdicts": {"overall": "a"}%s}'
DEEP = 100_000
LARGEST = 1_000_000


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp(request.param)
    with voting.running(request, folder, ARENA_MAX_BODY_MB="1") as started:
        yield voting.make_arena(started, "arena", dimensions=())


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (JSON, VOTE % (', "reading": ' + '{"a":' * DEEP + "1" + "}" * DEEP)),
        (JSON, VOTE % (', "reading": {"a": ' + "[" * 40 + "]" * 40 + "}")),
        (JSON, "[" * DEEP),
        (JSON, VOTE % ', "confidence": 1e400'),
        (JSON, VOTE % ', "confidence": NaN'),
        (JSON, VOTE % ', "confidence": -Infinity'),
        (JSON, VOTE % ', "reading": {"a": 1e400}'),
        (JSON, VOTE % ', "reading": {"a": NaN}'),
        (JSON, VOTE % (', "reading": {"a": ' + "9" * 5_000 + "}")),
        (JSON, VOTE % (', "strengths": {"overall": ' + "9" * 400 + "}")),
        (JSON, VOTE % r', "comment": "\ud800"'),
        (JSON, VOTE % r', "comment": "\u0000"'),
        (JSON, VOTE % r', "reading": {"\ud800": 1}'),
        (JSON, VOTE % r', "reading": {"a": "\udfff"}'),
        (JSON, VOTE % r', "reading": {"a\u0000": [1]}'),
        (JSON, VOTE % r', "reasons": {"a": ["\u0000"]}'),
        (JSON, r'{"verdicts": {"\ud800": "a"}}'),
        (JSON, r'{"verdicts": {"overall": "a", "\u0000": "a"}}'),
        (JSON, '{"verdicts": {"overall": "a", "overall": "both_good"}}'),
        (JSON, VOTE % ', "verdicts": []'),
        (JSON, b'{"verdicts": {"overall": "\xff\xfe"}}'),
        (JSON, "null"),
        (JSON, '"a"'),
        (JSON, ""),
        ("text/plain", VOTE % ""),
        ("application/x-www-form-urlencoded", "verdicts=a"),
        ("multipart/form-data; boundary=x", "--x--"),
        (NDJSON, VOTE % ""),
        ("", VOTE % ""),
    ],
)
def test_a_vote_that_cannot_be_read_is_refused(place: Place, kind: str, body: str | bytes) -> None:
    voter = voting.new_voter(place.url)
    battle = voting.deal(place, voter)
    with voting.client(place.url, voter) as browser:
        path = f"/battles/{battle}/votes"
        _is_problem(browser.post(path, content=_bytes(body), headers={"Content-Type": kind}), 400, 415, 422)
        counted = browser.post(path, json={"verdicts": {"overall": "b"}})
    assert counted.status_code == 201, "the refused vote left something behind"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (JSON, "[" * DEEP),
        (JSON, '{"id": "p", "text": "?", "metadata": {"a": 1e400}}'),
        (JSON, '{"id": "p", "text": "?", "metadata": {"a": NaN}}'),
        (JSON, '{"id": "p", "text": "?", "metadata": {"a": ' + "9" * 5_000 + "}}"),
        (JSON, r'{"id": "\ud800", "text": "?"}'),
        (JSON, r'{"id": "p", "text": "\ud800"}'),
        (JSON, r'{"id": "p", "text": "\u0000"}'),
        (JSON, r'{"id": "p", "text": "?", "rubrics": [{"\udc00": 1}]}'),
        (JSON, r'{"id": "p", "text": "?", "category": "a\ud800"}'),
        (JSON, r'[{"id": "p", "text": "?", "checklist": ["\ud800"]}, 7]'),
        (JSON, r'{"id": "p", "text": "?", "\ud800": 1}'),
        (JSON, b'{"id": "p", "text": "\xff"}'),
        (JSON, ""),
        (NDJSON, '{"id": "p", "text": "?"}\n{"id":'),
        (NDJSON, '{"id": "p", "text": "?"}\n[]\n'),
        (NDJSON, "[" * DEEP + "\n"),
        (NDJSON, b'{"id": "\xff", "text": "?"}\n'),
        (NDJSON, r'{"id": "p", "text": "\ud800"}'),
        (NDJSON, '{"id": "p", "text": "?", "metadata": {"a": NaN}}'),
        ("application/json; charset=latin1", b'{"id": "p", "text": "\xe9"}'),
        ("text/csv", "id,text\np,?"),
    ],
)
def test_prompts_that_cannot_be_read_are_refused(place: Place, kind: str, body: str | bytes) -> None:
    with place.admin() as admin:
        path = f"/arenas/{place.arena}/prompts"
        answer = admin.post(path, content=_bytes(body), headers={"Content-Type": kind})
        _is_problem(answer, 400, 422)
        assert "p" not in [each["id"] for each in admin.get(path).json()["items"]]


@pytest.mark.parametrize(
    "path",
    [
        "/arenas/%00",
        "/arenas/a%00b/leaderboard",
        "/arenas/%ff%fe",
        "/arenas/%ed%a0%80",
        "/arenas/" + "a" * 20_000,
        "/arenas/arena/dimensions/%00",
        "/arenas/arena/leaderboard?dimension=%00",
        "/arenas/arena/leaderboard?voters=judge:%00",
        "/arenas/arena/leaderboard?category=%00",
        "/arenas/arena/leaderboard?category=%ff",
        "/arenas/arena/leaderboard?language=%ed%a0%80",
        "/arenas/arena/leaderboard?snapshot=%00",
        "/arenas/arena/leaderboard?method=%00",
        "/arenas/arena/leaderboard?ties=%00",
        "/arenas/arena/leaderboards?voters=%ff",
        "/arenas?limit=" + "9" * 5_000,
        "/arenas?limit=1e3",
        "/arenas?cursor=" + "9" * 20,
        "/arenas?cursor=%00",
        "/arenas?cursor=-1",
        "/arenas?cursor=%d9%a1",  # a digit, but not of this kind
        "/me/votes?cursor=9223372036854775808",
        "/battles/%00/votes",
    ],
)
def test_an_address_that_names_nothing_is_answered(place: Place, path: str) -> None:
    with voting.client(place.url, voting.new_voter(place.url)) as browser:
        answer = browser.get(path)
    # What is no text is read as U+FFFD, which may be a filter that fits no vote.
    if answer.status_code != 200:
        _is_problem(answer, 404, 405, 422)
    else:
        assert answer.json().get("votes", 0) == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"Cookie": "arena_voter=garbage"},
        {"Cookie": b"arena_voter=\xff\xfe.\x80"},
        {"Cookie": "arena_voter=" + "a" * 30_000},
        {"Cookie": "arena_voter=e30.sig; arena_voter=; =;;;"},
        {"Cookie": b'arena_voter="\\303\\050"'},
        {"Authorization": "Bearer"},
        {"Authorization": "Basic YTpi"},
        {"Authorization": b"Bearer pa_\xff_\xfe"},
        {"Authorization": "Bearer pa__"},
        {"Authorization": "Bearer " + "pa_" * 9_000},
        {"Idempotency-Key": ""},
        {"Idempotency-Key": "a" * 201},
        {"Idempotency-Key": b"\xff"},
        {"If-None-Match": b"\xff"},
        {"Accept-Encoding": b"\xff"},
        {"Accept": "text/plain"},
        {"Content-Length": "0"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_odd_headers_are_answered(place: Place, headers: dict[str, Any]) -> None:
    with voting.client(place.url) as browser:
        for method, path in (
            ("GET", "/me"),
            ("GET", f"/arenas/{place.arena}/leaderboard"),
            ("POST", f"/arenas/{place.arena}/battles"),
        ):
            answer = browser.request(method, path, headers=headers)
            if answer.status_code not in (200, 201):
                _is_problem(answer, 401, 403, 422)


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT"])
def test_a_method_that_a_route_lacks_is_named(place: Place, method: str) -> None:
    with voting.client(place.url) as browser:
        answer = browser.request(method, "/battles/x/votes")
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "POST, PATCH, DELETE"


@pytest.mark.parametrize("method", ["TRACE", "QUERY", "BREW"])
def test_a_method_that_nothing_takes_is_refused(place: Place, method: str) -> None:
    with voting.client(place.url) as browser:
        assert browser.request(method, "/battles/x/votes").status_code in (400, 405)


def test_a_body_beyond_the_limit_is_refused_however_it_comes(place: Place) -> None:
    path = f"/arenas/{place.arena}/prompts"
    large = b'{"id": "large", "text": "' + b"a" * LARGEST + b'"}'

    def pieces() -> Iterator[bytes]:
        for start in range(0, len(large), 65_536):
            yield large[start : start + 65_536]

    with place.admin() as admin:
        for content in (large, pieces()):
            answer = admin.post(path, content=content, headers={"Content-Type": JSON})
            _is_problem(answer, 413)
            assert answer.json()["type"] == "/problems/too-large"
        battle = f"/arenas/{place.arena}/battles"
        _is_problem(admin.post(battle, content=pieces(), headers={"Content-Type": JSON}), 413)
        _is_problem(admin.request("DELETE", "/battles/x/votes", content=pieces()), 413)
        assert admin.post(path, json={"id": "small", "text": "a" * 1_000}).status_code == 201


def test_a_sender_who_stops_midway_holds_up_nobody(place: Place) -> None:
    """Thirty bodies that never end, and one who hangs up; a vote beside them is stored."""
    address = urlsplit(place.url)
    head = "{} HTTP/1.1\r\nHost: arena\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
    lines = ["DELETE /api/v1/battles/x/votes", f"POST /api/v1/arenas/{place.arena}/battles"]
    opened = []
    try:
        for at in range(30):
            opened.append(socket.create_connection((address.hostname, address.port), WAIT_SECONDS))
            opened[-1].sendall(head.format(lines[at % 2]).encode() + b"{")
        opened.pop().close()
        voter = voting.new_voter(place.url)
        battle = voting.deal(place, voter)
        with voting.client(place.url, voter) as browser:
            answer = browser.post(f"/battles/{battle}/votes", json={"verdicts": {"overall": "a"}})
        assert answer.status_code == 201
    finally:
        for each in opened:
            each.close()


def test_noise_is_answered_or_hung_up_on(place: Place) -> None:
    address = urlsplit(place.url)
    noise = [
        b"\x00" * 100,
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n",
    ]

    def send(sent: bytes) -> bytes:
        with socket.create_connection((address.hostname, address.port), WAIT_SECONDS) as connection:
            try:
                connection.sendall(sent)
                connection.shutdown(socket.SHUT_WR)
                return connection.recv(20)
            except ConnectionError:
                return b""

    with ThreadPoolExecutor(len(noise)) as threads:
        answers = list(threads.map(send, noise))
    assert not [answer for answer in answers if answer.startswith(b"HTTP/1.1 5")]
    assert httpx.get(f"{place.url}/readyz", timeout=WAIT_SECONDS).status_code == 200


def _is_problem(answer: httpx.Response, *statuses: int) -> None:
    assert answer.status_code in statuses, answer.text[:500]
    assert answer.headers["Content-Type"] == "application/problem+json"
    told = json.loads(answer.text)
    assert told["status"] == answer.status_code
    assert told["detail"]


def _bytes(body: str | bytes) -> bytes:
    return body if isinstance(body, bytes) else body.encode()
