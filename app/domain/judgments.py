"""Judgments: what a judge is shown of a battle in one order, what must be known first, and the votes that follow."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session, aliased

from app.db.bulk import inserted
from app.db.tables import (
    Answer,
    Arena,
    Ballot,
    Battle,
    ChecklistVersion,
    Dimension,
    Judge,
    JudgeRun,
    Judgment,
    Prompt,
    Vote,
)
from app.domain import attachments, battles, checklists, profiles
from app.domain.content import Message, Messages
from app.domain.judges import checklist, roster, wording
from app.domain.judges.items import Checklist, Constraint, DimensionForm, Item, Reference
from app.domain.judges.protocol import Asking, Counts, Finding, Outcomes, Question
from app.domain.judges.replies import Failure, Reason, Reply, Unanswered, Unreadable, spoken
from app.domain.outcomes import described, named
from app.domain.transcripts import storable

STRENGTHS = {1: 1, 2: 3}
"""A judge's better and much better, as the form's slightly and far better."""

MOST_PICTURES = 15_000_000
"""Bytes of all pictures of a judgment; as base64 they are 20 MB, and some hosts take no larger request."""

WRITTEN = "the checklist"
"""In place of a dimension, of which none is called so, in the outcome of a task that judges nothing."""


@dataclass(frozen=True, slots=True)
class Task:
    """A judgment that waits, with all that can be shown; `item` asks only about dimensions without a vote yet.
    `versions` has the id and the version of each dimension by slug.
    """

    judgment_id: int
    battle_id: int
    prompt_id: int
    shown_as_a: str
    item: Item
    versions: Mapping[str, tuple[int, int]]
    judges: bool = True


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of a task, by dimension, and what its answers count for figures of answers alone."""

    task: Task
    outcomes: Outcomes
    counts: Counts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unaskable:
    """A judgment about which nothing can be asked, and why: a prompt without the reference that the judge wants. The
    `reason` is `profiles.UNASKABLE` where the judge has nobody to answer for, which says nothing of the judge.
    """

    judgment_id: int
    problem: str
    reason: str = "item"


def waiting(
    session: Session, run: JudgeRun, judge: Judge, after: int, most: int, fence_key: str
) -> list[Task | Unaskable]:
    """The next tasks of a run by id. `fence_key` makes the marks around texts that others wrote."""
    arena = session.get_one(Arena, run.arena_id)
    a, b = aliased(Answer), aliased(Answer)
    rows = session.execute(
        select(Judgment.id, Judgment.shown_as_a, Battle, Prompt, a.messages, b.messages)
        .join(Battle, Judgment.battle_id == Battle.id)
        .join(Prompt, Battle.prompt_id == Prompt.id)
        .join(a, Battle.answer_a_id == a.id)
        .join(b, Battle.answer_b_id == b.id)
        .where(Judgment.run_id == run.id, Judgment.state == "waiting", Judgment.id > after)
        .order_by(Judgment.id)
        .limit(most)
    ).all()
    asked = roster.dimensions_of(session, arena, judge)
    forms, versions = roster.forms_of(arena, asked), {row.slug: (row.id, row.version) for row in asked}
    shown = {row.Battle.id for row in rows}
    judges = "only" not in run.selection
    voted = _voted(session, judge, shown) if judges else set()
    as_voters = profiles.answers_as_voters(judge)
    voters = profiles.voters(session, arena, shown) if as_voters else {}
    known = checklists_of(session, judge, {row.Prompt.id for row in rows})
    tasks: list[Task | Unaskable] = []
    for key, side, battle, prompt, said_a, said_b in rows:
        left = tuple(each for each in forms if (battle.id, side, each.slug) not in voted)
        problem = _problem(left, prompt.messages)
        problem = problem or _unseen(session, judge, arena.id, (*prompt.messages, *said_a, *said_b))
        if problem:
            tasks.append(Unaskable(key, problem))
            continue
        voter = voters.get(battle.id)
        if as_voters and voter is None:
            tasks.append(Unaskable(key, "nobody who voted on it has given a profile", profiles.UNASKABLE))
            continue
        first, second = (said_a, said_b) if side == "a" else (said_b, said_a)
        item = _item(judge, arena, left, battle.turn, prompt, first, second)
        item = replace(item, checklist=known.get(prompt.id))
        if voter is not None:
            item = replace(item, profile=voter.profile, votes=voter.shown(side))
        item = replace(item, fence=wording.fence_of(item, fence_key))
        tasks.append(Task(key, battle.id, prompt.id, side, item, versions, judges))
    return tasks


def checklists_of(session: Session, judge: Judge, prompt_ids: Collection[int]) -> Mapping[int, Checklist]:
    """The newest checklist of each of these prompts, for a judge that reads them."""
    if not roster.reads_checklists(judge):
        return {}
    return {key: _asked(row) for key, row in checklists.newest(session, prompt_ids).items()}


