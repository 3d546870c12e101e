"""Gates: reasons to set the votes of one voter aside, each a test with a name.

>>> from app.stats.verdicts import Verdict
>>> others = Others.of(Tally.of([("x", "y", Verdict.A, 50), ("x", "y", Verdict.B, 50)]))
>>> always_a = Voter(np.tile([0, 1], 12), np.tile([1, 0], 12), np.zeros(24, dtype=np.int64))
>>> fired(always_a, others, policies({}))
{'one_sided': '24 of 24 verdicts for a side are for A, whoever stood there'}

To add a kind, write `<name>.py` beside the others: a frozen dataclass of settings with their defaults, a test of a
voter and the others, and a `Gate` that names both. Then list it in `GATES`: arenas can configure it, the worker runs
it, the API lists it and `tests/stats/test_every_gate.py` takes it from there. Gates do not import each other.

>>> @dataclass(frozen=True, slots=True)
... class Settings:
...     most: int = 3
>>> def test(voter: Voter, others: Others, settings: Settings) -> str | None:
...     return f"more than {settings.most} votes" if len(voter.verdict) > settings.most else None
>>> gate = Gate("busy", "1", "Too many votes", Settings, test)
>>> gate.test(always_a, others, gate.configured({"most": 20}))
'more than 20 votes'
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from app.stats.gates import anomalous, coin, echo, gold, one_sided, partisan, repeats, ring
from app.stats.gates.at_once import AT_ONCE, Cap, Rule
from app.stats.gates.gate import Gate, Others, UnknownGate, Voter
from app.stats.gates.ring import Ring, rings
from app.stats.settings import Setting, UnusableValue, configured
from app.stats.tally import COUNTED, Ints, Tally

__all__ = [
    "AT_ONCE",
    "GATES",
    "RING",
    "RULES",
    "Cap",
    "Gate",
    "Others",
    "Policies",
    "Ring",
    "Rule",
    "Tally",
    "UnknownGate",
    "Voter",
    "dataclass",
    "find",
    "fired",
    "np",
    "policies",
    "rings",
    "sifted",
    "usually_on",
    "without",
]

Key = TypeVar("Key")
ROUNDS = 4

Policies = Mapping[str, Any]  # gate → its settings, for those that are on

GATES: dict[str, Gate[Any]] = {
    module.GATE.name: module.GATE for module in (gold, repeats, one_sided, partisan, anomalous, coin, echo)
}
"""In the order in which they speak: the first that fires gives the reason."""

RING = ring.RULE.name
RULES: dict[str, Rule] = {**AT_ONCE, RING: ring.RULE}
"""What looks at one vote, or at all voters together."""


def find(name: str) -> Gate[Any]:
    """Raises UnknownGate, which says what exists."""
    gate = GATES.get(name)
    if gate is None:
        raise UnknownGate(f"there is no gate {name!r}; there are {', '.join(GATES)}")
    return gate


def policies(given: Mapping[str, Mapping[str, Setting]]) -> Policies:
    """The settings of each gate that is on, from those that differ from the defaults; `on` turns one off, or on.

    Raises UnknownGate, UnknownSetting or UnusableValue.

    >>> found = policies({"cap": {"votes": 50}, "echo": {"on": False}, "leak": {"on": True}})
    >>> found["cap"].votes, "echo" in found, "leak" in found, "coin" in found
    (50, False, True, True)
    """
    for name in given:
        if name not in RULES:
            find(name)
    found = {}
    for name, on in usually_on().items():
        values = dict(given.get(name, {}))
        wanted = values.pop("on", on)
        if not isinstance(wanted, bool):
            raise UnusableValue(f"{name}: on must be true or false")
        rule = RULES.get(name)
        settings = configured(name, rule.settings, values) if rule else GATES[name].configured(values)
        if wanted:
            found[name] = settings
    return found


def usually_on() -> dict[str, bool]:
    """Whether an arena begins with it, for every gate, in the order in which they speak."""
    return {**{rule.name: rule.usual for rule in RULES.values()}, **dict.fromkeys(GATES, True)}


def fired(voter: Voter, others: Others, wanted: Policies) -> dict[str, str]:
    """Gate → why, for each of the gates that are on and fire."""
    tested = ((name, GATES[name].test(voter, others, wanted[name])) for name in GATES if name in wanted)
    return {name: why for name, why in tested if why is not None}


def sifted(voters: Mapping[Key, Voter], tally: Tally, wanted: Policies) -> dict[Key, tuple[str, str]]:
    """Whose votes do not count, with the gate and why. `tally` holds the votes of everybody, those of the voters that
    stand among them; models in the order of the voters' places.

    Who bends the board hides others, and makes honest voters look like coins. So those whom another gate stops go
    first, then what is left of the votes is looked at again, and last of all come the coins.
    """
    first = {name: settings for name, settings in wanted.items() if name != coin.GATE.name}
    found: dict[Key, tuple[str, str]] = {}
    for among in (*[first] * ROUNDS, wanted):
        others = Others.of(without(tally, [voters[key] for key in found]))
        left = {key: fired(voter, others, among) for key, voter in voters.items() if key not in found}
        new = {key: next(iter(why.items())) for key, why in left.items() if why}
        found |= new
    return found


def without(tally: Tally, voters: Iterable[Voter]) -> Tally:
    """The votes of all others; those of these voters that stand are among the tally's."""
    size, words = len(tally.models), len(COUNTED)
    cells = np.bincount(
        _codes(tally.first, tally.second, tally.verdict, size), tally.count, size * size * words
    )
    for each in voters:
        codes = _codes(each.first, each.second, each.verdict, size)
        cells -= np.bincount(codes[each.stands()], minlength=len(cells))
    cell = np.flatnonzero(cells > 0)
    pair, verdict = np.divmod(cell, words)
    return Tally(tally.models, *np.divmod(pair, max(size, 1)), verdict, cells[cell].astype(np.int64))


def _codes(first: Ints, second: Ints, verdict: Ints, size: int) -> Ints:
    return np.asarray((first * size + second) * len(COUNTED) + verdict)
