"""Choosing a judge: each candidate against people on the items that all of them judged, by a stated rule (EvalGen).

Of a pair that people decided, the winner is a good answer and the loser a bad one, and a judge fails the answer that it
says lost. What people and judges said under an earlier version of the dimension answered another question; it is
counted and left out, unless asked for.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

import numpy as np
from sqlalchemy.orm import Session

from app.db.tables import Arena, Dimension
from app.domain import dimensions, expenses, matches, minimum, opinions, predictions, tendencies
from app.domain.arenas import OVERALL
from app.domain.candidates import Sample, Tried, named, sample_of, tried_of
from app.domain.errors import Invalid
from app.domain.expenses import NEVER_RUN, Expense
from app.domain.matches import Json, Match
from app.domain.opinions import LABELS, SILENT, TIE, Opinions, Sought
from app.stats.agreement import Interval, measure
from app.stats.agreement.bootstrap import share
from app.stats.agreement.checks import of_pairs
from app.stats.agreement.choosing import By, Candidate, Choice, Rule
from app.stats.agreement.choosing import choose as apply_rule
from app.stats.agreement.raters import plurality
from app.stats.tally import Floats, Ints

SCHEMA_VERSION = "1.0"
CHECKS = ("failure_coverage", "false_failure_rate", "check_alignment", "mcc")
LABELLED = ("agreement", "agreement_no_ties", "cohen_kappa")
NOTHING = "no item has a label from people and was shown to every judge"
NAMES = {"alignment": "alignment", "mcc": "correlation with people (MCC)"}


@dataclass(frozen=True, slots=True)
class Question:
    """`judges`: names, each version of one being a candidate, or `<name>@<version>`; none for all that judged enough.

    `earlier` counts the votes under earlier versions of the dimension too. `holdout` is the share of the prompts on
    which the pick is looked at and not made, drawn by `seed`. Limits resample prompts.
    """

    dimension: str = OVERALL
    judges: tuple[str, ...] = ()
    rule: Rule = field(default_factory=Rule)
    category: str | None = None
    language: str | None = None
    turn: int | None = None
    earlier: bool = False
    holdout: float = 0.0
    seed: int = 0
    level: float = 0.95
    draws: int = 1000

    @property
    def interval(self) -> Interval:
        return Interval(self.level, self.draws, self.seed)


def choose(session: Session, arena: Arena, question: Question) -> Json:
    """Each candidate's figures and the pick, or why there is none. Raises Invalid, DimensionNotFound, JudgeNotFound."""
    if not 0 <= question.holdout < 1:
        raise Invalid(f"holdout {question.holdout:g}: expected a share from 0 to below 1")
    dimension = dimensions.find(session, arena, question.dimension)
    sought = Sought(("human", "judge"), question.category, question.language, question.turn, silent=True)
    everything = opinions.read(session, arena, dimension, sought)
    now = everything if question.earlier else everything.where(everything.version == dimension.version)
    people = now.by([rater.kind == "human" for rater in now.raters])
    label = plurality(people.ratings(), otherwise=TIE)
    tried, left_out = _candidates(now, label, question)
    sample = sample_of(everything, label, tried)
    held, kept = _split(sample, question)
    costs = expenses.by_judge(session, arena)
    choice = _choice(tried, kept, costs, question)
    places = {name: place for place, name in enumerate(choice.ranked)}
    tried.sort(key=lambda each: places.get(each.name, len(places)))
    found = {
        "candidates": [
            _candidate(
                each,
                people,
                kept,
                choice,
                costs,
                question,
                predictions.predicted(session, arena, dimension, each.said),
                minimum.versions(session, arena, dimension, each.said),
            )
            for each in tried
        ],
        "pick": _pick(choice, tried, kept, question),
        "holdout": _held(choice, tried, held, question),
    }
    return {
        "schema_version": SCHEMA_VERSION,
        "arena": arena.slug,
        "dimension": dimension.slug,
        "dimension_version": dimension.version,
        "filters": {name: getattr(question, name) for name in ("category", "language", "turn")},
        "sample": _counted(label, sample, kept),
        "earlier": _earlier(everything, dimension, question),
        "rule": _rule(question.rule),
        "left_out": left_out,
        **matches.plain(found),
    }


