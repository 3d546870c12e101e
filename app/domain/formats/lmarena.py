"""The public Chatbot Arena row as JSON lines: question_id, model_a, model_b, winner, judge, conversation_a,
conversation_b, turn, anony, language, tstamp.

Raters named `arena_user_N` are people, any other name is a judge; where there is no `judge`, the `judge_hash` of later
sets is a person's. Texts are kept where both models answered the same questions and nothing but text was said. A vote
with `anony` false was given with the names in view: it is kept and set aside. "tie (bothbad)" and "both_bad" are both
bad, never a tie.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
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
    language,
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
ASKING, ANSWERING = ("system", "user"), ("assistant",)
PEOPLE = re.compile(r"arena_user_\d+")

Messages = tuple[Message, ...]


def read(lines: Iterable[bytes], columns: Columns) -> Iterator[VoteRow | Bad]:
    return read_json_lines(lines, _row)


def _row(line: int, identity: str, row: Mapping[str, Any]) -> VoteRow:
    model_a, model_b = two_models(row)
    prompt, answer_a, answer_b = _texts(row)
    return VoteRow(
        line=line,
        identity=identity,
        rater=_rater(row),
        model_a=model_a,
        model_b=model_b,
        verdicts={"overall": judged(needed(row, "winner"), OUTCOMES)},
        prompt_id=needed(row, "question_id" if "question_id" in row else "id"),
        language=_language(row),
        voted_at=moment(row.get("tstamp", row.get("timestamp")), "tstamp"),
        prompt=prompt,
        answer_a=answer_a,
        answer_b=answer_b,
        set_aside="not blind: the names were in view (anony false)" if row.get("anony") is False else None,
    )


def _rater(row: Mapping[str, Any]) -> RaterName:
    if row.get("judge") not in (None, ""):
        name = needed(row, "judge")
        return RaterName("human" if PEOPLE.fullmatch(name) else "judge", name)
    return RaterName("human", needed(row, "judge_hash") if row.get("judge_hash") else "anonymous")


def _language(row: Mapping[str, Any]) -> str:
    found = language(row)
    return "" if found == "unknown" else found


def _texts(row: Mapping[str, Any]) -> tuple[Messages, Messages, Messages]:
    """What was asked, and the two answers; all empty where a voter could not compare them as they were."""
    one, other = _conversation(row, "conversation_a"), _conversation(row, "conversation_b")
    asked = _said_by(one, ASKING)
    if one is None or other is None or not asked or asked != _said_by(other, ASKING):
        return (), (), ()
    return asked, _said_by(one, ANSWERING), _said_by(other, ANSWERING)


def _conversation(row: Mapping[str, Any], name: str) -> Messages | None:
    """None where a message holds more than text: without its image it would be another question."""
    turns = row.get(name)
    if turns is None:
        return None
    if not isinstance(turns, list):
        raise Invalid(f"{name}: expected a list of messages")
    messages = [_message(turn, name) for turn in turns]
    return None if None in messages else tuple(each for each in messages if each is not None)


def _message(turn: Any, name: str) -> Message | None:
    role, content = (turn.get("role"), turn.get("content")) if isinstance(turn, dict) else (None, None)
    if role not in (*ASKING, *ANSWERING) or not isinstance(content, str | list):
        raise Invalid(f"{name}: expected messages with a role (system, user, assistant) and a content")
    if isinstance(content, str):
        return {"role": role, "content": content}
    if not all(_is_text(part) for part in content):
        return None
    return {"role": role, "content": "\n\n".join(part["text"] for part in content)}


def _is_text(part: Any) -> bool:
    return isinstance(part, dict) and part.get("type") == "text" and isinstance(part.get("text"), str)


def _said_by(messages: Messages | None, roles: Collection[str]) -> Messages:
    return tuple(each for each in messages or () if each["role"] in roles)


FORMAT = Format("lmarena", "the public Chatbot Arena conversations, JSON lines", read)
