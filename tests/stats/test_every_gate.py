"""What holds of every gate, and what each of them is for."""

import json
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from scipy.special import expit

from app.stats.gates import GATES, Others, Voter, fired, policies, sifted
from app.stats.gates.anomalous import first_exceeding, p_values
from app.stats.settings import SettingsError
from app.stats.tally import COUNTED, Ints, Tally
from app.stats.verdicts import Verdict

A, B, TIE = (COUNTED.index(verdict) for verdict in (Verdict.A, Verdict.B, Verdict.TIE))
MODELS = tuple("abcdefgh")
THETA = np.linspace(1.5, -1.5, len(MODELS))
PAIRS = np.array([(i, j) for i in range(len(MODELS)) for j in range(len(MODELS)) if i != j])


def honest(votes: int, seed: int, eye: float = 1.0) -> Voter:
    chance = np.random.default_rng(seed)
    first, second = PAIRS[chance.integers(len(PAIRS), size=votes)].T
    wins = chance.random(votes) < expit(eye * (THETA[first] - THETA[second]))
    return Voter(first, second, np.where(wins, A, B), seed=seed)


def saying(voter: Voter, verdict: Ints) -> Voter:
    return Voter(voter.first, voter.second, np.asarray(verdict), seed=voter.seed)


def tally_of(*voters: Voter) -> Tally:
    first, second, verdict = (
        np.concatenate([getattr(each, name) for each in voters]) for name in ("first", "second", "verdict")
    )
    return Tally(MODELS, first, second, verdict, np.ones_like(verdict))


CROWD = [honest(60, seed) for seed in range(100)]
OTHERS = Others.of(tally_of(*CROWD))
BUSY = honest(80, 1_000)
MEETS = (BUSY.first == 4) | (BUSY.second == 4)
HOSTILE = {
    "one_sided": saying(BUSY, np.full(80, A)),
    "partisan": Voter(np.full(40, 4), np.arange(40) % 4, np.full(40, A), seed=1),
    "anomalous": saying(BUSY, np.where(THETA[BUSY.first] > THETA[BUSY.second], B, A)),
    "coin": saying(honest(400, 3), np.random.default_rng([3, 3]).choice([A, B], 400)),
    "echo": saying(
        honest(120, 4), np.where(THETA[honest(120, 4).first] > THETA[honest(120, 4).second], A, B)
    ),
    "gold": Voter(BUSY.first, BUSY.second, BUSY.verdict, gold=(5, 5)),
    "repeats": Voter(BUSY.first, BUSY.second, BUSY.verdict, repeats=(9, 9)),
}


@pytest.mark.parametrize("name", GATES)
def test_every_gate_stops_those_it_is_for(name: str) -> None:
    why = GATES[name].test(HOSTILE[name], OTHERS, GATES[name].configured({}))
    assert why
    assert why == GATES[name].test(HOSTILE[name], OTHERS, GATES[name].configured({}))


@pytest.mark.parametrize("name", GATES)
def test_every_gate_lets_nearly_all_honest_voters_pass(name: str) -> None:
    settings = GATES[name].configured({})
    stopped = sum(
        GATES[name].test(honest(80, seed), OTHERS, settings) is not None for seed in range(2_000, 2_500)
    )
    assert stopped <= 5


@pytest.mark.parametrize("name", GATES)
def test_nobody_is_stopped_for_nothing(name: str) -> None:
    nothing = np.zeros(0, dtype=np.int64)
    settings = GATES[name].configured({})
    assert GATES[name].test(Voter(nothing, nothing, nothing), OTHERS, settings) is None
    assert GATES[name].test(Voter(np.array([0]), np.array([1]), np.array([B])), OTHERS, settings) is None
    ties = Voter(BUSY.first, BUSY.second, np.full(80, TIE))
    assert GATES[name].test(ties, OTHERS, settings) is None or name == "anomalous"


@pytest.mark.parametrize("name", GATES)
def test_sides_exchanged_change_no_answer(name: str) -> None:
    voter = HOSTILE[name]
    turned = Voter(
        voter.second,
        voter.first,
        np.select([voter.verdict == A, voter.verdict == B], [B, A], voter.verdict),
        voter.gold,
        voter.repeats,
        voter.seed,
    )
    others = Others(OTHERS.wins, OTHERS.ties, OTHERS.theta, 1 - OTHERS.left)
    settings = GATES[name].configured({})
    assert (GATES[name].test(turned, others, settings) is None) == (
        GATES[name].test(voter, others, settings) is None
    )


@pytest.mark.parametrize("name", GATES)
def test_a_setting_out_of_range_is_refused(name: str) -> None:
    for field in GATES[name].defaults():
        with pytest.raises(SettingsError):
            policies({name: {field: -1}})
    with pytest.raises(SettingsError):
        policies({name: {"no such": 1}})


