"""All judges of a dimension as one: a panel, its rules, its members and whether they err alike.

PoLL (Verga et al. 2024) takes small judges of different families by maximum vote, here a tie where two labels lead. PRD
(Li et al. 2023) weighs judges that are contestants by what they find of each other.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.tables import Arena, Judge
from app.domain import models
from app.domain.matches import Json, Match
from app.domain.opinions import LABELS, TIE, Opinions
from app.stats.agreement import Interval, Measure, measure
from app.stats.agreement.panels import (
    agreement_weights,
    error_correlations,
    majority,
    mean_label,
    peer_weights,
)
from app.stats.agreement.rivals import compare
from app.stats.tally import Floats, Ints

ONE_JUDGE = "fewer than two judges judged items that people judged"
NO_LEADER = "a tie where two labels lead"
TIES: Mapping[str, str] = {
    "majority": NO_LEADER,
    "mean": "a tie where neither side has more",
    "weighted": NO_LEADER,
    "peers": NO_LEADER,
}


@dataclass(frozen=True, slots=True)
class Member:
    """What is known of a judge: its family, and the slug of the model of the arena that it is."""

    family: str | None = None
    contestant: str | None = None


def members(session: Session, arena: Arena, names: Collection[str]) -> dict[str, Member]:
    """The judges of these names as they were registered last. One is a contestant whose own name, or that of its model,
    is a model's slug or name.
    """
    contestants = models.by_id(session, arena).values()
    slugs = {word.casefold(): row.slug for row in contestants for word in (row.name, row.slug)}
    query = select(Judge).where(Judge.arena_id == arena.id, Judge.name.in_(names)).order_by(Judge.version)
    known = {row.name: row for row in session.scalars(query)}
    return {
        name: Member(
            known[name].family if name in known else None,
            slugs.get(
                known[name].model.casefold() if name in known else name.casefold(), slugs.get(name.casefold())
            ),
        )
        for name in names
    }


def panel(
    judges: Mapping[str, Opinions],
    match: Match,
    asked: str,
    members: Mapping[str, Member],
    interval: Interval,
) -> Json:
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
    known = [members.get(name, Member()) for name in names]
    peers = _peers(known, labels, part, judges[asked])
    if peers is not None:
        rules["peers"] = majority(labels, LABELS, TIE, peers)
    alike = error_correlations(labels, people, interval)
    return {
        "undefined": None,
        "judges": names,
        "items": len(part),
        "rules": [
            {"rule": rule, "ties": TIES[rule], **_agreement(people, label, part, interval)}
            for rule, label in rules.items()
        ],
        "members": [
            {
                "judge": name,
                "family": known[at].family,
                "contestant": known[at].contestant,
                "peer_weight": float(peers[at]) if peers is not None and known[at].contestant else None,
                **_agreement(people, labels[:, at], part, interval),
            }
            for at, name in enumerate(names)
        ],
        "pairs": [
            {
                "judges": [names[each.first], names[each.second]],
                "same_family": _same_family(known[each.first], known[each.second]),
                "error_correlation": each.correlation,
            }
            for each in alike
        ],
        "rivals": _rivals(names, labels, part, asked, interval),
    }


def _same_family(one: Member, other: Member) -> bool | None:
    if one.family is None or other.family is None:
        return None
    return one.family.casefold() == other.family.casefold()


def _peers(known: Sequence[Member], labels: Ints, part: Match, judge: Opinions) -> Floats | None:
    """(J,) weights of the judges that are contestants too, 0 of the others; None without two that met with each."""
    seats = [at for at, each in enumerate(known) if each.contestant in judge.models]
    if len(seats) < 2:
        return None
    models = [judge.models.index(str(known[at].contestant)) for at in seats]
    sides = np.array([(judge.items[each].first, judge.items[each].second) for each in part.items])
    among = np.isin(sides, models).all(axis=1)
    worth = np.array([1.0, 0.0, 0.5])
    rates = np.full((len(seats), len(seats)), np.nan)
    for row, at in enumerate(seats):
        said = among & (labels[:, at] >= 0)
        won = worth[labels[said, at]]
        for column, model in enumerate(models):
            first, second = (sides[said, side] == model for side in (0, 1))
            if first.any() or second.any():
                rates[row, column] = np.concatenate([won[first], 1 - won[second]]).mean()
    if np.isnan(rates).any():
        return None
    weights = np.zeros(len(known))
    try:
        weights[seats] = peer_weights(rates)
    except ArithmeticError:
        return None
    return weights


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
