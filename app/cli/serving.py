"""The server, the worker beside it, the demo, the schema of the database and of the API."""

import json
import os
import sys
import threading
from typing import Annotated

import typer
from pydantic import SecretStr

from app import worker as background
from app.cli.console import err, out
from app.cli.options import DatabaseUrl, now, open_database, read_settings
from app.demo.load import load
from app.settings import Settings, signing_key

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
    """Run the background work alone: keep tallies, boards and reports current, drop what is old."""
    settings = read_settings(database_url)
    with open_database(settings) as database:
        out.print("The worker runs; Ctrl+C stops it.")
        try:
            background.run(database, threading.Event(), _pace(settings))
        except KeyboardInterrupt:
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

    with open_database(settings) as database:
        signing_key(settings)  # made before the server processes look for it
        if not (pages.DIST / "index.html").is_file():
            err.print(
                "The web page is not built, so only the API is served: install Node 20.19 or newer, then make web."
            )
        stop = threading.Event()
        if with_worker:
            work = (database, stop, _pace(settings))
            threading.Thread(target=background.run, args=work, daemon=True).start()
        os.environ["ARENA_DATABASE_URL"] = settings.database_url
        try:
            uvicorn.run(
                "app.api.main:create_app",
                factory=True,
                host=settings.host,
                port=settings.port,
                workers=settings.workers,
            )
        finally:
            stop.set()


def _pace(settings: Settings) -> background.Pace:
    return background.Pace(settings.roll_up_votes, settings.roll_up_seconds, settings.refit_seconds)
