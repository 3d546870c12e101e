"""An endpoint that speaks OpenAI's chat completions and thinks for a known time, to measure and to break what asks it.

    python -m benchmarks.endpoint --seconds 0.2 --log requests.jsonl

prints its address and writes a line for each request that it received, before it answers.
"""

import argparse
import asyncio
import json
import re
import threading
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TextIO

_SIZE = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_HEADER = re.compile(r"^([\w-]+): *(.*?)\r?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: what its body says, and its headers by their names in lower case."""

    body: dict[str, Any]
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Said:
    """What is answered: a text with the tokens read and written, so many seconds after the question came."""

    text: str = '{"winner": "A"}'
    read: int = 10
    written: int = 5
    seconds: float = 0.0
    status: int = 200


Answer = Callable[[Asked], Said]


def deliberate(asked: Asked, seconds: float = 0.0) -> Said:
    """A verdict and numbers of tokens that depend on the question alone."""
    said = "".join(str(message["content"]) for message in asked.body["messages"])
    chance = zlib.crc32(said.encode())
    text = json.dumps({"winner": ("A", "B", "TIE")[chance % 3]})
    return Said(text, read=len(said.encode()) // 4, written=3 + chance % 40, seconds=seconds)


@contextmanager
def served(answer: Answer) -> Iterator[str]:
    """Its base URL, while it answers on a thread of its own."""
    ready: threading.Event = threading.Event()
    address: list[str] = []
    loops: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    async def serve() -> None:
        ended = asyncio.Event()
        server = await _started(answer)
        address.append(_url(server))
        loops.append((asyncio.get_running_loop(), ended))
        ready.set()
        await ended.wait()
        server.close()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), name="endpoint", daemon=True)
    thread.start()
    ready.wait()
    try:
        yield address[0]
    finally:
        ((loop, ended),) = loops
        loop.call_soon_threadsafe(ended.set)
        thread.join()


class _Connection(asyncio.Protocol):
    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._received = b""
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, gap, rest = self._received.partition(b"\r\n\r\n")
        size = _SIZE.search(head)
        if not gap or size is None or len(rest) < int(size[1]):
            return
        self._received = rest[int(size[1]) :]
        headers = {name.lower(): value for name, value in _HEADER.findall(head.decode())}
        said = self._answer(Asked(json.loads(rest[: int(size[1])]), headers))
        asyncio.get_running_loop().call_later(said.seconds, self._send, _response(said))

    def _send(self, response: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(response)


def _response(said: Said) -> bytes:
    found: dict[str, Any] = {"error": {"message": said.text, "code": None}}
    if said.status == 200:
        message = {"role": "assistant", "content": said.text}
        usage = {"prompt_tokens": said.read, "completion_tokens": said.written}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        found = {"model": "fake", "choices": [choice], "usage": usage}
    body = json.dumps(found).encode()
    head = (
        f"HTTP/1.1 {said.status} -\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def _started(answer: Answer) -> asyncio.Server:
    return await asyncio.get_running_loop().create_server(lambda: _Connection(answer), "127.0.0.1", 0)


def _url(server: asyncio.Server) -> str:
    return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.endpoint", description=__doc__)
    parser.add_argument("--seconds", type=float, default=0.2, help="how long it thinks (0.2)")
    parser.add_argument("--log", type=argparse.FileType("a"), help="a file for a line a request")
    asked = parser.parse_args(arguments)
    asyncio.run(_serve(asked.seconds, asked.log))


async def _serve(seconds: float, log: TextIO | None) -> None:
    def answer(asked: Asked) -> Said:
        said = deliberate(asked, seconds)
        if log is not None:
            line = {
                "question": asked.headers.get("idempotency-key", ""),
                "read": said.read,
                "written": said.written,
            }
            log.write(json.dumps(line) + "\n")
            log.flush()
        return said

    server = await _started(answer)
    print(_url(server), flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    main()
