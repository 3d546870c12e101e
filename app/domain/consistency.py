"""Consistency: how far a judge's votes and its ranking can be trusted against people's.

`report` answers one question over the votes as they are: which judge, against whom, on which part of the votes. It
holds figures and no opinion of ours but the verdict, whose rules and thresholds are `app.stats.agreement.trust`'s.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.tables import Arena, Dimension, Judge
from app.domain import (
    dimensions,
    matches,
    minimum,
    models,
    opinions,
    panels,
    predictions,
    properties,
    splits,
    standings,
    standins,
    tendencies,
)
from app.domain.accounts import RaterName
from app.domain.arenas import OVERALL
from app.domain.errors import Invalid, JudgeNotFound
from app.domain.matches import Json, Match
from app.domain.opinions import Opinions, Sought
from app.domain.standings import Standings
from app.stats.agreement import Interval, Measure
from app.stats.agreement.trust import Assessment, Evidence, Thresholds, UnusableThreshold, assess

SCHEMA_VERSION = "1.0"
VERSION = 5  # of the figures: with another, stored reports are made anew
AGAINST = ("human", "simulated")
RESAMPLED = ("prompts", "raters")
NOT_BY_LOT = "people too decide for one side, so the sides were not drawn by lot"
MOST_RATERS = 5  # whose pairs are listed


@dataclass(frozen=True, slots=True)
class Question:
    """A judge by its rater name, with `@version` for one version alone, and whom it is held against: `human`,
    `simulated`, `judge:<name>`. `raters` keeps the people of one group (`expert` for expert_1, expert_2, …) or one
    name. Limits resample `prompts`, or the people
    as `raters`; boards are fitted anew `board_draws` times, other figures `draws` times.
    """

    judge: str
    against: str = "human"
    dimension: str = OVERALL
    category: str | None = None
    language: str | None = None
    turn: int | None = None
    raters: str | None = None
    resample: str = "prompts"
    level: float = 0.95
    draws: int = 1000
    board_draws: int = 200
    seed: int = 0
    thresholds: Thresholds = field(default_factory=Thresholds)

    @property
    def interval(self) -> Interval:
        return Interval(self.level, self.draws, self.seed)


@dataclass(frozen=True, slots=True, eq=False)
class Sides:
    """The votes of the reference and of the judge on one dimension, and the items that both judged."""

    reference: Opinions
    judge: Opinions
    match: Match
    judges: Mapping[str, Opinions]  # everyone of them by name, that asked for included


def report(session: Session, arena: Arena, question: Question) -> Json:
    """Every figure of the question. Raises Invalid, DimensionNotFound, JudgeNotFound; no common item is no error."""
    dimension = dimensions.find(session, arena, question.dimension)
    found = sides_of(session, arena, dimension, question)
    boards = replace(question.interval, draws=question.board_draws)
    standing = standings.stand(found.reference, found.judge, question.resample, boards)
    ranking = standings.ranking(standing, question.interval)
    labels = _labels(found, question)
    biases = _biases(session, arena, found, question)
    assessment = _assessment(question, found.match, labels, biases["position"], ranking)
    asked = minimum.versions(session, arena, dimension, found.judge)
    figures = {
        "ranking": ranking,
        **labels,
        "biases": biases,
        "calibration": tendencies.calibration(
            found.judge,
            found.match,
            question.interval,
            predictions.predicted(session, arena, dimension, found.judge),
        ),
        "fitness": standins.fitness(found.reference, found.match, question.interval),
        "panel": panels.panel(
            found.judges,
            found.match,
            _bare(question.judge),
            panels.members(session, arena, found.judges),
            question.interval,
        ),
        "factors": properties.factors(
            session, found.judge.items, found.match, question.turn, question.interval
        ),
        "ranks": _ranks(session, arena, standing, known_as(session, arena, question)),
        "splits": {
            "dimension": _by_dimension(session, arena, found, question),
            **splits.by_item(found.judge, found.match, standing, question.interval),
            "judge_correct": splits.by_own_answer(
                session, arena, found.judge, found.match, _bare(question.judge), question.interval
            ),
        },
    }
    return {
        "schema_version": SCHEMA_VERSION,
        "arena": arena.slug,
        "judge": question.judge,
        "against": question.against,
        "dimension": question.dimension,
        "filters": _filters(question),
        "models": len(standing.common),
        "battles": len(found.match),
        "raters": len(set(found.reference.rater.tolist())),
        "judge_versions": asked,
        "shortcomings": minimum.shortcomings(
            found.judge, asked, labels["votes"]["cohen_kappa"], labels["ceiling"]["cohen_kappa"]
        ),
        "verdict": _verdict(assessment, question.thresholds),
        "raters_available": _groups(found.reference),
        **matches.plain(figures),
    }


def check(question: Question) -> None:
    """Raises Invalid for a question that nobody can answer."""
    kind, _, name = question.against.partition(":")
    if question.against not in AGAINST and not (kind == "judge" and name.strip()):
        raise Invalid(f"against {question.against!r}: expected {', '.join(AGAINST)} or judge:<name>")
    if question.resample not in RESAMPLED:
        raise Invalid(f"resample {question.resample!r}: expected one of {', '.join(RESAMPLED)}")


def read_thresholds(words: Iterable[str]) -> Thresholds:
    """The thresholds of the verdict, some of them given as `name=value`. Raises Invalid.

    >>> read_thresholds(["least_items=50"]).least_items
    50
    """
    known = asdict(Thresholds())
    given: dict[str, float] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or name not in known:
            raise Invalid(f"threshold {word!r}: expected name=value with one of {', '.join(known)}")
        try:
            given[name] = type(known[name])(value)
        except ValueError as unreadable:
            raise Invalid(f"threshold {word!r}: expected a number") from unreadable
    try:
        return Thresholds(**{**known, **given})
    except UnusableThreshold as unusable:
        raise Invalid(f"threshold {unusable}") from unusable


def sides_of(session: Session, arena: Arena, dimension: Dimension, question: Question) -> Sides:
    """The votes that the question is about. Raises Invalid, JudgeNotFound."""
    check(question)
    _require_judge(session, arena, question.judge)
    if question.against not in AGAINST:
        _require_judge(session, arena, question.against.removeprefix("judge:"))
    return _votes(session, arena, dimension, question)


def _votes(session: Session, arena: Arena, dimension: Dimension, question: Question) -> Sides:
    name = question.against.removeprefix("judge:")
    kinds = ("judge",) if question.against not in AGAINST else (question.against, "judge")
    sought = Sought(kinds, question.category, question.language, question.turn)
    everything = opinions.read(session, arena, dimension, sought)
    judge = everything.by([_is_judge(rater, question.judge) for rater in everything.raters])
    if question.against not in AGAINST:
        reference = everything.by([_is_judge(rater, name) for rater in everything.raters])
        return Sides(reference, judge, Match.of(reference, judge, as_one=True), {})
    reference = everything.by(
        [rater.kind == question.against and in_group(rater, question.raters) for rater in everything.raters]
    )
    names = sorted({rater.name for rater in everything.raters if rater.kind == "judge"})
    judges = {name: everything.by([_is_judge(rater, name) for rater in everything.raters]) for name in names}
    judges[_bare(question.judge)] = judge
    return Sides(reference, judge, Match.of(reference, judge), judges)


def in_group(rater: RaterName, wanted: str | None) -> bool:
    """Whether a rater is the one wanted, or of the group wanted; all are where nobody is."""
    return wanted is None or wanted in (rater.name, opinions.group_of(rater.name))


def assessment(session: Session, arena: Arena, question: Question) -> tuple[Assessment, list[Json]]:
    """The verdict alone and what is missing for it, with what they need and no more. Raises what `report` raises."""
    dimension = dimensions.find(session, arena, question.dimension)
    found = sides_of(session, arena, dimension, question)
    interval = question.interval
    boards = replace(interval, draws=question.board_draws)
    standing = standings.stand(found.reference, found.judge, question.resample, boards)
    labels: Json = {
        "votes": matches.row(found.match, interval),
        "plurality": {"guessing_p": matches.guessing(found.match, interval)},
        "ceiling": matches.row(found.match, interval)["ceiling"],
    }
    position = tendencies.position(found.judge, found.reference, interval)
    asked = minimum.versions(session, arena, dimension, found.judge)
    return (
        _assessment(question, found.match, labels, position, standings.ranking(standing, interval)),
        minimum.shortcomings(
            found.judge, asked, labels["votes"]["cohen_kappa"], labels["ceiling"]["cohen_kappa"]
        ),
    )


def _labels(found: Sides, question: Question) -> Json:
    """Vote by vote, item by item, and what people reach among themselves."""
    interval = question.interval
    ceiling = matches.no_ceiling(matches.NO_CEILING)
    if question.against in AGAINST:
        ceiling = matches.ceiling(found.match, interval)
        ceiling["rater_pairs"] = matches.rater_pairs(found.reference, MOST_RATERS, interval)
    return {
        "votes": {
            "judge": len(found.judge),
            "reference": len(found.reference),
            **matches.votes(found.match, interval),
        },
        "plurality": matches.by_plurality(found.match, interval),
        "ceiling": ceiling,
    }


def _biases(session: Session, arena: Arena, found: Sides, question: Question) -> Json:
    interval, names = question.interval, found.judge.models
    pairs = splits.sides_of(found.judge, found.match)
    return {
        "position": tendencies.position(found.judge, found.reference, interval),
        "tie_rate": tendencies.ties(found.match, interval),
        "leniency": tendencies.leniency(found.match, interval),
        "spread": standins.spread(found.match, interval),
        "model_bias": tendencies.model_bias(found.match, names, pairs, interval),
        "self_preference": tendencies.self_preference(
            found.match,
            names,
            pairs,
            _families(session, arena),
            known_as(session, arena, question),
            interval,
        ),
    }


def _assessment(question: Question, match: Match, labels: Json, position: Json, ranking: Json) -> Assessment:
    evidence = Evidence(
        items=len(match),
        agreement=labels["votes"]["cohen_kappa"],
        ceiling=labels["ceiling"]["cohen_kappa"],
        guessing=labels["plurality"]["guessing_p"],
        first_share=_fair_share(position, question.thresholds),
        flip_rate=position["flip_rate"],
        ranking=ranking["spearman"],
        ranking_ceiling=ranking["ceiling"]["spearman"]["half"],
        models=ranking["models"],
    )
    return assess(evidence, question.thresholds)


def _fair_share(position: Json, thresholds: Thresholds) -> Measure:
    """The judge's share of the first side, if sides say anything: not where people surely lean to one as well."""
    people: Measure = position["reference_first_share"]
    least, most = 0.5 - thresholds.position_lean, 0.5 + thresholds.position_lean
    if (
        people.lower is not None
        and people.upper is not None
        and (people.lower > most or people.upper < least)
    ):
        return Measure.missing(NOT_BY_LOT, people.n)
    share: Measure = position["first_share"]
    return share


