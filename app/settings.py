"""Every variable of the program, read from the environment or `.env` with the prefix ARENA_, and only by the edges."""

import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url

if TYPE_CHECKING:
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
    limit_storage: Annotated[str, AfterValidator(_store)] = Field(
        default="memory://", description="where calls are counted: memory:// for each process by itself"
    )
    proof_work: int = Field(
        default=200_000, ge=1, le=10_000_000, description="hashes that a proof of work takes at most"
    )
    metrics: Literal["open", "key", "off"] = Field(
        default="open", description="who reads /metrics: everybody, holders of a key of scope read, or nobody"
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


def operator(settings: Settings) -> "Operator":
    """What only the operator may decide about calls to models."""
    # Imported here, so that a command that calls no model starts without the HTTP client.
    from app.providers.provider import Operator

    hosts = tuple(host.strip().lower() for host in settings.private_hosts.split(",") if host.strip())
    return Operator(hosts, settings.keys_folder, settings.scripts_folder)


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
