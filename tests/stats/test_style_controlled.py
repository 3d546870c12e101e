"""Style control: planted effects, another implementation, moments beside rows, real sides and real homes."""

import csv
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from scipy.special import expit, ndtri
from sklearn.linear_model import LogisticRegression

from app.stats.rankings import rank
from app.stats.rankings.ranking import Ranking, Setting, UnusableValue
from app.stats.rankings.style_controlled import METHOD, Settings, fit
from app.stats.styles import WIDTH, StyledVotes
from app.stats.tally import Comparisons, Tally
from app.stats.texts import FEATURES
from app.stats.verdicts import Verdict
from tests.stats.boards import Floats, by_model, ratings
from tests.stats.styled import TIE, A, B, llmfao, simulated, standardised

UNIT = 400 / np.log(10)
POSITION_ONLY = Settings(length=False, headers=False, list_items=False, bold=False)
STRENGTHS = np.linspace(-1, 1, 12)
LIKE_PUBLISHED = np.array([0.25, 0.03, 0.03, 0.02])
LARGE = np.array([0.8, -0.4, 0.3, 0.2])


def coefficients(ranking: Ranking) -> dict[str, float]:
    return {each.name: each.value for each in ranking.coefficients}


def deviations(ranking: Ranking) -> dict[str, float]:
    """Standard errors of the coefficients and ratings, from their limits at 95 %."""
    limits = {each.name: (each.lower, each.upper) for each in ranking.coefficients}
    limits |= {row.model: (row.lower, row.upper) for row in ranking.rows}
    return {
        name: (upper - lower) / 2 / float(ndtri(0.975))
        for name, (lower, upper) in limits.items()
        if upper is not None and lower is not None
    }


def largest_gap(one: Ranking, other: Ranking) -> float:
    there = ratings(other)
    return max(abs(value - there[model]) for model, value in ratings(one).items())


def design(votes: Comparisons, columns: Floats) -> Floats:
    """Models but the last, whose strength is 0, and columns: (N, M − 1 + Q)."""
    rows = np.arange(votes.votes)
    models = np.zeros((votes.votes, len(votes.models)))
    models[rows, votes.first], models[rows, votes.second] = 1, -1
    return np.hstack([models[:, :-1], columns])


@pytest.mark.parametrize("planted", [LIKE_PUBLISHED, LARGE])
def test_planted_effects_of_style_and_position_are_recovered(planted: Floats) -> None:
    for seed in range(4):
        votes, styles = simulated(STRENGTHS, 40_000, planted, 0.15, np.random.default_rng(seed))
        ranking = fit(StyledVotes.of_votes(votes, styles))
        truth = dict(zip([*FEATURES, "position"], UNIT * np.array([*planted, 0.15]), strict=True))
        truth |= dict(zip(votes.models, 1000 + UNIT * STRENGTHS, strict=True))
        found, error = coefficients(ranking) | ratings(ranking), deviations(ranking)
        z = np.array([(found[name] - truth[name]) / error[name] for name in truth])
        assert np.abs(z[:5]).max() < 2.6
        assert (z**2).mean() < 2
        assert found["length"] == pytest.approx(truth["length"], rel=0.1)


def test_models_told_apart_by_length_alone_are_equal_once_length_is_held_equal() -> None:
    length_alone = np.array([1.0, 0, 0, 0])
    votes, styles = simulated(np.zeros(12), 20_000, length_alone, 0, np.random.default_rng(1))
    controlled = fit(StyledVotes.of_votes(votes, styles))
    error, found = deviations(controlled), ratings(controlled)
    assert all(abs(found[model] - 1000) < 2 * error[model] for model in found)
    assert coefficients(controlled)["length"] > 0
    plain = rank("bradley_terry", votes, {})
    assert max(ratings(plain).values()) - min(ratings(plain).values()) > 200
    assert plain.rows[0].rank_worst is not None
    assert plain.rows[0].rank_worst < 6


