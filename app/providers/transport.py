"""HTTP that reaches only the addresses it may: a name is resolved once, checked, and what was checked is called."""

import ssl

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
