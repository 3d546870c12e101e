"""Prediction-powered means and boards: printed known answers, rows written out, and what they buy."""

import json
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from scipy.special import expit

from app.stats.judged import Judged
from app.stats.prediction_powered import powered_mean
from app.stats.rankings import rank
from app.stats.rankings.ranking import Ranking
from app.stats.rankings.remarks import Remark
from app.stats.tally import Comparisons
from app.stats.verdicts import Verdict
from tests.stats.boards import MT_BENCH_WORDS, Floats, by_model, rating, ratings

NATURAL = {"scale": float(np.log(10)), "center": 0.0}
SCORE = {Verdict.A: 1.0, Verdict.B: 0.0, Verdict.TIE: 0.5}
MODELS = ("gpt-4", "claude-v1", "gpt-3.5-turbo", "vicuna-13b-v1.2", "alpaca-13b", "llama-13b")


def mt_bench_units(shared_data: Path) -> Judged:
    """Units (question, turn, pair) of MT-Bench: GPT-4's verdict, and the mean vote of people where there is one."""
    labels: dict[str, dict[tuple[object, ...], list[float]]] = {}
    for name in ("human", "gpt4_pair"):
        path = shared_data / "mtbench_votes" / "data" / "snapshots" / "mtbench" / f"{name}.jsonl"
        of_unit: dict[tuple[object, ...], list[float]] = defaultdict(list)
        for row in map(json.loads, path.read_text().splitlines()):
            score = SCORE[MT_BENCH_WORDS[row["winner"]]]
            pair = (row["model_a"], row["model_b"])
            turned = pair[0] > pair[1]
            key = (row["question_id"], row["turn"], *(pair[::-1] if turned else pair))
            of_unit[key].append(1 - score if turned else score)
        labels[name] = of_unit
    people, judge = labels["human"], labels["gpt4_pair"]
    return Judged.of(
        (
            str(key[2]),
            str(key[3]),
            float(np.mean(judge[key])),
            float(np.mean(people[key])) if key in people else None,
        )
        for key in sorted(judge, key=str)
    )


def errors(ranking: Ranking) -> dict[str, float]:
    return {row.model: ((row.upper or 0) - (row.rating or 0)) / 1.959964 for row in ranking.rows}


def random_units(seed: int, people: int, others: int, size: int = 4) -> Judged:
    """Mean votes of three people a unit, and a judge that is half right and half taken with the first side."""
    generator = np.random.default_rng(seed)
    first = generator.integers(0, size, people + others)
    second = (first + generator.integers(1, size, people + others)) % size
    chance = expit((second - first) * 0.5)
    human = generator.binomial(3, chance) / 3
    judge = np.clip(0.5 * human + 0.5 * (generator.random(len(first)) < chance + 0.15), 0, 1)
    labelled = np.arange(people + others) < people
    return Judged(tuple("abcdefgh"[:size]), first, second, judge, human, labelled)


def test_the_mean_known_answers() -> None:
    """METHODS 4.12, first line."""
    human = np.array([1, 0, 1, 1, 0, 1, 0, 1.0])
    judge = np.array([0.9, 0.2, 0.8, 0.6, 0.4, 0.7, 0.5, 0.9])
    others = np.array([0.9, 0.8, 0.7, 0.2, 0.3, 0.6, 0.9, 0.8, 0.4, 0.5, 0.7, 0.85, 0.15, 0.6, 0.75, 0.95])
    for lam, value, error in ((0.0, 0.625, 0.171163), (1.0, 0.63125, 0.125224)):
        found = powered_mean(human, judge, others, lam)
        assert [found.value, found.error] == pytest.approx([value, error], abs=5e-7)
    assert powered_mean(human, judge, others) == powered_mean(human, judge, others, 1)


def test_the_mean_tunes_how_far_it_uses_the_judge() -> None:
    """METHODS 4.12, the interior case."""
    human = np.array([1, 0, 1, 1, 0, 1, 0, 1, 1, 0, 1, 0, 1, 1, 1, 0, 0, 1, 1, 0.0])
    judge = np.array([1, 0, 1, 0.5, 0.5, 1, 1, 1, 0, 0, 1, 0, 0.5, 1, 1, 0.5, 0, 1, 0, 0])
    others = np.repeat([1.0, 0.5, 0.0], [30, 10, 20])
    tuned = powered_mean(human, judge, others)
    assert tuned.lam == pytest.approx(0.442991, abs=5e-7)
    assert tuned.value == pytest.approx(0.614766, abs=5e-7)
    assert tuned.error == pytest.approx(0.096336, abs=5e-7)
    assert [tuned.lower, tuned.upper] == pytest.approx([0.425951, 0.803582], abs=5e-7)
    assert tuned.effective_n == pytest.approx(25.86, abs=0.005)
    for lam, value, error in ((0.0, 0.6, 0.109545), (1.0, 0.633333, 0.115028)):
        found = powered_mean(human, judge, others, lam)
        assert found.value == pytest.approx(value, abs=5e-7)
        assert found.error == pytest.approx(error, abs=5e-7)


