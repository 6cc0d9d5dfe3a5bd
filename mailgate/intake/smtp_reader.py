"""What a client sends, in blocks: command lines, and the mail after DATA.

The end of a mail is CR LF "." CR LF and nothing that resembles it (RFC 5321, section 4.1.1.4): whoever
believes in a bare LF there lets a second mail be smuggled in the first. So the mail is searched for
these five octets as a whole, blocks may be cut anywhere, and every other octet is content. Neither a
line nor a mail beyond its bound is kept: memory is bounded by what we take, not by what is sent.
"""

import asyncio
from enum import Enum, auto

_HIGH_WATER = 262_144  # as much as the event loop reads at once
_END = b"\r\n.\r\n"
_STUFFED = b"\r\n."


class BlockReader:
    """What has arrived on a connection and was not read yet; the transport is paused when it is much."""

    __slots__ = ("_buffer", "_ended", "_paused", "_skipping", "_transport", "_waiter")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._ended = False
        self._paused = False
        self._skipping = False

    def __len__(self) -> int:
        return len(self._buffer)

    def attach(self, transport: asyncio.Transport) -> None:
        """From now on `transport` is the one that feeds."""
        self._transport = transport

    def feed(self, block: bytes) -> None:
        """`block` has arrived."""
        self._buffer += block
        self._wake()
        if len(self._buffer) > _HIGH_WATER and not self._paused and self._transport is not None:
            self._transport.pause_reading()
            self._paused = True

    def end(self) -> None:
        """Nothing will arrive any more."""
        self._ended = True
        self._wake()

    async def wait(self) -> bool:
        """Wait until more has arrived than now; False when nothing will."""
        if self._ended:
            return False
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None
        return bool(self._buffer) or not self._ended

    def take_line(self, limit: int) -> bytes | None:
        """The next line with its LF; None when it is not complete yet.

        Of a line longer than `limit` octets the first `limit` come, without an LF; the rest is dropped.
        """
        if self._skipping and not self._skip():
            return None
        end = self._buffer.find(b"\n", 0, limit) + 1
        if not end and len(self._buffer) < limit:
            return None
        self._skipping = not end
        line = bytes(self._buffer[: end or limit])
        del self._buffer[: end or limit]
        self._resume()
        return line

    def take(self) -> bytearray:
        """All that has arrived."""
        block, self._buffer = self._buffer, bytearray()
        self._resume()
        return block

    def put_back(self, rest: bytes) -> None:
        """`rest` was taken, but belongs to what comes next."""
        self._buffer[:0] = rest

    def clear(self) -> None:
        """Forget what has arrived."""
        self._buffer.clear()
        self._skipping = False
        self._resume()

    def _skip(self) -> bool:
        end = self._buffer.find(b"\n") + 1
        del self._buffer[: end or len(self._buffer)]
        self._skipping = not end
        self._resume()
        return not self._skipping

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _resume(self) -> None:
        if self._paused and self._transport is not None:
            self._paused = False
            self._transport.resume_reading()


class Fault(Enum):
    """Why a mail cannot be taken as it was sent."""

    NONE = auto()
    TOO_LARGE = auto()
    LINE_TOO_LONG = auto()


class MailData:
    """One mail between DATA and the final dot. Sizes in octets.

    `max_size` bounds the mail as RFC 1870, section 3 counts it: without the final dot and without the
    dots that are doubled on the wire. `max_line` bounds a line with its LF.
    """

    __slots__ = ("_hidden", "_kept", "_line", "_max_line", "_max_size", "_wire", "fault", "mail")

    def __init__(self, max_size: int, max_line: int) -> None:
        self.fault = Fault.NONE
        self.mail = b""
        # A dot right after DATA ends the mail too: the line before it is the command's own.
        self._kept = bytearray(b"\r\n")
        self._line = 2
        self._wire = 0
        self._max_size = max_size
        self._max_line = max_line
        # A line of one dot is four octets on the wire for three of the mail: no mail shrinks more.
        self._hidden = max_size // 3

    @property
    def hopeless(self) -> bool:
        """More than twice the allowed size has come, and there is no end."""
        return self.fault is Fault.TOO_LARGE and self._wire > 2 * self._max_size

    def feed(self, block: bytes | bytearray) -> bytes | None:
        """Take `block`; None while the end has not come, else what stands behind the end."""
        start = max(0, len(self._kept) - len(_END) + 1)
        self._kept += block
        self._wire += len(block)
        end = self._kept.find(_END, start)
        if end < 0:
            self._judge(len(_END))
            return None
        rest = bytes(memoryview(self._kept)[end + len(_END) :])
        self._wire -= len(rest)
        del self._kept[end + 2 :]
        self._judge(len(_END))
        self._finish()
        return rest

    def _judge(self, end: int) -> None:
        if self._wire > self._max_size + self._hidden + end:
            self.fault = Fault.TOO_LARGE
        elif self.fault is Fault.NONE and not self._lines_fit():
            self.fault = Fault.LINE_TOO_LONG
        if self.fault is not Fault.NONE:
            del self._kept[: 1 - len(_END)]

    def _lines_fit(self) -> bool:
        # The last LF within reach shows that all lines before it are short enough: no need to see each.
        while len(self._kept) - self._line > self._max_line:
            last = self._kept.rfind(b"\n", self._line, self._line + self._max_line)
            if last < 0:
                return False
            self._line = last + 1
        return True

    def _finish(self) -> None:
        if self.fault is Fault.NONE:
            plain = self._kept.replace(_STUFFED, b"\r\n") if _STUFFED in self._kept else self._kept
            self.mail = bytes(memoryview(plain)[2:])
        if len(self.mail) > self._max_size:
            self.mail = b""
            self.fault = Fault.TOO_LARGE
        self._kept = bytearray()
