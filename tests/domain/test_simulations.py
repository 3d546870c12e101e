"""Simulated raters in a real arena: dealt as people are, marked, on no other board, and again from the same seed."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sqlalchemy import func, select, update

from app.db.session import Database
from app.db.tables import Answer, AnswerStyle, Arena, Battle, Dimension, Model, Rater, Vote
from app.domain import arenas, dimensions, pools, simulations, strengths, tallies
from app.domain.dimensions import Asked
from app.domain.errors import AlreadyExists, Invalid, NoBattleLeft
from app.domain.fits import Spec
from app.domain.simulations import Cast, Simulation
from app.domain.tallies import Slice
from app.stats.pools import Manner, Persona, Pool
from app.stats.tally import COUNTED
from app.stats.verdicts import Verdict
from tests.arenas import NOW, SLUG, board, import_rows, roll_up, rows_of
from tests.arenas import votes as rows
from tests.dealing import arena_of, cast, change, deal

FLAT = 100.0  # logits that leave nothing to chance
USUAL = {"flip": 0.0, "position": 0.0, "length": 0.0, "ties": 0.0, "floor": None}


def pool_of(raters: int = 13, **numbers: float) -> Pool:
    return Pool.of(raters, [Persona("all", 1, Manner(**numbers))])


def simulate(
    database: Database,
    wanted: int,
    pool: Pool | None = None,
    bulk: bool = False,
    source: str = "normal",
    name: str = "pool",
    seed: int = 0,
) -> Cast:
    """As `arena simulate` does, in one transaction."""
    with database.writing() as session:
        arena = arenas.find(session, SLUG)
        known = strengths.of(session, arena, source, seed, NOW)
        voters = pool or pool_of()
        simulation = Simulation(voters, pools.gather(session, arena, name, voters, NOW), known)
        generator = simulations.chance(session, arena, simulation, seed)
        if not bulk:
            return simulations.cast(session, arena, simulation, wanted, generator, NOW)
        ground = simulations.survey(session, arena)
        return simulations.cast_many(session, arena, simulation, ground, wanted, generator, NOW)


def ask(database: Database, *slugs: str) -> None:
    with database.writing() as session:
        arena = arenas.find(session, SLUG)
        for slug in slugs:
            dimensions.put(session, arena, slug, Asked(slug.title()), NOW)


def read(database: Database, document: Any) -> strengths.Strengths:
    with database.reading() as session:
        return strengths.read(session, arenas.find(session, SLUG), document)


def votes_of(database: Database) -> list[tuple[Any, ...]]:
    """What was voted, without what only chance of the system gives: ids that are public, and times."""
    with database.reading() as session:
        query = (
            select(Rater.name, Battle.prompt_id, Battle.model_a_id, Battle.model_b_id, Battle.probability)
            .add_columns(Dimension.slug, Vote.verdict)
            .join(Vote, Vote.battle_id == Battle.id)
            .join(Rater, Vote.rater_id == Rater.id)
            .join(Dimension, Vote.dimension_id == Dimension.id)
            .order_by(Vote.battle_id, Dimension.id)
        )
        return [tuple(row) for row in session.execute(query)]


@pytest.mark.parametrize("bulk", [False, True])
def test_every_dimension_gets_a_counted_vote_that_says_how_likely_its_pair_was(
    database: Database, bulk: bool
) -> None:
    arena_of(database, prompts=10)
    ask(database, "accuracy", "style")
    assert simulate(database, 60, bulk=bulk) == Cast(60, 180)
    found = Counter(rows_of(database, Vote.state, Vote.shown_as_a))
    assert found == {("counted", "a"): 180}
    assert {kind for (kind,) in rows_of(database, Rater.kind)} == {"simulated"}
    names = {name for (name,) in rows_of(database, Rater.name)}
    assert names == {f"pool-{number:02}" for number in range(1, 14)}
    battles = rows_of(
        database, Battle.state, Battle.probability, Battle.revealed_at, Battle.model_a_id, Battle.model_b_id
    )
    for state, probability, revealed_at, a, b in battles:
        assert state == "voted"
        assert 0 < probability <= 1
        assert revealed_at == NOW
        assert a != b
    places = Counter(rows_of(database, Vote.battle_id, Vote.rater_id))
    assert set(places.values()) == {3}


@pytest.mark.parametrize("bulk", [False, True])
def test_simulated_votes_stand_on_no_other_board(database: Database, bulk: bool) -> None:
    """Invariant 10, and the same of what decides who meets next."""
    arena_of(database, prompts=10)
    import_rows(database, [*rows("m1", "m2", "a a b"), *rows("m2", "m3", "a b", rater="judge:gpt@1")])
    before = {
        voters: board(database, Spec(voters=voters)).rows() for voters in ("human", "judges", "combined")
    }
    with database.reading() as session:
        dealt_by = tallies.for_dealing(session, arenas.find(session, SLUG)).votes
    simulate(database, 40, bulk=bulk)
    for _ in range(2):  # before and after the roll-up
        for voters, found in before.items():
            assert board(database, Spec(voters=voters)).rows() == found
        counted = {
            voters: sum(row["votes"] for row in board(database, Spec(voters=voters)).rows()) // 2
            for voters in ("human", "judges", "combined", "simulated", "judge:pool-01")
        }
        assert counted == {"human": 3, "judges": 2, "combined": 3, "simulated": 40, "judge:pool-01": 0}
        with database.reading() as session:
            assert tallies.for_dealing(session, arenas.find(session, SLUG)).votes == dealt_by
        roll_up(database)


def test_simulated_raters_take_no_place_of_people_in_overlaps(database: Database) -> None:
    arena_of(database, prompts=6, target_overlap=2)
    chance = np.random.default_rng(3)
    with database.writing() as session:
        for _ in range(6):
            cast(session, "ana", deal(session, "ana", chance).id)
    simulate(database, 60)
    with database.writing() as session:
        for _ in range(12):
            cast(session, "bo", deal(session, "bo", chance).id)
    with database.reading() as session:
        first = select(Battle.id, Rater.kind).join(Rater, Battle.dealt_to == Rater.id).subquery()
        copies = session.execute(
            select(first.c.kind, Rater.kind)
            .select_from(Battle)
            .join(first, Battle.copy_of == first.c.id)
            .join(Rater, Battle.dealt_to == Rater.id)
        ).all()
    found = Counter((one, other) for one, other in copies)
    assert found.keys() == {("human", "human"), ("simulated", "simulated")}


def test_bulk_draws_are_never_copied(database: Database) -> None:
    arena_of(database, prompts=6, target_overlap=3)
    simulate(database, 50, bulk=True)
    simulate(database, 10)
    with database.reading() as session:
        bulk = set(session.scalars(select(Battle.id).order_by(Battle.id).limit(50)))
        assert not bulk & set(session.scalars(select(Battle.copy_of)))


@pytest.mark.parametrize("bulk", [False, True])
def test_the_same_seed_in_the_same_state_gives_the_same_votes(
    sqlite_url: str, postgresql_url: str, bulk: bool
) -> None:
    found = []
    for address in (sqlite_url, postgresql_url):
        database = Database(address)
        arena_of(database, prompts=12)
        for _ in range(2):
            simulate(database, 30, pool_of(4, flip=0.2), bulk=bulk, seed=7)
        found.append(votes_of(database))
        database.close()
    once, other = found
    assert [row[4] for row in once] == pytest.approx([row[4] for row in other])
    assert [row[:4] + row[5:] for row in once] == [row[:4] + row[5:] for row in other]
    assert len(once) == 60
    raters = [name for name, *_ in once]
    assert raters[:30] != raters[30:]  # another chance in another state


def test_a_second_run_adds_votes_by_the_same_raters(database: Database) -> None:
    arena_of(database, prompts=10)
    simulate(database, 20)
    simulate(database, 20, bulk=True)
    assert len(rows_of(database, Rater.id)) == 13
    assert len(rows_of(database, Vote.id)) == 40


def test_another_manner_needs_another_pool(database: Database) -> None:
    arena_of(database)
    simulate(database, 5)
    with pytest.raises(AlreadyExists, match="simulated:pool-01 judges in another manner"):
        simulate(database, 5, pool_of(flip=0.1))
    assert simulate(database, 5, pool_of(flip=0.1), name="noisy").battles == 5
    profile = {"persona": "all", "flip": 0.1, "position": 0, "length": 0, "band": 0, "floor": None, "mix": {}}
    with database.reading() as session:
        assert session.scalar(select(Rater.profile).where(Rater.name == "noisy-01")) == profile


def test_raters_stop_when_they_have_seen_everything_and_bulk_goes_on(database: Database) -> None:
    arena_of(database, prompts=2)
    found = simulate(database, 50, pool_of(3))
    assert (found.battles, found.votes) == (18, 18)  # 3 raters × 2 prompts × 3 pairs
    assert (
        found.why_not
        == "you have seen every pair on every prompt: thank you, there is no battle left for you"
    )
    met = Counter(rows_of(database, Battle.dealt_to, Battle.prompt_id, Battle.model_a_id + Battle.model_b_id))
    assert set(met.values()) == {1}
    assert simulate(database, 50, pool_of(3), bulk=True) == Cast(50, 50)


def test_an_arena_without_pairs_says_what_it_lacks(database: Database) -> None:
    arena_of(database, models=("m1",))
    assert simulate(database, 5) == Cast(0, 0, "arena 'quiz' has 1 active models; a battle needs two")
    with pytest.raises(NoBattleLeft, match="has 1 active models"):
        simulate(database, 5, bulk=True)


def test_bulk_draws_pairs_as_the_arena_samples_and_sides_by_a_coin(database: Database) -> None:
    arena_of(database, prompts=3, models=("m1", "m2", "m3", "m4"), explore=0.1)
    first = simulate(database, 300, bulk=True)
    simulate(database, 6_000, bulk=True)
    assert first.battles == 300
    battles = rows_of(
        database, Battle.id, Battle.model_a_id, Battle.model_b_id, Battle.prompt_id, Battle.probability
    )
    assert [chance for *_, chance in sorted(battles)[:300]] == pytest.approx([1 / 6] * 300)
    later = sorted(battles)[300:]
    pair = Counter((min(a, b), max(a, b)) for _, a, b, *_ in later)
    told = {(min(a, b), max(a, b)): chance for _, a, b, _, chance in later}
    assert sum(told.values()) == pytest.approx(1)
    assert max(told.values()) > min(told.values()) + 1e-4  # by what simulated raters said before
    for models, chance in told.items():
        assert pair[models] / 6_000 == pytest.approx(chance, abs=4 * (chance / 6_000) ** 0.5)
    assert sum(a < b for _, a, b, *_ in later) / 6_000 == pytest.approx(0.5, abs=0.026)
    assert min(Counter(prompt for *_, prompt, _ in later).values()) > 1_800


@pytest.mark.parametrize("bulk", [False, True])
def test_only_verdicts_that_the_arena_offers_are_given(database: Database, bulk: bool) -> None:
    arena_of(database, prompts=10, verdicts=("a", "b"))
    simulate(database, 60, pool_of(band=1.5, floor=5.0), bulk=bulk)
    assert {word for (word,) in rows_of(database, Vote.verdict)} == {"a", "b"}


def test_longer_answers_win_with_raters_who_like_length(database: Database) -> None:
    arena_of(database, prompts=10)
    with database.writing() as session:
        longest = session.scalar(select(Model.id).where(Model.slug == "m2"))
        for key, model in session.execute(select(Answer.id, Answer.model_id)).all():
            length = 400 if model == longest else 100
            session.add(AnswerStyle(answer_id=key, length=length, headers=0, list_items=0, bold=0))
    for bulk in (False, True):
        simulate(database, 40, pool_of(length=FLAT), bulk=bulk, source="equal")
    records = {row["model"]: row for row in board(database, Spec(voters="simulated")).rows()}
    assert records["m2"]["win_rate"] == 1
    assert 0.1 < records["m1"]["win_rate"] < 0.5


def test_strengths_of_a_file_decide_who_wins_in_which_dimension(database: Database) -> None:
    arena_of(database, prompts=20)
    ask(database, "style")
    document = {
        "overall": {"m1": FLAT, "m2": 0, "m3": -FLAT},
        "style": {"m1": -FLAT, "m2": 0.0, "m3": FLAT},
    }
    known = read(database, document)
    with database.writing() as session:
        arena = arenas.find(session, SLUG)
        simulation = Simulation(pool_of(), pools.gather(session, arena, "pool", pool_of(), NOW), known)
        simulations.cast(session, arena, simulation, 40, np.random.default_rng(0), NOW)
    order = {
        dimension: [row["model"] for row in board(database, Spec(dimension, "simulated")).rows()]
        for dimension in document
    }
    assert order == {"overall": ["m1", "m2", "m3"], "style": ["m3", "m2", "m1"]}
    assert read(database, document["overall"])["style"] == read(database, document)["overall"]


def test_strengths_can_come_from_the_board_of_people(database: Database) -> None:
    arena_of(database, prompts=4)
    with (
        database.reading() as session,
        pytest.raises(Invalid, match="overall board of human has no rating of 'm1'"),
    ):
        strengths.of(session, arenas.find(session, SLUG), "board", 0, NOW)
    import_rows(
        database, [*rows("m1", "m2", "a a a b"), *rows("m2", "m3", "a b"), *rows("m1", "m3", "a b a b a")]
    )
    with database.reading() as session:
        arena = arenas.find(session, SLUG)
        known = strengths.of(session, arena, "board", 0, NOW)["overall"]
        slugs = {row.id: row.slug for row in session.scalars(select(Model))}
    fitted = {row["model"]: row["rating"] for row in board(database).rows()}
    for key, value in known.items():
        assert value == pytest.approx((fitted[slugs[key]] - 1000) * np.log(10) / 400, abs=1e-4)


def test_boards_that_place_models_apart_give_no_strengths(database: Database) -> None:
    arena_of(database, prompts=4, models=("m1", "m2", "m3", "m4"))
    import_rows(database, [*rows("m1", "m2", "a b"), *rows("m3", "m4", "a b")])
    with database.reading() as session, pytest.raises(Invalid, match="never met the others"):
        strengths.of(session, arenas.find(session, SLUG), "board", 0, NOW)


def test_drawn_strengths_stay_when_a_model_comes(database: Database) -> None:
    arena_of(database)
    with database.writing() as session:
        arena = arenas.find(session, SLUG)
        before = strengths.of(session, arena, "normal", 3, NOW)["overall"]
        new = Model(arena_id=arena.id, slug="a-new-one", name="", state="active", created_at=NOW)
        session.add(new)
        session.flush()
        after = strengths.of(session, arena, "normal", 3, NOW)["overall"]
        other = strengths.of(session, arena, "normal", 4, NOW)["overall"]
    assert {key: after[key] for key in before} == before
    assert set(after.values()).isdisjoint(other.values())


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ([], "expected an object"),
        ({"m1": 1, "m2": 0}, "'m3' missing"),
        ({"m1": 1, "m2": 0, "m3": 0, "m9": 1}, "there is no 'm9'"),
        ({"m1": 1, "m2": "0", "m3": 0}, "m2 has '0'"),
        ({"m1": 1, "m2": True, "m3": 0}, "m2 has True"),
        ({"m1": 1, "m2": float("inf"), "m3": 0}, "m2 has inf"),
        ({"humour": {"m1": 1, "m2": 0, "m3": 0}}, "there is no 'humour'"),
    ],
)
def test_strengths_that_cannot_be_used_are_named(database: Database, document: Any, told: str) -> None:
    arena_of(database)
    with pytest.raises(Invalid, match=told):
        read(database, document)


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({}, "expected a list"),
        ([{"share": 1}], r"personas\[0\]: expected an object with a name and a share"),
        ([{"name": "x", "share": 1, "slips": 1}], "unknown 'slips'; it may have name, share, flip"),
        ([{"name": "x", "share": 1, "flip": 0.7}], r"personas\[0\]: flip is 0.7"),
        ([{"name": "x", "share": 1, "ties": "many"}], r"personas\[0\]: ties is 'many'"),
        ([{"name": "x", "share": 1, "mix": {"overall": 1}}], r"personas\[0\].mix"),
        ([{"name": "x", "share": 0.5}, {"name": "y", "share": 0.4}], "add up to 0.9; they must add up to 1"),
        ([{"name": "x", "share": "1"}], "share is '1'"),
    ],
)
def test_personas_that_cannot_be_used_are_named(document: Any, told: str) -> None:
    with pytest.raises(Invalid, match=told):
        pools.pool(13, pools.read(document, USUAL))


def test_personas_look_at_dimensions_that_are_asked(database: Database) -> None:
    arena_of(database)
    mix: Mapping[str, Mapping[str, float]] = {"overall": {"humour": 1.0}}
    with pytest.raises(Invalid, match="looks at 'humour'; there are overall"):
        simulate(database, 5, Pool.of(2, [Persona("x", 1, mix=mix)]))
    with pytest.raises(Invalid, match="pool"):
        simulate(database, 5, name="not a slug")


def test_models_that_come_during_a_simulation_are_named(database: Database) -> None:
    arena_of(database)
    with database.writing() as session:
        arena = arenas.find(session, SLUG)
        known = strengths.of(session, arena, "equal", 0, NOW)
        simulation = Simulation(pool_of(), pools.gather(session, arena, "pool", pool_of(), NOW), known)
        stale = replace(simulation, strengths={"overall": {}})
        with pytest.raises(Invalid, match="new since the simulation began"):
            simulations.cast(session, arena, stale, 1, np.random.default_rng(0), NOW)


def test_the_arena_keeps_its_own_rules(database: Database) -> None:
    """What a person would meet: battles expire, and are revealed as the arena says."""
    arena_of(database, prompts=5, reveal="never")
    simulate(database, 10)
    simulate(database, 10, bulk=True)
    assert {moment for (moment,) in rows_of(database, Battle.revealed_at)} == {None}
    change(database, battle_minutes=5)
    with database.writing() as session:
        session.execute(update(Arena).values(verdicts=["a", "b", "both_bad"]))
        kept = session.scalar(select(func.count()).select_from(Battle))
    simulate(database, 5, pool_of(5, floor=FLAT), name="strict", bulk=True)
    assert kept == 20
    with database.reading() as session:
        overall = dimensions.find(session, arenas.find(session, SLUG), "overall")
        counted = tallies.count(session, Slice(overall.arena_id, overall.id, "simulated"))
    assert counted.votes == 25
    assert COUNTED.index(Verdict.TIE) not in set(counted.verdict.tolist())