@pytest.mark.parametrize("names", [[*FEATURES, "position"], ["position"], *([name] for name in FEATURES)])
def test_another_fit_on_the_whole_design_gives_the_same(names: list[str]) -> None:
    """scikit-learn's logistic regression with a tie as two halves; the sandwich written out."""
    votes, styles = simulated(STRENGTHS[::2], 3000, LARGE, 0.3, np.random.default_rng(2))
    switches: dict[str, Setting] = {name: name in names for name in (*FEATURES, "position")}
    ranking = fit(StyledVotes.of_votes(votes, styles), METHOD.configured(switches))
    assert [each.name for each in ranking.coefficients] == names

    every = np.hstack([standardised(styles), np.ones((votes.votes, 1))])
    x = design(votes, every[:, [name in names for name in switches]])
    score = np.select([votes.verdict == A, votes.verdict == B], [1.0, 0.0], 0.5)
    twice, outcome = np.vstack([x, x]), np.repeat([1, 0], votes.votes)
    other = LogisticRegression(C=1e9, fit_intercept=False, tol=1e-10, max_iter=1000)
    other.fit(twice, outcome, sample_weight=np.concatenate([score, 1 - score]))
    beta = other.coef_[0]
    models = len(votes.models) - 1
    theta = np.append(beta[:models], 0)
    expected = dict(zip(votes.models, 1000 + UNIT * (theta - theta.mean()), strict=True))
    assert ratings(ranking) == pytest.approx(expected, abs=0.01)
    assert coefficients(ranking) == pytest.approx(
        dict(zip(names, UNIT * beta[models:], strict=True)), abs=0.01
    )

    p = expit(x @ beta)
    bread = np.linalg.inv((x * (p * (1 - p))[:, None]).T @ x)
    covariance = bread @ (x * ((score - p) ** 2)[:, None]).T @ x @ bread
    error = UNIT * np.sqrt(np.diag(covariance))[models:]
    assert [deviations(ranking)[name] for name in names] == pytest.approx(error, rel=1e-4)
    held = np.eye(models + 1)[:, :models] - 1 / (models + 1)
    centred = held @ covariance[:models, :models] @ held.T
    expected_error = dict(zip(votes.models, UNIT * np.sqrt(np.diag(centred)), strict=True))
    assert {model: deviations(ranking)[model] for model in votes.models} == pytest.approx(
        expected_error, rel=1e-4
    )


@pytest.mark.parametrize(
    ("models", "votes", "within", "wider"), [(12, 4000, 0.5, 4e-3), (60, 200_000, 0.05, 1e-3)]
)
def test_moments_give_what_rows_give(models: int, votes: int, within: float, wider: float) -> None:
    theta, generator = np.linspace(-1, 1, models), np.random.default_rng(3)
    rows = StyledVotes.of_votes(*simulated(theta, votes, LIKE_PUBLISHED, 0.1, generator))
    exact, summed = fit(rows), fit(rows.moments())
    assert largest_gap(exact, summed) < within
    assert coefficients(summed) == pytest.approx(coefficients(exact), abs=3 * within)
    there, here = deviations(exact), deviations(summed)
    for name, error in there.items():
        assert here[name] == pytest.approx(error, rel=wider if name in rows.models else 1e-2)
    assert summed.figures == pytest.approx(exact.figures)


def test_moments_of_votes_that_differ_in_position_alone_are_exact() -> None:
    rows = StyledVotes.of_votes(*simulated(STRENGTHS, 2000, LARGE, 0.1, np.random.default_rng(3)))
    exact, summed = fit(rows, POSITION_ONLY), fit(rows.moments(), POSITION_ONLY)
    assert ratings(summed) == pytest.approx(ratings(exact), abs=1e-6)
    assert deviations(summed) == pytest.approx(deviations(exact), rel=1e-9)


def test_with_nothing_held_equal_it_is_bradley_terry_on_every_board() -> None:
    """Islands, undefeated and winless models, single votes and ties among them."""
    generator = np.random.default_rng(12)
    nothing: dict[str, Setting] = dict.fromkeys((*FEATURES, "position"), False)
    for models in [2, 3, 4, 6, 9] * 6:
        first = generator.integers(0, models, generator.integers(1, 3 * models))
        second = (first + generator.integers(1, models, len(first))) % models
        verdict = generator.choice([A, A, B, TIE], len(first))
        votes = Comparisons(tuple("abcdefghi"[:models]), first, second, verdict)
        for weight in (1, 0):
            settings: dict[str, Setting] = {"prior_weight": weight}
            ours = rank(
                "style_controlled",
                StyledVotes.of_votes(votes, np.zeros((len(first), WIDTH))),
                nothing | settings,
            )
            theirs = rank("bradley_terry", votes, settings)
            assert (ours.components, ours.prior, ours.problem) == (
                theirs.components,
                theirs.prior,
                theirs.problem,
            )
            assert ours.coefficients == ()
            for one, other in zip(ours.rows, theirs.rows, strict=True):
                there = asdict(other)
                for name, value in asdict(one).items():
                    close = isinstance(value, float)
                    if name != "votes_needed":  # of neighbours that differ by rounding alone it is anything
                        assert value == (pytest.approx(there[name], abs=1e-5) if close else there[name])


