"""The question a board answers, the data that its method asks for, and the fit.

A method names the class of data it takes; `READERS` says how that class is read from the database. So a method that
is registered needs no edit here unless it brings a new kind of data.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy.orm import Session

from app.db.tables import Arena
from app.domain import ballots, dimensions, styles, tallies, units
from app.domain.arenas import OVERALL
from app.domain.errors import Invalid
from app.domain.tallies import Slice
from app.stats.agreement.annotations import Annotations
from app.stats.agreement.consensus import reliability
from app.stats.clusters import Carried, Spread
from app.stats.dimensions import Dimensions
from app.stats.judged import Judged
from app.stats.rankings import METHODS, rank
from app.stats.rankings.ranking import Ranking, Setting, SettingsError
from app.stats.rankings.samples import BY_VOTE
from app.stats.settings import read_words
from app.stats.styles import StyledVotes
from app.stats.tally import COUNTED, Comparisons, Tally
from app.stats.verdicts import Verdict

DAVIDSON, STYLE_CONTROLLED = "davidson", "style_controlled"
WON = COUNTED.index(Verdict.A), COUNTED.index(Verdict.B)
CHOSEN = ("cluster",)
"""Settings that the votes decide where the question leaves them open."""

EXACT_BELOW = 50_000
"""With fewer votes, limits that need the votes one by one are made from all of them each time."""

CLUSTERED_FROM = 30
"""With this many raters in an arena limits are clustered by voter unless the question says otherwise."""


@dataclass(frozen=True, slots=True)
class Spec:
    """The question a board answers. `leaks` says whether votes on battles in which an answer said who gave it count,
    `with` or `without` them. `settings` are the method's own, by name; what is not given has its default."""

    dimension: str = OVERALL
    voters: str = "human"
    method: str = "bradley_terry"
    category: str | None = None
    language: str | None = None
    since: date | None = None
    until: date | None = None
    settings: Mapping[str, Setting] = field(default_factory=dict)
    leaks: str = "with"


@dataclass(frozen=True, slots=True)
class Source:
    """Where the data of one fit come from: a slice of the votes, and its cells already counted.

    `spread` is that of an earlier count of the same question, if there is one that will do.
    """

    session: Session
    arena: Arena
    which: Slice
    shown: Mapping[int, str]  # id → slug of each model that may be seen
    tally: Tally
    method: str
    settings: Mapping[str, Setting]
    spread: Spread | None = None


@dataclass(frozen=True, slots=True)
class Fitted:
    """A ranking, and the spread that was counted for it, if one was."""

    ranking: Ranking
    spread: Spread | None = None


class Reader(NamedTuple):
    """`slices`: whose votes the data depend on beside the board's own. `read`: the data."""

    slices: Callable[[Session, Arena, Slice], Iterable[Slice]]
    read: Callable[[Source], object]


def asked(
    method: str | None,
    default: str,
    ties: str | None = None,
    both_bad: str | None = None,
    style_control: bool = False,
    words: Iterable[str] = (),
) -> tuple[str, dict[str, Setting]]:
    """The method and its settings that a query or a command line means. Raises Invalid.

    `ties=davidson` and `style_control` choose the method that does so, unless one is named that does not.

    >>> asked(None, "bradley_terry", ties="davidson", words=["level=0.9"])
    ('davidson', {'level': 0.9})
    """
    wanted = DAVIDSON if ties == DAVIDSON else STYLE_CONTROLLED if style_control else None
    if wanted is not None and method not in (None, wanted):
        raise Invalid(f"method {method!r} cannot do that; leave the method out, or ask for {wanted!r}")
    chosen = wanted or method or default
    settings = read_settings(chosen, words)
    given = {"ties": None if ties == DAVIDSON else ties, "both_bad": both_bad}
    return chosen, settings | {name: value for name, value in given.items() if value is not None}


def configured(spec: Spec, raters: int = 0) -> dict[str, Setting]:
    """Every setting of the method, given or not. Raises Invalid."""
    if spec.method not in METHODS:
        raise Invalid(f"method {spec.method!r}: expected one of {', '.join(METHODS)}")
    method = METHODS[spec.method]
    given = dict(spec.settings)
    if raters >= CLUSTERED_FROM and "cluster" in method.defaults():
        given.setdefault("cluster", "voter")
    try:
        return asdict(method.configured(given))
    except SettingsError as unusable:
        raise Invalid(str(unusable)) from unusable


