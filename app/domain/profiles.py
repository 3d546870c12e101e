"""Profiles: what voters chose to say of themselves, for a judge that answers as the person who voted would.

A profile is opt-in: a voter gives it, or a researcher imports it with the voters' leave. What it says is sent to the
judge's model; who the voter is never is, so a field that names somebody is refused, and once more left out when told.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.db.tables import Arena, Dimension, Judge, JudgeCall, JudgeRun, Judgment, Rater, Vote
from app.domain.accounts import RaterName
from app.domain.errors import Invalid
from app.domain.personal_data import kinds
from app.stats.verdicts import Verdict, swapped

MOST_FIELDS = 50
LONGEST_NAME = 80
LONGEST_VALUE = 1_000
NAMING = frozenset(
    {
        "id",
        "name",
        "full_name",
        "first_name",
        "last_name",
        "user",
        "user_id",
        "rater",
        "email",
        "phone",
        "address",
    }
)
PERSONA = "persona"
UNASKABLE = "profile"  # why a judgment was not asked about: nobody who voted on its battle has one
FORGOTTEN = "forgotten with the voter's profile"
CHUNK = 500  # raters looked up at once


@dataclass(frozen=True, slots=True)
class NewProfile:
    """What a file says of a rater on its line `line`."""

    line: int
    rater: RaterName
    fields: Mapping[str, str]


@dataclass(slots=True)
class Voter:
    """A person who voted on a battle and has a profile, and what they said by dimension, A as the battle's answer a."""

    rater_id: int
    name: str
    profile: Mapping[str, str]
    said: dict[str, Verdict] = field(default_factory=dict)

    def shown(self, side: str) -> Mapping[str, Verdict]:
        """The same with answer `side` shown as A."""
        return {name: said if side == "a" else swapped(said) for name, said in self.said.items()}


def answers_as_voters(judge: Judge) -> bool:
    """Whether it judges each battle as the person who voted on it would: a persona without a profile of its own."""
    return judge.protocol == PERSONA and not judge.told.get("profile")


def checked(fields: Mapping[str, str], rater: str) -> dict[str, str]:
    """The fields as they are kept, without the empty ones. Raises Invalid for none, too much, and what names somebody.

    >>> checked({"age": "34 ", "town": ""}, "ana")
    {'age': '34'}
    >>> checked({"E-mail": "x"}, "ana")
    Traceback (most recent call last):
    app.domain.errors.Invalid: profile: 'E-mail' would tell who somebody is
    """
    kept = {name.strip(): value.strip() for name, value in fields.items() if value.strip()}
    if not kept:
        raise Invalid("profile: it says nothing")
    if len(kept) > MOST_FIELDS:
        raise Invalid(f"profile: {len(kept)} fields; at most {MOST_FIELDS}")
    for name, value in kept.items():
        if not 0 < len(name) <= LONGEST_NAME or len(value) > LONGEST_VALUE:
            raise Invalid(
                f"profile: {name[:LONGEST_NAME]!r}: a name of 1 to {LONGEST_NAME} characters and a value of at most "
                f"{LONGEST_VALUE:,}"
            )
        if _names_somebody(name, value, rater) or kinds(value):
            raise Invalid(f"profile: {name!r} would tell who somebody is")
    return kept


def told(profile: Mapping[str, Any], rater: str) -> dict[str, str]:
    """What a judge is told of a stored profile: texts and numbers, and nothing that names somebody."""
    texts = {
        name: str(value)
        for name, value in profile.items()
        if isinstance(value, str | int | float) and str(value).strip()
    }
    return {name: value for name, value in texts.items() if not _names_somebody(name, value, rater)}


def put(session: Session, rater_id: int, fields: Mapping[str, str]) -> int:
    """Keep what somebody says of themselves in place of what they said before; how many fields. Raises Invalid."""
    rater = session.get_one(Rater, rater_id)
    kept = checked(fields, rater.name)
    if rater.profile != kept:
        if rater.profile is not None:
            forget(session, [rater_id])
        rater.profile = kept
        session.flush()
    return len(kept)


