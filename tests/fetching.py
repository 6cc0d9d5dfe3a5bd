"""A mailbox that is looked after step by step, for tests of the IMAP door: no thread, no clock of its own."""

from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from mailgate.config import ImapSettings
from mailgate.core.mail import Envelope
from mailgate.core.policy import Policy
from mailgate.intake.imap import Mailbox
from mailgate.intake.imap_folder import Post
from mailgate.spool import Receipt, Spool
from mailgate.store import mailboxes, mails, rows
from mailgate.store.idempotency import IdempotencyKey
from mailgate.store.mailboxes import MailboxReport, MailboxState, Origin
from mailgate.store.sqlite import Ledger
from tests.builders import policy
from tests.dovecot import PASSWORD

SLICE = 0.01
"""Seconds of IDLE a step watches for: tests set it, so that nothing waits a second for nothing."""
_STEPS = 2000


def now() -> datetime:
    """The real time: servers stamp mails with it."""
    return datetime.now(UTC)


def ago(**by: float) -> datetime:
    """A time in the past, in whole seconds as INTERNALDATE has them."""
    return now().replace(microsecond=0) - timedelta(**by)


def raw_mail(name: str, *, more: str = "", text: str = "words\r\n") -> bytes:
    """A customer's mail, `name` in everything that tells it from others; `more` are header lines."""
    return (
        f"Return-Path: <ivan@client.example>\r\nFrom: Ivan <ivan@client.example>\r\n"
        f"To: support@hoster.example\r\nMessage-ID: <{name}@client.example>\r\n{more}"
        f"Subject: Question {name}\r\nDate: Mon, 23 Nov 2026 12:00:00 +0000\r\n\r\n{text}"
    ).encode()


def settings(state_dir: Path, port: int, **changes: object) -> ImapSettings:
    """A mailbox `support` at loopback's `port`, in plain; its password is in `state_dir`."""
    password = state_dir / "password"
    password.write_text(f"{PASSWORD}\n", "utf-8")
    plain: dict[str, object] = {
        "name": "support",
        "host": "127.0.0.1",
        "port": port,
        "tls": "none",
        "user": "support",
        "password_file": password,
        "start": datetime(2000, 1, 1, tzinfo=UTC),
    }
    chosen = {**plain, **changes}
    if chosen.get("auth", "password") != "password":
        del chosen["password_file"]
    return ImapSettings.model_validate(chosen)


class Refusing(Spool):
    """A spool that can be told to fail: `trouble` is what every mail gets instead of a commit."""

    trouble: Exception | None = None

    def submit(
        self,
        envelope: Envelope,
        raw: bytes,
        *,
        once: bool = False,
        origin: Origin | IdempotencyKey | None = None,
    ) -> "Future[Receipt]":
        if self.trouble is None:
            return super().submit(envelope, raw, once=once, origin=origin)
        failed: Future[Receipt] = Future()
        failed.set_exception(self.trouble)
        return failed


