"""Our side of a connection: the replies that wait to be written, the time left, and the last word.

Replies are queued and written before we wait for the client again, as RFC 2920, section 3.2 advises.
"""

import asyncio
from collections.abc import Callable

_QUEUE_OCTETS = 16_384
_LINGER = 5.0  # seconds a client has to read our last word


class Link:
    """Writes to the client, and hangs up. `late` is called when the client has let its time pass."""

    __slots__ = (
        "_deadline",
        "_end",
        "_late",
        "_loop",
        "_queue",
        "_silent",
        "_timer",
        "_transport",
        "_writer",
    )

    def __init__(self, late: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._late = late
        self._queue = bytearray()
        self._silent = False
        self._deadline = self._end = float("inf")
        self._timer: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport | None = None
        self._writer: asyncio.StreamWriter | None = None

    @property
    def open(self) -> bool:
        """Is there somebody to write to?"""
        return self._transport is not None and not self._transport.is_closing()

    def attach(self, transport: asyncio.Transport, writer: asyncio.StreamWriter) -> None:
        """From now on `writer`, on `transport`, leads to the client."""
        self._transport = transport
        self._writer = writer
        self._silent = False

    def lost(self) -> None:
        """The connection is gone."""
        self._transport = None
        if self._timer is not None:
            self._timer.cancel()

    def allow(self, seconds: float) -> None:
        """The whole connection may last so long from now."""
        self._end = self._loop.time() + seconds

    def grant(self, seconds: float) -> None:
        """The client has so long from now, and never more than is left of the whole."""
        self._deadline = min(self._loop.time() + seconds, self._end)
        # A timer that rings too early looks at the deadline again: most commands need no new one.
        if self._timer is None or self._timer.when() > self._deadline:
            self._arm()

    def queue(self, reply: str) -> bool:
        """Add one reply; True when so much waits that it should be written now."""
        self._queue += reply.encode() + b"\r\n"
        return len(self._queue) > _QUEUE_OCTETS

    async def flush(self) -> None:
        """Write what waits. Raises ConnectionError when the client is gone."""
        if self._queue and self._writer is not None:
            self._writer.write(bytes(self._queue))
            self._queue.clear()
            await self._writer.drain()

    def part(self, reply: str) -> None:
        """Say `reply`, at once and out of turn, and hang up."""
        if self._transport is None:
            return
        # What was said before is still unread: nobody will read this.
        if self._silent or self._transport.get_write_buffer_size():
            self._transport.abort()
        elif self.open:
            self._transport.write(reply.encode() + b"\r\n")
            self.hang_up()

    def hang_up(self) -> None:
        """Close, without waiting long for a client that does not read."""
        if self._transport is None:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._transport.close()
        self._timer = self._loop.call_later(_LINGER, self._transport.abort)

    def silence(self) -> None:
        """Until the next `attach` a reply would be no answer: the client expects a handshake."""
        self._silent = True

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(self._deadline, self._ring)

    def _ring(self) -> None:
        if self._loop.time() < self._deadline:
            self._arm()
        else:
            self._late()