def _verdict(assessment: Assessment, thresholds: Thresholds) -> Json:
    lowest = [reason.sentence for reason in assessment.reasons if reason.allows == assessment.trust]
    return {
        "trust": assessment.trust,
        "because": lowest,
        "reasons": [asdict(reason) for reason in assessment.reasons],
        "thresholds": asdict(thresholds),
    }


def _by_dimension(session: Session, arena: Arena, found: Sides, question: Question) -> list[Json]:
    """The same question on each dimension on which both sides judged an item."""
    rows = []
    for dimension in dimensions.list_dimensions(session, arena):
        asked = found if dimension.slug == question.dimension else _votes(session, arena, dimension, question)
        if len(asked.match):
            rows.append({"value": dimension.slug, **matches.row(asked.match, question.interval)})
    return rows


def _filters(question: Question) -> Json:
    names = ("category", "language", "turn", "raters", "resample")
    return {name: getattr(question, name) for name in names}


def _ranks(session: Session, arena: Arena, standing: Standings, judge: str) -> list[Json]:
    """The places on both boards, with what is known of each model."""
    known = {row.slug: row for row in models.by_id(session, arena).values()}
    families = _families(session, arena)
    return [
        {
            **row,
            "name": known[row["model"]].name,
            "family": families.get(row["model"]),
            "own_family": tendencies.is_own(families.get(row["model"]), judge),
        }
        for row in standings.ranks(standing)
    ]


