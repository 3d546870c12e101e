"""Doubts: the items on which a judge contradicts itself, over both orders and all repeats, for people to look at first.

FairEval (Wang et al. 2023) lets people judge those whose entropy is highest. A judge asked once says nothing of that,
so an item counts from two verdicts on; one whose import says only that its verdict changed has but one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.tables import Arena, Battle, Dimension, Judge, JudgeRun, Judgment
from app.domain import dimensions, models, opinions
from app.domain.errors import JudgeNotFound
from app.domain.opinions import CODE, LABELS, TIE, Opinions, Sides, Sought
from app.stats.agreement.spread import entropy
from app.stats.tally import Floats

FEWEST = 2


@dataclass(frozen=True, slots=True)
class Doubt:
    """An item of the models `first` and `second`, by a battle on which it was judged; `entropy` in bits, 0 to 1.58;
    `people` is how many votes of people it has.
    """

    battle: str
    prompt: str | None
    turn: int | None
    category: str
    language: str
    first: str
    second: str
    said: Sides
    entropy: float
    people: int


def list_doubts(session: Session, arena: Arena, judge: str, dimension: str, most: int) -> Sequence[Doubt]:
    """The `most` doubtful items of a judge (`<name>` or `<name>@<version>`): the highest entropy first, of equal ones
    those with fewer votes of people. Raises DimensionNotFound, JudgeNotFound.
    """
    asked = dimensions.find(session, arena, dimension)
    everything = opinions.read(session, arena, asked, Sought(("human", "judge")))
    name, _, version = judge.removeprefix("judge:").partition("@")
    mine = [r.kind == "judge" and r.name == name and version in ("", r.version) for r in everything.raters]
    if not any(mine):
        known = ", ".join(opinions.judges(session, arena)) or "none yet"
        raise JudgeNotFound(f"there are no votes of a judge {judge!r} here; those with votes: {known}")
    votes = everything.by(mine)
    counts = _counts(votes, _repeats(session, arena, asked, name))
    bits = np.where(counts.sum(axis=1) >= FEWEST, entropy(counts), 0)
    people = np.bincount(
        everything.by([rater.kind == "human" for rater in everything.raters]).item, minlength=len(votes.items)
    )
    order = np.lexsort((people, -np.round(bits, 9)))
    battle = dict(zip(votes.item.tolist()[::-1], votes.battle.tolist()[::-1], strict=True))
    return [
        _doubt(votes, int(at), battle[int(at)], counts[at], float(bits[at]), int(people[at]))
        for at in order[:most]
        if bits[at] > 0
    ]


Key = tuple[str, str, str]  # the battle, the model shown first, the judge's version


def _counts(votes: Opinions, repeats: dict[Key, list[int]]) -> Floats:
    """(N, 3) verdicts by item and label; a vote counts for each of the repeats that it was made of."""
    counts = np.zeros((len(votes.items), LABELS))
    for at in range(len(votes)):
        item = votes.items[votes.item[at]]
        turned = bool(votes.swapped[at])
        shown = votes.models[item.second if turned else item.first]
        key = (str(votes.battle[at]), shown, votes.raters[votes.rater[at]].version)
        for code in repeats.get(key, [int(votes.verdict[at])]):
            label = min(code, TIE)
            counts[votes.item[at], 1 - label if turned and label < TIE else label] += 1
    return counts


def _repeats(session: Session, arena: Arena, dimension: Dimension, name: str) -> dict[Key, list[int]]:
    """The codes of the repeats of each judgment that had several."""
    rows = session.execute(
        select(
            Battle.public_id,
            Battle.model_a_id,
            Battle.model_b_id,
            Judgment.shown_as_a,
            Judgment.outcome,
            Judge.version,
        )
        .join(Judgment, Judgment.battle_id == Battle.id)
        .join(JudgeRun, Judgment.run_id == JudgeRun.id)
        .join(Judge, JudgeRun.judge_id == Judge.id)
        .where(
            Judge.arena_id == arena.id, Judge.name == name, Judge.repeats > 1, Judgment.outcome.is_not(None)
        )
    )
    slugs = {key: row.slug for key, row in models.by_id(session, arena).items()}
    found = {}
    for battle, model_a, model_b, side, outcome, version in rows:
        said = outcome.get(dimension.slug, {}).get("repeats", ())
        if said:
            shown = slugs[model_a if side == "a" else model_b]
            found[battle, shown, str(version)] = [code for word in said if (code := CODE[word]) >= 0]
    return found


def _doubt(votes: Opinions, at: int, battle: str, counts: Floats, bits: float, people: int) -> Doubt:
    item = votes.items[at]
    return Doubt(
        battle=battle,
        prompt=item.prompt,
        turn=item.turn,
        category=item.category,
        language=item.language,
        first=votes.models[item.first],
        second=votes.models[item.second],
        said=Sides(*(int(count) for count in counts)),
        entropy=round(bits, 6),
        people=people,
    )
