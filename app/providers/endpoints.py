"""An endpoint's settings, and what is sent to it: address, headers and body."""

import base64
import json
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

import httpx

from app.providers import keys
from app.providers.costs import Prices, estimated_tokens
from app.providers.exchange import Format, Message, Picture, Question
from app.stats.settings import UnusableValue, require_choice, require_number

TEMPLATE_TOKENS = 32
"""A model's chat template may add a system prompt of its own: SmolLM2 reads 35 tokens where four words are asked."""
MOST_IMAGE_TOKENS = 1_000_000

_HEADER = re.compile(r"([A-Za-z0-9-]+): *([\x20-\x7e]*)")
_OURS = {
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "cookie",
    "host",
    "transfer-encoding",
}
_SECRET_WORDS = ("key", "token", "secret", "auth", "password")


@dataclass(frozen=True, slots=True)
class Settings:
    """How to reach an endpoint, how fast, how patiently, and what it costs. No setting holds a secret.

    `key` names the key: `env:OPENAI_API_KEY` or `file:openai`. It goes into the header `key_header`, after "Bearer "
    where that is Authorization. `headers` has one `Name: value` a line. `read_seconds` is the longest silence,
    `deadline_seconds` the longest that a question may take with all its tries. Prices are for a million tokens, in
    units of a currency that whoever reads the costs knows; without them the cost is unknown, not 0. `image_tokens` is
    how many tokens a picture takes at most; without it the endpoint is sent no pictures.
    """

    base_url: str = "https://api.openai.com/v1"
    key: str = ""
    key_header: str = "Authorization"
    headers: str = ""
    format: Literal["json_schema", "json_object", "plain"] = "json_schema"
    max_tokens_name: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    stream: bool = False
    concurrency: int = 8
    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None
    tries: int = 4
    connect_seconds: float = 10.0
    read_seconds: float = 60.0
    deadline_seconds: float = 180.0
    max_reply_kb: int = 4096
    input_price: float | None = None
    output_price: float | None = None
    cached_input_price: float | None = None
    image_tokens: int | None = None

    def __post_init__(self) -> None:
        _require_address(self.base_url)
        problem = keys.problem_with(self.key)
        if problem:
            raise UnusableValue(problem)
        _require_headers(self.key_header, self.headers)
        require_choice("format", self.format, tuple(Format))
        require_choice("max_tokens_name", self.max_tokens_name, ("max_tokens", "max_completion_tokens"))
        if not isinstance(self.stream, bool):
            raise UnusableValue(f"stream is {self.stream!r}; it must be true or false")
        require_number("concurrency", self.concurrency, 1, 1000, whole=True)
        require_number("tries", self.tries, 1, 20, whole=True)
        require_number("max_reply_kb", self.max_reply_kb, 1, 65536, whole=True)
        for name in ("connect_seconds", "read_seconds", "deadline_seconds"):
            require_number(name, getattr(self, name), 0.001, 86400)
        for name in ("requests_per_minute", "tokens_per_minute"):
            _require_optional(name, getattr(self, name), 0.001, 1e9)
        for name in ("input_price", "output_price", "cached_input_price"):
            _require_optional(name, getattr(self, name), 0, 1e6)
        require_image_tokens(self.image_tokens)
        if (self.input_price is None) != (self.output_price is None):
            raise UnusableValue("input_price and output_price must be given together")


def prices(settings: Settings) -> Prices | None:
    """None where the settings name none."""
    if settings.input_price is None or settings.output_price is None:
        return None
    cached = settings.cached_input_price
    return Prices(
        Decimal(str(settings.input_price)),
        Decimal(str(settings.output_price)),
        None if cached is None else Decimal(str(cached)),
    )


def address(settings: Settings) -> str:
    """
    >>> address(Settings(base_url="https://api.example.org/v1/"))
    'https://api.example.org/v1/chat/completions'
    """
    return settings.base_url.rstrip("/") + "/chat/completions"