def keep_checklists(
    session: Session, judge: Judge, made: Mapping[int, Checklist], now: datetime
) -> Mapping[int, Checklist]:
    """What the judge wrote for prompts, by id, as their first version; gives what there is then to be asked: what
    another judge or a person has stored meanwhile stands.
    """
    questions = {key: each.questions for key, each in made.items()}
    author = f"judge:{judge.name}@{judge.version}"
    return {key: _asked(row) for key, row in checklists.make(session, questions, author, now).items()}


def preliminary(judge: Judge, task: Task, item: Item, settings: Asking) -> tuple[Question, ...]:
    """What must be asked before the answers are shown: the judge's own answer as a reference, a checklist."""
    wanted = []
    own = any(each.author_kind == roster.SELF for each in item.references)
    if settings.reference == roster.SELF and task.judges and not own:
        wanted.append(wording.self_reference(item, settings))
    if judge.protocol == "checklist" and item.checklist is None:
        wanted.append(checklist.generation(item.prompt, item.fence, settings))
    return tuple(wanted)


def informed(item: Item, key: str, reply: Reply | Unanswered, settings: Asking) -> Item | Failure:
    """The item with what a preliminary question brought, or why it brought nothing."""
    if isinstance(reply, Unanswered):
        return reply
    if key == "checklist":
        made = checklist.generated(reply)
        return replace(item, checklist=made) if isinstance(made, Checklist) else made
    text = spoken(reply)
    if not isinstance(text, str):
        return text
    if item.fence in text:
        return Unreadable(Reason.NO_VERDICT, "its own answer holds the fence")
    reference = Reference(text, roster.SELF, settings.reference_language)
    return replace(item, references=(*item.references, reference))


def written(item: Item | Failure) -> Outcomes:
    """What comes of a task that judges nothing: the version of the checklist that there is then."""
    if isinstance(item, Item) and item.checklist is not None:
        return {WRITTEN: Finding("written", checklist_version=item.checklist.version)}
    return {WRITTEN: Unreadable(Reason.INCOMPLETE) if isinstance(item, Item) else item}


def finish(session: Session, run: JudgeRun, judge: Judge, judged: Sequence[Judged], now: datetime) -> None:
    """Store the votes of these judgments and what each dimension came to; of those that wait still."""
    there = select(Judgment.id, Judgment.outcome, Judgment.ballot_id).where(
        Judgment.id.in_([each.task.judgment_id for each in judged]), Judgment.state == "waiting"
    )
    before = {row.id: row for row in session.execute(there)}
    judged = [each for each in judged if each.task.judgment_id in before]
    found = [(each, _findings(each.outcomes)) for each in judged]
    voting = [each for each in found if each[1]]
    ballots = inserted(session, Ballot, [_ballot(judge, now) for _ in voting])
    ballot_of = {each.task.judgment_id: ballot for ballot, (each, _) in zip(ballots, voting, strict=True)}
    votes = [
        _vote(run, judge, each.task, slug, finding, ballot_of[each.task.judgment_id], now)
        for each, findings in voting
        for slug, finding in findings.items()
    ]
    if votes:
        session.execute(insert(Vote), votes)
        battles.judged(session, judge.rater_id, {each.task.battle_id for each, _ in voting})
    rows = [
        _ended(each, before[each.task.judgment_id], ballot_of.get(each.task.judgment_id), now)
        for each in judged
    ]
    if rows:
        session.execute(update(Judgment), rows)
    run.votes += len(votes)
    run.ended += len(rows)
    run.failed += sum(row["state"] == "failed" for row in rows)


def refuse(session: Session, run: JudgeRun, refused: Collection[Unaskable], now: datetime) -> None:
    """Judgments that end without a question."""
    rows = [
        {
            "id": each.judgment_id,
            "state": "failed",
            "failure": f"unaskable:{each.reason}",
            "outcome": {"": {"failure": "unaskable", "reason": each.reason, "detail": each.problem}},
            "ended_at": now,
        }
        for each in refused
    ]
    if rows:
        session.execute(update(Judgment), rows)
    run.ended += len(rows)
    run.failed += len(rows)


def _item(
    judge: Judge,
    arena: Arena,
    forms: tuple[DimensionForm, ...],
    turn: int | None,
    prompt: Prompt,
    first: Messages,
    second: Messages,
) -> Item:
    return Item(
        prompt=until(prompt.messages, "user", turn),
        first=until(first, "assistant", turn),
        second=until(second, "assistant", turn),
        dimensions=forms,
        fence="",
        guidelines=arena.guidelines,
        references=tuple(_reference(each) for each in prompt.references),
        rubrics=tuple(_rubric(each) for each in prompt.rubrics),
        constraints=(*roster.constraints_of(judge), *_constraints(prompt)),
        policy=judge.told.get("policy", ""),
        profile=judge.told.get("profile", {}),
    )


