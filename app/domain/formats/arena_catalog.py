"""Boards as LMArena has them in its arena-catalog: {category: {model: {rating, rating_q975, rating_q025}}}.

The category `full` is all votes.

>>> catalogue({"full": [{"model": "aya", "rating": 1012.5, "rating_lower": 1000.0, "rating_upper": 1025.0}]})
{'full': {'aya': {'rating': 1012.5, 'rating_q975': 1025.0, 'rating_q025': 1000.0}}}
"""

from collections.abc import Iterable, Mapping
from typing import Any

from app.domain.formats.shapes import Format

FULL = "full"


def catalogue(boards: Mapping[str, Iterable[Mapping[str, Any]]]) -> dict[str, dict[str, dict[str, float]]]:
    """Rows of boards by category. A model without a rating or without limits has no place in it."""
    return {
        category: {
            row["model"]: {
                "rating": row["rating"],
                "rating_q975": row["rating_upper"],
                "rating_q025": row["rating_lower"],
            }
            for row in rows
            if None not in (row["rating"], row["rating_lower"], row["rating_upper"])
        }
        for category, rows in boards.items()
    }


FORMAT = Format(
    "arena_catalog",
    "boards by category and language with their limits, as one JSON object",
    encodings=("json",),
    content="boards",
)
