"""How mailboxes fare, as operators are told: alarms, warnings, lines, rows and JSON."""

from dataclasses import replace
from datetime import timedelta

import pytest

from mailgate.cli.mailbox import mailbox_document, mailbox_line
from mailgate.config import ImapSettings
from mailgate.mailbox_health import MailboxHealth, alarms, warnings
from mailgate.store.mailboxes import MailboxReport, MailboxState
from tests.builders import NOW

BORN = NOW - timedelta(days=10)
WAITED = NOW - timedelta(minutes=20)
OAUTH = {"token_url": "https://t.example/", "authorize_url": "https://a.example/", "client_id": "us"}


def settings(**changes: object) -> ImapSettings:
    plain = {"name": "support", "host": "imap.hoster.example", "user": "u", "password_file": "/dev/null"}
    return ImapSettings.model_validate({**plain, **changes})


def consenting() -> ImapSettings:
    return settings(auth="xoauth2", password_file=None, oauth={**OAUTH, "grant": "refresh_token"})


def report(state: MailboxState = MailboxState.WATCHING, **changes: object) -> MailboxReport:
    plain = MailboxReport("support", state, WAITED, contact=NOW, last_mail=NOW)
    return replace(plain, **changes)  # type: ignore[arg-type] # the fields of the report


def health(
    found: MailboxReport | None,
    mailbox: ImapSettings | None = None,
    *,
    stepped_over: int = 0,
    days: int | None = None,
) -> MailboxHealth:
    return MailboxHealth(mailbox or settings(), found, stepped_over, days)


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (health(None), []),
        (health(report()), []),
        (
            health(report(MailboxState.UNREACHABLE, error="refused")),
            ["mailbox support cannot be reached for 20 min: refused"],
        ),
        (health(report(MailboxState.UNREACHABLE, since=NOW)), []),
        (
            health(report(MailboxState.UNREACHABLE), settings(unreachable_after_minutes=30)),
            [],
        ),
        (
            health(report(contact=WAITED)),
            ["mailbox support has said nothing for 20 min"],
        ),
        (
            health(report(last_mail=NOW - timedelta(hours=7)), settings(quiet_after_hours=6)),
            ["no mail came to mailbox support for 7 h"],
        ),
        (health(report(last_mail=None), settings(quiet_after_hours=300)), []),
        (
            health(report(last_mail=None), settings(quiet_after_hours=48)),
            ["no mail came to mailbox support for 240 h"],
        ),
        (
            health(report(), stepped_over=3),
            ["3 mails of mailbox support could not be fetched: see `mailgate imap show support`"],
        ),
        (
            health(report(), consenting(), days=14),
            ["the consent of mailbox support ends in 14 days: run `mailgate imap authorize support`"],
        ),
        (health(report(), consenting(), days=15), []),
        (
            health(report(), consenting(), days=0),
            ["mailbox support has no consent that is still good: run `mailgate imap authorize support`"],
        ),
        (health(report(MailboxState.REFUSED, error="revoked"), consenting(), days=0), []),
        (replace(health(report(MailboxState.UNREACHABLE)), runs=False), []),
    ],
)
def test_warnings(one: MailboxHealth, said: list[str]) -> None:
    assert list(warnings((one,), BORN, NOW)) == said


def test_a_refusal_is_an_alarm_at_once() -> None:
    refused = health(report(MailboxState.REFUSED, since=NOW, error="the server does not let us in: no"))

    assert list(alarms((health(report()), refused))) == ["mailbox support: the server does not let us in: no"]


@pytest.mark.parametrize(
    ("one", "line"),
    [
        (health(None), "not begun"),
        (health(report(error="an old trouble")), "watching for new mail"),
        (health(report(MailboxState.FETCHING, backlog=7)), "fetching, 7 wait"),
        (health(report(MailboxState.WAITING, backlog=7, error="full")), "waiting for room, 7 wait: full"),
        (health(report(MailboxState.UNREACHABLE, error="why")), "cannot be reached: why"),
        (health(report(MailboxState.REFUSED, error="why")), "does not let us in: why"),
        (replace(health(report()), runs=False), "not watched: mailgate is not running"),
    ],
)
def test_a_line_of_status(one: MailboxHealth, line: str) -> None:
    assert mailbox_line(one) == line


def test_json_has_utc_times_and_nulls() -> None:
    assert mailbox_document(health(None)) == {
        "name": "support",
        "state": None,
        "runs": True,
        "since": None,
        "contact": None,
        "last_mail": None,
        "backlog": 0,
        "error": "",
        "not_fetched_count": 0,
        "token_days": None,
    }
    found = mailbox_document(health(report(last_mail=None, backlog=2), consenting(), stepped_over=1, days=3))
    assert found["contact"].endswith("Z")
    assert (found["state"], found["last_mail"], found["backlog"]) == ("watching", None, 2)
    assert (found["not_fetched_count"], found["token_days"]) == (1, 3)
