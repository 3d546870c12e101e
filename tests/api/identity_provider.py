"""A small OpenID provider in this process, which can do wrong in all the ways that a test asks for."""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey

CLIENT_ID, CLIENT_SECRET = "arena", "the secret of the client"
ANA = {"sub": "u1", "email": "ana@example.org", "email_verified": True}


@dataclass
class Provider:
    """`person` are the claims of whoever signs in; `wrong` changes what is sent: name of a reply → function of it."""

    issuer: str = ""
    person: dict[str, Any] = field(default_factory=lambda: dict(ANA))
    wrong: dict[str, Callable[[Any], Any]] = field(default_factory=dict)
    status: dict[str, int] = field(default_factory=dict)
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "k1"}))
    signing: Any = None  # (header, key) when not the published one
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def approve(self, address: str) -> dict[str, str]:
        """What the browser brings back from the page that `address` leads to."""
        asked = dict(parse_qsl(urlsplit(address).query))
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        return {"code": code, "state": asked["state"]}

    def description(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
        }

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, Any]:
        asked = self.codes.pop(form.get("code", ""), None)
        basic = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        verifier = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).rstrip(b"=").decode()
        if (
            asked is None
            or authorization != f"Basic {basic}"
            or challenge != asked["code_challenge"]
            or form["redirect_uri"] != asked["redirect_uri"]
        ):
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
        claims = self.wrong.get("claims", lambda same: same)({**claims, **self.person})
        header, key = self.signing or ({"alg": "ES256", "kid": "k1"}, self.key)
        signed = (
            claims if isinstance(claims, str) else jwt.encode(header, claims, key, algorithms=[header["alg"]])
        )
        return 200, {"access_token": "an access token", "token_type": "Bearer", "id_token": signed}

    def keys(self) -> Any:
        return KeySet([self.key]).as_dict(private=False)


def shared_secret() -> tuple[dict[str, str], OctKey]:
    """A token signed with the client's secret, which is no public key."""
    return {"alg": "HS256"}, OctKey.import_key(CLIENT_SECRET)


@contextmanager
def running() -> Iterator[Provider]:
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = {"/.well-known/openid-configuration": "description", "/keys": "keys"}.get(self.path, "")
            self._send(name, 200, {"description": provider.description, "keys": provider.keys}[name]())

        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(sent).items()}
            self._send("token", *provider.token(form, self.headers.get("Authorization", "")))

        def _send(self, name: str, status: int, found: Any) -> None:
            provider.asked.append(name)
            found = provider.wrong.get(name, lambda same: same)(found)
            sent = found if isinstance(found, bytes) else json.dumps(found).encode()
            self.send_response(provider.status.get(name, status))
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, *_: Any) -> None:
            """Nothing: a test's output is for its failures."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.issuer = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
