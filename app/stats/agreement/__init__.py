"""How far two ways of judging agree: each measure is a number with its n and limits, or the reason why there is none.

>>> import numpy as np
>>> votes = np.array([[40, 10, 5], [8, 30, 7], [6, 4, 10]])  # people by judge: A, B, tie
>>> found = measure("cohen_kappa", votes, Interval(level=0.95, draws=500, seed=1))
>>> round(found.value, 3), found.n, round(found.lower, 2), round(found.upper, 2)
(0.467, 120, 0.33, 0.6)
>>> measure("cohen_kappa", np.zeros((3, 3))).undefined
'no item has a label from both sides'

To add a kind, write a function of data and an optional `Interval` in the module that takes such data (labels,
many raters, boards, …), then list it in `METRICS`: the API, the command line, the web page and
`tests/stats/agreement/test_every_metric.py` take it from there. `takes` names the data; a new kind of data needs one
entry in the cases of that test. Where the measure sees only counts, `bootstrap.from_counts` does the rest.

>>> from app.stats.agreement.bootstrap import from_counts, ratio
>>> def bennett_s(tables, interval=None):
...     def s(table):
...         labels, items = table.shape[-1], table.sum(axis=(-2, -1))
...         agreed = ratio(np.trace(table, axis1=-2, axis2=-1), items)
...         return (agreed - 1 / labels) / (1 - 1 / labels)
...     return from_counts(s, np.asarray(tables, float), 2, interval, lambda t: t.sum(axis=(-2, -1)), "undefined")
>>> METRIC = Metric("bennett_s", "Agreement beyond guessing evenly", "labels", bennett_s, best=1, chance=None)
>>> round(METRIC.function(votes).value, 3)
0.5
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from app.stats.agreement import (
    bias,
    calibration,
    certainty,
    checks,
    guessing,
    labels,
    panels,
    ranks,
    raters,
    spread,
)
from app.stats.agreement.measure import Interval, Measure

__all__ = ["METRICS", "Interval", "Measure", "Metric", "UnknownMetric", "measure"]

Takes = Literal[
    "labels",  # k × k counts of items, reference by judge; A, B, then ties; or (C, k, k) by cluster
    "grades",  # the same for grades in their order
    "scores",  # grades whose highest stands last
    "sides",  # (N, 2, k) counts of labels by item, people's and the judge's
    "ratings",  # (N, k) counts of raters by item and label
    "boards",  # ranks.Boards
    "bounds",  # certainty.Bounds
    "preferences",  # certainty.Preferences
    "verdicts",  # (k,) counts of verdicts as shown: A, B, then ties; or (C, k) by cluster
    "swaps",  # k × k counts of items, verdict in one order by verdict as shown in the other; or (C, k, k)
    "classes",  # 2 × 2 counts of items, reference by judge, good then bad; or (C, 2, 2)
    "documents",  # (D, 2) counts of sentences by document, flagged and all
    "win_shares",  # bias.WinShares
    "factor",  # bias.factor_counts
    "forecasts",  # calibration.Forecasts
]


class UnknownMetric(ValueError):
    """There is no measure of that name."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A registered measure. `best` is its value where nothing is wrong, `chance` where only chance is at work; None
    where that depends on the data.
    """

    name: str
    summary: str
    takes: Takes
    function: Callable[[Any, Interval | None], Measure]
    best: float | None
    chance: float | None


_ALL = (
    Metric("agreement", "Share of items with equal labels", "labels", labels.agreement, 1, None),
    Metric("agreement_no_ties", "The same where neither side ties", "labels", labels.agreement_no_ties, 1, 0.5),
    Metric("cohen_kappa", "Agreement beyond chance, each side's own shares", "labels", labels.cohen_kappa, 1, 0),
    Metric("cohen_kappa_no_ties", "The same where neither side ties", "labels", labels.cohen_kappa_no_ties, 1, 0),
    Metric("scott_pi", "Agreement beyond chance, pooled shares", "labels", labels.scott_pi, 1, 0),
    Metric("gwet_ac1", "Agreement beyond chance where one label dominates", "labels", labels.gwet_ac1, 1, 0),
    Metric("guessing_p", "How often luck alone agrees as much", "labels", guessing.guessing_p, None, None),
    Metric("weighted_kappa_linear", "Kappa of grades", "grades", labels.weighted_kappa_linear, 1, 0),
    Metric("high_score_bias", "Highest grades beyond the reference's", "scores", bias.high_score_bias, 0, 0),
    Metric("minority_erasure", "Items whose minority is wiped out", "sides", spread.minority_erasure, 0, None),
    Metric("mode_error", "Items where the judge's usual label is not people's", "sides", spread.mode_error, 0, None),
    Metric("entropy_gap", "How much more of one mind the judge is", "sides", spread.entropy_gap, 0, 0),
    Metric("weighted_kappa_quadratic", "The same, far grades worst", "grades", labels.weighted_kappa_quadratic, 1, 0),
    Metric("pair_agreement", "Share of pairs of raters that agree", "ratings", raters.pair_agreement, 1, None),
    Metric("pair_agreement_no_ties", "The same where neither ties", "ratings", raters.pair_agreement_no_ties, 1, 0.5),
    Metric("fleiss_kappa", "Agreement of equally many raters an item", "ratings", raters.fleiss_kappa, 1, 0),
    Metric("krippendorff_alpha", "Agreement of any number of raters", "ratings", raters.krippendorff_alpha, 1, 0),
    Metric("krippendorff_alpha_ordinal", "Of ordered grades", "ratings", raters.krippendorff_alpha_ordinal, 1, 0),
    Metric("krippendorff_alpha_interval", "Of even grades", "ratings", raters.krippendorff_alpha_interval, 1, 0),
    Metric("spearman", "Correlation of ranks", "boards", ranks.spearman, 1, 0),
    Metric("kendall_tau_b", "Pairs of models in order less those out of order", "boards", ranks.kendall_tau_b, 1, 0),
    Metric("kendall_tau_c", "The same for boards with unequal ties", "boards", ranks.kendall_tau_c, 1, 0),
    Metric("pearson", "Correlation of ratings", "boards", ranks.pearson, 1, 0),
    Metric("footrule", "How little models move in rank", "boards", ranks.footrule, 1, None),
    Metric("rbo", "Overlap of ranks, the top first", "boards", ranks.rbo, 1, None),
    Metric("pairwise_accuracy", "Share of pairs of models ordered alike", "boards", ranks.pairwise_accuracy, 1, 0.5),
    Metric("exact_p", "How often a random order does as well", "boards", ranks.exact_p, None, None),
    Metric("pair_rank_brier", "Error of certainty about pairs", "boards", certainty.pair_rank_brier, 0, None),
    Metric("separability", "Share of pairs that the judge tells apart", "bounds", certainty.separability, None, None),
    Metric("agreement_with_confidence", "Agreement when sure", "bounds", certainty.agreement_with_confidence, 1, 0),
    Metric("soft_pairwise_accuracy", "As sure of each pair", "preferences", certainty.soft_pairwise_accuracy, 1, None),
    Metric("first_share", "Decided verdicts for the answer shown first", "verdicts", bias.first_share, 0.5, 0.5),
    Metric("tie_rate", "Share of ties", "verdicts", bias.tie_rate, None, None),
    Metric("flip_rate", "Items whose verdict changes with the order", "swaps", bias.flip_rate, 0, None),
    Metric("prefers_first", "Items where the first place is favoured", "swaps", bias.prefers_first, 0, None),
    Metric("prefers_second", "Items where the second place is favoured", "swaps", bias.prefers_second, 0, None),
    Metric("error_correlation", "Do two judges err on the same items", "classes", panels.error_correlation, None, 0),
    Metric("leniency_p_c", "Share of items evaluated properly", "classes", bias.leniency_p_c, 1, 0),
    Metric("leniency_p_plus", "Chance of good where it is not evaluated", "classes", bias.leniency_p_plus, None, 0.5),
    Metric("failure_coverage", "Bad answers that fail a check", "classes", checks.failure_coverage, 1, None),
    Metric("false_failure_rate", "Good answers that fail a check", "classes", checks.false_failure_rate, 0, None),
    Metric("check_alignment", "Catches the bad and keeps the good", "classes", checks.check_alignment, 1, None),
    Metric("mcc", "Correlation of a check with good and bad", "classes", checks.mcc, 1, 0),
    Metric("clean_share", "Sentences without a flag, by document", "documents", checks.clean_share, 1, None),
    Metric("win_rate_bias", "Mean distance of win rates", "win_shares", bias.win_rate_bias, 0, None),
    Metric("factor_tau", "Does a factor go with preference", "factor", bias.factor_tau, None, 0),
    Metric("factor_share", "Preferred answers with more of a factor", "factor", bias.factor_share, None, 0.5),
    Metric("brier", "Squared error of stated probabilities", "forecasts", calibration.brier, 0, None),
    Metric("ece", "Gap of stated and true probabilities, ten bins", "forecasts", calibration.ece, 0, None),
    Metric("auc", "Do stated probabilities tell right from wrong", "forecasts", calibration.auc, 1, 0.5),
)  # fmt: skip

METRICS: dict[str, Metric] = {metric.name: metric for metric in _ALL}


def measure(name: str, data: Any, interval: Interval | None = None) -> Measure:
    """The measure of that name on data of the kind that it `takes`, with limits if an interval is asked for.

    Raises UnknownMetric (a ValueError) that says what exists.
    """
    metric = METRICS.get(name)
    if metric is None:
        raise UnknownMetric(f"there is no measure {name!r}; there are {', '.join(METRICS)}")
    return metric.function(data, interval)
