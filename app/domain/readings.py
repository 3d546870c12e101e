"""What a judge's replies said, for its scores: of each answer alone, and of each battle.

An answer is read once, however many battles it is in: from the newest judgment in which it could be read. What it
counts was stored when it was judged, so that nothing is read again and no code of a constraint is run. A battle is read
from the judge's counted votes, in each order that it was shown in. What was asked and not read is a reading too, with
its failure: it is counted and never scored.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, select
from sqlalchemy.orm import Session

from app.db.tables import Answer, Battle, Dimension, Judge, JudgeRun, Judgment, Vote
from app.domain.judges import find
from app.domain.judges.protocol import Amounts, Finding, Games
from app.domain.judgments import STRENGTHS, until
from app.domain.outcomes import counts_of
from app.domain.slices import under
from app.stats.verdicts import Verdict

PAGE = 500
FETCHED = 5_000  # rows
ABSTAINED = "abstained"
_STRENGTH = {stored: strength for strength, stored in STRENGTHS.items()}


@dataclass(frozen=True, slots=True)
class AnswerRead:
    """One answer of a model, with what it counts for each figure or why it was not read."""

    model: int
    prompt: int
    category: str
    said: Amounts | str


@dataclass(frozen=True, slots=True)
class BattleRead:
    """One battle; `said` has a finding as it was shown for each order that was read, by the answer shown as A, and
    `failure` why there is none where there is none. A battle without a known prompt is a prompt of its own.
    """

    prompt: int
    turn: int | None
    category: str
    models: tuple[int, int]
    answers: tuple[int | None, int | None]
    said: Mapping[str, Finding]
    failure: str

    def games(self, side: str, lengths: tuple[int, int] | None = None, margin: int | None = None) -> Games:
        """Seen from the model `a` or `b`."""
        return Games(self.said.get(side), self.said.get("b" if side == "a" else "a"), lengths, margin)


Answered = tuple[int, int | None]  # an answer, up to a turn


def of_answers(
    session: Session, judge: Judge, dimension: Dimension, category: str | None
) -> Iterable[AnswerRead]:
    """What the judge said of each answer; nothing where its protocol asks about answers side by side."""
    if find(judge.protocol).of_answers is None:
        return ()
    query = (
        select(Judgment.shown_as_a, Judgment.outcome, *_PLACE)
        .join(Battle, Judgment.battle_id == Battle.id)
        .join(JudgeRun, Judgment.run_id == JudgeRun.id)
        .where(JudgeRun.judge_id == judge.id, Judgment.state != "waiting", *_within(category))
        .order_by(Judgment.id)
        .execution_options(yield_per=FETCHED)
    )
    found: dict[Answered, AnswerRead] = {}
    for row in session.execute(query):
        outcome = row.outcome.get(dimension.slug, row.outcome.get(""))
        if outcome is None:
            continue
        sides = ("first", "second") if row.shown_as_a == "a" else ("second", "first")
        answers = ((row.answer_a_id, row.model_a_id), (row.answer_b_id, row.model_b_id))
        for side, (answer, model) in zip(sides, answers, strict=True):
            said = counts_of(outcome, side)
            key = (answer, row.turn)
            if not isinstance(said, str) or key not in found or isinstance(found[key].said, str):
                found[key] = AnswerRead(model, row.prompt_id, row.category, said)
    return found.values()


def of_battles(
    session: Session, rater_id: int, judge: Judge | None, dimension: Dimension, category: str | None
) -> Iterator[BattleRead]:
    """What the judge said of each battle, by the battle's age."""
    failures = {} if judge is None else _failures(session, judge, dimension, category)
    votes = (
        select(Vote.shown_as_a, Vote.verdict, Vote.strength, Vote.probability, *_PLACE)
        .join(Battle, Vote.battle_id == Battle.id)
        .where(Vote.rater_id == rater_id, Vote.dimension_id == dimension.id, Vote.state == "counted")
        .where(*_within(category))
        .order_by(Battle.id, Vote.id)
        .execution_options(yield_per=FETCHED)
    )
    for rows in _runs(session.execute(votes)):
        said = {row.shown_as_a: _finding(row) for row in rows if row.verdict != Verdict.ABSTAIN.value}
        failed = failures.pop(rows[0].id, None)
        yield _battle(rows[0], said, "" if said else ABSTAINED if failed is None else failed[1])
    for place, failure in failures.values():
        yield _battle(place, {}, failure)


def lengths(session: Session, wanted: Iterable[Answered]) -> dict[Answered, int]:
    """Characters of these answers, up to the turn."""
    turns: dict[int, set[int | None]] = defaultdict(set)
    for answer, turn in wanted:
        turns[answer].add(turn)
    ids, found = sorted(turns), {}
    for at in range(0, len(ids), PAGE):
        rows = session.execute(select(Answer.id, Answer.messages).where(Answer.id.in_(ids[at : at + PAGE])))
        for key, messages in rows:
            for turn in turns[key]:
                said = until(messages, "assistant", turn)
                found[key, turn] = sum(len(each["content"]) for each in said if each["role"] == "assistant")
    return found


_PLACE: tuple[Any, ...] = (
    Battle.id, Battle.prompt_id, Battle.turn, Battle.category, Battle.model_a_id, Battle.model_b_id,
    Battle.answer_a_id, Battle.answer_b_id,
)  # fmt: skip


def _failures(
    session: Session, judge: Judge, dimension: Dimension, category: str | None
) -> dict[int, tuple[Any, str]]:
    """The battles of which a judgment ended without a verdict on the dimension, and why."""
    query: Select[Any] = (
        select(Judgment.outcome, *_PLACE)
        .join(Battle, Judgment.battle_id == Battle.id)
        .join(JudgeRun, Judgment.run_id == JudgeRun.id)
        .where(JudgeRun.judge_id == judge.id, Judgment.state == "failed", *_within(category))
        .order_by(Judgment.id)
    )
    found: dict[int, tuple[Any, str]] = {}
    for row in session.execute(query):
        outcome = row.outcome.get(dimension.slug, row.outcome.get(""))
        if outcome is not None and "failure" in outcome:
            found.setdefault(row.id, (row, f"{outcome['failure']}:{outcome['reason']}"))
    return found


def _within(category: str | None) -> list[ColumnElement[bool]]:
    return [] if category is None else [under(Battle.category, category, "/")]


def _runs(rows: Iterable[Row[Any]]) -> Iterator[list[Any]]:
    """Rows of one battle together."""
    held: list[Any] = []
    for row in rows:
        if held and held[0].id != row.id:
            yield held
            held = []
        held.append(row)
    if held:
        yield held


def _finding(row: Any) -> Finding:
    verdict = Verdict(row.verdict)
    tied = verdict not in (Verdict.A, Verdict.B)
    strength = 0 if tied else _STRENGTH.get(row.strength)
    return Finding("vote", verdict=verdict, strength=strength, probability=row.probability)


def _battle(row: Any, said: Mapping[str, Finding], failure: str) -> BattleRead:
    return BattleRead(
        row.prompt_id or -row.id,
        row.turn,
        row.category,
        (row.model_a_id, row.model_b_id),
        (row.answer_a_id, row.answer_b_id),
        said,
        failure,
    )
