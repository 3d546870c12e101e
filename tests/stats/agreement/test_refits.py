"""Boards fitted anew on resamples: one fit at a time says the same, and public boards come out."""

import json
from pathlib import Path

import numpy as np
import pytest

from app.stats.agreement.bootstrap import multiplicities
from app.stats.agreement.ceiling import split_half
from app.stats.agreement.certainty import separability
from app.stats.agreement.measure import Interval
from app.stats.agreement.ranks import kendall_tau_b
from app.stats.agreement.refits import PRIOR, ClusteredVotes, refitted
from app.stats.pairs import Pairs
from app.stats.strengths import strengths
from app.stats.tally import Comparisons
from tests.stats.agreement.votes import llmfao_rows
from tests.stats.boards import MT_BENCH_WORDS, evalica, random_votes

HUMAN = {"gpt-4": 1177.39, "claude-v1": 1111.67, "gpt-3.5-turbo": 1104.16, "vicuna-13b-v1.2": 990.12,
         "alpaca-13b": 867.69, "llama-13b": 748.96}  # fmt: skip
GPT_4 = {"gpt-4": 1314.50, "claude-v1": 1171.88, "gpt-3.5-turbo": 1091.37, "vicuna-13b-v1.2": 970.36,
         "alpaca-13b": 786.35, "llama-13b": 665.55}  # fmt: skip


def mt_bench(shared_data: Path, name: str) -> Comparisons:
    path = shared_data / "mtbench_votes" / "data" / "snapshots" / "mtbench" / f"{name}.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    votes = Comparisons.of((row["model_a"], row["model_b"], MT_BENCH_WORDS[row["winner"]]) for row in rows)
    judges = np.unique([row["judge"] for row in rows], return_inverse=True)[1]
    prompts = np.array([row["question_id"] for row in rows])
    return Comparisons(votes.models, votes.first, votes.second, votes.verdict, voter=judges, prompt=prompts)


def rows(first: list[int], second: list[int], verdict: list[int], models: str) -> Comparisons:
    """Each vote on a prompt, and of a voter, of its own."""
    number = np.arange(len(first))
    shown = np.array([first, second])
    return Comparisons(tuple(models), shown[0], shown[1], np.array(verdict), voter=number, prompt=number)


def grouped(votes: Comparisons, groups: int, seed: int = 0) -> Comparisons:
    prompt = np.random.default_rng(seed).integers(0, groups, votes.votes)
    return Comparisons(votes.models, votes.first, votes.second, votes.verdict, voter=prompt, prompt=prompt)


def test_each_resample_is_the_fit_of_its_votes_one_at_a_time() -> None:
    votes = grouped(random_votes(6, 400, seed=2), 30)
    assert votes.prompt is not None
    drawn = multiplicities(30, Interval(draws=8, seed=5))
    counted = ClusteredVotes.of(votes, votes.prompt, 30)
    met = Pairs.of(votes.tally(), "half", "tie")
    for times, theta in zip(drawn, counted.strengths(drawn), strict=True):
        drawn_rows = np.repeat(np.arange(votes.votes), times[votes.prompt])
        again = Comparisons(
            votes.models, votes.first[drawn_rows], votes.second[drawn_rows], votes.verdict[drawn_rows]
        )
        pairs = Pairs.of(again.tally(), "half", "tie")
        assert pairs.first.tolist() == met.first.tolist()
        assert theta == pytest.approx(strengths(pairs.with_ties(PRIOR)), abs=1e-9)


def test_boards_of_mt_bench_and_what_resampled_questions_leave_of_them(shared_data: Path) -> None:
    found = refitted(
        mt_bench(shared_data, "human"), mt_bench(shared_data, "gpt4_pair"), "prompt", Interval(draws=300)
    )
    for side, known in ((found.boards.reference, HUMAN), (found.boards.judge, GPT_4)):
        points = 1000 + 400 / np.log(10) * side
        assert dict(zip(found.models, points.round(2).tolist(), strict=True)) == known
    tau = kendall_tau_b(found.boards, Interval(draws=300))
    assert tau.value == pytest.approx(1)
    assert tau.lower is not None
    assert 0.7 < tau.lower < 1
    bounds = found.bounds(0.95)
    assert bounds is not None
    assert separability(bounds).value == 1


