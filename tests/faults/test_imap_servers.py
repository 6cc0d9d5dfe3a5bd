"""Servers that refuse, lie and attack: the IMAP door keeps its bounds, its secrets and its patience."""

import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from mailgate.intake import imap, imap_client
from mailgate.store.mailboxes import MailboxState
from mailgate.store.sqlite import Ledger
from tests.dovecot import PASSWORD
from tests.fetching import SLICE, Fetching, raw_mail, settings
from tests.scripted_imap import Line, Mail, Script, ScriptedImap
from tests.scripted_mailbox import Told

ONE, TWO, THREE = raw_mail("one"), raw_mail("two"), raw_mail("three")
MAILS = (Mail(0, ONE), Mail(0, TWO), Mail(0, THREE))
GIB = 1024**3
Open = Callable[..., tuple[ScriptedImap, Fetching]]


@pytest.fixture
def opened(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Make a scripted server and a poller of its mailbox."""
    monkeypatch.setattr(imap, "_SLICE", SLICE)
    monkeypatch.setattr(imap_client, "READ_SECONDS", 5.0)
    with ExitStack() as ended:

        def make(script: Script, **changes: object) -> tuple[ScriptedImap, Fetching]:
            server = ended.enter_context(ScriptedImap(script))
            mailbox = settings(ledger.path.parent, server.port, **changes)
            return server, ended.enter_context(Fetching(ledger, mailbox))

        yield make


def always(verb: str, reply: str | None = None, **more: object) -> Line:
    return Line(verb, reply, always=True, **more)  # type: ignore[arg-type] # a test names fields by keyword


def at_rest(box: Fetching) -> None:
    """Run until it watches, through all failures and waits."""
    for _ in range(60):
        box.run()
        if box.is_watching and not box.mailbox._folder.is_stuck:  # type: ignore[union-attr] # it is open
            return
        box.wait(max(box.waits, 10))
        if box.is_watching:
            box.step()
    raise AssertionError(box.report)


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
    at_rest(box)
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
        at_rest(box)

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


@pytest.mark.parametrize(
    "odd",
    [
        Mail(0, TWO, told=Told.NOTHING),
        Mail(0, TWO, told=Told.NO_BODY),
        Mail(0, TWO, told=Told.NIL),
        Mail(0, TWO, date="99-Foo-2026 99:00:00 +0000"),
        Mail(0, TWO, date="31-Dec-9999 23:59:59 -1400"),
    ],
)
def test_f25_f28_a_mail_the_server_says_no_sense_of_is_stepped_over(opened: Open, odd: Mail) -> None:
    server, box = opened(Script((MAILS[0], odd, MAILS[2])))
    at_rest(box)

    assert box.taken() == [ONE, THREE]
    assert list(box.stepped_over()) == [2]
    assert server.connections == 1


FETCH = Line("UID FETCH", "", only="BODY.PEEK[]")
LITERAL = b"* 2 FETCH (UID 2 BODY[] {%d}\r\nabc"
LIES = {
    "a literal of 10 GB": replace(FETCH, before=LITERAL % (10 * GIB)),
    "a literal without end": replace(FETCH, before=LITERAL % (10 * GIB), endless=b"x" * 65536),
    "a line without end": replace(FETCH, before=b"* 2 FETCH (UID 2 BODY[] ", endless=b"x" * 65536),
    "lines without end": replace(FETCH, endless=b"* OK x\r\n" * 8000),
    "long lines without end": replace(FETCH, endless=b"* OK " + b"x" * 900_000 + b"\r\n"),
    "literals without end": replace(FETCH, endless=b"* 2 FETCH (UID 2 BODY[] {3}\r\nabc)\r\n" * 500),
    "a number for a text": replace(FETCH, reply="OK", before=b"* 2 FETCH (UID 2 BODY[] 99999999999)\r\n"),
    "a search without end": Line("UID SEARCH", "", before=b"* SEARCH", endless=b" 1 2 3" * 8000),
    "a list without end": Line("LIST", "", endless=b'* LIST () "/" "x"\r\n' * 8000),
    "a greeting without end": Line("GREETING", "", endless=b"x" * 65536),
    "capabilities without end": Line("LOGIN", "", before=b"* CAPABILITY ", endless=b"IDLE " * 8000),
    "nonsense without end in idle": Line("IDLE", "+ idling", endless=b"* OK still here\r\n" * 4000),
}


@pytest.mark.parametrize("line", LIES.values(), ids=LIES)
def test_f28_a09_a_flood_is_cut_off_in_bounded_memory_and_the_next_mails_are_taken(
    opened: Open, line: Line
) -> None:
    server, box = opened(Script(MAILS, lines=(line,)))
    tracemalloc.start()
    try:
        at_rest(box)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert sorted(box.taken()) == sorted([ONE, TWO, THREE])
    assert box.stepped_over() == {}
    assert server.mails() == ()
    assert most < 40 * 1024**2


@pytest.mark.parametrize("octets", [10 * GIB, 2_000_000_000])
def test_f28_a_mail_that_always_floods_is_stepped_over_and_the_next_are_taken(
    opened: Open, octets: int
) -> None:
    flood = b"* 2 FETCH (UID 2 BODY[] {%d}\r\n" % octets
    lines = [
        always("UID FETCH", "", only=f"UID FETCH {uids} (BODY.PEEK[]"[4:], before=flood)
        for uids in ("2", "1,2,3", "2,3")
    ]
    server, box = opened(Script(MAILS, lines=tuple(lines)))
    at_rest(box)

    assert sorted(box.taken()) == sorted([ONE, THREE])
    assert "announced" in box.stepped_over()[2]
    assert [mail.uid for mail in server.mails()] == [2]


@pytest.mark.parametrize(
    ("told", "taken", "whole"),
    [
        (1, True, 0),  # smaller than it is, by a little
        (26_214_401, True, 26_214_401),  # larger than is taken whole, and is not
        (2**63 - 1, True, 2**63 - 1),
        (2**63, False, 0),
        (10**30, False, 0),
    ],
)
def test_f28_a_size_that_is_a_lie_harms_no_other(opened: Open, told: int, whole: int, *, taken: bool) -> None:
    server, box = opened(Script((MAILS[0], Mail(0, TWO, size=told), MAILS[2])))
    at_rest(box)

    assert sorted(box.taken()) == sorted([ONE, TWO, THREE] if taken else [ONE, THREE])
    assert list(box.stepped_over()) == ([] if taken else [2])
    assert [one.whole_size for one in box.envelopes() if one.whole_size] == ([whole] if whole else [])
    assert server.connections == 1


def test_f28_a_mail_much_larger_than_its_told_size_is_not_read(opened: Open) -> None:
    huge = Mail(0, raw_mail("huge", text="x" * 30_000_000), size=100)
    _, box = opened(Script((MAILS[0], huge, MAILS[2])))
    tracemalloc.start()
    try:
        at_rest(box)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert sorted(box.taken()) == sorted([ONE, THREE])
    assert list(box.stepped_over()) == [2]
    assert most < 120_000_000  # the server's own copies of it live in this process, too


@pytest.mark.parametrize("words", ["UIDVALIDITY 0", "UIDVALIDITY 99999999999999999999", "UIDVALIDITY x"])
def test_f28_a_folder_whose_numbers_cannot_be_is_not_read(opened: Open, words: str) -> None:
    lie = always(
        "SELECT", "OK done", before=f"* 3 EXISTS\r\n* OK [{words}] x\r\n* OK [UIDNEXT 4] x\r\n".encode()
    )
    _, box = opened(Script(MAILS, lines=(lie,)))
    for _ in range(3):
        box.run().wait(box.waits)

    assert box.fares() is MailboxState.UNREACHABLE
    assert box.taken() == []


def test_f24_a_server_that_does_not_tell_uidnext_doubles_nothing_either(opened: Open) -> None:
    def select(validity: int) -> Line:
        return always(
            "SELECT",
            "OK done",
            obeyed=True,
            before=f"* 3 EXISTS\r\n* OK [UIDVALIDITY {validity}] x\r\n".encode(),
        )

    server, box = opened(Script(MAILS, lines=(select(1),)), done="")
    at_rest(box)
    server.expect(select(2))
    server._stage.script.pop(0)
    box.later = timedelta(days=20)
    with capture_logs() as logs:
        at_rest(box.restart())

    assert box.taken() == [ONE, TWO, THREE]
    assert [one["event"] for one in logs if one["log_level"] == "error"] == ["imap.uidvalidity"]
