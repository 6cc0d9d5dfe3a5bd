"""A desk in this process, for tests of doors that ask what became of a mail."""

from collections.abc import Sequence
from concurrent.futures import Future
from datetime import UTC, datetime

from mailgate.config import Settings
from mailgate.core.mail import Envelope, Mail
from mailgate.core.policy import Sought
from mailgate.desk import Desk, Sources, Times
from mailgate.directory import TableDirectory
from mailgate.parse.message import parse
from mailgate.parse.pool import Late, Reading
from mailgate.rulebook import rulebook_of
from mailgate.store.sqlite import Ledger, Row

DESK = {"name": "Desk", "addresses": ["support@hoster.example", "billing@hoster.example"]}


class Reader:
    """Reads at once and in this process."""

    def submit_all(self, came: Sequence[tuple[Envelope, bytes]], _seconds: float, sought: Sought) -> Reading:
        done: Future[list[Mail | Late]] = Future()
        done.set_result([parse(raw, envelope, sought=sought) for envelope, raw in came])
        return Reading(len(came), [done])


def settle(ledger: Ledger) -> list[Row]:
    """Settle all mails that wait; the rows of all mails, in the order they came in."""
    chosen = Settings.model_validate(
        {"state": {"dir": str(ledger.path.parent), "min_free_mb": 0}, "desk": DESK}
    )
    rulebook = rulebook_of(chosen)
    desk = Desk(
        ledger,
        Sources(Reader(), TableDirectory(ledger)),  # type: ignore[arg-type] # a pool of no processes
        lambda: rulebook,
        Times(),
        lambda: datetime.now(UTC),
        lambda: None,
    )
    while desk.step():
        pass
    with ledger.read() as ask:
        return ask.rows("SELECT * FROM mail ORDER BY id")


def letters_of(ledger: Ledger) -> list[bytes]:
    """All letters, in the order they were made."""
    with ledger.read() as ask:
        return [row["raw"] for row in ask.rows("SELECT raw FROM letter ORDER BY id")]