def test_an_unknown_gate_is_refused_and_one_that_is_off_is_not_asked() -> None:
    with pytest.raises(SettingsError, match="no gate 'ghost'"):
        policies({"ghost": {}})
    with pytest.raises(SettingsError, match="true or false"):
        policies({"coin": {"on": 1}})
    assert "one_sided" in fired(HOSTILE["one_sided"], OTHERS, policies({}))
    assert "one_sided" not in fired(HOSTILE["one_sided"], OTHERS, policies({"one_sided": {"on": False}}))


def test_the_known_answer_of_fishers_sums() -> None:
    """METHODS 4.7: M_j = 4.605·j passes 18.168 first at j = 4; the second pool is never passed."""
    assert first_exceeding(np.full(6, 0.1), 0.98) == 4
    assert first_exceeding(np.full(3, 0.1), 0.98) is None
    assert first_exceeding(np.array([0.604, 0.604, *[1.0] * 98]), 0.98) is None


def test_p_values_count_the_other_votes_on_the_pair_in_both_codings() -> None:
    """90 zeros and 9 ones beside the voter's two ones: p = (1 + 9)/(99 + 1) one way and 1 the other."""
    lost = [("a", "b", Verdict.B, 90), ("a", "b", Verdict.A, 6), ("b", "a", Verdict.B, 3 + 2)]
    others = Others.of(Tally.of(lost, ["a", "b"]))
    voter = Voter(np.array([1, 1]), np.array([0, 0]), np.array([B, B]))
    one, other = p_values(voter, others)
    assert sorted([one.round(12).tolist(), other.round(12).tolist()]) == [[0.1, 0.1], [1.0, 1.0]]


def test_p_values_of_ties_stand_between() -> None:
    """METHODS 4.7: 30 zeros, 10 halves, 60 ones; 1, ½ and 0 are reached by 60, 70 and all of them."""
    pool = [("a", "b", Verdict.B, 31), ("a", "b", Verdict.TIE, 11), ("a", "b", Verdict.A, 61)]
    others = Others.of(Tally.of(pool, ["a", "b"]))
    voter = Voter(np.zeros(3, int), np.ones(3, int), np.array([A, TIE, B]))
    found = [each.round(6).tolist() for each in p_values(voter, others)]
    assert [round(61 / 101, 6), round(71 / 101, 6), 1.0] in found
    assert [1.0, round(41 / 101, 6), round(31 / 101, 6)] in found


def test_votes_that_do_not_stand_are_no_part_of_the_history_to_take_away() -> None:
    pool = [("a", "b", Verdict.B, 90), ("a", "b", Verdict.A, 9)]
    others = Others.of(Tally.of(pool, ["a", "b"]))
    voter = Voter(np.zeros(1, int), np.ones(1, int), np.array([A]), standing=np.zeros(1, bool))
    assert 0.1 in [round(float(each[0]), 6) for each in p_values(voter, others)]


def test_strengths_are_those_of_the_votes() -> None:
    assert np.corrcoef(OTHERS.theta, THETA)[0, 1] > 0.99
    assert abs(OTHERS.theta.mean()) < 1e-9
    newcomer = Others.of(Tally.of([("a", "b", Verdict.A, 5)], ["a", "b", "new"]))
    assert np.isfinite(newcomer.theta).all()


def test_who_bends_the_board_goes_first_and_honest_voters_stay() -> None:
    """Copies of the board sharpen it, so that a voter who errs often looks like a coin until they are gone."""
    crowd = {f"honest {seed}": honest(60, seed, eye=0.5) for seed in range(60)}
    copies = {}
    for seed in range(30):
        plain = honest(150, 5_000 + seed)
        copies[f"copy {seed}"] = saying(plain, np.where(THETA[plain.first] > THETA[plain.second], A, B))
    wanted = policies({name: {"on": False} for name in ("one_sided", "partisan", "anomalous")})
    tally = tally_of(*crowd.values(), *copies.values())
    bent = Others.of(tally)
    assert sum("coin" in fired(voter, bent, wanted) for voter in crowd.values()) > 5
    found = sifted({**crowd, **copies}, tally, wanted)
    assert {name for name in found if name.startswith("copy")} == set(copies)
    assert len([name for name in found if name.startswith("honest")]) <= 1


def test_people_of_mt_bench_are_not_stopped(shared_data: Path) -> None:
    file = shared_data / "mtbench_votes" / "data" / "snapshots" / "mtbench" / "human.jsonl"
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    models = sorted({row[side] for row in rows for side in ("model_a", "model_b")})
    place = {model: at for at, model in enumerate(models)}
    said = defaultdict[str, list[tuple[int, int, int]]](list)
    for row in rows:
        word = {"model_a": A, "model_b": B}.get(row["winner"], TIE)
        said[row["judge"]].append((place[row["model_a"]], place[row["model_b"]], word))
    voters, cells = {}, list[tuple[str, str, Verdict, int]]()
    for seed, (name, votes) in enumerate(said.items()):
        first, second, verdict = np.array(votes).T
        voters[name] = Voter(first, second, verdict, seed=seed)
        cells += [(models[a], models[b], COUNTED[word], 1) for a, b, word in votes]
    assert len(voters) == 65
    assert sifted(voters, Tally.of(cells, models), policies({})) == {}
