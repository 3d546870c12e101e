"""The battles on which a judge and people part, to be read: figures say how often, only texts say why."""

from dataclasses import dataclass

import numpy as np
from sqlalchemy.orm import Session

from app.db.tables import Arena
from app.domain import consistency, dimensions
from app.domain.consistency import Question
from app.domain.opinions import TIE, Item, Opinions
from app.domain.paging import Page, after


@dataclass(frozen=True, slots=True)
class People:
    """How many votes say the first model, the second, or a tie."""

    first: int
    second: int
    tie: int


@dataclass(frozen=True, slots=True)
class Disagreement:
    """`people_say` is what most people say and `judge_says` what the judge says: a model's slug, or tie."""

    battle: str
    prompt: str | None
    turn: int | None
    category: str
    language: str
    first: str
    second: str
    people: People
    people_say: str
    judge_says: str


def list_disagreements(
    session: Session, arena: Arena, question: Question, limit: int, cursor: str | None
) -> Page[Disagreement]:
    """In the order in which the items were first judged; the battle is one of the judge's.

    Raises Invalid, DimensionNotFound, JudgeNotFound.
    """
    found = consistency.sides_of(
        session, arena, dimensions.find(session, arena, question.dimension), question
    )
    match, judge = found.match, found.judge
    battle = dict(zip(judge.item.tolist(), judge.battle.tolist(), strict=True))
    parted = np.flatnonzero((match.reference != match.label) & (match.items >= after(cursor)))[: limit + 1]
    rows = [
        _row(
            judge,
            judge.items[match.items[at]],
            battle[int(match.items[at])],
            match.votes[at].tolist(),
            (int(match.reference[at]), int(match.label[at])),
        )
        for at in parted[:limit]
    ]
    more = len(parted) > limit
    return Page(tuple(rows), str(match.items[parted[limit]]) if more else None)


def _row(judge: Opinions, item: Item, battle: str, votes: list[int], labels: tuple[int, int]) -> Disagreement:
    first, second = judge.models[item.first], judge.models[item.second]
    words = (first, second, "tie")
    return Disagreement(
        battle=battle,
        prompt=item.prompt,
        turn=item.turn,
        category=item.category,
        language=item.language,
        first=first,
        second=second,
        people=People(votes[0], votes[1], sum(votes[TIE:])),
        people_say=words[labels[0]],
        judge_says=words[labels[1]],
    )
