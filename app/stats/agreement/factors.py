"""Which properties of the answers move votes, and do they move a judge as they move people?

A property is a number of each answer (its length, its headers, whether it refuses); what counts is which of the two
answers has more of it. `factor_taus` looks at one property at a time, `weights` at all together, so that what merely
goes along with length is not taken for a liking. Neither says what would happen if answers were changed.

>>> generator = np.random.default_rng(1)
>>> longer, bolder = generator.integers(-1, 2, (2, 2000))
>>> votes = np.where(generator.random(2000) < expit(2 * longer), 1, -1)
>>> known = Contrasts(("length", "bold"), np.column_stack([longer, bolder]), votes)
>>> [(weight.name, round(weight.preference, 1)) for weight in weights(known)]
[('length', 0.9), ('bold', 0.5)]
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.special import expit, ndtri

from app.stats.agreement.bias import factor_tau
from app.stats.agreement.measure import Interval, Measure
from app.stats.agreement.ranks import Boards, kendall_tau_b, pearson, spearman
from app.stats.tally import Floats, Ints
from app.stats.texts import Manner, Style

FEW_FACTORS = "fewer than two factors have a value on both sides"
NO_SPREAD = "every factor has the same value on one side"
PRIOR_SD = 1.0

_STEPS = 100
_CLOSE = 1e-10
_LENGTH_STEPS = ((7, 10), (8, 20), (9, 40))  # at most so many tenths, and so many words less


@dataclass(frozen=True, slots=True, eq=False)
class Contrasts:
    """Which answer of each pair has more: `signs` (N, K) are 1 where A has, −1 where B has, 0 where they are equal;
    `votes` (N,) are 1 for A, −1 for B, 0 for a tie. `cluster` (N,) numbers prompts or raters whose votes move together.

    Raises ValueError for other values and for columns that do not match.
    """

    names: tuple[str, ...]
    signs: Ints
    votes: Ints
    cluster: Ints | None = None

    def __post_init__(self) -> None:
        signs, votes = np.asarray(self.signs), np.asarray(self.votes)
        if votes.ndim != 1 or signs.shape != (len(votes), len(self.names)):
            raise ValueError("signs are by pair and property, votes by pair")
        if not np.isin(signs, (-1, 0, 1)).all() or not np.isin(votes, (-1, 0, 1)).all():
            raise ValueError("signs and votes are 1 for A, -1 for B, 0 for neither")
        if self.cluster is not None and np.shape(self.cluster) != votes.shape:
            raise ValueError("clusters are by pair")
        object.__setattr__(self, "signs", signs.astype(np.int64))
        object.__setattr__(self, "votes", votes.astype(np.int64))

    @classmethod
    def of(
        cls,
        first: dict[str, NDArray[Any]],
        second: dict[str, NDArray[Any]],
        votes: Ints,
        cluster: Ints | None = None,
    ) -> Self:
        """From each property of A and of B, (N,); of `length` a small difference counts as none (`length_signs`).

        >>> Contrasts.of({"length": np.array([100, 9]), "bold": np.array([0, 2])},
        ...              {"length": np.array([95, 60]), "bold": np.array([1, 1])}, np.array([1, -1])).signs.tolist()
        [[0, -1], [-1, 1]]
        """
        signs = [
            length_signs(first[name], second[name])
            if name == "length"
            else np.sign(first[name] - second[name])
            for name in first
        ]
        return cls(tuple(first), np.column_stack(signs).astype(np.int64), votes, cluster)

    @property
    def groups(self) -> Ints:
        """(N,) clusters numbered from 0; each pair its own where none are given."""
        if self.cluster is None:
            return np.arange(len(self.votes))
        return np.asarray(np.unique(self.cluster, return_inverse=True)[1])


@dataclass(frozen=True, slots=True)
class Weight:
    """What one property is worth with all others equal: `alpha` in log odds with limits, `preference` = expit(alpha),
    the chance that the answer with more of it wins (.5: no effect), `n` pairs that differ in it. If none do, None.
    """

    name: str
    alpha: float | None
    lower: float | None
    upper: float | None
    preference: float | None
    n: int


def properties(texts: Sequence[Iterable[str]]) -> dict[str, Floats]:
    """The properties of answers, each the texts of its messages, (N,) by name: those of `Style` and of `Manner`.

    >>> found = properties([["**No.** I cannot help with that."], ["Perhaps. Here it is."]])
    >>> {name: values.tolist() for name, values in found.items() if name in ("bold", "refusals", "hedges")}
    {'bold': [1.0, 0.0], 'refusals': [1.0, 0.0], 'hedges': [0.0, 1.0]}
    """
    listed = [list(messages) for messages in texts]
    rows = [asdict(Style.of(messages)) | asdict(Manner.of(messages)) for messages in listed]
    names = [field.name for kind in (Style, Manner) for field in fields(kind)]
    return {name: np.array([row[name] for row in rows], dtype=np.float64) for name in names}


def length_signs(first: NDArray[Any], second: NDArray[Any]) -> Ints:
    """Which answer is longer, in words: 0 unless the shorter has at most 70 % of the longer and 10 words less, 80 % and
    20 less, or 90 % and 40 less (Li et al. 2024, "Dissecting human and LLM preferences").

    >>> length_signs(np.array([100, 70, 80, 90, 400, 3]), np.array([85, 100, 100, 100, 360, 9])).tolist()
    [0, -1, -1, 0, 1, 0]
    """
    one, two = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    shorter, longer = np.minimum(one, two), np.maximum(one, two)
    far = [(10 * shorter <= tenths * longer) & (longer - shorter >= less) for tenths, less in _LENGTH_STEPS]
    return np.where(np.any(far, axis=0), np.sign(one - two), 0).astype(np.int64)


def factor_taus(contrasts: Contrasts, interval: Interval | None = None) -> dict[str, Measure]:
    """`bias.factor_tau` of each property (PROFILE): share of pairs won by more of it less the share lost.

    >>> known = Contrasts(("facts",), np.array([[1], [-1], [0], [1], [1], [-1]]), np.array([1, -1, 1, -1, 1, 1]))
    >>> round(factor_taus(known)["facts"].value, 4)
    0.1667
    """
    side = contrasts.signs * contrasts.votes[:, None]
    groups = contrasts.groups
    size = int(groups.max(initial=-1)) + 1

    def counts(column: int) -> Floats:
        found = [np.bincount(groups[side[:, column] == sign], minlength=size) for sign in (1, -1, 0)]
        return np.stack(found, axis=1).astype(np.float64)

    return {name: factor_tau(counts(column), interval) for column, name in enumerate(contrasts.names)}


def weights(contrasts: Contrasts, prior_sd: float = PRIOR_SD, level: float = 0.95) -> tuple[Weight, ...]:
    """Logistic regression of votes on signs, without intercept, a tie half a vote for either side: maximum a posteriori
    under independent Normal(0, prior_sd²), that is ridge regression.

    The paper (Li et al. 2024) takes posterior means under Laplace(0, .1). Without an intercept it is the same to call
    A B. Limits are ± z·se, se from the sandwich covariance over clusters. Raises ValueError for a prior out of range.
    """
    if not prior_sd > 0 or not 0 < level < 1:
        raise ValueError("the prior's standard deviation must be above 0, the level between 0 and 1")
    design = contrasts.signs.astype(np.float64)
    differs = np.count_nonzero(design, axis=0)
    moving = np.flatnonzero(differs)
    alpha = _ridge(design[:, moving], contrasts.votes, prior_sd)
    margin = float(ndtri((1 + level) / 2)) * _errors(design[:, moving], contrasts, alpha, prior_sd)
    found = dict(zip(moving.tolist(), zip(alpha.tolist(), margin.tolist(), strict=True), strict=True))
    return tuple(
        _weight(name, int(differs[column]), *found.get(column, (None, None)))
        for column, name in enumerate(contrasts.names)
    )


@dataclass(frozen=True, slots=True)
class Alignment:
    """How alike two vectors over the same factors are, n counting factors, and the factors by how far they part,
    farthest first, with judge less reference.
    """

    kendall_tau_b: Measure
    spearman: Measure
    pearson: Measure
    misaligned: tuple[tuple[str, float], ...]


def alignment(reference: dict[str, float | None], judge: dict[str, float | None]) -> Alignment:
    """Compare the factors of people with those of a judge; a factor that one of them lacks is left out.

    >>> found = alignment({"length": 0.1, "facts": 0.6, "bold": 0.0}, {"length": 0.9, "facts": 0.5, "bold": 0.1})
    >>> found.misaligned[0], round(found.kendall_tau_b.value, 2)
    (('length', 0.8), 0.33)
    """
    both = {
        name: (float(one), float(two))
        for name, one in reference.items()
        if one is not None and (two := judge.get(name)) is not None
    }
    boards = Boards(*np.array(list(both.values())).reshape(-1, 2).T)
    apart = {name: two - one for name, (one, two) in both.items()}
    return Alignment(
        _of_factors(kendall_tau_b(boards)),
        _of_factors(spearman(boards)),
        _of_factors(pearson(boards)),
        misaligned=tuple(sorted(apart.items(), key=lambda factor: (-abs(factor[1]), factor[0]))),
    )


def _weight(name: str, n: int, alpha: float | None, margin: float | None) -> Weight:
    if alpha is None or margin is None:
        return Weight(name, None, None, None, None, n)
    return Weight(name, alpha, alpha - margin, alpha + margin, float(expit(alpha)), n)


def _ridge(design: Floats, votes: Ints, prior_sd: float) -> Floats:
    """Newton's method on a strictly concave function; a long step is shortened, see `strengths`."""
    alpha = np.zeros(design.shape[1])
    target = (1 + votes) / 2
    for _ in range(_STEPS):
        slope = design.T @ (target - expit(design @ alpha)) - alpha / prior_sd**2
        step = cho_solve(cho_factor(_information(design, alpha, prior_sd)), slope) if len(alpha) else alpha
        change = np.abs(design @ step).max(initial=0)
        alpha = alpha + step * (1 if change <= 1 else np.log1p(change) / change)
        if np.abs(step).max(initial=0) <= _CLOSE:
            return alpha
    raise ArithmeticError("the weights do not settle")


def _errors(design: Floats, contrasts: Contrasts, alpha: Floats, prior_sd: float) -> Floats:
    if not len(alpha):
        return alpha
    residual = (1 + contrasts.votes) / 2 - expit(design @ alpha)
    groups = contrasts.groups
    scores = np.zeros((int(groups.max()) + 1, len(alpha)))
    np.add.at(scores, groups, design * residual[:, None])
    root: Floats = cho_solve(cho_factor(_information(design, alpha, prior_sd)), scores.T)
    return np.asarray(np.sqrt((root**2).sum(axis=1)))


def _information(design: Floats, alpha: Floats, prior_sd: float) -> Floats:
    p = expit(design @ alpha)
    return np.asarray((design * (p * (1 - p))[:, None]).T @ design + np.eye(len(alpha)) / prior_sd**2)


def _of_factors(found: Measure) -> Measure:
    if found.value is not None:
        return found
    return Measure.missing(FEW_FACTORS if found.n < 2 else NO_SPREAD, found.n)