def _asked(row: ChecklistVersion) -> Checklist:
    return Checklist(tuple(row.questions), row.version)


def until(messages: Messages, role: str, turn: int | None) -> list[Message]:
    """The messages up to the turn that was judged."""
    kept: list[Message] = []
    seen = 0
    for message in messages:
        seen += message["role"] == role
        if turn is not None and seen > turn:
            break
        kept.append(message)
    return kept


def _reference(kept: Mapping[str, Any]) -> Reference:
    return Reference(kept["text"], kept.get("author_kind", ""), kept.get("language", ""))


def _rubric(kept: Mapping[str, Any]) -> str:
    text = kept.get("text")
    return text if isinstance(text, str) else json.dumps(kept, ensure_ascii=False)


def _constraints(prompt: Prompt) -> list[Constraint]:
    """Those in a prompt's metadata: `{"constraints": [{"check", "value", "when", "extract"}]}`."""
    kept = prompt.details.get("constraints", [])
    return [
        Constraint(
            str(each.get("check", "")),
            each.get("value"),
            str(each.get("when", "")),
            str(each.get("extract", "")),
        )
        for each in kept
        if isinstance(each, Mapping)
    ]


def _problem(left: Sequence[DimensionForm], prompt: Messages) -> str:
    """Why nothing can be asked, or nothing."""
    if not left:
        return "it is judged already"
    return "" if prompt else "the prompt has no text"


def _unseen(session: Session, judge: Judge, arena_id: int, messages: Messages) -> str:
    """Why the judge cannot be shown the pictures of these messages, or nothing."""
    digests = [image["digest"] for message in messages for image in message.get("images", ())]
    if not digests:
        return ""
    if judge.endpoint.get("image_tokens") is None:
        return (
            "it holds pictures, and the judge's endpoint is sent none: its setting image_tokens must say how many "
            "tokens a picture takes at most"
        )
    sizes = attachments.sizes(session, arena_id, set(digests))
    total = sum(sizes[digest] for digest in digests)
    if total > MOST_PICTURES:
        return f"its pictures are {total:,} bytes; a judge is sent at most {MOST_PICTURES:,}"
    return ""


def _voted(session: Session, judge: Judge, battle_ids: Collection[int]) -> set[tuple[int, str, str]]:
    rows = session.execute(
        select(Vote.battle_id, Vote.shown_as_a, Dimension.slug)
        .join(Dimension, Vote.dimension_id == Dimension.id)
        .where(Vote.rater_id == judge.rater_id, Vote.battle_id.in_(battle_ids), Vote.state != "superseded")
    )
    return {(battle, side, slug) for battle, side, slug in rows}


def _findings(outcomes: Outcomes) -> dict[str, Finding]:
    return {
        slug: each
        for slug, each in outcomes.items()
        if isinstance(each, Finding) and each.verdict is not None
    }


def _ballot(judge: Judge, now: datetime) -> dict[str, Any]:
    return {"rater_id": judge.rater_id, "comment": "", "recognised": False, "created_at": now}


def _vote(
    run: JudgeRun,
    judge: Judge,
    task: Task,
    slug: str,
    finding: Finding,
    ballot_id: int,
    now: datetime,
) -> dict[str, Any]:
    return {
        "arena_id": run.arena_id,
        "battle_id": task.battle_id,
        "dimension_id": task.versions[slug][0],
        "dimension_version": task.versions[slug][1],
        "rater_id": judge.rater_id,
        "ballot_id": ballot_id,
        "shown_as_a": task.shown_as_a,
        "verdict": finding.verdict.value if finding.verdict else None,
        "raw_verdict": storable(finding.label) or None,
        "strength": STRENGTHS.get(finding.strength or 0),
        "confidence": None if finding.certainty is None else finding.certainty / 100,
        "probability": finding.probability,
        "state": "counted",
        "created_at": now,
    }


def _ended(each: Judged, before: Any, ballot_id: int | None, now: datetime) -> dict[str, Any]:
    """The row of a judgment; what it came to `before` on dimensions that were not asked again stays."""
    failures = [named(found) for found in each.outcomes.values() if not isinstance(found, Finding)]
    kept = {slug: found for slug, found in (before.outcome or {}).items() if slug}
    return {
        "id": each.task.judgment_id,
        "state": "failed" if failures else "voted",
        "failure": ":".join(failures[0]) if failures else None,
        "outcome": kept
        | {slug: described(found, each.counts.get(slug)) for slug, found in each.outcomes.items()},
        "ballot_id": ballot_id or before.ballot_id,
        "ended_at": now,
    }
