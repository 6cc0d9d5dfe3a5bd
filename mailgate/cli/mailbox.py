"""How commands show a mailbox: as a line, a row, fields, or JSON."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from mailgate.cli import show
from mailgate.mailbox_health import MailboxHealth
from mailgate.store import rows
from mailgate.store.mailboxes import MailboxState

_STATES = {
    MailboxState.WATCHING: "watching for new mail",
    MailboxState.FETCHING: "fetching",
    MailboxState.WAITING: "waiting for room",
    MailboxState.UNREACHABLE: "cannot be reached",
    MailboxState.REFUSED: "does not let us in",
}
_NEVER = "not begun"
_NOT_RUNNING = "not watched: mailgate is not running"


def mailbox_line(one: MailboxHealth) -> str:
    """A mailbox in one line of `status`."""
    report = one.report
    if report is None:
        return _NEVER
    if not one.runs:
        return _NOT_RUNNING
    state = _STATES[report.state]
    waiting = f", {report.backlog} wait" if report.backlog else ""
    if not report.error or not _is_trouble(report.state):
        return f"{state}{waiting}"
    # Most errors say by themselves that the server cannot be reached, or does not let us in.
    return f"{report.error}{waiting}" if state in report.error else f"{state}{waiting}: {report.error}"


def _is_trouble(state: MailboxState) -> bool:
    return state not in {MailboxState.WATCHING, MailboxState.FETCHING}


def mailbox_row(one: MailboxHealth, zone: ZoneInfo) -> tuple[str, ...]:
    """A mailbox as a row of `imap list`."""
    report = one.report
    days = "" if one.token_days is None else str(one.token_days)
    if report is None:
        return one.mailbox.name, _NEVER, "", "", "", str(one.stepped_over), days, ""
    return (
        one.mailbox.name,
        report.state if one.runs else "not running",
        show.local(report.since, zone),
        _shown(report.last_mail, zone),
        str(report.backlog),
        str(one.stepped_over),
        days,
        report.error if _is_trouble(report.state) else "",
    )


def mailbox_fields(one: MailboxHealth, zone: ZoneInfo) -> tuple[tuple[str, str], ...]:
    """A mailbox as the fields of `imap show`."""
    report, mailbox = one.report, one.mailbox
    where = f"{mailbox.user} at {mailbox.host}:{mailbox.server_port}, {mailbox.folder}"
    days = "" if one.token_days is None else f"{one.token_days} days" if one.token_days else "none"
    if report is None:
        return ("Mailbox", mailbox.name), ("Where", where), ("State", _NEVER), ("Consent", days)
    return (
        ("Mailbox", mailbox.name),
        ("Where", where),
        (
            "State",
            f"{_STATES[report.state]}, since {show.local(report.since, zone)}" if one.runs else _NOT_RUNNING,
        ),
        ("Last contact", _shown(report.contact, zone)),
        ("Last mail", _shown(report.last_mail, zone)),
        ("Waiting", str(report.backlog)),
        (
            "Last error",
            report.error if _is_trouble(report.state) or not report.error else f"{report.error} (over)",
        ),
        ("Consent", days),
    )


def mailbox_document(one: MailboxHealth) -> dict[str, Any]:
    """A mailbox as JSON has it."""
    report = one.report
    return {
        "name": one.mailbox.name,
        "state": report.state if report else None,
        "runs": one.runs,
        "since": rows.time_text(report.since) if report else None,
        "contact": _text(report.contact) if report else None,
        "last_mail": _text(report.last_mail) if report else None,
        "backlog": report.backlog if report else 0,
        "error": report.error if report else "",
        "not_fetched_count": one.stepped_over,
        "token_days": one.token_days,
    }


def _shown(moment: datetime | None, zone: ZoneInfo) -> str:
    return "never" if moment is None else show.local(moment, zone)


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else rows.time_text(moment)
