"""MT-Bench judgments (Zheng et al. 2023): question_id, model_a, model_b, winner, judge, turn, with both conversations
where they are given; and the pair judgments of FastChat: model_1, model_2, g1_winner, g2_winner, judge, turn.

Raters named `expert_N` or `author_N` are people, any other name is a judge. "tie (inconsistent)" is a judge whose
verdict flipped with the order of the answers: a tie, whose word is kept. Of a pair judgment each game is a vote, the
second with the answers the other way round; "error" is a reply that nobody could read: kept, never counted.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from app.domain.accounts import RaterName
from app.domain.errors import Invalid
from app.domain.formats.conversations import conversations, texts_of
from app.domain.formats.people import ANONYMOUS, People
from app.domain.formats.rows import (
    Bad,
    Columns,
    JsonObject,
    VoteRow,
    judged,
    moment,
    needed,
    no_word,
    rows_within,
    shown,
    two_models,
    word,
)
from app.domain.formats.shapes import Format, Shape, each
from app.domain.formats.tables import objects
from app.stats.verdicts import Verdict

INCONSISTENT = "tie (inconsistent)"
OUTCOMES: Mapping[str, Verdict] = {
    "model_a": Verdict.A,
    "model_b": Verdict.B,
    "tie": Verdict.TIE,
    INCONSISTENT: Verdict.TIE,
}
# In both games the words name the models, whichever was shown first.
GAMES: Mapping[str, Mapping[str, Verdict]] = {
    "g1_winner": {"model_1": Verdict.A, "model_2": Verdict.B, "tie": Verdict.TIE, "error": Verdict.ABSTAIN},
    "g2_winner": {"model_2": Verdict.A, "model_1": Verdict.B, "tie": Verdict.TIE, "error": Verdict.ABSTAIN},
}
PEOPLE = People("expert_", re.compile(r"(expert|author)_\d+"))


def read(lines: Iterable[bytes], columns: Columns) -> Iterator[VoteRow | Bad]:
    return rows_within(objects(lines, or_csv=True), _rows)


def _rows(found: JsonObject) -> list[VoteRow]:
    if found.fields.keys() & GAMES:
        return [_game(found, name) for name in GAMES]
    return [_row(found.line, found.identity, found.fields)]


def _row(line: int, identity: str, row: Mapping[str, Any]) -> VoteRow:
    model_a, model_b = two_models(row)
    prompt, answer_a, answer_b = texts_of(row)
    return VoteRow(
        line=line,
        identity=identity,
        rater=_rater(row),
        model_a=model_a,
        model_b=model_b,
        verdicts={"overall": judged(needed(row, "winner"), OUTCOMES)},
        prompt_id=needed(row, "question_id"),
        turn=_turn(row),
        voted_at=moment(row.get("tstamp"), "tstamp"),
        prompt=prompt,
        answer_a=answer_a,
        answer_b=answer_b,
    )


def _game(found: JsonObject, name: str) -> VoteRow:
    names = ("model_1", "model_2") if name == "g1_winner" else ("model_2", "model_1")
    model_a, model_b = two_models(
        {"model_a": needed(found.fields, names[0]), "model_b": needed(found.fields, names[1])}
    )
    return VoteRow(
        line=found.line,
        identity=json.dumps([name, found.identity], ensure_ascii=False),
        rater=_rater(found.fields),
        model_a=model_a,
        model_b=model_b,
        verdicts={"overall": judged(needed(found.fields, name), GAMES[name])},
        prompt_id=needed(found.fields, "question_id"),
        turn=_turn(found.fields),
        voted_at=moment(found.fields.get("tstamp"), "tstamp"),
    )


def _turn(row: Mapping[str, Any]) -> int | None:
    turn = row.get("turn")
    if isinstance(turn, str):  # a cell of a CSV
        turn = int(turn) if re.fullmatch("[0-9]{1,3}", turn) else turn or None
    if turn is not None and (isinstance(turn, bool) or not isinstance(turn, int) or not 0 < turn < 1000):
        raise Invalid(f"turn {shown(turn)}: expected a number from 1 to 999")
    return turn


def _rater(row: Mapping[str, Any]) -> RaterName:
    judge = row.get("judge")
    if isinstance(judge, list) and judge:
        name, *version = [needed({"judge": part}, "judge") for part in judge]
        return RaterName("judge", name, needed({"judge": "-".join(version)}, "judge") if version else "")
    return PEOPLE.rater(needed(row, "judge"))


def _written(row: VoteRow) -> Mapping[str, Any] | str:
    said, name = word(row.verdicts["overall"], OUTCOMES), PEOPLE.spelled(row.rater)
    if name is None or row.rater == ANONYMOUS:
        return PEOPLE.unknown(row.rater)
    if said is None or row.set_aside:
        return no_word(row.verdicts["overall"]) if said is None else "no place for votes that do not count"
    if row.prompt_id is None:
        return "no name for a question that has none"
    one, other = conversations(row)
    return {
        "question_id": row.prompt_id,
        "model_a": row.model_a,
        "model_b": row.model_b,
        "winner": said,
        "judge": name,
        "conversation_a": one or None,
        "conversation_b": other or None,
        "turn": row.turn,
        "tstamp": row.voted_at.timestamp() if row.voted_at else None,
    }


FORMAT = Format(
    "mt_bench",
    "MT-Bench votes and pair judgments",
    read,
    shapes={
        "votes": Shape(
            {
                **dict.fromkeys(("question_id", "model_a", "model_b", "winner", "judge"), "text"),
                **dict.fromkeys(("conversation_a", "conversation_b"), "messages"),
                "turn": "whole",
                "tstamp": "number",
            },
            each(_written),
            "dimensions, both good, both bad, abstain, languages, categories, people with names",
            texts=True,
        )
    },
)
