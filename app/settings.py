"""Every variable of the program, read from the environment or `.env` with the prefix ARENA_, and only by the edges."""

import os
import re
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url

if TYPE_CHECKING:
    from app.providers.identity import SignIn
    from app.providers.provider import Operator


def _rates(text: str) -> str:
    # Imported here, so that a command that serves nothing starts without it.
    from limits import parse_many

    try:
        parse_many(text)
    except ValueError as unreadable:
        raise ValueError(f"{text!r}: expected rates like 60/minute;5000/day") from unreadable
    return text


def _store(address: str) -> str:
    from limits.errors import ConfigurationError
    from limits.storage import storage_from_string

    try:
        storage_from_string(address)
    except ConfigurationError as unusable:
        raise ValueError(str(unusable)) from unusable
    return address


def _ancestors(text: str) -> str:
    origins = text.split()
    plain = re.compile(r"https?://(\*\.)?[A-Za-z0-9.-]+(:\d+)?")
    if not (origins in (["*"], ["none"]) or (origins and all(plain.fullmatch(each) for each in origins))):
        raise ValueError(f"{text!r}: expected *, none, or origins like https://example.org")
    return " ".join(origins)


Rates = Annotated[str, AfterValidator(_rates)]


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="ARENA_", env_file=".env", extra="ignore")

    database_url: str = Field(
        default="sqlite:///./arena.db", description="sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME"
    )
    secret_key: SecretStr | None = Field(
        default=None,
        description="signs the voters' cookies; without it a key is made and kept beside the data",
    )
    host: str = Field(default="127.0.0.1", description="address to listen on")
    port: int = Field(default=8000, ge=0, le=65535, description="port to listen on; 0 takes a free one")
    workers: int = Field(default=1, ge=1, le=64, description="server processes")
    secure_cookies: bool = Field(default=False, description="send cookies over HTTPS only; set it behind TLS")
    trusted_proxies: str = Field(
        default="",
        description="proxies that may say from which address a call came: addresses and networks, by commas",
    )
    limit_voter: Rates = Field(default="240/minute;10000/day", description="most writing calls of one voter")
    limit_key: Rates = Field(default="1200/minute", description="most writing calls with one API key")
    limit_battles: Rates = Field(
        default="60/minute", description="battles dealt to one voter above which each takes a proof of work"
    )
    limit_newcomers: Rates = Field(
        default="300/hour",
        description="new voters from one network above which each brings a proof of work",
    )
    limit_registrations: Rates = Field(
        default="5/hour",
        description="owners who register from one network above which each brings a proof of work",
    )
    limit_storage: Annotated[str, AfterValidator(_store)] = Field(
        default="memory://", description="where calls are counted: memory:// for each process by itself"
    )
    proof_work: int = Field(
        default=200_000, ge=1, le=10_000_000, description="hashes that a proof of work takes at most"
    )
    public_url: str = Field(
        default="",
        description="the address at which browsers find the server, for an OpenID provider to send them to",
    )
    oidc_issuer: str = Field(default="", description="OpenID provider at which admins may sign in")
    oidc_client_id: str = Field(default="", description="what the provider calls this arena")
    oidc_client_secret: SecretStr | None = Field(
        default=None, description="what the arena proves that with; none for a public client"
    )
    oidc_name: str = Field(default="single sign-on", description="what the page calls the provider")
    oidc_admins: str = Field(default="", description="verified e-mail addresses of admins, by commas")
    oidc_admin_claim: str = Field(
        default="", description="a claim that makes an admin, as name=value: groups=arena-admins"
    )
    metrics: Literal["open", "key", "off"] = Field(
        default="open", description="who reads /metrics: everybody, holders of a key of scope read, or nobody"
    )
    embed_origins: Annotated[str, AfterValidator(_ancestors)] = Field(
        default="*",
        description="who may show a board in a frame: *, none, or origins like https://example.org, by spaces",
    )
    max_body_mb: int = Field(default=64, ge=1, le=4096, description="largest request body in MB")
    max_upload_mb: int = Field(
        default=512, ge=1, le=100_000, description="largest file of answers in MB that comes in parts"
    )
    roll_up_seconds: float = Field(
        default=5.0, gt=0, description="longest that a vote waits to be added to the tallies"
    )
    roll_up_votes: int = Field(
        default=1_000, ge=1, description="so many waiting votes are added to the tallies at once"
    )
    refit_seconds: float = Field(
        default=60.0,
        gt=0,
        description="how often boards are fitted for their history when votes have come in",
    )
    keep_days: int = Field(
        default=0,
        ge=0,
        description="days after which what voters wrote and who they were is forgotten; 0 for never",
    )
    lease_seconds: float = Field(
        default=30.0,
        ge=1,
        description="how long a worker that has died keeps its judge runs from the others",
    )
    private_hosts: str = Field(
        default="",
        description="model endpoints that may be called though they are not public: host or host:port, by commas",
    )
    keys_folder: Path = Field(
        default=Path("/run/secrets"), description="folder of the files that hold keys of model endpoints"
    )
    scripts_folder: Path = Field(
        default=Path("scripts"), description="folder of the files that scripted models reply from"
    )

    @model_validator(mode="after")
    def _sign_in_is_whole(self) -> "Settings":
        if self.oidc_issuer and not (self.oidc_client_id and self.public_url):
            raise ValueError("ARENA_OIDC_ISSUER needs ARENA_OIDC_CLIENT_ID and ARENA_PUBLIC_URL beside it")
        if self.oidc_issuer and not (self.oidc_admins or self.oidc_admin_claim):
            raise ValueError(
                "ARENA_OIDC_ISSUER needs ARENA_OIDC_ADMINS or ARENA_OIDC_ADMIN_CLAIM: who is an admin?"
            )
        if self.oidc_admin_claim and not all(self.oidc_admin_claim.partition("=")):
            raise ValueError("ARENA_OIDC_ADMIN_CLAIM: expected name=value, as in groups=arena-admins")
        return self