class Fetching:
    """Looks after one mailbox by hand, into a ledger of its own or a given one.

    `ticks` is what the mailbox takes for the seconds; only tests move it. `jitter` is fixed.
    """

    def __init__(self, ledger: Ledger, mailbox: ImapSettings, rules: Policy | None = None) -> None:
        self.ledger = ledger
        self.settings = mailbox
        self.policy = rules or policy()
        self.ticks = 1000.0
        self.jitter = 0.0
        self.later = timedelta(0)
        self.spool = Refusing(
            ledger, min_free=0, max_backlog=10_000, max_bulk_backlog=10_000, taken=lambda: None
        )
        self.spool.start()
        self.post = Post(ledger, self.spool, lambda: self.policy, self.clock)
        self.mailbox = self.hire()

    def clock(self) -> datetime:
        """The mailbox's time: the real one, or `later`."""
        return now() + self.later

    def hire(self) -> Mailbox:
        """A fresh poller, as after a restart."""
        folder = self.ledger.path.parent
        return Mailbox(self.settings, self.post, folder, lambda: self.ticks, lambda: self.jitter)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, why: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.mailbox.close()
        self.spool.close()

    def step(self) -> bool:
        return self.mailbox.step()

    @property
    def is_watching(self) -> bool:
        """Does it wait in IDLE?"""
        return self.mailbox._watched is not None

    def run(self) -> Self:
        """Step until it watches, or has nothing to do, or waits after a failure."""
        for _ in range(_STEPS):
            if not self.step() or self.is_watching:
                return self
        raise AssertionError(f"not at rest after {_STEPS} steps")

    def rest(self) -> Self:
        """Run until it watches and no mail waits for another try, through all failures and waits."""
        for _ in range(60):
            self.run()
            folder = self.mailbox._folder
            if self.is_watching and folder is not None and not folder.is_stuck:
                return self
            self.wait(max(self.waits, 10))
            if self.is_watching:
                self.step()
        raise AssertionError(self.report)

    def step_until_listed(self) -> Self:
        """Look at what lies there, and fetch nothing of it yet."""
        folder = self.mailbox._open()
        self.mailbox._look(folder)
        return self

    def look(self) -> Self:
        """Let the time of the next full look come, and run."""
        self.wait(self.settings.poll_seconds)
        if self.is_watching:
            self.step()
        return self.run()

    def wait(self, seconds: float) -> Self:
        """Let time pass."""
        self.ticks += seconds
        return self

    @property
    def waits(self) -> float:
        """Seconds until it tries again."""
        return self.mailbox._not_before - self.ticks

    def restart(self) -> Self:
        """As after a crash: the connection is gone, and a new poller begins."""
        self.mailbox.cut()
        self.mailbox = self.hire()
        return self

    def taken(self) -> list[bytes]:
        """The mails in the ledger, in the order they came in; copies too."""
        with self.ledger.read() as ask:
            found = mails.listing(ask, "", 100_000, 1 << 60)
            return [mails.raw_of(ask, row["id"]) or b"" for row in reversed(found)]

    def count(self) -> int:
        """How many mails are in the ledger."""
        with self.ledger.read() as ask:
            return mails.totals(ask)["accepted"]

    def envelopes(self) -> list[Envelope]:
        """Their envelopes."""
        with self.ledger.read() as ask:
            return [rows.envelope_of(row) for row in reversed(mails.listing(ask, "", 100_000, 1 << 60))]

    def copies(self) -> list[int | None]:
        """For each mail, the one it is a copy of."""
        with self.ledger.read() as ask:
            return [row["duplicate_of"] for row in reversed(mails.listing(ask, "", 100_000, 1 << 60))]

    def origins(self) -> dict[int, str]:
        """What became of the mails in the mailbox, by UID."""
        with self.ledger.read() as ask:
            found = ask.rows("SELECT uid, state FROM origin ORDER BY folder, uid")
            return {row["uid"]: row["state"] for row in found}

    def stepped_over(self) -> dict[int, str]:
        """Why mails were stepped over, by UID."""
        with self.ledger.read() as ask:
            found = mailboxes.stepped_over(ask, self.settings.account, self.settings.folder, 1000)
            return {row["uid"]: row["why"] for row in found}

    def fares(self) -> MailboxState:
        """Its state, as it last wrote it down."""
        return self.report.state

    @property
    def report(self) -> MailboxReport:
        """What it last wrote down."""
        with self.ledger.read() as ask:
            found = mailboxes.report_of(ask, self.settings.name)
        assert found is not None
        return found


@contextmanager
def fetching(ledger: Ledger, mailbox: ImapSettings, *others: ImapSettings) -> Iterator[tuple[Fetching, ...]]:
    """Several pollers over one ledger."""
    with ExitStack() as opened:
        yield tuple(opened.enter_context(Fetching(ledger, one)) for one in (mailbox, *others))


def done_folder(moment: datetime | None = None, *, separator: str = "/") -> str:
    """Where mails are moved to by default."""
    return (moment or now()).strftime(f"Done{separator}%Y-%m")
