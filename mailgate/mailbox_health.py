"""How the mailboxes fare, as figures: what their pollers wrote down, what is left of their consents."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailgate import consent
from mailgate.config import ImapSettings, Settings
from mailgate.consent import ConsentNeeded
from mailgate.store import mailboxes
from mailgate.store.mailboxes import MailboxReport, MailboxState
from mailgate.store.sqlite import Ask

_HOUR = timedelta(hours=1)
_MOST = 1000
_ALIVE = frozenset({MailboxState.WATCHING, MailboxState.FETCHING})


@dataclass(frozen=True, slots=True)
class MailboxHealth:
    """A mailbox's figures. `report` is None before its poller has begun; it is old when nothing `runs`.

    `stepped_over` mails could not be fetched. `token_days` are left of its consent; None: it needs none.
    """

    mailbox: ImapSettings
    report: MailboxReport | None
    stepped_over: int
    token_days: int | None
    runs: bool = True


def look(ask: Ask, settings: Settings, now: datetime, *, runs: bool) -> tuple[MailboxHealth, ...]:
    """The figures of every configured mailbox; `runs`: is there a daemon that looks after them?"""
    return tuple(
        MailboxHealth(
            mailbox=mailbox,
            report=mailboxes.report_of(ask, mailbox.name),
            stepped_over=len(mailboxes.stepped_over(ask, mailbox.account, mailbox.folder, _MOST)),
            token_days=_token_days(mailbox, settings, now),
            runs=runs,
        )
        for mailbox in settings.imap
    )


def _token_days(mailbox: ImapSettings, settings: Settings, now: datetime) -> int | None:
    if mailbox.oauth is None or mailbox.oauth.grant != "refresh_token":
        return None
    try:
        held = consent.read(settings.state.dir, mailbox.name)
    except (ConsentNeeded, OSError):
        return 0
    return 0 if held is None else held.days_left(now)


def alarms(found: tuple[MailboxHealth, ...]) -> Iterator[str]:
    """What an operator must see to now."""
    for one in found:
        report = one.report
        if one.runs and report is not None and report.state is MailboxState.REFUSED:
            yield f"mailbox {one.mailbox.name}: {report.error}"


def warnings(found: tuple[MailboxHealth, ...], born: datetime, now: datetime) -> Iterator[str]:
    """What an operator should see to soon. `born` is when the ledger was."""
    for one in found:
        if one.runs and one.report is not None:
            yield from _silence(one.mailbox, one.report, now)
        yield from _quiet(one, born, now)
        if one.stepped_over:
            yield (
                f"{one.stepped_over} mails of mailbox {one.mailbox.name} could not be fetched: "
                f"see `mailgate imap show {one.mailbox.name}`"
            )
        yield from _consent(one)


def _silence(mailbox: ImapSettings, report: MailboxReport, now: datetime) -> Iterator[str]:
    if report.state is MailboxState.UNREACHABLE:
        minutes = int((now - report.since).total_seconds()) // 60
        if minutes >= mailbox.unreachable_after_minutes:
            yield f"mailbox {mailbox.name} cannot be reached for {minutes} min: {report.error}"
    elif report.state in _ALIVE and report.contact is not None:
        minutes = int((now - report.contact).total_seconds()) // 60
        if minutes >= mailbox.unreachable_after_minutes:
            yield f"mailbox {mailbox.name} has said nothing for {minutes} min"


def _quiet(one: MailboxHealth, born: datetime, now: datetime) -> Iterator[str]:
    quiet = one.mailbox.quiet_after_hours
    hours = (now - ((one.report and one.report.last_mail) or born)) // _HOUR
    if quiet and hours >= quiet:
        yield f"no mail came to mailbox {one.mailbox.name} for {hours} h"


def _consent(one: MailboxHealth) -> Iterator[str]:
    """What is left of a consent; a refused one is an alarm already."""
    refused = one.report is not None and one.report.state is MailboxState.REFUSED
    if one.mailbox.oauth is None or one.token_days is None or refused:
        return
    name, run = one.mailbox.name, consent.command(one.mailbox.name)
    if not one.token_days:
        yield f"mailbox {name} has no consent that is still good: run {run}"
    elif one.token_days <= one.mailbox.oauth.warn_days:
        yield f"the consent of mailbox {name} ends in {one.token_days} days: run {run}"
