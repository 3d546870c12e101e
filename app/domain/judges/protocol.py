"""What every way of asking a judge has in common: questions, what one reply says, what follows from all of them."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Generic, Literal, Self

from app.domain.content import Message, Messages
from app.domain.judges.items import Item
from app.domain.judges.replies import Failure, Reason, Reply, Unanswered, Unreadable
from app.stats.settings import Registered, Settings, require_number
from app.stats.verdicts import Verdict, swapped

Schema = Mapping[str, Any]

EVEN = 1e-9
LONGEST = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Cut:
    """A text that was shown in part: `shown` of its `length`, in `unit`."""

    text: str
    shown: int
    length: int
    unit: str


@dataclass(frozen=True, slots=True)
class Question:
    """One call. `key` is its name within the item; `flags` say which texts address the judge; `shown_references` are
    the author kind and language of each reference in it, `shown_checklist` the version of the checklist, None for none.
    `longest_reply` is in tokens.
    """

    key: str
    messages: tuple[Message, ...]
    schema: Schema | None = None
    logprobs: bool = False
    longest_reply: int = 1024
    cuts: tuple[Cut, ...] = ()
    flags: tuple[str, ...] = ()
    shown_references: tuple[tuple[str, str], ...] = ()
    shown_checklist: int | None = None

    @property
    def hash(self) -> str:
        """SHA-256 of all that the judge is sent."""
        return _hash([[dict(message) for message in self.messages], self.schema, self.logprobs])


@dataclass(frozen=True, slots=True)
class Finding:
    """What a judge said. `how` it was read, `label` the word that it was read from, then whichever of these it gave:

    `verdict` with A and B as shown; `strength` 2 much better, 1 better, 0 a tie; `score` of one answer, `scores` of
    both; `certainty` in percent, as stated; `probability` that A is better; `checklist_version` of what was asked.
    """

    how: str
    label: str = ""
    verdict: Verdict | None = None
    strength: int | None = None
    score: float | None = None
    scores: tuple[float, float] | None = None
    certainty: float | None = None
    probability: float | None = None
    checklist_version: int | None = None
    notes: tuple[str, ...] = ()
    repeats: tuple[Verdict, ...] = ()

    def swapped(self) -> Self:
        """The same opinion with the two answers shown the other way round."""
        return replace(
            self,
            verdict=None if self.verdict is None else swapped(self.verdict),
            scores=None if self.scores is None else (self.scores[1], self.scores[0]),
            probability=None if self.probability is None else 1 - self.probability,
            repeats=tuple(map(swapped, self.repeats)),
        )


Outcome = Finding | Failure
Outcomes = Mapping[str, Outcome]


@dataclass(frozen=True, slots=True)
class Asking:
    """Settings of every protocol. The texts shown are cut at `longest_text` (None: never), counted in `unit`; a token
    is a word or a mark, about what models count. `reference` is the author kind to show ("" none, "any"), in
    `reference_language` ("" any). `show_checklist` shows the prompt's checklist where it has one (Lin et al. 2024).
    """

    longest_text: int | None = None
    unit: Literal["characters", "tokens"] = "characters"
    reference: str = ""
    reference_language: str = ""
    show_checklist: bool = False

    def __post_init__(self) -> None:
        if self.longest_text is not None:
            require_number("longest_text", self.longest_text, 1, LONGEST, whole=True)


@dataclass(frozen=True, slots=True)
class Figure:
    """What a judge's readings come to for a model; `undefined` says why there may be none. One `against_baseline` is
    of battles against one model.
    """

    name: str
    summary: str
    undefined: str
    unit: Literal["share", "score", "percent"] = "share"
    against_baseline: bool = False


Amounts = Mapping[str, tuple[float, float]]
"""By figure a sum and a count of one reading: for a model a figure is the sum of its sums over that of its counts."""

Counts = Mapping[str, Mapping[str, Amounts | Failure]]
"""By dimension what the answers shown `first` and `second` count, or why one was not read."""

BOTH = ("first", "second")


@dataclass(frozen=True, slots=True)
class OfAnswers(Generic[Settings]):
    """Figures of answers alone. `amounts` of one answer, shown `first` or `second` in an item of one dimension, from
    what was read of the questions about it, by key; or why it was not read.
    """

    figures: tuple[Figure, ...]
    amounts: Callable[[Item, str, Outcomes, Settings], Amounts | Failure]


@dataclass(frozen=True, slots=True)
class Games:
    """What a judge said of one battle of a model, as it was shown: the model's answer is A in `first` and B in
    `second`, None where that was not asked or not read; not both. `lengths` are of the model's answer and the other
    one in characters, where they are known; `margin` is WildBench's K.
    """

    first: Finding | None
    second: Finding | None
    lengths: tuple[int, int] | None = None
    margin: int | None = None


@dataclass(frozen=True, slots=True)
class OfBattles:
    """Figures of battles, beside those that every protocol has: see `games`."""

    figures: tuple[Figure, ...]
    amounts: Callable[[Games], Amounts]


@dataclass(frozen=True, slots=True)
class Protocol(Registered[Settings]):
    """A registered way of asking. `questions` gives the calls for one item; `read` what a reply to the question `key`
    says, by name; `decide` the outcome for each dimension from all that was read. Both are pure: a stored reply can be
    read again. `of_answers` and `of_battles` say what the replies come to for a model. `sampled`: it reads what was
    drawn by chance where the temperature is above 0, and not how probable that was.
    """

    questions: Callable[[Item, Settings], tuple[Question, ...]]
    read: Callable[[Item, str, Reply, Settings], Outcomes]
    decide: Callable[[Item, Outcomes, Settings], Outcomes]
    of_answers: OfAnswers[Settings] | None = None
    of_battles: OfBattles | None = None
    sampled: bool = True

    @property
    def alone(self) -> bool:
        """Whether it sees one answer at a time, so that no place can move it."""
        return self.of_answers is not None

    def verdicts(self, item: Item, replies: Mapping[str, Reply | Unanswered], settings: Settings) -> Outcomes:
        """The outcome for each dimension from the replies to all questions, by key; where none can be read because a
        reply never came, it is that.
        """
        decided = self.decide(item, self._read_all(item, replies, settings), settings)
        missing = [reply for reply in replies.values() if isinstance(reply, Unanswered)]
        if not missing:
            return decided
        return {slug: missing[0] if _incomplete(found) else found for slug, found in decided.items()}

    def heard(
        self, item: Item, replies: Mapping[str, Reply | Unanswered], settings: Settings
    ) -> tuple[Outcomes, Counts]:
        """The outcome for each dimension, and what the answers count."""
        return self.verdicts(item, replies, settings), self.counts(item, replies, settings)

    def counts(self, item: Item, replies: Mapping[str, Reply | Unanswered], settings: Settings) -> Counts:
        """What each answer counts for the figures of answers alone; nothing where the protocol has none."""
        if self.of_answers is None:
            return {}
        read = self._read_all(item, replies, settings)
        found: dict[str, dict[str, Amounts | Failure]] = {}
        for dimension in item.dimensions:
            alone = replace(item, dimensions=(dimension,))
            found[dimension.slug] = {
                side: self.of_answers.amounts(alone, side, _of_side(read, side), settings) for side in BOTH
            }
        return found

    def _read_all(
        self, item: Item, replies: Mapping[str, Reply | Unanswered], settings: Settings
    ) -> dict[str, Outcome]:
        read: dict[str, Outcome] = {}
        for key, reply in replies.items():
            read.update(
                {key: reply} if isinstance(reply, Unanswered) else self.read(item, key, reply, settings)
            )
        return read

    def wording_hash(self, item: Item, settings: Settings) -> str:
        """SHA-256 of what is asked, whatever the answers: the wording of the form, the layout and the settings.

        Settings at their defaults do not count, so that a new one changes no hash of before.
        """
        questions = self.questions(_specimen(item), settings)
        usual = self.defaults()
        changed = {name: value for name, value in asdict(settings).items() if value != usual[name]}
        return _hash([self.name, self.version, changed, [question.hash for question in questions]])


def as_read(item: Item, outcomes: Outcomes, settings: object) -> Outcomes:
    """`decide` of the protocols whose replies speak of the dimensions themselves; without a reply there is none."""
    missing = Unreadable(Reason.INCOMPLETE, "not asked or not answered")
    return {each.slug: outcomes.get(each.slug, missing) for each in item.dimensions}


def first_failure(outcomes: Sequence[Outcome | None]) -> Failure | None:
    """The first that is none of a finding, so that nothing is decided from half of the replies."""
    for outcome in outcomes:
        if outcome is None:
            return Unreadable(Reason.INCOMPLETE, "not asked or not answered")
        if isinstance(outcome, Failure):
            return outcome
    return None


def compared(first: float, second: float, margin: float, how: str) -> Finding:
    """A finding from the scores of both answers: a tie where they differ by no more than `margin`.

    >>> compared(8, 7.9, 0.1, "json").verdict, compared(8, 7, 0.1, "json").verdict
    (<Verdict.TIE: 'tie'>, <Verdict.A: 'a'>)
    """
    near = abs(first - second) <= margin + EVEN
    verdict = Verdict.TIE if near else Verdict.A if first > second else Verdict.B
    return Finding(how, verdict=verdict, scores=(first, second))


def _of_side(read: Outcomes, side: str) -> Outcomes:
    return {key: outcome for key, outcome in read.items() if key.partition("/")[0] == side}


def _incomplete(outcome: Outcome) -> bool:
    return isinstance(outcome, Unreadable) and outcome.reason is Reason.INCOMPLETE


def _specimen(item: Item) -> Item:
    """The item with names for its texts, so that only the wording is left."""
    return replace(
        item,
        prompt=_named("prompt", item.prompt),
        first=_named("A", item.first),
        second=_named("B", item.second),
        fence="fence",
        references=tuple(replace(each, text="{reference}") for each in item.references),
        profile={name: f"{{{name}}}" for name in item.profile},
        votes={},
    )


def _named(name: str, messages: Messages) -> Messages:
    return [{"role": message["role"], "content": f"{{{name}}}"} for message in messages]


def _hash(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=dict).encode()).hexdigest()
