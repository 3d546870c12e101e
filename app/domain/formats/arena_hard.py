"""Arena-Hard's judgments (Li et al. 2024): question_id or uid, model, judge, and two games against one baseline.

In the first game the baseline is shown as A, in the second the model; each is a vote. `score` is A>>B, A>B, A=B, B>A or
B>>A, and null for a reply that nobody could read: kept, never counted. Files of the first version do not name the
baseline; give it as baseline==NAME.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from app.domain.accounts import RaterName
from app.domain.errors import Invalid
from app.domain.formats.rows import (
    LONGEST_COMMENT,
    Bad,
    Columns,
    JsonObject,
    Judged,
    VoteRow,
    category,
    constant,
    judged,
    moment,
    needed,
    no_word,
    rows_within,
    shown,
    two_models,
)
from app.domain.formats.shapes import Format, Shape, Written, refused
from app.domain.formats.tables import objects
from app.stats.verdicts import Verdict

SCORES: Mapping[str, Verdict] = {
    "a>>b": Verdict.A,
    "a>b": Verdict.A,
    "a=b": Verdict.TIE,
    "b>a": Verdict.B,
    "b>>a": Verdict.B,
}
SLIGHTLY, FAR = 1, 3


def read(lines: Iterable[bytes], columns: Columns) -> Iterator[VoteRow | Bad]:
    """Two rows for each line, one a game."""
    baseline = constant(columns, "baseline") or ""
    return rows_within(objects(lines), lambda found: _games(found, baseline))


def _games(found: JsonObject, baseline: str) -> list[VoteRow]:
    row = found.fields
    games = row.get("games")
    if not isinstance(games, list) or len(games) != 2 or not all(isinstance(game, dict) for game in games):
        raise Invalid("games: expected two")
    if not (row.get("baseline") or baseline):
        raise Invalid("the file does not name its baseline; give it as baseline==NAME")
    two = (needed({"baseline": row.get("baseline") or baseline}, "baseline"), needed(row, "model"))
    return [
        _game(found, number, game, two if number == 0 else two[::-1]) for number, game in enumerate(games)
    ]


def _game(found: JsonObject, number: int, game: Mapping[str, Any], two: tuple[str, str]) -> VoteRow:
    row = found.fields
    model_a, model_b = two_models({"model_a": two[0], "model_b": two[1]})
    verdict = _judged(game)
    decided = verdict.verdict in (Verdict.A, Verdict.B)
    return VoteRow(
        line=found.line,
        identity=json.dumps([number, two[0], found.identity], ensure_ascii=False),
        rater=RaterName.parse(f"judge:{needed(row, 'judge')}"),
        model_a=model_a,
        model_b=model_b,
        verdicts={"overall": verdict},
        prompt_id=needed(row, "question_id" if "question_id" in row else "uid"),
        category=category(row),
        voted_at=moment(row.get("tstamp"), "tstamp"),
        comment=_comment(game),
        strength=(FAR if ">>" in verdict.raw else SLIGHTLY) if decided else None,
    )


def _judged(game: Mapping[str, Any]) -> Judged:
    if "score" in game and game["score"] is None:
        return Judged(Verdict.ABSTAIN, "null")
    return judged(needed(game, "score"), SCORES, "score:")


def _comment(game: Mapping[str, Any]) -> str:
    said = game.get("judgment")
    if isinstance(said, dict):
        said = said.get("answer")
    if said is not None and not isinstance(said, str):
        raise Invalid(f"judgment: expected a text, not {shown(said)}")
    return (said or "")[:LONGEST_COMMENT]


def _written(number: int, votes: Sequence[VoteRow]) -> Iterator[Written]:
    """Two games of one judge, one with the answers the other way round; A of the first is taken for the baseline."""
    open_games: list[tuple[VoteRow, Mapping[str, Any]]] = []
    for row in votes:
        told = _told(row)
        if isinstance(told, str):
            yield told
            continue
        first = next((each for each in open_games if each[0].model_a == row.model_b), None)
        if first is None:
            open_games.append((row, told))
        else:
            open_games.remove(first)
            yield _record(first[0], [first[1], told])
    for _ in open_games:
        yield "no second game, with the answers the other way round"


def _told(row: VoteRow) -> Mapping[str, Any] | str:
    (judged,) = row.verdicts.values()
    if (why := refused(row, "judge")) or row.prompt_id is None:
        return why or "no name for a question that has none"
    far = ">>" if row.strength == FAR else ">"
    scores = {
        Verdict.A: f"A{far}B",
        Verdict.TIE: "A=B",
        Verdict.B: f"B{far}A",
        Verdict.ABSTAIN: None,
    }
    if judged.verdict not in scores:
        return no_word(judged)
    said = {"judgment": {"answer": row.comment}} if row.comment else {}
    return {"score": scores[judged.verdict], **said}


def _record(first: VoteRow, games: list[Mapping[str, Any]]) -> Mapping[str, Any]:
    return {
        "uid": first.prompt_id,
        "category": first.category,
        "judge": str(first.rater).removeprefix("judge:"),
        "model": first.model_b,
        "baseline": first.model_a,
        "games": games,
        "tstamp": first.voted_at.timestamp() if first.voted_at else None,
    }


FORMAT = Format(
    "arena_hard",
    "Arena-Hard's judgments against a baseline; baseline==NAME",
    read,
    ("baseline",),
    shapes={
        "games": Shape(
            {},
            _written,
            "dimensions, people, a game without its reverse, texts, both good, both bad, when the second game was "
            "judged, languages, certainty, strengths between slight and far",
            together="games",
        )
    },
    encodings=("jsonl",),
)
