"""A load generator and a sink, both bare asyncio, so that they cost as little as they can."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field


class Refused(Exception):
    """The server did not say what a mail needs to hear."""


async def _say(streams: tuple[asyncio.StreamReader, asyncio.StreamWriter], line: bytes, code: bytes) -> bytes:
    reader, writer = streams
    if line:
        writer.write(line)
    reply = await reader.readline()
    while reply[3:4] == b"-":
        reply = await reader.readline()
    if not reply.startswith(code):
        raise Refused(f"{line[:40]!r}: {reply!r}")
    return reply


async def _open(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    streams = await asyncio.open_connection("127.0.0.1", port)
    await _say(streams, b"", b"220")
    await _say(streams, b"EHLO bench.example\r\n", b"250")
    return streams


async def _post(streams: tuple[asyncio.StreamReader, asyncio.StreamWriter], raw: bytes) -> None:
    sender = raw.partition(b"<")[2].partition(b">")[0]
    await _say(streams, b"MAIL FROM:<" + sender + b">\r\n", b"250")
    await _say(streams, b"RCPT TO:<support@hoster.example>\r\n", b"250")
    await _say(streams, b"DATA\r\n", b"354")
    await _say(streams, raw + b".\r\n", b"250")


async def _client(port: int, queue: list[bytes], *, keep: bool) -> None:
    streams = None
    while queue:
        raw = queue.pop()
        if streams is None:
            streams = await _open(port)
        await _post(streams, raw)
        if not keep or not queue:
            await _say(streams, b"QUIT\r\n", b"221")
            streams[1].close()
            streams = None
    if streams is not None:
        streams[1].close()


async def flood(port: int, mails: list[bytes], clients: int, *, keep: bool) -> float:
    """Post all mails as fast as the server takes them; mails a second."""
    queue = list(reversed(mails))
    began = time.perf_counter()
    await asyncio.gather(*(_client(port, queue, keep=keep) for _ in range(clients)))
    return len(mails) / (time.perf_counter() - began)


async def drip(port: int, mails: list[bytes], a_second: float) -> dict[bytes, float]:
    """Post mails evenly, each on a connection of its own; when each sender heard 250."""
    taken: dict[bytes, float] = {}

    async def one(raw: bytes) -> None:
        streams = await _open(port)
        await _post(streams, raw)
        taken[raw.partition(b"<")[2].partition(b">")[0]] = time.perf_counter()
        streams[1].close()

    tasks = []
    began = time.perf_counter()
    for count, raw in enumerate(mails):
        await asyncio.sleep(max(0.0, began + count / a_second - time.perf_counter()))
        tasks.append(asyncio.create_task(one(raw)))
    await asyncio.gather(*tasks)
    return taken


_REPLIES = {b"EHLO": b"250-sink\r\n250 PIPELINING\r\n", b"QUIT": b"221 bye\r\n"}


@dataclass
class Sink:
    """A smarthost that takes everything, pipelined as MTAs do, and keeps who was written to and when."""

    got: dict[bytes, float] = field(default_factory=dict)
    count: int = 0
    port: int = 0

    async def start(self) -> asyncio.Server:
        """Listen on a free port of loopback."""
        server = await asyncio.start_server(self._talk, "127.0.0.1", 0, limit=1 << 22)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def until(self, holds: Callable[[], bool], seconds: float) -> None:
        """Wait until something holds. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while not holds():  # noqa: ASYNC110 - what is waited for happens in another process
                await asyncio.sleep(0.005)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 sink\r\n")
        recipient = b""
        while line := await reader.readline():
            verb = line[:4].upper()
            if verb == b"RCPT":
                recipient = line.partition(b"<")[2].partition(b">")[0]
            if verb == b"DATA":
                writer.write(b"354 go\r\n")
                await reader.readuntil(b"\r\n.\r\n")
                self.got[recipient] = time.perf_counter()
                self.count += 1
            writer.write(_REPLIES.get(verb, b"250 ok\r\n"))
            if verb == b"QUIT":
                break
        writer.close()
