"""The invariants, as figures: what `mailgate status` shows and the watchdog looks at."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from mailgate import mailbox_health
from mailgate.config import Settings
from mailgate.core.effects import Verdict
from mailgate.mailbox_health import MailboxHealth
from mailgate.state import Running
from mailgate.store import accounts, backlog, challenges, letters, mailboxes, mails
from mailgate.store.letters import Counts
from mailgate.store.sqlite import Ask

_HOUR = timedelta(hours=1)
_MIB = 1024 * 1024
_NAMED = 10  # tickets in a warning


class Level(StrEnum):
    """How the service is."""

    OK = "ok"
    WARNING = "warning"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Health:
    """All figures. `verdicts` has every Verdict; `accepted` is counted apart from the mails' rows.

    `bulk` of the `new` mails are never answered: they may wait, and no alarm is about them.
    """

    accepted: int
    new: int
    bulk: int
    verdicts: tuple[tuple[Verdict, int], ...]
    oldest_new_seconds: int
    oldest_due_seconds: int
    outbox: Counts
    listeners: tuple[str, ...]
    mailboxes: tuple[MailboxHealth, ...]
    alarms: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def level(self) -> Level:
        """The worst of what was found."""
        return Level.CRITICAL if self.alarms else Level.WARNING if self.warnings else Level.OK


def look(ask: Ask, settings: Settings, running: Running | None, now: datetime) -> Health:
    """The figures of a ledger at `now`."""
    totals = mails.totals(ask)
    verdicts = tuple((verdict, totals.get(verdict, 0)) for verdict in Verdict)
    counts = letters.counts(ask)
    oldest_new = _age(backlog.oldest(ask), now)
    oldest_due = _age(letters.oldest_due(ask), now)
    health = Health(
        accepted=totals["accepted"],
        new=totals.get("new", 0),
        bulk=backlog.size(ask, bulk=True),
        verdicts=verdicts,
        oldest_new_seconds=oldest_new,
        oldest_due_seconds=oldest_due,
        outbox=counts,
        listeners=running.listeners if running else (),
        mailboxes=mailbox_health.look(ask, settings, now, runs=running is not None),
        alarms=(),
        warnings=(),
    )
    sent = letters.sent_since(ask, now - _HOUR)
    return replace(
        health,
        alarms=(*_alarms(health, settings, running, sent), *mailbox_health.alarms(health.mailboxes)),
        warnings=(
            *_warnings(health, settings),
            *_consents(ask, now),
            *(_directory(ask) if running and settings.directory.kind == "http" else ()),
            *mailbox_health.warnings(health.mailboxes, mailboxes.born(ask), now),
        ),
    )


def _age(since: datetime | None, now: datetime) -> int:
    return 0 if since is None else max(0, int((now - since).total_seconds()))


def _alarms(health: Health, settings: Settings, running: Running | None, sent: int) -> list[str]:
    late = settings.limits.late_after_seconds
    bound = settings.limits.letters_an_hour
    disk = os.statvfs(settings.state.dir)
    free = disk.f_bavail * disk.f_frsize // _MIB
    ended = sum(many for _, many in health.verdicts)
    waiting = health.new - health.bulk
    found = {
        "not running: no mail is taken and no letter sent": running is None,
        f"{health.accepted} mails were accepted, but {health.new} wait and {ended} ended": (
            health.accepted != health.new + ended
        ),
        f"a mail waits for {health.oldest_new_seconds} s: acknowledgements are late": (
            health.oldest_new_seconds > late
        ),
        f"a letter waits for {health.oldest_due_seconds} s: see `mailgate outbox list --state due`": (
            health.oldest_due_seconds > late
        ),
        f"{free} MiB free on {settings.state.dir}: new mails are put off": (
            free < settings.state.min_free_mb
        ),
        f"{waiting} mails wait: new ones are put off": waiting >= settings.state.max_backlog,
        f"{sent} letters went out within the hour, {bound} are allowed: letters wait": sent >= bound,
    }
    return [text for text, holds in found.items() if holds]


def _warnings(health: Health, settings: Settings) -> list[str]:
    parked = dict(health.verdicts)[Verdict.PARKED]
    found = {
        "letters are not sent: no [relay] host; they go to the Maildir letters/ in the state folder": (
            not settings.relay.host
        ),
        f"{parked} mails are parked: see `mailgate mail list --state parked`": parked > 0,
        f"{health.outbox.held} letters are held: see `mailgate outbox list --state held`": (
            health.outbox.held > 0
        ),
    }
    return [text for text, holds in found.items() if holds]


def _consents(ask: Ask, now: datetime) -> Iterator[str]:
    """What owners answered that staff must see."""
    waiting = challenges.waiting(ask, _NAMED)
    if waiting:
        yield f"answers of owners wait for `mailgate ticket confirm`: {_tickets(waiting)}"
    lost = challenges.undelivered(ask, _NAMED)
    if lost:
        yield f"letters that ask an owner did not reach him: {_tickets(lost)}; see `mailgate ticket show`"
    refused = challenges.refused(ask, now, _NAMED)
    if refused:
        yield f"owners refused what was asked in their name: {_tickets(refused)}; see `mailgate ticket show`"


def _tickets(numbers: tuple[int, ...]) -> str:
    return ", ".join(f"#{number}" for number in numbers)


def _directory(ask: Ask) -> Iterator[str]:
    """The trouble of the directory service, as the running service met it when it last asked."""
    found = accounts.trouble(ask)
    if found is not None:
        trouble, since = found
        yield f"{trouble}, since {since:%Y-%m-%d %H:%M} UTC: who writes is not known until it answers"
