"""May a judge sit in for a person, alone or on a panel of judges? Tests on the items that it and people judged."""

from collections.abc import Mapping

import numpy as np

from app.domain.matches import Json, Match
from app.domain.opinions import LABELS, TIE, Opinions
from app.stats.agreement import Interval, Measure, measure
from app.stats.agreement.annotations import Annotations
from app.stats.agreement.consensus import dawid_skene
from app.stats.agreement.fitness import add_one, alternative_test, replace_one
from app.stats.agreement.guessing import guessing_by_label
from app.stats.agreement.labels import crossed
from app.stats.agreement.panels import agreement_weights, error_correlations, majority, mean_label
from app.stats.agreement.rivals import compare
from app.stats.tally import Floats, Ints

MOST_SEATS = 50  # people with most labels, each of whom the judge replaces in turn
MOST_ITEMS = 5_000  # for what goes through every item many times
FEWEST = 10  # items of a person who is replaced
EPSILONS = {"crowd": 0.1, "skilled": 0.15, "experts": 0.2}
DRAWN = (1, 2, 3)
IN_ORDER = np.array([0, 2, 1])  # first model, tie, second model, as grades
NAMES = ("first", "second", "tie")
ONE_JUDGE = "fewer than two judges judged items that people judged"


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


def panel(judges: Mapping[str, Opinions], match: Match, asked: str, interval: Interval) -> Json:
    """All judges of the dimension as one, on the items of `match` that at least two of them judged: how well the panel
    agrees with people's plurality, whether its members err alike, and each against the judge asked for.
    """
    names = sorted(judges)
    labels = np.stack([judges[name].opinion()[match.items] for name in names], axis=1) if names else None
    if labels is None or len(names) < 2 or not (several := (labels >= 0).sum(axis=1) > 1).any():
        return {"undefined": ONE_JUDGE, "judges": names, "items": 0, "rules": [], "pairs": [], "rivals": []}
    labels, part = labels[several], match.where(several)
    people = part.reference
    rules = {
        "majority": majority(labels, LABELS, otherwise=TIE),
        "mean": mean_label(labels),
        "weighted": _weighted(labels, people, part.cluster),
    }
    alike = error_correlations(labels, people, interval)
    return {
        "undefined": None,
        "judges": names,
        "items": len(part),
        "rules": [
            {"rule": rule, **_agreement(people, label, part, interval)} for rule, label in rules.items()
        ],
        "members": [
            {"judge": name, **_agreement(people, labels[:, at], part, interval)}
            for at, name in enumerate(names)
        ],
        "pairs": [
            {"judges": [names[each.first], names[each.second]], "error_correlation": each.correlation}
            for each in alike
        ],
        "rivals": _rivals(names, labels, part, asked, interval),
    }


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


def _weighted(labels: Ints, people: Ints, cluster: Ints) -> Ints:
    """Weights from every other prompt, so that no label is weighed by itself."""
    panel = np.full(len(labels), -1, dtype=np.int64)
    for half in (0, 1):
        here = cluster % 2 == half
        weights = agreement_weights(labels[~here], people[~here], LABELS)
        panel[here] = majority(labels[here], LABELS, TIE, weights)
    return panel


def _agreement(people: Ints, label: Ints, part: Match, interval: Interval) -> Json:
    said = label >= 0
    tables = np.zeros((part.clusters, LABELS, LABELS))
    np.add.at(tables, (part.cluster[said], people[said], label[said]), 1.0)
    return {name: measure(name, tables, interval) for name in ("agreement", "cohen_kappa")}


def _rivals(names: list[str], labels: Ints, part: Match, asked: str, interval: Interval) -> list[Json]:
    """The share of people with whom each other judge agrees, less that of the judge asked for."""
    shares = part.votes[:, :TIE], part.votes[:, TIE:].sum(axis=1)
    votes = np.column_stack(shares) / part.votes.sum(axis=1, keepdims=True)
    scores = [_scores(votes, labels[:, at]) for at in range(len(names))]
    own = scores[names.index(asked)]
    drawn = Interval(interval.level, 10_000, interval.seed)
    found: list[Json] = []
    for name, score in zip(names, scores, strict=True):
        if name != asked:
            compared = compare(score, own, part.cluster, drawn)
            difference: Measure = compared.difference
            found.append({"judge": name, "difference": difference, "p": compared.p_permutation})
    return found


def _scores(votes: Floats, label: Ints) -> Floats:
    picked = votes[np.arange(len(label)), np.maximum(label, 0)]
    return np.where(label >= 0, picked, np.nan)
