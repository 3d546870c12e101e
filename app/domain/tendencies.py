"""What moves a judge besides the answers, and whether it knows when it is right.

Each figure of the judge stands beside the reference's on the same items, since people have sides and tastes too.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from app.domain.matches import Json, Match
from app.domain.opinions import LABELS, TIE, Opinions
from app.domain.predictions import NOBODYS
from app.stats.agreement import Interval, Measure, measure
from app.stats.agreement.bias import NO_ITEMS, NO_VERDICTS, WinShares, win_rate_biases
from app.stats.agreement.bootstrap import share
from app.stats.agreement.calibration import (
    BINS,
    Forecasts,
    accuracy_coverage,
    multiclass_brier,
    reliability,
)
from app.stats.tally import Floats, Ints

THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.9)
BOTH_BAD = 4
FROM_IMPORT = "an import says so"
BOTH_ORDERS = "both orders of an item"
ORDERS_MERGED = "its verdicts already stand for both orders"
NOT_SAID = "the judge said nothing of its certainty"
NO_FAMILIES = "the models name fewer than two families or organizations"


def position(judge: Opinions, reference: Opinions, interval: Interval) -> Json:
    """Share of the first side, in each order too, and how often a verdict changes with the order.

    Where an import marks verdicts as inconsistent between orders, each verdict stands for both, and has no side.
    """
    merged = bool(judge.flipped.any())
    found: Json = {
        "first_share": _missing(ORDERS_MERGED, judge) if merged else _first_share(judge, interval),
        "by_order": []
        if merged
        else [_first_share(judge.where(judge.swapped == order), interval) for order in (False, True)],
        "reference_first_share": _first_share(reference, interval),
    }
    if merged:
        flipped = _flipped(judge, interval)
        return found | {
            "flip_rate": flipped,
            "flips": int(judge.flipped.sum()),
            "flips_from": FROM_IMPORT,
        }
    swaps = judge.swaps()
    flips = {
        name: measure(name, swaps, interval) for name in ("flip_rate", "prefers_first", "prefers_second")
    }
    rate = flips["flip_rate"]
    return (
        found
        | flips
        | {"flips": round((rate.value or 0) * rate.n), "flips_from": BOTH_ORDERS if rate.n else None}
    )


def ties(match: Match, interval: Interval) -> Json:
    """How often each side says tie, on the same items."""
    hot = np.eye(LABELS)[match.label]
    judged = _by_cluster(match.cluster, match.clusters, hot)
    people = _by_cluster(match.cluster, match.clusters, _three(match.votes))
    return {
        "judge": measure("tie_rate", judged, interval),
        "reference": measure("tie_rate", people, interval),
    }


def leniency(match: Match, interval: Interval) -> Json:
    """Does the judge let pass what people call bad on both sides? Of no use where nobody says so."""
    bad = match.votes[:, BOTH_BAD] * 2 > match.votes.sum(axis=1)
    judged = match.kind == BOTH_BAD
    tables = np.zeros((len(match), 2, 2))
    tables[np.arange(len(match)), bad.astype(int), judged.astype(int)] = 1
    counts = _by_cluster(match.cluster, match.clusters, tables)
    return {name: measure(f"leniency_{name}", counts, interval) for name in ("p_c", "p_plus")}


def model_bias(match: Match, models: Sequence[str], sides: Ints, interval: Interval) -> Json:
    """For each model its win rate with the judge less that with the reference on the same items.

    `sides` (n, 2) are the places of an item's models.
    """
    if not len(match):
        return {"mean": Measure.missing(NO_ITEMS, 0), "models": []}
    met = sorted(set(sides.ravel().tolist()))
    place = np.full(len(models), -1)
    place[met] = np.arange(len(met))
    shares = WinShares(tuple(models[each] for each in met), _win_counts(match, place[sides], len(met)))
    rows = [{"model": model, "bias": found} for model, found in win_rate_biases(shares, interval).items()]
    return {"mean": measure("win_rate_bias", shares, interval), "models": rows}


def self_preference(
    match: Match,
    models: Sequence[str],
    sides: Ints,
    families: Mapping[str, str],
    judge: str,
    interval: Interval,
) -> Json:
    """The same by family of models, on the items of two families; `own` where what is known of the
    judge holds the family's name."""
    names = tuple(sorted({families[model] for model in models if model in families}))
    if len(names) < 2:
        return {"undefined": NO_FAMILIES, "families": []}
    of_model = np.array([names.index(families[model]) if model in families else -1 for model in models])
    belongs = of_model[sides]
    apart = (belongs[:, 0] != belongs[:, 1]) & (belongs >= 0).all(axis=1)
    part = match.where(apart)
    shares = WinShares(names, _win_counts(part, belongs[apart], len(names)))
    rows = [
        {"family": family, "own": is_own(family, judge), "bias": found}
        for family, found in win_rate_biases(shares, interval).items()
    ]
    return {"undefined": None, "families": rows}


