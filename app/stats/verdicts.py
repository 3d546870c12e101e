"""The words of a vote, shared by every ring."""

from enum import StrEnum


class Verdict(StrEnum):
    """What a rater says of two answers, A and B named as they were shown.

    `both_good` and `both_bad` are ties that also say how good the two are; `abstain` is "can't tell".
    """

    A = "a"
    B = "b"
    TIE = "tie"
    BOTH_GOOD = "both_good"
    BOTH_BAD = "both_bad"
    ABSTAIN = "abstain"


_SWAPPED = {Verdict.A: Verdict.B, Verdict.B: Verdict.A}


def swapped(verdict: Verdict) -> Verdict:
    """The same opinion with the two answers shown the other way round.

    >>> swapped(Verdict.A), swapped(Verdict.TIE)
    (<Verdict.B: 'b'>, <Verdict.TIE: 'tie'>)
    """
    return _SWAPPED.get(verdict, verdict)
