"""Answers: what each model said to each prompt. A new answer replaces the old for the battles to come."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from app.db.bulk import inserted
from app.db.tables import Answer, AnswerLeak, AnswerStyle, Arena, Model, Prompt
from app.domain import attachments, prompts
from app.domain.content import LONGEST_CONTENT, Message, check_answer, turns
from app.domain.errors import Invalid, InvalidLines, Problem
from app.domain.images import Picture
from app.stats.leaks import leaks
from app.stats.texts import Style

CHUNK = 500
MISSING_SHOWN = 100

Code = Literal["unreadable", "unknown_prompt", "duplicate", "too_long", "malformed"]


@dataclass(frozen=True, slots=True)
class NewAnswer:
    """`messages` holds one assistant message for each user turn of the prompt."""

    line: int
    prompt_id: str
    messages: tuple[Message, ...]
    details: Mapping[str, Any] = field(default_factory=dict)
    pictures: Mapping[str, Picture] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rejected:
    line: int
    prompt_id: str | None
    problem: str
    code: Code = "unreadable"


@dataclass(frozen=True, slots=True)
class SortedOut:
    """Good answers with their prompts, refused ones, and by prompt those that differ from what is stored; so many of
    these would replace an answer.
    """

    good: tuple[tuple[prompts.Text, NewAnswer], ...]
    rejected: tuple[Rejected, ...]
    changed: Mapping[int, NewAnswer]
    replacing: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of the arena a model has answered; `missing` names the first prompts without an answer."""

    answered: int
    prompts: int
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AnswersReport:
    accepted: int
    replaced: int
    rejected: tuple[Rejected, ...]
    coverage: Coverage


def read(
    line: int,
    prompt_id: str,
    said: Sequence[Mapping[str, Any]],
    sent: Sequence[attachments.Sent],
    details: Mapping[str, Any],
) -> NewAnswer | Rejected:
    """An answer as it was sent, with its attachments, or what is wrong with them."""
    try:
        found = attachments.told(said, sent)
    except Invalid as invalid:
        return Rejected(line, prompt_id, invalid.detail)
    return NewAnswer(line, prompt_id, found.messages, details, found.pictures)


def submit(
    session: Session,
    arena: Arena,
    model: Model,
    answers: Sequence[NewAnswer],
    unreadable: Sequence[Rejected],
    now: datetime,
    *,
    dry_run: bool = False,
    partial: bool = False,
) -> AnswersReport:
    """Store answers of one model and report; `unreadable` are the lines that were no answers at all.

    `accepted` counts the good lines, `replaced` those among them that put another answer in the place of one.
    A dry run stores nothing and shows the coverage as it would be. Raises InvalidLines, with nothing stored,
    when any line is bad, unless `partial`.
    """
    if model.withdrawn_at is not None:
        raise Invalid(f"model {model.slug!r} is withdrawn and takes no answers")
    _queue(session, arena)
    found = sort_out(session, arena, model, answers, {})
    rejected = sorted([*unreadable, *found.rejected], key=lambda each: each.line)
    good = {prompt.id for prompt, _ in found.good}
    stores = not dry_run and (partial or not rejected)
    if stores:
        _store(session, arena, model, found.changed, now)
    if rejected and not (dry_run or partial):
        problems = tuple(Problem(f"line {each.line}", each.problem) for each in rejected)
        raise InvalidLines("nothing was stored: some answers cannot be used", problems)
    return AnswersReport(len(good), found.replacing, tuple(rejected), coverage(session, arena, model, good))


def sort_out(
    session: Session, arena: Arena, model: Model, answers: Sequence[NewAnswer], seen: dict[str, int]
) -> SortedOut:
    """What could be stored of these answers and what of it would change anything; stores nothing.

    `seen` are prompts that earlier lines have answered, by line; those of the good lines are added to it.
    """
    known = prompts.texts(session, arena, [answer.prompt_id for answer in answers])
    rejected = tuple(_rejected(arena, answers, known, seen))
    bad = {each.line for each in rejected}
    good = tuple((known[answer.prompt_id], answer) for answer in answers if answer.line not in bad)
    current = _current(session, model.id, [prompt.id for prompt, _ in good])
    changed = {prompt.id: said for prompt, said in good if not _same(current.get(prompt.id), said)}
    return SortedOut(good, rejected, changed, sum(key in current for key in changed))


def store(
    session: Session, arena: Arena, model: Model, answers: Sequence[NewAnswer], now: datetime
) -> SortedOut:
    """Store what can be stored of these answers, each to another prompt."""
    _queue(session, arena)
    found = sort_out(session, arena, model, answers, {})
    _store(session, arena, model, found.changed, now)
    return found


def coverage(session: Session, arena: Arena, model: Model, also: set[int] | None = None) -> Coverage:
    """Of the prompts that are not archived. `also` are prompts to count as answered, for a dry run."""
    answered = set(
        session.scalars(
            select(Answer.prompt_id).where(Answer.model_id == model.id, Answer.replaced_at.is_(None))
        )
    ) | (also or set())
    rows = session.execute(
        select(Prompt.id, Prompt.external_id)
        .where(Prompt.arena_id == arena.id, Prompt.archived_at.is_(None))
        .order_by(Prompt.id)
    )
    every = {row.id: row.external_id for row in rows}
    missing = [name for key, name in every.items() if key not in answered]
    return Coverage(len(every) - len(missing), len(every), tuple(missing[:MISSING_SHOWN]))


