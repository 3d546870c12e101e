"""The server, the worker beside it, the demo, the schema of the database and of the API."""

import json
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from typing import Annotated

import typer
from pydantic import SecretStr

from app import worker as background
from app.cli.console import err, out
from app.cli.options import DatabaseUrl, now, open_database, read_settings
from app.db.session import Database
from app.demo.load import load
from app.domain import accounts
from app.settings import Settings, operator, signing_key

COUNTS = "PROMETHEUS_MULTIPROC_DIR"
STREAM_SECONDS = 5  # for open event streams, which would never end by themselves, when the server stops

Host = Annotated[str | None, typer.Option(help="Address to listen on (ARENA_HOST).")]
Port = Annotated[int | None, typer.Option(min=0, max=65535, help="Port; 0 takes a free one (ARENA_PORT).")]


def serve(
    host: Host = None,
    port: Port = None,
    workers: Annotated[int | None, typer.Option(min=1, max=64, help="Processes (ARENA_WORKERS).")] = None,
    worker: Annotated[bool, typer.Option(help="Run the background work in this process too.")] = True,
    database_url: DatabaseUrl = None,
) -> None:
    """Migrate if needed, then serve the API and the web page."""
    _serve(read_settings(database_url, host=host, port=port, workers=workers), worker)


def demo(host: Host = None, port: Port = None, database_url: DatabaseUrl = None) -> None:
    """Serve a ready-made arena: prompts, models, answers, dimensions and clearly marked simulated votes."""
    settings = read_settings(database_url, host=host, port=port)
    with open_database(settings) as database:
        with database.writing() as session:
            slug = load(session, now())
        background.roll_up(database)
    out.print(f"The demo arena is ready: http://{settings.host}:{settings.port}/arenas/{slug}/vote")
    _serve(settings, with_worker=True)


def worker(database_url: DatabaseUrl = None) -> None:
    """Run the background work alone: keep tallies, boards and reports current, work on judge runs, drop what is old."""
    settings = read_settings(database_url)
    with open_database(settings) as database, _at_work(database, settings) as stop:
        out.print("The worker runs; Ctrl+C stops it.")
        with suppress(KeyboardInterrupt):
            while not stop.wait(1):
                pass
    out.print("The worker has stopped.")


def migrate(database_url: DatabaseUrl = None) -> None:
    """Bring the database to this program's schema."""
    with open_database(read_settings(database_url)):
        out.print("The database is up to date.")


def openapi() -> None:
    """Print the OpenAPI description of the API."""
    from app.api.main import create_app

    app = create_app(read_settings("sqlite:///./arena.db", secret_key=SecretStr("unused")))
    sys.stdout.buffer.write(json.dumps(app.openapi(), indent=2, ensure_ascii=False).encode() + b"\n")


def _serve(settings: Settings, with_worker: bool) -> None:
    # Here and not above: a command that serves nothing starts in half the time.
    import uvicorn

    from app.api import pages
    from app.api.session import first_token

    with open_database(settings) as database:
        signing_key(settings)  # made before the server processes look for it
        if not (pages.DIST / "index.html").is_file():
            err.print(
                "The web page is not built, so only the API is served: install Node 20.19 or newer, then make web."
            )
        with database.reading() as session:
            if not accounts.has_admin(session):
                link = f"{_address(settings)}/start#{first_token(signing_key(settings))}"
                out.print(
                    f"There is no admin yet. Within a day this link makes you the first:\n{link}",
                    soft_wrap=True,
                )
        os.environ["ARENA_DATABASE_URL"] = settings.database_url
        with (
            _counting_together(settings.workers),
            _at_work(database, settings) if with_worker else nullcontext(),
        ):
            uvicorn.run(
                "app.api.main:create_app",
                factory=True,
                host=settings.host,
                port=settings.port,
                workers=settings.workers,
                proxy_headers=False,  # the application itself believes trusted proxies, and only these
                timeout_graceful_shutdown=STREAM_SECONDS,
            )


def _address(settings: Settings) -> str:
    """Where a browser on this machine finds the server."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port or 'PORT'}"


@contextmanager
def _counting_together(workers: int) -> Iterator[None]:
    """Where several server processes count for /metrics, so that each can tell of all."""
    if workers == 1 or COUNTS in os.environ:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="arena-metrics-") as folder:
        os.environ[COUNTS] = folder
        yield


@contextmanager
def _at_work(database: Database, settings: Settings) -> Iterator[threading.Event]:
    """The background work in threads of this process; at the end it is told to stop, and the judges are waited for."""
    # Imported here, so that a command that serves nothing starts without the HTTP client.
    from app.api.uploads import read_answer
    from app.worker.judging import GRACE_SECONDS, Desk, fence_key, work

    # A container is stopped by SIGTERM, and then too a judge's questions that are out are worth waiting for.
    signal.signal(signal.SIGTERM, _interrupt)
    stop = threading.Event()
    desk = Desk(database, operator(settings), fence_key(signing_key(settings)), settings.lease_seconds)
    keeping = threading.Thread(
        target=background.run, args=(database, stop, _pace(settings), read_answer), daemon=True
    )
    judging = threading.Thread(target=work, args=(desk, stop), daemon=True)
    keeping.start()
    judging.start()
    try:
        yield stop
    finally:
        stop.set()
        judging.join(GRACE_SECONDS + 5)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _pace(settings: Settings) -> background.Pace:
    return background.Pace(
        settings.roll_up_votes, settings.roll_up_seconds, settings.refit_seconds, settings.keep_days
    )
