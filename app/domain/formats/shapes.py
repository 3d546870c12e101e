"""What a format is: how it reads votes, and the shapes in which it writes them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from app.domain.answers import NewAnswer
from app.domain.formats.rows import Bad, Columns, VoteRow
from app.domain.profiles import NewProfile
from app.domain.prompts import NewPrompt

Fields = Mapping[str, Any]
Written = Fields | str  # a record, or why a vote has no place in the shape


@dataclass(frozen=True, slots=True)
class Shape:
    """How a format writes votes: its columns with their types (see `tables.Encoding`), and the records of some votes,
    with a reason for each of these votes that has no place in it: `records(number, votes)`.
    Records are numbered from 1.

    `together` says which votes come at once: each alone; those of an `item`, which is two answers to
    one prompt as they were shown; or a rater's `games`, on two models whichever was shown first. A shape that holds no
    `dimensions` is of one dimension; `texts` come only if it wants them. `lacks` says what it cannot hold.
    """

    columns: Mapping[str, str]
    records: Callable[[int, Sequence[VoteRow]], Iterable[Written]]
    lacks: str
    texts: bool = False
    dimensions: bool = False
    together: Literal["", "item", "games"] = ""


def each(row: Callable[[VoteRow], Written]) -> Callable[[int, Sequence[VoteRow]], Iterator[Written]]:
    """Records of a shape whose votes are a record each."""

    def records(number: int, votes: Sequence[VoteRow]) -> Iterator[Written]:
        return map(row, votes)

    return records


def refused(row: VoteRow, *kinds: str) -> str | None:
    """Why a shape for raters of these kinds has no place for a vote, whatever it says."""
    if row.rater.kind not in kinds:
        return f"no place for a {row.rater.kind} vote"
    return "no place for votes that do not count" if row.set_aside else None


@dataclass(frozen=True, slots=True)
class Said:
    """A model's answer; `prompt` where the file tells what was asked."""

    model: str
    answer: NewAnswer
    prompt: NewPrompt | None = None


@dataclass(frozen=True, slots=True)
class Format:
    """What can be read, written or both. `read(lines, columns)`: columns renames what the format calls a field to what
    this file calls it. A name that begins with CONSTANT is no name but the value itself, the same in each row:
    rater → =judge:gpt-4. The first of the `shapes` is written unless another is asked for.

    `content`: votes; or an arena with everything in it; or its boards; or prompts, answers of models or profiles of
    people, which `submits` reads as `read` does votes.
    """

    name: str
    summary: str
    read: Callable[[Iterable[bytes], Columns], Iterator[VoteRow | Bad]] | None = None
    columns: tuple[str, ...] = ()
    shapes: Mapping[str, Shape] = field(default_factory=dict)
    encodings: tuple[str, ...] = ("jsonl", "csv", "parquet")
    content: Literal["votes", "arena", "boards", "prompts", "answers", "profiles"] = "votes"
    submits: Callable[[Iterable[bytes], Columns], Iterator[NewPrompt | Said | NewProfile | Bad]] | None = None

    @property
    def reads(self) -> bool:
        return self.read is not None or self.submits is not None or self.content == "arena"

    @property
    def writes(self) -> bool:
        return bool(self.shapes) or self.content in ("arena", "boards")
