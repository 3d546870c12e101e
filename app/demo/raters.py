"""Simulated raters for the demo arena: invented people whose rules are written down.

They are made to show what "Style Over Substance" (Wu and Aji, 2023) found among people: asked for one
overall verdict, a crowd lets a long, fluent text with several major errors pass a short correct one (Elo
1025 against 970), while experts who check the facts do not (892 against 1029). These are no measurements,
and their votes belong on simulated boards only.

How a verdict comes about, for each ballot and each dimension on its own:

1. *Merit.* Each answer gets a merit in logits: so much for every doubling of its length over 50 words, so
   much off for a minor error, a major error (the first three count), a level of language errors, and for
   missing the topic. `KINDS` holds the numbers. They were chosen for the demo, and the crowd's taste for
   length is stronger than in the study, where the gap was 55 points, so that a few hundred votes are enough
   to see it. Asked about accuracy alone, this crowd does look at the facts; in the study, separate
   questions helped LLM judges more than they helped the crowd.
2. *Verdict.* Both bad, a choice with a pull to the left answer and a band for ties, and slips, as the kind's
   `manner` has it: `app.stats.pools` states the rules. The pull gives position-bias figures something to find.
3. *Gaps.* A dimension that is not required is left out now and then, and some raters cannot tell
   (`abstain`).

Raters take turns. Each goes through all pairs on all prompts in an order of their own and so meets none
twice; which answer is shown as A is a fair coin.

>>> first = simulate(EXAMPLE, ballots=1)[0]
>>> first.rater, first.prompt_id, sorted((first.model_a, first.model_b))
('crowd-01', 'sky', ['long', 'short'])
"""

from bisect import bisect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations
from math import log2
from types import MappingProxyType
from typing import Any

import numpy as np

from app.stats.pools import Manner, chances
from app.stats.tally import COUNTED
from app.stats.verdicts import Verdict

WORDS_AT_ZERO = 50  # an answer of this length gains and loses nothing by it
MAJOR_ERRORS_COUNTED = 3  # after the third an answer is as good as lost


@dataclass(frozen=True, slots=True)
class SimulatedBallot:
    """The verdicts of one rater on one battle, by dimension; `model_a` was shown as A."""

    rater: str
    prompt_id: str
    model_a: str
    model_b: str
    verdicts: Mapping[str, Verdict]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a rater can notice about an answer."""

    words: int
    minor: int
    major: int
    language_errors: int
    on_topic: bool


@dataclass(frozen=True, slots=True)
class Taste:
    """What counts in one dimension, in logits; all but `length` are taken off.

    `cannot_tell` is the probability of an `abstain`.
    """

    length: float = 0.0
    minor: float = 0.0
    major: float = 0.0
    language: float = 0.0
    off_topic: float = 0.0
    cannot_tell: float = 0.0

    def merit(self, answer: Answer) -> float:
        return (
            self.length * log2(answer.words / WORDS_AT_ZERO)
            - self.minor * answer.minor
            - self.major * min(answer.major, MAJOR_ERRORS_COUNTED)
            - self.language * answer.language_errors
            - self.off_topic * (not answer.on_topic)
        )


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of rater, with the numbers of the rules above; `gap` is a probability."""

    name: str
    raters: int
    manner: Manner
    gap: float
    tastes: Mapping[str, Taste]


CROWD = Kind(
    name="crowd",
    raters=22,
    manner=Manner(flip=0.06, position=0.2, band=0.8, floor=-1.5),
    gap=0.08,
    tastes=MappingProxyType(
        {
            "overall": Taste(length=2.3, minor=0.1, major=0.2, language=0.4, off_topic=3.5),
            "accuracy": Taste(
                length=0.1, minor=1.5, major=0.9, language=0.1, off_topic=2.2, cannot_tell=0.12
            ),
            "helpfulness": Taste(length=1.0, minor=0.2, major=0.6, language=0.2, off_topic=3.5),
            "language": Taste(language=1.0),
        }
    ),
)
EXPERT = Kind(
    name="expert",
    raters=3,
    manner=Manner(flip=0.02, position=0.05, band=0.5, floor=-2.0),
    gap=0.04,
    tastes=MappingProxyType(
        {
            "overall": Taste(length=0.8, minor=0.5, major=1.2, language=0.3, off_topic=4.0),
            "accuracy": Taste(minor=1.6, major=1.5, off_topic=4.0),
            "helpfulness": Taste(length=0.9, minor=0.4, major=1.2, language=0.2, off_topic=4.0),
            "language": Taste(language=1.2),
        }
    ),
)
KINDS = (CROWD, EXPERT)

EXAMPLE: Mapping[str, Any] = MappingProxyType(
    {
        "dimensions": [{"slug": "overall", "required": True}],
        "models": [{"slug": "long"}, {"slug": "short"}],
        "prompts": [{"id": "sky"}],
        "answers": [
            {
                "model": model,
                "prompt_id": "sky",
                "messages": [{"role": "assistant", "content": text}],
                "errors": {"minor": 0, "major": 0},
                "language_errors": 0,
                "on_topic": True,
            }
            for model, text in (("long", "Air scatters blue light most. " * 20), ("short", "Scattering."))
        ],
    }
)


