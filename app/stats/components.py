"""Which models can stand on one scale: the connected parts of the graph of pairs that met."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import (
    NegativeCycleError,
    bellman_ford,
    breadth_first_order,
    connected_components,
)

from app.stats.pairs import Pairs
from app.stats.tally import Ints


def islands(pairs: Pairs) -> tuple[Ints, ...]:
    """Groups of models that met, directly or through others: ascending indexes, the largest group first.

    Groups of one size stand in the order of their first names. A model without a counted vote is in none.

    >>> from app.stats.tally import Tally
    >>> from app.stats.verdicts import Verdict
    >>> cells = [("d", "b", Verdict.A, 1), ("a", "e", Verdict.TIE, 1), ("d", "f", Verdict.B, 1)]
    >>> pairs = Pairs.of(Tally.of(cells, models=["c"]), "half", "tie")
    >>> [[pairs.models[index] for index in island] for island in islands(pairs)]
    [['b', 'd', 'f'], ['a', 'e']]
    """
    label = _label(pairs.first, pairs.second, len(pairs.models))
    met = np.zeros(len(label), dtype=bool)
    met[label[pairs.first]] = True
    groups = [np.flatnonzero(label == island) for island in np.flatnonzero(met)]
    return tuple(sorted(groups, key=lambda group: (-len(group), int(group[0]))))


def decided(pairs: Pairs) -> Ints:
    """Label models by group: linked, directly or through others, by votes that were not ties."""
    kept = pairs.won + pairs.lost > 0
    return _label(pairs.first[kept], pairs.second[kept], len(pairs.models))


def strong(pairs: Pairs) -> Ints:
    """Label models by strong component of "won or tied against".

    A finite maximum of the Bradley–Terry likelihood exists if and only if there is one (Ford 1957; Hunter
    2004).

    >>> from app.stats.tally import Tally
    >>> from app.stats.verdicts import Verdict
    >>> one_way = [("x", "y", Verdict.A, 9)]
    >>> [len(set(strong(Pairs.of(Tally.of(cells), "half", "tie")).tolist()))
    ...  for cells in (one_way, [*one_way, ("x", "y", Verdict.TIE, 1)])]
    [2, 1]
    """
    tails, heads = _beaten(pairs)
    return _label(tails, heads, len(pairs.models), directed=True)


def one_sided(pairs: Pairs, label: Ints) -> tuple[Ints, Ints]:
    """Models whose strong component (of `label`) has no loss and no tie, and those with no win and no tie,
    against others.

    With a single component all models are in both.
    """
    tails, heads = _beaten(pairs)
    across = label[tails] != label[heads]
    lost = np.isin(label, label[heads[across]])
    won = np.isin(label, label[tails[across]])
    return np.flatnonzero(~lost), np.flatnonzero(~won)


def open_differences(pairs: Pairs, reference: int) -> tuple[Ints, Ints]:
    """Models that the votes allow to be infinitely far above the reference, and infinitely far below it.

    Above: no chain of wins and ties leads from the reference to the model. Below: none leads back.

    >>> from app.stats.tally import Tally
    >>> from app.stats.verdicts import Verdict
    >>> pairs = Pairs.of(Tally.of([("x", "y", Verdict.A, 9), ("y", "z", Verdict.A, 2)]), "half", "tie")
    >>> [models.tolist() for models in open_differences(pairs, 1)]
    [[0], [2]]
    """
    tails, heads = _beaten(pairs)
    return _out_of_reach(tails, heads, pairs, reference), _out_of_reach(heads, tails, pairs, reference)


def _out_of_reach(tails: Ints, heads: Ints, pairs: Pairs, start: int) -> Ints:
    size = len(pairs.models)
    graph = csr_array((np.ones(len(tails)), (tails, heads)), shape=(size, size))
    reached = breadth_first_order(graph, start, return_predecessors=False)
    return np.setdiff1d(np.arange(size), reached)


def with_ties_modelled(pairs: Pairs) -> Pairs:
    """The pairs as far as they hold strengths together where ties have a parameter of their own.

    Beside one `strong` component a finite maximum then needs a cycle with more wins than ties in it, each tie
    taken either way: otherwise strengths can drift apart for ever while the tie parameter grows along, as for
    one win and one tie of a single pair. Without such a cycle no win is ever returned, and the ties are left
    out. (Where the votes are ever likelier along a direction, every win widens its gap by at least twice the
    growth of the log tie parameter and no tie by more: a system of difference constraints, feasible unless a
    cycle contradicts it.)

    >>> from app.stats.tally import Tally
    >>> from app.stats.verdicts import Verdict
    >>> once = [("x", "y", Verdict.A, 1), ("x", "y", Verdict.TIE, 1)]
    >>> [len(set(strong(with_ties_modelled(Pairs.of(Tally.of(cells), "half", "tie"))).tolist()))
    ...  for cells in (once, [*once, ("x", "y", Verdict.B, 1)])]
    [2, 1]
    """
    held = not pairs.tied.any() or strong(pairs).any() or _more_wins_than_ties(pairs)
    return pairs if held else pairs.without_ties()


def _more_wins_than_ties(pairs: Pairs) -> bool:
    """Whether some cycle has, for pairs that are all in one strong component."""
    if ((pairs.won > 0) & (pairs.lost > 0)).any():
        return True
    tails, heads = _beaten(pairs)
    ahead, behind = pairs.won[pairs.won + pairs.tied > 0], pairs.lost[pairs.lost + pairs.tied > 0]
    length = np.where(np.concatenate([ahead, behind]) > 0, -1.0, 1.0)
    graph = csr_array((length, (tails, heads)), shape=(len(pairs.models), len(pairs.models)))
    try:
        bellman_ford(graph, indices=np.zeros(1, dtype=np.int64))
    except NegativeCycleError:
        return True
    return False


def _beaten(pairs: Pairs) -> tuple[Ints, Ints]:
    """Edges from who won or tied to the other side of the pair."""
    ahead, behind = pairs.won + pairs.tied > 0, pairs.lost + pairs.tied > 0
    tails = np.concatenate([pairs.first[ahead], pairs.second[behind]])
    heads = np.concatenate([pairs.second[ahead], pairs.first[behind]])
    return tails, heads


def _label(tails: Ints, heads: Ints, size: int, directed: bool = False) -> Ints:
    if _all_in_one(tails, heads, size, directed):
        return np.zeros(size, dtype=np.int64)
    graph = csr_array((np.ones(len(tails)), (tails, heads)), shape=(size, size))
    return connected_components(graph, directed=directed, connection="strong")[1].astype(np.int64)


def _all_in_one(tails: Ints, heads: Ints, size: int, directed: bool) -> bool:
    """Whether one component holds all, as on most boards: a tenth of the time that naming components takes."""
    leads = np.zeros((size, size), dtype=bool)
    leads[tails, heads] = True
    if not directed:
        leads |= leads.T
    return _reaches_all(leads) and (not directed or _reaches_all(leads.T))


def _reaches_all(leads: NDArray[np.bool_]) -> bool:
    """Whether steps from the first model, `leads[i, j]` from i to j, come to every other."""
    reached = np.zeros(len(leads), dtype=bool)
    reached[:1] = True
    fresh = np.flatnonzero(reached)
    while len(fresh):
        next_to = leads[fresh].any(axis=0) & ~reached
        reached |= next_to
        fresh = np.flatnonzero(next_to)
    return bool(reached.all())
