"""The least that must be known before a judge's figures are believed: both orders, repeats of what is drawn by chance,
limits, what people reach among themselves, and which model was asked in which words. What is missing is said.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.tables import Arena, Dimension, Judge, JudgeRun, Rater, Vote
from app.domain.judges import PROTOCOLS
from app.domain.opinions import Opinions
from app.stats.agreement import Measure

Json = dict[str, Any]

LEAST_REPEATS = 3


@dataclass(frozen=True, slots=True)
class Shortcoming:
    """What was not done, as a word for programs and as a sentence."""

    code: str
    sentence: str


def versions(session: Session, arena: Arena, dimension: Dimension, judge: Opinions) -> list[Json]:
    """Each version with votes among these: how many, when it voted on the dimension first and last, which versions of
    the dimension it answered, the hashes of the wordings that its runs had, and how it was asked; none of the last of
    votes that were imported.
    """
    counts = np.bincount(judge.rater, minlength=len(judge.raters))
    places = [place for place in range(len(judge.raters)) if counts[place]]
    known = _asked(session, arena, dimension, {judge.raters[place].name for place in places})
    return [
        {
            "version": judge.raters[place].version,
            "votes": int(counts[place]),
            "dimension_versions": np.unique(judge.version[judge.rater == place]).tolist(),
            **known[judge.raters[place].name, judge.raters[place].version],
        }
        for place in places
    ]


def shortcomings(
    judge: Opinions, asked: Sequence[Json], agreement: Measure, ceiling: Measure | None
) -> list[Json]:
    """What is missing of these votes of a judge; `asked` are their `versions`, `agreement` is beyond chance."""
    return [asdict(each) for each in _missing(judge, asked, agreement, ceiling)]


def _missing(
    judge: Opinions, asked: Sequence[Json], agreement: Measure, ceiling: Measure | None
) -> Iterator[Shortcoming]:
    yield from _orders(judge, {each["version"]: each for each in asked})
    for each in asked:
        yield from _of_version(each)
    if len(asked) > 1:
        named = ", ".join(each["version"] or "none" for each in asked)
        yield Shortcoming(
            "several_versions",
            f"The figures mix versions of it ({named}): ask about one as <name>@<version>.",
        )
    if ceiling is None or ceiling.value is None:
        why = f": {ceiling.undefined}" if ceiling and ceiling.undefined else ""
        yield Shortcoming("no_ceiling", f"How far people agree with each other here is not known{why}.")
    if agreement.value is not None and agreement.lower is None:
        yield Shortcoming("no_limits", "The figures have no limits: there is one prompt alone.")


def _orders(judge: Opinions, asked: Mapping[str, Json]) -> Iterator[Shortcoming]:
    """Items that were shown one way round, but for judges that see one answer at a time or whose votes are of both."""
    alone = np.array([_alone(asked.get(rater.version)) for rater in judge.raters], dtype=bool)
    votes = judge.where(~alone[judge.rater] & ~judge.flipped) if len(judge) else judge
    if judge.flipped.any() or not len(votes):
        return
    straight, turned = (
        np.bincount(votes.item[votes.swapped == order], minlength=len(votes.items)) > 0
        for order in (False, True)
    )
    once, items = int((straight ^ turned).sum()), int((straight | turned).sum())
    if once:
        yield Shortcoming(
            "one_order",
            f"{once:,} of {items:,} items were shown to it in one order only: what the place does there is not known.",
        )


def _of_version(asked: Json) -> Iterator[Shortcoming]:
    name = f"version {asked['version']}" if asked["version"] else "it"
    if asked["model"] is None:
        yield Shortcoming(
            "unknown_settings",
            f"The votes of {name} were imported: its model, words and temperature are not known.",
        )
        return
    drawn = asked["temperature"] is None or asked["temperature"] > 0
    if drawn and _sampled(asked) and asked["repeats"] < LEAST_REPEATS:
        heat = "left to the endpoint" if asked["temperature"] is None else f"{asked['temperature']:g}"
        times = "once" if asked["repeats"] == 1 else f"{asked['repeats']} times"
        yield Shortcoming(
            "few_repeats",
            f"The replies of {name} are drawn by chance (temperature {heat}), and it was asked {times}: "
            f"{LEAST_REPEATS} repeats or more would tell a verdict from luck.",
        )
    if len(asked["prompt_hashes"]) > 1:
        yield Shortcoming(
            "several_wordings", f"{name.capitalize()} was asked in {len(asked['prompt_hashes'])} wordings."
        )


def _alone(asked: Json | None) -> bool:
    return asked is not None and asked["protocol"] in PROTOCOLS and PROTOCOLS[asked["protocol"]].alone


def _sampled(asked: Json) -> bool:
    return asked["protocol"] not in PROTOCOLS or PROTOCOLS[asked["protocol"]].sampled


def _asked(
    session: Session, arena: Arena, dimension: Dimension, names: set[str]
) -> dict[tuple[str, str], Json]:
    rows = session.execute(
        select(Rater.id, Rater.name, Rater.version, func.min(Vote.created_at), func.max(Vote.created_at))
        .join(Vote, Vote.rater_id == Rater.id)
        .where(
            Vote.arena_id == arena.id,
            Vote.dimension_id == dimension.id,
            Vote.state == "counted",
            Rater.kind == "judge",
            Rater.name.in_(names),
        )
        .group_by(Rater.id, Rater.name, Rater.version)
    ).all()
    raters = [row[0] for row in rows]
    judges = {row.rater_id: row for row in session.scalars(select(Judge).where(Judge.rater_id.in_(raters)))}
    runs = session.execute(
        select(Judge.rater_id, JudgeRun.wording_hash)
        .join(JudgeRun, JudgeRun.judge_id == Judge.id)
        .where(Judge.rater_id.in_(raters), JudgeRun.votes > 0)
        .distinct()
        .order_by(JudgeRun.wording_hash)
    ).all()
    settings = ("model", "protocol", "protocol_version", "temperature", "orders", "repeats")
    return {
        (name, version): {
            "first_vote": first.date().isoformat(),
            "last_vote": last.date().isoformat(),
            "prompt_hashes": [wording for rater, wording in runs if rater == key],
            **{setting: getattr(judges.get(key), setting, None) for setting in settings},
        }
        for key, name, version, first, last in rows
    }
