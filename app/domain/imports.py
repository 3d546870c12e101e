"""Votes from elsewhere: rows of a format → prompts, models, raters, battles and votes. Twice doubles nothing.

A row is known by its content and by how many rows like it stood before it in the same file, so a file may hold the
same row many times, and may be imported again after it has grown. Rows of different files that are alike to the
letter are taken for the same votes, unless they are imported under different `batch` names.

Texts that come with a row make prompts and answers that can be dealt, if they answer the prompt as it is stored.
"""

import secrets
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import islice, pairwise
from typing import Any

from sqlalchemy import Select, insert, select, update
from sqlalchemy.orm import Session

from app.db.bulk import inserted
from app.db.seen import Seen
from app.db.tables import Answer, Arena, Ballot, Battle, Dimension, Prompt, Rater, Vote, VoteEvent
from app.domain import accounts, answers, dimensions, models
from app.domain.content import Message, check_answer, check_prompt, turns
from app.domain.errors import Invalid, InvalidLines, Problem
from app.domain.formats.rows import Bad, VoteRow

CHUNK = 2_000
KEPT = 50_000  # prompts and raters by name, so that memory stays flat
CLOCKS_DIFFER = timedelta(days=1)
NO_TEXT = repr(())
PROBLEMS_KEPT = 1_000
ACTOR = "import"

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class ImportReport:
    """`imported` rows are new, `known` were there already, `rejected` could not be read (the first are named)."""

    imported: int
    known: int
    rejected: int
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class _KnownPrompt:
    id: int
    text: str
    language: str
    category: str


@dataclass(slots=True)
class _Known:
    """What the import has already found or made, by name."""

    prompts: dict[str, _KnownPrompt] = field(default_factory=dict)
    models: dict[str, int] = field(default_factory=dict)
    raters: dict[accounts.RaterName, int] = field(default_factory=dict)
    dimensions: dict[str, Dimension] = field(default_factory=dict)
    ballot: tuple[tuple[accounts.RaterName, str] | None, int] = (None, 0)  # of the row before


def import_votes(
    session: Session,
    arena: Arena,
    files: Iterable[tuple[str, Iterable[VoteRow | Bad]]],
    now: datetime,
    *,
    partial: bool = False,
    batch: str = "",
    progress: Progress = lambda rows: None,
) -> ImportReport:
    """Store the votes of named files. Raises InvalidLines, so that nothing is stored, when any row is bad,
    unless `partial`.
    """
    # Two imports into one arena queue here, so that neither makes what the other has made; votes do not wait.
    session.execute(select(Arena.id).where(Arena.id == arena.id).with_for_update(key_share=True))
    known, counts, problems = _Known(), Counter[str](), list[Problem]()
    imported_before = session.scalar(_imported(arena).limit(1)) is not None
    for name, rows in files:
        for chunk in _keyed(_in_time(rows, now + CLOCKS_DIFFER), batch):
            bad = [Problem(f"{name}:{row.line}", row.problem) for _, row in chunk if isinstance(row, Bad)]
            good = [(key, row) for key, row in chunk if isinstance(row, VoteRow)]
            counts["rejected"] += len(bad)
            problems += bad[: PROBLEMS_KEPT - len(problems)]
            # Keys are unique within a file, so nothing of the first one can be there.
            known_keys = _imported(arena).where(Battle.import_key.in_([key for key, _ in good]))
            there = set(session.scalars(known_keys)) if imported_before else set()
            fresh = [(key, row) for key, row in good if key not in there]
            if fresh:
                _store(session, arena, fresh, known, now)
            counts["imported"] += len(fresh)
            counts["known"] += len(good) - len(fresh)
            progress(len(chunk))
        imported_before = imported_before or counts["imported"] > 0
    if problems and not partial:
        rows_cannot = "1 row cannot" if counts["rejected"] == 1 else f"{counts['rejected']:,} rows cannot"
        raise InvalidLines(f"nothing was stored: {rows_cannot} be read", tuple(problems))
    return ImportReport(counts["imported"], counts["known"], counts["rejected"], tuple(problems))


