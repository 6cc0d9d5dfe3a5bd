"""A smarthost that follows a script: a real SMTP server on loopback, a thread a connection.

What the script does not name is answered as a plain smarthost would.
"""

import base64
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from types import TracebackType
from typing import BinaryIO, Self

from tests.certificate import Certificate

PIPELINED = ("SIZE 10000000", "PIPELINING")
LOCKSTEP = ("SIZE 10000000",)
DROP = ""
"""In place of a reply: the connection ends without one."""


@dataclass(frozen=True, slots=True)
class Line:
    """What is said when `verb` comes: once, or always; `skip` lets as many such verbs pass before.

    A verb is CONNECT, a command, TEXT (the first line of a letter) or DOT. `act` is called just before.
    """

    verb: str
    reply: str
    always: bool = False
    skip: int = 0
    act: Callable[[], object] | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """A letter whose final dot came: the envelope as it stood in the commands, the text unstuffed."""

    sender: str
    recipient: str
    text: bytes


class Sink:
    """The scripted smarthost; use it as a context. `port` is known at once."""

    def __init__(
        self,
        *script: Line,
        features: tuple[str, ...] = PIPELINED,
        tls: Certificate | None = None,
        implicit: bool = False,
        login: str = "",
        grouped: bool = False,
    ) -> None:
        """`grouped`: MAIL and RCPT are not answered before DATA has come as well."""
        self.grouped = grouped
        self._script = list(script)
        self._features = features
        self._tls = tls
        self._implicit = implicit
        self._login = login
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._sockets: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.connections = 0
        self.commands: list[str] = []
        self.heard: list[Heard] = []

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, why: BaseException | None, trace: TracebackType | None
    ) -> None:
        # shutdown, not close, is what wakes a thread that waits in accept or recv
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for each in self._sockets:
                _hang_up(each)
        for thread in self._threads:
            thread.join(5)

    @property
    def recipients(self) -> list[str]:
        """To whom the letters went whose final dot came, in order."""
        return [heard.recipient for heard in self.heard]

    def expect(self, *lines: Line) -> None:
        """Add to the script."""
        with self._lock:
            self._script += lines

    def _start(self, run: Callable[[], None]) -> None:
        thread = threading.Thread(target=run, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self.connections += 1
                self._sockets.append(client)
            self._start(lambda client=client: _Session(self, client).run())  # type: ignore[misc] # bound now

    def scripted(self, verb: str) -> Line | None:
        """The script's next line for `verb`, taken out of it unless it holds always."""
        with self._lock:
            for at, line in enumerate(self._script):
                if line.verb != verb:
                    continue
                if line.skip:
                    self._script[at] = replace(line, skip=line.skip - 1)
                    return None
                return line if line.always else self._script.pop(at)
        return None

    def secure(self, client: socket.socket) -> socket.socket:
        """The same connection under TLS; what was plain is closed with it."""
        if self._tls is None:
            raise OSError("no certificate")
        client.settimeout(5)
        secured = self._tls.context().wrap_socket(client, server_side=True)
        with self._lock:
            self._sockets.append(secured)
        return secured

    def greeting(self, *, plain: bool) -> str:
        """The reply to EHLO."""
        offers = [*self._features]
        if self._tls and not self._implicit and plain:
            offers.append("STARTTLS")
        if self._login:
            offers.append("AUTH PLAIN")
        names = ("sink", *offers)
        return "\r\n".join(f"250{' ' if name is names[-1] else '-'}{name}" for name in names)

    def judge(self, argument: str) -> str:
        """The reply to AUTH PLAIN."""
        given = base64.b64decode(argument.rpartition(" ")[2]).decode()
        return "235 welcome" if given == self._login else "535 5.7.8 wrong"

    @property
    def is_implicit(self) -> bool:
        """Does TLS begin before the first word?"""
        return self._implicit


class _Session:
    def __init__(self, sink: Sink, client: socket.socket) -> None:
        self._sink = sink
        self._client = client
        self._plain = True
        self._file: BinaryIO = client.makefile("rb")
        self._said = 0
        self._unsaid = b""
        self._sender: str | None = None
        self._recipient = ""

    def run(self) -> None:
        with suppress(OSError):  # the client went away: that is a test's matter, not the sink's
            self._serve()

    def _serve(self) -> None:
        try:
            if self._sink.is_implicit:
                self._secure()
            self._talk()
        finally:
            _hang_up(self._client)
            self._file.close()
            self._client.close()

    def _secure(self) -> None:
        self._file.close()
        self._client = self._sink.secure(self._client)
        self._file = self._client.makefile("rb")
        self._plain = False

    def _talk(self) -> None:
        go_on = self._answer("CONNECT", "220 sink")
        while go_on and (line := self._file.readline()):
            command = line.decode("utf-8", "replace").rstrip("\r\n")
            self._sink.commands.append(command)
            go_on = self._obey(command)

    def _obey(self, command: str) -> bool:
        verb, _, argument = command.partition(" ")
        match verb.upper():
            case "EHLO":
                return self._answer("EHLO", self._sink.greeting(plain=self._plain))
            case "MAIL":
                go_on = self._answer("MAIL", "250 fine")
                self._sender, self._recipient = _path(argument) if self._said == 250 else None, ""
                return go_on
            case "RCPT":
                go_on = self._answer("RCPT", "503 5.5.1 MAIL first" if self._sender is None else "250 fine")
                self._recipient = _path(argument) if self._said == 250 else ""
                return go_on
            case "AUTH":
                return self._answer("AUTH", self._sink.judge(argument))
            case "DATA":
                usual = "354 go on" if self._recipient else "554 5.5.1 no valid recipients"
                return self._answer("DATA", usual) and (self._said != 354 or self._take_text())
            case "STARTTLS":
                go_on = self._answer("STARTTLS", "220 ready")
                if go_on and self._said == 220:
                    self._secure()
                return go_on
        return self._answer(verb.upper(), "250 fine")

    def _take_text(self) -> bool:
        lines = [self._file.readline()]
        if not self._answer("TEXT", ""):
            return False
        while lines[-1] not in (b".\r\n", b""):
            lines.append(self._file.readline())
        if not lines[-1]:
            return False
        text = b"".join(line.removeprefix(b".") for line in lines[:-1])
        self._sink.heard.append(Heard(self._sender or "", self._recipient, text))
        return self._answer("DOT", "250 taken")

    def _answer(self, verb: str, usual: str) -> bool:
        """Say what the script or custom has for `verb`; whether the connection goes on."""
        line = self._sink.scripted(verb)
        if line is not None and line.act is not None:
            line.act()
        reply = usual if line is None else line.reply
        if reply:
            self._unsaid += f"{reply}\r\n".encode()
            if not (self._sink.grouped and verb in {"MAIL", "RCPT"}):
                self._client.sendall(self._unsaid)
                self._unsaid = b""
            self._said = int(reply[:3]) if reply[:3].isdigit() else 0
        return (bool(reply) or line is None) and verb != "QUIT" and not reply.startswith("421")


def _path(argument: str) -> str:
    return argument.partition("<")[2].partition(">")[0]


def _hang_up(sock: socket.socket) -> None:
    with suppress(OSError):  # it was closed already
        sock.shutdown(socket.SHUT_RDWR)
