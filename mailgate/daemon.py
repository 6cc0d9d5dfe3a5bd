"""The wiring: what runs in `mailgate run`, how it starts, says it is ready, reloads and stops.

Order matters. Parse readers start before the ledger is opened (never fork with SQLite open); READY is
said when the listeners stand; on SIGTERM the doors close first, then what was taken is settled and
sent as far as the time allows, and what is left waits in the ledger for the next start.
"""

import asyncio
import os
import signal
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import structlog

from mailgate import deadlines, log, state
from mailgate.config import Settings, read_settings
from mailgate.courier import start_couriers
from mailgate.desk import Desk, Sources, Times
from mailgate.directory import make_directory
from mailgate.errors import MailgateError
from mailgate.hourly import HourlyBound
from mailgate.housekeeping import Housekeeping
from mailgate.intake.imap_folder import Post
from mailgate.intake.imap_worker import start_mailboxes
from mailgate.intake.panel import Behind, make_panel
from mailgate.intake.smtp import SmtpDoor
from mailgate.notify import notify, watchdog_seconds
from mailgate.parse.pool import Pool
from mailgate.rulebook import Rulebook, rulebook_of
from mailgate.spool import Spool
from mailgate.store import backlog, handover, letters, runs
from mailgate.store.sqlite import Ledger
from mailgate.worker import Worker, share_one_heap, spare_the_collector, stay_on_one_core

_log = structlog.get_logger()

_MIB = 1024 * 1024
_READERS_SECONDS = 5.0
_DOOR_GRACE = 5.0
_DRAIN_SECONDS = 10.0
_STUCK_SECONDS = 60.0
_RESTART = ("state", "parse", "relay", "imap", "directory")
_RESTART_KEYS = {
    "smtp": ("listen", "lmtp", "lmtp_mode", "hostname"),
    "limits": ("letters_an_hour", "max_tries"),
    "panel": ("listen", "mode"),
}


def run(path: Path) -> int:
    """Run the service by the settings in `path` until SIGTERM or SIGINT; the exit code.

    Raises BadSettings, BadState, LedgerMissing, LedgerTooNew, AlreadyRunning.
    """
    settings = read_settings(path)
    log.configure(journal="JOURNAL_STREAM" in os.environ, for_good=True)
    share_one_heap()
    with state.alone(settings.state.dir), ExitStack() as opened:
        asyncio.run(Daemon(path, settings, opened).serve())
    return 0


def _now() -> datetime:
    return datetime.now(UTC)