def operator(settings: Settings) -> "Operator":
    """What only the operator may decide about calls to models."""
    # Imported here, so that a command that calls no model starts without the HTTP client.
    from app.providers.provider import Operator

    return Operator(_hosts(settings), settings.keys_folder, settings.scripts_folder)


def identity_provider(settings: Settings) -> "SignIn | None":
    """Where admins sign in beside keys, None where the operator named no provider."""
    from app.providers.identity import IdentityProvider, SignIn

    if not settings.oidc_issuer:
        return None
    secret = settings.oidc_client_secret
    agreed = IdentityProvider(
        settings.oidc_issuer,
        settings.oidc_client_id,
        secret.get_secret_value() if secret else "",
        f"{settings.public_url.rstrip('/')}/api/v1/session/oidc/callback",
        _hosts(settings),
    )
    emails = frozenset(each.strip().lower() for each in settings.oidc_admins.split(",") if each.strip())
    name, _, value = settings.oidc_admin_claim.partition("=")
    return SignIn(settings.oidc_name, agreed, emails, (name, value) if name else None)


def _hosts(settings: Settings) -> tuple[str, ...]:
    return tuple(host.strip().lower() for host in settings.private_hosts.split(",") if host.strip())


def signing_key(settings: Settings) -> str:
    """ARENA_SECRET_KEY, or a random key kept in a file that only this user may read, so that a restart knows its
    voters again: beside the SQLite file, else in the working directory.
    """
    if settings.secret_key is not None and settings.secret_key.get_secret_value():
        return settings.secret_key.get_secret_value()
    address = make_url(settings.database_url)
    folder = Path(address.database or ".").parent if address.get_backend_name() == "sqlite" else Path()
    kept = folder / ".arena-secret-key"
    try:
        with os.fdopen(os.open(kept, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    return kept.read_text().strip()
