"""Ranked pairs against the known answer, another implementation, and what Tideman's rule promises."""

from itertools import combinations, permutations

import numpy as np
import pytest

from app.stats.rankings import rank
from app.stats.rankings.ranking import Ranking
from app.stats.tally import Tally
from app.stats.verdicts import Verdict
from tests.stats.boards import matrix_tally, named, random_votes, ratings

A, TIE = Verdict.A, Verdict.TIE
BALLOTS = {"wxzy": 3, "wyxz": 2, "xyzw": 4, "xzwy": 5, "ywxz": 1}
TALLIES = [[0, 6, 10, 6], [9, 0, 12, 15], [5, 3, 0, 7], [9, 0, 8, 0]]  # of w, x, y, z


def order(ranking: Ranking) -> str:
    return "".join(row.model for row in ranking.rows)


def test_the_known_answer() -> None:
    """METHODS 2.11: by positions, x z w y, with every model placed by a majority."""
    ranking = rank("ranked_pairs", matrix_tally("wxyz", TALLIES), {})
    assert order(ranking) == "xzwy"
    assert [(row.rank, row.rating) for row in ranking.rows] == [
        (1, 100.0),
        (2, pytest.approx(200 / 3)),
        (3, pytest.approx(100 / 3)),
        (4, 0.0),
    ]


def test_the_tallies_are_those_of_the_ballots() -> None:
    cells = [
        (above, below, A, votes)
        for ballot, votes in BALLOTS.items()
        for above, below in combinations(ballot, 2)
    ]
    assert Tally.of(cells).win_matrix().tolist() == TALLIES
    assert order(rank("ranked_pairs", Tally.of(cells), {})) == "xzwy"


def by_definition(wins: list[list[int]]) -> list[int]:
    """Tideman's rule for distinct margins, looking for a cycle from each candidate edge anew."""
    size = len(wins)
    margins = [
        (wins[i][j] - wins[j][i], i, j) for i in range(size) for j in range(size) if wins[i][j] > wins[j][i]
    ]
    locked: dict[int, set[int]] = {model: set() for model in range(size)}

    def reaches(start: int, goal: int) -> bool:
        return start == goal or any(reaches(step, goal) for step in locked[start])

    for _, winner, loser in sorted(margins, reverse=True):
        if not reaches(loser, winner):
            locked[winner].add(loser)
    return sorted(range(size), key=lambda model: -sum(reaches(model, other) for other in range(size)))


@pytest.mark.parametrize("seed", range(30))
def test_agrees_with_the_rule_step_by_step(seed: int) -> None:
    generator = np.random.default_rng(seed)
    size = int(generator.integers(3, 8))
    wins = np.zeros((size, size), dtype=int)
    pairs = list(combinations(range(size), 2))
    for (i, j), margin in zip(pairs, generator.permutation(len(pairs)) + 1, strict=True):
        wins[i, j], wins[j, i] = (margin + 5, 5) if generator.random() < 0.5 else (5, margin + 5)
    ranking = rank("ranked_pairs", matrix_tally("abcdefg"[:size], wins.tolist()), {})
    assert order(ranking) == "".join("abcdefg"[model] for model in by_definition(wins.tolist()))


def test_no_name_decides_a_cycle_of_equal_majorities() -> None:
    for first, second, third in permutations("abc"):
        cycle = [(first, second, A, 2), (second, third, A, 2), (third, first, A, 2)]
        assert ratings(rank("ranked_pairs", Tally.of(cycle), {})) == {"a": 50, "b": 50, "c": 50}
        # A fourth model that loses to each of them by as much stands below, and leaves the cycle alone.
        below = [*cycle, *((model, "z", A, 2) for model in "abc")]
        rows = ratings(rank("ranked_pairs", Tally.of(below), {}))
        assert rows == {"a": pytest.approx(200 / 3), "b": rows["a"], "c": rows["a"], "z": 0}


def test_a_smaller_majority_decides_where_a_cycle_was_given_up() -> None:
    cycle = [("a", "b", A, 2), ("b", "c", A, 2), ("c", "d", A, 2), ("d", "a", A, 2)]
    found = ratings(rank("ranked_pairs", Tally.of([*cycle, ("a", "c", A, 1)]), {}))
    assert found == {"a": pytest.approx(200 / 3), "b": 50, "d": 50, "c": pytest.approx(100 / 3)}


def test_of_equal_margins_more_votes_go_first() -> None:
    cells = [("a", "b", A, 9), ("b", "a", A, 7), ("b", "c", A, 2), ("c", "a", A, 3), ("a", "c", A, 1)]
    assert order(rank("ranked_pairs", Tally.of(cells), {})) == "cab"


def test_a_margin_of_nought_places_nobody_but_links() -> None:
    cells = [("a", "b", A, 3), ("b", "c", TIE, 5), ("c", "d", A, 1), ("d", "c", A, 1)]
    ranking = rank("ranked_pairs", Tally.of(cells), {})
    assert ranking.components == 1
    assert ratings(ranking) == {"a": pytest.approx(200 / 3), "c": 50, "d": 50, "b": pytest.approx(100 / 3)}
    assert rank("ranked_pairs", Tally.of(cells), {"ties": "drop"}).components == 2


def test_a_condorcet_winner_and_loser_stand_at_the_ends() -> None:
    wins = [[0, 3, 2, 9], [2, 0, 7, 6], [1, 2, 0, 8], [0, 1, 7, 0]]
    found = ratings(rank("ranked_pairs", matrix_tally("wxyz", wins), {}))
    assert (found["w"], found["z"]) == (100, 0)


def test_clones_do_not_help() -> None:
    """A clone of the last, that the same votes place beside it, moves none of the others."""
    wins = [[0, 7, 3, 3], [3, 0, 8, 8], [6, 2, 0, 5], [6, 2, 4, 0]]
    three = order(rank("ranked_pairs", matrix_tally("abc", [row[:3] for row in wins[:3]]), {}))
    assert order(rank("ranked_pairs", matrix_tally("abcd", wins), {})).replace("d", "") == three


def test_three_hundred_models_are_placed_by_their_majorities() -> None:
    votes = random_votes(models=300, votes=200_000, seed=5).tally()
    placed = [row.model for row in rank("ranked_pairs", votes, {}).rows]
    number = {model: position for position, model in enumerate(named(300))}
    places = np.array([number[model] for model in placed])
    assert np.corrcoef(places, np.arange(300))[0, 1] < -0.99
