"""Replies that somebody wrote beforehand: for tests, for a demo, and to try a judge without paying."""

import asyncio
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from app.providers.costs import FREE, Basis, Cost, Prices, Usage, estimated_tokens
from app.providers.endpoints import read_tokens, require_image_tokens
from app.providers.exchange import Attempt, Failure, Format, Outcome, Question, Reason, Reply
from app.providers.provider import Journal, Operator, ProviderKind, Unkept
from app.providers.surroundings import Surroundings
from app.stats.settings import UnusableValue, require_number

Answer = Callable[[Question], str | Failure]


@dataclass(frozen=True, slots=True)
class Settings:
    """`file` is the name of a file in the operator's folder of scripts; `seconds` is what each reply takes. Prices are
    for a million tokens, which are estimated, a picture at `image_tokens`; without them it is shown none.
    """

    file: str = ""
    seconds: float = 0.0
    concurrency: int = 8
    input_price: float = 0.0
    output_price: float = 0.0
    image_tokens: int | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.file, str) or not re.fullmatch(r"([A-Za-z0-9_-][A-Za-z0-9._-]*)?", self.file):
            raise UnusableValue(f"file is {self.file!r}; it must be the name of a file, without its folder")
        require_number("seconds", self.seconds, 0, 3600)
        require_number("concurrency", self.concurrency, 1, 1000, whole=True)
        require_number("input_price", self.input_price, 0, 1e6)
        require_number("output_price", self.output_price, 0, 1e6)
        require_image_tokens(self.image_tokens)


@dataclass(frozen=True, slots=True)
class Line:
    """Answers a question whose messages hold `when`: with `text`, or with a failure of this reason."""

    when: str = ""
    text: str = ""
    failure: Reason | None = None


class Scripted:
    """Answers as a function says; the same question has the same answer unless the function says otherwise."""

    def __init__(
        self, answer: Answer, settings: Settings | None = None, surroundings: Surroundings | None = None
    ) -> None:
        self._answer = answer
        self._settings = settings or Settings()
        self._world = surroundings or Surroundings()
        self._slots = asyncio.Semaphore(self._settings.concurrency)
        self._prices = Prices(
            Decimal(str(self._settings.input_price)), Decimal(str(self._settings.output_price))
        )

    async def ask(self, question: Question, journal: Journal | None = None) -> Outcome:
        """One attempt, in the journal like any other; a text is paid for, a failure is not."""
        kept = journal or Unkept()
        async with self._slots:
            await kept.sending(1, Format.PLAIN)
            await self._world.sleep(self._settings.seconds)
        answer = self._answer(question)
        said: Outcome = answer if isinstance(answer, Failure) else _reply(question, answer)
        failure = answer if isinstance(answer, Failure) else None
        attempt = Attempt(
            1,
            Format.PLAIN,
            failure.reason if failure else None,
            failure.detail if failure else "",
            None,
            FREE if isinstance(answer, Failure) else self._cost(question, answer),
            self._settings.seconds,
        )
        await kept.ended(attempt, said)
        return replace(said, attempts=(attempt,))

    def most(self, question: Question) -> Cost:
        """What one request can cost at most."""
        usage = Usage(self._read(question), question.max_tokens)
        return Cost.of(Basis.POSSIBLE, usage, self._prices)

    @property
    def concurrency(self) -> int:
        return self._settings.concurrency

    async def close(self) -> None:
        """There is nothing to give back."""

    def _cost(self, question: Question, text: str) -> Cost:
        usage = Usage(self._read(question), estimated_tokens(text))
        return Cost.of(Basis.ESTIMATED, usage, self._prices)

    def _read(self, question: Question) -> int:
        return read_tokens(question, self._settings.image_tokens)


def _reply(question: Question, text: str) -> Reply:
    return Reply(text, question.model, "stop", "", None)


def by_lines(lines: Sequence[Line]) -> Answer:
    """The first line that fits a question answers it; where none fits it is a bad request.

    >>> from app.providers.exchange import Message
    >>> answer = by_lines([Line(when="capital", text="A"), Line(failure=Reason.REFUSAL)])
    >>> answer(Question("m", (Message("user", "Which capital?"),), max_tokens=5))
    'A'
    >>> answer(Question("m", (Message("user", "Which drug?"),), max_tokens=5)).reason
    <Reason.REFUSAL: 'refusal'>
    """

    def answer(question: Question) -> str | Failure:
        asked = "\n".join(message.text for message in question.messages)
        for line in lines:
            if line.when in asked:
                return Failure(line.failure, "as scripted") if line.failure else line.text
        return Failure(Reason.BAD_REQUEST, "no line of the script fits this question")

    return answer


def read_lines(path: Path) -> list[Line]:
    """A script: one JSON object a line with `when` (default: any question), and `text` or `failure`.

    Raises UnusableValue, which names the line and not what it holds.
    """
    try:
        rows = path.read_text().splitlines()
    except (OSError, ValueError):
        raise UnusableValue(f"the script {path.name} cannot be read") from None
    return [_line(f"{path.name}:{number}", row) for number, row in enumerate(rows, 1) if row.strip()]


def _line(at: str, row: str) -> Line:
    try:
        found = json.loads(row)
        failure = Reason(found["failure"]) if "failure" in found else None
        line = Line(found.get("when", ""), found.get("text", ""), failure)
    except (ValueError, TypeError, AttributeError):
        raise UnusableValue(f"{at} must be an object with when, and text or failure") from None
    answers = ("text" in found) != ("failure" in found)
    if not (answers and isinstance(line.when, str) and isinstance(line.text, str) and set(found) <= _NAMES):
        raise UnusableValue(f"{at} must be an object with when, and text or failure")
    return line


_NAMES = {"when", "text", "failure"}


def _open(settings: Settings, operator: Operator) -> Scripted:
    lines = read_lines(operator.scripts / settings.file) if settings.file else []
    return Scripted(by_lines(lines), settings, operator.surroundings)


KIND = ProviderKind(
    name="scripted",
    version="1",
    summary="Replies written beforehand, from a file",
    settings=Settings,
    open=_open,
)
