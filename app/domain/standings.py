"""The reference's board beside the judge's: do they rank alike, and how sure is that?

Limits come from both boards fitted anew on one resample of the prompts, or of the reference's raters, in which case
the judge's board stays: a judge is one rater. People's own consistency is that of two halves of the raters.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import factorial

import numpy as np

from app.domain.fits import CLUSTERED_FROM
from app.domain.matches import MOST_CLUSTERS, Json
from app.domain.opinions import Opinions
from app.stats.agreement import Interval, Measure, measure
from app.stats.agreement.bootstrap import multiplicities
from app.stats.agreement.ceiling import RankingCeiling, split_half
from app.stats.agreement.certainty import Bounds, Preferences
from app.stats.agreement.ranks import EXACT_MODELS, FEW_MODELS, Boards
from app.stats.agreement.refits import ClusteredVotes, Refitted, refitted
from app.stats.rankings import rank
from app.stats.rankings.ranking import RankedModel, Ranking
from app.stats.tally import Comparisons, Floats, Ints

LEVELS = 4
FEW = 10  # models below which a perfect order deserves a warning
ON_BOARDS = (
    "spearman", "kendall_tau_b", "pearson", "footrule", "rbo", "pairwise_accuracy", "exact_p", "pair_rank_brier",
)  # fmt: skip
ON_HALVES = ("spearman", "kendall_tau_b", "footrule")
SPLITS = 100
ON_BOUNDS = ("separability", "agreement_with_confidence")
_CELLS = 20_000_000  # entries of a table of preferences


@dataclass(frozen=True, slots=True, eq=False)
class Standings:
    """Both boards as the leaderboards show them; the models that both put on one scale, their strengths with resamples,
    and people's own consistency.
    """

    reference: Ranking
    judge: Ranking
    common: tuple[str, ...]
    boards: Boards
    bounds: Bounds
    preferences: Preferences
    ceiling: RankingCeiling


def stand(reference: Opinions, judge: Opinions, resample: str, interval: Interval) -> Standings:
    """Fit both boards by Bradley–Terry on all votes of either side, and on resamples of the prompts, or of the
    reference's `raters`.
    """
    sides = _comparisons(reference), _comparisons(judge)
    found = _refitted(sides[0], sides[1], None if resample == "raters" else interval)
    boards = found.boards
    if resample == "raters" and found.models:
        boards = replace(boards, reference_draws=_by_rater(sides[0], reference.rater, found.models, interval))
    rankings = [_board(side) for side in sides]
    return Standings(
        reference=rankings[0],
        judge=rankings[1],
        common=found.models,
        boards=boards,
        bounds=found.bounds(interval.level) or _bounds(rankings, found.models),
        preferences=_preferences(reference, judge, found.models),
        ceiling=split_half(sides[0], Interval(interval.level, SPLITS, interval.seed)),
    )


def ranking(standings: Standings, interval: Interval) -> Json:
    """Every measure of two boards, with how many models they rank and what that proves."""
    found: Json = {name: measure(name, standings.boards, interval) for name in ON_BOARDS}
    found |= {name: measure(name, standings.bounds, interval) for name in ON_BOUNDS}
    ceiling = standings.ceiling
    return found | {
        "soft_pairwise_accuracy": measure("soft_pairwise_accuracy", standings.preferences, interval),
        "models": len(standings.common),
        "proves": _proves(len(standings.common), found["exact_p"]),
        "ceiling": {
            "splits": ceiling.splits,
            "raters": ceiling.voters,
            **{
                name: {"half": getattr(ceiling, name).half, "full": getattr(ceiling, name).full}
                for name in ON_HALVES
            },
        },
    }


def ranks(standings: Standings) -> list[Json]:
    """A row a model that either side rates, in the order of the reference's board."""
    sides = standings.reference.rows, standings.judge.rows
    judged = {row.model: row for row in sides[1]}
    return [
        {
            "model": row.model,
            "human": _place(row),
            "judge": _place(judged[row.model]),
            "moved": _moved(row, judged[row.model]),
        }
        for row in sides[0]
        if row.rating is not None or judged[row.model].rating is not None
    ]


def difficulty(standings: Standings, models: tuple[str, ...], sides: Ints) -> list[str | None]:
    """For each pair (n, 2) of places in `models`, how far apart they stand on the reference's board: from L1, the
    quarter of all pairs of models with the widest gap in ranks, to L4 (CapArena). None without a common scale.
    """
    rank_of = {row.model: row.rank for row in standings.reference.rows if row.model in standings.common}
    places = [rank for rank in rank_of.values() if rank is not None]
    gaps = [abs(one - other) for at, one in enumerate(places) for other in places[at + 1 :]]

    def level(first: int, second: int) -> str | None:
        one, other = rank_of.get(models[first]), rank_of.get(models[second])
        if one is None or other is None:
            return None
        gap = abs(one - other)
        wider = sum(each > gap for each in gaps) + gaps.count(gap) / 2
        return f"L{1 + int(wider * LEVELS / max(len(gaps), 1))}"

    known = {pair: level(*pair) for pair in set(map(tuple, sides.tolist()))}
    return [known[first, second] for first, second in sides.tolist()]


