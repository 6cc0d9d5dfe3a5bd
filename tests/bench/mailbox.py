"""The IMAP door against imapclient's own best: mails a second, how soon a mail is taken, memory."""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from imapclient import IMAPClient

from mailgate import log, state
from mailgate.config import Settings, policy_of
from mailgate.intake.imap import Mailbox
from mailgate.intake.imap_folder import Post
from mailgate.spool import Spool
from mailgate.store.sqlite import Ledger
from tests.bench import corpus
from tests.bench.servers import Gate
from tests.dovecot import PASSWORD, Dovecot

_BATCHES = (50, 200)
_LETTERS = 12
_DEADLINE = 300.0
_SECTION = """
[[imap]]
name = "bench"
host = "127.0.0.1"
port = {port}
tls = "none"
user = "{user}"
password_file = "{password}"
start = 2026-01-01T00:00:00Z
"""


@contextmanager
def _client(dovecot: Dovecot, user: str) -> Iterator[IMAPClient]:
    with IMAPClient("127.0.0.1", dovecot.port, ssl=False, timeout=30) as client:
        client.login(user, PASSWORD)
        client.select_folder("INBOX", readonly=True)
        yield client


def _best_fetch(dovecot: Dovecot, user: str, many: int) -> float:
    """The library's best as it ships: whole mails in batches, thrown away; mails a second.

    It pays for debug texts that its public interface cannot switch off and that our door does
    switch off (`imap_client.Client`). Without them it fetches four to five times as many, and our
    share is about a tenth: read the ratio as a gain over the library's usual user, not as
    nearness to what the server can give.
    """
    rates = []
    for size in _BATCHES:
        with _client(dovecot, user) as client:
            uids = client.search("ALL")
            began = time.perf_counter()
            for at in range(0, len(uids), size):
                client.fetch(uids[at : at + size], ["BODY.PEEK[]"])
            rates.append(many / (time.perf_counter() - began))
    return max(rates)


class _Door:
    """A mailbox's poller over a fresh state, with the desk idle."""

    def __init__(self, folder: Path, dovecot: Dovecot, user: str) -> None:
        (folder / "password").write_text(PASSWORD, "utf-8")
        state.create(folder / "state")
        settings = Settings.model_validate(
            {
                "state": {"dir": str(folder / "state")},
                "desk": {"name": "Support", "addresses": ["support@hoster.example"]},
                "imap": [
                    {
                        "name": "bench",
                        "host": "127.0.0.1",
                        "port": dovecot.port,
                        "tls": "none",
                        "user": user,
                        "password_file": str(folder / "password"),
                        "start": "2026-01-01T00:00:00Z",
                    }
                ],
            }
        )
        self.ledger: Ledger = state.open_ledger(folder / "state")
        self.spool = Spool(
            self.ledger, min_free=0, max_backlog=10**9, max_bulk_backlog=10**9, taken=lambda: None
        )
        self.spool.start()
        policy = policy_of(settings, state.read_keys(folder / "state"))
        post = Post(self.ledger, self.spool, lambda: policy, lambda: datetime.now(UTC))
        self.mailbox = Mailbox(settings.imap[0], post, folder / "state")

    def count(self, sql: str) -> int:
        with self.ledger.read() as ask:
            return ask.count(sql)

    def until(self, sql: str, many: int) -> None:
        """Take steps until a query counts so many."""
        deadline = time.monotonic() + _DEADLINE
        while self.count(sql) < many:
            if time.monotonic() > deadline:
                raise TimeoutError(sql)
            self.mailbox.step()

    def close(self) -> None:
        self.mailbox.close()
        self.spool.close()
        self.ledger.close()


def rates(many: int, pairs: int) -> tuple[list[float], list[float]]:
    """Mails a second by our door (fetched, committed, moved) and by the library's best fetch, in turn."""
    log.configure(level="error")
    ours, best = [], []
    mails = corpus.mails(many)
    with Dovecot() as dovecot:
        for turn in range(pairs):
            user = f"turn{turn}"
            dovecot.fill(user, mails)
            best.append(_best_fetch(dovecot, user, many))
            with tempfile.TemporaryDirectory() as folder:
                door = _Door(Path(folder), dovecot, user)
                began = time.perf_counter()
                door.until("SELECT count(*) FROM origin WHERE state = 'moved'", many)
                ours.append(many / (time.perf_counter() - began))
                door.close()
    return ours, best


def delays() -> tuple[float, float]:
    """Median seconds from APPEND to the spool while IDLE is on; and to the library's IDLE alone."""
    log.configure(level="error")
    ours, bare = [], []
    mails = corpus.mails(2 * _LETTERS, seed=3)
    with Dovecot() as dovecot, tempfile.TemporaryDirectory() as folder:
        door = _Door(Path(folder), dovecot, "support")
        for _ in range(3):
            door.mailbox.step()
        for count in range(_LETTERS):
            dovecot.append("support", mails[2 * count])
            began = time.perf_counter()
            door.until("SELECT count(*) FROM mail", count + 1)
            ours.append(time.perf_counter() - began)
            door.until("SELECT count(*) FROM origin WHERE state = 'moved'", count + 1)
            door.mailbox.step()
            bare.append(_bare_delay(dovecot, mails[2 * count + 1]))
        door.close()
    return statistics.median(ours), statistics.median(bare)


def _bare_delay(dovecot: Dovecot, raw: bytes) -> float:
    with _client(dovecot, "other") as client:
        client.idle()
        client.idle_check(timeout=0.2)
        dovecot.append("other", raw)
        began = time.perf_counter()
        while not client.idle_check(timeout=5):
            pass
        took = time.perf_counter() - began
        client.idle_done()
    return took


async def _peak(many: int) -> tuple[float, float]:
    gate = Gate()
    with Dovecot() as dovecot:
        dovecot.append("support", corpus.mails(1, seed=9)[0])
        password = gate.folder / "password"
        password.write_text(PASSWORD, "utf-8")
        gate.add(_SECTION.format(port=dovecot.port, user="support", password=password))
        await asyncio.to_thread(gate.start)
        ledger = gate.ledger()
        await _settled(ledger, 1)
        rest = gate.memory()
        await asyncio.to_thread(gate.stop_only)
        for seed in range(10, 10 + many // 2000):
            await asyncio.to_thread(dovecot.fill, "support", corpus.mails(2000, seed=seed))
        await asyncio.to_thread(gate.start)
        peak = 0.0
        done = asyncio.create_task(_settled(ledger, many + 1))
        while not done.done():
            peak = max(peak, gate.memory())
            await asyncio.sleep(0.2)
        await done
        ledger.close()
        await asyncio.to_thread(gate.stop)
    return rest, peak


async def _settled(ledger: Ledger, many: int) -> None:
    async with asyncio.timeout(_DEADLINE):
        while True:
            with ledger.read() as ask:
                if ask.count("SELECT count(*) FROM mail WHERE state = 'done'") >= many:
                    return
            await asyncio.sleep(0.1)


def memory(many: int = 20_000) -> tuple[float, float]:
    """MB of a service at rest, and the highest while it takes so many waiting mails from a mailbox."""
    return asyncio.run(_peak(many))
