"""May a judge sit in for a person? Tests on the items that it and people judged."""

import numpy as np

from app.domain.matches import Json, Match
from app.domain.opinions import LABELS, TIE, Opinions
from app.stats.agreement import Interval, measure
from app.stats.agreement.annotations import Annotations
from app.stats.agreement.consensus import dawid_skene
from app.stats.agreement.fitness import add_one, alternative_test, replace_one
from app.stats.agreement.guessing import guessing_by_label
from app.stats.agreement.labels import crossed
from app.stats.tally import Ints

MOST_SEATS = 50  # people with most labels, each of whom the judge replaces in turn
MOST_ITEMS = 5_000  # for what goes through every item many times
FEWEST = 10  # items of a person who is replaced
EPSILONS = {"crowd": 0.1, "skilled": 0.15, "experts": 0.2}
DRAWN = (1, 2, 3)
IN_ORDER = np.array([0, 2, 1])  # first model, tie, second model, as grades
NAMES = ("first", "second", "tie")


def fitness(reference: Opinions, match: Match, interval: Interval) -> Json:
    """Replace one, add one, the alternative annotator test, guessing by label, and the judge against a consensus that
    weighs people by how well they agree (Dawid and Skene).
    """
    people = _annotations(reference, match)
    label = match.label[: people.size[0]]
    busiest = np.sort(np.bincount(people.rater, minlength=people.size[1]))[::-1]
    least = max(FEWEST, int(busiest[:MOST_SEATS][-1]) if len(busiest) else 0)
    replaced = replace_one(people, label, least_items=least)
    consensus = dawid_skene(people)
    told = np.where(consensus.label >= 0, consensus.label, -1)
    table = crossed(told, label, LABELS)
    return {
        "replace_one": {"change": replaced.change, "seats": len(replaced.seats)},
        "add_one": [_added(people, label, drawn, interval) for drawn in DRAWN],
        "alternative_test": [_alternative(people, label, name) for name in EPSILONS],
        "guessing": [
            {"label": name, "p": p}
            for name, p in zip(NAMES, guessing_by_label(match.pluralities()), strict=True)
        ],
        "consensus": {name: measure(name, table, interval) for name in ("agreement", "cohen_kappa")},
    }


def spread(match: Match, interval: Interval) -> Json:
    """Does the judge wipe out what a minority of people say?"""
    three = np.column_stack([match.votes[:, :TIE], match.votes[:, TIE:].sum(axis=1)])
    sides = np.stack([three, np.eye(LABELS, dtype=np.int64)[match.label]], axis=1)
    names = ("minority_erasure", "entropy_gap")
    return {name: measure(name, sides, interval) for name in names}


def _annotations(reference: Opinions, match: Match) -> Annotations:
    """People's latest labels on the first of the matched items."""
    items = match.items[:MOST_ITEMS]
    place = np.full(len(reference.items), -1)
    place[items] = np.arange(len(items))
    kept = place[reference.item] >= 0
    known, rater = np.unique(reference.rater[kept], return_inverse=True)
    size = (len(items), len(known), LABELS)
    return Annotations.latest(place[reference.item[kept]], rater, reference.labels[kept], size)


def _added(people: Annotations, label: Ints, drawn: int, interval: Interval) -> Json:
    grades = Annotations(people.item, people.rater, IN_ORDER[people.label], people.size)
    found = add_one(grades, IN_ORDER[label], drawn, Interval(interval.level, 100, interval.seed))
    return {"people": drawn, "without": found.without, "with_judge": found.with_judge, "gain": found.gain}


def _alternative(people: Annotations, label: Ints, name: str) -> Json:
    found = alternative_test(people, label, EPSILONS[name])
    return {
        "people": name,
        "epsilon": EPSILONS[name],
        "winning_rate": found.winning_rate,
        "advantage": found.advantage,
        "passes": found.passes,
    }
