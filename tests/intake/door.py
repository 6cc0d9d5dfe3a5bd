"""An SMTP and LMTP door in a thread of its own, its spool, and a client that says exactly what it is told."""

import asyncio
import socket
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from mailgate.config import SmtpSettings
from mailgate.core.mail import Door, Envelope
from mailgate.core.policy import Desk
from mailgate.intake.smtp import SmtpDoor
from mailgate.spool import Receipt
from tests.builders import DESK, NOW, address

T = TypeVar("T")

SECONDS = 20
US = "support@hoster.example"
CERTIFICATES = Path(__file__).parent / "certificates"
OUR_DESK = Desk("Hoster", (DESK, address("billing@hoster.example")))


class FakeSpool:
    """Keeps mails in a list. `full` is raised when asked for room, `broken` ends each mail's future.

    While `slow` is set, the answers wait for `release`.
    """

    def __init__(self) -> None:
        self.taken: list[tuple[Envelope, bytes]] = []
        self.arrived = threading.Event()
        self.full: Exception | None = None
        self.broken: BaseException | None = None
        self.slow = False
        self._waiting: list[tuple[Future[Receipt], Receipt]] = []

    def submit(self, envelope: Envelope, raw: bytes) -> Future[Receipt]:
        """Take a mail."""
        done: Future[Receipt] = Future()
        if self.broken is not None:
            done.set_exception(self.broken)
            return done
        self.taken.append((envelope, raw))
        receipt = Receipt(len(self.taken))
        if self.slow:
            self._waiting.append((done, receipt))
        else:
            done.set_result(receipt)
        self.arrived.set()
        return done

    def check_room(self) -> None:
        """Is there room?"""
        if self.full is not None:
            raise self.full

    def release(self) -> int:
        """Answer for all mails that wait; how many there were. Who gave one up makes this fail."""
        waited = len(self._waiting)
        for done, receipt in self._waiting:
            done.set_result(receipt)
        self._waiting.clear()
        return waited

    @property
    def mails(self) -> list[bytes]:
        """The mails taken, byte for byte."""
        return [raw for _, raw in self.taken]


class RunningDoor:
    """Open from entering to leaving; TCP on a free loopback port, LMTP where `settings` say."""

    def __init__(self, settings: SmtpSettings, desk: Desk = OUR_DESK) -> None:
        self.spool = FakeSpool()
        self.settings = settings
        self.door = SmtpDoor(settings, desk, self.spool, lambda: NOW)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)

    def __enter__(self) -> Self:
        self._thread.start()
        try:
            self.call(self.door.start())
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, why: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.call(self.door.stop(0))
        self._end()

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()

    def call(self, work: Coroutine[None, None, T]) -> T:
        """Run `work` in the door's loop, to its end."""
        return self.begin(work).result(SECONDS)

    def begin(self, work: Coroutine[None, None, T]) -> "Future[T]":
        """Run `work` in the door's loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def freeze(self) -> threading.Event:
        """Let the loop do nothing until the event is set."""
        thaw, frozen = threading.Event(), threading.Event()

        def wait() -> None:
            frozen.set()
            thaw.wait(SECONDS)

        self._loop.call_soon_threadsafe(wait)
        frozen.wait(SECONDS)
        return thaw

    @property
    def port(self) -> int:
        """The TCP port."""
        found = next(one for one in self.door.listeners if one.door is Door.SMTP)
        return int(found.address.rpartition(":")[2])

    def client(self, *, lmtp: bool = False) -> "Client":
        """A client that has read the greeting."""
        client = self.connect(lmtp=lmtp)
        client.reply()
        return client

    def connect(self, *, lmtp: bool = False) -> "Client":
        """A client that has not read anything."""
        if not lmtp:
            return Client(socket.create_connection(("127.0.0.1", self.port), SECONDS))
        connected = socket.socket(socket.AF_UNIX)
        connected.settimeout(SECONDS)
        connected.connect(str(self.settings.lmtp))
        return Client(connected)


class Client:
    """Sends bytes as they are, and reads replies."""

    def __init__(self, connected: socket.socket) -> None:
        self.socket = connected
        self._unread = connected.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, why: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Vanish."""
        self._unread.close()
        self.socket.close()

    def wrap(self, connected: socket.socket) -> None:
        """Go on over `connected`."""
        self._unread.close()
        self.socket = connected
        self._unread = connected.makefile("rb")

    def send(self, text: bytes) -> None:
        """Say `text`, as it is."""
        self.socket.sendall(text)

    def reply(self) -> str:
        """The next reply, all its lines; "" when the door has hung up."""
        lines = []
        while True:
            line = self._unread.readline().decode()
            lines.append(line)
            if line[3:4] != "-":
                return "".join(lines).rstrip("\r\n")

    def ask(self, command: str) -> str:
        """Say one command and read its reply."""
        self.send(command.encode() + b"\r\n")
        return self.reply()

    def until_data(self, *recipients: str, hello: str = "EHLO client.example") -> None:
        """Go as far as the 354 of DATA."""
        for command in (hello, "MAIL FROM:<ivan@client.example>"):
            assert self.ask(command).startswith("250")
        for recipient in recipients or (US,):
            assert self.ask(f"RCPT TO:<{recipient}>").startswith("250")
        assert self.ask("DATA").startswith("354")


def hung_up(client: Client) -> bool:
    """Has the door closed the connection? What it did not read any more may turn that into a reset."""
    try:
        return not client.reply()
    except ConnectionResetError:
        return True


def settings(**given: object) -> SmtpSettings:
    """`[smtp]` with a free loopback port."""
    return SmtpSettings.model_validate({"listen": ("127.0.0.1:0",), **given})