def headers(settings: Settings, key: str, idempotency_key: str | None, format: Format) -> dict[str, str]:
    """All but those of HTTP itself. The body is asked for as it is, so that its size is what is read.

    Another format is another body, which must not share its idempotency key.
    """
    sent = {match[1]: match[2].strip() for match in map(_HEADER.fullmatch, _lines(settings.headers)) if match}
    sent |= {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    sent["Accept-Encoding"] = "identity"
    if key:
        bearer = settings.key_header.lower() == "authorization"
        sent[settings.key_header] = f"Bearer {key}" if bearer else key
    if idempotency_key:
        sent["Idempotency-Key"] = f"{idempotency_key}-{format}"
    return sent


def body(settings: Settings, question: Question, format: Format) -> dict[str, Any]:
    """What is asked, as JSON; what the question leaves open is left out."""
    sent: dict[str, Any] = {
        "model": question.model,
        "messages": [{"role": each.role, "content": _content(each)} for each in question.messages],
        settings.max_tokens_name: question.max_tokens,
        "temperature": question.temperature,
        "seed": question.seed,
        "response_format": _response_format(question, format),
    }
    if question.top_logprobs is not None:
        sent |= {"logprobs": True, "top_logprobs": question.top_logprobs}
    if settings.stream:
        sent |= {"stream": True, "stream_options": {"include_usage": True}}
    return {name: value for name, value in sent.items() if value is not None}


def sent_tokens(settings: Settings, question: Question) -> int:
    """An estimate, rather too high, of the tokens that the question is; pictures as the settings reckon them."""
    schema = [] if question.schema is None else [json.dumps(question.schema)]
    return TEMPLATE_TOKENS + estimated_tokens(*schema) + read_tokens(question, settings.image_tokens)


def read_tokens(question: Question, image_tokens: int | None) -> int:
    """The same of its messages alone."""
    texts = [message.text for message in question.messages]
    pictures = [each for message in question.messages for each in message.pictures]
    names = [each.name for each in pictures]
    return estimated_tokens(*texts, *names) + len(pictures) * (image_tokens or 0)


def require_image_tokens(value: object) -> None:
    """Raises UnusableValue."""
    if value is not None:
        require_number("image_tokens", value, 1, MOST_IMAGE_TOKENS, whole=True)


def _content(message: Message) -> str | list[dict[str, Any]]:
    """A plain text, as every endpoint takes it; with pictures the text, then each picture after its name."""
    if not message.pictures:
        return message.text
    parts: list[dict[str, Any]] = [{"type": "text", "text": message.text}]
    for each in message.pictures:
        parts += [
            {"type": "text", "text": f"[{each.name}]"},
            {"type": "image_url", "image_url": {"url": _address(each)}},
        ]
    return parts


def _address(picture: Picture) -> str:
    return f"data:{picture.media_type};base64,{base64.b64encode(picture.data).decode()}"


def _response_format(question: Question, format: Format) -> dict[str, Any] | None:
    if question.schema is None or format is Format.PLAIN:
        return None
    if format is Format.JSON_OBJECT:
        # llama-cpp-python's server obeys the schema here and nowhere else; others ignore it.
        return {"type": "json_object", "schema": question.schema}
    return {
        "type": "json_schema",
        "json_schema": {"name": "answer", "strict": True, "schema": question.schema},
    }


def _require_address(base_url: object) -> None:
    try:
        url = httpx.URL(base_url) if isinstance(base_url, str) else None
    except httpx.InvalidURL:
        url = None
    if url is None or url.scheme not in {"http", "https"} or not url.host:
        raise UnusableValue("base_url must begin with https:// or http:// and name a host")
    if url.userinfo or url.query or url.fragment:
        # Not shown: a key may stand there.
        raise UnusableValue("base_url must hold no user, no query and no fragment; name the key in key")


def _require_headers(key_header: object, text: object) -> None:
    if not isinstance(key_header, str) or not re.fullmatch(r"[A-Za-z0-9-]+", key_header):
        raise UnusableValue("key_header must be the name of a header")
    if not isinstance(text, str):
        raise UnusableValue("headers must have one `Name: value` a line")
    for line in _lines(text):
        match = _HEADER.fullmatch(line)
        if not match:
            raise UnusableValue("headers must have one `Name: value` a line, in ASCII")
        name = match[1].lower()
        if name in _OURS or any(word in name for word in _SECRET_WORDS):
            raise UnusableValue(f"headers may not hold {match[1]}; a key is named in key and key_header")


def _require_optional(name: str, value: object, low: float, high: float) -> None:
    if value is not None:
        require_number(name, value, low, high)


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]
