"""Which addresses may be called: public ones, and those the operator named. Settings cannot reach into a network."""

import ipaddress
from collections.abc import Sequence

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_TRANSLATED = ipaddress.ip_network("::/96")


class AddressRefused(Exception):
    """The operator has not allowed this address."""


def is_public(text: str) -> bool:
    """Whether an address is one of the open internet. IPv4 inside IPv6 counts as the IPv4 that would be reached.

    >>> is_public("8.8.8.8"), is_public("2606:4700::1111")
    (True, True)
    >>> [is_public(text) for text in ("169.254.169.254", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "fe80::1%eth0")]
    [False, False, False, False]
    """
    address = _inner(ipaddress.ip_address(text.partition("%")[0]))
    return address.is_global and not address.is_multicast and not address.is_reserved


def is_allowed(host: str, port: int, allowed: Sequence[str]) -> bool:
    """Whether the operator named this host, with this port or without one.

    >>> is_allowed("localhost", 8080, ["localhost:8080"]), is_allowed("localhost", 22, ["localhost:8080"])
    (True, False)
    """
    bare = host.strip("[]").lower()
    return bare in allowed or f"{bare}:{port}" in allowed


def checked(host: str, addresses: Sequence[str], allowed: bool) -> Sequence[str]:
    """The addresses of a host, all of them fit to be called. Raises AddressRefused if one is not.

    An allowed host may be private. Link-local addresses, where clouds keep their credentials, must themselves be named:
    a name that leads there is refused.
    """
    for address in addresses:
        inner = _inner(ipaddress.ip_address(address.partition("%")[0]))
        is_named = host.strip("[]") == address
        if not (is_public(address) or (allowed and (is_named or not inner.is_link_local))):
            raise AddressRefused(
                f"{host} is at {address}, which is not public; an operator can allow it with ARENA_PRIVATE_HOSTS"
            )
    return addresses


def _inner(address: Address) -> Address:
    """The IPv4 address that an IPv6 address leads to, else itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped or address.sixtofour:
        return address.ipv4_mapped or address.sixtofour or address
    if address.teredo:
        return address.teredo[1]
    if address in _NAT64 or address in _TRANSLATED:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address
