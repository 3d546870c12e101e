"""Candidates for a judge: what each says of the items that people labelled, and the sample that all of them share."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from app.domain import matches
from app.domain.accounts import RaterName
from app.domain.errors import JudgeNotFound
from app.domain.opinions import SILENT, TIE, Opinions
from app.stats.tally import Floats, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Tried:
    """A judge: its votes, its label of each item (−1 without a verdict) and whether it was asked about it."""

    name: str
    said: Opinions
    label: Ints
    asked: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Items by their place, with people's label, a tie where two lead, and the number of their prompt."""

    items: Ints
    people: Ints
    cluster: Ints
    clusters: int

    def where(self, chosen: NDArray[np.bool_]) -> "Sample":
        return replace(
            self, items=self.items[chosen], people=self.people[chosen], cluster=self.cluster[chosen]
        )

    def summed(self, tables: Floats, of: NDArray[np.bool_]) -> Floats:
        """Tables of some of the items as sums by cluster, without the clusters that have none of the items."""
        present, place = np.unique(self.cluster, return_inverse=True)
        sums = np.zeros((max(len(present), 1), *tables.shape[1:]))
        np.add.at(sums, place[of], tables)
        return sums

    @property
    def decided(self) -> NDArray[np.bool_]:
        return self.people < TIE


def named(raters: Sequence[RaterName], wanted: Sequence[str]) -> list[RaterName]:
    """The judges wanted, by name; a name alone means every version, and no name every judge. Raises JudgeNotFound."""
    judges = sorted((rater for rater in raters if rater.kind == "judge"), key=_name)
    chosen = set() if wanted else set(judges)
    for name in (each.removeprefix("judge:") for each in wanted):
        found = {rater for rater in judges if name in (_name(rater), rater.name)}
        if not found:
            there = ", ".join(map(_name, judges)) or "none yet"
            raise JudgeNotFound(
                f"there are no votes of a judge {name!r} to look at; those with votes: {there}"
            )
        chosen |= found
    return [rater for rater in judges if rater in chosen]


def _name(rater: RaterName) -> str:
    return str(rater).removeprefix("judge:")


def tried_of(rater: RaterName, votes: Opinions) -> Tried:
    """One judge's votes as a candidate. Where one of two orders failed it has no verdict: half an opinion is none."""
    silent = votes.verdict == SILENT
    said, unheard = votes.where(~silent), votes.where(silent)
    label = said.opinion()
    for order in (False, True):
        heard, failed = (_met(side.where(side.swapped == order)) for side in (said, unheard))
        label[failed & ~heard] = -1
    return Tried(_name(rater), said, label, _met(votes))


def _met(votes: Opinions) -> NDArray[np.bool_]:
    """(N,) whether there is a vote on the item."""
    return np.bincount(votes.item, minlength=len(votes.items)) > 0


def sample_of(votes: Opinions, label: Ints, tried: Sequence[Tried]) -> Sample:
    """What people labelled and every candidate was asked about."""
    shared = (label >= 0) & np.all([each.asked for each in tried], axis=0) if tried else label < -1
    items = np.flatnonzero(shared)
    return Sample(items, label[items], *matches.clustered([votes.items[each] for each in items]))
