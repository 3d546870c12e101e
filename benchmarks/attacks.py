"""What do dishonest voters do to a board, and how much of it do the gates undo?

    .venv/bin/python -m benchmarks.attacks

Honest voters are simulated from strengths that are known; attackers vote beside them. A board's shift is how far its
models stand, on average, from their places and ratings on the board of the honest votes alone; of a promoted model,
how far it alone does. Then the gates set voters aside, as the worker does, and the board is fitted again. With
`--data` the gates also judge the people of llmfao and MT-Bench.
"""

import argparse
import time
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.stats.gates import RING, Others, Voter, policies, rings, sifted, without
from app.stats.leaks import leaks
from app.stats.pools import Manner, Persona, Pool, band_of
from app.stats.rankings import rank
from app.stats.tally import COUNTED, Floats, Ints, Tally
from app.stats.verdicts import Verdict
from benchmarks.honest import Crowd, llmfao, mt_bench
from benchmarks.stopwatch import machine
from benchmarks.tables import Table, show

MODELS, VOTERS, EACH = 20, 400, 60
SPREAD = 0.7  # standard deviation of the strengths in natural-log odds: 122 points
TARGET = MODELS // 2  # the place of the model that is promoted
CAP = 200  # votes a voter
LEAKING = 0.2  # of the promoted model's answers, how many say who gave them
GOLD = 0.1  # of the deals, how many are control battles
FAR = 3.0  # logits from 0 of the two answers of a control battle
STRIDE = 37  # spreads personas over voters: it shares no factor with their number
HALF, FEW = 0.5, 0.02
POLICIES = policies({})
MOVED = 0.25  # places: below it models stay where they are

A, B = COUNTED.index(Verdict.A), COUNTED.index(Verdict.B)
CROWD = (
    Persona("careful", 0.3, Manner(flip=0.02, position=0.05, band=band_of(0.2))),
    Persona("usual", 0.5, Manner(flip=0.1, position=0.1, band=band_of(0.15))),
    Persona("hurried", 0.2, Manner(flip=0.2, position=0.3, band=band_of(0.1))),
)
INTRODUCTIONS = (
    "I am ChatGPT, made by OpenAI. {}",
    "Je suis Claude, un assistant créé par Anthropic. {}",
    "我是通义千问。{}",
    "أنا ChatGPT. {}",
    "Ich bin Gemini, ein Sprachmodell von Google. {}",
    "Soy un modelo de lenguaje entrenado por Google. {}",
    "私はGeminiです。{}",
    "{} As GPT-4, I would add nothing.",
)
PLAIN = "The sky is blue because air scatters short waves more than long ones."

Chance = np.random.Generator


@dataclass(frozen=True, slots=True, eq=False)
class Votes:
    """Votes in the order of time: who (N,), the models shown as A and B, what was said; whether an answer that was
    shown says who gave it, and whether that was found.
    """

    who: Ints
    first: Ints
    second: Ints
    verdict: Ints
    leaking: NDArray[np.bool_]
    found: NDArray[np.bool_]

    def only(self, kept: NDArray[np.bool_] | Ints) -> "Votes":
        return Votes(*(getattr(self, name)[kept] for name in Votes.__slots__))

    def tally(self) -> Tally:
        return Tally(NAMES, self.first, self.second, self.verdict, np.ones_like(self.verdict))


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """True strengths (M,), best first, the model that is promoted, and the ratings (M,) of the honest board."""

    strength: Floats
    target: int
    rating: Floats


@dataclass(frozen=True, slots=True)
class Attack:
    """`share` of all voters attack, with `each` battles, of which those of the promoted model alone if they skip the
    others; `say` is what they say, given what an honest voter would have said.
    """

    name: str
    share: float
    say: Callable[[World, Votes, Chance], Ints]
    promotes: bool = False
    skips: bool = False
    each: int = EACH


NAMES = tuple(f"m{number:02}" for number in range(MODELS))
POOL = Pool.of(VOTERS, CROWD)


