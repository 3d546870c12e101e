"""What a provider says of a question, as protocols read it and as a call keeps it: the same now and later."""

import math
from typing import Any

from app.db.tables import JudgeCall
from app.domain.judges.replies import Reply, Token, Unanswered
from app.providers import exchange

Answer = Reply | Unanswered


def answer_of(outcome: exchange.Outcome) -> Answer:
    """What a provider's outcome is to a protocol: a reply, even one that is empty, cut or refused, or none.
    It is read as it will be kept.
    """
    text = storable(outcome.text)
    if isinstance(outcome, exchange.Reply):
        tokens = tuple(Token(each.text, each.alternatives) for each in outcome.tokens or ())
        return Reply(text, outcome.finish or "stop", None, tokens)
    if outcome.reason is exchange.Reason.CUT_SHORT:
        return Reply(text, "length")
    if outcome.reason is exchange.Reason.EMPTY:
        return Reply("")
    if outcome.reason is exchange.Reason.CONTENT_FILTER:
        return Reply(text, "content_filter")
    if outcome.reason is exchange.Reason.REFUSAL:
        return Reply(None, refusal=text or storable(outcome.detail))
    return Unanswered(outcome.kind.value, outcome.reason.value, outcome.detail)


def kept(outcome: exchange.Outcome) -> dict[str, Any] | None:
    """What a call keeps of what came; None where nothing can be read from it."""
    answer = answer_of(outcome)
    if isinstance(answer, Unanswered):
        return None
    failure = outcome if isinstance(outcome, exchange.Failure) else None
    return {
        "reply": {
            "text": answer.text,
            "finish": storable(answer.finish),
            "refusal": answer.refusal,
            "reasoning": storable(outcome.reasoning) if isinstance(outcome, exchange.Reply) else "",
            "model": storable(outcome.model) if isinstance(outcome, exchange.Reply) else None,
            "tokens": [_token(token) for token in answer.tokens],
        },
        "kind": failure.kind.value if failure else None,
        "reason": failure.reason.value if failure else None,
        "detail": storable(failure.detail) if failure else "",
    }


def read_reply(call: JudgeCall) -> Answer:
    """A stored reply as it came."""
    if call.reply is None:
        return Unanswered(call.kind or "", call.reason or "", call.detail)
    kept = call.reply
    tokens = tuple(
        Token(text, tuple((word, float(logprob)) for word, logprob in top)) for text, top in kept["tokens"]
    )
    return Reply(kept["text"], kept["finish"], kept["refusal"], tokens)


def storable(text: str | None) -> str | None:
    r"""The text as it came, but for what no database takes: NUL and halves of surrogate pairs become U+FFFD.

    >>> storable("A\x00\ud83d")
    'A\ufffd\ufffd'
    """
    if text is None:
        return None
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return whole.replace("\x00", "\ufffd")


def _token(token: Token) -> list[Any]:
    """With the alternatives that have a probability; a server may name −∞, which JSON does not know, and −0, which
    PostgreSQL does not.
    """
    top = [[storable(word), logprob + 0.0] for word, logprob in token.top if math.isfinite(logprob)]
    return [storable(token.text), top]