def test_a_mean_without_other_items_or_without_spread_is_that_of_people() -> None:
    human, judge = np.array([1.0, 0, 1]), np.array([1.0, 1, 1])
    assert powered_mean(human, judge, np.zeros(0)).lam == 0
    assert powered_mean(human, judge, np.ones(5)).lam == 0
    assert powered_mean(np.ones(3), judge, np.ones(5)).effective_n is None
    with pytest.raises(ValueError, match="0 labels of people and 0 of the judge"):
        powered_mean(np.zeros(0), np.zeros(0), np.ones(5))


@pytest.mark.parametrize(
    ("lam", "expected"),
    [
        (0, "1170.34±11.40 1119.34±10.11 1101.78±8.79 986.92±9.38 856.98±10.47 764.64±12.28"),
        (None, "1172.56±11.44 1118.13±10.00 1102.13±8.68 987.44±9.24 854.27±10.35 765.47±12.10"),
        (1, "1193.76±22.63 1106.57±21.22 1109.67±16.25 992.08±19.55 828.96±21.64 768.97±22.87"),
    ],
)
def test_mt_bench(shared_data: Path, lam: float | None, expected: str) -> None:
    """METHODS 4.1, to the printed digits: 1,814 units of people and GPT-4, 586 of GPT-4 alone, λ tuned to .0853."""
    ranking = rank("prediction_powered", mt_bench_units(shared_data), {"lam": lam})
    se = errors(ranking)
    printed = [f"{rating(ranking, model):.2f}±{se[model]:.2f}" for model in MODELS]
    assert printed == expected.split()
    assert (ranking.votes, ranking.figures["human_units"], ranking.figures["judge_units"]) == (
        1814,
        1814,
        586,
    )
    assert round(ranking.figures["lambda"], 4) == (0.0853 if lam is None else lam)


def test_what_it_buys_on_mt_bench(shared_data: Path) -> None:
    """METHODS 3.14: 200 people's units kept in each of 60 draws; a little better than people alone, λ = 1 is worse."""
    units = mt_bench_units(shared_data)
    everything = ratings(rank("prediction_powered", units, {"lam": 0}))
    generator = np.random.default_rng(3)
    squares: dict[float | None, list[float]] = {0: [], None: [], 1: []}
    trusted, covered = [], []
    for _ in range(60):
        kept = np.zeros(len(units.human), dtype=bool)
        kept[generator.choice(np.flatnonzero(units.labelled), 200, replace=False)] = True
        drawn = Judged(units.models, units.first, units.second, units.judge, units.human, kept)
        for lam, found in squares.items():
            ranking = rank("prediction_powered", drawn, {"lam": lam, "rank_bounds": "overlap"})
            found += [(ratings(ranking)[model] - everything[model]) ** 2 for model in MODELS]
            if lam is None:
                trusted.append(ranking.figures["lambda"])
                rows = by_model(ranking)
                covered += [
                    (rows[model].lower or 0) <= everything[model] <= (rows[model].upper or 9e9)
                    for model in MODELS
                ]
    people, tuned, full = (float(np.sqrt(np.mean(each))) for each in squares.values())
    assert people == pytest.approx(29.7, abs=3)
    assert tuned == pytest.approx(28.3, abs=3)
    assert full == pytest.approx(35.2, abs=4)
    assert tuned < people < full
    assert np.mean(trusted) == pytest.approx(0.30, abs=0.04)
    assert 0.93 <= np.mean(covered) <= 0.98


