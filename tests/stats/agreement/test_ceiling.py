"""Each person against the others: published figures of a crowd, and the example of AlpacaFarm."""

from collections.abc import Hashable
from pathlib import Path

import numpy as np
import pytest

from app.stats.agreement.annotations import Annotations
from app.stats.agreement.ceiling import leave_one_out
from app.stats.agreement.measure import Interval
from app.stats.agreement.raters import pair_agreement
from tests.stats.agreement.votes import MISSING, TIE, columns, llmfao

ALPACA_FARM = Annotations.of(np.array([[0, 0, 0, 0], [1, 1, 1, 0]]), 2)


def test_one_against_one_and_one_against_the_rest() -> None:
    assert pair_agreement(ALPACA_FARM.ratings()).value == 0.75
    assert leave_one_out(ALPACA_FARM).agreement.value == 0.875


def test_the_busiest_workers_of_llmfao(shared_data: Path) -> None:
    """expected_dev.json: agreement with the majority of the rest, a shared lead being a tie."""
    number: dict[Hashable, int] = {}
    votes = llmfao(shared_data, "crowd")
    items, labels = columns(votes, number)
    workers = np.array([int(vote.rater) for vote in votes])
    people = Annotations(items, workers, labels, (len(number), int(workers.max()) + 1, 3))
    found = leave_one_out(people, otherwise=TIE).raters
    known = {107: 0.6531, 14: 0.7143, 20: 0.3907, 41: 0.6181, 47: 0.7026}
    assert {worker: found[worker].n for worker in known} == dict.fromkeys(known, 343)
    assert {worker: round(found[worker].value or 0, 4) for worker in known} == known


def test_a_shared_lead_is_drawn_by_lot_in_expectation() -> None:
    people = Annotations.of(np.array([[0, 0, 1], [1, MISSING, 1]]), 3)
    found = leave_one_out(people, interval=Interval(draws=50))
    assert found.raters[0].value == pytest.approx((0.5 + 1) / 2)
    assert found.raters[2].value == pytest.approx((0 + 1) / 2)
    assert (found.raters[1].n, found.raters[1].lower) == (1, None)
    assert leave_one_out(people, otherwise=TIE).raters[0].value == pytest.approx((0 + 1) / 2)


def test_who_labels_alone_says_nothing() -> None:
    alone = leave_one_out(Annotations.of(np.array([[0, MISSING], [MISSING, 1]]), 2))
    assert alone.agreement.undefined == "nobody else labelled the same items"
    assert alone.raters[1].undefined == "nobody else labelled the same items"