class Daemon:
    """The running service. What it opens is closed by `opened`, in reverse order."""

    def __init__(self, path: Path, settings: Settings, opened: ExitStack) -> None:
        self._path = path
        self.settings = settings
        self._rulebook = rulebook_of(settings)
        pool = Pool(settings.parse.workers, settings.parse.memory_mb * _MIB)
        opened.callback(pool.close)
        self._pool = pool
        self.ledger = _open_ledger(settings, self._rulebook)
        directory = make_directory(settings, self.ledger)
        self._desk = self._make_desk(Sources(pool, directory))
        self._desk_workers = (
            Worker("desk", self._desk.step),
            Worker("desk-aside", self._desk.step_aside),
        )
        self._bound = HourlyBound(settings.limits.letters_an_hour)
        self._couriers = start_couriers(self.ledger, settings, self._bound, _now)
        self.spool = Spool(
            self.ledger,
            min_free=settings.state.min_free_mb * _MIB,
            max_backlog=settings.state.max_backlog,
            max_bulk_backlog=settings.state.max_bulk_backlog,
            taken=self._desk_workers[0].wake,
        )
        behind = Behind(self.ledger, self.spool, directory, lambda: self._rulebook, _now, self._letters_made)
        self._panel = make_panel(settings.panel, behind)
        post = Post(self.ledger, self.spool, lambda: self._rulebook.policy, _now)
        self._mailboxes = start_mailboxes(settings.imap, post, settings.state.dir)
        self._door = SmtpDoor(settings.smtp, self._rulebook.policy.desk, self.spool, _now)
        self._housekeeping = Housekeeping(
            self.ledger, directory, lambda: self.settings, lambda: self._rulebook, self._letters_made
        )

    def _make_desk(self, sources: Sources) -> Desk:
        parse = self.settings.parse
        times = Times(parse.timeout, parse.timeout_alone, self.settings.limits.max_tries)
        return Desk(self.ledger, sources, lambda: self._rulebook, times, _now, self._mails_settled)

    def _mails_settled(self) -> None:
        self._letters_made()
        if self._panel:
            self._panel.settled()

    def _letters_made(self) -> None:
        for courier in self._couriers:
            courier.wake()

    async def serve(self) -> None:
        """Start, serve until told to stop, drain."""
        stay_on_one_core()
        await self._begin_readers()
        loop = asyncio.get_running_loop()
        stop = asyncio.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, stop.set)
        loop.add_signal_handler(signal.SIGHUP, self.reload)
        # The listeners first: when one cannot be opened nothing else has begun.
        await self._open_doors()
        self.spool.start()
        for worker in (*self._desk_workers, *self._couriers, *self._mailboxes):
            worker.start()
        self._housekeeping.start()
        try:
            self._say_ready()
            spare_the_collector()
            while not await _elapsed(stop, watchdog_seconds() or _STUCK_SECONDS):
                self._feed_watchdog()
        finally:
            await self._drain()

    async def _begin_readers(self) -> None:
        """Who writes first must not wait for them; where they cannot be had, his mail asks for them again."""
        begun = self._pool.begin(self._rulebook.policy.sought)
        await asyncio.wait(map(asyncio.wrap_future, begun), timeout=_READERS_SECONDS)

    async def _open_doors(self) -> None:
        await self._door.start()
        try:
            if self._panel is not None:
                await self._panel.start()
        except OSError:
            await self._door.stop(0)
            raise

    def _say_ready(self) -> None:
        panel = (self._panel.address,) if self._panel else ()
        listeners = (*(listener.address for listener in self._door.listeners), *panel)
        running = state.Running(os.getpid(), _now().isoformat(timespec="seconds"), listeners)
        state.say_running(self.settings.state.dir, running)
        if not self.settings.relay.host:
            _log.warning("relay.none", what="letters are not sent: they go to letters/ in the state folder")
        _log.info("daemon.ready", listeners=" ".join(listeners), pid=os.getpid())
        notify("READY=1", f"STATUS=listening on {', '.join(listeners)}")

    def _feed_watchdog(self) -> None:
        """The supervisor hears of us only while the doors and the desk live."""
        stuck = [
            worker.name
            for worker in self._desk_workers
            if not worker.is_alive or worker.silent_for() > _STUCK_SECONDS
        ]
        closed = not self._door.is_serving or (self._panel and not self._panel.is_serving)
        if stuck or closed or not self.spool.is_alive:
            _log.error("daemon.stuck", workers=" ".join(stuck), spool=self.spool.is_alive)
        else:
            notify("WATCHDOG=1")

    def reload(self) -> None:
        """Read the settings anew; the old ones stay when the new are bad."""
        notify("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")
        try:
            wanted = read_settings(self._path)
            needs = restart_needed(self.settings, wanted)
            settings = _without_restart(self.settings, wanted)
            rulebook = rulebook_of(settings)
            self._door.reload(settings.smtp, rulebook.policy.desk)
        except (MailgateError, OSError) as why:
            for line in str(why).splitlines():
                _log.error("reload.refused", why=line, what="the old settings stay in force")
        else:
            if needs:
                _log.warning("reload.needs_restart", settings=" ".join(needs))
            self.settings, self._rulebook = settings, rulebook
            if self._panel:
                self._panel.reload(settings.panel)
            for mailbox in self._mailboxes:
                mailbox.hurry()
            _log.info("daemon.reloaded")
        finally:
            notify("READY=1")

    async def _drain(self) -> None:
        notify("STOPPING=1")
        _log.info("daemon.stopping")
        panel = (self._panel.stop(_DOOR_GRACE),) if self._panel else ()
        await asyncio.gather(self._door.stop(_DOOR_GRACE), *panel)
        await asyncio.get_running_loop().run_in_executor(None, self._finish)
        _log.info("daemon.stopped")

    def _finish(self) -> None:
        self._housekeeping.stop()
        deadline = time.monotonic() + _DRAIN_SECONDS
        fetched = _end(self._mailboxes, deadline)
        self.spool.close()
        _wait_until(lambda: self._waiting() == 0, deadline)
        ended = _end(self._desk_workers, deadline) and fetched
        self._letters_made()
        # What the bound of the hour keeps is not waited for: it leaves after the next start.
        _wait_until(lambda: self._bound.is_spent or not self._is_any_due(), deadline)
        ended = _end(self._couriers, deadline + _DRAIN_SECONDS) and ended
        state.end_numbers(self.ledger)
        # A thread that still waits for its smarthost ends with the process; its ledger stays open for it.
        if ended:
            self.ledger.close()

    def _waiting(self) -> int:
        with self.ledger.read() as ask:
            return backlog.size(ask)

    def _is_any_due(self) -> bool:
        with self.ledger.read() as ask:
            return letters.due_since(ask, _now()) is not None


def restart_needed(old: Settings, new: Settings) -> tuple[str, ...]:
    """The settings that differ and take effect only after a restart."""
    sections = [name for name in _RESTART if getattr(old, name) != getattr(new, name)]
    keys = [
        f"{section}.{key}"
        for section, names in _RESTART_KEYS.items()
        for key in names
        if getattr(getattr(old, section), key) != getattr(getattr(new, section), key)
    ]
    return (*sections, *keys)


def _without_restart(old: Settings, new: Settings) -> Settings:
    """The new settings, with the old values where only a restart brings the new ones."""
    kept = {
        section: getattr(new, section).model_copy(
            update={key: getattr(getattr(old, section), key) for key in names}
        )
        for section, names in _RESTART_KEYS.items()
    }
    return new.model_copy(update={**kept, **{name: getattr(old, name) for name in _RESTART}})


def _open_ledger(settings: Settings, rulebook: Rulebook) -> Ledger:
    ledger = state.open_ledger(settings.state.dir)
    behind = state.continue_numbers(ledger)
    if behind:
        _log.warning("numbers.skipped", behind=behind, what="unclean stop, or the ledger was restored")
    if runs.is_older(ledger):
        void = deadlines.void_all(ledger, rulebook, _now())
        _log.warning("ledger.restored", void_challenges=void, what="an older ledger; what was open is void")
    runs.begin(ledger)
    if deadlines.note_key(ledger, rulebook, _now()):
        _log.info("key.rotated")
    with ledger.write() as work:
        left = handover.recover(work, _now())
    for letter in left:
        _log.warning("letter.ambiguous", letter=letter, what=letters.AMBIGUOUS)
    return ledger


async def _elapsed(stop: asyncio.Event, seconds: float) -> bool:
    """Wait for `stop`, at most `seconds`; whether it was set."""
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return False
    return True


def _wait_until(holds: Callable[[], bool], deadline: float) -> None:
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.02)


def _end(workers: tuple[Worker, ...], deadline: float) -> bool:
    """Stop workers and wait for them; whether all ended in time."""
    for worker in workers:
        worker.stop()
    left = [worker.name for worker in workers if not worker.join(max(0.1, deadline - time.monotonic()))]
    for name in left:
        _log.warning("worker.left", worker=name)
    return not left
