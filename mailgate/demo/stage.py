"""A fresh mailgate in a temporary folder: starts it, posts mails to it, reads what came of them."""

import shutil
import signal
import smtplib
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from mailgate import state
from mailgate.demo.mails import Posted
from mailgate.store import letters, mails
from mailgate.store.sqlite import Ledger

_T = TypeVar("_T")

_PATIENCE = 20.0
_SETTINGS = """\
[state]
dir = "{folder}/state"

[desk]
name = "Служба поддержки"
addresses = ["{desk}"]
timezone = "Europe/Moscow"
guide_url = "https://hoster.example/support"
phone = "+7 495 000-00-00"

[smtp]
listen = ["127.0.0.1:0"]
"""

_CUSTOMER = """\
id,login,contracts,domains,mailbox,contacts,language,vip
1001,client77,4512/2026,client-shop.ru,director@client-shop.ru,ivan@client.example,ru,yes
"""


class DemoFailed(Exception):
    """Something the story promises did not happen."""


@dataclass(frozen=True, slots=True)
class Made:
    """A letter that mailgate made: its id, Message-ID and envelope sender."""

    id: int
    message_id: str
    envelope_sender: str


class Stage:
    """A running mailgate. `settings` is its configuration file, `desk` the desk's address."""

    def __init__(self, desk: str, *, keep: bool) -> None:
        self.desk = desk
        self.folder = Path(tempfile.mkdtemp(prefix="mailgate-demo-"))
        self.settings = self.folder / "mailgate.toml"
        self._keep = keep
        self._state = self.folder / "state"

    def __enter__(self) -> Self:
        self.settings.write_text(_SETTINGS.format(folder=self.folder, desk=self.desk), "utf-8")
        self.tell("init")
        customers = self.folder / "customers.csv"
        customers.write_text(_CUSTOMER, "utf-8")
        self.tell("account", "import", str(customers))
        with (self.folder / "log").open("wb") as log:
            self._daemon = subprocess.Popen(self._command("run"), stderr=log)  # noqa: S603 - ourselves
        self._running = self._wait(lambda: state.read_running(self._state), "the service did not start")
        self._ledger = Ledger(state.ledger_path(self._state))
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _why: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._ledger.close()
        self._daemon.send_signal(signal.SIGTERM)
        self._daemon.wait(_PATIENCE)
        if not self._keep:
            shutil.rmtree(self.folder)

    def tell(self, *words: str) -> str:
        """What the command `mailgate WORDS` prints."""
        done = subprocess.run(self._command(*words), capture_output=True, text=True, check=False)  # noqa: S603 - ourselves
        if done.returncode:
            raise DemoFailed(f"mailgate {' '.join(words)}: {done.stderr}")
        return done.stdout

    def post(self, mail: Posted) -> int:
        """Send a mail over SMTP and wait until it is settled; its id."""
        host, _, port = self._running.listeners[0].rpartition(":")
        with smtplib.SMTP(host, int(port), timeout=_PATIENCE) as client:
            client.ehlo()
            client.mail(mail.sender)
            client.rcpt(mail.recipient)
            code, reply = client.data(mail.raw)
        if code != 250:  # noqa: PLR2004 - RFC 5321, 4.2.3: the mail was taken
            raise DemoFailed(f"the mail was refused: {code} {reply.decode()}")
        number = int(reply.split()[-1])
        self._wait(lambda: self._is_settled(number), f"mail {number} was not settled")
        return number

    def letter_to(self, mail: int) -> Made | None:
        """The letter that answers a mail, once it was handed over; None when there is none."""
        with self._ledger.read() as ask:
            row = mails.about(ask, mail)
        if row is None or row["letter"] is None:
            return None
        letter = int(row["letter"])
        return self._wait(lambda: self._handed_over(letter), f"letter {letter} was not handed over")

    def read_letter(self, letter: int) -> str:
        """A letter as the customer reads it, without what the operator is told about it."""
        return self.tell("outbox", "show", str(letter)).partition("\n\n")[2]

    def ticket_of(self, mail: int) -> int:
        """The ticket a mail opened or joined."""
        with self._ledger.read() as ask:
            row = mails.about(ask, mail)
        if row is None or row["ticket"] is None:
            raise DemoFailed(f"mail {mail} has no ticket")
        return int(row["ticket"])

    def _is_settled(self, mail: int) -> bool:
        with self._ledger.read() as ask:
            row = mails.about(ask, mail)
        return row is not None and row["state"] != "new"

    def _handed_over(self, letter: int) -> Made | None:
        with self._ledger.read() as ask:
            row = letters.about(ask, letter)
        if row is None or row.state is not letters.LetterState.SENT:
            return None
        return Made(row.id, row.message_id, row.envelope_sender)

    def _command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "mailgate", "--config", str(self.settings), *words]

    def _wait(self, look: Callable[[], _T | None], trouble: str) -> _T:
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            found = look()
            if found:
                return found
            time.sleep(0.02)
        log = (self.folder / "log").read_text("utf-8", "replace")
        raise DemoFailed(f"{trouble} within {_PATIENCE:.0f} s; the service said:\n{log}")
