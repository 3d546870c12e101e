"""What is judged: one pair of answers as it is shown, and all that may be shown with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Self

from app.domain.content import Messages
from app.domain.errors import Invalid
from app.stats.verdicts import Verdict, swapped

DIMENSION_VERDICTS = (Verdict.A, Verdict.TIE, Verdict.B)

Value = str | int | None


@dataclass(frozen=True, slots=True)
class DimensionForm:
    """A dimension as people are asked about it, with the verdicts that they are offered."""

    slug: str
    title: str
    question: str = ""
    rubric: str = ""
    verdicts: tuple[Verdict, ...] = DIMENSION_VERDICTS


@dataclass(frozen=True, slots=True)
class Reference:
    """An answer to be judged against. `author_kind` is open: human, verified, self, wrong and so on. `saw_answers`:
    it was written with one of the two answers in sight.

    Raises Invalid for a judge's own reference that was not written first (Krumdick et al. 2025).
    """

    text: str
    author_kind: str = ""
    language: str = ""
    saw_answers: bool = False

    def __post_init__(self) -> None:
        if self.author_kind == "self" and self.saw_answers:
            raise Invalid("reference: a judge's own is made before it sees the answers")


@dataclass(frozen=True, slots=True)
class Checklist:
    """Yes-or-no questions that a good answer satisfies; edited ones are a new version. Raises Invalid for none, and
    for questions that were made with an answer in sight (Cook et al. 2024).
    """

    questions: tuple[str, ...]
    version: int = 1
    saw_answers: bool = False

    def __post_init__(self) -> None:
        if self.saw_answers:
            raise Invalid("checklist: it is made from the prompt alone, with no answer in sight")
        if not self.questions or not all(question.strip() for question in self.questions):
            raise Invalid("checklist: it needs questions, none of them empty")


@dataclass(frozen=True, slots=True)
class Constraint:
    """Something that an answer must keep to. `check` names one of `checks.CHECKS`; or is `ask`: the judge answers
    `value`, a yes-or-no question; or is `code`: `value` has a function `check_following(response)`, see `sandbox`.

    `when` is a question too: where its answer is no, the constraint does not apply. `extract` says which part of the
    answer a check or code is made of; the judge copies it out first.
    """

    check: str
    value: Value = None
    when: str = ""
    extract: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """Two answers to one prompt, `first` shown as A. `fence` marks where texts of others begin and end: see
    `wording.fence`. `votes` are the verdicts by dimension of the person whose profile it is; they are never shown.
    """

    prompt: Messages
    first: Messages
    second: Messages
    dimensions: tuple[DimensionForm, ...]
    fence: str
    guidelines: str = ""
    references: tuple[Reference, ...] = ()
    rubrics: tuple[str, ...] = ()
    checklist: Checklist | None = None
    constraints: tuple[Constraint, ...] = ()
    policy: str = ""
    profile: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    votes: Mapping[str, Verdict] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        if not self.dimensions or len({each.slug for each in self.dimensions}) < len(self.dimensions):
            raise Invalid("dimensions: a judge is asked about one or more, each once")

    def swapped(self) -> Self:
        """The same with the answers the other way round."""
        votes = {slug: swapped(vote) for slug, vote in self.votes.items()}
        return replace(self, first=self.second, second=self.first, votes=votes)

    def dimension(self, slug: str) -> DimensionForm:
        """Raises KeyError for one that is not asked about."""
        return {each.slug: each for each in self.dimensions}[slug]

    def only_dimension(self, protocol: str) -> DimensionForm:
        """The dimension that a protocol with one verdict speaks of. Raises Invalid where there are several: one
        opinion is not copied to others.
        """
        if len(self.dimensions) > 1:
            raise Invalid(f"{protocol} gives one verdict; ask it about one dimension")
        return self.dimensions[0]
