"""What the battles on which a judge and people part look like over HTTP."""

from datetime import datetime

from app.api.shapes import MessageOut, Out


class SidesOut(Out):
    """How many verdicts say the first model, the second, or a tie."""

    first: int
    second: int
    tie: int


class EarlierVotesOut(Out):
    """Votes of people under a version of the dimension that is asked no more."""

    dimension_version: int
    votes: int


class DisagreementOut(Out):
    """`people_say` and `judge_says` are the model's slug, or tie; `earlier` those of people's votes that answered an
    earlier question.
    """

    battle: str
    prompt: str | None
    turn: int | None
    category: str
    language: str
    first: str
    second: str
    people: SidesOut
    people_say: str
    judge_says: str
    earlier: list[EarlierVotesOut]


class JudgedOut(Out):
    """`says` is a model's slug, tie, both_good or both_bad; `reasoning` is what the judge wrote, as it wrote it. The
    version of the dimension is null where it is the one asked now.
    """

    battle: str
    version: str
    dimension_version: int | None
    shown_first: str
    says: str
    confidence: float | None
    reasoning: str
    voted_at: datetime


class DisagreementReadOut(DisagreementOut):
    """Texts are empty where an import brought none; `judged` are all verdicts of the judge on the item."""

    prompt_messages: list[MessageOut]
    first_answer: list[MessageOut]
    second_answer: list[MessageOut]
    judged: list[JudgedOut]


class DisagreementsOut(Out):
    items: list[DisagreementOut]
    next: str | None
