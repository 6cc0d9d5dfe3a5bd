"""A real Dovecot for one test: LMTP in over a UNIX socket, IMAP out on loopback, all in one folder.

Any user there is exists as soon as mail comes for him, with the one password. The servers of the
machine and their settings stay untouched.
"""

import imaplib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.certificate import Certificate
from tests.dovecot_settings import NO_WAITING, capabilities_without, oauth, settings

PASSWORD = "one-test-long"
LACKING = "tests need the real servers: apt-get install postfix dovecot-imapd dovecot-lmtpd"
_PROGRAM = "/usr/sbin/dovecot"
_SECONDS = 30


def free_port() -> int:
    """A loopback TCP port nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


class Dovecot:
    """Runs from entering to leaving; `lmtp` is the socket mail comes in by, `port` that of IMAP.

    With `tls`, `port` offers STARTTLS and `tls_port` is IMAPS. With `introspection` (a URL, RFC 7662)
    XOAUTH2 and OAUTHBEARER let in whom that URL knows. `without` names capabilities it does not show;
    Dovecot obeys their commands all the same. `slow_refusals` makes a wrong password wait as in life:
    two seconds, and longer with each.
    """

    def __init__(
        self,
        *,
        tls: Certificate | None = None,
        introspection: str = "",
        without: tuple[str, ...] = (),
        slow_refusals: bool = False,
    ) -> None:
        if not Path(_PROGRAM).exists() or not Path("/usr/lib/dovecot/lmtp").exists():
            raise AssertionError(LACKING)
        extra = "" if slow_refusals else NO_WAITING
        extra += capabilities_without(without) if without else ""
        # Short and open to all: a socket's path has 107 octets, and the server drops its rights.
        self.folder = Path(tempfile.mkdtemp(prefix="dovecot-"))
        self.folder.chmod(0o755)
        self.lmtp = self.folder / "lmtp"
        self.port = free_port()
        self.tls_port = free_port() if tls else 0
        self._settings = self.folder / "dovecot.conf"
        (self.folder / "mail").mkdir()
        if os.geteuid() == 0:
            shutil.chown(self.folder / "mail", "nobody", "nogroup")
        text = settings(self.folder, self.port, tls, self.tls_port, PASSWORD) + extra
        if introspection:
            text += oauth(self.folder, introspection)
        self._settings.write_text(text, "utf-8")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, why: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        shutil.rmtree(self.folder)

    def start(self) -> None:
        """Start, for the first time or again after `stop`: same ports, same mails."""
        # Into a file: the daemon inherits the output, so the end of a pipe would never come.
        said = self.folder / "said"
        with said.open("wb") as output:
            # The command returns when the listeners stand.
            done = subprocess.run(
                (_PROGRAM, "-c", self._settings), stderr=output, timeout=_SECONDS, check=False
            )
        if done.returncode:
            raise AssertionError(f"dovecot: {said.read_text(encoding='utf-8')}\n{self.log}")

    def stop(self) -> None:
        """Stop, and end every connection; nothing when it does not run."""
        pid = self.folder / "run/master.pid"
        if not pid.exists():
            return
        master = int(pid.read_text("utf-8"))
        family = {master, *_children(master)}
        _end(signal.SIGTERM, family)
        deadline = time.monotonic() + 0.3
        while time.monotonic() < deadline and any(map(_lives, family - {master})):
            time.sleep(0.01)
        # A connection that is not in IDLE outlives the order to end, for as long as its client is silent.
        family |= _children(master)
        _end(signal.SIGKILL, family)
        while any(map(_lives, family)):
            time.sleep(0.001)
        pid.unlink(missing_ok=True)

    @property
    def log(self) -> str:
        """What the server has to say, for a test that fails."""
        file = self.folder / "dovecot.log"
        return file.read_text(encoding="utf-8") if file.exists() else ""

    def imap(self, user: str) -> imaplib.IMAP4:
        """An IMAP connection of `user`, his INBOX selected; log it out after use."""
        client = imaplib.IMAP4("127.0.0.1", self.port, timeout=_SECONDS)
        client.login(user, PASSWORD)
        client.select("INBOX")
        return client

    @contextmanager
    def _within(self, user: str, folder: str) -> Iterator[imaplib.IMAP4]:
        client = self.imap(user)
        try:
            if client.select(folder)[0] != "OK":
                raise AssertionError(f"{user} has no folder {folder}")
            yield client
        finally:
            client.logout()

    def append(self, user: str, raw: bytes, folder: str = "INBOX", date: datetime | None = None) -> None:
        """Put a mail into a folder; `date` (aware) is its INTERNALDATE, else now. Lines end in CR LF."""
        self.fill(user, (raw,), folder, date)

    def fill(
        self, user: str, mails: Iterable[bytes], folder: str = "INBOX", date: datetime | None = None
    ) -> None:
        """Put in many: each takes a millisecond, and none is kept in memory. Makes the folder."""
        client = self.imap(user)
        if folder != "INBOX":
            client.create(folder)
        for raw in mails:
            code, words = client.append(folder, "", imaplib.Time2Internaldate(date or time.time()), raw)
            if code != "OK":
                raise AssertionError(f"not taken: {words}")
        client.logout()

    def messages(self, user: str, folder: str = "INBOX") -> dict[int, bytes]:
        """The mails of a folder by UID, byte for byte; reading sets no flag."""
        with self._within(user, folder) as client:
            _, answers = client.uid("FETCH", "1:*", "(UID BODY.PEEK[])")
        return {int(one[0].split()[2]): one[1] for one in answers if isinstance(one, tuple)}

    def uidvalidity(self, user: str, folder: str = "INBOX") -> int:
        """The folder's UIDVALIDITY."""
        with self._within(user, folder) as client:
            return int(client.response("UIDVALIDITY")[1][-1] or 0)

    def folders(self, user: str) -> tuple[str, ...]:
        """The names of a user's folders that can hold mail, as IMAP writes them, sorted."""
        client = self.imap(user)
        _, lines = client.list()
        client.logout()
        named = [bytes(line).decode("ascii") for line in lines if isinstance(line, bytes)]
        return tuple(sorted(name.rpartition(' "." ')[2] for name in named if "\\Noselect" not in name))

    def expunge(self, user: str, *uids: int, folder: str = "INBOX") -> None:
        """Let mails vanish, as another client of the user would."""
        with self._within(user, folder) as client:
            client.uid("STORE", ",".join(map(str, uids)), "+FLAGS", r"(\Deleted)")
            client.expunge()

    def recreate(self, user: str, folder: str = "INBOX", *, empty: bool = False) -> None:
        """Give the folder a new UIDVALIDITY and its mails UIDs from 1 on; `empty` takes the mails away.

        Who has it selected is told `* BYE` at his next command.
        """
        place = self.folder / "mail" / user / ("" if folder == "INBOX" else f".{folder}")
        for file in place.glob("dovecot[.-]*"):
            # This one remembers the last UIDVALIDITY given, so that the next is another.
            if not file.name.startswith("dovecot-uidvalidity"):
                file.unlink()
        for mail in (*place.glob("cur/*"), *place.glob("new/*")) if empty else ():
            mail.unlink()


def _children(pid: int) -> set[int]:
    with suppress(FileNotFoundError, ProcessLookupError):
        return {int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}
    return set()


def _end(how: signal.Signals, pids: set[int]) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):  # it has ended already, as it should
            os.kill(pid, how)


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_for(client: imaplib.IMAP4, count: int) -> None:
    """Return when the selected folder holds `count` mails; TimeoutError when they do not come."""
    tag = b"IDLE1"  # imaplib of Python 3.11 does not know IDLE (RFC 2177)
    client.send(tag + b" IDLE\r\n")
    held = int(client.response("EXISTS")[1][-1] or 0)
    while held < count:
        words = client.readline().split()
        if words[2:3] == [b"EXISTS"]:
            held = int(words[1])
    client.send(b"DONE\r\n")
    while not client.readline().startswith(tag):
        pass


def fetch_all(client: imaplib.IMAP4) -> tuple[bytes, ...]:
    """Every mail of the selected folder, byte for byte."""
    _, answers = client.fetch("1:*", "(BODY.PEEK[])")
    return tuple(answer[1] for answer in answers if isinstance(answer, tuple))
