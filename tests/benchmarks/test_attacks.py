"""The attacks of `benchmarks/attacks.py` are what they say, and so is what is done against them."""

from pathlib import Path

import numpy as np
import pytest

from app.stats.pools import Pool
from benchmarks import attacks
from benchmarks.attacks import ATTACKS, CROWD, Attack, Votes
from benchmarks.honest import llmfao, mt_bench


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attacks, "VOTERS", 80)
    monkeypatch.setattr(attacks, "POOL", Pool.of(80, CROWD))


def named(beginning: str) -> Attack:
    (found,) = (each for each in ATTACKS if each.name.startswith(beginning))
    return found


def test_earlier_votes_are_counted_by_voter() -> None:
    assert attacks._earlier(np.array([3, 1, 3, 3, 1])).tolist() == [0, 0, 1, 2, 1]


def test_every_introduction_is_found_in_its_text_and_no_plain_answer() -> None:
    ones = np.ones(400, dtype=np.int64)
    nothing = np.zeros(400, dtype=np.bool_)
    votes = Votes(ones, ones * 0, ones, ones * 0, nothing, nothing)
    dealt = attacks._leaking(votes, 0, np.random.default_rng(1))
    assert 0.1 < dealt.leaking.mean() < 0.3
    assert (dealt.found == dealt.leaking).all()
    assert not attacks._leaking(votes, 5, np.random.default_rng(1)).leaking.any()


@pytest.mark.usefixtures("small")
def test_who_always_says_a_is_set_aside_and_the_board_comes_back() -> None:
    places, held, points, held_points, caught, lost = attacks._run(
        named("always A"), np.random.default_rng(1)
    )
    assert caught == 1
    assert lost < 0.05
    assert held_points < points / 2
    assert held <= places


@pytest.mark.usefixtures("small")
def test_a_ring_that_skips_the_rest_lifts_its_model_until_it_is_set_aside() -> None:
    places, held, points, held_points, caught, _ = attacks._run(
        named("ring that promotes a model, and skips"), np.random.default_rng(1)
    )
    assert places >= 3
    assert (caught, held) == (1, 0)
    assert held_points < points / 10


def test_those_who_do_not_agree_with_others_are_few_and_are_whom_the_gates_stop(shared_data: Path) -> None:
    crowd, experts = llmfao(shared_data), mt_bench(shared_data)
    assert (len(crowd.voters), len(experts.voters)) == (124, 65)
    assert (int(crowd.agreeing().sum()), int(experts.agreeing().sum())) == (111, 63)
