"""Online Elo in the order of the votes."""

from pathlib import Path

import pytest

from app.stats.rankings.live_elo import Settings, fit
from app.stats.tally import Comparisons
from app.stats.verdicts import Verdict
from tests.stats.boards import evalica, golden, ratings

SEQUENCE = [("A", "B", Verdict.A), ("B", "C", Verdict.A), ("C", "A", Verdict.TIE), ("B", "A", Verdict.A)]


@pytest.mark.parametrize(
    ("votes", "k", "expected"),
    [
        (SEQUENCE, 4, {"A": 999.9656, "B": 1002.0228, "C": 998.0116}),
        (SEQUENCE, 32, {"A": 997.8635, "B": 1017.3697, "C": 984.7668}),
        (SEQUENCE[::-1], 32, {"A": 1002.8647, "B": 1013.1014, "C": 984.0338}),
    ],
)
def test_known_answers(votes: list[tuple[str, str, Verdict]], k: float, expected: dict[str, float]) -> None:
    """METHODS 4.10 and 2.1."""
    assert ratings(fit(Comparisons.of(votes), Settings(k=k))) == pytest.approx(expected, abs=5.1e-5)


@pytest.mark.parametrize("name", ["llmfao", "food", "simple"])
def test_evalica_golden(shared_data: Path, name: str) -> None:
    """The published scores were made with k = 4 from 1000, FastChat's values."""
    ranking = fit(evalica(shared_data, name), Settings(k=4))
    assert ratings(ranking) == pytest.approx(golden(shared_data, name, "elo"), abs=1e-9)


def test_a_dropped_verdict_is_no_game() -> None:
    odd = [("A", "B", Verdict.TIE), ("A", "B", Verdict.BOTH_GOOD), ("A", "B", Verdict.BOTH_BAD)]
    decided = fit(Comparisons.of(SEQUENCE[:2]))
    mixed = [SEQUENCE[0], *odd, SEQUENCE[1]]
    assert ratings(fit(Comparisons.of(mixed), Settings(ties="drop"))) == ratings(decided)
    without_bad = fit(Comparisons.of(mixed), Settings(both_bad="drop"))
    assert ratings(without_bad) == ratings(fit(Comparisons.of([SEQUENCE[0], *odd[:2], SEQUENCE[1]])))
    assert without_bad.votes == 4
    assert ratings(without_bad) != ratings(fit(Comparisons.of(mixed)))


def test_it_claims_no_limits() -> None:
    for row in fit(Comparisons.of(SEQUENCE)).rows:
        assert (row.lower, row.upper, row.rank_best, row.rank_worst, row.order_sd) == (None,) * 5
