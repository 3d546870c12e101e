"""What the server writes down: no line that a caller made up, and no secret."""

import re
import socket
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import urlsplit

import httpx
import pytest

from app.db.session import Database
from app.domain import accounts
from tests.servers import Server

pytestmark = pytest.mark.system

MADE_UP = "2026-01-01 INFO everything is fine"
LINE = re.compile(r"^(INFO|WARNING|ERROR): ")


def raw(server: Server, request: bytes) -> bytes:
    at = urlsplit(server.url)
    with socket.create_connection((at.hostname, at.port), timeout=20) as connection:
        connection.sendall(request)
        return connection.recv(65_536)


def test_a_caller_writes_no_line_of_the_log(sqlite_url: str, serve: Callable[..., Server]) -> None:
    server = serve(sqlite_url, "--no-worker")
    for bad in ("%0a", "%0d%0a", "%0d", "%1b[2K", "%c2%85", "%e2%80%a8"):
        path = f"/api/v1/arenas/{bad}{MADE_UP.replace(' ', '%20')}"
        assert 400 <= httpx.get(f"{server.url}{path}").status_code < 500
    for end in (b"\n", b"\r", b"\r\n "):
        raw(server, b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Note: a" + end + MADE_UP.encode() + b"\r\n\r\n")
        raw(server, b"GET /healthz" + end + MADE_UP.encode() + b" HTTP/1.1\r\nHost: x\r\n\r\n")
    server.stop()
    written = server.log.read_text()
    assert "/api/v1/arenas/" in written
    for line in re.split(r"[\n\r\x85\u2028]", written):
        assert MADE_UP not in line or LINE.match(line), line
    assert "\x1b[2K" not in written


def test_no_secret_is_written(sqlite_url: str, serve: Callable[..., Server]) -> None:
    database = Database(sqlite_url)
    with database.writing() as session:
        key = accounts.create_key(session, "admin", "root", None, datetime.now(UTC))
    database.close()
    server = serve(sqlite_url, "--no-worker")
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url=f"{server.url}/api/v1") as client:
        client.post("/arenas", json={"slug": "quiz", "title": "Quiz"}, headers=headers).raise_for_status()
        made = client.post("/keys", json={"scope": "read"}, headers=headers).json()["key"]
        assert client.post("/session", json={"key": key}).status_code == 200
        assert client.post("/session", json={"key": f"{key}x"}).status_code == 401
        assert client.post("/session", json={"key": 7, "secret": key}).status_code == 422
        assert (
            client.post("/keys", content=f'{{"scope": "{key}"'.encode(), headers=headers).status_code == 422
        )
        cookies = [cookie.value or "" for cookie in client.cookies.jar]
    assert cookies
    server.stop()
    written = server.log.read_text()
    secrets = [each.split("_", 2)[2] for each in (key, made)]
    for secret in (*secrets, *cookies, "a key for tests, nowhere else"):
        assert len(secret) > 20
        assert secret not in written


def test_errors_of_the_database_hold_nothing_that_was_stored(database: Database) -> None:
    with pytest.raises(Exception, match="api_keys") as told, database.writing() as session:
        for _ in range(2):
            session.execute(
                accounts.ApiKey.__table__.insert().values(  # type: ignore[attr-defined]  # a Table
                    prefix="twice",
                    secret_hash="the hash of a key",
                    scope="admin",
                    owner="Ana Li",
                    created_at=datetime.now(UTC),
                )
            )
    assert "the hash of a key" not in str(told.value)
    assert "Ana Li" not in str(told.value)