def _in_time(rows: Iterable[VoteRow | Bad], latest: datetime) -> Iterator[VoteRow | Bad]:
    for row in rows:
        if isinstance(row, VoteRow) and row.voted_at is not None and row.voted_at > latest:
            yield Bad(row.line, f"the vote is of {row.voted_at.isoformat()}, which lies in the future")
        else:
            yield row


def _keyed(rows: Iterable[VoteRow | Bad], batch: str) -> Iterator[list[tuple[str, VoteRow | Bad]]]:
    """Chunks of rows with their keys; a row that stands in the file again has a key of its own."""
    with closing(Seen()) as seen:
        keyed = ((_key(row, batch, seen), row) for row in rows)
        while chunk := list(islice(keyed, CHUNK)):
            yield chunk


def _key(row: VoteRow | Bad, batch: str, seen: Seen) -> str:
    if isinstance(row, Bad):
        return ""
    same = sha256(f"{batch}\n{row.identity}".encode()).digest()
    return sha256(same + str(seen.times(same)).encode()).hexdigest()


def _imported(arena: Arena) -> Select[Any]:
    return select(Battle.import_key).where(Battle.arena_id == arena.id, Battle.import_key.is_not(None))


def _store(
    session: Session, arena: Arena, rows: Sequence[tuple[str, VoteRow]], known: _Known, now: datetime
) -> None:
    fresh = [(key, _tellable(arena, row)) for key, row in rows]
    only = [row for _, row in fresh]
    _know_models(session, arena, only, known, now)
    _know_raters(session, arena, only, known, now)
    _know_dimensions(session, arena, only, known, now)
    _know_prompts(session, arena, only, known, now)
    answered = _answers(session, arena, only, known, now)
    battles = [_battle(arena, key, row, known, answered, now) for key, row in fresh]
    battle_ids = inserted(session, Battle, battles)
    ballot_ids = _ballots(session, only, known, now)
    _votes(session, arena, list(zip(only, battle_ids, ballot_ids, strict=True)), known, now)


def _tellable(arena: Arena, row: VoteRow) -> VoteRow:
    """The row, without its texts where a voter could not be shown them."""
    if not row.prompt:
        return row
    try:
        check_prompt(arena.modality, row.prompt)
        for said in (row.answer_a, row.answer_b):
            check_answer(arena.modality, said, turns(row.prompt))
    except Invalid:
        return replace(row, prompt=(), answer_a=(), answer_b=())
    return row


def _know_models(
    session: Session, arena: Arena, rows: Sequence[VoteRow], known: _Known, now: datetime
) -> None:
    if not known.models:
        known.models.update({row.slug: key for key, row in models.by_id(session, arena).items()})
    for name in sorted({name for row in rows for name in (row.model_a, row.model_b)} - set(known.models)):
        known.models[name] = models.register(session, arena, models.NewModel(name), None, now).id


def _know_raters(
    session: Session, arena: Arena, rows: Sequence[VoteRow], known: _Known, now: datetime
) -> None:
    if len(known.raters) > KEPT:
        known.raters.clear()
    names = {row.rater.name for row in rows if row.rater not in known.raters}
    columns = (Rater.kind, Rater.name, Rater.version, Rater.id)
    there = select(*columns).where(Rater.arena_id == arena.id, Rater.name.in_(names))
    for row in session.execute(there) if names else ():
        known.raters[accounts.RaterName(row.kind, row.name, row.version)] = row.id
    new = sorted({row.rater for row in rows} - set(known.raters), key=str)
    values = [
        {
            "arena_id": arena.id,
            "kind": each.kind,
            "name": each.name,
            "version": each.version,
            "created_at": now,
        }
        for each in new
    ]
    known.raters.update(zip(new, inserted(session, Rater, values), strict=True))