def text_of(found: Json) -> str:
    """What was found as it is served and printed."""
    return json.dumps(found, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def read_rule(by: By, most_false_failures: float | None, least_verdicts: float, least_items: int) -> Rule:
    """The rule with these limits. Raises Invalid."""
    try:
        return Rule(by, most_false_failures, least_verdicts, least_items)
    except ValueError as unusable:
        raise Invalid(f"rule: {unusable}") from unusable


def _candidates(votes: Opinions, label: Ints, question: Question) -> tuple[list[Tried], list[Json]]:
    """The judges that were asked about enough of what people decided, and the others with how much that is."""
    kept, left = [], []
    for rater in named(votes.raters, question.judges):
        tried = tried_of(rater, votes.by([each == rater for each in votes.raters]))
        items = int((tried.asked & (label >= 0) & (label < TIE)).sum())
        if items >= question.rule.least_items:
            kept.append(tried)
        else:
            left.append({"judge": tried.name, "items": items})
    return kept, left


def _split(sample: Sample, question: Question) -> tuple[Sample, Sample]:
    """The prompts held out, drawn at random, and the others."""
    order = np.random.default_rng(question.seed).permutation(sample.clusters)
    held = np.isin(sample.cluster, order[: round(question.holdout * sample.clusters)])
    return sample.where(held), sample.where(~held)


def _choice(tried: Sequence[Tried], kept: Sample, costs: Mapping[str, Expense], question: Question) -> Choice:
    if kept.decided.sum() < question.rule.least_items:
        return Choice((), {}, None)
    candidates = [
        Candidate(
            each.name,
            _checks(each, kept),
            float((each.label[kept.items] >= 0).mean()),
            costs.get(each.name, NEVER_RUN).at_most,
        )
        for each in tried
    ]
    return apply_rule(candidates, question.rule, question.interval)


def _checks(tried: Tried, sample: Sample) -> Floats:
    """(C, 2, 2) answers, people's good then bad by the judge's pass then fail."""
    label = tried.label[sample.items]
    return sample.summed(of_pairs(sample.people[sample.decided], label[sample.decided]), sample.decided)


def _figures(tried: Tried, sample: Sample, interval: Interval) -> Json:
    label = tried.label[sample.items]
    said = label >= 0
    hot = np.eye(LABELS)
    tables = hot[sample.people[said], :, None] * hot[label[said], None, :]
    checks, labels = _checks(tried, sample), sample.summed(tables, said)
    verdicts = sample.summed(np.column_stack([said, np.ones(len(said))]), np.ones(len(said), dtype=bool))
    return {
        **{name: measure(name, checks, interval) for name in CHECKS},
        **{name: measure(name, labels, interval) for name in LABELLED},
        "verdicts": share(lambda c: c[..., 0], lambda c: c[..., 1], verdicts, 1, interval, NOTHING),
    }


def _candidate(
    tried: Tried,
    people: Opinions,
    sample: Sample,
    choice: Choice,
    costs: Mapping[str, Expense],
    question: Question,
    predicted: Ints,
    how: list[Json],
) -> Json:
    here = np.isin(np.arange(len(people.items)), sample.items)
    said, against = tried.said.on(here), people.on(here)
    position = tendencies.position(said, against, question.interval)
    match = Match.of(against, said)
    certain = tendencies.calibration(said, match, question.interval, predicted[here[tried.said.item]])
    figures = _figures(tried, sample, question.interval)
    ceiling = {name: measure(name, match.people(), question.interval) for name in LABELLED}
    return {
        "judge": tried.name,
        "asked": len(np.unique(people.item[tried.asked[people.item]])),
        "rank": choice.ranked.index(tried.name) + 1 if tried.name in choice.ranked else None,
        "why_not": choice.refused.get(tried.name),
        **figures,
        "ceiling": ceiling,
        **{name: position[name] for name in ("first_share", "flip_rate")},
        "certainty": certain["coverage"],
        "cost": asdict(costs.get(tried.name, NEVER_RUN)),
        "asked_as": how[0] if how else None,
        "shortcomings": minimum.shortcomings(said, how, figures["cohen_kappa"], ceiling["cohen_kappa"]),
    }


def _pick(choice: Choice, tried: Sequence[Tried], sample: Sample, question: Question) -> Json:
    return {
        "judge": choice.picked,
        "next": choice.ranked[1] if len(choice.ranked) > 1 else None,
        "difference": choice.difference,
        "told_apart": choice.told_apart,
        "because": _because(choice, tried, int(sample.decided.sum()), question.rule),
    }


def _because(choice: Choice, tried: Sequence[Tried], decided: int, rule: Rule) -> str:
    if not tried:
        return f"No judge was asked about {rule.least_items} items that people decided."
    if decided < rule.least_items:
        return f"Too few items: people decided {decided} that all judges were shown; {rule.least_items} are needed."
    if choice.picked is None:
        return f"No judge qualifies: {'; '.join(f'{name}: {why}' for name, why in choice.refused.items())}."
    first = f"{choice.picked} has the highest {NAMES[rule.by]} of those that qualify."
    if choice.difference is None:
        return f"{choice.picked} alone qualifies."
    found = choice.difference
    if found.lower is None or found.upper is None:
        return f"{first} Whether it is better than {choice.ranked[1]} cannot be told."
    limits = f"{found.value:+.3f} ({found.lower:+.3f} to {found.upper:+.3f})"
    if choice.told_apart:
        return f"{first} It is better than {choice.ranked[1]}: {limits}."
    return f"{first} It is not told apart from {choice.ranked[1]}: {limits}."


def _held(choice: Choice, tried: Sequence[Tried], held: Sample, question: Question) -> Json | None:
    """The pick on prompts that had no part in picking it, where it has not been lucky yet."""
    if not question.holdout:
        return None
    picked = next((each for each in tried if each.name == choice.picked), None)
    return {
        "share": question.holdout,
        "seed": question.seed,
        "items": len(held.items),
        "decided": int(held.decided.sum()),
        "judge": choice.picked,
        "figures": None if picked is None else _figures(picked, held, question.interval),
    }


def _rule(rule: Rule) -> Json:
    few = f"at most {rule.limit:g} false failures, " if rule.limit < 1 else ""
    allowed = f"{few}more of the bad caught than of the good, and a verdict on {rule.least_verdicts:.0%} of the items"
    return {
        "by": rule.by,
        "most_false_failures": rule.limit,
        "least_verdicts": rule.least_verdicts,
        "least_items": rule.least_items,
        "sentence": f"The highest {NAMES[rule.by]} among judges with {allowed}; of equal ones that with fewer false "
        "failures, then the cheaper.",
    }


def _counted(label: Ints, sample: Sample, kept: Sample) -> Json:
    return {
        "labelled": int((label >= 0).sum()),
        "decided": int(((label >= 0) & (label < TIE)).sum()),
        "shared": len(sample.items),
        "shared_decided": int(sample.decided.sum()),
        "compared": int(kept.decided.sum()),
        "prompts": len(set(kept.cluster.tolist())),
    }


def _earlier(votes: Opinions, dimension: Dimension, question: Question) -> list[Json]:
    """How many votes of either side each earlier version has, and whether they count here."""
    said = (votes.version != dimension.version) & (votes.verdict != SILENT)
    kinds = np.array([rater.kind for rater in votes.raters], dtype=object)[votes.rater]
    counts = Counter(zip(votes.version[said].tolist(), kinds[said].tolist(), strict=True))
    return [
        {
            "dimension_version": version,
            "people": counts[version, "human"],
            "judges": counts[version, "judge"],
            "counted": question.earlier,
        }
        for version in sorted({version for version, _ in counts})
    ]
