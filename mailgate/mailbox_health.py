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
    """A mailbox's figures. `report` is None before its poller has begun.

    `stepped_over` mails could not be fetched. `token_days` are left of its consent; None: it needs none.
    """

    mailbox: ImapSettings
    report: MailboxReport | None
    stepped_over: int
    token_days: int | None


def look(ask: Ask, settings: Settings, now: datetime) -> tuple[MailboxHealth, ...]:
    """The figures of every configured mailbox."""
    return tuple(
        MailboxHealth(
            mailbox=mailbox,
            report=mailboxes.report_of(ask, mailbox.name),
            stepped_over=len(mailboxes.stepped_over(ask, mailbox.account, mailbox.folder, _MOST)),
            token_days=_token_days(mailbox, settings, now),
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
        if report is not None and report.state is MailboxState.REFUSED:
            yield f"mailbox {one.mailbox.name}: {report.error}"


def warnings(found: tuple[MailboxHealth, ...], born: datetime, now: datetime) -> Iterator[str]:
    """What an operator should see to soon. `born` is when the ledger was."""
    for one in found:
        name, report = one.mailbox.name, one.report
        if report is not None and report.state is MailboxState.UNREACHABLE:
            minutes = int((now - report.since).total_seconds()) // 60
            if minutes >= one.mailbox.unreachable_after_minutes:
                yield f"mailbox {name} cannot be reached for {minutes} minutes: {report.error}"
        elif report is not None and report.contact is not None:
            minutes = int((now - report.contact).total_seconds()) // 60
            if report.state in _ALIVE and minutes >= one.mailbox.unreachable_after_minutes:
                yield f"mailbox {name} has said nothing for {minutes} minutes"
        quiet = one.mailbox.quiet_after_hours
        hours = (now - ((report and report.last_mail) or born)) // _HOUR
        if quiet and hours >= quiet:
            yield f"no mail came to mailbox {name} for {hours} hours"
        if one.stepped_over:
            yield (
                f"{one.stepped_over} mails of mailbox {name} could not be fetched: "
                f"see `mailgate imap show {name}`"
            )
        if one.mailbox.oauth and one.token_days is not None and one.token_days <= one.mailbox.oauth.warn_days:
            yield f"the consent of mailbox {name} ends in {one.token_days} days: run {consent.command(name)}"
