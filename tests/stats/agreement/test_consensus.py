"""Dawid–Skene: crowd-kit's figures on public labels, a planted truth, and what can go wrong."""

from pathlib import Path

import numpy as np
import pytest

from app.stats.agreement.annotations import Annotations
from app.stats.agreement.consensus import dawid_skene
from app.stats.agreement.raters import plurality
from app.stats.tally import Ints
from tests.stats.agreement.votes import TIE, pandalm


def planted(seed: int, items: int = 600) -> tuple[Ints, Ints]:
    """A truth, and the labels of two good raters, three that guess and one that swaps A and B; a third missing."""
    generator = np.random.default_rng(seed)
    truth = generator.integers(0, 3, items)
    skill = np.array([0.9, 0.85, 0.1, 0.1, 0.1, 0.9])
    said = np.where(
        generator.random((items, 6)) < skill, truth[:, None], generator.integers(0, 3, (items, 6))
    )
    said[:, 5] = np.array([1, 0, 2])[said[:, 5]]
    return truth, np.where(generator.random((items, 6)) < 1 / 3, -1, said)


def test_crowd_kit_finds_the_same_on_pandalm(shared_data: Path) -> None:
    """crowd-kit 1.4.2, n_iter=2000, tol=1e-12: three annotators and two judges; no smoothing."""
    people, judges = pandalm(shared_data)
    labels = np.array([*people, judges["gpt-3.5-turbo"], judges["pandalm-7b"]]).T
    found = dawid_skene(Annotations.of(labels, 3), smoothing=0, steps=2000, tolerance=1e-10)
    assert found.converged
    assert np.bincount(found.label).tolist() == [417, 476, 106]
    assert found.shares == pytest.approx([0.418395, 0.475787, 0.105818], abs=1e-6)
    assert found.posterior.sum(axis=0) == pytest.approx([417.976115, 475.311262, 105.712623], abs=1e-5)
    assert found.posterior[0] == pytest.approx([1.5e-05, 0.999966, 1.9e-05], abs=1e-6)
    gpt = [[0.798512, 0.156530, 0.044958], [0.178027, 0.768915, 0.053058], [0.393736, 0.426627, 0.179636]]
    assert found.confusion[3] == pytest.approx(np.array(gpt), abs=1e-6)


def test_a_planted_truth_is_found_where_the_majority_fails() -> None:
    truth, labels = planted(seed=1)
    known = Annotations.of(labels, 3)
    found = dawid_skene(known)
    rated = known.ratings().any(axis=1)
    by_majority = (plurality(known.ratings(), otherwise=TIE) == truth)[rated].mean()
    assert (found.label == truth)[rated].mean() > max(0.85, by_majority + 0.1)
    assert found.confusion[5, 0, 1] > 0.85
    assert found.confusion[2].max() < 0.6


def test_what_raters_items_and_labels_are_called_changes_nothing() -> None:
    _, labels = planted(seed=2, items=120)
    found = dawid_skene(Annotations.of(labels, 3))
    order = np.random.default_rng(3).permutation(120)
    turned = np.where(labels >= 0, np.array([2, 0, 1])[labels], -1)[order][:, ::-1]
    again = dawid_skene(Annotations.of(turned, 3))
    assert again.posterior[:, [2, 0, 1]] == pytest.approx(found.posterior[order], abs=1e-9)
    assert again.confusion[::-1][:, [2, 0, 1]][:, :, [2, 0, 1]] == pytest.approx(found.confusion, abs=1e-9)


def test_probabilities_add_up_and_items_without_ratings_have_none() -> None:
    _, labels = planted(seed=4, items=50)
    labels[7] = -1
    found = dawid_skene(Annotations.of(labels, 3))
    assert found.label[7] == -1
    assert found.posterior[7].tolist() == [0, 0, 0]
    assert np.delete(found.posterior, 7, axis=0).sum(axis=1) == pytest.approx(1)
    assert found.confusion.sum(axis=2) == pytest.approx(1)


def test_a_lead_of_rounding_goes_to_the_lowest_label() -> None:
    found = dawid_skene(Annotations.of(np.array([[0, 1], [1, 0]]), 2))
    assert found.posterior == pytest.approx(0.5)
    assert found.label.tolist() == [0, 0]


def test_no_labels_and_settings_out_of_range() -> None:
    nothing = Annotations.of(np.full((3, 2), -1), 3)
    found = dawid_skene(nothing)
    assert found.label.tolist() == [-1, -1, -1]
    assert np.isfinite(found.confusion).all()
    for wrong in ({"smoothing": -1.0}, {"steps": 0}, {"tolerance": 0.0}):
        with pytest.raises(ValueError, match="smoothing"):
            dawid_skene(nothing, **wrong)
    assert not dawid_skene(Annotations.of(planted(seed=5)[1], 3), steps=1).converged


def test_annotations_that_are_none_are_refused() -> None:
    one = np.array([0])
    with pytest.raises(ValueError, match="twice"):
        Annotations(np.array([0, 0]), np.array([1, 1]), np.array([0, 2]), (1, 2, 3))
    with pytest.raises(ValueError, match=r"label is outside 0\.\.2"):
        Annotations(one, one, np.array([3]), (1, 1, 3))
    with pytest.raises(ValueError, match="one length"):
        Annotations(one, np.array([0, 1]), one, (1, 2, 3))
