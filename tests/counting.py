"""What tallies must be: votes of many kinds, counted by reading every one, and what the blocks hold."""

import random
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

from sqlalchemy import insert, select, update

from app.db.session import Database
from app.db.tables import Battle, Rater, TallyBlock, Vote, VoteEvent
from app.domain import tallies
from app.domain.blocks import unpack
from app.domain.cells import KINDS
from app.domain.tallies import Counted, Slice
from tests.arenas import NOW, vote

MODELS = ("aya", "bloom", "claude")
RATERS = ("human:ana", "human:ben", "judge:gpt-4", "judge:gpt-4@2", "judge:llama", "simulated:one")
CATEGORIES = ("", "medicine", "medicine/cardiology", "medicine/cardiology/surgery", "medicines", "Medicine/eye",
              "m_d%", "m_d%/x", "mad%/x", "m_dx", "100%/a", "100x/a")  # fmt: skip
LANGUAGES = ("", "zh", "zh-Hant", "zhx", "ZH-hans", "en")
WORDS = ("a", "b", "tie", "both_good", "both_bad", "abstain")
GROUPS = {
    "human": {"human:ana", "human:ben"},
    "judges": {"judge:gpt-4", "judge:gpt-4@2", "judge:llama"},
    "judge:gpt-4": {"judge:gpt-4", "judge:gpt-4@2"},
    "judge:llama": {"judge:llama"},
    "simulated": {"simulated:one"},
    "combined": {"human:ana", "human:ben"},  # no judge is trusted here; test_trust has some
}


EAST = timezone(timedelta(hours=8))
MOMENTS = (
    datetime(2025, 12, 31, 23, 59, 59, 999_999, UTC),
    datetime(2026, 1, 1, tzinfo=UTC),
    datetime(2026, 1, 2, 7, 59, tzinfo=EAST),  # 1 January in UTC
    datetime(2026, 1, 2, 8, 0, tzinfo=EAST),
    NOW,
)
DAYS = (date(2025, 12, 31), date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 31))

Plain = tuple[set[tuple[int, int, str, int]], int, dict[str, int]]  # cells, raters, excluded


def move(database: Database, vote_ids: Iterable[int], state: str) -> None:
    """Change the state of votes as the verbs do: the state, and an event beside it."""
    with database.writing() as session:
        moved = Vote.id.in_(list(vote_ids))
        change = {"to_state": state, "reason": "", "actor": "test", "created_at": NOW}
        before = session.execute(select(Vote.id, Vote.state).where(moved)).all()
        session.execute(
            insert(VoteEvent), [{"vote_id": key, "from_state": was, **change} for key, was in before]
        )
        session.execute(update(Vote).where(moved).values(state=state))


def every_vote(database: Database) -> list[Any]:
    """Those on the first dimension."""
    battle = (Battle.model_a_id, Battle.model_b_id, Battle.category, Battle.language)
    rater = (Rater.id, Rater.kind, Rater.name, Rater.version)
    columns = (*battle, Vote.verdict, Vote.state, Vote.shown_as_a, Vote.created_at, *rater)
    joined = select(*columns).join(Vote, Vote.battle_id == Battle.id).join(Rater, Vote.rater_id == Rater.id)
    with database.reading() as session:
        return list(session.execute(joined.where(Vote.dimension_id == 1)))


def plain(counted: Counted) -> Plain:
    return set(counted.cells), counted.raters, counted.excluded


def by_reading(
    table: Iterable[Any],
    voters: str,
    category: str | None = None,
    language: str | None = None,
    since: date = date.min,
    until: date = date.max,
) -> Plain:
    """What a tally must be, from the rows themselves and nothing that the tallies use."""
    cells, raters = Counter[tuple[int, int, str]](), set()
    excluded = {"withdrawn": 0, "set_aside": 0, "abstain": 0}
    for a, b, path, spoken, verdict, state, shown, moment, rater, kind, name, version in table:
        full = f"{kind}:{name}" + (f"@{version}" if version else "")
        if full not in GROUPS[voters] or not _in(path, category, "/") or not _in(spoken, language, "-"):
            continue
        if not since <= moment.astimezone(UTC).date() < until:
            continue
        if state == "counted" and verdict != "abstain":
            cells[(a, b, verdict) if shown == "a" else (b, a, verdict)] += 1
            raters.add(rater)
        elif state != "superseded":
            excluded["abstain" if state == "counted" else state] += 1
    return {(*cell, n) for cell, n in cells.items()}, len(raters), excluded


def _in(path: str, wanted: str | None, separator: str) -> bool:
    steps = None if wanted is None else wanted.split(separator)
    return steps is None or path.split(separator)[: len(steps)] == steps


def many_votes(seed: int, size: int) -> list[Any]:
    generator = random.Random(seed)
    made = []
    for _ in range(size):
        a, b = generator.sample(MODELS, 2)
        word, rater = generator.choice(WORDS), generator.choice(RATERS)
        category, language = generator.choice(CATEGORIES), generator.choice(LANGUAGES)
        place = {"category": category, "language": language, "voted_at": generator.choice(MOMENTS)}
        made.append(vote(a, b, word, rater, **place))
    return made


def slices() -> Iterator[dict[str, Any]]:
    for voters in GROUPS:
        yield {"voters": voters}
    for category in ("medicine", "medicine/cardiology", "m_d%"):
        yield {"voters": "combined", "category": category}
    yield {"voters": "combined", "language": "zh"}
    yield {"voters": "judges", "category": "medicine", "language": "zh"}
    yield {"voters": "human", "since": DAYS[1]}
    yield {"voters": "combined", "until": DAYS[2]}
    yield {"voters": "combined", "since": DAYS[1], "until": DAYS[2]}
    yield {"voters": "combined", "since": DAYS[2], "until": DAYS[3], "language": "zh"}
    yield {"voters": "judges", "since": DAYS[0], "until": DAYS[1], "category": "medicine"}


def assert_exact(database: Database) -> None:
    table = every_vote(database)
    with database.reading() as session:
        for which in slices():
            assert plain(tallies.count(session, Slice(1, 1, **which))) == by_reading(table, **which), which


def stored(database: Database, kind: str = "cells") -> dict[tuple[str, ...], Counter[tuple[int, ...]]]:
    """(day, voters, category, language) → what the blocks of the first dimension hold, by their keys."""
    ours = next(each for each in KINDS if each.name == kind)
    place = (TallyBlock.day, TallyBlock.voters, TallyBlock.category, TallyBlock.language)
    with database.reading() as session:
        query = select(*place, TallyBlock.data).where(TallyBlock.kind == kind, TallyBlock.dimension_id == 1)
        found = session.execute(query).all()
    blocks = {}
    for *key, data in found:
        *keys, amounts = (each.tolist() for each in unpack(ours, data))
        blocks[tuple(key)] = Counter(dict(zip(zip(*keys, strict=True), amounts, strict=True)))
    return blocks
