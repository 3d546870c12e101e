"""What was asked in a run and what was said, over HTTP."""

from datetime import datetime
from typing import Any

from app.api.shapes import MessageOut, Out
from app.domain.records import Call, Judged


class JudgmentOut(Out):
    """A battle in one order. `outcomes` has by dimension what was read, or the failure, its reason and detail."""

    id: str
    battle: str
    prompt: str
    shown_as_a: str
    state: str
    failure: str | None
    outcomes: dict[str, Any] | None
    ended_at: datetime | None


class JudgmentsOut(Out):
    items: list[JudgmentOut]
    next: str | None


class RequestOut(Out):
    """One request. `possible` cost: it was not answered whole, so up to this much may have been charged."""

    format: str
    state: str
    basis: str
    input_tokens: int
    output_tokens: int
    cached_tokens: int
    micros: int | None
    status: int | None
    reason: str | None
    detail: str
    seconds: float | None
    sent_at: datetime
    ended_at: datetime | None


class PictureOut(Out):
    """A picture that was sent; `digest` is the SHA-256 of its bytes."""

    name: str
    digest: str


class SentMessageOut(MessageOut):
    images: list[PictureOut] = []


class SentOut(Out):
    """The words as they were sent; `wanted` is the schema of the reply, `cuts` say what was shown in part, `flags` what
    in an answer addresses the judge, `checklist` which version of the prompt's was shown.
    """

    hash: str
    messages: list[SentMessageOut]
    wanted: dict[str, Any] | None
    logprobs: bool
    cuts: list[list[str | int]]
    flags: list[str]
    checklist: int | None = None


class ReplyOut(Out):
    """The reply as it came; `tokens` are each token with its alternatives and their log probabilities."""

    text: str | None
    finish: str | None
    refusal: str | None
    reasoning: str
    model: str | None
    tokens: list[Any]


class CallOut(Out):
    """One question of a judgment. `same_as` names the call whose reply answers it too, and whose words and requests are
    shown here.
    """

    id: str
    judgment: JudgmentOut
    key: str
    repeat: int
    state: str
    same_as: str | None
    kind: str | None
    reason: str | None
    detail: str
    asked: SentOut | None
    reply: ReplyOut | None
    requests: list[RequestOut]
    created_at: datetime
    ended_at: datetime | None


class CallsOut(Out):
    items: list[CallOut]
    next: str | None


def shown_judgment(each: Judged) -> JudgmentOut:
    row = each.judgment
    return JudgmentOut(
        id=str(row.id),
        battle=each.battle,
        prompt=each.prompt,
        shown_as_a=row.shown_as_a,
        state=row.state,
        failure=row.failure,
        outcomes=row.outcome,
        ended_at=row.ended_at,
    )


def shown_call(each: Call) -> CallOut:
    row, paid = each.call, each.paid
    return CallOut(
        id=str(row.id),
        judgment=shown_judgment(each.of),
        key=row.key,
        repeat=row.repeat,
        state=row.state,
        same_as=None if row.same_as is None else str(row.same_as),
        kind=row.kind,
        reason=row.reason,
        detail=row.detail,
        asked=None if paid.asked is None else _asked(paid.asked),
        reply=None if paid.reply is None else ReplyOut(**paid.reply),
        requests=[RequestOut.model_validate(request) for request in each.requests],
        created_at=row.created_at,
        ended_at=row.ended_at,
    )


def _asked(kept: dict[str, Any]) -> SentOut:
    return SentOut(
        hash=kept["hash"],
        messages=kept["messages"],
        wanted=kept["schema"],
        logprobs=kept["logprobs"],
        cuts=kept["cuts"],
        flags=kept["flags"],
        checklist=kept.get("checklist"),
    )
