"""The connections to an endpoint: as many as are in flight, kept for the next, given back whatever happens."""

import asyncio
import ssl

import httpx

from app.providers.transport import Connections


class Counting:
    """A server that says how many connections it has had; `/cut` breaks off within the body."""

    def __init__(self) -> None:
        self.connections = 0
        self.serving: list[asyncio.Task[None] | None] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.serving.append(asyncio.current_task())
        while head := await reader.readline():
            while (await reader.readline()).strip():
                pass
            await asyncio.sleep(0.01)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
            writer.write(b"o" if b"/cut" in head else b"ok")
            await writer.drain()
            if b"/cut" in head:
                break
        writer.close()
        await writer.wait_closed()


def asked(rounds: list[list[str]]) -> tuple[int, int]:
    """The connections after so many rounds of requests at once, and the replies that were whole."""

    async def ask() -> tuple[int, int]:
        counting, whole = Counting(), 0
        server = await asyncio.start_server(counting.serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with httpx.AsyncClient(transport=Connections(ssl.create_default_context())) as client:
            for paths in rounds:
                requests = [client.get(f"http://127.0.0.1:{port}{path}", timeout=0.5) for path in paths]
                for reply in await asyncio.gather(*requests, return_exceptions=True):
                    whole += isinstance(reply, httpx.Response) and reply.text == "ok"
        server.close()
        await asyncio.gather(*filter(None, counting.serving))
        return counting.connections, whole

    return asyncio.run(ask())


def test_a_connection_is_used_again() -> None:
    assert asked([["/"] * 3, ["/"] * 3, ["/"] * 2]) == (3, 8)


def test_a_reply_that_breaks_off_leaves_no_connection_behind() -> None:
    """The transport of the broken one is used again, on a new connection."""
    assert asked([["/cut"], ["/"], ["/cut"], ["/"]]) == (3, 2)
    assert asked([["/cut", "/"], ["/", "/"]]) == (3, 3)
