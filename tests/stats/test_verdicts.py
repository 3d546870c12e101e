import pytest

from app.stats.verdicts import Verdict, swapped


def test_swapping_exchanges_a_and_b_only() -> None:
    assert {verdict: swapped(verdict) for verdict in Verdict} == {
        Verdict.A: Verdict.B,
        Verdict.B: Verdict.A,
        Verdict.TIE: Verdict.TIE,
        Verdict.BOTH_GOOD: Verdict.BOTH_GOOD,
        Verdict.BOTH_BAD: Verdict.BOTH_BAD,
        Verdict.ABSTAIN: Verdict.ABSTAIN,
    }


def test_an_unknown_word_is_no_verdict() -> None:
    with pytest.raises(ValueError, match="left"):
        Verdict("left")
