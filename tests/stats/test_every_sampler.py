"""What every registered sampler must do. A new sampler is tested here by being in SAMPLERS."""

import math
import re
from collections.abc import Iterable

import numpy as np
import pytest

from app.stats.pairing import SAMPLERS, UnknownSampler, find, needs, pair_probabilities
from app.stats.settings import Setting, UnknownSetting, UnusableValue
from app.stats.tally import Floats, Ints, Tally
from app.stats.verdicts import Verdict
from tests.stats.boards import matrix_tally, random_votes

A, B, TIE, BAD = Verdict.A, Verdict.B, Verdict.TIE, Verdict.BOTH_BAD
Cell = tuple[str, str, Verdict, int]

EXPLORE = 0.1
every_sampler = pytest.mark.parametrize("name", SAMPLERS)
# Uniform sampling is there to be compared with: it has no preference to test.
every_choosy_sampler = pytest.mark.parametrize("name", [name for name in SAMPLERS if name != "uniform"])

ISLANDS: list[Cell] = [("p", "q", A, 9), ("p", "q", B, 6), ("x", "y", A, 8), ("x", "y", B, 8)]
BOARDS: dict[str, Tally] = {
    "no votes": Tally.of([], models="xyz"),
    "one pair": Tally.of([("x", "y", A, 3)]),
    "only ties": Tally.of([("x", "y", TIE, 9), ("y", "z", BAD, 9)]),
    "undefeated and winless": Tally.of([("x", "y", A, 9), ("y", "z", A, 9), ("x", "z", A, 9)]),
    "islands": Tally.of(ISLANDS),
    "a million against one": Tally.of([("x", "y", A, 10**6), ("y", "z", A, 1), ("z", "x", A, 1)]),
    "votes of all kinds": random_votes(models=6, votes=300, seed=7).tally(),
}


def all_pairs(tally: Tally) -> Ints:
    return np.argwhere(np.triu(np.ones((len(tally.models), len(tally.models))), 1))


def chances(name: str, tally: Tally, pairs: Ints | None = None, **settings: Setting) -> Floats:
    wanted = all_pairs(tally) if pairs is None else pairs
    return pair_probabilities(needs(name, tally, settings), wanted, EXPLORE)


def by_pair(name: str, cells: Iterable[Cell], models: str = "") -> dict[str, float]:
    """Probabilities by the two names put together."""
    tally = Tally.of(cells, models)
    named = [tally.models[one] + tally.models[other] for one, other in all_pairs(tally)]
    return dict(zip(named, chances(name, tally).tolist(), strict=True))


@every_sampler
@pytest.mark.parametrize("board", BOARDS)
def test_probabilities_add_up_and_keep_their_floor(name: str, board: str) -> None:
    found = chances(name, BOARDS[board])
    assert found.sum() == pytest.approx(1)
    assert (found >= EXPLORE / len(found) - 1e-15).all()


@every_sampler
@pytest.mark.parametrize("board", BOARDS)
def test_needs_are_symmetric_finite_and_not_negative(name: str, board: str) -> None:
    found = needs(name, BOARDS[board], {})
    assert found.shape == (len(BOARDS[board].models),) * 2
    assert np.isfinite(found).all()
    assert (found >= 0).all()
    assert found.max() > 0
    assert not np.diag(found).any()
    assert found == pytest.approx(found.T, rel=1e-9, abs=1e-300)


@every_sampler
def test_one_pair_is_certain_and_no_pair_is_nothing(name: str) -> None:
    assert chances(name, BOARDS["one pair"]).tolist() == [1]
    for models in ("", "x"):
        assert chances(name, Tally.of([], models=models)).tolist() == []


@every_sampler
@pytest.mark.parametrize("board", ["no votes", "only ties"])
def test_pairs_of_which_the_same_is_known_are_alike(name: str, board: str) -> None:
    found = by_pair(name, [], "xyz") if board == "no votes" else by_pair(name, [("x", "y", A, 3)], "xyz")
    if board == "no votes":
        assert list(found.values()) == pytest.approx([1 / 3] * 3)
    else:
        tied = by_pair(name, [("x", "y", TIE, 9)], "xyz")
        assert tied["xz"] == pytest.approx(tied["yz"])