def is_own(family: str | None, judge: str) -> bool:
    """Whether the judge is of this family of models, as far as what is known of it tells: its name, say.

    >>> is_own("GPT-4", "gpt-4-turbo"), is_own(None, "gpt-4")
    (True, False)
    """
    return bool(family) and str(family).lower() in judge.lower()


def calibration(judge: Opinions, match: Match, interval: Interval, predicted: Ints | None = None) -> Json:
    """Stated certainty of each vote against whether it gives the reference's plurality label, or that which it was to
    predict (`predictions.predicted`); and what a judge says of A, B and tie together, a probability where it gave one,
    else its certainty with the rest shared by the other two.
    """
    label = np.full(len(judge.items), -1)
    label[match.items] = match.reference
    cluster = np.zeros(len(judge.items), dtype=np.int64)
    cluster[match.items] = match.cluster
    sought = label[judge.item]
    if predicted is not None:
        sought = np.where((predicted == NOBODYS) | (sought < 0), sought, predicted)
    said = ~np.isnan(judge.confidence) & (sought >= 0)
    right = (judge.labels == sought)[said].astype(np.int64)
    forecasts = Forecasts(np.clip(judge.confidence[said], 0, 1), right, cluster[judge.item[said]])
    names = ("ece", "brier", "auc")
    three_way = _three_way(judge, sought)
    if not forecasts.n:
        missing = Measure.missing(NOT_SAID, 0)
        return {"bins": [], **dict.fromkeys(names, missing), "multiclass_brier": three_way, "coverage": []}
    return {
        "multiclass_brier": three_way,
        "bins": [
            {
                "lower": each.lower,
                "upper": each.upper,
                "n": each.n,
                "confidence": each.confidence,
                "accuracy": each.accuracy,
            }
            for each in reliability(forecasts, BINS)
        ],
        **{name: measure(name, forecasts, interval) for name in names},
        "coverage": [
            {
                "threshold": each.threshold,
                "n": each.n,
                "coverage": each.coverage,
                "accuracy": each.accuracy,
            }
            for each in accuracy_coverage(forecasts, THRESHOLDS, interval)
        ],
    }


def _three_way(judge: Opinions, sought: Ints) -> Measure:
    """Of votes with a probability it is that of the first model, and a tie has none: the judge had two letters."""
    first = np.where(judge.swapped, 1 - judge.probability, judge.probability)
    soft = np.column_stack([first, 1 - first, np.zeros(len(first))])
    sure = np.clip(judge.confidence, 0, 1)[:, None]
    stated = np.where(np.eye(LABELS, dtype=bool)[judge.labels], sure, (1 - sure) / (LABELS - 1))
    rows = np.where(np.isnan(first)[:, None], stated, soft)
    told = (sought >= 0) & ~np.isnan(rows).any(axis=1)
    found = multiclass_brier(rows[told], sought[told])
    return found if found.n else Measure.missing(NOT_SAID, 0)


def _first_share(side: Opinions, interval: Interval) -> Measure:
    hot = np.eye(LABELS)[np.minimum(side.verdict, TIE)]
    cluster, size = _dense(side)
    return measure("first_share", _by_cluster(cluster, size, hot), interval)


def _flipped(judge: Opinions, interval: Interval) -> Measure:
    cluster, size = _dense(judge)
    counts = _by_cluster(cluster, size, np.column_stack([judge.flipped, ~judge.flipped]))
    return share(lambda c: c[..., 0], lambda c: c.sum(axis=-1), counts, 1, interval, NO_VERDICTS)


def _missing(why: str, side: Opinions) -> Measure:
    return Measure.missing(why, len(side))


def _dense(side: Opinions) -> tuple[Ints, int]:
    """The prompt of each vote, numbered from 0."""
    cluster = np.array([item.cluster for item in side.items], dtype=np.int64)[side.item]
    names, place = np.unique(cluster, return_inverse=True)
    return place, max(len(names), 1)


def _win_counts(match: Match, sides: Ints, size: int) -> Floats:
    """(C, 4, size): wins and items of each model, or family, with the reference and with the judge."""
    votes = _three(match.votes)
    people = (votes[:, 0] + votes[:, TIE] / 2) / np.maximum(votes.sum(axis=1), 1)
    judged = np.array([1.0, 0.0, 0.5])[match.label]
    counts = np.zeros((match.clusters, 4, size))
    for side, won in ((0, (people, judged)), (1, (1 - people, 1 - judged))):
        for row, worth in ((0, won[0]), (1, 1.0), (2, won[1]), (3, 1.0)):
            np.add.at(counts[:, row], (match.cluster, sides[:, side]), worth)
    return counts


def _three(by_kind: Ints) -> Ints:
    merged: Ints = np.column_stack([by_kind[:, :TIE], by_kind[:, TIE:].sum(axis=1)])
    return merged


def _by_cluster(cluster: Ints, clusters: int, counts: Floats | Ints) -> Floats:
    sums = np.zeros((clusters, *counts.shape[1:]))
    np.add.at(sums, cluster, counts)
    return sums