def read_settings(method: str, words: Iterable[str]) -> dict[str, Setting]:
    """Settings of a method from `name=value` words. Raises Invalid.

    >>> read_settings("bradley_terry", ["level=0.9", "ties=drop"])
    {'level': 0.9, 'ties': 'drop'}
    """
    if method not in METHODS:
        raise Invalid(f"method {method!r}: expected one of {', '.join(METHODS)}")
    try:
        return read_words(METHODS[method].parameters(), words)
    except SettingsError as unusable:
        raise Invalid(str(unusable)) from unusable


def slices(session: Session, arena: Arena, method: str, which: Slice) -> tuple[Slice, ...]:
    """All slices that the method's data depend on, the board's own first."""
    return (which, *READERS[METHODS[method].takes].slices(session, arena, which))


def wants_spread(method: str, settings: Mapping[str, Setting], votes: int) -> bool:
    """Whether a board of so many votes carries a spread forward instead of reading its votes one by one."""
    known = METHODS[method]
    if known.spread is None or votes < EXACT_BELOW or settings.get("weights") in BY_VOTE:
        return False
    return known.by_vote(known.configured(settings))


def fit(source: Source) -> Fitted:
    """Raises Invalid where the method's settings ask for what the votes do not hold."""
    method = METHODS[source.method]
    try:
        if not wants_spread(source.method, source.settings, source.tally.votes):
            return Fitted(rank(source.method, READERS[method.takes].read(source), source.settings))
        counted = source.spread or _spread(source)
        ranking = rank(source.method, Carried(source.tally, counted), source.settings)
        return Fitted(ranking, None if counted is source.spread else counted)
    except SettingsError as unusable:
        raise Invalid(str(unusable)) from unusable


def _spread(source: Source) -> Spread:
    method = METHODS[source.method]
    if method.spread is None:
        raise RuntimeError(f"{source.method} has no spread")
    return method.spread(_comparisons(source), method.configured(source.settings))


def _none(session: Session, arena: Arena, which: Slice) -> Iterable[Slice]:
    return ()


def _tally(source: Source) -> Tally | Comparisons:
    method = METHODS[source.method]
    return _comparisons(source) if method.by_vote(method.configured(source.settings)) else source.tally


def _comparisons(source: Source) -> Comparisons:
    columns = {"ballot"} if METHODS[source.method].takes is Comparisons else set()
    if source.settings.get("cluster", "none") != "none":
        columns.add(str(source.settings["cluster"]))
    weights, names = source.settings.get("weights"), source.tally.models
    columns |= {"inverse_probability": {"probability"}, "reliability": {"voter", "prompt"}}.get(
        str(weights), set()
    )
    votes = tallies.comparisons(source.session, source.which, source.shown, names, sorted(columns))
    return _with_reliability(votes) if weights == "reliability" else votes


def _with_reliability(votes: Comparisons) -> Comparisons:
    """Each vote with how far its voter agrees with others who saw the same pair on the same prompt. Raises Invalid."""
    assert votes.voter is not None
    assert votes.prompt is not None
    turned = votes.first > votes.second
    sides = np.where(turned, (votes.second, votes.first), (votes.first, votes.second))
    decided = np.isin(votes.verdict, WON)
    label = np.where(decided, (votes.verdict == WON[1]) ^ turned, len(WON))
    _, item = np.unique(np.stack([votes.prompt, *sides]), axis=1, return_inverse=True)
    size = (int(item.max(initial=-1)) + 1, int(votes.voter.max(initial=-1)) + 1, len(WON) + 1)
    try:
        worth = reliability(Annotations.latest(item, votes.voter, label, size))
    except ValueError as alone:
        raise Invalid(
            "weights is 'reliability', but no two voters judged the same two answers to one prompt"
        ) from alone
    return replace(votes, reliability=worth[votes.voter])


def _each_dimension(session: Session, arena: Arena, which: Slice) -> Iterable[Slice]:
    rows = dimensions.list_dimensions(session, arena)
    return (replace(which, dimension_id=row.id) for row in rows if row.id != which.dimension_id)


def _ballots(source: Source) -> Dimensions:
    names = source.tally.models
    return ballots.counted(source.session, source.arena, source.which, source.shown, names)


def _judges(session: Session, arena: Arena, which: Slice) -> Iterable[Slice]:
    return (replace(which, voters=units.JUDGES),)


def _judged(source: Source) -> Judged:
    return units.judged(source.session, source.which, dict(source.shown), source.tally.models)


def _styled(source: Source) -> StyledVotes:
    return styles.read(source.session, source.which, source.shown, source.tally.models)


READERS: dict[type[Any], Reader] = {
    Tally: Reader(_none, _tally),
    Comparisons: Reader(_none, _comparisons),
    Dimensions: Reader(_each_dimension, _ballots),
    Judged: Reader(_judges, _judged),
    StyledVotes: Reader(_none, _styled),
}