@every_sampler
def test_the_order_in_which_models_are_named_changes_nothing(name: str) -> None:
    usual = BOARDS["votes of all kinds"]
    order = np.array([3, 0, 5, 1, 4, 2])
    place = np.argsort(order)
    renamed = Tally(
        tuple(usual.models[at] for at in order),
        place[usual.first],
        place[usual.second],
        usual.verdict,
        usual.count,
    )
    pairs = all_pairs(usual)
    assert chances(name, renamed, place[pairs]) == pytest.approx(chances(name, usual, pairs), rel=1e-9)


@every_sampler
def test_sides_change_nothing(name: str) -> None:
    usual = BOARDS["votes of all kinds"]
    turned = np.array([1, 0, 2, 3, 4])[usual.verdict]
    swapped = Tally(usual.models, usual.second, usual.first, turned, usual.count)
    assert chances(name, swapped) == pytest.approx(chances(name, usual), rel=1e-9)
    assert chances(name, usual, all_pairs(usual)[:, ::-1]) == pytest.approx(chances(name, usual), rel=1e-9)


@every_choosy_sampler
def test_a_newcomers_pairs_come_first(name: str) -> None:
    found = by_pair(
        name, [("x", "y", A, 30), ("x", "y", B, 25), ("y", "z", A, 20), ("y", "z", B, 20)], "wxyz"
    )
    new = {pair for pair in found if "w" in pair}
    assert min(found[pair] for pair in new) > max(found[pair] for pair in set(found) - new - {"xz"})
    assert sum(found[pair] for pair in new) > 0.5


@every_choosy_sampler
def test_pairs_that_join_islands_come_first(name: str) -> None:
    found = by_pair(name, ISLANDS)
    joining = {"px", "py", "qx", "qy"}
    assert min(found[pair] for pair in joining) > max(found[pair] for pair in set(found) - joining)


@every_choosy_sampler
def test_an_undefeated_model_is_not_left_alone(name: str) -> None:
    cells = [("x", "y", A, 9), *[("y", "z", verdict, 40) for verdict in (A, B)]]
    found = by_pair(name, cells, "xyz")
    assert found["xy"] + found["xz"] > found["yz"]


@every_choosy_sampler
def test_more_votes_on_a_pair_make_it_less_likely(name: str) -> None:
    def known(votes: int) -> float:
        others = [("x", "z", A, 20), ("x", "z", B, 20), ("y", "z", A, 20), ("y", "z", B, 20)]
        return by_pair(name, [("x", "y", A, votes), ("x", "y", B, votes), *others])["xy"]

    assert known(5) > known(50) > known(500)


@every_sampler
def test_the_same_votes_give_the_same_probabilities(name: str) -> None:
    tally = matrix_tally("xyz", [[0, 7, 3], [2, 0, 6], [4, 4, 0]])
    assert chances(name, tally).tolist() == chances(name, tally).tolist()


@every_sampler
def test_a_setting_that_does_not_exist_is_refused_with_those_that_do(name: str) -> None:
    known = ", ".join(SAMPLERS[name].defaults()) or "none"
    with pytest.raises(UnknownSetting, match=re.escape(f"no setting 'greed'; it has {known}")):
        needs(name, BOARDS["islands"], {"greed": 1})


@every_sampler
def test_every_setting_refuses_a_value_outside_its_range(name: str) -> None:
    for setting in SAMPLERS[name].defaults():
        for value in ("nonsense", -math.inf, math.nan, True, None):
            with pytest.raises(UnusableValue, match=setting):
                needs(name, BOARDS["islands"], {setting: value})


@every_sampler
def test_it_says_what_it_is(name: str) -> None:
    sampler = SAMPLERS[name]
    assert sampler.name == name
    assert sampler.version == "1"
    assert sampler.summary
    assert [each.name for each in sampler.parameters()] == list(sampler.defaults())


def test_a_sampler_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(UnknownSampler, match=", ".join(SAMPLERS)):
        find("popularity")