def _know_dimensions(
    session: Session, arena: Arena, rows: Sequence[VoteRow], known: _Known, now: datetime
) -> None:
    if not known.dimensions:
        rows_there = dimensions.list_dimensions(session, arena, archived=True)
        known.dimensions.update({row.slug: row for row in rows_there})
    for slug in sorted({slug for row in rows for slug in row.verdicts} - set(known.dimensions)):
        known.dimensions[slug] = dimensions.put(session, arena, slug, dimensions.Asked(title=slug), now)


def _know_prompts(
    session: Session, arena: Arena, rows: Sequence[VoteRow], known: _Known, now: datetime
) -> None:
    """The prompts named by the rows; one without a text takes it from the first row that has it."""
    if len(known.prompts) > KEPT:
        known.prompts.clear()
    first: dict[str, VoteRow] = {}
    texts: dict[str, tuple[Message, ...]] = {}
    for row in rows:
        if row.prompt_id:
            first.setdefault(row.prompt_id, row)
            if row.prompt:
                texts.setdefault(row.prompt_id, row.prompt)
    _look_up_prompts(session, arena, first.keys() - known.prompts.keys(), known)
    for name in texts.keys() & known.prompts.keys():
        if known.prompts[name].text == NO_TEXT:
            change = update(Prompt).where(Prompt.id == known.prompts[name].id)
            session.execute(change.values(messages=_plain(texts[name])))
            known.prompts[name] = replace(known.prompts[name], text=_text(texts[name]))
    new = [name for name in first if name not in known.prompts]
    ids = inserted(session, Prompt, [_prompt(arena, first[name], texts.get(name, ()), now) for name in new])
    for name, key in zip(new, ids, strict=True):
        row = first[name]
        known.prompts[name] = _KnownPrompt(key, _text(texts.get(name, ())), row.language, row.category)


def _look_up_prompts(session: Session, arena: Arena, names: Collection[str], known: _Known) -> None:
    columns = (Prompt.id, Prompt.external_id, Prompt.messages, Prompt.language, Prompt.category)
    query = select(*columns).where(Prompt.arena_id == arena.id, Prompt.external_id.in_(names))
    for key, name, messages, language, category in session.execute(query) if names else ():
        known.prompts[name] = _KnownPrompt(key, _text(messages), language, category)


def _prompt(arena: Arena, row: VoteRow, text: Sequence[Message], now: datetime) -> dict[str, Any]:
    return {
        "arena_id": arena.id,
        "external_id": row.prompt_id,
        "messages": _plain(text),
        "language": row.language,
        "category": row.category,
        "references": [],
        "rubrics": [],
        "details": {},
        "created_at": now,
    }


def _answers(
    session: Session, arena: Arena, rows: Sequence[VoteRow], known: _Known, now: datetime
) -> dict[tuple[int, int, str], int]:
    """(prompt, model, text) → answer. A second text of a model on a prompt is kept beside the current one."""
    wanted: dict[tuple[int, int, str], tuple[Message, ...]] = {}
    for row in rows:
        asked = known.prompts[row.prompt_id] if row.prompt_id and row.prompt else None
        if asked is None or asked.text != _text(row.prompt):
            continue
        for name, said in ((row.model_a, row.answer_a), (row.model_b, row.answer_b)):
            if said:
                wanted[(asked.id, known.models[name], repr(said))] = said
    there = _answers_there(session, {prompt for prompt, _, _ in wanted})
    current = {(prompt, model) for prompt, model, _ in there}
    new = [place for place in wanted if place not in there]
    values = []
    for prompt, model, text in new:
        values.append(
            {
                "arena_id": arena.id,
                "prompt_id": prompt,
                "model_id": model,
                "messages": _plain(wanted[(prompt, model, text)]),
                "details": {},
                "created_at": now,
                "replaced_at": now if (prompt, model) in current else None,
            }
        )
        current.add((prompt, model))
    ids = inserted(session, Answer, values)
    answers.keep_styles(session, zip(ids, (wanted[place] for place in new), strict=True))
    answers.keep_leaks(session, arena.id, ids)
    there.update(zip(new, ids, strict=True))
    return there


