"""What is asked of a provider, and all that can come of it: a Reply, or a Failure whose reason is of one kind.

retryable     rate_limited · overloaded · timed_out · disconnected · unreachable
permanent     key_missing · key_refused · not_found · bad_request · too_long · redirected · address_refused
              certificate
refused       content_filter · refusal
unreadable    content_type · broken_body · too_large · no_text · empty · cut_short
over_budget   quota · allowance
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

from app.providers.costs import Cost, added

Role = Literal["system", "user", "assistant"]


class Format(StrEnum):
    """How the form of the answer is asked for, the strictest first."""

    JSON_SCHEMA = "json_schema"
    JSON_OBJECT = "json_object"
    PLAIN = "plain"


class Kind(StrEnum):
    """What to do about a failure."""

    RETRYABLE = "retryable"  # the same question may succeed later
    PERMANENT = "permanent"  # somebody must change the endpoint, the key or the question
    REFUSED = "refused"  # the model, or a filter before it, will not answer this question
    UNREADABLE = "unreadable"  # an answer came and holds no whole text; asking again is paid again
    OVER_BUDGET = "over_budget"  # there is no money left, there or here


class Reason(StrEnum):
    """What went wrong."""

    RATE_LIMITED = "rate_limited"
    OVERLOADED = "overloaded"
    TIMED_OUT = "timed_out"
    DISCONNECTED = "disconnected"
    UNREACHABLE = "unreachable"
    KEY_MISSING = "key_missing"
    KEY_REFUSED = "key_refused"
    NOT_FOUND = "not_found"
    BAD_REQUEST = "bad_request"
    TOO_LONG = "too_long"
    REDIRECTED = "redirected"
    ADDRESS_REFUSED = "address_refused"
    CERTIFICATE = "certificate"
    CONTENT_FILTER = "content_filter"
    REFUSAL = "refusal"
    CONTENT_TYPE = "content_type"
    BROKEN_BODY = "broken_body"
    TOO_LARGE = "too_large"
    NO_TEXT = "no_text"
    EMPTY = "empty"
    CUT_SHORT = "cut_short"
    QUOTA = "quota"
    ALLOWANCE = "allowance"

    @property
    def kind(self) -> Kind:
        """
        >>> Reason.TIMED_OUT.kind, Reason.CUT_SHORT.kind
        (<Kind.RETRYABLE: 'retryable'>, <Kind.UNREADABLE: 'unreadable'>)
        """
        return _KINDS[self]


_REASONS = {
    Kind.RETRYABLE: "rate_limited overloaded timed_out disconnected unreachable",
    Kind.PERMANENT: "key_missing key_refused not_found bad_request too_long redirected address_refused certificate",
    Kind.REFUSED: "content_filter refusal",
    Kind.UNREADABLE: "content_type broken_body too_large no_text empty cut_short",
    Kind.OVER_BUDGET: "quota allowance",
}
_KINDS = {Reason(word): kind for kind, words in _REASONS.items() for word in words.split()}


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it is sent; `name` says in the message which one it is."""

    name: str
    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Message:
    role: Role
    text: str
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """One question to one model; the messages are sent as they are.

    `schema` is the JSON schema of the wanted answer; the messages must describe it too, since an endpoint may not know
    schemas. `whole` is False where a reply cut by `max_tokens` is wanted, as when only the first token counts.
    `top_logprobs` asks for so many alternatives a token. `allowance` is the most that all attempts together may cost,
    in millionths of the currency unit. `idempotency_key` is sent along; few endpoints obey it.
    """

    model: str
    messages: tuple[Message, ...]
    max_tokens: int
    temperature: float | None = 0.0
    seed: int | None = None
    schema: Mapping[str, Any] | None = None
    top_logprobs: int | None = None
    whole: bool = True
    allowance: int | None = None
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """One token of the reply with the log probabilities (natural) of it and of what might have stood there.

    They can be of tokens that the text lacks: look for a token by its text, never by its place.
    """

    text: str
    logprob: float
    alternatives: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request as it ended. `reason` is None where it was answered; `detail` never holds a key."""

    number: int
    format: Format
    reason: Reason | None
    detail: str
    status: int | None
    cost: Cost
    seconds: float


@dataclass(frozen=True, slots=True)
class Reply:
    """A text that ended by itself, exactly as it came. `model` is the one that says it answered."""

    text: str
    model: str | None
    finish: str | None
    reasoning: str
    tokens: tuple[Token, ...] | None
    attempts: tuple[Attempt, ...] = ()

    @property
    def cost(self) -> Cost:
        """Of all attempts."""
        return added(attempt.cost for attempt in self.attempts)


@dataclass(frozen=True, slots=True)
class Failure:
    """No usable text, and why. `text` is what came nevertheless; `retry_after` seconds the endpoint asked to wait."""

    reason: Reason
    detail: str
    text: str = ""
    retry_after: float | None = None
    attempts: tuple[Attempt, ...] = ()

    @property
    def kind(self) -> Kind:
        return self.reason.kind

    @property
    def cost(self) -> Cost:
        """Of all attempts."""
        return added(attempt.cost for attempt in self.attempts)


Outcome = Reply | Failure
