"""A judge against a reference on the items that both have judged: agreement, its ceiling, and where it breaks down.

The reference has any number of votes an item, the judge one opinion. `votes` are pairs of one vote of the reference
with the judge's opinion, so an item with many votes weighs most, as in MT-Bench; `plurality` is one label an item.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.opinions import KINDS, LABELS, TIE, Item, Opinions
from app.stats.agreement import Interval, Measure, measure
from app.stats.agreement.raters import pairs_between, pairs_within, plurality, rated
from app.stats.tally import Floats, Ints

MOST_CLUSTERS = 2_000  # beyond it prompts are resampled in so many groups, whose limits are as good
DIGITS = 6
AGREEMENT = ("agreement", "agreement_no_ties")
COEFFICIENTS = (*AGREEMENT, "cohen_kappa", "cohen_kappa_no_ties", "scott_pi", "gwet_ac1")
NO_CEILING = "a ceiling is people against people; ask for it with against=human"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Match:
    """One entry an item that both sides judged: which one, its cluster, the votes of the reference by kind of
    verdict (n, 5), the judge's opinion of three labels and of five kinds, and the pairs of the reference's votes
    (n, 5, 5), without those of one rater with itself.
    """

    items: Ints
    cluster: Ints
    clusters: int
    votes: Ints
    label: Ints
    kind: Ints
    within: Floats
    turned: NDArray[np.bool_]  # whether the item's second model stood first when the reference first saw it

    def __len__(self) -> int:
        return len(self.items)

    @classmethod
    def of(cls, reference: Opinions, judge: Opinions, as_one: bool = False) -> "Match":
        """The items of both; `as_one` takes the reference for one rater too, with one opinion an item."""
        votes = _one_hot(reference.opinion(KINDS), KINDS) if as_one else reference.ratings_by_kind()
        label = judge.opinion()
        items = np.flatnonzero((votes.sum(axis=1) > 0) & (label >= 0))
        cluster, clusters = clustered([judge.items[each] for each in items])
        turned = np.zeros(len(judge.items), dtype=bool)
        turned[reference.item[::-1]] = reference.swapped[::-1]
        return cls(
            items,
            cluster,
            clusters,
            votes[items],
            label[items],
            judge.opinion(KINDS)[items],
            (pairs_within(votes) - (0 if as_one else _with_themselves(reference)))[items],
            turned[items],
        )

    def where(self, chosen: NDArray[np.bool_]) -> "Match":
        cluster, clusters = _renumbered(self.cluster[chosen])
        return replace(
            self,
            items=self.items[chosen],
            cluster=cluster,
            clusters=clusters,
            votes=self.votes[chosen],
            label=self.label[chosen],
            kind=self.kind[chosen],
            within=self.within[chosen],
            turned=self.turned[chosen],
        )

    @property
    def reference(self) -> Ints:
        """The label that most of the reference gave, a tie where two lead, (n,)."""
        return plurality(_merged(self.votes), otherwise=TIE)

    def pairs(self) -> Floats:
        """(C, 3, 3) pairs of a vote and the judge's opinion, by cluster."""
        return self._summed(pairs_between(_merged(self.votes), _one_hot(self.label, LABELS)))

    def pluralities(self) -> Floats:
        """(C, 3, 3) items by the reference's plurality and the judge's opinion, by cluster."""
        return self._summed(_crossed(self.reference, self.label, LABELS))

    def as_shown(self) -> Floats:
        """The same where the first label is the answer that the reference saw first, whatever its model's name."""
        turn = np.array([1, 0, 2])
        first, second = (np.where(self.turned, turn[side], side) for side in (self.reference, self.label))
        return self._summed(_crossed(first, second, LABELS))

    def kinds(self) -> Floats:
        """(C, 5, 5) as `pluralities`, with the three kinds of tie apart."""
        return self._summed(_crossed(plurality(self.votes, otherwise=TIE), self.kind, KINDS))

    def people(self) -> Floats:
        """(C, 3, 3) pairs of votes of different raters of the reference."""
        fold = np.zeros((KINDS, LABELS))
        fold[np.arange(KINDS), np.minimum(np.arange(KINDS), TIE)] = 1
        return self._summed(fold.T @ self.within @ fold)

    def ratings(self) -> Ints:
        """(n, 3) votes of the reference with the judge's opinion as one more."""
        return _merged(self.votes) + _one_hot(self.label, LABELS)

    def _summed(self, tables: Floats) -> Floats:
        sums = np.zeros((self.clusters, *tables.shape[1:]))
        np.add.at(sums, self.cluster, tables)
        return sums


def plain(value: Any) -> Any:
    """The same with each measure as it is served: a number with its limits and n, or the reason why there is none."""
    if isinstance(value, Measure):
        numbers = {name: _rounded(getattr(value, name)) for name in ("value", "lower", "upper")}
        return {**numbers, "level": value.level, "n": value.n, "undefined": value.undefined}
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, list | tuple) else value


def votes(match: Match, interval: Interval) -> Json:
    """Vote by vote: each vote of the reference against the judge's opinion of the same item."""
    alpha = measure("krippendorff_alpha", match.ratings(), _fewer(interval))
    return _section(match.pairs(), interval) | {"krippendorff_alpha": alpha}


def by_plurality(match: Match, interval: Interval) -> Json:
    """Item by item, one label a side."""
    by_kind = {name: measure(name, match.kinds(), interval) for name in ("agreement", "cohen_kappa")}
    return _section(match.pluralities(), interval) | {
        "guessing_p": guessing(match, interval),
        "as_shown": _section(match.as_shown(), interval),
        "by_kind": by_kind,
    }