def _answers_there(session: Session, prompt_ids: set[int]) -> dict[tuple[int, int, str], int]:
    columns = (Answer.prompt_id, Answer.model_id, Answer.messages, Answer.id)
    query = select(*columns).where(Answer.prompt_id.in_(prompt_ids))
    rows = session.execute(query) if prompt_ids else ()
    return {(prompt, model, _text(said)): key for prompt, model, said, key in rows}


def _text(messages: Sequence[Message]) -> str:
    return repr(tuple({"role": each["role"], "content": each["content"]} for each in messages))


def _plain(messages: Sequence[Message]) -> list[dict[str, str]]:
    return [dict(message) for message in messages]


def _battle(
    arena: Arena,
    key: str,
    row: VoteRow,
    known: _Known,
    answered: Mapping[tuple[int, int, str], int],
    now: datetime,
) -> dict[str, Any]:
    prompt = known.prompts[row.prompt_id] if row.prompt_id else None
    model_a, model_b = known.models[row.model_a], known.models[row.model_b]
    return {
        "public_id": secrets.token_urlsafe(16),
        "arena_id": arena.id,
        "prompt_id": prompt.id if prompt else None,
        "turn": row.turn,
        "model_a_id": model_a,
        "model_b_id": model_b,
        "answer_a_id": answered.get((prompt.id, model_a, repr(row.answer_a))) if prompt else None,
        "answer_b_id": answered.get((prompt.id, model_b, repr(row.answer_b))) if prompt else None,
        "language": row.language or (prompt.language if prompt else ""),
        "category": row.category or (prompt.category if prompt else ""),
        "state": "imported",
        "dealt_at": row.voted_at or now,
        "import_key": key,
    }


def _ballots(session: Session, rows: Sequence[VoteRow], known: _Known, now: datetime) -> list[int]:
    """The ballot of each row: a new one, or that of the row before it if both were one submission."""
    keys = [None if row.ballot is None else (row.rater, row.ballot) for row in rows]
    opens = [key is None or key != before for before, key in pairwise([known.ballot[0], *keys])]
    values = [_ballot(row, known, now) for row, new in zip(rows, opens, strict=True) if new]
    fresh = iter(inserted(session, Ballot, values))
    ids = []
    for key, new in zip(keys, opens, strict=True):
        known.ballot = (key, next(fresh) if new else known.ballot[1])
        ids.append(known.ballot[1])
    return ids


def _ballot(row: VoteRow, known: _Known, now: datetime) -> dict[str, Any]:
    return {
        "rater_id": known.raters[row.rater],
        "reasons": {side: list(words) for side, words in row.reasons.items()} or None,
        "comment": row.comment,
        "recognised": False,
        "created_at": row.voted_at or now,
    }


def _votes(
    session: Session,
    arena: Arena,
    rows: Sequence[tuple[VoteRow, int, int]],
    known: _Known,
    now: datetime,
) -> None:
    judged = [(row, battle, ballot, slug) for row, battle, ballot in rows for slug in row.verdicts]
    values = [
        {
            "arena_id": arena.id,
            "battle_id": battle,
            "dimension_id": known.dimensions[slug].id,
            "dimension_version": known.dimensions[slug].version,
            "rater_id": known.raters[row.rater],
            "ballot_id": ballot,
            "shown_as_a": "a",
            "verdict": row.verdicts[slug].verdict.value,
            "raw_verdict": row.verdicts[slug].raw,
            "confidence": row.confidence,
            "strength": row.strength,
            "state": "set_aside" if row.set_aside else "counted",
            "state_reason": row.set_aside,
            "state_at": now if row.set_aside else None,
            "created_at": row.voted_at or now,
        }
        for row, battle, ballot, slug in judged
    ]
    ids = inserted(session, Vote, values)
    events = [
        {
            "vote_id": vote,
            "from_state": "counted",
            "to_state": "set_aside",
            "reason": row.set_aside,
            "actor": ACTOR,
            "created_at": now,
        }
        for vote, (row, *_) in zip(ids, judged, strict=True)
        if row.set_aside
    ]
    if events:
        session.execute(insert(VoteEvent), events)
