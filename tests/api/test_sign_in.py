"""Admins sign in at an OpenID provider: who may, for how long, and all the ways in which it must not work."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient
from joserfc.jwk import ECKey
from pydantic import SecretStr, ValidationError

from app.api import deps, sign_in
from app.api.main import create_app
from app.settings import Settings
from tests.api import identity_provider
from tests.api.conftest import API
from tests.api.identity_provider import ANA, CLIENT_ID, CLIENT_SECRET, Provider

BEGIN, CALLBACK = f"{API}/session/oidc/begin", f"{API}/session/oidc/callback"


@pytest.fixture
def provider() -> Iterator[Provider]:
    with identity_provider.running() as running:
        yield running


@pytest.fixture
def browser_of(sqlite_url: str, provider: Provider) -> Iterator[Callable[..., TestClient]]:
    opened = []

    def make(**settings: Any) -> TestClient:
        agreed = {
            "database_url": sqlite_url,
            "public_url": "http://testserver/",
            "oidc_issuer": provider.issuer,
            "oidc_client_id": CLIENT_ID,
            "oidc_client_secret": SecretStr(CLIENT_SECRET),
            "oidc_admins": "ana@example.org, ben@example.org",
            "private_hosts": "127.0.0.1",
        }
        key = SecretStr("a key for tests, nowhere else")
        told = Settings(_env_file=None, secret_key=key, **{**agreed, **settings})
        made = TestClient(create_app(told), follow_redirects=False)
        made.__enter__()
        opened.append(made)
        return made

    yield make
    for each in opened:
        each.__exit__(None, None, None)


@pytest.fixture
def anywhere(browser_of: Callable[..., TestClient], database_url: str) -> TestClient:
    """On each kind of database: for what is stored."""
    return browser_of(database_url=database_url)


@pytest.fixture
def browser(browser_of: Callable[..., TestClient]) -> TestClient:
    return browser_of()


def begun(browser: TestClient) -> str:
    told = browser.get(BEGIN)
    assert told.status_code == 303, told.text
    return str(told.headers["location"])


def back(browser: TestClient, brought: dict[str, str]) -> str:
    told = browser.get(CALLBACK, params=brought)
    assert told.status_code == 303, told.text
    assert told.headers["cache-control"] == "no-store"
    return str(told.headers["location"])


def nobody(browser: TestClient) -> bool:
    return browser.get(f"{API}/session").json()["scope"] is None


def test_an_admin_signs_in_does_what_admins_do_and_signs_out(
    anywhere: TestClient, provider: Provider
) -> None:
    address = begun(anywhere)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    assert address.startswith(f"{provider.issuer}/authorize?")
    assert (asked["client_id"], asked["redirect_uri"]) == (CLIENT_ID, f"http://testserver{CALLBACK}")
    assert asked["scope"] == "openid email profile"
    assert back(anywhere, provider.approve(address)) == "/admin"
    told = anywhere.get(f"{API}/session").json()
    assert (told["scope"], told["owner"], told["arena"], told["cookie"]) == (
        "admin",
        ANA["email"],
        None,
        True,
    )
    made = anywhere.post(f"{API}/arenas", json={"slug": "quiz", "title": "Quiz"})
    assert made.status_code == 201
    entries = anywhere.get(f"{API}/audit").json()["items"]
    assert [(each["action"], each["owner"]) for each in entries] == [
        ("create_arena", ANA["email"]),
        ("sign_in", ANA["email"]),
    ]
    kept = anywhere.cookies[deps.SESSION]
    assert anywhere.delete(f"{API}/session").status_code == 204
    assert nobody(anywhere)
    anywhere.cookies.set(deps.SESSION, kept)  # somebody copied it
    assert nobody(anywhere)


def test_another_admin_can_end_it_and_its_key_cannot_be_sent(
    anywhere: TestClient, provider: Provider
) -> None:
    back(anywhere, provider.approve(begun(anywhere)))
    prefix = anywhere.get(f"{API}/session").json()["prefix"]
    for guess in ("", "x", "None"):
        headers = {"Authorization": f"Bearer pa_{prefix}_{guess}"}
        assert anywhere.get(f"{API}/keys", headers=headers).status_code == 401
    assert [each["owner"] for each in anywhere.get(f"{API}/keys").json()["items"]] == [ANA["email"]]
    assert anywhere.delete(f"{API}/keys/{prefix}").status_code == 200
    assert nobody(anywhere)


def test_logging_out_of_a_keys_session_leaves_the_key(
    anywhere: TestClient, key_for: Callable[..., Any]
) -> None:
    headers = key_for("admin", "root")
    anywhere.post(f"{API}/session", json={"key": headers["Authorization"].removeprefix("Bearer ")})
    assert anywhere.delete(f"{API}/session").status_code == 204
    assert anywhere.get(f"{API}/keys", headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("person", "settings", "expected"),
    [
        ({"sub": "u2", "email": "BEN@example.org", "email_verified": True}, {}, "/admin"),
        ({"sub": "u2", "email": "eve@example.org", "email_verified": True}, {}, "/admin?sign_in=refused"),
        ({**ANA, "email_verified": False}, {}, "/admin?sign_in=refused"),
        ({"sub": "u1", "email": ANA["email"]}, {}, "/admin?sign_in=refused"),
        ({"sub": "u1", "email": ["ana@example.org"], "email_verified": True}, {}, "/admin?sign_in=refused"),
        ({"sub": "u2", "groups": ["staff", "arena"]}, {"oidc_admin_claim": "groups=arena"}, "/admin"),
        ({"sub": "u2", "role": "arena"}, {"oidc_admin_claim": "role=arena"}, "/admin"),
        ({"sub": "u2", "groups": ["arenas"]}, {"oidc_admin_claim": "groups=arena"}, "/admin?sign_in=refused"),
        (
            {"sub": "u2", "groups": "arena-guests"},
            {"oidc_admin_claim": "groups=arena"},
            "/admin?sign_in=refused",
        ),
    ],
)
def test_who_is_an_admin(
    browser_of: Callable[..., TestClient],
    provider: Provider,
    person: dict[str, Any],
    settings: dict[str, str],
    expected: str,
) -> None:
    browser = browser_of(**settings)
    provider.person = person
    assert back(browser, provider.approve(begun(browser))) == expected
    assert nobody(browser) == (expected != "/admin")


CLAIMS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "of another issuer": lambda good: {**good, "iss": "https://evil.example"},
    "for another client": lambda good: {**good, "aud": "another"},
    "made for another of several": lambda good: {**good, "aud": [CLIENT_ID, "another"], "azp": "another"},
    "old": lambda good: {**good, "exp": good["iat"] - 3600},
    "without an end": lambda good: {name: value for name, value in good.items() if name != "exp"},
    "of tomorrow": lambda good: {**good, "iat": good["iat"] + 86_400},
    "with another nonce": lambda good: {**good, "nonce": "x"},
    "without a nonce": lambda good: {name: value for name, value in good.items() if name != "nonce"},
    "of nobody": lambda good: {name: value for name, value in good.items() if name != "sub"},
    "unsigned": lambda good: "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1MSJ9.",
    "no token": lambda good: "nonsense",
}


@pytest.mark.parametrize("name", CLAIMS)
def test_a_token_that_is_not_to_be_believed(browser: TestClient, provider: Provider, name: str) -> None:
    provider.wrong["claims"] = CLAIMS[name]
    assert back(browser, provider.approve(begun(browser))) == "/admin?sign_in=failed"
    assert nobody(browser)


def test_a_token_signed_by_somebody_else(browser: TestClient, provider: Provider) -> None:
    for signing in (
        ({"alg": "ES256", "kid": "k1"}, ECKey.generate_key("P-256", {"kid": "k1"})),
        ({"alg": "ES256", "kid": "k9"}, ECKey.generate_key("P-256", {"kid": "k9"})),
        identity_provider.shared_secret(),
    ):
        provider.signing = signing
        assert back(browser, provider.approve(begun(browser))) == "/admin?sign_in=failed"
        assert nobody(browser)


REPLIES: list[tuple[str, Callable[[Any], Any]]] = [
    ("token", lambda _: b"no JSON"),
    ("token", lambda _: b"[" * 100_000),
    ("token", lambda _: []),
    ("token", lambda _: {"access_token": "x"}),
    ("token", lambda _: {"id_token": 7}),
    ("token", lambda _: b" " * 1_100_000),
    ("keys", lambda _: {}),
    ("keys", lambda _: {"keys": []}),
    ("keys", lambda _: {"keys": [{"kty": "EC"}]}),
    ("keys", lambda _: b"no JSON"),
]


@pytest.mark.parametrize(("name", "wrong"), REPLIES)
def test_replies_that_make_no_sense(
    browser: TestClient, provider: Provider, name: str, wrong: Callable[[Any], Any]
) -> None:
    provider.wrong[name] = wrong
    assert back(browser, provider.approve(begun(browser))) == "/admin?sign_in=failed"
    assert nobody(browser)


DESCRIPTIONS: list[Callable[[Any], Any]] = [
    lambda good: {**good, "issuer": "https://another.example"},
    lambda good: {**good, "authorization_endpoint": None},
    lambda good: {**good, "authorization_endpoint": "http://elsewhere.example/authorize"},
    lambda good: {**good, "authorization_endpoint": "javascript:alert(1)"},
    lambda _: b"<html>",
    lambda _: [],
]


@pytest.mark.parametrize("wrong", DESCRIPTIONS)
def test_a_description_that_cannot_be_followed(
    browser: TestClient, provider: Provider, wrong: Callable[[Any], Any]
) -> None:
    provider.wrong["description"] = wrong
    assert begun(browser) == "/admin?sign_in=failed"


@pytest.mark.parametrize("status", [302, 404, 500])
def test_a_provider_that_is_broken(browser: TestClient, provider: Provider, status: int) -> None:
    provider.status["description"] = status
    assert begun(browser) == "/admin?sign_in=failed"
    provider.status = {"token": status}
    assert back(browser, provider.approve(begun(browser))) == "/admin?sign_in=failed"


def test_a_provider_that_is_away(browser_of: Callable[..., TestClient]) -> None:
    browser = browser_of(oidc_issuer="http://127.0.0.1:9")
    assert begun(browser) == "/admin?sign_in=failed"


def test_nobody_is_asked_without_tls_unless_the_operator_allows_it(
    browser_of: Callable[..., TestClient], provider: Provider
) -> None:
    assert begun(browser_of(private_hosts="")) == "/admin?sign_in=failed"
    assert provider.asked == []


def test_a_callback_that_was_not_begun_here(browser: TestClient, provider: Provider) -> None:
    brought = provider.approve(begun(browser))
    assert back(browser, {**brought, "state": "x"}) == "/admin?sign_in=stale"
    assert back(browser, {"code": brought["code"]}) == "/admin?sign_in=stale"
    browser.cookies.clear()
    assert back(browser, brought) == "/admin?sign_in=stale"
    browser.cookies.set(sign_in.COOKIE, "forged.by.hand")
    assert back(browser, brought) == "/admin?sign_in=stale"
    assert "token" not in provider.asked


def test_a_callback_counts_once(browser: TestClient, provider: Provider) -> None:
    brought = provider.approve(begun(browser))
    assert back(browser, brought) == "/admin"
    assert back(browser, brought) == "/admin?sign_in=stale"


def test_a_begin_that_is_too_old(
    browser: TestClient, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    brought = provider.approve(begun(browser))
    monkeypatch.setattr(sign_in, "SECONDS", -1)
    assert back(browser, brought) == "/admin?sign_in=stale"


def test_whoever_declines_is_told(
    browser: TestClient, provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    state = provider.approve(begun(browser))["state"]
    assert back(browser, {"error": "access_denied", "state": state}) == "/admin?sign_in=failed"
    assert "access_denied" in caplog.text


def test_nothing_secret_is_logged(
    browser: TestClient, provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="app")
    provider.wrong["claims"] = CLAIMS["old"]
    brought = provider.approve(begun(browser))
    back(browser, brought)
    assert "not to be believed" in caplog.text
    for secret in (CLIENT_SECRET, brought["code"], brought["state"], "eyJ"):
        assert secret not in caplog.text


def test_the_cookie_of_a_sign_in_is_hidden_from_scripts_and_short(browser: TestClient) -> None:
    told = browser.get(BEGIN).headers["set-cookie"].lower()
    assert all(each in told for each in ("httponly", "samesite=lax", "max-age=600"))


def test_it_is_offered_where_there_is_a_provider(browser: TestClient, client: TestClient) -> None:
    path = f"{API}/session/oidc"
    assert browser.get(path).json() == {"name": "single sign-on"}
    assert client.get(path).json() == {"name": None}
    for each in (BEGIN, CALLBACK):
        assert (client.get(each).status_code, client.get(each).json()["type"]) == (404, "/problems/not-found")


@pytest.mark.parametrize(
    "settings",
    [
        {"oidc_issuer": "https://a.example"},
        {"oidc_issuer": "https://a.example", "oidc_client_id": "x", "public_url": "https://b.example"},
        {"oidc_admin_claim": "groups"},
    ],
)
def test_half_a_provider_is_refused_at_the_start(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="ARENA_OIDC"):
        Settings(_env_file=None, **settings)
