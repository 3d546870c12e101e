"""Which models share a scale, and where the likelihood has no maximum."""

from app.stats.components import decided, islands, one_sided, strong
from app.stats.pairs import Pairs
from app.stats.tally import Tally
from app.stats.verdicts import Verdict

A, TIE = Verdict.A, Verdict.TIE


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