def known_as(session: Session, arena: Arena, question: Question) -> str:
    """What tells of which family a judge is: its name, and the family and model it was registered with."""
    name = question.judge.partition("@")[0]
    rows = session.execute(
        select(Judge.family, Judge.model).where(Judge.arena_id == arena.id, Judge.name == name)
    )
    return " ".join([question.judge, *sorted({word for row in rows for word in row if word})])


def _families(session: Session, arena: Arena) -> dict[str, str]:
    return {
        row.slug: family
        for row in models.by_id(session, arena).values()
        if (family := row.family or row.organization)
    }


def _groups(reference: Opinions) -> list[str]:
    """Groups of two raters or more by which the reference can be filtered."""
    names = Counter(opinions.group_of(rater.name) for rater in reference.raters if rater.kind == "human")
    return sorted(name for name, raters in names.items() if name and raters > 1)


def _bare(judge: str) -> str:
    return judge.partition("@")[0]


def _is_judge(rater: RaterName, judge: str) -> bool:
    name, _, version = judge.partition("@")
    return rater.kind == "judge" and rater.name == name and version in ("", rater.version)


def _require_judge(session: Session, arena: Arena, judge: str) -> None:
    known = opinions.judges(session, arena)
    if judge.partition("@")[0] not in known:
        there = ", ".join(known) or "none yet"
        raise JudgeNotFound(
            f"arena {arena.slug!r} has no votes of a judge {judge!r}; those with votes: {there}"
        )
