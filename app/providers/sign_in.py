"""Sign-in: who somebody is by the word of an OpenID provider, by authorization code with PKCE (RFC 7636).

Two steps: `begin` gives the address that the browser is sent to, `finish` turns the code that it comes back with into
the claims of the ID token, whose signature, issuer, audience, age and nonce were checked.
"""

import hmac
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from app.providers.addresses import is_allowed
from app.providers.identity import IdentityProvider

SECONDS = 10
LARGEST_REPLY = 1_000_000
KEPT_SECONDS = 600  # the provider's description, so that a sign-in that is only begun costs it nothing
LEEWAY = 60  # seconds that clocks may differ
SCOPES = "openid email profile"
# Of a public key alone: with a shared secret, or none, whoever asks could have written the token.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519"]


class SignInFailed(Exception):
    """The provider did not say who it is, or not in a way that can be believed; holds no secret."""


@dataclass(frozen=True, slots=True)
class Begun:
    """Where to send the browser, and what must be known again when it comes back."""

    address: str
    state: str
    nonce: str
    verifier: str


def begin(provider: IdentityProvider) -> Begun:
    """Raises SignInFailed."""
    described = _described(provider)
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    address = prepare_grant_uri(
        _endpoint(described, "authorization_endpoint", provider),
        provider.client_id,
        "code",
        provider.redirect_uri,
        SCOPES,
        state,
        nonce=nonce,
        code_challenge=create_s256_code_challenge(verifier),
        code_challenge_method="S256",
    )
    return Begun(str(address), state, nonce, verifier)


def finish(provider: IdentityProvider, code: str, verifier: str, nonce: str) -> Mapping[str, Any]:
    """The claims of whoever signed in. Raises SignInFailed."""
    described = _described(provider)
    with _client() as client:
        token = _token(client, _endpoint(described, "token_endpoint", provider), provider, code, verifier)
        keys = _json(client, "GET", _endpoint(described, "jwks_uri", provider))
    try:
        read = jwt.decode(token, KeySet.import_key_set(keys), algorithms=ALGORITHMS)  # type: ignore[arg-type]  # checked when it is read
        jwt.JWTClaimsRegistry(
            leeway=LEEWAY,
            iss={"essential": True, "value": provider.issuer},
            aud={"essential": True, "value": provider.client_id},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
        ).validate(read.claims)
    except (JoseError, ValueError, TypeError, KeyError) as refused:
        raise SignInFailed(f"the ID token is not to be believed: {type(refused).__name__}") from None
    claims: Mapping[str, Any] = read.claims
    if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise SignInFailed("the ID token answers another sign-in")
    if claims.get("azp", provider.client_id) != provider.client_id:
        raise SignInFailed("the ID token was made for another program")
    return claims


def _client() -> httpx.Client:
    # Redirects are not followed: an address that was checked must not lead to one that was not.
    return httpx.Client(timeout=SECONDS, follow_redirects=False)


def _described(provider: IdentityProvider) -> Mapping[str, Any]:
    return _description(provider, int(time.monotonic() // KEPT_SECONDS))


@lru_cache(maxsize=2)
def _description(provider: IdentityProvider, period: int) -> Mapping[str, Any]:
    address = f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration"
    _check(address, provider)
    with _client() as client:
        described = _json(client, "GET", address)
    if described.get("issuer") != provider.issuer:
        raise SignInFailed(f"the provider at {provider.issuer} calls itself something else")
    return described


def _endpoint(described: Mapping[str, Any], name: str, provider: IdentityProvider) -> str:
    found = described.get(name)
    if not isinstance(found, str):
        raise SignInFailed(f"the provider names no {name}")
    _check(found, provider)
    return found


def _check(address: str, provider: IdentityProvider) -> None:
    try:
        url = httpx.URL(address)
        port = url.port or (443 if url.scheme == "https" else 80)
    except httpx.InvalidURL as broken:
        raise SignInFailed("the provider names an address that is none") from broken
    if not url.host or (url.scheme != "https" and not is_allowed(url.host, port, provider.private_hosts)):
        raise SignInFailed(
            f"{url.host or 'nobody'} would be asked without TLS; ARENA_PRIVATE_HOSTS can allow it"
        )


def _token(client: httpx.Client, endpoint: str, provider: IdentityProvider, code: str, verifier: str) -> str:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": provider.redirect_uri,
        "code_verifier": verifier,
    }
    auth = None
    if provider.client_secret:
        auth = httpx.BasicAuth(provider.client_id, provider.client_secret)
    else:
        form["client_id"] = provider.client_id
    found = _json(client, "POST", endpoint, data=form, auth=auth).get("id_token")
    if not isinstance(found, str):
        raise SignInFailed("the provider sent no ID token")
    return found


def _json(client: httpx.Client, method: str, address: str, **sent: Any) -> Mapping[str, Any]:
    """Never more than it should be, and nothing of it in what is told: it may hold tokens."""
    try:
        with client.stream(method, address, **sent) as answer:
            held = bytearray()
            for piece in answer.iter_bytes():
                held += piece
                if len(held) > LARGEST_REPLY:
                    raise SignInFailed("the provider's answer is too large")
        if answer.status_code != 200:
            raise SignInFailed(f"the provider answered {answer.status_code}")
        found = httpx.Response(200, content=bytes(held)).json()
    except httpx.HTTPError as away:
        raise SignInFailed(f"the provider does not answer: {type(away).__name__}") from None
    except (ValueError, RecursionError):
        raise SignInFailed("the provider's answer is not JSON") from None
    if not isinstance(found, dict):
        raise SignInFailed("the provider's answer is no JSON object")
    return found
