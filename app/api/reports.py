"""What a consistency report looks like over HTTP."""

from datetime import datetime
from typing import Literal

from app.api.measures import (
    AgreementRowOut,
    ByKindOut,
    CeilingOut,
    MeasureOut,
    PluralityOut,
    RankingOut,
    ShortcomingOut,
    Trust,
    VersionOut,
    VotesOut,
)
from app.api.shapes import Out


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


class SpreadOut(Out):
    """`minority_erasure`: items on which an opinion of a fifth of people or more has no verdict of the judge."""

    minority_erasure: MeasureOut
    entropy_gap: MeasureOut


class BiasesOut(Out):
    position: PositionOut
    spread: SpreadOut
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
    """`multiclass_brier` is over both models and the tie together, 0 to 2, from probabilities, else from certainty."""

    bins: list[BinOut]
    ece: MeasureOut
    brier: MeasureOut
    auc: MeasureOut
    multiclass_brier: MeasureOut
    coverage: list[CoverageOut]


class ReplaceOneOut(Out):
    """`change` of Krippendorff's alpha with the judge in a person's seat, mean over so many `seats`."""

    change: MeasureOut
    seats: int


class AddOneOut(Out):
    """Correlation with the majority of all people of that of so many, without the judge and with it as one more."""

    people: int
    without: MeasureOut
    with_judge: MeasureOut
    gain: MeasureOut


class AlternativeTestOut(Out):
    """`epsilon` is what a person of this kind costs; the judge `passes` where it beats half of the people or more."""

    people: Literal["crowd", "skilled", "experts"]
    epsilon: float
    winning_rate: MeasureOut
    advantage: MeasureOut
    passes: bool | None


class GuessingOut(Out):
    label: Literal["first", "second", "tie"]
    p: MeasureOut


class FitnessOut(Out):
    """`consensus` holds the judge against people weighed by how well they agree (Dawid and Skene)."""

    replace_one: ReplaceOneOut
    add_one: list[AddOneOut]
    alternative_test: list[AlternativeTestOut]
    guessing: list[GuessingOut]
    consensus: ByKindOut


class PanelRuleOut(ByKindOut):
    """`ties` says what the panel says where no label leads."""

    rule: Literal["majority", "mean", "weighted", "peers"]
    ties: str


class PanelMemberOut(ByKindOut):
    """`contestant` is the model of the arena that the judge is, and `peer_weight` how good the judges that are
    contestants find it, each as good as the others find it in turn; null for others.
    """

    judge: str
    family: str | None
    contestant: str | None
    peer_weight: float | None


class PanelPairOut(Out):
    """`same_family` is null where one of them names none."""

    judges: list[str]
    same_family: bool | None
    error_correlation: MeasureOut


class RivalOut(Out):
    """By how much more of the people another judge agrees with, and the p of it being no better."""

    judge: str
    difference: MeasureOut
    p: float | None


class PanelOut(Out):
    """All judges as one, on the items that two or more of them and people judged."""

    undefined: str | None
    judges: list[str]
    items: int
    rules: list[PanelRuleOut]
    members: list[PanelMemberOut] = []
    pairs: list[PanelPairOut]
    rivals: list[RivalOut]


class WeightOut(Out):
    """`alpha` in log odds, all other properties equal; `preference` is the chance that more of it wins."""

    alpha: float | None
    lower: float | None
    upper: float | None
    preference: float | None
    n: int


class MovedOut(Out):
    tau: MeasureOut
    weight: WeightOut | None


class PropertyOut(Out):
    property: str
    human: MovedOut
    judge: MovedOut


class MisalignedOut(Out):
    property: str
    apart: float


class AlignmentOut(Out):
    kendall_tau_b: MeasureOut
    spearman: MeasureOut
    pearson: MeasureOut
    misaligned: list[MisalignedOut]


class LengthOut(Out):
    """Share decided for the longer answer where the other is shorter by this share of it."""

    lower: float
    upper: float
    human: MeasureOut
    judge: MeasureOut


class FactorsOut(Out):
    """Which properties of answers move people and the judge; nothing where no texts are known."""

    undefined: str | None
    pairs: int
    properties: list[PropertyOut]
    alignment: AlignmentOut | None
    length: list[LengthOut]


class PlaceOut(Out):
    rank: int | None
    rank_best: int | None
    rank_worst: int | None
    rating: float | None
    rating_lower: float | None
    rating_upper: float | None


class RankOut(Out):
    """`moved`: by how many ranks the judge puts the model above its place with the reference. `own_family`: the judge's
    name holds that of the model's family.
    """

    model: str
    name: str
    family: str | None
    own_family: bool
    human: PlaceOut
    judge: PlaceOut
    moved: int | None


class SplitOut(AgreementRowOut):
    value: str | int
    items: int
    ceiling: AgreementRowOut


class SplitsOut(Out):
    """Parts of the items. `difficulty` goes from L1, models far apart with the reference, to L4. `judge_correct` is
    right or wrong, as `metadata` of the prompts say of the judge's own answer: {"judge_correct": {"<judge>": true}}.
    """

    dimension: list[SplitOut]
    category: list[SplitOut]
    language: list[SplitOut]
    turn: list[SplitOut]
    difficulty: list[SplitOut]
    judge_correct: list[SplitOut]


class BoardsOut(Out):
    """Snapshots of the leaderboards that show the same votes; null where no leaderboard does."""

    reference: str | None
    judge: str | None


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
    boards: BoardsOut
    stale: bool
    models: int
    battles: int
    raters: int
    raters_available: list[str]
    judge_versions: list[VersionOut]
    shortcomings: list[ShortcomingOut] = []
    verdict: VerdictOut
    ranking: RankingOut
    votes: VotesOut
    plurality: PluralityOut
    ceiling: CeilingOut
    biases: BiasesOut
    calibration: CalibrationOut
    fitness: FitnessOut
    panel: PanelOut
    factors: FactorsOut
    ranks: list[RankOut]
    splits: SplitsOut


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
