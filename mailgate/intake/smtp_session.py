"""One conversation: the commands of SMTP (RFC 5321) and of LMTP (RFC 2033) over one connection.

aiosmtpd gives the protocol object, the session and the table of commands. What it does otherwise than a
door of ours must is done here: bytes are read in blocks, every reply carries an enhanced code (RFC 2034),
our own trouble is 451 with a constant text, LMTP answers for each recipient, and nothing lasts for ever.
Replies are queued and written before we wait for the client again, as RFC 2920, section 3.2 advises.
"""

import asyncio
from enum import Enum, auto

import structlog
from aiosmtpd.smtp import SMTP, syntax

from mailgate.core.mail import Door, Envelope
from mailgate.core.policy import Acceptance, acceptance
from mailgate.errors import DiskFull, Overloaded
from mailgate.intake.smtp_command import MailCommand, Refusal, read_mail, read_rcpt
from mailgate.intake.smtp_host import Host
from mailgate.intake.smtp_reader import BlockReader, Fault, MailData

_log = structlog.get_logger()

# RFC 5321, 4.5.3.1.4 asks for 512 octets, and extensions for more; this is what mail servers commonly take.
_COMMAND_OCTETS = 2048
_REPLIES_OCTETS = 16_384
_LINGER = 5.0  # seconds a client has to read our last word

_TROUBLE = "451 4.3.0 Temporary trouble on our side, try again later"
_STOPPING = "421 4.3.2 Shutting down, try again later"
_RCPT = {
    Acceptance.OURS: "250 2.1.5 Ok",
    Acceptance.UNKNOWN: "550 5.1.1 No such address here",
    Acceptance.FOREIGN: "550 5.7.1 We do not relay",
    Acceptance.MALFORMED: "553 5.1.3 Malformed address",
}
# A browser made to talk to us begins so; whatever follows is not meant as mail.
_OTHER_PROTOCOLS = frozenset({"GET", "POST", "PUT", "HEAD", "OPTIONS", "CONNECT", "DELETE", "PATCH", "TRACE"})


class Stage(Enum):
    """What a conversation is doing, for those who must end it from outside."""

    IDLE = auto()  # waits for a command
    BUSY = auto()  # obeys one
    DATA = auto()  # takes a mail, or waits for the spool
    HANDSHAKE = auto()  # plain text would be no answer now


