"""What was asked in a run and what was said, to look into: each judgment with what it came to, each call with the exact
words and with all its requests.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.tables import Battle, JudgeCall, JudgeRequest, JudgeRun, Judgment, Prompt
from app.domain.paging import Page, after, page


@dataclass(frozen=True, slots=True)
class Judged:
    """A judgment, with the public id of its battle and the prompt's id."""

    judgment: Judgment
    battle: str
    prompt: str


@dataclass(frozen=True, slots=True)
class Call:
    """A call, the call that was paid for (itself, but where the same had been asked before) and that one's requests."""

    call: JudgeCall
    paid: JudgeCall
    requests: tuple[JudgeRequest, ...]
    of: Judged


def judgments(
    session: Session, run: JudgeRun, limit: int, cursor: str | None, *, failed: bool = False
) -> Page[Judged]:
    """In the order in which they are judged; only those without all their verdicts where `failed`."""
    query = select(Judgment).where(Judgment.run_id == run.id, Judgment.id > after(cursor))
    if failed:
        query = query.where(Judgment.state == "failed")
    rows = session.scalars(query.order_by(Judgment.id).limit(limit + 1)).all()
    return page(_judged(session, rows), [row.id for row in rows], limit)


def calls(
    session: Session, run: JudgeRun, limit: int, cursor: str | None, *, failed: bool = False
) -> Page[Call]:
    """In the order in which they were asked; only those of failed judgments where `failed`."""
    query = select(JudgeCall).where(JudgeCall.run_id == run.id, JudgeCall.id > after(cursor))
    if failed:
        query = query.join(Judgment, JudgeCall.judgment_id == Judgment.id).where(Judgment.state == "failed")
    rows = session.scalars(query.order_by(JudgeCall.id).limit(limit + 1)).all()
    return page(_calls(session, rows), [row.id for row in rows], limit)


def calls_of(session: Session, judged: Collection[Judged]) -> Mapping[int, Sequence[Call]]:
    """The calls of these judgments, by the judgment's id."""
    wanted = [each.judgment.id for each in judged]
    rows = session.scalars(
        select(JudgeCall).where(JudgeCall.judgment_id.in_(wanted)).order_by(JudgeCall.id)
    ).all()
    found: dict[int, list[Call]] = defaultdict(list)
    for each in _calls(session, rows):
        found[each.call.judgment_id].append(each)
    return found


def _judged(session: Session, rows: Sequence[Judgment]) -> list[Judged]:
    places = session.execute(
        select(Battle.id, Battle.public_id, Prompt.external_id)
        .join(Prompt, Battle.prompt_id == Prompt.id)
        .where(Battle.id.in_({row.battle_id for row in rows}))
    )
    named = {key: (battle, prompt) for key, battle, prompt in places}
    return [Judged(row, *named[row.battle_id]) for row in rows]


def _calls(session: Session, rows: Sequence[JudgeCall]) -> list[Call]:
    sources = _by_id(session, JudgeCall, {row.same_as for row in rows if row.same_as is not None})
    owners = _by_id(session, Judgment, {row.judgment_id for row in rows})
    judged = {each.judgment.id: each for each in _judged(session, list(owners.values()))}
    paid = [row if row.same_as is None else sources[row.same_as] for row in rows]
    requests = _requests(session, {row.id for row in paid})
    return [
        Call(row, source, tuple(requests[source.id]), judged[row.judgment_id])
        for row, source in zip(rows, paid, strict=True)
    ]


def _requests(session: Session, call_ids: Collection[int]) -> Mapping[int, list[JudgeRequest]]:
    found: dict[int, list[JudgeRequest]] = defaultdict(list)
    query = select(JudgeRequest).where(JudgeRequest.call_id.in_(call_ids)).order_by(JudgeRequest.id)
    for row in session.scalars(query):
        found[row.call_id].append(row)
    return found


def _by_id(session: Session, table: Any, ids: Collection[int]) -> dict[int, Any]:
    return {row.id: row for row in session.scalars(select(table).where(table.id.in_(ids)))}
