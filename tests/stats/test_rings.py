"""Rings: what is found among voters of whom none shows alone, and what is not taken for one."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import expit

from app.stats.gates import RING, Others, Ring, Voter, policies, rings, sifted
from app.stats.gates.gate import partisan_odds
from app.stats.settings import SettingsError
from app.stats.tally import COUNTED, Tally
from app.stats.verdicts import Verdict

A, B, TIE = (COUNTED.index(verdict) for verdict in (Verdict.A, Verdict.B, Verdict.TIE))
MODELS = tuple("abcdefghijkl")
THETA = np.linspace(1.2, -1.2, len(MODELS))
PAIRS = np.array([(i, j) for i in range(len(MODELS)) for j in range(len(MODELS)) if i != j])
TARGET, MEMBERS = 5, 12
USUAL = policies({})


def judge(seed: int, eye: float = 1.0, votes: int = 48, taste: float = 0.0) -> Voter:
    """A voter who judges by the true strengths, seen sharply or not; with a taste for the target, in logits."""
    chance = np.random.default_rng(seed)
    first, second = PAIRS[chance.integers(len(PAIRS), size=votes)].T
    liked = THETA + taste * (np.arange(len(MODELS)) == TARGET)
    wins = chance.random(votes) < expit(eye * (liked[first] - liked[second]))
    verdict = np.where(chance.random(votes) < 0.1, TIE, np.where(wins, A, B))
    return Voter(first, second, verdict, seed=seed)


def member(seed: int, favours: bool = True) -> Voter:
    """Judges like others, but where the target stands."""
    voter = judge(seed)
    for_a, for_b = (A, B) if favours else (B, A)
    held = np.where(voter.second == TARGET, for_b, voter.verdict)
    return Voter(voter.first, voter.second, np.where(voter.first == TARGET, for_a, held), seed=seed)


def tally_of(voters: list[Voter]) -> Tally:
    first, second, verdict = (
        np.concatenate([getattr(each, name) for each in voters]) for name in ("first", "second", "verdict")
    )
    return Tally(MODELS, first, second, verdict, np.ones_like(verdict))


def found(voters: list[Voter], **settings: float) -> list[Ring]:
    return rings(voters, Others.of(tally_of(voters)), policies({RING: settings})[RING])


@pytest.mark.parametrize("favours", [True, False])
def test_a_ring_is_found_of_whom_nobody_shows_alone(favours: bool) -> None:
    crowd = [judge(seed) for seed in range(200)]
    pact = [member(seed, favours) for seed in range(1_000, 1_000 + MEMBERS)]
    voters = crowd + pact
    assert sifted(dict(enumerate(pact)), tally_of(voters), USUAL) == {}
    (ring,) = found(voters)
    assert (ring.model, ring.favours) == (TARGET, favours)
    caught = set(ring.voters.tolist())
    assert len(caught & set(range(200, 200 + MEMBERS))) >= MEMBERS * 2 / 3
    assert len(caught & set(range(200))) <= 4
    assert ring.why.endswith("whoever it met")


def test_its_share_is_the_one_of_largest_likelihood() -> None:
    voters = [judge(seed) for seed in range(200)] + [member(seed) for seed in range(1_000, 1_000 + MEMBERS)]
    others = Others.of(tally_of(voters))
    odds = []
    for voter in voters:
        sides = partisan_odds(voter.decided(), others, True, USUAL[RING].sharpness)
        on_target = [ratio[model == TARGET] for model, ratio in sides]
        if sum(map(len, on_target)):
            odds.append(np.concatenate(on_target).sum())
    best = minimize_scalar(
        lambda share: -np.log1p(share * (np.exp(odds) - 1)).sum(), bounds=(0, 1), method="bounded"
    )
    (ring,) = found(voters)
    assert ring.share == pytest.approx(best.x, abs=1e-4)


def test_people_who_judge_are_seldom_taken_for_a_ring() -> None:
    alarms = sum(
        bool(found([judge(1_000 * world + seed) for seed in range(120)], chance=0.05)) for world in range(60)
    )
    assert alarms <= 9  # of 60 with a chance of .05 each, more than 9 come once in a thousand


@pytest.mark.parametrize(("eye", "taste"), [(2.0, 0.0), (0.5, 0.0), (1.0, 0.7)])
def test_sharp_eyes_dull_eyes_and_a_taste_are_no_ring(eye: float, taste: float) -> None:
    others = [judge(seed) for seed in range(150)]
    assert found(others + [judge(seed, eye, taste=taste) for seed in range(500, 550)]) == []


def test_one_voter_is_no_ring() -> None:
    alone = Voter(np.full(40, TARGET), np.arange(40) % 5, np.full(40, A), seed=1)
    assert found([judge(seed) for seed in range(100)] + [alone]) == []


def test_nobody_and_nothing_are_no_ring() -> None:
    assert rings([], Others.of(tally_of([judge(1)])), policies({})[RING]) == []
    ties = [Voter(np.array([0]), np.array([1]), np.array([TIE])) for _ in range(5)]
    assert found(ties) == []


def test_settings_that_make_no_sense_are_refused() -> None:
    for settings in ({"chance": 0}, {"sharpness": 0.5}, {"share": 1}):
        with pytest.raises(SettingsError):
            policies({RING: settings})
    assert RING not in policies({RING: {"on": False}})
