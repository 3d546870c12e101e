"""What a consistency report looks like over HTTP."""

from datetime import datetime
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


class ReasonOut(Out):
    rule: str
    allows: Trust
    figure: float | None
    threshold: float | None
    sentence: str


class VerdictOut(Out):
    """`because` are the sentences of the reasons that allow no more than this."""

    trust: Trust
    because: list[str]
    reasons: list[ReasonOut]
    thresholds: dict[str, float]


class PositionOut(Out):
    """`by_order`: the first side's share where the item's first model stood first, and where the second did. `flips` of
    the items judged in both orders changed, counted `flips_from` those items or from the words of an import.
    """

    first_share: MeasureOut
    by_order: list[MeasureOut]
    reference_first_share: MeasureOut
    flip_rate: MeasureOut
    prefers_first: MeasureOut | None = None
    prefers_second: MeasureOut | None = None
    flips: int
    flips_from: str | None


class BothOut(Out):
    judge: MeasureOut
    reference: MeasureOut


class LeniencyOut(Out):
    p_c: MeasureOut
    p_plus: MeasureOut


class ModelBiasRowOut(Out):
    model: str
    bias: MeasureOut


class ModelBiasOut(Out):
    """The judge's win rate of a model less the reference's on the same items; `mean` is that of the distances."""

    mean: MeasureOut
    models: list[ModelBiasRowOut]


class FamilyOut(Out):
    family: str
    own: bool
    bias: MeasureOut


class SelfPreferenceOut(Out):
    undefined: str | None
    families: list[FamilyOut]


class BiasesOut(Out):
    position: PositionOut
    tie_rate: BothOut
    leniency: LeniencyOut
    model_bias: ModelBiasOut
    self_preference: SelfPreferenceOut


class BinOut(Out):
    lower: float
    upper: float
    n: int
    confidence: float | None
    accuracy: float | None


class CoverageOut(Out):
    threshold: float
    n: int
    coverage: float
    accuracy: MeasureOut


class CalibrationOut(Out):
    bins: list[BinOut]
    ece: MeasureOut
    brier: MeasureOut
    auc: MeasureOut
    coverage: list[CoverageOut]


class PlaceOut(Out):
    rank: int | None
    rank_best: int | None
    rank_worst: int | None
    rating: float | None
    rating_lower: float | None
    rating_upper: float | None


class RankOut(Out):
    """`moved`: by how many ranks the judge puts the model above its place with the reference."""

    model: str
    human: PlaceOut
    judge: PlaceOut
    moved: int | None


class AgreementRowOut(Out):
    agreement: MeasureOut
    agreement_no_ties: MeasureOut
    cohen_kappa: MeasureOut


class SplitOut(AgreementRowOut):
    value: str | int
    items: int
    ceiling: AgreementRowOut


class SplitsOut(Out):
    """Parts of the items. `difficulty` goes from L1, models far apart with the reference, to L4."""

    category: list[SplitOut]
    language: list[SplitOut]
    turn: list[SplitOut]
    difficulty: list[SplitOut]


class VersionOut(Out):
    version: str
    votes: int


class AskedOut(Out):
    category: str | None
    language: str | None
    turn: int | None
    raters: str | None
    resample: Literal["prompts", "raters"]


class ConsistencyOut(Out):
    """`battles` are the items that both sides judged, `models` those on both boards. `stale`: newer votes are there,
    and a fresh report is being made.
    """

    schema_version: str
    arena: str
    judge: str
    against: str
    dimension: str
    filters: AskedOut
    snapshot_id: str
    generated_at: datetime
    data_until: datetime | None
    stale: bool
    models: int
    battles: int
    raters: int
    raters_available: list[str]
    judge_versions: list[VersionOut]
    verdict: VerdictOut
    ranking: RankingOut
    votes: VotesOut
    plurality: PluralityOut
    ceiling: CeilingOut
    biases: BiasesOut
    calibration: CalibrationOut
    ranks: list[RankOut]
    splits: SplitsOut


class PeopleOut(Out):
    first: int
    second: int
    tie: int


class DisagreementOut(Out):
    """`people_say` and `judge_says` are the model's slug, or tie."""

    battle: str
    prompt: str | None
    turn: int | None
    category: str
    language: str
    first: str
    second: str
    people: PeopleOut
    people_say: str
    judge_says: str


class DisagreementsOut(Out):
    items: list[DisagreementOut]
    next: str | None


class MetricOut(Out):
    """`takes` says of what data; `best` is the value where nothing is wrong, `chance` where only chance is at work."""

    name: str
    takes: str
    summary: str
    best: float | None
    chance: float | None


class MetricsOut(Out):
    items: list[MetricOut]
    next: str | None = None