def test_a_pair_alone_is_the_mean() -> None:
    """The chance to win is the prediction-powered mean; the mean's λ divides one variance by one less."""
    units = random_units(seed=1, people=60, others=300, size=2)
    turned = units.first == 1
    human, judge = (np.where(turned, 1 - each, each) for each in (units.human, units.judge))
    mean = powered_mean(human[units.labelled], judge[units.labelled], judge[~units.labelled])
    assert 0 < mean.lam < 1
    tuned = rank("prediction_powered", units, NATURAL).figures["lambda"]
    assert tuned == pytest.approx(mean.lam * 360 / 359)
    ranking = rank("prediction_powered", units, {**NATURAL, "lam": mean.lam})
    a = by_model(ranking)["a"]
    assert a.mean_win_probability == pytest.approx(mean.value)
    alone = powered_mean(human[units.labelled], judge[units.labelled], judge[~units.labelled], 0)
    usual = by_model(rank("prediction_powered", units, {**NATURAL, "lam": 0}))["a"]
    slope = alone.value * (1 - alone.value)
    assert ((usual.upper or 0) - (usual.rating or 0)) * 2 == pytest.approx(
        (alone.upper - alone.value) / slope
    )


def test_people_alone_are_bradley_terry() -> None:
    """One vote a unit, λ = 0: ratings and limits."""
    units = random_units(seed=2, people=300, others=100)
    whole = np.round(2 * units.human) / 2
    rounded = Judged(units.models, units.first, units.second, units.judge, whole, units.labelled)
    verdicts = {1.0: Verdict.A, 0.0: Verdict.B, 0.5: Verdict.TIE}
    votes = Comparisons.of(
        (units.models[first], units.models[second], verdicts[float(score)])
        for first, second, score, labelled in zip(
            units.first, units.second, whole, units.labelled, strict=True
        )
        if labelled
    )
    found = by_model(rank("prediction_powered", rounded, {"lam": 0}))
    for row in rank("bradley_terry", votes, {}).rows:
        assert found[row.model].rating == pytest.approx(row.rating)
        assert found[row.model].lower == pytest.approx(row.lower)


@pytest.mark.parametrize("lam", [None, 0.0, 0.4, 1.0])
def test_agrees_with_rows_written_out(lam: float | None) -> None:
    """The estimator unit by unit, as METHODS 3.14 says it."""
    units = random_units(seed=4, people=200, others=500)
    design = np.eye(4)[units.first] - np.eye(4)[units.second]
    x, z = design[units.labelled], design[~units.labelled]
    y, f, g = units.human[units.labelled], units.judge[units.labelled], units.judge[~units.labelled]
    n, others = len(y), len(g)

    def solved(share: float) -> Floats:
        theta = np.zeros(4)
        for _ in range(50):
            p, q = expit(x @ theta), expit(z @ theta)
            slope = x.T @ ((p - y) - share * (p - f)) / n + share * z.T @ (q - g) / others
            curve = (1 - share) * (x.T * (p * (1 - p))) @ x / n + share * (z.T * (q * (1 - q))) @ z / others
            theta = theta - np.linalg.pinv(curve, rcond=1e-12) @ slope
        return np.asarray(theta)

    def centred(rows: Floats) -> Floats:
        return np.asarray(rows - rows.mean(axis=0))

    alone = solved(0)
    p, q = expit(x @ alone), expit(z @ alone)
    bread = np.linalg.pinv((x.T * (p * (1 - p))) @ x / n, rcond=1e-12)
    of_people, of_judge = x * (p - y)[:, None], x * (p - f)[:, None]
    everywhere = np.vstack([of_judge, z * (q - g)[:, None]])
    both = centred(of_people).T @ centred(of_judge) / n
    spread = np.cov(everywhere.T, ddof=0)
    tuned = (
        np.trace(bread @ (both + both.T) @ bread) / 2 / ((1 + n / others) * np.trace(bread @ spread @ bread))
    )
    share = tuned if lam is None else lam
    theta = solved(share)
    p, q = expit(x @ theta), expit(z @ theta)
    bread = np.linalg.pinv((x.T * (p * (1 - p))) @ x / n, rcond=1e-12)
    scores = centred(x * ((p - y) - share * (p - f))[:, None])
    judged = centred(z * (q - g)[:, None])
    covariance = bread @ (scores.T @ scores / n**2 + share**2 * judged.T @ judged / others**2) @ bread
    ranking = rank("prediction_powered", units, {**NATURAL, "lam": lam})
    assert ranking.figures["lambda"] == pytest.approx(share)
    assert [ratings(ranking)[model] for model in units.models] == pytest.approx(theta.tolist(), abs=1e-7)
    se = errors(ranking)
    assert [se[model] for model in units.models] == pytest.approx(np.sqrt(np.diag(covariance)), rel=1e-5)


