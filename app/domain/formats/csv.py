"""CSV with a header: model_a, model_b, winner, and optionally prompt_id, turn, rater, dimension, language, category,
timestamp, confidence (0 to 1), comment. `rater` is `human:…`, `judge:…`, `simulated:…` or a bare name, which is a
person's. A column that the file lacks can be given as one value for all rows."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from app.domain.accounts import RaterName
from app.domain.arenas import OVERALL, check_slug
from app.domain.errors import Invalid
from app.domain.formats.rows import (
    CONSTANT,
    LONGEST_COMMENT,
    Bad,
    Columns,
    VoteRow,
    category,
    constant,
    judged,
    language,
    moment,
    needed,
    shown,
    spelled,
    two_models,
    word,
)
from app.domain.formats.shapes import Format, Shape, each
from app.domain.formats.tables import REST, check_cells, check_header, csv_cells, unmarked
from app.stats.verdicts import Verdict

NEEDED = ("model_a", "model_b", "winner")
OPTIONAL = (
    "prompt_id", "turn", "rater", "dimension", "language", "category", "timestamp", "confidence", "comment",
)  # fmt: skip
OUTCOMES: Mapping[str, Verdict] = {
    "a": Verdict.A,
    "b": Verdict.B,
    "model_a": Verdict.A,
    "model_b": Verdict.B,
    "left": Verdict.A,
    "right": Verdict.B,
    "tie": Verdict.TIE,
    "both_good": Verdict.BOTH_GOOD,
    "both_bad": Verdict.BOTH_BAD,
    "tie (bothbad)": Verdict.BOTH_BAD,
    "abstain": Verdict.ABSTAIN,
}


def read(lines: Iterable[bytes], columns: Columns) -> Iterator[VoteRow | Bad]:
    """Quoted fields may hold commas and line ends; a row is named by the line on which it begins."""
    header: list[str] = []
    names: Mapping[str, str] | None = None
    constants = {name: given for name in columns if (given := constant(columns, name)) is not None}
    for found in csv_cells(lines):
        if isinstance(found, Bad):
            yield found
            return
        elif names is None:
            header = [name.strip() for name in found[1]]
            try:
                names = _names(header, columns)
            except Invalid as invalid:
                yield Bad(1, f"{invalid.detail}; {REST}")
                return
        else:
            yield _row(found[0], header, found[1], names, constants)
    if names is None:
        yield Bad(1, "no header")


def _names(header: list[str], columns: Columns) -> dict[str, str]:
    """The format's name → the file's name, for the columns that are there. Raises Invalid."""
    check_header(header)
    for name, given in columns.items():
        if name not in (*NEEDED, *OPTIONAL):
            raise Invalid(f"no column is called {name!r}; rename some of {', '.join((*NEEDED, *OPTIONAL))}")
        if given not in header and not given.startswith(CONSTANT):
            raise Invalid(f"no column {given!r} in the header; it has {', '.join(header)}")
    names = {name: columns.get(name, name) for name in (*NEEDED, *OPTIONAL)}
    missing = [
        names[name] for name in NEEDED if names[name] not in header and not names[name].startswith(CONSTANT)
    ]
    if missing:
        raise Invalid(f"no column {', '.join(missing)}; the header has {', '.join(header) or 'nothing'}")
    return {name: given for name, given in names.items() if given in header}


def _row(
    line: int, header: list[str], cells: list[str], names: Mapping[str, str], constants: Mapping[str, str]
) -> VoteRow | Bad:
    if len(cells) != len(header):
        return Bad(line, f"{len(cells)} fields; the header has {len(header)}")
    raw = dict(zip(header, cells, strict=True))
    row = {name: unmarked(raw[given]).strip() for name, given in names.items()} | dict(constants)
    try:
        check_cells(cells)
        model_a, model_b = two_models(row)
        return VoteRow(
            line=line,
            identity=spelled(raw | _named_constants(constants)),
            rater=RaterName.parse(needed(row, "rater") if row.get("rater") else "anonymous"),
            model_a=model_a,
            model_b=model_b,
            verdicts={_dimension(row): judged(needed(row, "winner"), OUTCOMES)},
            prompt_id=needed(row, "prompt_id") if row.get("prompt_id") else None,
            turn=_turn(row.get("turn")),
            language=language(row),
            category=category(row),
            voted_at=moment(row.get("timestamp"), "timestamp"),
            confidence=_confidence(row.get("confidence")),
            comment=_comment(row.get("comment", "")),
        )
    except Invalid as invalid:
        return Bad(line, invalid.detail)


def _named_constants(constants: Mapping[str, str]) -> dict[str, str]:
    """Under names that no column has: they tell a judge's rows from the same rows of another."""
    return {f"{CONSTANT}{name}": value for name, value in constants.items()}


def _dimension(row: Mapping[str, str]) -> str:
    slug = row.get("dimension") or OVERALL
    check_slug(slug, "dimension")
    return slug


def _turn(text: str | None) -> int | None:
    if not text:
        return None
    if not re.fullmatch("[1-9][0-9]{0,2}", text):
        raise Invalid(f"turn {shown(text)}: expected a number from 1 to 999")
    return int(text)


def _confidence(text: str | None) -> float | None:
    if not text:
        return None
    if (
        not re.fullmatch(r"[01]|[01]?\.[0-9]{1,20}|[0-9](\.[0-9]{1,20})?e-[0-9]{1,2}", text)
        or float(text) > 1
    ):
        raise Invalid(f"confidence {shown(text)}: expected a number from 0 to 1")
    return float(text)


def _comment(text: str) -> str:
    if len(text) > LONGEST_COMMENT:
        raise Invalid(f"comment: longer than {LONGEST_COMMENT:,} characters")
    return text


def _written(row: VoteRow) -> Mapping[str, Any] | str:
    ((dimension, judged),) = row.verdicts.items()
    if row.set_aside:
        return "no place for votes that do not count"
    return {
        "prompt_id": row.prompt_id,
        "turn": row.turn,
        "rater": str(row.rater),
        "model_a": row.model_a,
        "model_b": row.model_b,
        "winner": word(judged, OUTCOMES),
        "dimension": dimension,
        "language": row.language,
        "category": row.category,
        "timestamp": row.voted_at.isoformat() if row.voted_at else None,
        "confidence": row.confidence,
        "comment": row.comment,
    }


WRITTEN = {
    **dict.fromkeys((*OPTIONAL, *NEEDED), "text"),
    "turn": "whole",
    "confidence": "number",
}

FORMAT = Format(
    "csv",
    "a header and a row a vote: " + ", ".join((*NEEDED, *OPTIONAL)),
    read,
    (*NEEDED, *OPTIONAL),
    shapes={"votes": Shape(WRITTEN, each(_written), "texts, reasons, strengths, ballots", dimensions=True)},
    encodings=("csv",),
)
