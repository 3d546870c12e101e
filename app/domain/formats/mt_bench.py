"""MT-Bench judgments as JSON lines (Zheng et al. 2023): question_id, model_a, model_b, winner, judge, turn.

Raters named `expert_N` or `author_N` are people, any other name is a judge. "tie (inconsistent)" is a judge whose
verdict flipped with the order of the answers: a tie, whose word is kept.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from app.domain.accounts import RaterName
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
    shown,
    two_models,
)
from app.stats.verdicts import Verdict

INCONSISTENT = "tie (inconsistent)"
OUTCOMES: Mapping[str, Verdict] = {
    "model_a": Verdict.A,
    "model_b": Verdict.B,
    "tie": Verdict.TIE,
    INCONSISTENT: Verdict.TIE,
}
PEOPLE = re.compile(r"(expert|author)_\d+")


def read(lines: Iterable[bytes], columns: Columns) -> Iterator[VoteRow | Bad]:
    return read_json_lines(lines, _row)


def _row(line: int, identity: str, row: Mapping[str, Any]) -> VoteRow:
    model_a, model_b = two_models(row)
    turn = row.get("turn")
    if turn is not None and (isinstance(turn, bool) or not isinstance(turn, int) or not 0 < turn < 1000):
        raise Invalid(f"turn {shown(turn)}: expected a number from 1 to 999")
    return VoteRow(
        line=line,
        identity=identity,
        rater=_rater(row),
        model_a=model_a,
        model_b=model_b,
        verdicts={"overall": judged(needed(row, "winner"), OUTCOMES)},
        prompt_id=needed(row, "question_id"),
        turn=turn,
        voted_at=moment(row.get("tstamp"), "tstamp"),
    )


def _rater(row: Mapping[str, Any]) -> RaterName:
    judge = row.get("judge")
    if isinstance(judge, list) and judge:
        name, *version = [needed({"judge": part}, "judge") for part in judge]
        return RaterName("judge", name, needed({"judge": "-".join(version)}, "judge") if version else "")
    name = needed(row, "judge")
    return RaterName("human" if PEOPLE.fullmatch(name) else "judge", name)


FORMAT = Format("mt_bench", "MT-Bench votes and pair judgments, JSON lines", read)
