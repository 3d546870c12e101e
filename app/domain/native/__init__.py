"""Everything of an arena as JSON lines, written and read without loss.

A line is a record: `record` says its kind, `n` is its number among the records of that kind, then come its fields. The
kinds come in the order of `KINDS`, so that a record names only what stands above it. Nothing is named by a database id:
a model or a dimension is named by its slug, everything else by its number. The last line counts the records, so that
a file that was cut off is known as such. Written, read into an empty arena and
written again, it is the same to the byte.

To add a table, give it a Kind in `kinds.py` or say in LEFT_OUT why it has none; `tests/domain/test_native.py` holds
each table and each column to one of the two.

What is left out is what can be computed again (tallies, rankings, reports, styles), keys, and addresses: the arena gets
the slug that the importer names, battles and runs get new public ids. A run that was read is paused.
"""

from app.domain.native.kinds import KINDS, LEFT_OUT, Kind
from app.domain.native.reading import LONGEST_RECORD, Restored, restore
from app.domain.native.writing import write

__all__ = ["KINDS", "LEFT_OUT", "LONGEST_RECORD", "Kind", "Restored", "restore", "write"]