def _comparisons(side: Opinions) -> Comparisons:
    """The votes as they were shown, with their prompts, or groups of prompts, and raters."""
    cluster = np.array([item.cluster for item in side.items], dtype=np.int64)[side.item]
    return replace(side.comparisons(), prompt=cluster % MOST_CLUSTERS, voter=side.rater)


def _board(side: Comparisons) -> Ranking:
    """The board that the leaderboard shows of these votes, its limits clustered from as many raters on."""
    many = side.voter is not None and len(np.unique(side.voter)) >= CLUSTERED_FROM
    return rank("bradley_terry", side if many else side.tally(), {"cluster": "voter"} if many else {})


def _refitted(reference: Comparisons, judge: Comparisons, interval: Interval | None) -> Refitted:
    """Without resamples where some are too lopsided to be fitted."""
    try:
        return refitted(reference, judge, "prompt", interval)
    except ArithmeticError:
        return refitted(reference, judge, "prompt")


def _by_rater(votes: Comparisons, raters: Ints, models: tuple[str, ...], interval: Interval) -> Floats | None:
    """Strengths of these models on resamples of the raters."""
    known, place = np.unique(raters, return_inverse=True)
    if len(known) < 2:
        return None
    counted = ClusteredVotes.of(votes, place, len(known))
    columns = [counted.models.index(model) for model in models]
    drawn: Floats = counted.strengths(multiplicities(len(known), interval))[:, columns]
    return drawn


def _bounds(rankings: Sequence[Ranking], models: tuple[str, ...]) -> Bounds:
    """The limits that the leaderboards show, where there are no resamples; an open one is infinite."""
    limits: list[Floats] = []
    for board in rankings:
        rows = {row.model: row for row in board.rows}
        limits.append(np.array([_or(rows[model].lower, -np.inf) for model in models]))
        limits.append(np.array([_or(rows[model].upper, np.inf) for model in models]))
    return Bounds(limits[0], limits[1], limits[2], limits[3])


def _or(limit: float | None, otherwise: float) -> float:
    return otherwise if limit is None else limit


def _preferences(reference: Opinions, judge: Opinions, common: tuple[str, ...]) -> Preferences:
    """(pairs, prompts): the mean over a prompt's votes of 1 for the first model, −1 for the second, 0 for a tie."""
    size = len(common)
    pairs = size * (size - 1) // 2
    prompts = max((item.cluster for item in reference.items), default=-1) + 1
    columns = max(1, min(prompts, MOST_CLUSTERS, _CELLS // max(pairs, 1)))
    place = {reference.models.index(model): at for at, model in enumerate(common)}
    known = (
        [place.get(item.first, -1) for item in reference.items],
        [place.get(item.second, -1) for item in reference.items],
    )
    first, second = (np.array(each, dtype=np.int64) for each in known)
    pair = first * size - first * (first + 1) // 2 + second - first - 1  # row of np.triu_indices
    cluster = np.array([item.cluster for item in reference.items], dtype=np.int64) % columns
    tables = []
    for side in (reference, judge):
        kept = (first[side.item] >= 0) & (second[side.item] >= 0)
        cell = pair[side.item[kept]] * columns + cluster[side.item[kept]]
        worth = np.array([1.0, -1.0, 0.0])[side.labels[kept]]
        sums = np.bincount(cell, worth, minlength=pairs * columns)
        counts = np.bincount(cell, minlength=pairs * columns)
        means = np.divide(sums, counts, out=np.full(pairs * columns, np.nan), where=counts > 0)
        tables.append(means.reshape(pairs, columns))
    return Preferences(*tables)


def _proves(models: int, p: Measure) -> str:
    if models < 2 or p.value is None:
        return f"Nothing: {p.undefined or FEW_MODELS}."
    if models > EXACT_MODELS:
        luck = f"a random order of {models} models does as well with probability {p.value:.2g}"
    else:
        orders = factorial(models)
        luck = (
            f"{models} models have only {orders:,} orders, and {round(p.value * orders):,} of them do as well"
        )
    if models < FEW:
        return f"Little: {luck} (p = {p.value:.2g}). A judge can rank so few models well and still misjudge votes."
    return f"That the order is no luck: {luck}. It says nothing about single votes."


def _place(row: RankedModel) -> Json:
    def rounded(value: float | None) -> float | None:
        return None if value is None else round(value, 4)

    return {
        "rank": row.rank,
        "rank_best": row.rank_best,
        "rank_worst": row.rank_worst,
        "rating": rounded(row.rating),
        "rating_lower": rounded(row.lower),
        "rating_upper": rounded(row.upper),
    }


def _moved(human: RankedModel, judge: RankedModel) -> int | None:
    """How many ranks the judge puts the model above (positive) or below its place with the reference."""
    if human.rank is None or judge.rank is None:
        return None
    return human.rank - judge.rank
