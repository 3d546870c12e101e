"""The battles on which a judge and people part, to be read: figures say how often, only texts say why."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from app.db.judging import EARLIER
from app.db.tables import Answer, Arena, Ballot, Battle, Dimension, JudgeCall, Judgment, Model, Rater, Vote
from app.domain import consistency, dimensions, prompts
from app.domain.consistency import Question
from app.domain.content import Message
from app.domain.errors import BattleNotFound
from app.domain.matches import Match
from app.domain.opinions import TIE, Item, Opinions, Sides
from app.domain.paging import Page, after
from app.stats.tally import Ints
from app.stats.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class Earlier:
    """Votes of people under a version of the dimension that is asked no more."""

    dimension_version: int
    votes: int


@dataclass(frozen=True, slots=True)
class Disagreement:
    """`people_say` is what most people say and `judge_says` what the judge says: a model's slug, or tie. `earlier` are
    those of people's votes that answered an earlier question.
    """

    battle: str
    prompt: str | None
    turn: int | None
    category: str
    language: str
    first: str
    second: str
    people: Sides
    people_say: str
    judge_says: str
    earlier: tuple[Earlier, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """One verdict of the judge: which model stood first, what it says (a slug, tie, both_good or both_bad), how sure it
    is, what it wrote beside it, and the version of the dimension where that is not the one asked now.
    """

    battle: str
    version: str
    dimension_version: int | None
    shown_first: str
    says: str
    confidence: float | None
    reasoning: str
    voted_at: datetime


@dataclass(frozen=True, slots=True)
class Reading(Disagreement):
    """The same with the texts, empty where an import brought none, and each verdict of the judge on the item."""

    prompt_messages: tuple[Message, ...]
    first_answer: tuple[Message, ...]
    second_answer: tuple[Message, ...]
    judged: tuple[Judged, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Parted:
    """The items on which the two sides part: `at` are places in the match."""

    judge: Opinions
    match: Match
    at: Ints
    earlier: Mapping[int, tuple[Earlier, ...]]  # by item

    @classmethod
    def of(cls, session: Session, arena: Arena, question: Question) -> "_Parted":
        dimension = dimensions.find(session, arena, question.dimension)
        found = consistency.sides_of(session, arena, dimension, question)
        parted = np.flatnonzero(found.match.reference != found.match.label)
        return cls(found.judge, found.match, parted, _earlier(found.reference, dimension))

    def rows(self, places: Ints) -> tuple[Disagreement, ...]:
        battle = dict(zip(self.judge.item.tolist(), self.judge.battle.tolist(), strict=True))
        match = self.match
        return tuple(
            _row(
                self.judge,
                self.judge.items[match.items[at]],
                battle[int(match.items[at])],
                match.votes[at].tolist(),
                (int(match.reference[at]), int(match.label[at])),
                self.earlier.get(int(match.items[at]), ()),
            )
            for at in places
        )


def list_disagreements(
    session: Session, arena: Arena, question: Question, limit: int, cursor: str | None
) -> Page[Disagreement]:
    """In the order in which the items were first judged; the battle is one of the judge's.

    Raises Invalid, DimensionNotFound, JudgeNotFound.
    """
    parted = _Parted.of(session, arena, question)
    here = parted.at[parted.match.items[parted.at] >= after(cursor)][: limit + 1]
    more = len(here) > limit
    return Page(parted.rows(here[:limit]), str(parted.match.items[here[limit]]) if more else None)


def every(session: Session, arena: Arena, question: Question) -> tuple[Disagreement, ...]:
    """All of them, in the same order. Raises Invalid, DimensionNotFound, JudgeNotFound."""
    parted = _Parted.of(session, arena, question)
    return parted.rows(parted.at)


def read(session: Session, arena: Arena, question: Question, battle: str) -> Reading:
    """One of them by a battle of the judge's. Raises BattleNotFound too."""
    parted = _Parted.of(session, arena, question)
    judge, match = parted.judge, parted.match
    items = set(judge.item[judge.battle == battle].tolist())
    here = parted.at[[int(each) in items for each in match.items[parted.at]]]
    if not len(here):
        raise BattleNotFound(f"there is no disagreement on a battle {battle!r}")
    (row,) = parted.rows(here)
    number = int(match.items[here[0]])
    item = judge.items[number]
    asked = prompts.by_id(session, arena, [item.prompt] if item.prompt else [])
    answers = _answers(session, item)
    return Reading(
        **asdict(row) | {"people": row.people, "earlier": row.earlier},
        prompt_messages=tuple(asked[item.prompt].messages) if item.prompt in asked else (),
        first_answer=answers[0],
        second_answer=answers[1],
        judged=_judged(session, arena, question, judge.battle[judge.item == number].tolist()),
    )