@pytest.mark.parametrize("moments", [False, True])
def test_which_side_is_called_first_changes_nothing_where_position_is_free(moments: bool) -> None:
    votes, styles = simulated(STRENGTHS, 2000, LARGE, 0, np.random.default_rng(4))
    turned = np.random.default_rng(5).random(votes.votes) < 0.5
    words = np.where(turned, np.array([B, A, TIE])[votes.verdict], votes.verdict)
    first, second = np.where(turned, [votes.second, votes.first], [votes.first, votes.second])
    other = Comparisons(votes.models, first, second, words)
    there = StyledVotes.of_votes(votes, styles)
    back = StyledVotes.of_votes(other, np.where(turned[:, None], -styles, styles))
    settings = Settings(position=False)
    if not moments:
        one, two = fit(there, settings), fit(back, settings)
        assert ratings(two) == pytest.approx(ratings(one), abs=1e-9)
        assert coefficients(two) == pytest.approx(coefficients(one), abs=1e-9)
    every = StyledVotes.of_votes(
        Comparisons(votes.models, votes.second, votes.first, np.array([B, A, TIE])[votes.verdict]), -styles
    )
    one, two = (fit(data.moments() if moments else data) for data in (there, every))
    assert ratings(two) == pytest.approx(ratings(one), abs=1e-9)
    assert coefficients(two).pop("position") == pytest.approx(-coefficients(one)["position"], abs=1e-9)


@pytest.mark.parametrize(
    ("name", "left"),
    [("crowd-comparisons", 16), ("gpt3-crowd-comparisons", 158), ("gpt4-crowd-comparisons", -61)],
)
def test_the_left_side_is_worth_what_was_measured_on_llmfao(
    shared_data: Path, name: str, left: float
) -> None:
    ranking = fit(llmfao(shared_data, name))
    assert coefficients(ranking)["position"] == pytest.approx(left, abs=0.5)


@pytest.mark.parametrize(("name", "within"), [("crowd-comparisons", 0.5), ("gpt3-crowd-comparisons", 0.5)])
def test_moments_give_what_rows_give_on_llmfao(shared_data: Path, name: str, within: float) -> None:
    rows = llmfao(shared_data, name)
    assert largest_gap(fit(rows), fit(rows.moments())) < within


