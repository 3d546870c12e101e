"""Score: each answer alone gets a number by the rubric, and the two numbers are compared with a stated margin.

MT-Bench's single mode calls a difference of .1 or less a tie (Zheng et al. 2023); rubrics that belong to a prompt are
averaged as in Janus (Lee et al. 2024). The scale `correctness` holds an answer against a reference instead: correct 1,
partially correct ½, incorrect 0 (WikiContradict, Hou et al. 2024).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from app.domain.errors import Invalid
from app.domain.judges import replies, wording
from app.domain.judges.items import Item
from app.domain.judges.protocol import (
    Amounts,
    Asking,
    Figure,
    Finding,
    OfAnswers,
    Outcome,
    Outcomes,
    Protocol,
    Question,
    Schema,
    compared,
    first_failure,
)
from app.domain.judges.replies import Failure, Found, Reply
from app.stats.settings import UnusableValue, require_choice, require_number

FIELD = "score"

_LABELS = {"correct": 1.0, "partiallycorrect": 0.5, "incorrect": 0.0, "notcorrect": 0.0}
_PROSE = (
    (re.compile(r"\bpartial(?:ly)?\b", re.IGNORECASE), 0.5),
    (re.compile(r"\bincorrect\b|(?:\bnot|n['\u2019]t)\scorrect\b", re.IGNORECASE), 0.0),
    (re.compile(r"(?:\bnot|n['\u2019]t)\s\w{1,20}\scorrect\b", re.IGNORECASE), None),
    (re.compile(r"\bcorrect\b", re.IGNORECASE), 1.0),
)


@dataclass(frozen=True, slots=True)
class Settings(Asking):
    """Scores from `lowest` to `highest`; answers that differ by `tie_margin` or less tie. `prompt_rubrics` asks each
    rubric of the prompt in place of the dimension's own, for a single dimension, and takes the mean.
    """

    scale: Literal["numbers", "correctness"] = "numbers"
    lowest: int = 1
    highest: int = 10
    tie_margin: float = 0.1
    prompt_rubrics: bool = False

    def __post_init__(self) -> None:
        Asking.__post_init__(self)
        require_choice("scale", self.scale, ("numbers", "correctness"))
        require_number("lowest", self.lowest, 0, 100, whole=True)
        require_number("highest", self.highest, 1, 100, whole=True)
        require_number("tie_margin", self.tie_margin, 0, 100)
        if self.lowest >= self.highest:
            raise UnusableValue("lowest is not below highest")


def questions(item: Item, settings: Settings) -> tuple[Question, ...]:
    if settings.scale == "correctness" and not settings.reference:
        raise Invalid("reference: an answer is correct or not by a reference; name its author kind")
    return tuple(
        wording.question(
            key,
            item,
            settings,
            (asked, _how_to_reply(settings)),
            shown=wording.SIDES[side],
            schema=_schema(settings),
        )
        for side in wording.SIDES
        for key, asked in _asked(item, side, settings)
    )


def read(item: Item, key: str, reply: Reply, settings: Settings) -> Outcomes:
    if settings.scale == "correctness":
        found = correctness(reply)
    else:
        found = replies.number(reply, FIELD, settings.lowest, settings.highest)
    return {key: Finding(found.how, score=found.value) if isinstance(found, Found) else found}


def decide(item: Item, outcomes: Outcomes, settings: Settings) -> Outcomes:
    """Scores of both answers, and which is better. Without one of the scores there is no verdict."""
    return {
        dimension.slug: _decided(outcomes, dimension.slug, _parts(item, settings), settings)
        for dimension in item.dimensions
    }


def amounts(item: Item, side: str, outcomes: Outcomes, settings: Settings) -> Amounts | Failure:
    """The score of one answer, the mean over the rubrics of its prompt."""
    slug = item.only_dimension("a score").slug
    found = [outcomes.get(f"{side}/{slug}{part}") for part in _parts(item, settings)]
    return first_failure(found) or {"score": (_mean(found), 1)}


def correctness(reply: Reply) -> Found[float] | Failure:
    """1 for correct, ½ for partially correct, 0 for incorrect.

    In prose "partially" counts before "incorrect", and that before "correct": "Incorrect. 4 is correct" is 0.

    >>> correctness(Reply("Partially correct.")).value, correctness(Reply("Incorrect.")).value
    (0.5, 0.0)
    """
    named = replies.label(reply, FIELD, _LABELS)
    text = replies.spoken(reply)
    if isinstance(named, Found) or not isinstance(text, str) or reply.cut:
        return named
    found = next((worth for pattern, worth in _PROSE if pattern.search(text)), None)
    return named if found is None else Found(found, "prose")


def _asked(item: Item, side: str, settings: Settings) -> Iterator[tuple[str, str]]:
    """Key and wording of each question about one of the answers."""
    for dimension in item.dimensions:
        if settings.prompt_rubrics:
            rubrics = _rubrics(item)
            yield from ((f"{side}/{dimension.slug}/{part}", text) for part, text in enumerate(rubrics, 1))
        else:
            yield f"{side}/{dimension.slug}", wording.form(dimension)


def _rubrics(item: Item) -> tuple[str, ...]:
    item.only_dimension("score by the rubrics of the prompt")
    if not item.rubrics:
        raise Invalid("rubrics: the prompt has none")
    return item.rubrics


def _parts(item: Item, settings: Settings) -> tuple[str, ...]:
    if not settings.prompt_rubrics:
        return ("",)
    return tuple(f"/{part}" for part in range(1, len(_rubrics(item)) + 1))


def _decided(outcomes: Outcomes, slug: str, parts: tuple[str, ...], settings: Settings) -> Outcome:
    found = {side: [outcomes.get(f"{side}/{slug}{part}") for part in parts] for side in wording.SIDES}
    failure = first_failure([*found["first"], *found["second"]])
    if failure is not None:
        return failure
    first, second = (_mean(found[side]) for side in wording.SIDES)
    return compared(first, second, settings.tie_margin, "scores")


def _mean(found: list[Outcome | None]) -> float:
    scores = [each.score for each in found if isinstance(each, Finding) and each.score is not None]
    return sum(scores) / len(scores)


def _how_to_reply(settings: Settings) -> str:
    if settings.scale == "correctness":
        return (
            "Hold the answer against the reference. Reply with one of: correct, partially correct, incorrect."
        )
    low, high = settings.lowest, settings.highest
    return (
        f"Score the answer from {low} (worst) to {high} (best). "
        f'Reply with JSON alone: {{"reason": <one or two sentences>, "{FIELD}": <whole number>}}'
    )


def _schema(settings: Settings) -> Schema | None:
    if settings.scale == "correctness":
        return None
    number = {"type": "integer", "minimum": settings.lowest, "maximum": settings.highest}
    return wording.json_schema({"reason": {"type": "string"}, FIELD: number})


PROTOCOL = Protocol(
    name="score",
    version="1",
    summary="A score for each answer alone, compared with a margin for ties",
    settings=Settings,
    questions=questions,
    read=read,
    decide=decide,
    of_answers=OfAnswers(
        (
            Figure(
                "score", "mean score of its answers, over rubrics and repeats", "no answer was read", "score"
            ),
        ),
        amounts,
    ),
)
