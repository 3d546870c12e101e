"""The public Chatbot Arena row as JSON lines: question_id, model_a, model_b, winner, judge, conversation_a,
conversation_b, turn, anony, language, tstamp.

Raters named `arena_user_N` are people, any other name is a judge. A vote with `anony` false was given with the names
in view: it is kept and set aside. "tie (bothbad)" and "both_bad" are both bad, never a tie.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from app.domain.accounts import RaterName
from app.domain.content import Message
from app.domain.errors import Invalid
from app.domain.formats.rows import (
    Bad,
    Columns,
    Format,
    VoteRow,
    judged,
    moment,
    needed,
    read_json_lines,
    two_models,
)
from app.stats.verdicts import Verdict

OUTCOMES: Mapping[str, Verdict] = {
    "model_a": Verdict.A,
    "model_b": Verdict.B,
    "tie": Verdict.TIE,
    "tie (bothbad)": Verdict.BOTH_BAD,
    "both_bad": Verdict.BOTH_BAD,
    "both_good": Verdict.BOTH_GOOD,
}
PEOPLE = re.compile(r"arena_user_\d+")


def read(lines: Iterable[bytes], columns: Columns) -> Iterator[VoteRow | Bad]:
    return read_json_lines(lines, _row)


def _row(line: int, identity: str, row: Mapping[str, Any]) -> VoteRow:
    model_a, model_b = two_models(row)
    asked, answer_a = _conversation(row, "conversation_a")
    _, answer_b = _conversation(row, "conversation_b")
    language = row.get("language")
    return VoteRow(
        line=line,
        identity=identity,
        rater=_rater(row),
        model_a=model_a,
        model_b=model_b,
        verdicts={"overall": judged(needed(row, "winner"), OUTCOMES)},
        prompt_id=needed(row, "question_id" if "question_id" in row else "id"),
        language=language if isinstance(language, str) and language != "unknown" else "",
        voted_at=moment(row.get("tstamp", row.get("timestamp")), "tstamp"),
        prompt=asked,
        answer_a=answer_a,
        answer_b=answer_b,
        set_aside="not blind: the names were in view (anony false)" if row.get("anony") is False else None,
    )


def _rater(row: Mapping[str, Any]) -> RaterName:
    if row.get("judge") in (None, ""):
        return RaterName("human", "anonymous")
    name = needed(row, "judge")
    return RaterName("human" if PEOPLE.fullmatch(name) else "judge", name)


def _conversation(row: Mapping[str, Any], name: str) -> tuple[tuple[Message, ...], tuple[Message, ...]]:
    """What was asked, and what was answered, in order; both empty where the row has no texts."""
    turns = row.get(name)
    if turns is None:
        return (), ()
    if not isinstance(turns, list):
        raise Invalid(f"{name}: expected a list of messages")
    messages = [_message(turn, name) for turn in turns]
    asked = tuple(each for each in messages if each["role"] != "assistant")
    return asked, tuple(each for each in messages if each["role"] == "assistant")


def _message(turn: Any, name: str) -> Message:
    role, content = (turn.get("role"), turn.get("content")) if isinstance(turn, dict) else (None, None)
    if isinstance(content, list):
        content = "\n\n".join(part["text"] for part in content if _is_text(part))
    if role not in ("system", "user", "assistant") or not isinstance(content, str):
        raise Invalid(f"{name}: expected messages with a role (system, user, assistant) and a content")
    return {"role": role, "content": content}


def _is_text(part: Any) -> bool:
    return isinstance(part, dict) and isinstance(part.get("text"), str)


FORMAT = Format("lmarena", "the public Chatbot Arena conversations, JSON lines", read)
