"""Figures of models from a judge's readings: sums over readings divided by counts over readings.

`readings` says what one reading is. Limits resample prompts, the same ones for every figure and every judge.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from sqlalchemy.orm import Session

from app.db.tables import Dimension, Judge, Model
from app.domain import readings
from app.domain.judges import find, games
from app.domain.judges.protocol import Amounts, Figure
from app.domain.matches import MOST_CLUSTERS, Json
from app.domain.readings import Answered, AnswerRead, BattleRead
from app.stats import length_controlled
from app.stats.agreement import Interval, Measure
from app.stats.agreement.bootstrap import multiplicities
from app.stats.scores import Estimate, estimate, mixed
from app.stats.tally import Floats, Ints

INTERVAL = Interval()
NO_BASELINE = "it is against a baseline; name one"
IS_BASELINE = "it is the baseline"
LENGTH_CONTROLLED = Figure(
    "length_controlled_win_rate",
    "AlpacaEval's win rate over the baseline, as if all answers were as long as its own",
    "no battle with the baseline was read whose answers are here, or all leads in length are the same",
    "percent",
    against_baseline=True,
)

Instruction = tuple[int, int | None]  # a prompt, and its turn


@dataclass(frozen=True, slots=True)
class Who:
    """A judge whose votes are here: registered, or known from an import alone."""

    name: str
    version: str
    rater_id: int
    judge: Judge | None

    def __str__(self) -> str:
        return f"{self.name}@{self.version}" if self.version else self.name


@dataclass(frozen=True, slots=True)
class Asked:
    """Which readings: on a dimension, in a category, of battles with the baseline alone where there is one. `margin` is
    WildBench's K.
    """

    dimension: Dimension
    category: str | None = None
    baseline: int | None = None
    margin: int | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """A figure, and what it is counted over."""

    figure: Figure
    of: Literal["answers", "battles"]


@dataclass(frozen=True, slots=True)
class Reading:
    """One answer or one battle of a model; the last three are of battles whose lengths are known."""

    prompt: int
    category: str
    amounts: Amounts
    failure: str = ""
    one_order: bool = False
    instruction: Instruction = (0, None)
    preferred: float = 0.5
    longer: int | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """What one judge said, by model. `itself` holds the baseline against itself, an even battle on each instruction;
    `difficulty` is by instruction, empty where there are too few models for it.
    """

    answers: Mapping[int, Sequence[Reading]]
    battles: Mapping[int, Sequence[Reading]]
    itself: Sequence[Reading] = ()
    difficulty: Mapping[Instruction, float] | None = None

    def of(self, model: int, category: str | None) -> "Said":
        answers, battles, itself = (
            [each for each in part if category in (None, each.category)]
            for part in (self.answers.get(model, ()), self.battles.get(model, ()), self.itself)
        )
        return replace(self, answers={model: answers}, battles={model: battles}, itself=itself)


def of(who: Who) -> tuple[Told, ...]:
    """What is told of this judge: its protocol's own figures, those of every battle, the length-controlled win rate."""
    protocol = None if who.judge is None else find(who.judge.protocol)
    own_answers = protocol.of_answers.figures if protocol and protocol.of_answers else ()
    own_battles = protocol.of_battles.figures if protocol and protocol.of_battles else ()
    battles = (*own_battles, *games.FIGURES, LENGTH_CONTROLLED)
    return (*(Told(each, "answers") for each in own_answers), *(Told(each, "battles") for each in battles))