def main(arguments: Sequence[str] | None = None) -> None:
    asked = _parser().parse_args(arguments)
    started = time.monotonic()
    print(machine("numpy", "scipy"), end="\n\n", flush=True)
    show(attacks(asked.runs, asked.seed), asked.markdown)
    if asked.data is not None:
        show(people(asked.data), asked.markdown)
    print(f"took {(time.monotonic() - started) / 60:.1f} minutes")


def attacks(runs: int, seed: int) -> Table:
    """Each attack without and with defences, a mean over runs."""
    title = f"{MODELS} models, {VOTERS} honest voters with {EACH} votes each, a mean over {runs} runs"
    head = (
        "attack", "voters", "shift, places", "defended", "shift, points", "defended", "attackers' votes set aside",
        "honest votes set aside", "halved", "at most 2 % of honest votes",
    )  # fmt: skip
    rows = []
    for attack in ATTACKS:
        found = np.array([_run(attack, np.random.default_rng([seed, run])) for run in range(runs)])
        places, held, points, held_points, caught, lost = found.mean(axis=0)
        halved = held_points <= HALF * points and (places < MOVED or held <= HALF * places)
        rows.append(
            (
                attack.name,
                f"{attack.share:.2%}" if attack.share < 0.01 else f"{attack.share:.0%}",
                f"{places:.2f}",
                f"{held:.2f}",
                f"{points:.1f}",
                f"{held_points:.1f}",
                f"{caught:.0%}",
                f"{lost:.2%}",
                _yes(halved),
                _yes(lost <= FEW),
            )
        )
    return Table(title, head, tuple(rows))


def people(data: Path) -> Table:
    """Whom the gates set aside among people who were asked for their votes."""
    head = ("votes", "voters", "votes of them", "voters set aside", "votes set aside", "by", "at most 2 %")
    rows = []
    for crowd in (llmfao(data), mt_bench(data)):
        for name, kept in (
            ("all", np.ones(len(crowd.voters), bool)),
            ("who agree with others", crowd.agreeing()),
        ):
            why = sifted(dict(enumerate(crowd.voters)), crowd.tally, POLICIES)
            set_aside = [at for at in why if kept[at]]
            votes = np.array([len(each.verdict) for each in crowd.voters])
            share = (votes[set_aside].sum() + _of_rings(crowd, why, kept)) / votes[kept].sum()
            gates = sorted({why[at][0] for at in set_aside})
            rows.append(
                (
                    f"{crowd.name}, {name}",
                    f"{kept.sum()}",
                    f"{votes[kept].sum():,}",
                    f"{len(set_aside)}",
                    f"{share:.2%}",
                    ", ".join(gates) or "–",
                    _yes(share <= FEW),
                )
            )
    return Table("People whose votes were collected elsewhere", head, tuple(rows))


def _of_rings(crowd: Crowd, stopped: Container[int], kept: NDArray[np.bool_]) -> int:
    """How many votes of the voters who are kept are set aside as those of a ring."""
    left = [at for at in range(len(crowd.voters)) if at not in stopped]
    voters = [crowd.voters[at] for at in left]
    others = without(crowd.tally, [each for at, each in enumerate(crowd.voters) if at in stopped])
    return sum(
        int(((voters[at].first == ring.model) | (voters[at].second == ring.model)).sum())
        for ring in rings(voters, Others.of(others), POLICIES[RING])
        for at in ring.voters
        if kept[left[at]]
    )