def submit(session: Session, arena: Arena, given: Sequence[NewProfile]) -> tuple[int, list[tuple[int, str]]]:
    """Store the profiles of people who voted here: how many are new or changed, and what is wrong, by line."""
    there = _raters(session, arena, {each.rater.name for each in given})
    changed, wrong = 0, list[tuple[int, str]]()
    for each in given:
        row = there.get(each.rater.name) if each.rater.kind == "human" else None
        try:
            if row is None:
                raise Invalid(
                    f"rater {str(each.rater)!r}: nobody of that name came with an import of this arena"
                )
            before = row.profile
            put(session, row.id, each.fields)
            changed += row.profile != before
        except Invalid as invalid:
            wrong.append((each.line, invalid.detail))
    return changed, wrong


def forget(session: Session, rater_ids: Collection[int]) -> None:
    """Take away the profiles of these raters, and what judges were told and replied under them."""
    session.execute(update(Rater).where(Rater.id.in_(rater_ids)).values(profile=None))
    judged = (
        select(JudgeCall.id, JudgeCall.asked, JudgeCall.reply)
        .join(Judgment, JudgeCall.judgment_id == Judgment.id)
        .join(JudgeRun, JudgeCall.run_id == JudgeRun.id)
        .join(Judge, JudgeRun.judge_id == Judge.id)
        .where(
            Judge.protocol == PERSONA,
            Judgment.battle_id.in_(select(Vote.battle_id).where(Vote.rater_id.in_(rater_ids))),
        )
    )
    rows = [
        # Under an identity that no question has, so that nobody is answered with what is gone.
        {"id": key, "question": f"forgotten-{key}", "asked": _blank(asked), "reply": _unsaid(reply)}
        for key, asked, reply in session.execute(judged)
    ]
    if rows:
        session.execute(update(JudgeCall), rows)


def voters(session: Session, arena: Arena, battles: Collection[int] | None = None) -> dict[int, Voter]:
    """By battle the first person with a profile whose vote counts on it; of all battles unless some are named."""
    query = (
        select(
            Vote.battle_id, Dimension.slug, Vote.verdict, Vote.shown_as_a, Rater.id, Rater.name, Rater.profile
        )
        .join(Rater, Vote.rater_id == Rater.id)
        .join(Dimension, Vote.dimension_id == Dimension.id)
        .where(
            Vote.arena_id == arena.id,
            Vote.state == "counted",
            Rater.kind == "human",
            Rater.profile.is_not(None),
        )
        .order_by(Vote.id)
    )
    if battles is not None:
        query = query.where(Vote.battle_id.in_(battles))
    found: dict[int, Voter] = {}
    for row in session.execute(query):
        voter = found.setdefault(row.battle_id, Voter(row.id, row.name, told(row.profile, row.name)))
        if voter.rater_id == row.id:
            verdict = Verdict(row.verdict)
            voter.said[row.slug] = verdict if row.shown_as_a == "a" else swapped(verdict)
    return found


def _raters(session: Session, arena: Arena, names: Collection[str]) -> dict[str, Rater]:
    found: dict[str, Rater] = {}
    wanted = sorted(names)
    for at in range(0, len(wanted), CHUNK):
        query = select(Rater).where(
            Rater.arena_id == arena.id, Rater.kind == "human", Rater.name.in_(wanted[at : at + CHUNK])
        )
        found |= {row.name: row for row in session.scalars(query)}
    return found


def _names_somebody(name: str, value: str, rater: str) -> bool:
    plain = name.strip().casefold().replace("-", "").replace(" ", "_")
    return plain in NAMING or value.strip().casefold() == rater.casefold()


def _blank(asked: dict[str, Any] | None) -> dict[str, Any] | None:
    return asked and {**asked, "messages": [{"role": "user", "content": FORGOTTEN}]}


def _unsaid(reply: dict[str, Any] | None) -> dict[str, Any] | None:
    return reply and {**reply, "text": "", "reasoning": "", "tokens": []}