def keep_styles(session: Session, answers: Iterable[tuple[int, Sequence[Message]]]) -> None:
    """Store how new answers, by id, are written. What is not text alone has no style."""
    rows = []
    for key, messages in answers:
        texts = [message["content"] for message in messages]
        if all(isinstance(text, str) for text in texts):
            rows.append({"answer_id": key, **asdict(Style.of(texts))})
    if rows:
        session.execute(insert(AnswerStyle), rows)


def names_of(session: Session, arena_id: int) -> set[str]:
    """What the models of an arena, their makers and their families are called."""
    models = select(Model.slug, Model.name, Model.organization, Model.family).where(
        Model.arena_id == arena_id
    )
    return {word for words in session.execute(models) for word in words if word}


def keep_leaks(session: Session, arena_id: int, answer_ids: Sequence[int]) -> None:
    """Look whether each of these new answers says who gave it, and note those that do."""
    found = find_leaks(session, answer_ids, names_of(session, arena_id))
    if found:
        session.execute(insert(AnswerLeak), found)


def find_leaks(session: Session, answer_ids: Sequence[int], names: Collection[str]) -> list[dict[str, Any]]:
    """What of these answers says who gave them, as it is noted."""
    new: list[dict[str, Any]] = []
    for start in range(0, len(answer_ids), CHUNK):
        rows = session.execute(
            select(Answer.id, Answer.messages, Prompt.messages)
            .join(Prompt, Answer.prompt_id == Prompt.id)
            .where(Answer.id.in_(answer_ids[start : start + CHUNK]))
        )
        found = ((key, leaks(_texts(said), names, _texts(asked))) for key, said, asked in rows)
        new += [
            {"answer_id": key, "kind": each[0].kind, "words": each[0].words} for key, each in found if each
        ]
    return new


def leaking(session: Session, answer_ids: Iterable[int | None]) -> set[int]:
    """Those of the answers that say who gave them."""
    return set(session.scalars(select(AnswerLeak.answer_id).where(AnswerLeak.answer_id.in_(set(answer_ids)))))


def newest(session: Session, arena_id: int) -> int:
    """Grows with every answer stored; says whether what was read of the answers is still true."""
    return session.scalar(select(func.max(Answer.id)).where(Answer.arena_id == arena_id)) or 0


def _queue(session: Session, arena: Arena) -> None:
    # Submissions to one arena queue here: each replaces what the one before stored, and `newest` grows as answers
    # become visible. key_share: battles and votes, which only refer to the arena, do not queue.
    session.execute(select(Arena.id).where(Arena.id == arena.id).with_for_update(key_share=True))


def _rejected(
    arena: Arena, answers: Sequence[NewAnswer], known: Mapping[str, prompts.Text], seen: dict[str, int]
) -> Iterable[Rejected]:
    for answer in answers:
        problem = _problem(arena, answer, known.get(answer.prompt_id), seen.get(answer.prompt_id))
        if problem:
            yield Rejected(answer.line, answer.prompt_id, problem[1], problem[0])
        else:
            seen[answer.prompt_id] = answer.line


def _problem(
    arena: Arena, answer: NewAnswer, prompt: prompts.Text | None, earlier: int | None
) -> tuple[Code, str] | None:
    if prompt is None:
        return "unknown_prompt", f"arena {arena.slug!r} has no prompt {answer.prompt_id!r}"
    if earlier is not None:
        return "duplicate", f"prompt {answer.prompt_id!r} is answered on line {earlier} already"
    try:
        check_answer(arena.modality, answer.messages, turns(prompt.messages))
    except Invalid as invalid:
        long = any(len(message["content"]) > LONGEST_CONTENT for message in answer.messages)
        return ("too_long" if long else "malformed"), invalid.detail
    return None


def _current(session: Session, model_id: int, prompt_ids: Sequence[int]) -> dict[int, Answer]:
    found: dict[int, Answer] = {}
    for start in range(0, len(prompt_ids), CHUNK):
        rows = session.scalars(
            select(Answer).where(
                Answer.model_id == model_id,
                Answer.prompt_id.in_(prompt_ids[start : start + CHUNK]),
                Answer.replaced_at.is_(None),
            )
        )
        found.update({row.prompt_id: row for row in rows})
    return found


def _same(row: Answer | None, answer: NewAnswer) -> bool:
    said = [dict(message) for message in answer.messages]
    return row is not None and row.messages == said and row.details == dict(answer.details)


def _store(
    session: Session, arena: Arena, model: Model, answers: Mapping[int, NewAnswer], now: datetime
) -> None:
    pictures = (each for answer in answers.values() for each in answer.pictures.values())
    attachments.keep(session, arena.id, pictures, now)
    keys = list(answers)
    for start in range(0, len(keys), CHUNK):
        session.execute(
            update(Answer)
            .where(
                Answer.model_id == model.id,
                Answer.prompt_id.in_(keys[start : start + CHUNK]),
                Answer.replaced_at.is_(None),
            )
            .values(replaced_at=now)
        )
    new = [
        {
            "arena_id": arena.id,
            "prompt_id": key,
            "model_id": model.id,
            "messages": [dict(message) for message in answer.messages],
            "details": dict(answer.details),
            "created_at": now,
        }
        for key, answer in answers.items()
    ]
    ids = inserted(session, Answer, new)
    keep_styles(session, zip(ids, (answer.messages for answer in answers.values()), strict=True))
    keep_leaks(session, arena.id, ids)


def _texts(messages: Sequence[Message]) -> list[str]:
    return [text for message in messages if isinstance(text := message["content"], str)]
