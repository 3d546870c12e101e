"""A pool of simulated raters, who err, lean to one side and like length, each by numbers that are written down.

As the annotators of AlpacaFarm (Dubois et al. 2023) one rater is drawn for each example. Shown answers whose merits
are m_A and m_B, in logits, a rater gives each verdict with a chance that follows from its `Manner`:

1. *Lead* = m_A − m_B + position + length · log2(length of A / length of B).
2. *Choice* (Rao and Kupper 1967): A with expit(lead − band), B with expit(−lead − band), else a tie.
3. *Both bad*: half of the verdicts on two answers whose merits both lie below the floor.
4. *Flip*, AlpacaFarm's label noise: weights 1 − 2p, p and p to keep the verdict, to force A and to force B. At p = .25
   half of the labels are a coin's, so a quarter of sure verdicts is turned.

Personas divide the pool by their share among people (IQA-EVAL, Li et al. 2024): what the pool does on average is the
mean of what personas do, weighted by their shares.

>>> pool = Pool.of(13, [Persona("all", 1.0, Manner(flip=0.25))])
>>> sure = np.zeros(100_000, dtype=np.int64)
>>> said = pool.judge(sure, sure, sure + 1, {"overall": np.array([50.0, -50.0])}, np.random.default_rng(0))
>>> print(round((said["overall"] == 0).mean(), 2))
0.75
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf, log

import numpy as np
from scipy.special import expit

from app.stats.settings import UnusableValue, require_number
from app.stats.tally import COUNTED, Floats, Ints
from app.stats.verdicts import Verdict

BOTH_BAD_SHARE = 0.5  # of the verdicts on two answers below the floor
MOST_RATERS = 10_000

_A, _B, _TIE, _BOTH_BAD = (
    COUNTED.index(each) for each in (Verdict.A, Verdict.B, Verdict.TIE, Verdict.BOTH_BAD)
)
_NEAR = 1e-9


@dataclass(frozen=True, slots=True)
class Manner:
    """How a rater judges, by the rules above. Raises UnusableValue for a number out of range.

    `flip` is the p of rule 4; `position`, `band` and, for each doubling of length, `length` are in logits; no merit is
    below the `floor` unless it is given.
    """

    flip: float = 0.0
    position: float = 0.0
    length: float = 0.0
    band: float = 0.0
    floor: float = -inf

    def __post_init__(self) -> None:
        require_number("flip", self.flip, 0, 0.5)
        require_number("position", self.position, -inf, inf)
        require_number("length", self.length, -inf, inf)
        require_number("band", self.band, 0, inf)
        require_number("floor", self.floor, -inf, inf)


@dataclass(frozen=True, slots=True)
class Persona:
    """A kind of rater and its share among people.

    `mix` says what it looks at when asked about a dimension: weights of the true strengths of dimensions. Without an
    entry it looks at the dimension itself.
    """

    name: str
    share: float
    manner: Manner = field(default_factory=Manner)
    mix: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def merits(self, strengths: Mapping[str, Floats]) -> dict[str, Floats]:
        """What it takes the models (M,) to be worth in each dimension. Raises UnusableValue for an unknown dimension.

        >>> hurried = Persona("hurried", 1, mix={"accuracy": {"accuracy": 0.5, "style": 0.5}})
        >>> {name: merit.tolist() for name, merit in hurried.merits(
        ...     {"accuracy": np.array([1.0, 0.0]), "style": np.array([0.0, 3.0])}).items()}
        {'accuracy': [0.5, 1.5], 'style': [0.0, 3.0]}
        """
        for name in {*self.mix, *(part for parts in self.mix.values() for part in parts)}:
            if name not in strengths:
                raise UnusableValue(f"{self.name} looks at {name!r}; there are {', '.join(strengths)}")
        return {
            name: sum(
                (weight * strengths[part] for part, weight in self.mix[name].items()), np.zeros(len(own))
            )
            if name in self.mix
            else own
            for name, own in strengths.items()
        }


@dataclass(frozen=True, slots=True)
class Pool:
    """Raters 0, 1, …, each of one persona: `persona_of[r]` is its place in `personas`.

    Which of them judges an example is drawn anew each time: first the persona, by its share, then one of its raters.
    """

    personas: tuple[Persona, ...]
    persona_of: tuple[int, ...]

    @classmethod
    def of(cls, raters: int, personas: Sequence[Persona]) -> "Pool":
        """As many raters of each persona as come nearest to its share, and one at least of each that has a share.

        Raises UnusableValue for shares that do not add up to 1, a name given twice, or fewer raters than personas.

        >>> pool = Pool.of(5, [Persona("crowd", 0.9), Persona("expert", 0.1)])
        >>> pool.persona_of, pool.chances.tolist()
        ((0, 0, 0, 0, 1), [0.225, 0.225, 0.225, 0.225, 0.1])
        """
        require_number("raters", raters, 1, MOST_RATERS, whole=True)
        check_shares([each.share for each in personas])
        if len({each.name for each in personas}) < len(personas):
            raise UnusableValue("personas: two have the same name")
        counts = _apportioned(raters, np.array([each.share for each in personas]))
        return cls(tuple(personas), tuple(np.repeat(np.arange(len(personas)), counts).tolist()))

    @property
    def chances(self) -> Floats:
        """With which probability each rater judges an example, (R,); they add up to 1."""
        persona = np.array(self.persona_of)
        shares = np.array([each.share for each in self.personas])
        return np.asarray((shares / np.maximum(np.bincount(persona, minlength=len(shares)), 1))[persona])

    def draw(self, examples: int, generator: np.random.Generator) -> Ints:
        """A rater for each example."""
        return generator.choice(len(self.persona_of), size=examples, p=self.chances)

    def judge(
        self,
        who: Ints,
        first: Ints,
        second: Ints,
        strengths: Mapping[str, Floats],
        generator: np.random.Generator,
        longer: Floats | None = None,
        offered: Sequence[Verdict] = COUNTED,
    ) -> dict[str, Ints]:
        """What rater `who` (N,) says in each dimension of the models `first` (N,) shown as A and `second` (N,) as B, as
        codes of `COUNTED`.

        `strengths` are the true ones of the models (M,) in each dimension, in logits; `longer` (N,) is log2 of the
        length of A over that of B. What is not offered is never said: without ties the rater decides, without both-bad
        there is no floor.
        """
        persona = np.array(self.persona_of, dtype=np.int64)[who]
        manners = tuple(each.manner for each in self.personas)
        seen = [each.merits(strengths) for each in self.personas]
        said = {}
        for name in strengths:
            merits = np.stack([merit[name] for merit in seen])
            merit_a, merit_b = merits[persona, first], merits[persona, second]
            said[name] = drawn(chances(manners, persona, merit_a, merit_b, longer, offered), generator)
        return said

    def expected(
        self, first: Ints, second: Ints, strengths: Mapping[str, Floats], offered: Sequence[Verdict] = COUNTED
    ) -> dict[str, Floats]:
        """Chances (N, 5) of each verdict in each dimension, averaged over the raters; lengths are alike."""
        pairs = np.arange(len(first))
        shares = [each.share for each in self.personas]
        found = {}
        for name in strengths:
            by_persona = []
            for each in self.personas:
                merit = each.merits(strengths)[name]
                by_persona.append(
                    chances((each.manner,), pairs * 0, merit[first], merit[second], None, offered)
                )
            found[name] = mixed(np.stack(by_persona), shares)
        return found


def chances(
    manners: Sequence[Manner],
    who: Ints,
    merit_a: Floats,
    merit_b: Floats,
    longer: Floats | None = None,
    offered: Sequence[Verdict] = COUNTED,
) -> Floats:
    """Chance (N, 5) of each verdict in the order of `COUNTED`; `who` (N,) are places in `manners`.

    >>> pulled = Manner(position=log(3), band=band_of(0.2))
    >>> chances((pulled,), np.array([0]), np.zeros(1), np.zeros(1)).round(3).tolist()
    [[0.667, 0.182, 0.152, 0.0, 0.0]]
    """
    columns = np.array([(each.flip, each.position, each.length, each.band, each.floor) for each in manners])
    flip, position, length, band, floor = columns[who].T
    lead = merit_a - merit_b + position + (0 if longer is None else length * longer)
    if Verdict.TIE not in offered:
        band = np.zeros_like(band)
    found = np.zeros((len(lead), len(COUNTED)))
    found[:, _A], found[:, _B] = expit(lead - band), expit(-lead - band)
    found[:, _TIE] = np.maximum(1 - found[:, _A] - found[:, _B], 0)
    if Verdict.BOTH_BAD in offered:
        bad = np.where(np.maximum(merit_a, merit_b) < floor, BOTH_BAD_SHARE, 0.0)
        found *= (1 - bad)[:, None]
        found[:, _BOTH_BAD] = bad
    found *= (1 - 2 * flip)[:, None]
    found[:, [_A, _B]] += flip[:, None]
    return found


def drawn(chances: Floats, generator: np.random.Generator) -> Ints:
    """One verdict a row, drawn with the chances (N, 5) of the row: codes of `COUNTED`, (N,)."""
    passed = generator.random((len(chances), 1)) >= chances.cumsum(axis=1)[:, :-1]
    return np.asarray(passed.sum(axis=1))


def band_of(ties: float) -> float:
    """The band within which equal answers tie with this share: tanh(band/2) = ties. Raises UnusableValue.

    >>> round(band_of(0.1), 4)
    0.2007
    """
    require_number("ties", ties, 0, 1)
    return inf if ties == 1 else log((1 + ties) / (1 - ties))


def mixed(scores: Floats, shares: Sequence[float]) -> Floats:
    """The mean over personas (P, …) → (…) of scores, weighted by their shares among people.

    Raises UnusableValue unless the shares are as many, not negative, and add up to 1.

    >>> mixed(np.array([4.0, 3.0, 5.0, 2.0]), [0.4, 0.3, 0.2, 0.1]).round(4).tolist()
    3.7
    """
    if len(scores) != len(shares):
        raise UnusableValue(f"{len(shares)} for {len(scores)} scores; each persona has one of either")
    check_shares(shares)
    return np.asarray(np.tensordot(shares, scores, axes=1))


def check_shares(shares: Sequence[float]) -> None:
    """Raises UnusableValue unless shares are from 0 to 1 and add up to 1."""
    for share in shares:
        require_number("share", share, 0, 1)
    if not abs(sum(shares) - 1) < _NEAR:
        raise UnusableValue(f"the shares of the personas add up to {sum(shares):g}; they must add up to 1")


def _apportioned(raters: int, shares: Floats) -> Ints:
    """Largest remainders, after one for each share above 0."""
    counts = (shares > 0).astype(np.int64)
    if counts.sum() > raters:
        raise UnusableValue(f"{raters} raters for {counts.sum()} personas; each needs one")
    while counts.sum() < raters:
        counts[np.argmax(shares * raters - counts)] += 1
    return counts