def guessing(match: Match, interval: Interval) -> Measure:
    """How often a judge that deals its labels at random agrees as much."""
    return measure("guessing_p", match.pluralities().sum(axis=0), interval)


def ceiling(match: Match, interval: Interval) -> Json:
    """The reference against itself on the same items: pairs of different raters."""
    alpha = measure("krippendorff_alpha", _merged(match.votes), _fewer(interval))
    return _section(match.people(), interval) | {"krippendorff_alpha": alpha}


def no_ceiling(why: str) -> Json:
    missing = Measure.missing(why, 0)
    names = (*COEFFICIENTS, "krippendorff_alpha")
    nothing = {"s1": {"agreed": 0, "pairs": 0}, "s2": {"agreed": 0, "pairs": 0}}
    return dict.fromkeys(names, missing) | {"counts": nothing, "confusion": [[0] * LABELS] * LABELS}


def rater_pairs(reference: Opinions, most: int, interval: Interval) -> list[Json]:
    """Each pair of the `most` raters with most votes, by their place in that order, on the items that both judged."""
    counts = np.bincount(reference.rater, minlength=len(reference.raters))
    busy = [int(rater) for rater in np.argsort(-counts, kind="stable")[:most] if counts[rater]]
    busy.sort(key=lambda rater: str(reference.raters[rater]))
    labels = {
        rater: plurality(reference.where(reference.rater == rater).ratings(), otherwise=TIE) for rater in busy
    }
    rows = []
    for at, first in enumerate(busy):
        for to, second in enumerate(busy[at + 1 :], start=at + 1):
            both = (labels[first] >= 0) & (labels[second] >= 0)
            table = _crossed(labels[first][both], labels[second][both], LABELS).sum(axis=0)
            found = {name: measure(name, table, interval) for name in (*AGREEMENT, "cohen_kappa")}
            rows.append({"raters": [at + 1, to + 1], **found})
    return rows


def split(match: Match, values: Iterable[Any], interval: Interval) -> list[Json]:
    """The match by a value of its items, one row a value, in the values' order; None is left out."""
    column = np.array(list(values), dtype=object)
    present = sorted({value for value in column if value is not None and value != ""}, key=str)
    return [{"value": value, **row(match.where(column == value), interval)} for value in present]


def row(match: Match, interval: Interval) -> Json:
    """What one line says: agreement with and without ties, κ, and people's own beside it."""
    pairs, people = match.pairs(), match.people()
    found = {name: measure(name, pairs, interval) for name in (*AGREEMENT, "cohen_kappa")}
    own = {name: measure(name, people, interval) for name in (*AGREEMENT, "cohen_kappa")}
    return {"items": len(match), **found, "ceiling": own}


def _section(tables: Floats, interval: Interval) -> Json:
    total = tables.sum(axis=0)
    found: Json = {name: measure(name, tables, interval) for name in COEFFICIENTS}
    found["counts"] = {"s1": _agreed(total), "s2": _agreed(total[:TIE, :TIE])}
    found["confusion"] = [[_number(cell) for cell in line] for line in total.tolist()]
    return found


def _agreed(table: Floats) -> dict[str, float]:
    return {"agreed": _number(float(np.trace(table))), "pairs": _number(float(table.sum()))}


def _number(count: float) -> float:
    """Pairs of people count half in either order, so a cell may hold a half."""
    return int(count) if count == int(count) else count


def _with_themselves(reference: Opinions) -> Floats:
    """(N, 5, 5) pairs of two votes that one rater gave on one item."""
    places = reference.item * max(len(reference.raters), 1) + reference.rater
    _, group, size = np.unique(places, return_inverse=True, return_counts=True)
    again = size[group] > 1
    tables = np.zeros((len(reference.items), KINDS, KINDS))
    if again.any():
        groups, member = np.unique(group[again], return_inverse=True)
        counts = rated(member, reference.kinds[again], (len(groups), KINDS))
        item = np.zeros(len(groups), dtype=np.int64)
        item[member] = reference.item[again]
        np.add.at(tables, item, pairs_within(counts))
    return tables


def clustered(items: Sequence[Item]) -> tuple[Ints, int]:
    """The number of each item's prompt, and how many of these there are: what limits resample."""
    return _renumbered(np.array([item.cluster for item in items], dtype=np.int64))


def _renumbered(cluster: Ints) -> tuple[Ints, int]:
    present, place = np.unique(cluster, return_inverse=True)
    return place % MOST_CLUSTERS, max(1, min(len(present), MOST_CLUSTERS))


def _merged(by_kind: Ints) -> Ints:
    merged: Ints = np.column_stack([by_kind[:, :TIE], by_kind[:, TIE:].sum(axis=1)])
    return merged


def _one_hot(label: Ints, size: int) -> Ints:
    hot: Ints = (label[:, None] == np.arange(size)).astype(np.int64)
    return hot


def _crossed(first: Ints, second: Ints, size: int) -> Floats:
    tables = _one_hot(first, size)[:, :, None] * _one_hot(second, size)[:, None, :]
    return tables.astype(np.float64)


def _fewer(interval: Interval) -> Interval:
    # Each draw of alpha goes through every item.
    return Interval(interval.level, min(interval.draws, 100), interval.seed)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, DIGITS)