class SmtpSession(SMTP):
    """One client at the listener `hop`, which speaks SMTP or, for Door.LMTP, LMTP."""

    def __init__(self, host: Host, door: Door, hop: str) -> None:
        loop = asyncio.get_running_loop()
        super().__init__(None, hostname=host.terms.hostname, enable_SMTPUTF8=True, loop=loop)
        self.stage = Stage.BUSY
        self._host = host
        self._door = door
        self._hop = hop
        self._peer = ""
        self._admitted = False
        self._input = BlockReader()
        self._replies = bytearray()
        self._leaving = False
        self._bad_commands = 0
        self._secured = False
        self._begin_mail()

    # The connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let the client in, or turn it away."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - what a stream listener gives
        address = transport.get_extra_info("peername")
        self._peer = address[0] if isinstance(address, tuple) else ""
        refusal = self._host.admit(self._peer)
        if refusal:
            _log.warning("connection refused", hop=self._hop, peer=self._peer, reply=refusal)
            transport.write(refusal.encode() + b"\r\n")
            transport.close()
            return
        self._admitted = True
        self._ends = self.loop.time() + self._host.terms.settings.total_timeout
        self._input.attach(transport)
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Keep what has arrived: our reader stands in for asyncio's, which reads a line at a time."""
        self._input.feed(data)

    def eof_received(self) -> bool:
        """The client has said all it wants to say; it may still wait for our answers."""
        self._input.end()
        return not self._secured

    def connection_lost(self, error: Exception | None) -> None:
        """Note that the client is gone. What it handed over completely is kept all the same."""
        self._input.end()
        if self._admitted:
            self._host.release(self._peer)
        if self._timeout_handle is not None:
            self._timeout_handle.cancel()
        # Not aiosmtpd's own: it would cancel a mail that the spool is about to keep.
        asyncio.StreamReaderProtocol.connection_lost(self, error)
        self.transport = None

    # Time

    def _reset_timeout(self, duration: float | None = None) -> None:
        """From now the client has `duration` seconds, and never more than is left of the whole."""
        limit = duration or self._host.terms.settings.command_timeout
        self._deadline = min(self.loop.time() + limit, self._ends)
        handle = self._timeout_handle
        # A timer that rings too early looks at the deadline again: most commands need no new one.
        if handle is None or handle.when() > self._deadline:
            if handle is not None:
                handle.cancel()
            self._timeout_handle = self.loop.call_at(self._deadline, self._timeout_cb)

    def _timeout_cb(self) -> None:
        if self.loop.time() < self._deadline:
            self._timeout_handle = self.loop.call_at(self._deadline, self._timeout_cb)
            return
        _log.info("client timed out", hop=self._hop, peer=self._peer, stage=self.stage.name)
        self.part("421 4.4.2 Timed out, closing")

    def part(self, reply: str) -> None:
        """Say `reply` and hang up, without waiting long for a client that does not read."""
        if self.transport is None or self.transport.is_closing():
            return
        if self.stage is Stage.HANDSHAKE:
            self.transport.abort()
            return
        self.transport.write(reply.encode() + b"\r\n")
        self._hang_up()

    def dismiss(self) -> None:
        """The door closes: an idle client goes now, another when its mail is done."""
        if self.stage is Stage.IDLE:
            self.part(_STOPPING)

    def give_up(self) -> None:
        """The door closes and waits no longer."""
        if self.stage is Stage.DATA:
            self.part("\r\n".join(["451 4.3.2 Shutting down, try again later"] * self._answers))
        else:
            self.part(_STOPPING)

    def _hang_up(self) -> None:
        if self.transport is None:
            return
        if self._timeout_handle is not None:
            self._timeout_handle.cancel()
        self.transport.close()
        self._timeout_handle = self.loop.call_later(_LINGER, self.transport.abort)

    # The conversation

    async def push(self, status: str) -> None:
        """Queue one reply."""
        self._replies += status.encode() + b"\r\n"
        if len(self._replies) > _REPLIES_OCTETS:
            await self._flush()
            await asyncio.sleep(0)  # a flood of commands is not to keep the others waiting

    async def _flush(self) -> None:
        if self._replies:
            self._writer.write(bytes(self._replies))
            self._replies.clear()
            await self._writer.drain()

    async def _leave(self, reply: str) -> None:
        await self.push(reply)
        self._leaving = True

    async def handle_exception(self, error: Exception) -> str:
        """The reply to trouble of our own: temporary, and silent about what it was."""
        _log.error("trouble at the door", hop=self._hop, peer=self._peer, exc_info=error)
        return _TROUBLE

    async def _handle_client(self) -> None:
        try:
            await self._greet()
            while not self._leaving:
                line = self._input.take_line(_COMMAND_OCTETS)
                if line is not None:
                    await self._obey(line)
                elif not await self._more():
                    break
            await self._flush()
        except OSError as error:
            _log.info("connection lost", hop=self._hop, peer=self._peer, error=type(error).__name__)
        finally:
            self._hang_up()

    async def _greet(self) -> None:
        await asyncio.sleep(0)  # one turn of the loop: what came with the connection is here now
        if len(self._input):
            # RFC 5321, 4.3.1: the sender waits for the greeting. Who does not, plays a script.
            _log.warning("client spoke before the greeting", hop=self._hop, peer=self._peer)
            await self._leave("554 5.5.0 You spoke before the greeting")
        else:
            name = "LMTP" if self._door is Door.LMTP else "ESMTP"
            await self.push(f"220 {self.hostname} {name} mailgate")

    async def _more(self) -> bool:
        await self._flush()
        self.stage = Stage.IDLE
        try:
            return await self._input.wait()
        finally:
            self.stage = Stage.BUSY

    async def _obey(self, line: bytes) -> None:
        try:
            await self._command(line)
        except OSError as error:
            if self.transport is None:
                raise
            await self.push(await self.handle_exception(error))
        except Exception as error:  # noqa: BLE001 - whatever it is, the client may try again
            await self.push(await self.handle_exception(error))
        if self._host.stopping and not self._leaving:
            await self._leave(_STOPPING)
        self._reset_timeout()

    async def _command(self, line: bytes) -> None:
        # Bytes that are no UTF-8 become surrogates here, which are not printable.
        text = line.rstrip(b"\r\n").decode("utf-8", "surrogateescape")
        verb, _, argument = text.partition(" ")
        verb = verb.upper()
        method = self._smtp_methods.get(verb)
        if verb in _OTHER_PROTOCOLS or (text and not (text[0].isascii() and text[0].isalpha())):
            _log.warning("client does not speak SMTP", hop=self._hop, peer=self._peer)
            await self._leave("554 5.5.1 This is not the protocol spoken here")
        elif not line.endswith(b"\n"):
            await self._bad("500 5.5.2 Command line too long")
        elif not line.endswith(b"\r\n"):
            await self._bad("500 5.5.2 A command ends with CR LF")  # RFC 5321, 2.3.8
        elif not text.isprintable():
            await self._bad("501 5.5.2 Unprintable characters in the command")
        elif method is None:
            await self._bad("500 5.5.1 Unknown command")
        else:
            await method(argument.strip(" "))

    async def _bad(self, reply: str) -> None:
        self._bad_commands += 1
        if self._bad_commands < self._host.terms.settings.max_bad_commands:
            await self.push(reply)
        else:
            _log.warning("too many bad commands", hop=self._hop, peer=self._peer)
            await self._leave("421 4.7.0 Too many bad commands")