def test_playing_at_home_is_found_in_football(shared_data: Path) -> None:
    with (shared_data / "intl_football" / "results.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    goals = np.array([int(row["home_score"]) - int(row["away_score"]) for row in rows])
    words = np.array([Verdict.B, Verdict.TIE, Verdict.A])[np.sign(goals) + 1]
    votes = Comparisons.of(
        (row["home_team"], row["away_team"], word) for row, word in zip(rows, words, strict=True)
    )
    neutral = np.array([row["neutral"] == "TRUE" for row in rows])
    texts = np.full((votes.votes, WIDTH), np.nan)
    ranking = fit(StyledVotes.of_votes(votes, texts, neutral), POSITION_ONLY)
    assert ranking.votes == 49_520
    home = ranking.coefficients[0]
    assert home.lower is not None
    assert home.lower > 80
    found = ratings(ranking)
    gap = np.array(
        [
            found[votes.models[a]] - found[votes.models[b]]
            for a, b in zip(votes.first, votes.second, strict=True)
        ]
    )
    expected = 1 / (1 + 10 ** (-(gap + home.value) / 400))
    share = (np.sign(goals) + 1) / 2
    assert share[~neutral].mean() == pytest.approx(0.622, abs=5e-4)
    assert expected[~neutral].mean() == pytest.approx(share[~neutral].mean(), abs=1e-6)


def test_votes_without_texts_are_left_out_and_counted() -> None:
    votes, styles = simulated(STRENGTHS, 2000, LARGE, 0, np.random.default_rng(6))
    styles[:500, 1] = np.nan
    data = StyledVotes.of_votes(votes, styles)
    alone = Comparisons(votes.models, votes.first[500:], votes.second[500:], votes.verdict[500:])
    ranking, without = fit(data), fit(StyledVotes.of_votes(alone, styles[500:]))
    assert (ranking.votes, ranking.figures["votes_without_texts"]) == (1500, 500)
    assert ratings(ranking) == ratings(without)
    assert ranking.figures["sd_length"] == pytest.approx(np.sqrt((styles[500:, 0] ** 2).mean()))
    every = fit(data, POSITION_ONLY)
    assert (every.votes, every.figures["votes_without_texts"]) == (2000, 0)


def test_a_model_whose_texts_are_never_known_has_no_rating() -> None:
    votes = Comparisons.of([("x", "y", Verdict.A), ("y", "x", Verdict.A), ("z", "x", Verdict.A)] * 5)
    styles = np.where(np.arange(15) % 3 == 2, np.nan, 0.0)[:, None] * np.ones(WIDTH)
    rows = by_model(fit(StyledVotes.of_votes(votes, styles)))
    assert (rows["z"].rating, rows["z"].problem) == (None, "no counted votes")
    nothing = fit(StyledVotes.of_votes(votes, np.full((15, WIDTH), np.nan)))
    assert (nothing.votes, nothing.problem) == (
        0,
        "no votes of known texts, which is what style is read from",
    )
    assert nothing.figures["votes_without_texts"] == 15


def test_where_length_alone_explains_every_vote_a_prior_holds_it_and_the_board_says_so() -> None:
    votes = [("x", "y", Verdict.A), ("x", "y", Verdict.B), ("y", "x", Verdict.A), ("y", "x", Verdict.B)] * 3
    length = np.array([1 if verdict is Verdict.A else -1 for *_, verdict in votes]) * 0.5
    styles = np.stack([length, *np.zeros((3, 12))], axis=1)
    data = StyledVotes.of_votes(Comparisons.of(votes), styles)
    ranking = fit(data)
    assert ranking.prior
    assert all(row.prior for row in ranking.rows)
    assert ranking.problem is not None
    assert "a prior holds them" in ranking.problem
    found = {each.name: each for each in ranking.coefficients}
    assert set(found) == {"length", "position"}  # the others never differ
    assert 0 < found["length"].value < 1000
    assert largest_gap(ranking, fit(data.moments())) < 1e-6
    free = fit(data, Settings(prior_weight=0))
    assert not free.prior
    assert coefficients(free)["length"] > 1000


def test_without_a_prior_a_group_that_needs_one_has_no_rating_and_moves_nothing() -> None:
    votes, styles = simulated(STRENGTHS, 600, LARGE, 0, np.random.default_rng(7))
    nine = np.zeros(9, dtype=np.int64)
    both = Comparisons(
        (*votes.models, "p", "q"),
        np.concatenate([votes.first, nine + 12]),
        np.concatenate([votes.second, nine + 13]),
        np.concatenate([votes.verdict, nine + A]),
    )
    mine = np.vstack([styles, np.zeros((9, WIDTH))])
    rows = by_model(
        fit(StyledVotes.of_votes(both, mine), Settings(prior_weight=0, length=False, headers=False))
    )
    own = fit(StyledVotes.of_votes(votes, styles), Settings(prior_weight=0, length=False, headers=False))
    assert (rows["p"].problem, rows["q"].problem) == ("never lost and no prior", "never won and no prior")
    for model, value in ratings(own).items():
        assert rows[model].rating == pytest.approx(value, abs=1e-6)


def test_groups_that_never_met_share_their_coefficients() -> None:
    one, styles = simulated(STRENGTHS, 4000, LARGE, 0.2, np.random.default_rng(8))
    names = tuple(f"{model}'" for model in one.models)
    both = Comparisons(
        one.models + names,
        np.concatenate([one.first, one.first + 12]),
        np.concatenate([one.second, one.second + 12]),
        np.concatenate([one.verdict, one.verdict]),
    )
    single = fit(StyledVotes.of_votes(one, styles))
    double = fit(StyledVotes.of_votes(both, np.vstack([styles, styles])))
    assert double.components == 2
    assert coefficients(double) == pytest.approx(coefficients(single), abs=1e-4)
    assert [deviations(double)[each] * 2**0.5 for each in FEATURES] == pytest.approx(
        [deviations(single)[each] for each in FEATURES], rel=1e-6
    )
    for model, value in ratings(single).items():
        assert ratings(double)[model] == ratings(double)[f"{model}'"] == pytest.approx(value, abs=1e-4)


@pytest.mark.parametrize("name", [*FEATURES, "position"])
@pytest.mark.parametrize("value", ["true", 1, 0.0, None])
def test_what_is_held_equal_is_switched_by_true_and_false_alone(name: str, value: object) -> None:
    with pytest.raises(UnusableValue, match=f"{name} is .*true or false"):
        Settings(**{name: value})  # type: ignore[arg-type]  # of mixed fields


def test_a_billion_votes_against_one_are_fitted_or_refused() -> None:
    tally = Tally.of([("x", "y", Verdict.A, 10**9), ("x", "y", Verdict.B, 1)])
    sums = np.array([[10**8, 0, 0, 0], [0.5, 0, 0, 0]])
    products = np.zeros((2, 10))
    products[:, 0] = [10**8, 0.25]
    ranking = fit(StyledVotes.of_cells(tally, tally.count, sums, products))
    for row in ranking.rows:
        assert row.rating is None or np.isfinite(row.rating)
