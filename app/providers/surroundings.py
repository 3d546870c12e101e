"""What a provider needs of the world, so that a test can replace it: clocks, sleep, chance and names of hosts."""

import asyncio
import random
import socket
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass


async def resolved(host: str, port: int) -> Sequence[str]:
    """The addresses of a host. Raises OSError where it has none."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


@dataclass(frozen=True, slots=True)
class Surroundings:
    """`monotonic` and `sleep` in seconds, `wall` in seconds since 1970, `chance` from 0 to below 1."""

    monotonic: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    chance: Callable[[], float] = random.random
    resolve: Callable[[str, int], Awaitable[Sequence[str]]] = resolved
