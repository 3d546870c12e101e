"""The demo's boards show what "Style Over Substance" showed: overall and accuracy disagree.

The claims are those of the study's tables and of its acceptance grid: an overall board ranks a long answer
with errors above a short correct one, an accuracy board ranks the short correct one above every erroneous
one, and a language board puts the learner last and sees no difference between right and wrong.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from app.demo.raters import CROWD, EXPERT, KINDS, Kind, simulate
from app.stats.rankings import RankedModel, rank
from app.stats.tally import Tally
from app.stats.verdicts import Verdict

Content = dict[str, Any]
Board = dict[str, RankedModel]  # by variant
Fit = Callable[..., Board]

SEEDS = range(5)


@pytest.fixture(scope="module")
def fit(arena: Content, slug_of: dict[str, str]) -> Fit:
    variant_of = {slug: variant for variant, slug in slug_of.items()}

    def fitted(
        dimension: str, seed: int, kinds: Sequence[Kind] = KINDS, method: str = "bradley_terry"
    ) -> Board:
        cells = (
            (ballot.model_a, ballot.model_b, ballot.verdicts[dimension], 1)
            for ballot in simulate(arena, seed=seed, kinds=kinds)
            if ballot.verdicts.get(dimension, Verdict.ABSTAIN) is not Verdict.ABSTAIN
        )
        ranking = rank(method, Tally.of(cells), {})
        assert (ranking.components, ranking.prior, ranking.problem) == (1, False, None)
        return {variant_of[row.model]: row for row in ranking.rows}

    return fitted


def surely_above(board: Board, higher: str, lower: str) -> bool:
    """Whether the 95 % intervals are apart, in this order."""
    bottom, top = board[higher].lower, board[lower].upper
    assert bottom is not None
    assert top is not None
    return bottom > top


@pytest.mark.parametrize("seed", SEEDS)
def test_overall_prefers_the_long_answer_full_of_errors_to_the_short_correct_one(fit: Fit, seed: int) -> None:
    board = fit("overall", seed)
    assert surely_above(board, "major-errors", "correct-short")
    assert board["correct-full"].rank_best == 1
    assert board["off-topic"].rank == 6


@pytest.mark.parametrize("seed", SEEDS)
def test_accuracy_prefers_the_short_correct_answer_to_every_erroneous_one(fit: Fit, seed: int) -> None:
    board = fit("accuracy", seed)
    assert surely_above(board, "correct-short", "minor-error")
    assert surely_above(board, "minor-error", "major-errors")
    assert surely_above(board, "correct-short", "off-topic")
    assert surely_above(board, "poor-english", "major-errors")


@pytest.mark.parametrize("seed", SEEDS)
def test_language_puts_the_learner_last_and_does_not_see_errors(fit: Fit, seed: int) -> None:
    board = fit("language", seed)
    assert all(surely_above(board, other, "poor-english") for other in board if other != "poor-english")
    assert not surely_above(board, "correct-full", "major-errors")
    assert not surely_above(board, "major-errors", "correct-full")


@pytest.mark.parametrize("seed", SEEDS)
def test_helpfulness_wants_an_answer_to_the_question(fit: Fit, seed: int) -> None:
    board = fit("helpfulness", seed)
    assert all(surely_above(board, other, "off-topic") for other in board if other != "off-topic")
    assert surely_above(board, "correct-full", "correct-short")
    assert surely_above(board, "correct-full", "major-errors")


@pytest.mark.parametrize("seed", SEEDS)
def test_a_panel_of_experts_would_turn_the_overall_board_around(fit: Fit, seed: int) -> None:
    """As in the study: 1029 for the short correct answer, 892 for several major errors."""
    board = fit("overall", seed, [replace(EXPERT, raters=25)])
    assert surely_above(board, "correct-short", "major-errors")


@pytest.mark.parametrize("seed", SEEDS)
def test_without_the_taste_for_length_style_no_longer_wins(fit: Fit, seed: int) -> None:
    """The effect comes from the stated rule, not from the way pairs are dealt or boards are fitted."""
    sober = replace(CROWD.tastes["overall"], length=0.0)
    crowd = replace(CROWD, tastes={**CROWD.tastes, "overall": sober})
    board = fit("overall", seed, [crowd, EXPERT])
    assert not surely_above(board, "major-errors", "correct-short")


@pytest.mark.parametrize("seed", SEEDS)
def test_the_multi_elo_boards_say_the_same(fit: Fit, seed: int) -> None:
    rating = {
        dimension: {variant: row.rating or 0 for variant, row in fit(dimension, seed, method="elo").items()}
        for dimension in ("overall", "accuracy", "language")
    }
    assert rating["overall"]["major-errors"] > rating["overall"]["correct-short"] + 100
    assert rating["accuracy"]["correct-short"] > rating["accuracy"]["minor-error"] + 50
    assert rating["accuracy"]["correct-short"] > rating["accuracy"]["major-errors"] + 100
    assert min(rating["language"], key=rating["language"].__getitem__) == "poor-english"
