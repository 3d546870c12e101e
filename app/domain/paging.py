"""Lists a page at a time, by the id of the last row seen: steady while rows are added, and quick on any page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from app.domain.errors import Invalid

Item = TypeVar("Item")

LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    items: tuple[Item, ...]
    next: str | None


def after(cursor: str | None) -> int:
    """The id that the cursor stands for; 0 at the start.

    >>> after("12"), after(None)
    (12, 0)
    """
    if cursor is None:
        return 0
    if not (cursor.isascii() and cursor.isdigit() and int(cursor) <= LARGEST_ID):
        raise Invalid("cursor: use the `next` of the page before, unchanged")
    return int(cursor)


def page(items: Sequence[Item], ids: Sequence[int], limit: int) -> Page[Item]:
    """Cut what was read with `limit + 1` to a page; the one too many says that there is more."""
    more = len(items) > limit
    return Page(tuple(items[:limit]), str(ids[limit - 1]) if more else None)
