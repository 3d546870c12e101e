"""The same figures for parts of the items: where a judge breaks down."""

import numpy as np
from sqlalchemy.orm import Session

from app.db.tables import Arena
from app.domain import matches, prompts, standings
from app.domain.matches import Json, Match
from app.domain.opinions import Opinions
from app.domain.standings import Standings
from app.stats.agreement import Interval
from app.stats.tally import Ints


def by_item(judge: Opinions, match: Match, standing: Standings, interval: Interval) -> Json:
    """By what is known of an item. Difficulty is how many ranks apart the models stand with people."""
    items = [judge.items[each] for each in match.items]
    gaps = standings.difficulty(standing, judge.models, sides_of(judge, match))
    return {
        "category": matches.split(match, [item.category for item in items], interval),
        "language": matches.split(match, [item.language for item in items], interval),
        "turn": matches.split(match, [item.turn for item in items], interval),
        "difficulty": matches.split(match, gaps, interval),
    }


def by_own_answer(
    session: Session, arena: Arena, judge: Opinions, match: Match, name: str, interval: Interval
) -> list[Json]:
    """By whether the own answer of the judge of that name to the prompt was right, where the prompt's metadata say so:
    `{"judge_correct": {"<judge>": true}}`. A judge often agrees with people only on what it can answer itself
    (No Free Labels).
    """
    items = [judge.items[each] for each in match.items]
    known = prompts.by_id(session, arena, {item.prompt for item in items if item.prompt})
    graded = {prompt: _graded(row.details, name) for prompt, row in known.items()}
    return matches.split(match, [graded.get(item.prompt or "") for item in items], interval)


def sides_of(judge: Opinions, match: Match) -> Ints:
    """(n, 2) places of the models of the matched items."""
    found = [(judge.items[each].first, judge.items[each].second) for each in match.items]
    return np.array(found, dtype=np.int64).reshape(-1, 2)


def _graded(metadata: Json, judge: str) -> str | None:
    told = metadata.get("judge_correct")
    right = told.get(judge) if isinstance(told, dict) else None
    return {True: "right", False: "wrong"}[right] if isinstance(right, bool) else None
