"""Any endpoint that speaks OpenAI's chat completions: hosted, or llama.cpp, vLLM, Ollama on a machine of one's own."""

import asyncio
import json
import ssl
from dataclasses import dataclass, replace
from functools import cache

import httpx

from app.providers import endpoints, keys, retries
from app.providers.addresses import AddressRefused
from app.providers.costs import FREE, Basis, Cost, Usage, added, estimated_tokens
from app.providers.endpoints import Settings
from app.providers.envelopes import Broken, Envelope, Events, completion, decoded
from app.providers.exchange import Attempt, Failure, Format, Kind, Outcome, Question, Reason, Reply
from app.providers.faults import of_status, refuses_format
from app.providers.pacing import Pace
from app.providers.provider import Journal, Operator, ProviderKind, Unkept
from app.providers.transport import Connections, GuardedTransport, has_bad_certificate

FORMATS = tuple(Format)
_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


@dataclass(frozen=True, slots=True)
class _Answer:
    """How one request ended."""

    outcome: Outcome
    cost: Cost = FREE
    status: int | None = None
    refuses_format: bool = False


class OpenAIChat:
    """One endpoint with its limits. Use it within one event loop; the strictest format it knows is found by asking."""

    def __init__(
        self, settings: Settings, operator: Operator, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        """`transport` takes the place of the network in tests; addresses are checked all the same."""
        self._settings = settings
        self._operator = operator
        self._prices = endpoints.prices(settings)
        self._world = operator.surroundings
        self._pace = Pace(
            settings.concurrency, settings.requests_per_minute, settings.tokens_per_minute, self._world
        )
        self._strictest = FORMATS.index(Format(settings.format))
        self._client = _client(settings, operator, transport)

    async def ask(self, question: Question, journal: Journal | None = None) -> Outcome:
        """A Reply or a Failure with every attempt and its cost. Asks again what may succeed, as long as the deadline,
        the number of tries and the question's allowance let it; the wait for the first turn is not counted.
        """
        kept = journal or Unkept()
        attempts: list[Attempt] = []
        tries, ends = 0, None
        last: Outcome = Failure(Reason.TIMED_OUT, "there was no time to ask")
        while True:
            short = self._over_allowance(question, attempts)
            if short:
                return _with(short, attempts)
            async with self._pace.turn(self._bound(question).input + question.max_tokens):
                if ends is not None and self._world.monotonic() >= ends:
                    return _with(last, attempts)
                number, format = len(attempts) + 1, self._format(question)
                await kept.sending(number, format)
                async with self._pace.slot():
                    began = self._world.monotonic()
                    ends = ends or began + self._settings.deadline_seconds
                    answer, attempt = await self._sent_once(question, number, format, ends - began)
            # After the turn: the endpoint need not wait until it is written down.
            await kept.ended(attempt, answer.outcome)
            attempts.append(attempt)
            last = answer.outcome
            if answer.refuses_format:
                continue
            tries += 1
            wait = self._wait(last, tries, ends)
            if wait is None:
                return _with(last, attempts)
            await self._world.sleep(wait)

    async def close(self) -> None:
        await self._client.aclose()

    @property
    def concurrency(self) -> int:
        return self._settings.concurrency

    def most(self, question: Question) -> Cost:
        """What one request can cost at most, up to the estimate of what is sent."""
        return self._cost(Basis.POSSIBLE, self._bound(question))

    def _wait(self, outcome: Outcome, tries: int, ends: float) -> float | None:
        """Seconds until the next try; None where there is none."""
        if isinstance(outcome, Reply) or outcome.kind is not Kind.RETRYABLE or tries >= self._settings.tries:
            return None
        wait = retries.wait(tries, outcome.retry_after, self._world.chance())
        wait = max(wait, self._pace.delay())
        return wait if self._world.monotonic() + wait < ends else None

    def _over_allowance(self, question: Question, attempts: list[Attempt]) -> Failure | None:
        """A failure where one more attempt might cost more than what is left."""
        if question.allowance is None:
            return None
        most = added([*(attempt.cost for attempt in attempts), self.most(question)])
        if most.micros is None:
            return Failure(
                Reason.ALLOWANCE, "what it costs is unknown: the endpoint's settings name no prices"
            )
        if most.micros <= question.allowance:
            return None
        return Failure(
            Reason.ALLOWANCE, f"may cost {most.micros} millionths in all; {question.allowance} are allowed"
        )

    async def _sent_once(
        self, question: Question, number: int, format: Format, left: float
    ) -> tuple[_Answer, Attempt]:
        began = self._world.monotonic()
        if left > 0:
            answer = await self._answer(question, format, left)
        else:
            answer = _Answer(Failure(Reason.TIMED_OUT, "there was no time to ask"))
        failure = answer.outcome if isinstance(answer.outcome, Failure) else None
        attempt = Attempt(
            number,
            format,
            failure.reason if failure else None,
            failure.detail if failure else "",
            answer.status,
            answer.cost,
            self._world.monotonic() - began,
        )
        self._learn(question, format, answer)
        return answer, attempt

    def _learn(self, question: Question, format: Format, answer: _Answer) -> None:
        used = answer.cost.usage.input + answer.cost.usage.output
        self._pace.correct(used - self._bound(question).input - question.max_tokens)
        if answer.refuses_format:
            self._strictest = max(self._strictest, FORMATS.index(format) + 1)
        if isinstance(answer.outcome, Failure) and answer.outcome.retry_after:
            self._pace.pause(min(answer.outcome.retry_after, self._settings.deadline_seconds))

    def _format(self, question: Question) -> Format:
        return Format.PLAIN if question.schema is None else FORMATS[self._strictest]

    async def _answer(self, question: Question, format: Format, left: float) -> _Answer:
        """One request, whatever becomes of it; `left` seconds until it must have ended."""
        try:
            key = keys.read(self._settings.key, self._operator.keys)
        except keys.NoKey as error:
            return _Answer(Failure(Reason.KEY_MISSING, str(error)))
        headers = endpoints.headers(self._settings, key, question.idempotency_key, format)
        content = json.dumps(endpoints.body(self._settings, question, format), allow_nan=False)
        request = self._client.build_request(
            "POST", endpoints.address(self._settings), headers=headers, content=content.encode()
        )
        try:
            async with asyncio.timeout(left):
                answer = await self._sent(request, question, format)
        except AddressRefused as error:
            answer = _Answer(Failure(Reason.ADDRESS_REFUSED, str(error)))
        except TimeoutError:
            answer = self._unanswered(question, Reason.TIMED_OUT, "the deadline passed")
        except httpx.TransportError as error:
            answer = self._broken_off(question, error)
        return _without(answer, key)

    async def _sent(self, request: httpx.Request, question: Question, format: Format) -> _Answer:
        response = await self._client.send(request, stream=True)
        try:
            return await self._read(response, question, format)
        finally:
            await response.aclose()

    async def _read(self, response: httpx.Response, question: Question, format: Format) -> _Answer:
        """Every header is looked at before the body, and of the body no more is read than the cap."""
        status = response.status_code
        if 300 <= status < 400:
            where = _origin(response.headers.get("location", ""), response.request.url)
            failure = Failure(Reason.REDIRECTED, f"{status}: redirects to {where}, which is not followed")
            return _Answer(failure, status=status)
        if response.headers.get("content-encoding", "identity") != "identity":
            detail = "the body is compressed, which was not asked for"
            return self._unread(question, Reason.CONTENT_TYPE, detail, status)
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if status == 200 and kind == "text/event-stream":
            return await self._streamed(response, question)
        body = await self._body(response)
        if body is None:
            detail = f"more than {self._settings.max_reply_kb} KB"
            return self._unread(question, Reason.TOO_LARGE, detail, status)
        if status != 200:
            return self._refused(response, body, question, format)
        if kind != "application/json" and not kind.endswith("+json"):
            detail = f"{kind or 'no content type'} in place of application/json"
            return self._unread(question, Reason.CONTENT_TYPE, detail, status)
        return self._counted(completion(body, question), question, status)

    async def _streamed(self, response: httpx.Response, question: Question) -> _Answer:
        events = Events(question)
        size, rest = 0, b""
        try:
            async for piece in response.aiter_raw():
                size += len(piece)
                if size > self._settings.max_reply_kb * 1024:
                    detail = f"more than {self._settings.max_reply_kb} KB"
                    return self._unread(question, Reason.TOO_LARGE, detail, 200)
                *lines, rest = (rest + piece).split(b"\n")
                for line in lines:
                    events.feed(line.decode().rstrip("\r"))
            events.feed(rest.decode())
        except (Broken, UnicodeDecodeError) as error:
            return self._unread(question, Reason.BROKEN_BODY, f"in the stream: {error}", 200)
        return self._counted(events.envelope(), question, 200)

    async def _body(self, response: httpx.Response) -> bytes | None:
        body = b""
        async for piece in response.aiter_raw():
            body += piece
            if len(body) > self._settings.max_reply_kb * 1024:
                return None
        return body

    def _refused(self, response: httpx.Response, body: bytes, question: Question, format: Format) -> _Answer:
        """A status that is no answer. A gateway that ran out of time may have had the model work."""
        status = response.status_code
        text = body.decode(errors="replace")
        try:
            found = decoded(body)
        except Broken:
            found = None
        wait = retries.asked_wait(response.headers, self._world.wall())
        failure = of_status(status, text, found, wait)
        if failure.reason is Reason.TIMED_OUT:
            return _Answer(failure, self.most(question), status)
        return _Answer(failure, FREE, status, format is not Format.PLAIN and refuses_format(status, text))

    def _counted(self, envelope: Envelope, question: Question, status: int) -> _Answer:
        failure = envelope.outcome if isinstance(envelope.outcome, Failure) else None
        if envelope.usage:
            cost = self._cost(Basis.STATED, envelope.usage)
        elif failure and failure.reason in {Reason.BROKEN_BODY, Reason.DISCONNECTED, Reason.NO_TEXT}:
            cost = self.most(question)
        elif failure and failure.kind in {Kind.RETRYABLE, Kind.PERMANENT, Kind.OVER_BUDGET}:
            cost = self.most(question) if envelope.written else FREE
        else:
            written = min(question.max_tokens, estimated_tokens(envelope.written))
            cost = self._cost(Basis.ESTIMATED, Usage(self._bound(question).input, written))
        return _Answer(envelope.outcome, cost, status)

    def _broken_off(self, question: Question, error: httpx.TransportError) -> _Answer:
        detail = f"{type(error).__name__}: {error}".removesuffix(": ")
        if has_bad_certificate(error):
            return _Answer(Failure(Reason.CERTIFICATE, detail))
        if isinstance(error, _UNSENT):
            return _Answer(Failure(Reason.UNREACHABLE, detail))
        slow = isinstance(error, httpx.TimeoutException)
        return self._unanswered(question, Reason.TIMED_OUT if slow else Reason.DISCONNECTED, detail)

    def _unanswered(self, question: Question, reason: Reason, detail: str) -> _Answer:
        return _Answer(Failure(reason, detail), self.most(question))

    def _unread(self, question: Question, reason: Reason, detail: str, status: int) -> _Answer:
        cost = self.most(question) if status == 200 else FREE
        return _Answer(Failure(reason, detail), cost, status)

    def _bound(self, question: Question) -> Usage:
        """The most that one attempt can use, up to the estimate of what is sent."""
        return Usage(endpoints.sent_tokens(self._settings, question), question.max_tokens)

    def _cost(self, basis: Basis, usage: Usage) -> Cost:
        return Cost.of(basis, usage, self._prices)


def _client(
    settings: Settings, operator: Operator, transport: httpx.AsyncBaseTransport | None
) -> httpx.AsyncClient:
    """It follows no redirect and asks no proxy, either of which would lead past the check of addresses."""
    inner = transport or Connections(_certificates())
    return httpx.AsyncClient(
        transport=GuardedTransport(inner, operator.private_hosts, operator.surroundings),
        timeout=httpx.Timeout(settings.read_seconds, connect=settings.connect_seconds, pool=None),
        follow_redirects=False,
        trust_env=False,
    )


@cache
def _certificates() -> ssl.SSLContext:
    """Those that are trusted. Reading them takes longer than many a request."""
    return httpx.create_ssl_context()


def _with(outcome: Outcome, attempts: list[Attempt]) -> Outcome:
    return replace(outcome, attempts=tuple(attempts))


def _without(answer: _Answer, key: str) -> _Answer:
    """An endpoint may repeat the key in what it says of a failure."""
    if not key or isinstance(answer.outcome, Reply):
        return answer
    return replace(answer, outcome=replace(answer.outcome, detail=keys.hidden(answer.outcome.detail, key)))


def _origin(location: str, base: httpx.URL) -> str:
    """Where a redirect leads, without the path, which may hold anything."""
    try:
        url = base.join(location)
    except httpx.InvalidURL:
        return "an address that cannot be read"
    return f"{url.scheme}://{url.netloc.decode()}" if not url.userinfo else f"{url.scheme}://{url.host}"


KIND = ProviderKind(
    name="openai_chat",
    version="1",
    summary="Any OpenAI-compatible chat endpoint over HTTP",
    settings=Settings,
    open=OpenAIChat,
)
