"""The IMAP door: each mailbox looked after by a worker of its own, so that none waits for another.

A mailbox is watched by IDLE, in short slices, so that the service can stop and a dead connection is found
within a minute; the whole folder is looked through every few minutes all the same, because servers forget
to tell. Where IDLE lacks it is asked often. Every trouble is one of three: the connection (tried again in
growing waits), our credentials (an alarm, and slow tries, because a storm of wrong passwords gets an
account locked), or our own room (a moment's wait; the connection stays).
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from mailgate import consent
from mailgate.config import ImapSettings
from mailgate.consent import ConsentNeeded
from mailgate.core.retry import connection_wait, refusal_wait
from mailgate.errors import Temporary
from mailgate.intake.imap_client import Declined, Lost, Refused
from mailgate.intake.imap_connection import ImapConnection
from mailgate.intake.imap_folder import OpenFolder, Post, Troubles
from mailgate.intake.imap_purge import Purge
from mailgate.intake.oauth import TokenSource
from mailgate.store import mailboxes
from mailgate.store.mailboxes import MailboxReport, MailboxState

_log = structlog.get_logger()

_SLICE = 1.0  # seconds of watching at a time
_WATCH = 45.0  # seconds until IDLE is said anew (RFC 2177 allows 29 minutes)
_ASK = 30.0  # seconds between questions where IDLE is not offered
_STUCK = 10.0  # seconds until a fetch that failed is tried again
_REPORT = 30.0  # seconds between reports in which only the time differs
_NO_ROOM = 1.0


class Mailbox:
    """Looks after one mailbox. `ticks` are seconds that never jump, `jitter` is in [0, 1)."""

    def __init__(
        self,
        settings: ImapSettings,
        post: Post,
        state_dir: Path,
        ticks: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._settings = settings
        self._post = post
        self._ticks = ticks
        self._jitter = jitter
        self._tokens = TokenSource(settings, state_dir, post.now) if settings.oauth else None
        self._troubles = Troubles()
        self._purge = Purge(settings, post, ticks)
        self._stopping = threading.Event()
        self._connection: ImapConnection | None = None
        self._folder: OpenFolder | None = None
        self._watched: float | None = None  # since when, by ticks
        self._look_at = 0.0
        self._not_before = ticks()
        self._failures: Counter[MailboxState] = Counter()
        self._report = MailboxReport(settings.name, MailboxState.FETCHING, post.now())
        self._reported = float("-inf")
        self._unwritten = False
        self._state_dir = state_dir
        self._refused_stamp = 0

    def step(self) -> bool:
        """Take a batch, or watch for a moment; False when there is nothing to do for now."""
        if self._stopping.is_set() or not self._is_time():
            return False
        try:
            return self._work()
        except Refused as why:
            # A token may have been taken back before its time: then the next one is good.
            again = self._tokens is not None and not self._failures[MailboxState.REFUSED]
            self._fail(MailboxState.REFUSED, why, connection_wait if again else refusal_wait)
        except ConsentNeeded as why:
            self._fail(MailboxState.REFUSED, why, refusal_wait)
        except (Lost, Declined) as why:
            self._fail(MailboxState.UNREACHABLE, why, connection_wait)
        except Temporary as why:
            self._wait_for_room(why)
        return False

    def stop(self) -> None:
        """Begin nothing more; from any thread."""
        self._stopping.set()

    def hurry(self) -> None:
        """Wait no longer for the next try: somebody may have mended what was wrong. From any thread."""
        self._not_before = self._ticks()

    def _is_time(self) -> bool:
        """Is the wait over? A change of our secret ends it."""
        if self._report.state is MailboxState.REFUSED and self._secret_stamp() != self._refused_stamp:
            self.hurry()  # for good: the state is another as soon as we are let in
        return self._ticks() >= self._not_before

    def _secret_stamp(self) -> int:
        """Changes when the file of our password or consent does."""
        path = self._settings.password_file or consent.path_of(self._state_dir, self._settings.name)
        try:
            return path.stat().st_mtime_ns
        except OSError:
            return 0

    def cut(self) -> None:
        """End what is being waited for; from any thread."""
        connection = self._connection
        if connection is not None:
            connection.cut()

    @property
    def is_connected(self) -> bool:
        """Is there a connection, on which something may be under way?"""
        return self._connection is not None

    def close(self) -> None:
        """Log out; when no step is being taken any more."""
        connection, self._connection, self._folder = self._connection, None, None
        if connection is not None:
            connection.close()

    def _work(self) -> bool:
        folder = self._folder or self._open()
        if self._watched is not None:
            return self._watch()
        if self._ticks() >= self._look_at:
            self._look(folder)
        took = folder.take()
        # A server that lists mails and gives none is in trouble all the same.
        self._failures.clear()
        if took:
            self._say(MailboxState.FETCHING, backlog=folder.backlog, last_mail=folder.taken_last)
            return True
        if self._here().has_news:
            # Of a mail that comes just before IDLE the server may tell in another answer, and not again.
            self._look_at = self._ticks()
            return True
        if folder.is_stuck:
            self._look_at = min(self._look_at, self._ticks() + _STUCK)
        self._say(MailboxState.WATCHING)
        if self._purge.is_due:
            self._folder = None  # another one is open on the connection until ours is opened again
            self._purge.step(self._here(), self._stopping.is_set)
            return True
        return self._watch()

    def _open(self) -> OpenFolder:
        """Connect and log in, if we are not, and open the folder."""
        if self._connection is None:
            self._connection = ImapConnection(self._settings, self._secret())
            _log.info("imap.connected", mailbox=self._settings.name, host=self._settings.host)
        self._folder = OpenFolder(self._connection, self._settings, self._post, self._troubles)
        self._look_at = self._ticks()
        self._say(MailboxState.FETCHING)
        return self._folder

    def _here(self) -> ImapConnection:
        if self._connection is None:
            raise Lost("the connection was ended")
        return self._connection

    def _secret(self) -> str:
        if self._tokens is not None:
            try:
                return self._tokens.access_token()
            except Temporary as why:
                raise Lost(str(why)) from why
        file = self._settings.password_file
        try:
            return file.read_text("utf-8").rstrip("\r\n") if file else ""
        except (OSError, ValueError) as why:
            raise Refused(f"the password cannot be read: {why}") from why

    def _look(self, folder: OpenFolder) -> None:
        folder.look()
        self._look_at = self._ticks() + self._settings.poll_seconds
        if folder.backlog:
            self._say(MailboxState.FETCHING, backlog=folder.backlog)

    def _watch(self) -> bool:
        """Wait a moment for news; False where that is not offered."""
        connection = self._here()
        if self._watched is None:
            if not connection.watch():
                self._look_at = min(self._look_at, self._ticks() + _ASK)
                return False
            self._watched = self._ticks()
        told = connection.is_told(_SLICE)
        now = self._ticks()
        if told or now - self._watched >= _WATCH or now >= self._look_at or self._stopping.is_set():
            self._watched = None
            connection.unwatch()
            self._say(MailboxState.WATCHING)
        return True

    def _fail(self, state: MailboxState, why: Exception, wait: Callable[[int, float], timedelta]) -> None:
        if state is MailboxState.REFUSED:
            self._refused_stamp = self._secret_stamp()
            if self._tokens is not None:
                self._tokens.forget()
        self._failures[state] += 1
        seconds = wait(self._failures[state], self._jitter()).total_seconds()
        self._not_before = self._ticks() + seconds
        self._watched = None
        self.cut()
        self._connection = self._folder = None
        if not self._stopping.is_set():
            tell = _log.error if state is MailboxState.REFUSED else _log.warning
            tell("imap.failed", mailbox=self._settings.name, why=str(why), next_try_in=round(seconds, 1))
        self._say(state, error=str(why))

    def _wait_for_room(self, why: Temporary) -> None:
        self._not_before = self._ticks() + _NO_ROOM
        self._watched = None
        self._say(MailboxState.WAITING, error=str(why), backlog=self._folder.backlog if self._folder else 0)

    def _say(
        self,
        state: MailboxState,
        *,
        error: str = "",
        backlog: int = 0,
        last_mail: datetime | None = None,
    ) -> None:
        """Write down how the mailbox fares: at once when it has changed, else now and then."""
        now, before = self._post.now(), self._report
        alive = state in {MailboxState.WATCHING, MailboxState.FETCHING} and self._connection is not None
        report = replace(
            before,
            state=state,
            since=before.since if state is before.state else now,
            contact=now if alive else before.contact,
            last_mail=last_mail or before.last_mail,
            backlog=backlog,
            error=error or before.error,
        )
        self._report = report
        changed = (report.state, report.error) != (before.state, before.error)
        if changed or self._unwritten or self._ticks() - self._reported >= _REPORT:
            self._write_report()

    def _write_report(self) -> None:
        try:
            with self._post.ledger.write() as work:
                mailboxes.write_report(work, self._report)
        except Temporary as why:
            self._unwritten = True
            _log.warning("imap.unreported", mailbox=self._settings.name, why=str(why))
        else:
            self._unwritten = False
            self._reported = self._ticks()
