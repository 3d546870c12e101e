"""How an arena deals: by its sampling and its dimension, with the probability that is published."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import chisquare
from sqlalchemy import select, update

from app.db.session import Database
from app.db.tables import Answer, Model
from app.domain import arenas, dimensions, pairing, tallies
from app.domain.dimensions import Asked
from app.domain.errors import Invalid
from app.domain.pairing import Pairing
from tests.arenas import NOW, SLUG, import_rows, make_arena, rows_of, votes
from tests.dealing import arena_of, change, deal, dealt


def pairing_of(database: Database, limit: int = 50, cursor: str | None = None) -> Pairing:
    with database.reading() as session:
        arena = arenas.find(session, SLUG)
        return pairing.published(session, arena, tallies.for_dealing(session, arena), limit, cursor)


@pytest.mark.parametrize("sampling", ["variance_reduction", "information", "uniform"])
def test_pairs_are_dealt_as_often_as_published(sqlite_url: str, sampling: str) -> None:
    """100 voters who are dealt their first battle each; a wrong order of probabilities would give p < 1e-6."""
    database = Database(sqlite_url)
    arena_of(database, sampling=sampling, sampling_settings={"sharpness": 1} if sampling[0] == "i" else {})
    import_rows(database, [*votes("m1", "m2", "a b " * 12), *votes("m1", "m3", "a b b")])
    published = {each.models: each.probability for each in pairing_of(database).pairs.items}
    assert sum(published.values()) == pytest.approx(1)
    chance = np.random.default_rng(4)
    with database.writing() as session:
        for at in range(100):
            deal(session, f"v{at}", chance)
    names = dict(rows_of(database, Model.id, Model.slug))
    rows = [battle for battle in dealt(database) if battle.state == "open"]
    pairs = [tuple(sorted((names[row.model_a_id], names[row.model_b_id]))) for row in rows]
    met = Counter(pairs)
    assert chisquare([met[pair] for pair in published], [100 * p for p in published.values()]).pvalue > 0.01
    for pair, row in zip(pairs, rows, strict=True):
        assert row.probability == pytest.approx(published[pair])
    database.close()


def test_changing_the_sampling_takes_effect_at_once(database: Database) -> None:
    arena_of(database)
    import_rows(database, votes("m1", "m2", "a b " * 12))
    usual = pairing_of(database)
    assert usual.pairs.items[0].models == ("m1", "m2")
    assert [each.votes for each in usual.pairs.items] == [24, 0, 0]
    assert usual.pairs.items[0].probability < 0.1
    change(database, sampling="uniform")
    assert [each.probability for each in pairing_of(database).pairs.items] == pytest.approx([1 / 3] * 3)
    change(database, sampling="information", sampling_settings={"close_share": 0, "sharpness": 20})
    greedy = pairing_of(database)
    assert greedy.settings == {"sharpness": 20, "close_share": 0, "prior_votes": 1}
    assert greedy.pairs.items[0].probability == pytest.approx(0.1 / 3, abs=1e-6)
    change(database, explore=0.4)
    assert pairing_of(database).pairs.items[0].probability == pytest.approx(0.4 / 3, abs=1e-6)


def test_need_is_measured_on_the_chosen_dimension_while_it_is_asked(database: Database) -> None:
    arena_of(database, sampling="variance_reduction")
    with database.writing() as session:
        dimensions.put(session, arenas.find(session, SLUG), "wit", Asked("Wit"), NOW)
    import_rows(database, votes("m1", "m2", "a b " * 12))
    rows = votes("m1", "m3", "a b " * 12)
    import_rows(database, [replace(row, verdicts={"wit": row.verdicts["overall"]}) for row in rows])
    assert [each.votes for each in pairing_of(database).pairs.items] == [24, 0, 0]
    change(database, sampling_dimension="wit")
    wit = pairing_of(database)
    assert (wit.dimension, [each.votes for each in wit.pairs.items]) == ("wit", [0, 24, 0])
    assert wit.pairs.items[1].probability < min(wit.pairs.items[at].probability for at in (0, 2))
    with database.writing() as session:
        dimensions.put(session, arenas.find(session, SLUG), "wit", Asked("Wit", archived=True), NOW)
    assert [each.votes for each in pairing_of(database).pairs.items] == [24, 0, 0]


def test_what_cannot_be_sampled_is_refused_with_what_can(database: Database) -> None:
    arena_of(database)
    for values, told in (
        ({"sampling": "popularity"}, "variance_reduction, information, uniform"),
        ({"sampling_settings": {"close_share": 0.5}}, "no setting 'close_share'"),
        ({"sampling": "information", "sampling_settings": {"close_share": 2}}, "from 0 to 1"),
        ({"sampling_dimension": "wit"}, "expected one of overall"),
        ({"target_overlap": 0}, "from 1 to 20"),
    ):
        with pytest.raises(Invalid, match=told):
            change(database, **values)
    with pytest.raises(Invalid, match="expected one of overall"):
        make_arena(database, "other", sampling_dimension="wit")


def test_another_sampling_begins_with_its_own_defaults(database: Database) -> None:
    arena_of(database, sampling="information", sampling_settings={"close_share": 0.5})
    change(database, target_overlap=2)
    assert pairing_of(database).settings["close_share"] == 0.5
    change(database, sampling="uniform")
    assert pairing_of(database).settings == {}
    change(database, sampling="information")
    assert pairing_of(database).settings["close_share"] == 0.25


def test_only_pairs_of_active_models_with_a_common_prompt_are_published(database: Database) -> None:
    arena_of(database, models=("m1", "m2", "m3", "m4"))
    with database.writing() as session:
        session.execute(update(Model).where(Model.slug == "m3").values(state="hidden"))
        newcomer = session.scalars(select(Model).where(Model.slug == "m4")).one()
        session.execute(update(Answer).where(Answer.model_id == newcomer.id).values(replaced_at=NOW))
    found = pairing_of(database)
    assert [each.models for each in found.pairs.items] == [("m1", "m2")]
    assert found.pairs.items[0].probability == 1


def test_published_pairs_come_by_page(database: Database) -> None:
    arena_of(database)
    first = pairing_of(database, limit=2)
    second = pairing_of(database, limit=2, cursor=first.pairs.next)
    assert [each.models for each in first.pairs.items + second.pairs.items] == [
        ("m1", "m2"),
        ("m1", "m3"),
        ("m2", "m3"),
    ]
    assert second.pairs.next is None
    with pytest.raises(Invalid, match="cursor"):
        pairing_of(database, cursor="x")


def test_equal_votes_are_not_fitted_twice(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    arena_of(database, sampling="information")
    import_rows(database, votes("m1", "m2", "a b b"))
    usual = pairing_of(database)

    def refuse(*_: object) -> None:
        raise AssertionError("fitted again")

    monkeypatch.setattr(pairing, "needs", refuse)
    assert pairing_of(database) == usual
    import_rows(database, votes("m1", "m2", "a"))
    with pytest.raises(AssertionError, match="fitted again"):
        pairing_of(database)
