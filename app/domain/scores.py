"""What a judge's replies come to for each model: absolute scores beside the rankings, each with limits and a count.

Judges of one protocol can be mixed by shares, as personas are by their shares among people (IQA-EVAL, Li et al. 2024).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import isfinite

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.tables import Arena, Dimension, Judge, Model, Rater
from app.domain import dimensions, figures, models
from app.domain.arenas import OVERALL
from app.domain.errors import Invalid, JudgeNotFound, ModelNotFound
from app.domain.figures import INTERVAL, Asked, Who
from app.domain.matches import Json, plain
from app.stats.pools import check_shares
from app.stats.settings import UnusableValue

SCHEMA_VERSION = "1.0"


@dataclass(frozen=True, slots=True)
class Part:
    """A judge, `<name>` for its newest version or `<name>@<version>`, and its share of the mix."""

    judge: str
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Question:
    """`parts`: one judge, or several that are mixed by their shares. Without a `dimension` overall, or the first that
    the judge is asked about. `by_category` has a row for each category too. Against a `baseline` only battles with it
    count. `length_margin` is WildBench's K, in characters.
    """

    parts: tuple[Part, ...]
    dimension: str | None = None
    category: str | None = None
    by_category: bool = False
    baseline: str | None = None
    length_margin: int | None = None


def report(session: Session, arena: Arena, question: Question) -> Json:
    """For each model, and for each category of it where that is asked, its figures and what they were counted from.

    Raises Invalid for shares that do not add up to 1 and judges that cannot be mixed; JudgeNotFound, ModelNotFound,
    DimensionNotFound.
    """
    _check_shares(question.parts)
    who = [_find(session, arena, part.judge) for part in question.parts]
    _check_alike(who)
    dimension = _dimension(session, arena, question, who[0])
    known = {key: row for key, row in models.by_id(session, arena).items() if row.state != "hidden"}
    baseline = _baseline(arena, known, question.baseline)
    asked = Asked(dimension, question.category, baseline, question.length_margin)
    said = [figures.said(session, each, known, asked) for each in who]
    told = figures.of(who[0])
    shares = [part.share for part in question.parts]
    return {
        "schema_version": SCHEMA_VERSION,
        "arena": arena.slug,
        "dimension": dimension.slug,
        "judges": [
            {"judge": each.name, "version": each.version, "share": part.share}
            for each, part in zip(who, question.parts, strict=True)
        ],
        "protocol": None if who[0].judge is None else who[0].judge.protocol,
        "baseline": question.baseline,
        "category": question.category,
        "length_margin": question.length_margin,
        "interval": {**asdict(INTERVAL), "resampled": "prompts"},
        "figures": [asdict(each.figure) | {"of": each.of} for each in told],
        "rows": plain(list(figures.rows(said, shares, known, told, asked, question.by_category))),
    }


def text_of(found: Json) -> str:
    """What was found as it is served and printed."""
    return json.dumps(found, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def read_part(word: str, between: str) -> Part:
    """A part of a mix from `<judge>:<share>`, or what else stands `between`. Raises Invalid.

    >>> read_part("expert@2:0.4", ":")
    Part(judge='expert@2', share=0.4)
    """
    judge, _, share = word.rpartition(between)
    try:
        number = float(share)
    except ValueError:
        number = float("nan")
    if not judge or not isfinite(number):
        raise Invalid(f"mix {word!r}: expected <judge>{between}<share>, with a share from 0 to 1")
    return Part(judge, number)


def _check_shares(parts: Sequence[Part]) -> None:
    try:
        check_shares([part.share for part in parts])
    except UnusableValue as unusable:
        raise Invalid(f"mix: {unusable}") from unusable


def _find(session: Session, arena: Arena, asked: str) -> Who:
    name, _, version = asked.partition("@")
    query = select(Judge).where(Judge.arena_id == arena.id, Judge.name == name).order_by(Judge.version.desc())
    for judge in session.scalars(query):
        if version in ("", str(judge.version)):
            return Who(name, str(judge.version), judge.rater_id, judge)
    raters = (
        select(Rater)
        .where(Rater.arena_id == arena.id, Rater.kind == "judge", Rater.name == name)
        .order_by(Rater.id.desc())
    )
    for rater in session.scalars(raters):
        if version in ("", rater.version):
            return Who(name, rater.version, rater.id, None)
    known = select(Rater.name).where(Rater.arena_id == arena.id, Rater.kind == "judge").distinct()
    there = ", ".join(sorted(session.scalars(known))) or "none yet"
    raise JudgeNotFound(f"arena {arena.slug!r} has no judge {asked!r}; there are: {there}")


def _check_alike(who: Sequence[Who]) -> None:
    """Raises Invalid for judges whose figures do not mean the same."""
    if len({each.rater_id for each in who}) < len(who):
        raise Invalid("mix: name each judge once")
    asked = [
        ("no protocol", {}) if each.judge is None else (each.judge.protocol, each.judge.protocol_settings)
        for each in who
    ]
    for each, (protocol, settings) in zip(who, asked, strict=True):
        if protocol != asked[0][0]:
            raise Invalid(
                f"mix: {who[0]} is asked by {asked[0][0]} and {each} by {protocol}; mix judges of one protocol"
            )
        if settings != asked[0][1]:
            raise Invalid(
                f"mix: {who[0]} and {each} have different settings of {protocol}; their figures differ in kind"
            )


def _dimension(session: Session, arena: Arena, question: Question, who: Who) -> Dimension:
    own = [] if who.judge is None else who.judge.dimensions
    slug = question.dimension or (own[0] if own and OVERALL not in own else OVERALL)
    return dimensions.find(session, arena, slug)


def _baseline(arena: Arena, known: Mapping[int, Model], slug: str | None) -> int | None:
    if slug is None:
        return None
    for key, row in known.items():
        if row.slug == slug:
            return key
    raise ModelNotFound(f"arena {arena.slug!r} has no model {slug!r}")
