"""Which properties of the answers move people's votes and a judge's, computed from the texts, length first of all."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.tables import Answer
from app.domain.matches import Json, Match
from app.domain.opinions import Item
from app.stats.agreement import Interval, Measure, measure
from app.stats.agreement.factors import Contrasts, Weight, alignment, factor_taus, properties, weights
from app.stats.tally import Floats, Ints

NO_TEXTS = "no answers with texts were judged by both"
MOST_PAIRS = 5_000  # whose texts are read
EDGES = (0.0, 0.1, 0.25, 0.5, 1.0)
_WORTH = np.array([1, -1, 0])
_CHUNK = 500


def factors(
    session: Session, items: Sequence[Item], match: Match, turn: int | None, interval: Interval
) -> Json:
    """For each property its τ and its weight beside all others, of people and of the judge, and how alike the two are.

    Of very many pairs the first `MOST_PAIRS` are read.
    """
    pairs = [items[each].answers for each in match.items]
    known = np.array([None not in pair for pair in pairs], dtype=bool)
    known &= np.cumsum(known) <= MOST_PAIRS
    texts = _texts(session, {each for at in np.flatnonzero(known) for each in pairs[at] if each}, turn)
    known &= np.array([all(each in texts for each in pair) for pair in pairs], dtype=bool)
    if not known.any():
        return {"undefined": NO_TEXTS, "pairs": 0, "properties": [], "alignment": None, "length": []}
    part = match.where(known)
    sides = _properties(texts, [pairs[at] for at in np.flatnonzero(known)])
    people, judge = (
        Contrasts.of(sides[0], sides[1], _WORTH[label], part.cluster)
        for label in (part.reference, part.label)
    )
    taus = [factor_taus(each, interval) for each in (people, judge)]
    worth = [_worth(each) for each in (people, judge)]
    alike = alignment(*({name: tau.value for name, tau in each.items()} for each in taus))
    return {
        "undefined": None,
        "pairs": len(part),
        "properties": [
            {
                "property": name,
                "human": {"tau": taus[0][name], "weight": worth[0][name]},
                "judge": {"tau": taus[1][name], "weight": worth[1][name]},
            }
            for name in taus[0]
        ],
        "alignment": {
            "kendall_tau_b": alike.kendall_tau_b,
            "spearman": alike.spearman,
            "pearson": alike.pearson,
            "misaligned": [{"property": name, "apart": round(apart, 6)} for name, apart in alike.misaligned],
        },
        "length": _by_length(sides[0]["length"], sides[1]["length"], part, interval),
    }


def _properties(
    texts: Mapping[int, list[str]], pairs: Sequence[tuple[int | None, int | None]]
) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """The properties of the first answer of each pair, and of the second; each answer is read once."""
    place = {answer: at for at, answer in enumerate(texts)}
    each = properties(list(texts.values()))
    first, second = ([place[pair[side] or 0] for pair in pairs] for side in (0, 1))
    return (
        {name: values[first] for name, values in each.items()},
        {name: values[second] for name, values in each.items()},
    )


def _texts(session: Session, answers: set[int], turn: int | None) -> dict[int, list[str]]:
    """What each answer says, in that turn alone if one is asked for."""
    ids = sorted(answers)
    found: dict[int, list[str]] = {}
    for start in range(0, len(ids), _CHUNK):
        rows = session.execute(
            select(Answer.id, Answer.messages).where(Answer.id.in_(ids[start : start + _CHUNK]))
        )
        for key, messages in rows:
            said = _said(messages, turn)
            if said:
                found[key] = said
    return found


def _said(messages: Sequence[Mapping[str, Any]], turn: int | None) -> list[str]:
    said = [str(each["content"]) for each in messages if isinstance(each.get("content"), str)]
    return said if turn is None or len(said) < turn else [said[turn - 1]]


def _worth(contrasts: Contrasts) -> dict[str, Json | None]:
    """None where the weights do not settle."""
    try:
        found: Sequence[Weight] = weights(contrasts)
    except ArithmeticError:
        return dict.fromkeys(contrasts.names)
    return {
        each.name: {
            "alpha": each.alpha,
            "lower": each.lower,
            "upper": each.upper,
            "preference": each.preference,
            "n": each.n,
        }
        for each in found
    }


def _by_length(first: Floats, second: Floats, part: Match, interval: Interval) -> list[Json]:
    """How often each side decides for the longer answer, by how much shorter the other is, as a share of the longer."""
    longer = np.maximum(first, second)
    gap = np.divide(np.abs(first - second), longer, out=np.zeros(len(longer)), where=longer > 0)
    wins = np.where(first > second, 0, 1)
    rows: list[Json] = []
    for lower, upper in pairwise(EDGES):
        here = (gap >= lower) & ((gap < upper) | (upper == 1)) & (first != second)
        sides = {
            name: _decided(wins[here], label[here], interval)
            for name, label in (("human", part.reference), ("judge", part.label))
        }
        rows.append({"lower": lower, "upper": upper, **sides})
    return rows


def _decided(wins: Ints, label: Ints, interval: Interval) -> Measure:
    counts = np.array([(label == wins).sum(), (label == 1 - wins).sum(), (label > 1).sum()])
    return measure("factor_share", counts, interval)