def test_an_undefeated_model_is_rated_as_on_a_bradley_terry_board() -> None:
    """λ = 0, or no units of the judge alone: prior and open limits included."""
    votes = [("a", "b", Verdict.A)] * 4 + [("b", "c", Verdict.A)] * 3 + [("b", "c", Verdict.B)] * 2
    usual = by_model(rank("bradley_terry", Comparisons.of(votes), {}))
    both = [(first, second, 0.5, SCORE[verdict]) for first, second, verdict in votes]
    judged = [("a", "b", 0.0, None), ("b", "c", 1.0, None)]
    for units, lam in ((Judged.of([*both, *judged]), 0.0), (Judged.of(both), 0.5), (Judged.of(both), None)):
        ranking = rank("prediction_powered", units, {"lam": lam})
        assert ranking.prior
        assert ranking.figures["lambda"] == 0
        for row in ranking.rows:
            there = usual[row.model]
            assert row.rating == pytest.approx(there.rating)
            assert (row.lower is None, row.upper is None) == (there.lower is None, there.upper is None)
            assert (row.lower or 0) == pytest.approx(there.lower or 0)


def test_the_judge_alone_links_no_models_and_rates_none() -> None:
    both = [("a", "b", 1.0, 1.0), ("a", "b", 0.0, 0.0), ("c", "d", 1.0, 0.0), ("c", "d", 1.0, 1.0)] * 5
    judged = [("b", "c", 1.0, None), ("a", "new", 1.0, None), ("new", "a", 0.0, None), ("a", "b", 1.0, None)]
    ranking = rank("prediction_powered", Judged.of([*both, *judged], models=["nobody"]), {})
    assert ranking.components == 2
    rows = by_model(ranking)
    assert (rows["new"].rating, rows["new"].problem) == (None, Remark.NO_HUMAN_VOTES)
    assert rows["nobody"].problem == "no votes"
    assert ranking.figures["judge_units"] == 1
    assert (ranking.figures["judge_units_1"], ranking.figures["lambda_1"]) == (0, 0)


def test_a_pair_that_only_the_judge_saw_counts_between_models_that_people_linked() -> None:
    both = [("a", "b", 1.0, 1.0), ("a", "b", 0.0, 0.0), ("b", "c", 1.0, 1.0), ("b", "c", 0.0, 0.0)] * 10
    judged = [("a", "c", 1.0, None)] * 40 + [("a", "b", 0.5, None), ("b", "c", 0.5, None)] * 20
    ranking = rank("prediction_powered", Judged.of([*both, *judged]), {"lam": 0.5})
    assert ranking.figures["judge_units"] == 80
    assert rating(ranking, "a") > rating(ranking, "b") + 1
    assert rating(ranking, "b") > rating(ranking, "c") + 1


def test_where_the_tuned_fit_has_no_finite_value_people_are_taken_alone() -> None:
    """People say tie and the judge the opposite elsewhere: more of the judge than people can make up for."""
    both = [("a", "b", 1.0, 0.9), ("a", "b", 0.0, 0.0)] + [("a", "b", 0.0, 0.0)] * 8
    judged = [("a", "b", 0.0, None)] * 50
    units = Judged.of([*both, *judged])
    refused = rank("prediction_powered", units, {"lam": 1})
    assert all(row.rating is None and row.problem for row in refused.rows)
    tuned = rank("prediction_powered", units, {})
    assert tuned.figures["lambda"] == 0
    assert ratings(tuned) == ratings(rank("prediction_powered", units, {"lam": 0}))


def test_labels_outside_their_range_are_refused() -> None:
    for unit in (("a", "b", 1.5, None), ("a", "b", float("nan"), None), ("a", "b", 1.0, -0.5)):
        with pytest.raises(ValueError, match=r"a label is outside 0\.\.1"):
            Judged.of([unit])
    with pytest.raises(ValueError, match="a model is compared with itself"):
        Judged.of([("a", "a", 1.0, None)])


def test_a_unit_for_each_pair_says_nothing_of_spread_and_claims_no_certainty() -> None:
    """Strengths then meet every label exactly; limits come from the model, as for a single vote of either side."""
    units = [("x", "y", 0.75, 0.75), ("y", "z", 0.5, 0.25), ("x", "z", 0.5, None)]
    ranking = rank("prediction_powered", Judged.of(units), {})
    for row in ranking.rows:
        assert row.rating is not None
        assert row.lower is not None
        assert row.upper is not None
        assert row.upper - row.lower > 400
    assert ranking.figures["effective_sample_size"] > 0