_Limits = Mapping[tuple[str, str, str, str], Sequence[float]]  # by dimension, prompt, A and B


@dataclass(frozen=True, slots=True)
class _Match:
    prompt_id: str
    pair: tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Rater:
    name: str
    kind: Kind
    matches: Sequence[_Match]
    generator: np.random.Generator


def word_count(messages: Sequence[Mapping[str, str]]) -> int:
    """Pieces between white space that hold a letter or digit, over all turns.

    >>> word_count([{"role": "assistant", "content": "| Strings | violin, cello |"}])
    3
    """
    pieces = (piece for message in messages for piece in message["content"].split())
    return sum(any(character.isalnum() for character in piece) for piece in pieces)


def simulate(
    arena: Mapping[str, Any], *, seed: int = 0, ballots: int = 600, kinds: Sequence[Kind] = KINDS
) -> tuple[SimulatedBallot, ...]:
    """The first `ballots` ballots of the simulated raters on an arena in the shape of `arena.json`.

    The same seed gives the same ballots, and a smaller number gives the beginning of the same row. Raises
    ValueError for a dimension that a kind has no taste for, and for more ballots than the raters can cast
    without meeting the same prompt and pair twice.
    """
    dimensions = tuple((dimension["slug"], dimension["required"]) for dimension in arena["dimensions"])
    for kind in kinds:
        if unknown := {slug for slug, _ in dimensions} - set(kind.tastes):
            raise ValueError(f"{kind.name} raters have no taste for {sorted(unknown)}; add a Taste")
    matches = _matches(arena)
    raters = tuple(_raters(kinds, matches, seed))
    if not 0 <= ballots <= len(raters) * len(matches):
        raise ValueError(
            f"{ballots} ballots; {len(raters)} raters can cast 0 to {len(raters) * len(matches)}"
        )
    answers = {(answer["model"], answer["prompt_id"]): _answer(answer) for answer in arena["answers"]}
    limits = {kind.name: _limits(kind, [slug for slug, _ in dimensions], matches, answers) for kind in kinds}
    turns = (divmod(ballot, len(raters)) for ballot in range(ballots))
    return tuple(
        _ballot(raters[rater], turn, limits[raters[rater].kind.name], dimensions) for turn, rater in turns
    )


def _matches(arena: Mapping[str, Any]) -> tuple[_Match, ...]:
    pairs = tuple(combinations(sorted(model["slug"] for model in arena["models"]), 2))
    return tuple(_Match(prompt["id"], pair) for prompt in arena["prompts"] for pair in pairs)


def _raters(kinds: Sequence[Kind], matches: Sequence[_Match], seed: int) -> Iterator[_Rater]:
    named = ((kind, number) for kind in kinds for number in range(1, kind.raters + 1))
    for index, (kind, number) in enumerate(named):
        generator = np.random.default_rng([seed, index])
        yield _Rater(
            name=f"{kind.name}-{number:02}",
            kind=kind,
            matches=tuple(matches[place] for place in generator.permutation(len(matches))),
            generator=generator,
        )


def _answer(answer: Mapping[str, Any]) -> Answer:
    return Answer(
        words=word_count(answer["messages"]),
        minor=answer["errors"]["minor"],
        major=answer["errors"]["major"],
        language_errors=answer["language_errors"],
        on_topic=answer["on_topic"],
    )


def _limits(
    kind: Kind,
    dimensions: Sequence[str],
    matches: Sequence[_Match],
    answers: Mapping[tuple[str, str], Answer],
) -> _Limits:
    """The cumulated chances of the verdicts but the last, for every match in either order."""
    shown = [(match.prompt_id, a, b) for match in matches for a, b in permutations(match.pair)]
    found: dict[tuple[str, str, str, str], Sequence[float]] = {}
    for slug in dimensions:
        merit = {key: kind.tastes[slug].merit(answer) for key, answer in answers.items()}
        merit_a = np.array([merit[a, prompt] for prompt, a, _ in shown])
        merit_b = np.array([merit[b, prompt] for prompt, _, b in shown])
        each = chances((kind.manner,), np.zeros(len(shown), dtype=np.int64), merit_a, merit_b)
        rows = each.cumsum(axis=1)[:, :-1].tolist()
        found.update({(slug, prompt, a, b): row for (prompt, a, b), row in zip(shown, rows, strict=True)})
    return found


def _ballot(
    rater: _Rater, turn: int, limits: _Limits, dimensions: Sequence[tuple[str, bool]]
) -> SimulatedBallot:
    match = rater.matches[turn]
    model_a, model_b = match.pair if rater.generator.random() < 0.5 else match.pair[::-1]
    verdicts = {
        slug: _verdict(rater, rater.kind.tastes[slug], limits[slug, match.prompt_id, model_a, model_b])
        for slug, required in dimensions
        if required or rater.generator.random() >= rater.kind.gap
    }
    return SimulatedBallot(rater.name, match.prompt_id, model_a, model_b, MappingProxyType(verdicts))


def _verdict(rater: _Rater, taste: Taste, limits: Sequence[float]) -> Verdict:
    if rater.generator.random() < taste.cannot_tell:
        return Verdict.ABSTAIN
    return COUNTED[bisect(limits, rater.generator.random())]
