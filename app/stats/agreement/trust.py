"""How far to trust a judge, in words: `trusted`, `calibrate` or `do_not_automate`, and always why.

Each rule that has its figures gives a reason with the highest level that it allows; the lowest of them is the
assessment. What is not known never raises it. The thresholds are ours, stated and configurable: change them
where a wrong vote costs more, or less.

>>> from dataclasses import replace
>>> evidence = Evidence(
...     items=800, agreement=Measure(0.46, 800, 0.42, 0.5, 0.95), ceiling=Measure(0.44, 500, 0.4, 0.48, 0.95),
...     guessing=Measure(0.0001, 800), first_share=Measure(0.52, 700, 0.48, 0.56, 0.95), models=6,
... )
>>> assessment = assess(evidence)
>>> assessment.trust, [reason.rule for reason in assessment.reasons]
('trusted', ['items', 'guessing', 'agreement', 'copying', 'position', 'ranking'])
>>> assess(replace(evidence, items=40)).trust
'calibrate'
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Literal

from scipy.special import ndtri

from app.stats.agreement.measure import Measure
from app.stats.settings import UnusableValue, require_number

Trust = Literal["do_not_automate", "calibrate", "trusted"]
LEVELS: tuple[Trust, ...] = ("do_not_automate", "calibrate", "trusted")


UnusableThreshold = UnusableValue


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When a rule speaks. Shares and p from 0 to 1; raises UnusableThreshold for anything else.

    `least_items`: items with a label from both sides, below which a judge is not calibrated; a cell of one
    dimension and language needs as many. `guessing`: the p at which agreement may be luck. `near_ceiling`,
    `far_from_ceiling`: the share of people's own agreement that the judge's lower limit must reach to be trusted,
    and that its upper limit must reach at all. `copying`: standard errors above people's own agreement.
    `position_lean`, `position_bias`: distance from one half of the share for the first side, surely passed, from
    which a judge needs calibration, or is refused. `flips`, `flips_refused`: the same for items whose verdict
    changes with the order. `near_ranking`: the share of people's own rank correlation that the judge's must
    reach, asked only where at least `least_models` models are ranked.
    """

    least_items: int = 100
    guessing: float = 0.05
    near_ceiling: float = 0.8
    far_from_ceiling: float = 0.5
    copying: float = 2.0
    position_lean: float = 0.1
    position_bias: float = 0.25
    flips: float = 0.25
    flips_refused: float = 0.5
    near_ranking: float = 0.8
    least_models: int = 8

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            whole = field.name.startswith("least_")
            high = 1_000_000 if whole else 10 if field.name == "copying" else 1
            require_number(field.name, value, 0, high, whole)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a judge against people; None, or a measure without a value, where it is not.

    `agreement` and `ceiling` are one chance-corrected coefficient with limits: Cohen's κ over `pairs_between` the
    judge and people, and over `pairs_within` people on the same items. `items` have labels from both sides.
    `guessing` is the p of `guessing_p`. `first_share` and `flip_rate` have limits. `ranking` is a rank correlation
    of the judge's board with people's, `ranking_ceiling` that of people with people, `models` how many they rank.
    """

    items: int
    agreement: Measure
    ceiling: Measure | None = None
    guessing: Measure | None = None
    first_share: Measure | None = None
    flip_rate: Measure | None = None
    ranking: Measure | None = None
    ranking_ceiling: Measure | None = None
    models: int = 0


@dataclass(frozen=True, slots=True)
class Reason:
    """`rule` allows `allows` at most, since `figure` stands so to `threshold`; `sentence` says it to a reader."""

    rule: str
    allows: Trust
    figure: float | None
    threshold: float | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """The lowest level that a reason allows, and the reasons, in the order of the rules."""

    trust: Trust
    reasons: tuple[Reason, ...]


def assess(evidence: Evidence, thresholds: Thresholds | None = None) -> Assessment:
    """Apply every rule. Too few items never refuse a judge for its agreement, and never trust it."""
    limits = thresholds or Thresholds()
    reasons = tuple(_reasons(evidence, limits))
    return Assessment(min((reason.allows for reason in reasons), key=LEVELS.index), reasons)


def _reasons(known: Evidence, limits: Thresholds) -> Iterator[Reason]:
    enough = known.items >= limits.least_items
    yield _items(known.items, limits.least_items, enough)
    if enough:
        yield _guessing(known.guessing, limits)
        yield from _agreement(known, limits)
    yield from _position(known, limits)
    yield _ranking(known, limits)


def _items(items: int, least: int, enough: bool) -> Reason:
    if enough:
        sentence = f"{items:,} items have labels from people and from the judge."
        return Reason("items", "trusted", items, least, sentence)
    sentence = (
        f"Not calibrated: {items:,} items have labels from people and from the judge, {least:,} are needed."
    )
    return Reason("items", "calibrate", items, least, sentence)


def _guessing(p: Measure | None, limits: Thresholds) -> Reason:
    if p is None or p.value is None:
        return _unknown("guessing", limits.guessing, "whether the judge does better than guessing", p)
    if p.value >= limits.guessing:
        sentence = f"It may be guessing: dealt at random, its labels agree as much with p = {p.value:.2g}."
        return Reason("guessing", "do_not_automate", p.value, limits.guessing, sentence)
    sentence = f"It is not guessing: dealt at random, its labels agree as much with p = {p.value:.2g}."
    return Reason("guessing", "trusted", p.value, limits.guessing, sentence)


def _agreement(known: Evidence, limits: Thresholds) -> Iterator[Reason]:
    judge, people = known.agreement, known.ceiling
    if judge.lower is None or judge.upper is None:
        yield _unknown("agreement", None, "how far the judge agrees with people, with limits", judge)
        return
    if people is None or people.value is None:
        yield _unknown("agreement", None, "how far people agree with each other", people)
        return
    if people.value <= 0:
        sentence = "People agree with each other no more than by chance, so there is nothing to agree with."
        yield Reason("agreement", "calibrate", people.value, 0, sentence)
        return
    yield _against_ceiling(judge.lower, judge.upper, people.value, limits)
    yield from _copying(judge, people, limits)


def _against_ceiling(lower: float, upper: float, people: float, limits: Thresholds) -> Reason:
    far, near = limits.far_from_ceiling * people, limits.near_ceiling * people
    spoken = (
        f"agreement beyond chance between {lower:.2f} and {upper:.2f}, people among themselves {people:.2f}"
    )
    if upper < far:
        sentence = f"Far from people: {spoken}; its upper limit is below {far:.2f}."
        return Reason("agreement", "do_not_automate", upper, far, sentence)
    if lower < near:
        sentence = f"Not surely near people: {spoken}; its lower limit is below {near:.2f}."
        return Reason("agreement", "calibrate", lower, near, sentence)
    return Reason("agreement", "trusted", lower, near, f"As near as people: {spoken}.")


def _copying(judge: Measure, people: Measure, limits: Thresholds) -> Iterator[Reason]:
    errors = [_standard_error(measure) for measure in (judge, people)]
    if judge.value is None or people.value is None or errors[0] is None or errors[1] is None:
        return
    most = people.value + limits.copying * (errors[0] ** 2 + errors[1] ** 2) ** 0.5
    if judge.value > most:
        sentence = f"Suspicious, copying? Agreement {judge.value:.2f} is surely above people's own {people.value:.2f}."
        yield Reason("copying", "calibrate", judge.value, most, sentence)
    else:
        sentence = f"Agreement {judge.value:.2f} is not surely above people's own {people.value:.2f}."
        yield Reason("copying", "trusted", judge.value, most, sentence)


def _position(known: Evidence, limits: Thresholds) -> Iterator[Reason]:
    share, flips = known.first_share, known.flip_rate
    if share is not None and share.value is not None and share.lower is not None and share.upper is not None:
        lean = max(0.0, share.lower - 0.5, 0.5 - share.upper)
        steps = limits.position_lean, limits.position_bias
        yield _stepped(
            "position", lean, steps, f"{share.value:.0%} of its decided verdicts are for the first side"
        )
    if flips is not None and flips.value is not None and flips.lower is not None:
        steps = limits.flips, limits.flips_refused
        yield _stepped(
            "flips", flips.lower, steps, f"{flips.value:.0%} of its verdicts change with the order"
        )
    if all(measure is None or measure.lower is None for measure in (share, flips)):
        yield _unknown(
            "position", None, "whether the side an answer stands on moves the judge", share or flips
        )


def _stepped(rule: str, surely: float, steps: tuple[float, float], spoken: str) -> Reason:
    """A liking for a place of at least `surely`, against the threshold for calibration and the one for refusal."""
    lean, refused = steps
    if surely > refused:
        told = f"Position bias: {spoken}, surely beyond {refused:.2f}."
        return Reason(rule, "do_not_automate", surely, refused, told)
    if surely > lean:
        return Reason(rule, "calibrate", surely, lean, f"Position bias: {spoken}, surely beyond {lean:.2f}.")
    return Reason(rule, "trusted", surely, lean, f"{spoken}: not surely beyond {lean:.2f}.")


def _ranking(known: Evidence, limits: Thresholds) -> Reason:
    if known.models < limits.least_models:
        sentence = (
            f"{known.models} models prove little about its ranking; from {limits.least_models} on it counts."
        )
        return Reason("ranking", "trusted", known.models, limits.least_models, sentence)
    if known.ranking is None or known.ranking.value is None:
        return _unknown("ranking", None, "how the judge ranks the models", known.ranking)
    people = known.ranking_ceiling
    best = 1.0 if people is None or people.value is None else people.value
    least = limits.near_ranking * best
    spoken = f"Its ranking of {known.models} models correlates {known.ranking.value:.2f} with people's"
    if known.ranking.value < least:
        return Reason("ranking", "calibrate", known.ranking.value, least, f"{spoken}, below {least:.2f}.")
    return Reason("ranking", "trusted", known.ranking.value, least, f"{spoken}, at least {least:.2f}.")


def _unknown(rule: str, threshold: float | None, what: str, measure: Measure | None) -> Reason:
    why = f": {measure.undefined}" if measure is not None and measure.undefined else ""
    return Reason(rule, "calibrate", None, threshold, f"Not known {what}{why}.")


def _standard_error(measure: Measure) -> float | None:
    """Half the width of its limits, in normal quantiles."""
    if measure.lower is None or measure.upper is None or measure.level is None:
        return None
    return (measure.upper - measure.lower) / (2 * float(ndtri((1 + measure.level) / 2)))
