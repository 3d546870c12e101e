"""How often each of very many things was seen, counted on disk so that memory stays flat."""

import sqlite3

CACHE = 8_000  # kilobytes
COUNT = "INSERT INTO seen VALUES (?, 1) ON CONFLICT DO UPDATE SET times = times + 1 RETURNING times"


class Seen:
    """Counts keys. What it holds lies in a temporary file without a name, which is gone when it is closed.

    >>> seen = Seen()
    >>> [seen.times(key) for key in (b"one", b"two", b"one")]
    [1, 1, 2]
    >>> seen.close()
    """

    def __init__(self) -> None:
        self._connection = sqlite3.connect("", isolation_level=None)
        for statement in (
            f"PRAGMA cache_size = -{CACHE}",
            "PRAGMA journal_mode = OFF",
            "CREATE TABLE seen (key BLOB PRIMARY KEY, times INTEGER NOT NULL) WITHOUT ROWID",
            "BEGIN",
        ):
            self._connection.execute(statement)

    def times(self, key: bytes) -> int:
        """How often it was seen by now, this time included."""
        times: int
        (times,) = self._connection.execute(COUNT, (key,)).fetchone()
        return times

    def close(self) -> None:
        self._connection.close()
