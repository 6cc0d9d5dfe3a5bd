"""What one settle costs with 1,000 tickets and with 1,000,000, seeded without raw mail."""

import statistics
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import Future
from datetime import UTC, datetime
from pathlib import Path

from mailgate import log, state
from mailgate.config import Settings
from mailgate.core.mail import Door, Envelope, Mail
from mailgate.core.number import number_of
from mailgate.core.policy import Sought
from mailgate.desk import Desk, Sources, Times
from mailgate.directory import TableDirectory
from mailgate.parse.message import parse
from mailgate.parse.pool import Late, Reading
from mailgate.rulebook import rulebook_of
from mailgate.spool import Spool
from mailgate.store.sqlite import Ledger
from tests.bench import corpus

_ROUNDS = 6
_MAILS = 160
_FIRST = 100_000


class _Parsed:
    """A pool that has parsed before the clock runs: parsing is not what is measured."""

    def __init__(self) -> None:
        self._mails: dict[bytes, Mail] = {}

    def parse(self, raw: bytes, envelope: Envelope) -> None:
        self._mails[raw] = parse(raw, envelope)

    def submit_all(
        self, mails: Sequence[tuple[Envelope, bytes]], _seconds: float, _sought: Sought
    ) -> Reading:
        done: Future[list[Mail | Late]] = Future()
        done.set_result([self._mails.pop(raw) for _, raw in mails])
        return Reading(len(mails), [done])


def _seed(ledger: Ledger, tickets: int) -> None:
    with ledger.write() as work:
        work.run(
            """WITH RECURSIVE count (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM count WHERE n < :many)
            INSERT INTO mail (state, door, hop, peer, sender, recipients, received, size, digest, message_id,
            verdict, rule) SELECT 'done', 'smtp', '', '', '', '[]', '2026-01-01T00:00:00.000000Z', 0,
            randomblob(32), '<' || n || '@seed.example>', 'opened', 'open_ticket' FROM count""",
            many=tickets,
        )
        work._connection.create_function("number_of", 1, number_of)
        work.run(
            """INSERT INTO ticket (number, status, subject, requester, languages, opened, changed)
            SELECT number_of(id + :first), 'open', 'seed', 'client' || (id % 50000) || '@client.example',
            '["ru"]', received, received FROM mail""",
            first=_FIRST,
        )
        work.run("INSERT INTO participant (ticket, address) SELECT number, requester FROM ticket")
        work.run(
            """INSERT INTO entry (ticket, author, kind, at, text, mail)
            SELECT number, requester, 'request', opened, 'seed', NULL FROM ticket"""
        )
        work.run("UPDATE counter SET value = :value WHERE name = 'ticket'", value=_FIRST + tickets)
        work.run("UPDATE mail SET ticket = (SELECT number FROM ticket ORDER BY number LIMIT 1)")


class _House:
    """A desk over a seeded ledger."""

    def __init__(self, folder: Path, tickets: int) -> None:
        state.create(folder)
        desk = {"name": "Support", "addresses": ["support@hoster.example"]}
        settings = Settings.model_validate({"state": {"dir": str(folder)}, "desk": desk})
        self._ledger = state.open_ledger(folder)
        _seed(self._ledger, tickets)
        rulebook = rulebook_of(settings)
        self._pool = _Parsed()
        self._desk = Desk(
            self._ledger,
            Sources(self._pool, TableDirectory(self._ledger)),  # type: ignore[arg-type] # no processes
            lambda: rulebook,
            Times(),
            lambda: datetime.now(UTC),
            lambda: None,
        )
        self._spool = Spool(
            self._ledger, min_free=0, max_backlog=10**9, max_bulk_backlog=10**9, taken=lambda: None
        )
        self._spool.start()

    def settle(self, mails: list[bytes]) -> float:
        """Seconds to settle one mail, on average."""
        recipients = ("support@hoster.example",)
        for raw in mails:
            envelope = Envelope(Door.SMTP, "client1@client.example", recipients, datetime.now(UTC))
            self._pool.parse(raw, envelope)
            self._spool.submit(envelope, raw).result()
        began = time.perf_counter()
        while self._desk.step():
            pass
        return (time.perf_counter() - began) / len(mails)

    def close(self) -> None:
        self._spool.close()
        self._ledger.close()


def costs() -> tuple[float, float]:
    """Mean seconds a mail with 1,000 and with 1,000,000 tickets, measured in turn.

    The mean, since every other round pays for a checkpoint of the ledger's log, which is a cost like others.
    """
    log.configure(level="error")
    small, large = [], []
    with tempfile.TemporaryDirectory() as folder:
        few = _House(Path(folder) / "few", 1_000)
        many = _House(Path(folder) / "many", 1_000_000)
        for turn in range(_ROUNDS + 1):
            mails = corpus.mails(_MAILS, seed=100 + turn)
            found = few.settle(mails), many.settle(mails)
            if turn:  # the first round warms the caches
                small.append(found[0])
                large.append(found[1])
        few.close()
        many.close()
    return statistics.mean(small), statistics.mean(large)
