"""One conversation: the commands of SMTP (RFC 5321) and of LMTP (RFC 2033) over one connection.

aiosmtpd gives the protocol object and its life in asyncio. What it does otherwise than a door of ours
must is done here: bytes are read in blocks, every reply carries an enhanced code (RFC 2034), our own
trouble is 451 with a constant text, LMTP answers for each recipient, and nothing lasts for ever.
"""

import asyncio
from enum import Enum, auto

import structlog
from aiosmtpd.smtp import SMTP

from mailgate.core.mail import Door
from mailgate.intake.smtp_command import COMMAND_OCTETS, CONSTANT, Command, read_command
from mailgate.intake.smtp_host import Host
from mailgate.intake.smtp_link import Link
from mailgate.intake.smtp_reader import BlockReader, MailData
from mailgate.intake.smtp_transaction import TROUBLE, Transaction

_log = structlog.get_logger()

_STOPPING = "421 4.3.2 Shutting down, try again later"
_STOPPED = "451 4.3.2 Shutting down, try again later"
_UNGREETED = "503 5.5.1 Greet first"


class Stage(Enum):
    """What a conversation is doing, for those who must end it from outside."""

    IDLE = auto()  # waits for a command
    BUSY = auto()  # obeys one
    DATA = auto()  # takes a mail, or waits for the spool


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
        self._link = Link(self._late)
        self._leaving = False
        self._bad_commands = 0
        self._secured = False
        self._greeted = False
        self._transaction: Transaction

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let the client in, or turn it away."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - what a stream listener gives
        address = transport.get_extra_info("peername")
        self._peer = address[0] if isinstance(address, tuple) else ""
        refusal = self._host.admit(self._peer)
        if refusal:
            _log.warning("door.full", hop=self._hop, peer=self._peer, reply=refusal)
            transport.write(refusal.encode() + b"\r\n")
            transport.close()
            return
        self._admitted = True
        self._transaction = Transaction(self._host, self._door, self._hop, self._peer)
        self._input.attach(transport)
        self._link.allow(self._host.terms.settings.total_timeout)
        super().connection_made(transport)
        self._link.attach(transport, self._writer)

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
        self._link.lost()
        self._release()
        # Not aiosmtpd's: it would cancel a mail that the spool is about to keep.
        asyncio.StreamReaderProtocol.connection_lost(self, error)
        self.transport = None

    def _reset_timeout(self, duration: float | None = None) -> None:
        self._link.grant(duration or self._host.terms.settings.command_timeout)

    def _late(self) -> None:
        _log.info("door.timeout", hop=self._hop, peer=self._peer, stage=self.stage.name)
        self._link.part("421 4.4.2 Timed out, closing")

    @property
    def conversation(self) -> "asyncio.Task[None] | None":
        """The task that leads this conversation; None when the client was turned away."""
        return self._handler_coroutine

    def dismiss(self) -> None:
        """The door closes: an idle client goes now, another when its mail is done."""
        if self.stage is Stage.IDLE:
            self._link.part(_STOPPING)

    def give_up(self) -> None:
        """The door closes and waits no longer."""
        if self.stage is Stage.DATA:
            self._link.part("\r\n".join([_STOPPED] * self._transaction.answers))
        else:
            self._link.part(_STOPPING)

    async def _say(self, status: str) -> None:
        """Queue one reply."""
        if self._link.queue(status):
            await self._link.flush()
            await asyncio.sleep(0)  # a flood of commands is not to keep the others waiting

    async def _leave(self, reply: str) -> None:
        await self._say(reply)
        self._leaving = True

    async def _handle_client(self) -> None:
        try:
            await self._greet()
            while not self._leaving:
                line = self._input.take_line(COMMAND_OCTETS)
                if line is not None:
                    await self._obey(line)
                elif not await self._more():
                    break
            await self._link.flush()
        except OSError as error:
            _log.info("door.lost", hop=self._hop, peer=self._peer, error=type(error).__name__)
        finally:
            self._link.hang_up()
            # A connection that dies within the TLS handshake is never told to us as lost.
            self._release()

    def _release(self) -> None:
        """Give the place back, once."""
        if self._admitted:
            self._admitted = False
            self._host.release(self._peer)

    async def _greet(self) -> None:
        await asyncio.sleep(0)  # one turn of the loop: what came with the connection is here now
        if len(self._input):
            # RFC 5321, 4.3.1: the sender waits for the greeting. Who does not, plays a script.
            _log.warning("door.early_talker", hop=self._hop, peer=self._peer)
            await self._leave("554 5.5.0 You spoke before the greeting")
        else:
            name = "LMTP" if self._door is Door.LMTP else "ESMTP"
            await self._say(f"220 {self.hostname} {name} mailgate")

    async def _more(self) -> bool:
        had = len(self._input)
        await self._link.flush()
        if len(self._input) != had:
            return True  # it came while we were writing
        self.stage = Stage.IDLE
        try:
            return await self._input.wait()
        finally:
            self.stage = Stage.BUSY

    async def _obey(self, line: bytes) -> None:
        try:
            await self._command(line)
        except ConnectionError:
            raise
        except Exception:  # noqa: BLE001 - whatever it is, the client still has the mail and may try again
            _log.exception("door.trouble", hop=self._hop, peer=self._peer)
            await self._say(TROUBLE)
        if self._host.stopping and not self._leaving:
            await self._leave(_STOPPING)
        self._reset_timeout()

    async def _command(self, line: bytes) -> None:
        command = read_command(line)
        if isinstance(command, Command):
            await self._answer(command.verb, command.argument)
        elif command.is_foreign:
            _log.warning("door.other_protocol", hop=self._hop, peer=self._peer)
            await self._leave(command.reply)
        else:
            await self._bad(command.reply)

    async def _answer(self, verb: str, argument: str) -> None:
        match verb:
            case "HELO" | "EHLO" | "LHLO":
                await self._hello(verb, argument)
            case "MAIL":
                await self._say(self._transaction.mail(argument) if self._greeted else _UNGREETED)
            case "RCPT":
                await self._say(self._transaction.rcpt(argument))
            case "DATA" | "RSET" | "QUIT" | "STARTTLS" if argument:
                await self._bad(f"501 5.5.4 {verb} takes no argument")
            case "DATA":
                await self._data()
            case "STARTTLS":
                await self._starttls()
            case "RSET":
                self._transaction.reset()
                await self._say("250 2.0.0 Ok")
            case "QUIT":
                await self._leave("221 2.0.0 Goodbye")
            case _ if verb in CONSTANT:
                await self._say(CONSTANT[verb])
            case _:
                await self._bad("500 5.5.1 Unknown command")

    async def _bad(self, reply: str) -> None:
        self._bad_commands += 1
        if self._bad_commands < self._host.terms.settings.max_bad_commands:
            await self._say(reply)
        else:
            _log.warning("door.bad_commands", hop=self._hop, peer=self._peer)
            await self._leave("421 4.7.0 Too many bad commands")

    async def _hello(self, verb: str, hostname: str) -> None:
        # RFC 2033, 4.1: LMTP is greeted with LHLO and refuses the others; SMTP knows no LHLO.
        if (verb == "LHLO") != (self._door is Door.LMTP):
            await self._bad("500 5.5.1 Unknown command")
        elif not hostname:
            await self._bad(f"501 5.5.4 Syntax: {verb} hostname")
        else:
            self._greeted = True
            self._transaction.reset()
            await self._say(
                f"250 {self._host.terms.hostname}"
                if verb == "HELO"
                else self._host.terms.extensions(secured=self._secured)
            )

    async def _data(self) -> None:
        if refusal := self._transaction.data():
            await self._say(refusal)
            return
        await self._say("354 End with CR LF . CR LF")
        await self._link.flush()
        self.stage = Stage.DATA
        # Until the final dot is seen no octet may be read as a command, whatever goes wrong.
        self._leaving = True
        if (data := await self._read_data()) is not None:
            self._link.grant(float("inf"))  # now it is we who take time
            await self._say("\r\n".join([await self._transaction.receive(data)] * self._transaction.answers))
        self._transaction.reset()
        self.stage = Stage.BUSY

    async def _read_data(self) -> MailData | None:
        """The mail up to its final dot, or far beyond its bound; None when the client is gone."""
        settings = self._host.terms.settings
        data = MailData(settings.max_size, settings.max_line)
        while not data.hopeless:
            self._reset_timeout(settings.block_timeout)
            rest = data.feed(self._input.take())
            if rest is not None:
                self._input.put_back(rest)
                self._leaving = False
                return data
            if not data.hopeless and not await self._input.wait():
                return None
        _log.warning("door.endless_mail", hop=self._hop, peer=self._peer)
        return data

    async def _starttls(self) -> None:
        context = self._host.terms.tls
        if context is None or self._secured:
            await self._say("503 5.5.1 STARTTLS is not offered now")
            return
        await self._say("220 2.0.0 Ready")
        await self._link.flush()
        assert isinstance(self.transport, asyncio.Transport)  # noqa: S101 - we have just written to it
        # RFC 3207, 6: what came in plain text behind the command could be a stranger's; nothing can
        # arrive between this line and the handshake, which pauses the transport first.
        self._input.clear()
        self._link.silence()
        self._leaving = True
        try:
            transport = await self.loop.start_tls(self.transport, self, context, server_side=True)
        except OSError as error:
            _log.info("door.handshake_failed", hop=self._hop, peer=self._peer, error=type(error).__name__)
            return
        if transport is not None:
            self._secure(transport)

    def _secure(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        self._writer = asyncio.StreamWriter(transport, self, self._reader, self.loop)
        self._link.attach(transport, self._writer)
        self._input.attach(transport)
        self._secured = True
        self._leaving = False
        # RFC 3207, 4.2: forget all that was said before.
        self._greeted = False
        self._transaction.reset()
