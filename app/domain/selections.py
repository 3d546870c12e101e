"""Which battles a judge is given: those that people voted on, all that there are, or new ones between answers.

Battles of the same two answers are one question, so the judge is asked about the first of them: opinions that were
copied would pass for many. A judge that answers as the voter would is asked about each, since each has another voter.
"""

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from heapq import nsmallest
from typing import Any, Literal, get_args

import numpy as np
from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.orm import Session

from app.db.tables import Answer, Arena, Battle, Judge, Model, Prompt, Rater, Vote
from app.domain import checklists
from app.domain import models as contestants
from app.domain.battles import Draw, deal_to_judge
from app.domain.errors import Invalid, ModelNotFound
from app.domain.judges.roster import SIDES
from app.domain.profiles import answers_as_voters

Source = Literal["voted", "all", "new"]
SOURCES: tuple[Source, ...] = get_args(Source)
Only = Literal["checklists"]
ONLY: tuple[Only, ...] = get_args(Only)
MOST_NEW = 1_000_000

Key = tuple[int, ...]  # prompt, turn, the two answers by id; or a battle


@dataclass(frozen=True, slots=True)
class Selection:
    """`battles`: `voted` by people, `all`, or `new` pairs of answers of which `most` are drawn. Paths as in slices.

    `most` of those that fit are drawn at random by `seed`: the first in a random order of all battles, so that judges
    are given the same ones, and a second run the next. `models`: battles between these alone. With `only` checklists
    nothing is judged: the judge writes one for each prompt of these battles that has none.
    """

    battles: Source = "voted"
    category: str | None = None
    language: str | None = None
    models: tuple[str, ...] = ()
    most: int | None = None
    seed: int = 0
    only: Only | None = None


def battles(
    session: Session, arena: Arena, judge: Judge, selection: Selection, dimensions: int, now: datetime
) -> list[tuple[int, tuple[str, ...]]]:
    """The chosen battles by id, each with the orders in which the judge has not voted on all dimensions yet.

    Raises Invalid, ModelNotFound.
    """
    _check(judge, selection)
    each = answers_as_voters(judge)
    if each and selection.battles != "voted":
        raise Invalid(
            f"battles: {judge.name} has no profile of its own and answers as the person who voted, so choose `voted`"
        )
    only = _models(session, arena, selection.models)
    if selection.battles == "new":
        return [(battle, SIDES[judge.orders]) for battle in _new(session, arena, judge, selection, only, now)]
    rows = _existing(session, arena, selection, only, each)
    if selection.only:
        left = _to_write(session, judge, rows)
    else:
        left = _to_judge(judge, rows, each, _done(session, judge, dimensions, each))
    if selection.most is None or len(left) <= selection.most:
        return left
    return sorted(nsmallest(selection.most, left, key=lambda each: _place(selection.seed, each[0])))


def _place(seed: int, battle: int) -> bytes:
    """Where a battle stands in the random order of `seed`, whatever others there are."""
    return blake2b(f"{seed} {battle}".encode(), digest_size=8).digest()


def _to_judge(
    judge: Judge, rows: Sequence[Any], each: bool, done: Set[tuple[Key, int]]
) -> list[tuple[int, tuple[str, ...]]]:
    """Of each battle the orders that are not `done`, if there are any."""
    chosen = [
        (
            row.id,
            tuple(side for side in SIDES[judge.orders] if (_key(row, each), _first(row, side)) not in done),
        )
        for row in rows
    ]
    return [battle for battle in chosen if battle[1]]


def _to_write(session: Session, judge: Judge, rows: Sequence[Any]) -> list[tuple[int, tuple[str, ...]]]:
    """The first battle of each prompt without a checklist, in one order: no answer is shown."""
    first = {row.prompt_id: row.id for row in reversed(rows)}
    there = checklists.newest(session, first.keys())
    return sorted(
        (battle, SIDES[judge.orders][:1]) for prompt, battle in first.items() if prompt not in there
    )


def _check(judge: Judge, selection: Selection) -> None:
    if selection.battles not in SOURCES:
        raise Invalid(f"battles {selection.battles!r}: expected one of {', '.join(SOURCES)}")
    if selection.most is not None and selection.most < 1:
        raise Invalid("most: at least 1")
    if selection.battles == "new" and (selection.most is None or selection.most > MOST_NEW):
        raise Invalid(f"most: say how many new battles to make, at most {MOST_NEW:,}")
    if selection.only and (selection.battles == "new" or judge.protocol != "checklist"):
        raise Invalid(
            "only: checklists are written by a judge of protocol checklist, for prompts of battles that are there"
        )
    if selection.seed < 0:
        raise Invalid("seed: at least 0")
    if len(selection.models) == 1:
        raise Invalid("models: name two or more, or none for all")


def _models(session: Session, arena: Arena, slugs: Sequence[str]) -> list[int]:
    known = {row.slug: key for key, row in contestants.by_id(session, arena).items()}
    for slug in slugs:
        if slug not in known:
            raise ModelNotFound(f"arena {arena.slug!r} has no model {slug!r}")
    return [known[slug] for slug in slugs]


