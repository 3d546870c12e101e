"""A measure over HTTP, and what is measured of votes and of boards."""

from datetime import date
from typing import Literal

from app.api.shapes import Out

Trust = Literal["trusted", "calibrate", "do_not_automate"]


class MeasureOut(Out):
    """A figure with its limits at `level` and what was counted in `n`, or null and the reason in `undefined`."""

    value: float | None
    lower: float | None
    upper: float | None
    level: float | None
    n: int
    undefined: str | None


class AgreedOut(Out):
    agreed: float
    pairs: float


class CountsOut(Out):
    """MT-Bench's setups: `s1` all pairs of votes, a tie of any kind being one; `s2` those that neither side ties."""

    s1: AgreedOut
    s2: AgreedOut


class AgreementOut(Out):
    """`confusion` has a row a label of the reference and a column a label of the judge: first model, second, tie."""

    agreement: MeasureOut
    agreement_no_ties: MeasureOut
    cohen_kappa: MeasureOut
    cohen_kappa_no_ties: MeasureOut
    scott_pi: MeasureOut
    gwet_ac1: MeasureOut
    counts: CountsOut
    confusion: list[list[float]]


class VotesOut(AgreementOut):
    """Pairs of one vote of the reference and the judge's opinion of the item; how many votes either side gave."""

    judge: int
    reference: int
    krippendorff_alpha: MeasureOut


class ByKindOut(Out):
    agreement: MeasureOut
    cohen_kappa: MeasureOut


class PluralityOut(AgreementOut):
    """One label an item. `as_shown` calls the answer that the reference saw first A, the others call the models by
    name; `by_kind` tells tie, both good and both bad apart.
    """

    guessing_p: MeasureOut
    as_shown: AgreementOut
    by_kind: ByKindOut


class RaterPairOut(Out):
    """Two of the raters with most votes, numbered in the order of their names."""

    raters: list[int]
    agreement: MeasureOut
    agreement_no_ties: MeasureOut
    cohen_kappa: MeasureOut


class CeilingOut(AgreementOut):
    """Pairs of votes of different people on the items that the judge judged."""

    krippendorff_alpha: MeasureOut
    rater_pairs: list[RaterPairOut] = []


class AgreementRowOut(Out):
    agreement: MeasureOut
    agreement_no_ties: MeasureOut
    cohen_kappa: MeasureOut


class ShortcomingOut(Out):
    """What was not done before a judge's figures are believed."""

    code: Literal[
        "one_order",
        "few_repeats",
        "unknown_settings",
        "several_versions",
        "several_wordings",
        "no_ceiling",
        "no_limits",
    ]
    sentence: str


class VersionOut(Out):
    """One version of a judge with votes, and how it was asked; null, and no `prompt_hashes` of the wordings of its
    runs, for votes that were imported. `dimension_versions` are those whose question and rubric it answered.
    """

    version: str
    votes: int
    dimension_versions: list[int]
    first_vote: date
    last_vote: date
    prompt_hashes: list[str]
    model: str | None
    protocol: str | None
    protocol_version: str | None
    temperature: float | None
    orders: str | None
    repeats: int | None


class HalvesOut(Out):
    """Boards of two halves of the raters; `full` is what two panels as large as all of them would reach."""

    half: MeasureOut
    full: float | None


class RankingCeilingOut(Out):
    splits: int
    raters: int
    spearman: HalvesOut
    kendall_tau_b: HalvesOut
    footrule: HalvesOut


class RankingOut(Out):
    """`proves` says in words what so many models can prove."""

    spearman: MeasureOut
    kendall_tau_b: MeasureOut
    pearson: MeasureOut
    footrule: MeasureOut
    rbo: MeasureOut
    pairwise_accuracy: MeasureOut
    pair_rank_brier: MeasureOut
    soft_pairwise_accuracy: MeasureOut
    separability: MeasureOut
    agreement_with_confidence: MeasureOut
    exact_p: MeasureOut
    models: int
    proves: str
    ceiling: RankingCeilingOut
