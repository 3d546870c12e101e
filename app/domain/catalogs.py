"""The boards of an arena for elsewhere: all votes, each category and each language, as an arena catalog."""

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy.orm import Session

from app.db.tables import Arena
from app.domain import leaderboards
from app.domain.fits import Spec
from app.domain.formats.arena_catalog import FULL, catalogue


def write(session: Session, arena: Arena, spec: Spec, now: datetime) -> bytes:
    """One JSON object. A language that is called as a category is, is marked. Raises as `leaderboards.board`."""

    def rows(question: Spec) -> Any:
        return json.loads(leaderboards.board(session, arena, question, now).body)["rows"]

    whole = json.loads(leaderboards.board(session, arena, spec, now).body)
    boards = {FULL: whole["rows"]}
    for category in whole["categories"]:
        boards[category] = rows(replace(spec, category=category))
    for language in whole["languages"]:
        name = language if language not in boards else f"{language} (language)"
        boards[name] = rows(replace(spec, language=language))
    return orjson.dumps(catalogue(boards), option=orjson.OPT_INDENT_2) + b"\n"