def _existing(
    session: Session, arena: Arena, selection: Selection, only: Sequence[int], each: bool
) -> Sequence[Any]:
    """The first battle of each question, or `each` battle."""
    low, high = _ordered(Battle.answer_a_id, Battle.answer_b_id)
    first = (
        select(func.min(Battle.id))
        .join(Prompt, Battle.prompt_id == Prompt.id)
        .where(
            Battle.arena_id == arena.id,
            Battle.answer_a_id.is_not(None),
            Battle.answer_b_id.is_not(None),
            *_within(Battle, selection),
        )
        .group_by(*([Battle.id] if each else [Battle.prompt_id, func.coalesce(Battle.turn, 0), low, high]))
    )
    if selection.battles == "voted":
        counted = (
            select(Vote.battle_id)
            .join(Rater, Vote.rater_id == Rater.id)
            .where(Vote.arena_id == arena.id, Vote.state == "counted", Rater.kind == "human")
        )
        first = first.where(Battle.id.in_(counted))
    if only:
        first = first.where(Battle.model_a_id.in_(only), Battle.model_b_id.in_(only))
    hidden = select(Model.id).where(Model.arena_id == arena.id, Model.state == "hidden")
    first = first.where(Battle.model_a_id.not_in(hidden), Battle.model_b_id.not_in(hidden))
    query = select(Battle.id, Battle.prompt_id, Battle.turn, Battle.answer_a_id, Battle.answer_b_id)
    return session.execute(query.where(Battle.id.in_(first)).order_by(Battle.id)).all()


def _done(session: Session, judge: Judge, dimensions: int, each: bool) -> set[tuple[Key, int]]:
    """Which two answers, or battles, the judge has judged on every dimension, by the answer that it was shown as A."""
    rows = session.execute(
        select(
            Battle.id, Battle.prompt_id, Battle.turn, Battle.answer_a_id, Battle.answer_b_id, Vote.shown_as_a
        )
        .join(Vote, Vote.battle_id == Battle.id)
        .where(Vote.rater_id == judge.rater_id, Vote.state != "superseded", Battle.answer_a_id.is_not(None))
        .group_by(Battle.id, Vote.shown_as_a)
        .having(func.count(Vote.dimension_id.distinct()) >= dimensions)
    )
    return {(_key(row, each), _first(row, row.shown_as_a)) for row in rows}


def _new(
    session: Session,
    arena: Arena,
    judge: Judge,
    selection: Selection,
    only: Sequence[int],
    now: datetime,
) -> list[int]:
    """Battles between current answers that have not met, dealt to the judge."""
    generator = np.random.default_rng(selection.seed)
    prompts = _answered(session, arena, selection, only)
    sizes = np.cumsum([len(answers) * (len(answers) - 1) // 2 for *_, answers in prompts], dtype=np.int64)
    pairs = int(sizes[-1]) if len(sizes) else 0
    met = _met(session, arena)
    wanted = min(pairs, (selection.most or 0) + len(met))
    made: list[Draw] = []
    for at in generator.choice(pairs, wanted, replace=False) if pairs else ():
        place = int(np.searchsorted(sizes, at, side="right"))
        before = int(sizes[place - 1]) if place else 0
        prompt, language, category, answers = prompts[place]
        one, other = (answers[each] for each in _pair(len(answers), int(at) - before))
        low, high = sorted((one[1], other[1]))
        if (prompt, low, high) in met or len(made) == selection.most:
            continue
        a, b = (other, one) if generator.random() < 0.5 else (one, other)
        made.append(Draw(prompt, (a[0], b[0]), (a[1], b[1]), language, category))
    return deal_to_judge(session, arena, judge.rater_id, made, now)


def _answered(
    session: Session, arena: Arena, selection: Selection, only: Sequence[int]
) -> list[tuple[int, str, str, list[tuple[int, int]]]]:
    """Prompts with what is known of them, and the (model, answer) of each model that answers now."""
    query = (
        select(Prompt.id, Prompt.language, Prompt.category, Answer.model_id, Answer.id.label("answer"))
        .join(Answer, Answer.prompt_id == Prompt.id)
        .join(Model, Answer.model_id == Model.id)
        .where(
            Prompt.arena_id == arena.id,
            Prompt.archived_at.is_(None),
            Answer.replaced_at.is_(None),
            Model.state == "active",
            *_within(Prompt, selection),
        )
        .order_by(Prompt.id, Answer.id)
    )
    if only:
        query = query.where(Answer.model_id.in_(only))
    found: dict[int, tuple[int, str, str, list[tuple[int, int]]]] = {}
    for row in session.execute(query):
        _, _, _, answers = found.setdefault(row.id, (row.id, row.language, row.category, []))
        answers.append((row.model_id, row.answer))
    return list(found.values())


def _met(session: Session, arena: Arena) -> set[tuple[int, int, int]]:
    low, high = _ordered(Battle.answer_a_id, Battle.answer_b_id)
    query = select(Battle.prompt_id, low, high).where(
        Battle.arena_id == arena.id, Battle.answer_a_id.is_not(None), Battle.answer_b_id.is_not(None)
    )
    return {(prompt, one, other) for prompt, one, other in session.execute(query) if prompt is not None}


def _pair(size: int, number: int) -> tuple[int, int]:
    """The pair of that number among `size` things.

    >>> [_pair(3, number) for number in range(3)]
    [(0, 1), (0, 2), (1, 2)]
    """
    first = 0
    while number >= size - 1 - first:
        number -= size - 1 - first
        first += 1
    return first, first + 1 + number


def _within(table: Any, selection: Selection) -> Iterator[ColumnElement[bool]]:
    for column, path, separator in (
        (table.category, selection.category, "/"),
        (table.language, selection.language, "-"),
    ):
        if path is not None:
            below = f"{path}{separator}"
            yield or_(column == path, func.substr(column, 1, len(below)) == below)


def _ordered(a: Any, b: Any) -> tuple[ColumnElement[int], ColumnElement[int]]:
    return case((a < b, a), else_=b), case((a < b, b), else_=a)


def _key(row: Any, each: bool) -> Key:
    if each:
        return (row.id,)
    low, high = sorted((row.answer_a_id, row.answer_b_id))
    return row.prompt_id, row.turn or 0, low, high


def _first(row: Any, side: str) -> int:
    answer: int = row.answer_a_id if side == "a" else row.answer_b_id
    return answer
