"""Servers that refuse, lie and attack: the IMAP door keeps its bounds, its secrets and its patience."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from mailgate.store.mailboxes import MailboxState
from tests.dovecot import PASSWORD
from tests.fetching import Fetching, raw_mail
from tests.scripted_imap import Line, Mail, Script, ScriptedImap

ONE, TWO, THREE = raw_mail("one"), raw_mail("two"), raw_mail("three")
MAILS = (Mail(0, ONE), Mail(0, TWO), Mail(0, THREE))
GIB = 1024**3
Open = Callable[..., tuple[ScriptedImap, Fetching]]


def always(verb: str, reply: str | None = None, **more: object) -> Line:
    return Line(verb, reply, always=True, **more)  # type: ignore[arg-type] # a test names fields by keyword


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (always("GREETING", "* BYE too many connections"), "too many connections"),
        (always("GREETING", "220 smtp.example ESMTP"), "cannot be reached"),
        (always("GREETING", "", drop=True), "cannot be reached"),
        (always("LOGIN", "NO [UNAVAILABLE] the directory is down"), "the directory is down"),
        (always("LOGIN", "* BYE shutting down", drop=True), "shutting down"),
        (always("LOGIN", "", drop=True), "login: "),
        (always("SELECT", "NO [NONEXISTENT] no such folder"), "folder INBOX cannot be opened: "),
        (always("SELECT", "BAD what"), "folder INBOX cannot be opened: "),
        (always("SELECT", "OK [READ-WRITE] done"), "folder INBOX cannot be opened: "),
        (always("UID SEARCH", "NO [UNAVAILABLE] index is being rebuilt"), "index is being rebuilt"),
        (always("UID SEARCH", "BAD what"), "UID SEARCH"),
        (always("UID SEARCH", "* BYE \x07 good night", drop=True), "good night"),
        (always("UID FETCH", "NO [UNAVAILABLE] no storage", only="BODY.PEEK"), "no storage"),
        (always("UID FETCH", "* BYE no storage", only="BODY.PEEK", drop=True), "no storage"),
        (always("UID SEARCH", "garbage"), "UID SEARCH"),
    ],
)
def test_f27_a_server_in_trouble_is_left_alone_for_growing_times(
    opened: Open, line: Line, error: str
) -> None:
    server, box = opened(Script(MAILS, lines=(line,)))
    waits = []
    for jitter in (0.0, 0.0, 0.0, 0.0, 0.9):
        box.jitter = jitter
        box.run()
        assert box.fares() is MailboxState.UNREACHABLE
        waits.append(box.waits)
        assert not box.wait(box.waits - 0.1).step()
        box.wait(0.1)
    assert waits == pytest.approx([1, 2, 4, 8, 16 * 1.225])
    assert error in box.report.error
    assert box.report.error.isprintable()
    assert server.connections == 5

    server._stage.script.clear()
    box.jitter = 0.0
    box.rest()
    box.later = timedelta(minutes=31)  # for a mail that was stepped over meanwhile
    box.look()
    assert sorted(box.taken()) == sorted([ONE, TWO, THREE])
    assert box.fares() is MailboxState.WATCHING
    assert error in box.report.error  # of the last trouble, for who asks later


@pytest.mark.parametrize(
    "reply", ["NO [AUTHENTICATIONFAILED] no", "NO no", "BAD no", "NO [ALERT] your account is locked"]
)
def test_f27_a_refusal_is_an_alarm_and_waits_minutes(opened: Open, reply: str) -> None:
    server, box = opened(Script(lines=(always("LOGIN", reply),)))
    with capture_logs() as logs:
        for wait in (60, 120, 240, 480, 960, 1800, 1800):
            box.run()
            assert box.waits == pytest.approx(wait)
            for _ in range(10):
                assert not box.wait(wait / 10 - 0.001).step()
            box.wait(0.02)
    assert box.fares() is MailboxState.REFUSED
    assert [one["log_level"] for one in logs if one["event"] == "imap.failed"] == ["error"] * 7
    assert server.verbs.count("LOGIN") == 7
    assert PASSWORD not in box.report.error + str(logs)


def test_f24_a_mail_under_a_new_uidvalidity_does_not_pay_for_another_of_its_uid(opened: Open) -> None:
    declined = always("UID FETCH", "NO [SERVERBUG] cannot", only="1 (B")
    server, box = opened(Script((Mail(0, ONE),), (declined,)))
    box.run()
    box.wait(10).step()
    box.run()  # twice declined: the next time it will be stepped over
    server.recreate(2, Mail(0, TWO))
    server.hang_up()
    while box.step():
        pass
    box.wait(2).run()
    assert box.stepped_over() == {}
    server._stage.script.clear()
    box.rest()

    assert box.taken() == [TWO]


def test_f27_an_alert_in_passing_is_no_trouble(opened: Open) -> None:
    alert = b"* OK [ALERT] system shutdown in 10 minutes\r\n"
    lines = tuple(always(verb, before=alert) for verb in ("LOGIN", "SELECT", "UID SEARCH", "UID FETCH"))
    server, box = opened(Script(MAILS, lines=lines))
    box.run()

    assert box.taken() == [ONE, TWO, THREE]
    assert server.connections == 1


def test_f27_one_mail_that_is_declined_blocks_no_other_and_is_told(opened: Open) -> None:
    bad = [
        always("UID FETCH", "NO [SERVERBUG] cannot", only=uids) for uids in ("FETCH 2 (BODY", "1,2,3 (BODY")
    ]
    server, box = opened(Script(MAILS, lines=tuple(bad)))
    with capture_logs() as logs:
        box.rest()

    assert box.taken() == [ONE, THREE]
    assert list(box.stepped_over()) == [2]
    assert "cannot" in box.stepped_over()[2]
    assert [one["event"] for one in logs if one["log_level"] == "error"] == ["imap.stepped_over"]
    assert [mail.uid for mail in server.mails()] == [2]
    assert server.connections == 1
    server.add(Mail(0, raw_mail("next")))
    box.look()
    assert box.taken()[-1] == raw_mail("next")
    # It is tried again only now and then, and not at all when it has gone.
    asked = server.verbs.count("UID FETCH")
    box.look()
    assert server.verbs.count("UID FETCH") == asked
    box.later = timedelta(minutes=31)
    box.look()
    assert server.verbs.count("UID FETCH") == asked + 2
    server.remove(2)
    box.later = timedelta(minutes=62)
    box.look()
    assert box.stepped_over() == {}


def test_f24_a_server_that_does_not_tell_uidnext_doubles_nothing_either(opened: Open) -> None:
    def select(validity: int) -> Line:
        return always(
            "SELECT",
            "OK done",
            obeyed=True,
            before=f"* 3 EXISTS\r\n* OK [UIDVALIDITY {validity}] x\r\n".encode(),
        )

    server, box = opened(Script(MAILS, lines=(select(1),)), done="")
    box.rest()
    server.expect(select(2))
    server._stage.script.pop(0)
    box.later = timedelta(days=20)
    with capture_logs() as logs:
        box.restart().rest()

    assert box.taken() == [ONE, TWO, THREE]
    assert [one["event"] for one in logs if one["log_level"] == "error"] == ["imap.uidvalidity"]
