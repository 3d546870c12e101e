"""Which models share a scale, and where the likelihood has no maximum."""

import numpy as np
from scipy.optimize import linprog

from app.stats.components import decided, islands, one_sided, strong, with_ties_modelled
from app.stats.pairs import Pairs
from app.stats.tally import Tally
from app.stats.verdicts import Verdict

A, TIE = Verdict.A, Verdict.TIE
Cells = list[tuple[str, str, Verdict]]


def pairs_of(*cells: tuple[str, str, Verdict], models: str = "") -> Pairs:
    return Pairs.of(Tally.of([(*cell, 1) for cell in cells], models), "half", "tie")


def names(pairs: Pairs, indexes: list[int]) -> str:
    return "".join(pairs.models[index] for index in indexes)


def groups(pairs: Pairs, label: list[int]) -> set[str]:
    return {names(pairs, [i for i, own in enumerate(label) if own == group]) for group in label}


def test_islands_stand_by_size_then_name_and_leave_out_models_without_votes() -> None:
    pairs = pairs_of(("z", "y", A), ("b", "a", TIE), ("q", "r", A), ("q", "s", A), models="c")
    assert [names(pairs, island.tolist()) for island in islands(pairs)] == ["qrs", "ab", "yz"]


def test_a_dropped_tie_links_nobody() -> None:
    tally = Tally.of([("a", "b", TIE, 3), ("b", "c", A, 1)])
    pairs = Pairs.of(tally, "drop", "tie")
    assert [names(pairs, island.tolist()) for island in islands(pairs)] == ["bc"]


def test_a_tie_or_a_cycle_connects_strongly_and_a_chain_does_not() -> None:
    chain = pairs_of(("a", "b", A), ("b", "c", A))
    cycle = pairs_of(("a", "b", A), ("b", "c", A), ("c", "a", A))
    tied = pairs_of(("a", "b", A), ("b", "c", TIE))
    assert groups(chain, strong(chain).tolist()) == {"a", "b", "c"}
    assert groups(cycle, strong(cycle).tolist()) == {"abc"}
    assert groups(tied, strong(tied).tolist()) == {"a", "bc"}


def test_one_sided_names_who_never_lost_and_who_never_won() -> None:
    pairs = pairs_of(("a", "b", TIE), ("a", "c", A), ("c", "d", A), ("b", "d", A))
    unbeaten, winless = one_sided(pairs, strong(pairs))
    assert names(pairs, unbeaten.tolist()) == "ab"
    assert names(pairs, winless.tolist()) == "d"


def test_groups_linked_by_ties_alone_are_told_apart() -> None:
    pairs = pairs_of(("a", "b", A), ("c", "d", A), ("b", "c", TIE))
    assert groups(pairs, decided(pairs).tolist()) == {"ab", "cd"}


def never_worse(cells: Cells, models: str) -> bool:
    """Whether some direction of strengths and log tie parameter never makes a vote less likely, by linear programming.

    A vote is never less likely if its logit grows at least as much as the other two: ±gap/2 and the tie's.
    """
    size = len(models)
    rows = []
    for first, second, verdict in cells:
        half = np.zeros(size + 1)
        half[models.index(first)], half[models.index(second)] = 0.5, -0.5
        tie = np.eye(size + 1)[size]
        own, *others = (half, -half, tie) if verdict is A else (tie, half, -half)
        rows += [other - own for other in others]
    wished = -np.array(rows).sum(
        axis=0
    )  # total growth of own logits over the others: 0 where all stay the same
    bounds = [(0, 0)] + [(-1, 1)] * size
    found = linprog(-wished, A_ub=np.array(rows), b_ub=np.zeros(len(rows)), bounds=bounds)
    assert found.success
    return bool(wished @ found.x > 1e-9)


def test_ties_modelled_need_what_linear_programming_says() -> None:
    generator = np.random.default_rng(1)
    seen = set()
    for _ in range(400):
        models = "abcde"[: generator.integers(2, 6)]
        cells: Cells = []
        for _ in range(generator.integers(len(models), 3 * len(models))):
            first, second = generator.choice(list(models), 2, replace=False)
            cells.append((str(first), str(second), TIE if generator.random() < 0.6 else A))
        pairs = pairs_of(*cells)
        if len(islands(pairs)) > 1 or len(pairs.models) < len(models) or not pairs.tied.any():
            continue
        unbounded = bool(strong(with_ties_modelled(pairs)).any())
        assert unbounded == never_worse(cells, models), cells
        seen.add((unbounded, bool(strong(pairs).any())))
    assert seen == {(False, False), (True, False), (True, True)}
