"""What moves votes: the papers' examples, planted weights, and what must change nothing."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from app.stats.agreement.factors import (
    Contrasts,
    alignment,
    factor_taus,
    length_signs,
    properties,
    weights,
)
from app.stats.agreement.measure import Interval
from app.stats.tally import Floats, Ints
from tests.stats.agreement.votes import read_lines

TRUE = {2: 0.8, 11: -0.5, 20: 0.3}


def planted(seed: int, pairs: int = 5000) -> tuple[Contrasts, Floats]:
    """Votes by 29 properties, three of which matter."""
    generator = np.random.default_rng(seed)
    signs = generator.choice([-1, 0, 1], (pairs, 29), p=[0.35, 0.3, 0.35])
    alpha = np.array([TRUE.get(number, 0.0) for number in range(29)])
    votes = np.where(generator.random(pairs) < expit(signs @ alpha), 1, -1)
    return Contrasts(tuple(f"p{number}" for number in range(29)), signs, votes), alpha


def values(contrasts: Contrasts, **settings: float) -> Floats:
    found = weights(contrasts, **settings)
    return np.array([weight.alpha if weight.alpha is not None else np.nan for weight in found])


def test_planted_weights_are_found_and_nothing_else() -> None:
    """The acceptance of "Dissecting human and LLM preferences": preferences within .03, signs right."""
    contrasts, alpha = planted(seed=1)
    found = weights(contrasts)
    preference = np.array([weight.preference or np.nan for weight in found])
    assert preference == pytest.approx(expit(alpha), abs=0.03)
    held = [
        weight.lower is not None and weight.upper is not None and weight.lower <= truth <= weight.upper
        for weight, truth in zip(found, alpha, strict=True)
    ]
    assert sum(held) >= 26
    beyond = {weight.name for weight in found if (weight.lower or 0) > 0 or (weight.upper or 0) < 0}
    assert {"p2", "p11", "p20"} <= beyond


def test_weights_equal_scikit_learns_ridge() -> None:
    contrasts, _ = planted(seed=2, pairs=400)
    for prior_sd in (0.3, 1.0):
        model = LogisticRegression(C=prior_sd**2, fit_intercept=False, tol=1e-10, max_iter=1000)
        model.fit(contrasts.signs, contrasts.votes)
        assert values(contrasts, prior_sd=prior_sd) == pytest.approx(model.coef_[0], abs=1e-5)


def test_swapping_the_answers_changes_nothing() -> None:
    contrasts, _ = planted(seed=3, pairs=800)
    swapped = Contrasts(contrasts.names, -contrasts.signs, -contrasts.votes)
    assert values(swapped) == pytest.approx(values(contrasts), abs=1e-12)
    taus = [{name: tau.value for name, tau in factor_taus(each).items()} for each in (swapped, contrasts)]
    assert taus[0] == taus[1]
    some = np.random.default_rng(0).choice([-1, 1], 800)
    shuffled = Contrasts(contrasts.names, contrasts.signs * some[:, None], contrasts.votes * some)
    assert values(shuffled) == pytest.approx(values(contrasts), abs=1e-12)


def test_a_tie_is_half_a_vote_for_either_side() -> None:
    signs = np.array([[1], [1], [1]])
    tied = Contrasts(("x",), signs, np.array([1, 0, 1]))
    twice = Contrasts(("x",), np.repeat(signs, 2, axis=0), np.array([1, 1, 1, -1, 1, 1]))
    assert values(tied, prior_sd=1.0) == pytest.approx(values(twice, prior_sd=np.sqrt(0.5)), abs=1e-9)


def test_votes_that_share_a_prompt_have_wider_limits() -> None:
    contrasts, _ = planted(seed=4, pairs=300)
    copies = np.repeat(np.arange(300), 9)
    many = Contrasts(contrasts.names, contrasts.signs[copies], contrasts.votes[copies])
    clustered = Contrasts(many.names, many.signs, many.votes, copies)

    def width(known: Contrasts) -> float:
        return float(np.mean([(w.upper or 0) - (w.lower or 0) for w in weights(known, prior_sd=10)]))

    assert width(clustered) == pytest.approx(3 * width(many), rel=0.01)


def test_a_property_in_which_no_pair_differs_has_no_weight() -> None:
    contrasts = Contrasts(("x", "never"), np.array([[1, 0], [-1, 0]]), np.array([1, -1]))
    found = weights(contrasts)
    assert (found[1].alpha, found[1].preference, found[1].n) == (None, None, 0)
    assert (found[0].alpha or 0) > 0
    assert factor_taus(contrasts)["never"].value == 0
    nothing = Contrasts(("x",), np.zeros((0, 1), dtype=int), np.zeros(0, dtype=int))
    assert weights(nothing)[0].alpha is None
    assert factor_taus(nothing)["x"].undefined == "no pair of answers"


def test_the_factor_of_the_papers_example() -> None:
    """PROFILE: factor differences 3, −1, 0, 2, 5, −4 and votes +, −, +, −, +, + give C 3, D 2, T 1."""
    more = {"facts": np.array([3, 0, 1, 2, 5, 0])}
    less = {"facts": np.array([0, 1, 1, 0, 0, 4])}
    known = Contrasts.of(more, less, np.array([1, -1, 1, -1, 1, 1]))
    assert round(factor_taus(known)["facts"].value or 0, 4) == 0.1667


@pytest.mark.parametrize(
    ("shorter", "longer", "differs"),
    [
        (70, 100, 1), (71, 100, 1), (79, 100, 1), (80, 100, 1), (81, 100, 0), (7, 17, 1), (8, 17, 0), (21, 30, 0),
        (20, 30, 1), (360, 400, 1), (361, 400, 0), (320, 356, 0), (0, 9, 0), (0, 10, 1), (50, 50, 0),
    ],
)  # fmt: skip
def test_a_little_longer_is_not_longer(shorter: int, longer: int, differs: int) -> None:
    assert length_signs(np.array([longer, shorter]), np.array([shorter, longer])).tolist() == [
        differs,
        -differs,
    ]


def test_a_judge_that_loves_length_parts_from_people_most_in_length() -> None:
    generator = np.random.default_rng(6)
    signs = generator.integers(-1, 2, (4000, 4))
    names = ("length", "facts", "bold", "refusals")

    def votes(alpha: list[float]) -> Ints:
        return np.where(generator.random(4000) < expit(signs @ np.array(alpha)), 1, -1)

    people, judge = (Contrasts(names, signs, votes(alpha)) for alpha in ([0.1, 1, 0, -1], [4, 0.9, 0, -0.9]))
    by_tau = [{name: tau.value for name, tau in factor_taus(each).items()} for each in (people, judge)]
    by_weight = [{weight.name: weight.alpha for weight in weights(each)} for each in (people, judge)]
    for reference, other in (by_tau, by_weight):
        found = alignment(reference, other)
        name, apart = found.misaligned[0]
        assert (name, apart > 0.3) == ("length", True)
        assert found.spearman.n == 4
    assert (by_tau[1]["length"] or 0) > 0.6
    same = alignment(by_tau[0], by_tau[0])
    assert same.kendall_tau_b.value == pytest.approx(1)
    assert same.pearson.value == pytest.approx(1)


def test_factors_that_cannot_be_compared_say_why() -> None:
    few = alignment({"length": 0.3, "bold": None}, {"length": 0.1, "bold": 0.2})
    assert few.spearman.undefined == "fewer than two factors have a value on both sides"
    flat = alignment({"length": 0.3, "bold": 0.1}, {"length": 0.0, "bold": 0.0})
    assert flat.pearson.undefined == "every factor has the same value on one side"
    assert alignment({}, {}).misaligned == ()


def test_limits_of_a_factor_come_from_its_clusters() -> None:
    contrasts, _ = planted(seed=7, pairs=400)
    grouped = Contrasts(contrasts.names, contrasts.signs, contrasts.votes, np.arange(400) % 40)
    tau = factor_taus(grouped, Interval(draws=100))["p2"]
    assert tau.lower is not None
    assert tau.upper is not None
    assert tau.lower < (tau.value or 0) < tau.upper


def test_what_are_no_contrasts_is_refused() -> None:
    one = np.array([[1]])
    for signs, votes in ((one * 2, np.array([1])), (one, np.array([1, 1])), (one, np.array([2]))):
        with pytest.raises(ValueError, match="signs"):
            Contrasts(("x",), signs, votes)
    with pytest.raises(ValueError, match="prior"):
        weights(Contrasts(("x",), one, np.array([1])), prior_sd=0)


def test_public_answers_have_every_property_as_a_number(shared_data: Path) -> None:
    rows = read_lines(shared_data / "llmfao" / "pairs-crowd.jsonl")[:200]
    found = properties([[str(row["result_x"])] for row in rows])
    names = ["length", "headers", "list_items", "bold", "code_blocks", "refusals", "hedges", "lix"]
    assert list(found) == names
    assert all(len(column) == 200 and np.isfinite(column).all() for column in found.values())
    assert {name for name, column in found.items() if column.any()} >= {
        "length",
        "list_items",
        "refusals",
        "lix",
    }
    json.dumps({name: column.tolist() for name, column in found.items()}, allow_nan=False)