def test_clusters_of_equal_votes_widen_the_boards_limits() -> None:
    once = random_votes(4, 100, seed=1)
    copies = np.repeat(np.arange(100), 25)
    many = Comparisons(
        once.models, once.first[copies], once.second[copies], once.verdict[copies], prompt=copies
    )
    alone = Comparisons(many.models, many.first, many.second, many.verdict, prompt=np.arange(2500))
    wide, narrow = (
        refitted(each, each, "prompt", Interval(draws=300)).boards.judge_draws for each in (many, alone)
    )
    assert wide is not None
    assert narrow is not None
    assert wide.std(axis=0).mean() == pytest.approx(5 * narrow.std(axis=0).mean(), rel=0.2)


def test_models_that_only_one_side_knows_and_islands_stay_out() -> None:
    votes = rows([0, 1, 0, 1, 3], [1, 2, 2, 0, 4], [0, 0, 0, 0, 0], "abcde")
    less = rows([0, 1, 1], [1, 0, 2], [0, 0, 0], "abz")
    found = refitted(votes, less, "prompt", Interval(draws=20))
    assert found.models == ("a", "b")
    assert found.boards.reference.mean() == pytest.approx(0)
    none = refitted(votes, rows([0], [1], [0], "qr"), "prompt")
    assert (none.models, none.boards.models, none.bounds(0.95)) == ((), 0, None)


def test_an_unbeaten_model_has_a_finite_board_and_a_missing_column_is_refused() -> None:
    votes = rows([0] * 5, [1] * 5, [0] * 5, "ab")
    assert np.isfinite(refitted(votes, votes, "prompt", Interval(draws=9)).boards.judge).all()
    with pytest.raises(ValueError, match="column voter"):
        refitted(random_votes(3, 9, seed=1), votes, "voter")


def test_halves_of_the_people_of_mt_bench_rank_nearly_alike(shared_data: Path) -> None:
    ceiling = split_half(mt_bench(shared_data, "human"))
    assert (ceiling.voters, ceiling.splits) == (65, 100)
    for found in (ceiling.kendall_tau_b, ceiling.spearman, ceiling.footrule):
        assert found.half.n == 6
        assert found.half.value is not None
        assert found.full == pytest.approx(2 * found.half.value / (1 + found.half.value))
        assert 0.85 < found.half.value <= 1


def test_halves_of_a_crowd_rank_59_models_less_alike(shared_data: Path) -> None:
    shown = evalica(shared_data, "llmfao")
    workers = np.array([int(row["worker"]) for row in llmfao_rows(shared_data, "crowd")])
    votes = Comparisons(shown.models, shown.first, shown.second, shown.verdict, voter=workers)
    ceiling = split_half(votes, Interval(draws=30))
    tau, rho = ceiling.kendall_tau_b.half.value, ceiling.spearman.half.value
    assert tau is not None
    assert rho is not None
    assert 0.5 < tau < rho < 0.95


def test_votes_by_coin_have_no_ceiling_to_speak_of() -> None:
    generator = np.random.default_rng(8)
    first = generator.integers(0, 12, 6000)
    second = (first + generator.integers(1, 12, 6000)) % 12
    verdict, voter = generator.integers(0, 2, 6000), generator.integers(0, 60, 6000)
    names = tuple(f"m{number}" for number in range(12))
    found = split_half(Comparisons(names, first, second, verdict, voter=voter)).spearman
    assert found.half.value == pytest.approx(0, abs=0.3)


def test_one_voter_and_no_voters_have_no_halves() -> None:
    votes = random_votes(3, 20, seed=1)
    with pytest.raises(ValueError, match="column voter"):
        split_half(votes)
    alone = Comparisons(votes.models, votes.first, votes.second, votes.verdict, voter=np.zeros(20, dtype=int))
    found = split_half(alone).kendall_tau_b
    assert (found.half.undefined, found.full) == ("fewer than two voters", None)
    two = grouped(random_votes(5, 300, seed=2), 20)
    islands = Comparisons(
        tuple("abcdefghi"),
        np.concatenate([two.first, two.first % 4 + 5]),
        np.concatenate([two.second, (two.first + 1) % 4 + 5]),
        np.tile(two.verdict, 2),
        voter=np.tile(np.asarray(two.voter), 2),
    )
    assert split_half(islands).spearman.half.n == 5
    apart = rows([0, 2], [1, 3], [0, 0], "abcd")
    assert split_half(apart).spearman.half.undefined == "fewer than two models have votes from both halves"
