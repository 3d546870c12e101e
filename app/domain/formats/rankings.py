"""Rankings of several answers, as JSON: prompt_id, rater, ranking (models from best to worst; a list within is a tie),
and optionally dimension, language, category, timestamp.

A ranking is one ballot: each two of its models are a battle. Intervals cluster by ballot.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations
from typing import Any

from app.domain.accounts import RaterName
from app.domain.arenas import OVERALL, check_slug
from app.domain.errors import Invalid
from app.domain.formats.rows import (
    Bad,
    Columns,
    JsonObject,
    Judged,
    VoteRow,
    category,
    language,
    moment,
    needed,
    rows_within,
    shown,
)
from app.domain.formats.shapes import Format
from app.domain.formats.tables import objects
from app.stats.verdicts import Verdict

MOST = 100  # models that one ranking may hold: 4,950 battles


def read(lines: Iterable[bytes], columns: Columns) -> Iterator[VoteRow | Bad]:
    return rows_within(objects(lines), _battles)


def _battles(found: JsonObject) -> list[VoteRow]:
    row = found.fields
    dimension = str(row.get("dimension") or OVERALL)
    check_slug(dimension, "dimension")
    return [
        VoteRow(
            line=found.line,
            identity=json.dumps([one, other, found.identity], ensure_ascii=False),
            rater=RaterName.parse(needed(row, "rater")),
            model_a=one,
            model_b=other,
            verdicts={
                dimension: Judged(
                    Verdict.TIE if tied else Verdict.A, f"{first}{'=' if tied else '<'}{second}"
                )
            },
            prompt_id=needed(row, "prompt_id"),
            language=language(row),
            category=category(row),
            voted_at=moment(row.get("timestamp"), "timestamp"),
            ballot=found.identity,
        )
        for (one, first), (other, second) in combinations(_ranks(row), 2)
        for tied in (first == second,)
    ]


def _ranks(row: Mapping[str, Any]) -> list[tuple[str, int]]:
    """Models and their ranks, best first. Raises Invalid."""
    ranking = row.get("ranking")
    if not isinstance(ranking, list):
        raise Invalid(f"ranking: expected a list of models from best to worst, not {shown(ranking)}")
    ranks: list[tuple[str, int]] = []
    for place in ranking:
        rank = len(ranks) + 1
        ranks += [
            (needed({"ranking": model}, "ranking"), rank)
            for model in (place if isinstance(place, list) else [place])
        ]
    names = [model for model, _ in ranks]
    if len(set(names)) < len(names):
        raise Invalid("ranking: a model stands twice")
    if not 2 <= len(names) <= MOST:
        raise Invalid(f"ranking: expected 2 to {MOST} models, not {len(names)}")
    return ranks


FORMAT = Format(
    "rankings", "rankings of several answers, which become ballots: prompt_id, rater, ranking", read
)
