"""A mailgate to give commands to: settings, a state, and mails settled by the real desk."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from mailgate import state
from mailgate.cli import main
from mailgate.config import read_settings
from mailgate.desk import Desk, Sources, Times
from mailgate.directory import TableDirectory
from mailgate.parse.pool import Pool
from mailgate.rulebook import rulebook_of
from mailgate.spool import Spool
from mailgate.store import mails
from mailgate.store.sqlite import Ledger, Row
from tests.builders import NOW, envelope

SETTINGS = """\
[state]
dir = "{folder}/state"
min_free_mb = 0

[desk]
name = "Служба поддержки"
addresses = ["support@hoster.example", "billing@hoster.example"]
timezone = "Europe/Moscow"

[smtp]
listen = ["127.0.0.1:0"]
"""


class Place:
    """Settings and a state in `folder`, with the clock at `NOW`."""

    def __init__(self, folder: Path, pool: Pool) -> None:
        self.folder = folder
        self.settings = folder / "mailgate.toml"
        self.settings.write_text(SETTINGS.format(folder=folder), "utf-8")
        self.state = folder / "state"
        state.create(self.state)
        self.ledger: Ledger = state.open_ledger(self.state)
        self.now = NOW
        self._pool = pool

    def post(self, raw: bytes, **changes: object) -> int:
        """Take a mail in and leave it waiting; its id."""
        spool = Spool(self.ledger, min_free=0, max_backlog=1000, max_bulk_backlog=1000, taken=lambda: None)
        spool.start()
        try:
            return spool.accept(envelope(received=self.now, **changes), raw).id
        finally:
            spool.close()

    def settle(self, tries: int = 3) -> None:
        """Settle all that waits."""
        rulebook = rulebook_of(read_settings(self.settings))
        sources = Sources(self._pool, TableDirectory(self.ledger))
        desk = Desk(
            self.ledger, sources, lambda: rulebook, Times(tries=tries), lambda: self.now, lambda: None
        )
        while desk.step() or desk.step_aside():
            pass

    def send(self, raw: bytes, **changes: object) -> int:
        """Take a mail in and settle it; its id."""
        mail = self.post(raw, **changes)
        self.settle()
        return mail

    def row(self, mail: int) -> Row:
        """The row of a mail."""
        with self.ledger.read() as ask:
            found = mails.about(ask, mail)
        assert found is not None
        return found

    @contextmanager
    def running(self) -> Iterator[None]:
        """As if a daemon worked on the state."""
        with state.alone(self.state):
            state.say_running(self.state, state.Running(1, "2026-11-23T12:00:00+00:00", ()))
            yield

    def call(self, *words: object, stdin: str | None = None) -> Result:
        """Give a command."""
        return CliRunner().invoke(main, ["--config", str(self.settings), *map(str, words)], input=stdin)

    def tell(self, *words: object) -> str:
        """What a command prints, which must go well."""
        done = self.call(*words)
        assert done.exit_code == 0, done.output
        return done.stdout

    def ask(self, *words: object) -> Any:
        """The JSON document that a command prints."""
        return json.loads(self.tell(*words, "--json"))


def question(
    message_id: str = "one",
    subject: str = "Question",
    text: str = "How do I add a mailbox?",
    sender: str = "ivan@client.example",
    *more: str,
) -> bytes:
    """A plain mail in English."""
    headers = (
        f"From: Ivan <{sender}>",
        f"Subject: {subject}",
        f"Message-ID: <{message_id}@client.example>",
        "Content-Type: text/plain; charset=utf-8",
        *more,
    )
    return "\r\n".join((*headers, "", text, "")).encode()
