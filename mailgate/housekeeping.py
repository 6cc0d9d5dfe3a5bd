"""What happens by the clock. The scheduler only wakes; what is due stands in the ledger's tables."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.schedulers.background import BackgroundScheduler

from mailgate import completing, deadlines, followup, health, state
from mailgate.apply import send
from mailgate.config import Settings
from mailgate.core import answer
from mailgate.core.effects import LetterKind
from mailgate.core.policy import Language
from mailgate.directory import Directory
from mailgate.rulebook import Rulebook
from mailgate.store import audit, tickets
from mailgate.store import letters as outbox
from mailgate.store.sqlite import Ledger, Work

_log = structlog.get_logger()

_DIGEST_AFTER = timedelta(hours=1)
_DIGEST_EVERY = timedelta(days=1)
_EVERY_SECONDS = 60
_CONCLUDE_SECONDS = 10  # somebody has confirmed, and somebody waits to hear it


def send_digests(ledger: Ledger, rulebook: Rulebook, now: datetime) -> int:
    """One letter, at most one a day, to each address whose tickets' own letters were postponed."""
    with ledger.write() as work:
        made = 0
        for address in tickets.postponed(work, now - _DIGEST_AFTER):
            if outbox.kind_to_since(work, LetterKind.DIGEST, address, now - _DIGEST_EVERY):
                continue
            try:
                with work.savepoint():
                    made += _send_digest(work, address, rulebook, now)
            except ValueError:
                # One address's trouble must not keep the others from their digest.
                _log.exception("digest.failed", address=address)
    return made


def _send_digest(work: Work, address: str, rulebook: Rulebook, now: datetime) -> int:
    numbers, codes = tickets.take_postponed(work, address)
    if tickets.is_muted(work, address):
        return 0
    letter = answer.digest(address, tuple(Language(code) for code in codes), numbers)
    send(work, None, letter, rulebook.letters, now)
    return 1


def log_head(ledger: Ledger) -> None:
    """Put the head of the audit trail into the log, so that records cut off later are missed."""
    with ledger.read() as ask:
        head = audit.head(ask)
    _log.info("audit.head", head=str(head))


class Housekeeping:
    """The daemon's clockwork. `letter_made` is called when letters may be due."""

    def __init__(
        self,
        ledger: Ledger,
        directory: Directory,
        settings: Callable[[], Settings],
        rulebook: Callable[[], Rulebook],
        letter_made: Callable[[], None],
    ) -> None:
        self._ledger = ledger
        self._directory = directory
        self._settings = settings
        self._rulebook = rulebook
        self._letter_made = letter_made
        self._aside = completing.Aside(time.monotonic)
        self._said: frozenset[str] = frozenset()
        defaults = {"coalesce": True, "max_instances": 1, "misfire_grace_time": 3600}
        self._scheduler = BackgroundScheduler(timezone=UTC, job_defaults=defaults, daemon=True)
        for job in (self._digests, self._follow_up, self._complete, self._watch):
            self._scheduler.add_job(job, "interval", seconds=_EVERY_SECONDS)
        self._scheduler.add_job(self._conclude, "interval", seconds=_CONCLUDE_SECONDS)
        # At once, too: a service that is started every night would else never say it.
        self._scheduler.add_job(self._log_head, "interval", days=1, next_run_time=datetime.now(UTC))

    def start(self) -> None:
        """Begin to wake."""
        self._scheduler.start()

    def stop(self) -> None:
        """Wake no more, and wait for what was begun."""
        self._scheduler.shutdown(wait=True)

    def _digests(self) -> None:
        if send_digests(self._ledger, self._rulebook(), datetime.now(UTC)):
            self._letter_made()

    def _follow_up(self) -> None:
        now = datetime.now(UTC)
        rulebook = self._rulebook()
        made = followup.remind(self._ledger, rulebook, now)
        if followup.close_silent(self._ledger, rulebook, now) or made:
            self._letter_made()

    def _conclude(self) -> None:
        now = datetime.now(UTC)
        rulebook = self._rulebook()
        deadlines.expire(self._ledger, rulebook, now)
        made = deadlines.remind(self._ledger, rulebook, now)
        if deadlines.conclude(self._ledger, rulebook, now) or made:
            self._letter_made()

    def _complete(self) -> None:
        made = completing.complete(
            self._ledger, self._directory, self._rulebook(), datetime.now(UTC), self._aside
        )
        if made:
            self._letter_made()

    def _log_head(self) -> None:
        log_head(self._ledger)

    def _watch(self) -> None:
        """Say each alarm and warning once, when it begins."""
        settings = self._settings()
        with self._ledger.read() as ask:
            found = health.look(ask, settings, state.read_running(settings.state.dir), datetime.now(UTC))
        for text in found.alarms:
            _log.error("health.alarm", what=text)
        for text in frozenset(found.warnings) - self._said:
            _log.warning("health.warning", what=text)
        self._said = frozenset(found.warnings)