def _answers(session: Session, item: Item) -> tuple[tuple[Message, ...], tuple[Message, ...]]:
    known = {key for key in item.answers if key is not None}
    rows = session.execute(select(Answer.id, Answer.messages).where(Answer.id.in_(known)))
    said = {key: tuple(messages) for key, messages in rows}
    return said.get(item.answers[0] or 0, ()), said.get(item.answers[1] or 0, ())


def _judged(session: Session, arena: Arena, question: Question, battles: list[str]) -> tuple[Judged, ...]:
    """The judge's verdicts on these battles, in the order in which they came."""
    name, _, version = question.judge.partition("@")
    first, second = aliased(Model), aliased(Model)
    dimension = dimensions.find(session, arena, question.dimension)
    rows = session.execute(
        select(Battle.public_id, Vote, Rater.version, Ballot.comment, first.slug, second.slug)
        .join(Vote, Vote.battle_id == Battle.id)
        .join(Rater, Vote.rater_id == Rater.id)
        .join(Ballot, Vote.ballot_id == Ballot.id)
        .join(first, Battle.model_a_id == first.id)
        .join(second, Battle.model_b_id == second.id)
        .where(
            Battle.arena_id == arena.id,
            Battle.public_id.in_(battles),
            Vote.dimension_id == dimension.id,
            Vote.state == "counted",
            Vote.verdict != Verdict.ABSTAIN.value,
            Rater.kind == "judge",
            Rater.name == name,
            *([Rater.version == version] if version else []),
        )
        .order_by(Vote.id)
    ).all()
    replies = _replies(session, [vote.ballot_id for _, vote, *_ in rows])
    return tuple(
        Judged(
            battle=battle,
            version=of,
            dimension_version=None if vote.dimension_version == dimension.version else vote.dimension_version,
            shown_first=shown[0],
            says={"a": shown[0], "b": shown[1]}.get(vote.verdict, vote.verdict),
            confidence=vote.confidence,
            reasoning=comment or replies.get(vote.ballot_id, ""),
            voted_at=vote.created_at,
        )
        for battle, vote, of, comment, model_a, model_b in rows
        for shown in [(model_a, model_b) if vote.shown_as_a == "a" else (model_b, model_a)]
    )


def _replies(session: Session, ballots: list[int]) -> dict[int, str]:
    """What a judge that ran here replied on each of these ballots, its thoughts first; a question that was not paid for
    twice has the reply of the first, one that was asked again in other words that of the last.
    """
    source = aliased(JudgeCall)
    rows = session.execute(
        select(Judgment.ballot_id, JudgeCall.reply, source.reply)
        .join(JudgeCall, JudgeCall.judgment_id == Judgment.id)
        .outerjoin(source, JudgeCall.same_as == source.id)
        .where(
            Judgment.ballot_id.in_(ballots),
            JudgeCall.state == "answered",
            JudgeCall.key.not_like(f"%{EARLIER}%"),
        )
        .order_by(JudgeCall.id)
    )
    said: dict[int, list[str]] = {}
    for ballot, own, first in rows:
        reply = own or first or {}
        said.setdefault(ballot, []).extend(
            text for name in ("reasoning", "text") if (text := reply.get(name))
        )
    return {ballot: "\n\n".join(texts) for ballot, texts in said.items()}


def _earlier(people: Opinions, dimension: Dimension) -> dict[int, tuple[Earlier, ...]]:
    old = people.where(people.version != dimension.version)
    counts = Counter(zip(old.item.tolist(), old.version.tolist(), strict=True))
    found: dict[int, tuple[Earlier, ...]] = {}
    for (item, version), votes in sorted(counts.items()):
        found[item] = (*found.get(item, ()), Earlier(version, votes))
    return found


def _row(
    judge: Opinions,
    item: Item,
    battle: str,
    votes: list[int],
    labels: tuple[int, int],
    earlier: tuple[Earlier, ...],
) -> Disagreement:
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
        people=Sides(votes[0], votes[1], sum(votes[TIE:])),
        people_say=words[labels[0]],
        judge_says=words[labels[1]],
        earlier=earlier,
    )
