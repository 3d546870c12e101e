"""Limits: how often one voter or one key may write, and from where so many newcomers come that they must prove work.

A voter is known by the cookie, so that a school behind one address is not one voter. An address is never refused
anything: many newcomers from one network are a risk, and then each of them solves a small challenge.
"""

import ipaddress
import logging
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

from limits import RateLimitItem, parse_many
from limits.errors import StorageError
from limits.storage import storage_from_string
from limits.strategies import SlidingWindowCounterRateLimiter

from app.domain.errors import TooManyRequests
from app.settings import Settings

log = logging.getLogger(__name__)

IPV4_NETWORK, IPV6_NETWORK = 24, 64  # bits: what one household, school or provider's customer holds


@dataclass(frozen=True, slots=True)
class Standing:
    """What is left of one limit: `remaining` of `quota` calls in `window` seconds; another is free in `reset` seconds.

    >>> Standing("voter", 240, 60, 239, 12).policy(), Standing("voter", 240, 60, 239, 12).left()
    ('"voter-60";q=240;w=60', '"voter-60";r=239;t=12')
    """

    name: str
    quota: int
    window: int
    remaining: int
    reset: int

    def policy(self) -> str:
        return f'"{self.name}-{self.window}";q={self.quota};w={self.window}'

    def left(self) -> str:
        return f'"{self.name}-{self.window}";r={self.remaining};t={self.reset}'


class Limits:
    """The limits of one server process, or of all that share a store."""

    def __init__(self, settings: Settings) -> None:
        self._limiter = SlidingWindowCounterRateLimiter(
            storage_from_string(settings.limit_storage, wrap_exceptions=True)
        )
        self._rules: dict[str, list[RateLimitItem]] = {
            "voter": parse_many(settings.limit_voter),
            "key": parse_many(settings.limit_key),
            "newcomers": parse_many(settings.limit_newcomers),
            "battles": parse_many(settings.limit_battles),
            "registrations": parse_many(settings.limit_registrations),
        }

    def take(self, name: str, who: str) -> Sequence[Standing]:
        """Count one call; gives what is left. Raises TooManyRequests, and then counts nothing against that limit."""
        found: list[Standing] = []
        for rule in self._rules[name]:
            free = self._hit(rule, name, who)
            if free is None:
                return found
            standing = self._standing(rule, name, who)
            found.append(standing)
            if not free:
                raise TooManyRequests(
                    f"more than {rule.amount} of these calls in {rule.get_expiry()} seconds; "
                    f"send it again in {standing.reset} seconds",
                    standing.reset,
                    headers(found),
                )
        return found

    def is_risky(self, name: str, who: str) -> bool:
        """Count one call, and say whether there were more than usual."""
        free = [self._hit(rule, name, who) for rule in self._rules[name]]
        return False in free

    def _hit(self, rule: RateLimitItem, name: str, who: str) -> bool | None:
        """Whether another call was free; None when the store does not answer: votes matter more than counting them."""
        try:
            return self._limiter.hit(rule, name, who)
        except StorageError as away:
            log.warning("calls are not counted: the store of the limits does not answer (%s)", away)
            return None

    def _standing(self, rule: RateLimitItem, name: str, who: str) -> Standing:
        stats = self._limiter.get_window_stats(rule, name, who)
        reset = max(1, math.ceil(stats.reset_time - time.time()))
        return Standing(name, rule.amount, rule.get_expiry(), stats.remaining, reset)


def headers(standings: Sequence[Standing]) -> dict[str, str]:
    """As the IETF's draft on RateLimit fields has them: every policy, and what is left of the one nearest its end."""
    if not standings:
        return {}
    nearest = min(standings, key=lambda each: each.remaining / each.quota)
    return {"RateLimit-Policy": ", ".join(each.policy() for each in standings), "RateLimit": nearest.left()}


def network(address: str) -> str | None:
    """The network of an address, None for this machine and for what is no address: they tell nobody apart.

    >>> network("203.0.113.7"), network("2001:db8:1:2:3::4"), network("::ffff:203.0.113.7")
    ('203.0.113.0/24', '2001:db8:1:2::/64', '203.0.113.0/24')
    >>> network("127.0.0.1"), network("testclient")
    (None, None)
    """
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv6Address):
        found = found.ipv4_mapped or found
    if found.is_loopback:
        return None
    bits = IPV4_NETWORK if found.version == 4 else IPV6_NETWORK
    return str(ipaddress.ip_network((found, bits), strict=False))
