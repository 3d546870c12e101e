"""/arenas/{arena}/judges/choice: judges held against people on the same items, and the one that a stated rule picks."""

import hashlib
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Response
from pydantic import Field

from app.api.boards import NOT_MODIFIED, AcceptEncoding, DimensionQuery, IfNoneMatch, served
from app.api.deps import CallerDep, Reading, readable
from app.api.measures import AgreementRowOut, MeasureOut, ShortcomingOut, VersionOut
from app.api.problems import RESPONSES
from app.api.shapes import NO_CONTROL, ArenaPath, CategoryQuery, LanguageQuery, Out
from app.domain import choices
from app.domain.choices import Question

router = APIRouter(prefix="/arenas/{arena}/judges/choice", tags=["consistency"], responses=RESPONSES)

JudgeName = Annotated[str, Field(pattern=NO_CONTROL, max_length=250)]
Share = Annotated[float, Query(ge=0, le=1)]


class FiguresOut(Out):
    """The first four are of both answers of each pair that people decided: the winner is good, the loser bad, and the
    judge fails what it says lost. The others are of items.
    """

    failure_coverage: MeasureOut
    false_failure_rate: MeasureOut
    check_alignment: MeasureOut
    mcc: MeasureOut
    agreement: MeasureOut
    agreement_no_ties: MeasureOut
    cohen_kappa: MeasureOut
    verdicts: MeasureOut


class CertaintyOut(Out):
    """Verdicts stated with at least this certainty: their share, and how many are people's."""

    threshold: float
    n: int
    coverage: float
    accuracy: MeasureOut


class CostOut(Out):
    """For 1,000 votes: money surely paid and the most that may have been, or why that is unknown; tokens."""

    known: float | None
    at_most: float | None
    undefined: str | None
    tokens: float | None
    votes: int
    calls: int
    cached: int
    seconds_per_call: float | None


class CandidateOut(FiguresOut):
    """`asked` counts the labelled items that it was shown; without a `rank` the rule refuses it, for `why_not`.
    `ceiling` is people against each other on the items of its figures.
    """

    judge: str
    asked: int
    rank: int | None
    why_not: str | None
    first_share: MeasureOut
    flip_rate: MeasureOut
    ceiling: AgreementRowOut
    certainty: list[CertaintyOut]
    cost: CostOut
    asked_as: VersionOut | None
    shortcomings: list[ShortcomingOut]


class ChoiceFiltersOut(Out):
    category: str | None
    language: str | None
    turn: int | None


class SampleOut(Out):
    """Items that people labelled, and decided; that every candidate was shown; that the figures are of."""

    labelled: int
    decided: int
    shared: int
    shared_decided: int
    compared: int
    prompts: int


class EarlierOut(Out):
    """Votes given under an earlier version of the dimension, and whether they are counted here."""

    dimension_version: int
    people: int
    judges: int
    counted: bool


class RuleOut(Out):
    by: Literal["alignment", "mcc"]
    most_false_failures: float
    least_verdicts: float
    least_items: int
    sentence: str


class LeftOutOut(Out):
    """A judge that was shown too few items that people decided."""

    judge: str
    items: int


class PickOut(Out):
    """`difference` is the score of the pick less that of `next`; `told_apart` where its limits leave out 0."""

    judge: str | None
    next: str | None
    difference: MeasureOut | None
    told_apart: bool
    because: str


class HoldoutOut(Out):
    """The pick on the prompts that had no part in picking it."""

    share: float
    seed: int
    items: int
    decided: int
    judge: str | None
    figures: FiguresOut | None


class ChoiceOut(Out):
    schema_version: str
    arena: str
    dimension: str
    dimension_version: int
    filters: ChoiceFiltersOut
    sample: SampleOut
    earlier: list[EarlierOut]
    rule: RuleOut
    left_out: list[LeftOutOut]
    candidates: list[CandidateOut]
    pick: PickOut
    holdout: HoldoutOut | None


@dataclass(frozen=True, slots=True)
class Asked:
    """Which judges, on which votes, by which rule."""

    dimension: DimensionQuery = "overall"
    judge: Annotated[
        list[JudgeName] | None,
        Query(max_length=50, description="<name>, or <name>@<version>; all by default"),
    ] = None
    rule: Literal["alignment", "mcc"] = "alignment"
    most_ffr: Annotated[
        float | None, Query(ge=0, le=1, description="share of good answers that may fail; 0.2, any with mcc")
    ] = None
    least_verdicts: Share = 0.9
    least_items: Annotated[int, Query(ge=1, le=1_000_000)] = 10
    category: CategoryQuery = None
    language: LanguageQuery = None
    turn: Annotated[int | None, Query(ge=1, le=999)] = None
    earlier: Annotated[bool, Query(description="count votes under earlier versions of the dimension too")] = (
        False
    )
    holdout: Annotated[float, Query(ge=0, lt=1, description="share of prompts to look at the pick on")] = 0.0
    seed: Annotated[int, Query(ge=0, le=2**31)] = 0

    def question(self) -> Question:
        return Question(
            dimension=self.dimension,
            judges=tuple(self.judge or ()),
            rule=choices.read_rule(self.rule, self.most_ffr, self.least_verdicts, self.least_items),
            category=self.category or None,
            language=self.language or None,
            turn=self.turn,
            earlier=self.earlier,
            holdout=self.holdout,
            seed=self.seed,
        )


@router.get("", response_model=ChoiceOut, responses=NOT_MODIFIED)
def choose_judge(
    arena: ArenaPath,
    session: Reading,
    caller: CallerDep,
    asked: Annotated[Asked, Depends()],
    accept_encoding: AcceptEncoding = "",
    if_none_match: IfNoneMatch = "",
) -> Response:
    """Each candidate's figures, and the pick with its reason, or why there is none."""
    text = choices.text_of(choices.choose(session, readable(session, arena, caller), asked.question()))
    etag = hashlib.sha256(text.encode()).hexdigest()[:32]
    return served(text, etag, "application/json", accept_encoding, if_none_match)