def said(session: Session, who: Who, known: Mapping[int, Model], asked: Asked) -> Said:
    """What the judge said of the known models."""
    answers: dict[int, list[Reading]] = defaultdict(list)
    if who.judge is not None:
        for each in readings.of_answers(session, who.judge, asked.dimension, asked.category):
            if each.model in known:
                answers[each.model].append(_of_answer(each))
    found = [
        each
        for each in readings.of_battles(session, who.rater_id, who.judge, asked.dimension, asked.category)
        if set(each.models) <= known.keys() and asked.baseline in (None, *each.models)
    ]
    lengths = _lengths(session, found, asked)
    battles: dict[int, list[Reading]] = defaultdict(list)
    for battle in found:
        for side, model in zip("ab", battle.models, strict=True):
            if model != asked.baseline:
                battles[model].append(_of_battle(who, battle, side, lengths, asked.margin))
    if asked.baseline is None:
        return Said(answers, battles)
    asked_of = {each.instruction: each for part in battles.values() for each in part if not each.failure}
    itself = [replace(each, preferred=0.5, longer=0) for each in asked_of.values()]
    return Said(answers, battles, itself, _difficulty(battles))


def rows(
    heard: Sequence[Said],
    shares: Sequence[float],
    known: Mapping[int, Model],
    told: Sequence[Told],
    asked: Asked,
    by_category: bool,
) -> Iterator[Json]:
    """A row a model, and one for each of its categories where that is asked, of these judges mixed by `shares`."""
    resamples = _resamples(heard)
    seen = {model for one in heard for part in (one.answers, one.battles) for model in part}
    if asked.baseline is not None:
        seen.add(asked.baseline)
    for model in sorted(seen, key=lambda key: known[key].slug):
        mine = [one.of(model, None) for one in heard]
        every = {each.category for one in mine for part in (one.answers, one.battles) for each in part[model]}
        for category in (None, *sorted(every if by_category else ())):
            here = [one.of(model, category) for one in mine]
            yield {
                "model": known[model].slug,
                "name": known[model].name,
                "category": category,
                **_counts(model, here),
                "figures": {
                    each.figure.name: _measure(each, model, here, shares, asked, resamples) for each in told
                },
            }


def _of_answer(read: AnswerRead) -> Reading:
    if isinstance(read.said, str):
        return Reading(read.prompt, read.category, {}, read.said)
    return Reading(read.prompt, read.category, read.said)


def _of_battle(
    who: Who, battle: BattleRead, side: str, lengths: Mapping[Answered, int], margin: int | None
) -> Reading:
    own, other = (
        None if each is None else lengths.get((each, battle.turn))
        for each in (battle.answers if side == "a" else battle.answers[::-1])
    )
    both = None if own is None or other is None else (own, other)
    seen = battle.games(side, both, margin)
    verdict = games.verdict(seen)
    if verdict is None:
        return Reading(battle.prompt, battle.category, {}, battle.failure)
    extra = None if who.judge is None else find(who.judge.protocol).of_battles
    return Reading(
        battle.prompt,
        battle.category,
        {**games.amounts(verdict), **(extra.amounts(seen) if extra else {})},
        one_order=len(battle.said) == 1,
        instruction=(battle.prompt, battle.turn),
        preferred=games.preference(verdict),
        longer=None if both is None else both[0] - both[1],
    )


def _lengths(session: Session, battles: Sequence[BattleRead], asked: Asked) -> Mapping[Answered, int]:
    if asked.baseline is None and asked.margin is None:
        return {}
    wanted = {(answer, each.turn) for each in battles for answer in each.answers if answer is not None}
    return readings.lengths(session, wanted)


def _difficulty(battles: Mapping[int, Sequence[Reading]]) -> dict[Instruction, float]:
    """Of each instruction, from all models together; nothing where they are too few."""
    columns = [
        (at, each, feature)
        for at, part in enumerate(battles.values())
        for each, feature in zip(*_featured(part), strict=True)
    ]
    if len({at for at, *_ in columns}) < length_controlled.LEAST_MODELS:
        return {}
    places: dict[Instruction, int] = {}
    number = [places.setdefault(each.instruction, len(places)) for _, each, _ in columns]
    found = length_controlled.difficulties(
        np.array([at for at, *_ in columns]),
        np.array(number),
        np.array([each.preferred for _, each, _ in columns]),
        np.array([feature for *_, feature in columns]),
    )
    return {instruction: float(found[at]) for instruction, at in places.items()}