def _run(attack: Attack, chance: Chance) -> tuple[float, float, float, float, float, float]:
    """Shift without and with defences in places, the same in points, and the shares of votes set aside: the attackers'
    and the honest ones.
    """
    strength = np.sort(chance.normal(0, SPREAD, MODELS))[::-1]
    honest = _honest(strength, np.repeat(np.arange(VOTERS), EACH), chance)
    first_board = _ratings(honest)
    world = World(strength, int(np.argsort(-first_board)[TARGET]), first_board)
    attackers = max(1, round(VOTERS * attack.share / (1 - attack.share)))
    who = np.repeat(np.arange(attackers) + VOTERS, attack.each)
    selves = _honest(strength, who, chance, world.target if attack.skips else None)
    if attack.say is _by_name:
        # A fan is an honest voter but for the name: the board is held against that of fans who see none.
        honest, selves = (_leaking(votes, world.target, chance) for votes in (honest, selves))
        world = replace(world, rating=_ratings(_joined(honest, selves)))
    order = chance.permutation(len(honest.who) + len(selves.who))
    everybody = _joined(honest, replace(selves, verdict=attack.say(world, selves, chance))).only(order)
    controlled = np.repeat(np.arange(VOTERS), round(EACH * GOLD))
    if not attack.skips:
        controlled = np.concatenate([controlled, np.repeat(np.unique(who), round(attack.each * GOLD))])
    kept = _defended(everybody, _gold(attack, world, controlled, chance))
    hostile = everybody.who >= VOTERS
    if attack.say is _by_name:
        hostile = everybody.leaking  # these are dealt to nobody, so nobody's vote is lost
    shifts = [_shift(world, _ratings(votes), attack.promotes) for votes in (everybody, everybody.only(kept))]
    (places, points), (held, held_points) = shifts
    return places, held, points, held_points, float((~kept)[hostile].mean()), float((~kept)[~hostile].mean())


def _honest(strength: Floats, who: Ints, chance: Chance, with_model: int | None = None) -> Votes:
    """Pairs at random, all alike; `with_model` leaves those of one model."""
    pairs = np.array([(i, j) for i in range(MODELS) for j in range(MODELS) if i != j])
    if with_model is not None:
        pairs = pairs[(pairs == with_model).any(axis=1)]
    first, second = pairs[chance.integers(len(pairs), size=len(who))].T
    return _judged_by(who, first, second, strength, chance)


def _judged_by(who: Ints, first: Ints, second: Ints, strength: Floats, chance: Chance) -> Votes:
    rater = who * STRIDE % len(POOL.persona_of)
    said = POOL.judge(rater, first, second, {"overall": strength}, chance)["overall"]
    return Votes(who, first, second, said, *np.zeros((2, len(who)), dtype=np.bool_))


def _leaking(votes: Votes, target: int, chance: Chance) -> Votes:
    """Some answers of the promoted model say who gave them, and what says so is found in the text itself."""
    meets = (votes.first == target) | (votes.second == target)
    says = meets & (chance.random(len(meets)) < LEAKING)
    wording = chance.integers(len(INTRODUCTIONS), size=len(meets))
    texts = [
        INTRODUCTIONS[number].format(PLAIN) if said else PLAIN
        for number, said in zip(wording, says, strict=True)
    ]
    seen = {text: bool(leaks([text])) for text in set(texts)}
    return replace(votes, leaking=says, found=np.array([seen[text] for text in texts], dtype=np.bool_))


def _joined(one: Votes, other: Votes) -> Votes:
    return Votes(*(np.concatenate([getattr(one, name), getattr(other, name)]) for name in Votes.__slots__))


def _for_target(world: World, votes: Votes, chance: Chance) -> Ints:
    """Honest but where the promoted model stands."""
    return np.where(votes.first == world.target, A, np.where(votes.second == world.target, B, votes.verdict))


def _at_random(world: World, votes: Votes, chance: Chance) -> Ints:
    return chance.choice([A, B], size=len(votes.who))


def _always_a(world: World, votes: Votes, chance: Chance) -> Ints:
    return np.full(len(votes.who), A)


def _by_board(world: World, votes: Votes, chance: Chance) -> Ints:
    return np.where(world.rating[votes.first] > world.rating[votes.second], A, B)


def _by_name(world: World, votes: Votes, chance: Chance) -> Ints:
    """Honest but where an answer says that it is of the promoted model."""
    return np.where(votes.leaking, _for_target(world, votes, chance), votes.verdict)


