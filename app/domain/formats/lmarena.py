"""The public Chatbot Arena rows, in the shapes of the sets that were published, as JSON lines, CSV or Parquet.

33k and 100k: question_id, model_a, model_b, winner, judge (100k: judge_hash), conversation_a, conversation_b, turn,
anony, language, tstamp. 55k: id, prompt, response_a, response_b (lists of texts), winner_model_a, winner_model_b,
winner_tie. 140k: id, timestamp, evaluation_session_id, and messages whose content is a list of parts.

Raters named `arena_user_N` are people, any other name is a judge; where there is no `judge`, the `judge_hash` or the
session is a person. Texts are kept where both models answered the same questions and nothing but text was said. A vote
with `anony` false was given with the names in view: it is kept and set aside. "tie (bothbad)" and "both_bad" are both
bad, never a tie.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from app.domain.accounts import RaterName
from app.domain.errors import Invalid
from app.domain.formats.conversations import contents, conversations, texts_of, turns_of
from app.domain.formats.people import ANONYMOUS, People
from app.domain.formats.rows import (
    NOT_BLIND,
    Bad,
    Columns,
    Judged,
    VoteRow,
    flag,
    judged,
    language,
    moment,
    needed,
    no_word,
    rows_from,
    two_models,
    word,
)
from app.domain.formats.shapes import Format, Shape, Written, each
from app.domain.formats.tables import objects
from app.stats.verdicts import Verdict

OUTCOMES: Mapping[str, Verdict] = {
    "model_a": Verdict.A,
    "model_b": Verdict.B,
    "tie": Verdict.TIE,
    "tie (bothbad)": Verdict.BOTH_BAD,
    "both_bad": Verdict.BOTH_BAD,
    "both_good": Verdict.BOTH_GOOD,
}
FLAGS: Mapping[str, Verdict] = {
    "winner_model_a": Verdict.A,
    "winner_model_b": Verdict.B,
    "winner_tie": Verdict.TIE,
}
UP_TO_100K = {name: OUTCOMES[name] for name in ("model_a", "model_b", "tie", "tie (bothbad)")}
OF_140K = {name: OUTCOMES[name] for name in ("model_a", "model_b", "tie", "both_bad", "both_good")}
PEOPLE = People("arena_user_", re.compile(r"arena_user_\d+"))


def read(lines: Iterable[bytes], columns: Columns) -> Iterator[VoteRow | Bad]:
    return rows_from(objects(lines, or_csv=True), _row)


def _row(line: int, identity: str, row: Mapping[str, Any]) -> VoteRow:
    model_a, model_b = two_models(row)
    if "response_a" in row:
        prompt, answer_a, answer_b = turns_of(row)
    else:
        prompt, answer_a, answer_b = texts_of(row)
    return VoteRow(
        line=line,
        identity=identity,
        rater=_rater(row),
        model_a=model_a,
        model_b=model_b,
        verdicts={"overall": _judged(row)},
        prompt_id=needed(row, "question_id" if "question_id" in row else "id"),
        language=_language(row),
        voted_at=moment(row.get("tstamp", row.get("timestamp")), "tstamp"),
        prompt=prompt,
        answer_a=answer_a,
        answer_b=answer_b,
        set_aside=None if flag(row, "anony", absent=True) else NOT_BLIND,
    )


def _judged(row: Mapping[str, Any]) -> Judged:
    if "winner" in row or not row.keys() & FLAGS:
        return judged(needed(row, "winner"), OUTCOMES)
    flags = [name for name in FLAGS if flag(row, name, absent=False)]
    if len(flags) != 1:
        raise Invalid(f"expected one of {', '.join(FLAGS)} to be 1, not {len(flags)}")
    return Judged(FLAGS[flags[0]], flags[0])


def _rater(row: Mapping[str, Any]) -> RaterName:
    if row.get("judge") not in (None, ""):
        return PEOPLE.rater(needed(row, "judge"))
    for name in ("judge_hash", "evaluation_session_id"):
        if row.get(name):
            return RaterName("human", needed(row, name))
    return ANONYMOUS


def _language(row: Mapping[str, Any]) -> str:
    found = language(row)
    return "" if found == "unknown" else found


def _written_33k(row: VoteRow) -> Mapping[str, Any] | str:
    name = None if row.rater == ANONYMOUS else PEOPLE.spelled(row.rater)
    if name is None and row.rater != ANONYMOUS:
        return PEOPLE.unknown(row.rater)
    return _conversing(row, {"judge": name})


def _written_100k(row: VoteRow) -> Mapping[str, Any] | str:
    if row.rater.kind != "human":
        return f"no place for a {row.rater.kind} vote"
    return _conversing(row, {"judge_hash": None if row.rater == ANONYMOUS else row.rater.name})


def _conversing(row: VoteRow, rater: Mapping[str, Any]) -> Mapping[str, Any] | str:
    said = word(row.verdicts["overall"], UP_TO_100K)
    if said is None:
        return no_word(row.verdicts["overall"])
    one, other = conversations(row)
    return {
        "question_id": row.prompt_id,
        "model_a": row.model_a,
        "model_b": row.model_b,
        "winner": said,
        **rater,
        "conversation_a": one or None,
        "conversation_b": other or None,
        "turn": sum(message["role"] == "user" for message in row.prompt) or None,
        "anony": row.set_aside is None,
        "language": row.language or "unknown",
        "tstamp": row.voted_at.timestamp() if row.voted_at else None,
    }


def _written_55k(row: VoteRow) -> Mapping[str, Any] | str:
    said = word(row.verdicts["overall"], FLAGS)
    if row.rater.kind != "human":
        return f"no place for a {row.rater.kind} vote"
    if said is None:
        return no_word(row.verdicts["overall"])
    if row.set_aside or not row.prompt or any(message["role"] == "system" for message in row.prompt):
        return "no place for votes that do not count" if row.set_aside else "no texts, or a system message"
    return {
        "id": row.prompt_id,
        "model_a": row.model_a,
        "model_b": row.model_b,
        "prompt": contents(row.prompt),
        "response_a": contents(row.answer_a),
        "response_b": contents(row.answer_b),
        **{name: int(name == said) for name in FLAGS},
    }


def _written_140k(row: VoteRow) -> Mapping[str, Any] | str:
    said = word(row.verdicts["overall"], OF_140K)
    if row.rater.kind != "human":
        return f"no place for a {row.rater.kind} vote"
    if row.set_aside or said is None:
        return "no place for votes that do not count" if said else no_word(row.verdicts["overall"])
    one, other = ([_in_parts(message) for message in each] or None for each in conversations(row))
    return {
        "id": row.prompt_id,
        "model_a": row.model_a,
        "model_b": row.model_b,
        "winner": said,
        "evaluation_session_id": None if row.rater == ANONYMOUS else row.rater.name,
        "conversation_a": one,
        "conversation_b": other,
        "language": row.language or "unknown",
        "timestamp": row.voted_at.isoformat() if row.voted_at else None,
    }


def _in_parts(message: Mapping[str, str]) -> Mapping[str, Any]:
    return {"role": message["role"], "content": [{"type": "text", "text": message["content"]}]}


def _shape(row: Callable[[VoteRow], Written], rater: str, messages: str, lacks: str, **more: str) -> Shape:
    key = "id" if rater == "evaluation_session_id" else "question_id"
    columns = {key: "text", "model_a": "text", "model_b": "text", "winner": "text", rater: "text"}
    return Shape(
        columns | {"conversation_a": messages, "conversation_b": messages} | more,
        each(row),
        f"{LACKS}, {lacks}",
        texts=True,
    )


LACKS = "dimensions, categories, certainty, comments"
_LATER = {"turn": "whole", "anony": "flag", "language": "text", "tstamp": "number"}

FORMAT = Format(
    "lmarena",
    "the public Chatbot Arena conversations, in the shapes of the 33k, 55k, 100k and 140k sets",
    read,
    shapes={
        "33k": _shape(_written_33k, "judge", "messages", "both good, people with names", **_LATER),
        "55k": Shape(
            {
                **dict.fromkeys(("id", "model_a", "model_b"), "text"),
                **dict.fromkeys(("prompt", "response_a", "response_b"), "texts"),
                **dict.fromkeys(FLAGS, "whole"),
            },
            each(_written_55k),
            f"{LACKS}, votes without texts, both good, both bad, who voted, when, languages",
            texts=True,
        ),
        "100k": _shape(_written_100k, "judge_hash", "messages", "both good, judges", **_LATER),
        "140k": _shape(
            _written_140k, "evaluation_session_id", "parts", "judges", language="text", timestamp="text"
        ),
    },
)
