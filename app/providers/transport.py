"""HTTP that reaches only the addresses it may: a name is resolved once, checked, and what was checked is called."""

import ssl
from collections.abc import AsyncIterator

import httpx

from app.providers.addresses import AddressRefused, checked, is_allowed
from app.providers.surroundings import Surroundings


class GuardedTransport(httpx.AsyncBaseTransport):
    """Sends through `inner`, to an address in place of a name, so that a name cannot lead elsewhere after the check.

    TLS still asks for the certificate of the name. Raises AddressRefused, and httpx's errors. Use one for each host:
    connections are told apart by address.
    """

    def __init__(
        self, inner: httpx.AsyncBaseTransport, private_hosts: tuple[str, ...], surroundings: Surroundings
    ) -> None:
        self._inner = inner
        self._private_hosts = private_hosts
        self._resolve = surroundings.resolve

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        failed: httpx.TransportError = httpx.ConnectError("the host has no address")
        for address in await self._addresses(request.url):
            try:
                return await self._inner.handle_async_request(_at(request, address))
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failed = error
        raise failed

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def _addresses(self, url: httpx.URL) -> tuple[str, ...]:
        port = url.port or (443 if url.scheme == "https" else 80)
        allowed = is_allowed(url.host, port, self._private_hosts)
        if url.scheme != "https" and not allowed:
            raise AddressRefused(
                f"{url.host} is called without TLS; only a host in ARENA_PRIVATE_HOSTS may be"
            )
        try:
            found = await self._resolve(url.host, port)
        except (OSError, UnicodeError) as error:
            raise httpx.ConnectError(f"{url.host} has no address: {error}") from None
        return tuple(checked(url.host, found, allowed))


class Connections(httpx.AsyncBaseTransport):
    """Connections that are kept and used again, each in a pool of its own, as many as are in flight at once.

    httpcore looks at every connection of a pool with every request: with 32 of them that takes longer than the request.
    """

    def __init__(self, certificates: ssl.SSLContext) -> None:
        self._certificates = certificates
        self._free: list[httpx.AsyncHTTPTransport] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        one = self._free.pop() if self._free else self._new()
        try:
            response = await one.handle_async_request(request)
        except BaseException:  # a task that is cancelled, too, gives its connection back
            self._free.append(one)
            raise
        assert isinstance(response.stream, httpx.AsyncByteStream)
        response.stream = _Borrowed(response.stream, one, self._free)
        return response

    async def aclose(self) -> None:
        while self._free:
            await self._free.pop().aclose()

    def _new(self) -> httpx.AsyncHTTPTransport:
        limits = httpx.Limits(max_connections=1, max_keepalive_connections=1)
        return httpx.AsyncHTTPTransport(verify=self._certificates, limits=limits)


class _Borrowed(httpx.AsyncByteStream):
    """A body whose connection is free again once it is closed."""

    def __init__(
        self,
        body: httpx.AsyncByteStream,
        connection: httpx.AsyncHTTPTransport,
        free: list[httpx.AsyncHTTPTransport],
    ) -> None:
        self._body, self._connection, self._free = body, connection, free
        self._is_open = True

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._body:
            yield piece

    async def aclose(self) -> None:
        try:
            await self._body.aclose()
        finally:
            if self._is_open:
                self._is_open = False
                self._free.append(self._connection)


def has_bad_certificate(error: BaseException | None) -> bool:
    """Whether an error came from a certificate that does not fit the name."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _at(request: httpx.Request, address: str) -> httpx.Request:
    """The same request to an address; the Host header keeps the name."""
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": request.url.host},
    )
