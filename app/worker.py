"""What runs beside the server: votes are added to the tallies, and old idempotency keys are dropped."""

import logging
import threading
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.exc import SQLAlchemyError

from app.db.session import Database
from app.db.tables import IdempotencyKey
from app.domain import tallies

KEYS_KEPT = timedelta(days=2)
PURGE_EVERY = 500  # rounds

log = logging.getLogger(__name__)


def run(database: Database, stop: threading.Event, every: float) -> None:
    """Work once every `every` seconds until `stop`; a database that is away is tried again."""
    rounds = 0
    while not stop.wait(every):
        try:
            with database.writing() as session:
                tallies.roll_up(session)
            if rounds % PURGE_EVERY == 0:
                _purge(database)
            rounds += 1
        except SQLAlchemyError:
            log.exception("the roll-up failed and is tried again")


def _purge(database: Database) -> None:
    with database.writing() as session:
        before = datetime.now(UTC) - KEYS_KEPT
        session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < before))