def _defended(votes: Votes, gold: Mapping[int, tuple[int, int]]) -> NDArray[np.bool_]:
    """Which votes count: no battle of an answer that betrays its model, no more than a cap of one voter, and none of a
    voter whom a gate stops, nor of a ring on its model.
    """
    kept = ~votes.found
    kept[kept] &= _earlier(votes.who[kept]) < CAP
    counting = votes.only(kept)
    voters = {int(who): _voter(counting, int(who), gold) for who in np.unique(counting.who)}
    kept &= ~np.isin(votes.who, list(sifted(voters, counting.tally(), POLICIES)))
    left = votes.only(kept)
    numbers = np.unique(left.who)
    for ring in rings([voters[who] for who in numbers], Others.of(left.tally()), POLICIES[RING]):
        meets = (votes.first == ring.model) | (votes.second == ring.model)
        kept &= ~(np.isin(votes.who, numbers[ring.voters]) & meets)
    return kept


def _earlier(who: Ints) -> Ints:
    """How many votes each voter cast before each vote."""
    order = np.argsort(who, kind="stable")
    _, starts, counts = np.unique(who[order], return_index=True, return_counts=True)
    earlier = np.empty(len(who), dtype=np.int64)
    earlier[order] = np.arange(len(who)) - np.repeat(starts, counts)
    return earlier


def _voter(votes: Votes, who: int, gold: Mapping[int, tuple[int, int]]) -> Voter:
    own = votes.who == who
    return Voter(votes.first[own], votes.second[own], votes.verdict[own], gold.get(who, (0, 0)), seed=who)


def _gold(attack: Attack, world: World, who: Ints, chance: Chance) -> dict[int, tuple[int, int]]:
    """(judged, failed) of control battles: a far better answer of the best model against one of the worst."""
    wide = np.zeros(MODELS)
    wide[0], wide[-1] = FAR, -FAR
    ends = np.where(chance.random((len(who), 1)) < 0.5, [[0, MODELS - 1]], [[MODELS - 1, 0]])
    votes = _judged_by(who, ends[:, 0], ends[:, 1], wide, chance)
    hostile = who >= VOTERS
    said = np.where(hostile, attack.say(world, votes, chance), votes.verdict)
    failed = said != np.where(votes.first == 0, A, B)
    return {int(each): (int((who == each).sum()), int(failed[who == each].sum())) for each in np.unique(who)}


def _ratings(votes: Votes) -> Floats:
    rows = {row.model: row.rating for row in rank("bradley_terry", votes.tally(), {}).rows}
    return np.array([rows[name] for name in NAMES], dtype=np.float64)


def _shift(world: World, rating: Floats, promotes: bool) -> tuple[float, float]:
    """In places and in points, of the promoted model or a mean over all."""
    places = np.abs(np.argsort(np.argsort(-rating)) - np.argsort(np.argsort(-world.rating)))
    points = np.abs(rating - world.rating)
    chosen = [world.target] if promotes else slice(None)
    return float(places[chosen].mean()), float(points[chosen].mean())


def _yes(holds: bool) -> str:
    return "yes" if holds else "NO"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.attacks", description=__doc__)
    parser.add_argument("--runs", type=int, default=20, help="boards an attack")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--data", type=Path, help="the folder of public votes with llmfao/ and mtbench_votes/"
    )
    parser.add_argument("--markdown", action="store_true", help="for docs/benchmarks.md")
    return parser


ATTACKS = (
    Attack("ring that promotes a model, and skips the rest", 0.05, _for_target, promotes=True, skips=True),
    Attack("ring that promotes a model, and judges the rest", 0.05, _for_target, promotes=True),
    Attack(
        "one voter with 3,000 votes for a model", 0.0025, _for_target, promotes=True, skips=True, each=3_000
    ),
    Attack("random clickers", 0.2, _at_random),
    Attack("always A", 0.2, _always_a),
    Attack("copies of the board", 0.2, _by_board),
    Attack("fans who see a name", 0.2, _by_name, promotes=True),
)

if __name__ == "__main__":
    main()