def _featured(read: Sequence[Reading]) -> tuple[list[Reading], Floats]:
    """Those with known lengths, and their length features."""
    kept = [each for each in read if each.longer is not None]
    return kept, length_controlled.length_feature(np.array([each.longer for each in kept], dtype=np.float64))


@dataclass(frozen=True, slots=True)
class _Resamples:
    """The number of each prompt, and how often each is drawn, (draws, C)."""

    number: Mapping[int, int]
    times: Ints

    def prompts(self, read: Sequence[Reading]) -> Ints:
        return np.array([self.number[each.prompt] for each in read], dtype=np.int64)


def _resamples(heard: Sequence[Said]) -> _Resamples:
    parts = [part for one in heard for part in (*one.answers.values(), *one.battles.values())]
    prompts = sorted({each.prompt for part in parts for each in part})
    clusters = max(1, min(len(prompts), MOST_CLUSTERS))
    number = {prompt: at % clusters for at, prompt in enumerate(prompts)}
    return _Resamples(number, multiplicities(clusters, INTERVAL))


def _counts(model: int, heard: Sequence[Said]) -> Json:
    answers = [each for one in heard for each in one.answers[model]]
    battles = [each for one in heard for each in one.battles[model]]
    one_order = sum(each.one_order for each in battles)
    return {"answers": _counted(answers), "battles": {**_counted(battles), "one_order": one_order}}


def _counted(read: Sequence[Reading]) -> Json:
    failures = Counter(each.failure for each in read if each.failure)
    failed = sum(failures.values())
    return {"read": len(read) - failed, "without_reading": failed, "failures": dict(sorted(failures.items()))}


def _measure(
    told: Told,
    model: int,
    heard: Sequence[Said],
    shares: Sequence[float],
    asked: Asked,
    resamples: _Resamples,
) -> Measure:
    figure = told.figure
    if figure.against_baseline and asked.baseline is None:
        return Measure.missing(NO_BASELINE, 0)
    itself = told.of == "battles" and model == asked.baseline
    if itself and figure is not LENGTH_CONTROLLED:
        return Measure.missing(IS_BASELINE, 0)
    if figure is LENGTH_CONTROLLED:
        parts = [one.itself if itself else one.battles[model] for one in heard]
        found = [
            _length_controlled(part, one.difficulty or {}, resamples)
            for part, one in zip(parts, heard, strict=True)
        ]
    else:
        parts = [(one.answers if told.of == "answers" else one.battles)[model] for one in heard]
        found = [_estimate(figure.name, part, resamples) for part in parts]
    return mixed(found, shares).measure(INTERVAL, figure.undefined)


def _estimate(name: str, read: Sequence[Reading], resamples: _Resamples) -> Estimate:
    kept = [each for each in read if name in each.amounts]
    sums, counts = (np.array([each.amounts[name][at] for each in kept], dtype=np.float64) for at in (0, 1))
    return estimate(sums, counts, resamples.prompts(kept), resamples.times)


def _length_controlled(
    read: Sequence[Reading], difficulty: Mapping[Instruction, float], resamples: _Resamples
) -> Estimate:
    kept, feature = _featured(read)
    prompt, leads = resamples.prompts(kept), {each.longer for each in kept}
    if not kept or (len(leads) == 1 and leads != {0}):
        return Estimate(np.nan, np.full(INTERVAL.draws, np.nan), len(kept), 0)
    design = length_controlled.Design(
        np.array([each.preferred for each in kept]),
        feature,
        np.array([difficulty.get(each.instruction, 0.0) for each in kept]),
    )
    once = np.ones((1, resamples.times.shape[1]), dtype=np.int64)
    value, *draws = length_controlled.win_rates(design, prompt, np.concatenate([once, resamples.times]))
    return Estimate(float(value), np.array(draws), len(kept), len(np.unique(prompt)))
