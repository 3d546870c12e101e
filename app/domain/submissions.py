"""Prompts, answers and profiles from files, streamed: what a benchmark asks, what models said, what people say of
themselves. Twice doubles nothing.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from itertools import islice

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.seen import Seen
from app.db.tables import Answer, Arena
from app.domain import answers, attachments, models, profiles, prompts
from app.domain.errors import Invalid, InvalidLines, Problem
from app.domain.formats.rows import Bad
from app.domain.formats.shapes import Said
from app.domain.imports import PROBLEMS_KEPT, ImportReport
from app.domain.profiles import NewProfile
from app.domain.prompts import NewPrompt

CHUNK = 500

Progress = Callable[[int], None]
Submitted = NewPrompt | Said | NewProfile


def import_files(
    session: Session,
    arena: Arena,
    files: Iterable[tuple[str, Iterable[Submitted | Bad]]],
    now: datetime,
    *,
    partial: bool = False,
    progress: Progress = lambda rows: None,
) -> ImportReport:
    """Store the prompts, the answers with the models that are new, or the profiles. Raises InvalidLines, so that
    nothing is stored, when any row is bad, unless `partial`.
    """
    session.execute(select(Arena.id).where(Arena.id == arena.id).with_for_update(key_share=True))
    before = _answers_there(session, arena)
    counts, problems = Counter[str](), list[Problem]()
    for name, rows in files:
        for chunk in _chunks(rows):
            bad = [(row.line, row.problem) for row in chunk if isinstance(row, Bad)]
            good = [row for row in chunk if not isinstance(row, Bad)]
            asked = [row for row in good if isinstance(row, NewPrompt)]
            stored, refused = _ask(session, arena, asked, now)
            counts["prompts"] += stored
            bad += [(row.line, refused[row.id]) for row in asked if row.id in refused]
            bad += _answer(session, arena, [row for row in good if isinstance(row, Said)], now)
            changed, told = profiles.submit(
                session, arena, [row for row in good if isinstance(row, NewProfile)]
            )
            counts["profiles"] += changed
            bad += told
            counts["good"] += len(chunk) - len(bad)
            counts["rejected"] += len(bad)
            problems += [Problem(f"{name}:{line}", told) for line, told in bad][
                : PROBLEMS_KEPT - len(problems)
            ]
            progress(len(chunk))
    if problems and not partial:
        rows_cannot = "1 row cannot" if counts["rejected"] == 1 else f"{counts['rejected']:,} rows cannot"
        raise InvalidLines(f"nothing was stored: {rows_cannot} be used", tuple(problems))
    imported = counts["prompts"] + counts["profiles"] + _answers_there(session, arena) - before
    return ImportReport(imported, counts["good"] - imported, counts["rejected"], tuple(problems))


def _chunks(rows: Iterable[Submitted | Bad]) -> Iterator[list[Submitted | Bad]]:
    """A prompt, a model's answer to one, or a person's profile may stand in a file once."""
    with closing(Seen()) as seen:
        once = (_once(row, seen) for row in rows)
        while chunk := list(islice(once, CHUNK)):
            yield chunk


def _once(row: Submitted | Bad, seen: Seen) -> Submitted | Bad:
    if isinstance(row, NewPrompt) and seen.times(row.id.encode()) > 1:
        return Bad(row.line, f"prompt {row.id!r} stands in the file already")
    if isinstance(row, Said) and seen.times(f"{row.model}\n{row.answer.prompt_id}".encode()) > 1:
        return Bad(row.answer.line, f"{row.model} has answered prompt {row.answer.prompt_id!r} already")
    if isinstance(row, NewProfile) and seen.times(str(row.rater).encode()) > 1:
        return Bad(row.line, f"rater {str(row.rater)!r} stands in the file already")
    return row


def _ask(
    session: Session, arena: Arena, asked: Sequence[NewPrompt], now: datetime
) -> tuple[int, dict[str, str]]:
    """How many are new, and what is wrong with others, by name."""
    if not asked:
        return 0, {}
    wrong: dict[str, str] = {}
    placed: list[NewPrompt] = []
    for place, row in enumerate(asked):
        try:
            told = attachments.told(row.messages)
        except Invalid as invalid:
            wrong[row.id] = invalid.detail
            continue
        attachments.keep(session, arena.id, told.pictures.values(), now)
        # Several may stand on one line, so they are told apart by their places.
        placed.append(replace(row, line=place, messages=told.messages))
    rejected = prompts.submit(session, arena, placed, now, dry_run=True).rejected
    wrong |= {asked[int(each.at.removeprefix("line "))].id: each.problem for each in rejected}
    report = prompts.submit(session, arena, [row for row in placed if row.id not in wrong], now)
    return report.accepted, wrong


def _answer(session: Session, arena: Arena, said: Sequence[Said], now: datetime) -> list[tuple[int, str]]:
    """What is wrong, by line; the rest is stored."""
    refused = _ask_what_is_new(session, arena, said, now)
    wrong = [(row.answer.line, refused[name]) for row in said if (name := row.answer.prompt_id) in refused]
    said = [row for row in said if row.answer.prompt_id not in refused]
    slugs = {row.slug: row for row in models.by_id(session, arena).values()}
    for name in dict.fromkeys(row.model for row in said):
        try:
            model = slugs.get(name) or models.register(session, arena, models.NewModel(name), None, now)
        except Invalid as invalid:
            wrong += [(row.answer.line, invalid.detail) for row in said if row.model == name]
            continue
        placed = {place: row.answer for place, row in enumerate(said) if row.model == name}
        given = [replace(answer, line=place) for place, answer in placed.items()]
        report = answers.submit(session, arena, model, given, (), now, partial=True)
        wrong += [(placed[each.line].line, each.problem) for each in report.rejected]
    return wrong


def _ask_what_is_new(session: Session, arena: Arena, said: Sequence[Said], now: datetime) -> dict[str, str]:
    """Prompts that come with their answers, where they are not there; what is wrong with some, by name."""
    asked = {row.prompt.id: row.prompt for row in said if row.prompt is not None}
    there = prompts.by_id(session, arena, asked)
    new = [prompt for name, prompt in asked.items() if name not in there or not there[name].messages]
    return _ask(session, arena, new, now)[1]


def _answers_there(session: Session, arena: Arena) -> int:
    return session.scalar(select(func.count()).select_from(Answer).where(Answer.arena_id == arena.id)) or 0
