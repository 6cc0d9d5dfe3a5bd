"""An IMAP server that follows a script: on loopback, a thread a connection.

What the script does not name is answered as a plain server would (RFC 3501 by UIDs, with IDLE, MOVE and
UIDPLUS), whoever asks and whatever the password. It is for lies and trouble; what is true of a real
server is asked of `tests.dovecot`.
"""

import socket
import threading
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from tests.certificate import Certificate
from tests.scripted_mailbox import Folder, Mail, Told
from tests.scripted_session import Session
from tests.scripted_stage import CAPABILITIES, Line, Stage

__all__ = ["CAPABILITIES", "Line", "Mail", "Script", "ScriptedImap", "Told"]
_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Script:
    """What a server holds, offers and does.

    A mail with the UID 0 gets the next one. Without `keywords` no flag of a client's own is kept. With
    `tls` STARTTLS is offered or, `implicit`, TLS begins before the first word.
    """

    mails: tuple[Mail, ...] = ()
    lines: tuple[Line, ...] = ()
    folders: tuple[str, ...] = ("INBOX",)
    capabilities: tuple[str, ...] = CAPABILITIES
    uidvalidity: int = 1
    keywords: bool = True
    tls: Certificate | None = None
    implicit: bool = False

    def without(self, *capabilities: str) -> tuple[str, ...]:
        """Its capabilities but these, whose commands are unknown then."""
        return tuple(word for word in self.capabilities if word not in capabilities)


class ScriptedImap:
    """Runs from entering to leaving; `port` is known at once."""

    def __init__(self, script: Script | None = None) -> None:
        given = script or Script()
        self._stage = Stage(
            {name: Folder(given.uidvalidity) for name in given.folders},
            list(given.lines),
            given.capabilities,
            given.tls,
            given.implicit,
            given.keywords,
        )
        for mail in given.mails:
            self._stage.folders["INBOX"].add(mail)
        self.connections = 0
        self._sessions: list[Session] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Self:
        self._threads.append(threading.Thread(target=self._accept, daemon=True))
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, why: BaseException | None, trace: TracebackType | None
    ) -> None:
        # shutdown, not close, is what wakes a thread that waits in accept
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._threads[0].join(_SECONDS)
        self.hang_up()
        for thread in self._threads:
            thread.join(_SECONDS)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            session = Session(self._stage, client)
            with self._stage.changed:
                self.connections += 1
                self._sessions.append(session)
            self._threads.append(threading.Thread(target=session.run, daemon=True))
            self._threads[-1].start()

    def expect(self, *lines: Line) -> None:
        """Add to the script."""
        with self._stage.changed:
            self._stage.script += lines

    @property
    def commands(self) -> tuple[bytes, ...]:
        """Every command of every connection in order: tag, literals and SASL answers included."""
        with self._stage.changed:
            return tuple(self._stage.commands)

    @property
    def verbs(self) -> tuple[str, ...]:
        """The commands without tag and arguments: `LOGIN`, `UID FETCH`, `DONE`."""
        words = [command.decode("utf-8", "replace").upper().split(" ") for command in self.commands]
        return tuple(
            " ".join(each[1 : 3 if each[1] == "UID" else 2]) if len(each) > 1 else each[0] for each in words
        )

    def wait_for(self, verb: str, times: int = 1) -> None:
        """Return when that command has come so often; TimeoutError when it does not."""
        with self._stage.changed:
            if not self._stage.changed.wait_for(lambda: self.verbs.count(verb) >= times, _SECONDS):
                raise TimeoutError(f"{verb} has not come {times} times: {self.commands}")

    def mails(self, folder: str = "INBOX") -> tuple[Mail, ...]:
        """The mails of a folder, as they stand."""
        with self._stage.changed:
            return tuple(self._stage.folders[folder].mails)

    @property
    def folders(self) -> tuple[str, ...]:
        """The folders there are."""
        with self._stage.changed:
            return tuple(self._stage.folders)

    def add(self, mail: Mail, folder: str = "INBOX") -> None:
        """Let a mail arrive; who waits in IDLE is told."""
        with self._stage.changed:
            self._stage.folders[folder].add(mail)
            for session in self._sessions:
                session.tell()

    def remove(self, uid: int, folder: str = "INBOX") -> None:
        """Let a mail vanish, and tell nobody."""
        with self._stage.changed:
            self._stage.folders[folder].forget(uid)

    def recreate(self, uidvalidity: int, *mails: Mail, folder: str = "INBOX") -> None:
        """Put another folder in its place; who has the old one selected keeps it."""
        with self._stage.changed:
            made = self._stage.folders[folder] = Folder(uidvalidity)
            for mail in mails:
                made.add(mail)

    def tell(self, octets: bytes) -> None:
        """Say this to everybody who waits in IDLE, as soon as somebody does; else TimeoutError."""
        with self._stage.changed:
            if not self._stage.changed.wait_for(
                lambda: any(one.is_idling for one in self._sessions), _SECONDS
            ):
                raise TimeoutError("nobody is in IDLE")
            for session in self._sessions:
                session.tell(octets)

    def hang_up(self) -> None:
        """End all connections."""
        with self._stage.changed:
            for session in self._sessions:
                session.hang_up()
