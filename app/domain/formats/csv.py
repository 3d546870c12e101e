"""CSV with a header: model_a, model_b, winner, and optionally prompt_id, turn, rater, dimension, language, category,
timestamp, confidence (0 to 1), comment. `rater` is `human:…`, `judge:…`, `simulated:…` or a bare name, which is a
person's. A column that the file lacks can be given as one value for all rows."""

import csv
import json
import re
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Mapping

from app.domain.accounts import RaterName
from app.domain.arenas import OVERALL, check_slug
from app.domain.errors import Invalid
from app.domain.formats.rows import (
    CONSTANT,
    LONGEST_COMMENT,
    LONGEST_LINE,
    NO_UTF8,
    NUL,
    Bad,
    Columns,
    Format,
    VoteRow,
    category,
    constant,
    judged,
    language,
    moment,
    needed,
    shown,
    two_models,
)
from app.stats.verdicts import Verdict

# Python's own limit of 131,072 refuses the long answers that stand beside some votes.
csv.field_size_limit(LONGEST_LINE)

SURROGATE = re.compile(r"[\ud800-\udfff]")
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
    reader = csv.reader(_texts(lines), strict=True)
    line = 1
    try:
        header = [name.strip() for name in next(reader, [])]
        names = _names(header, columns)
        constants = {name: given for name in columns if (given := constant(columns, name)) is not None}
        line = reader.line_num + 1
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield _row(line, header, cells, names, constants)
            line = reader.line_num + 1
    except (csv.Error, Invalid) as broken:
        # After a broken line nobody knows where the next row starts.
        why = broken.detail if isinstance(broken, Invalid) else f"not CSV: {broken}"
        yield Bad(line, f"{why}; the rest of the file was not read")


def _names(header: list[str], columns: Columns) -> dict[str, str]:
    """The format's name → the file's name, for the columns that are there. Raises Invalid."""
    _check_texts(header)
    twice = {name for name in header if header.count(name) > 1}
    if twice:
        raise Invalid(f"column {min(twice)!r} stands twice in the header")
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
    row = {name: raw[given].strip() for name, given in names.items()} | dict(constants)
    try:
        _check_texts(cells)
        model_a, model_b = two_models(row)
        return VoteRow(
            line=line,
            identity=json.dumps(raw | _named_constants(constants), sort_keys=True, ensure_ascii=False),
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
    if not re.fullmatch(r"[01]|[01]?\.[0-9]{1,20}", text) or float(text) > 1:
        raise Invalid(f"confidence {shown(text)}: expected a number from 0 to 1")
    return float(text)


def _comment(text: str) -> str:
    if len(text) > LONGEST_COMMENT:
        raise Invalid(f"comment: longer than {LONGEST_COMMENT:,} characters")
    return text


def _texts(lines: Iterable[bytes]) -> Iterator[str]:
    """Bytes that are no text stand in as surrogates, so that only their row is refused."""
    for number, line in enumerate(lines):
        if len(line) > LONGEST_LINE:
            raise Invalid(f"the line is longer than {LONGEST_LINE:,} bytes")
        yield line.removeprefix(BOM_UTF8 if number == 0 else b"").decode("utf-8", "surrogateescape")


def _check_texts(cells: Iterable[str]) -> None:
    together = "".join(cells)
    if "\0" in together:
        raise Invalid(NUL)
    if SURROGATE.search(together):
        raise Invalid(NO_UTF8)


FORMAT = Format(
    "csv", "a header and a row a vote: " + ", ".join((*NEEDED, *OPTIONAL)), read, (*NEEDED, *OPTIONAL)
)
