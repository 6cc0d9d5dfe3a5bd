"""Servers that lie and flood: the IMAP door keeps its bounds, and a mail it cannot have stops no other."""

import tracemalloc
from collections.abc import Callable
from dataclasses import replace

import pytest

from mailgate.store.mailboxes import MailboxState
from tests.fetching import Fetching, raw_mail
from tests.scripted_imap import Line, Mail, Script, ScriptedImap
from tests.scripted_mailbox import Told

ONE, TWO, THREE = raw_mail("one"), raw_mail("two"), raw_mail("three")
MAILS = (Mail(0, ONE), Mail(0, TWO), Mail(0, THREE))
GIB = 1024**3
Open = Callable[..., tuple[ScriptedImap, Fetching]]


def always(verb: str, reply: str | None = None, **more: object) -> Line:
    return Line(verb, reply, always=True, **more)  # type: ignore[arg-type] # a test names fields by keyword


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
    box.rest()

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
        box.rest()
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
    box.rest()

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
    box.rest()

    assert sorted(box.taken()) == sorted([ONE, TWO, THREE] if taken else [ONE, THREE])
    assert list(box.stepped_over()) == ([] if taken else [2])
    assert [one.whole_size for one in box.envelopes() if one.whole_size] == ([whole] if whole else [])
    assert server.connections == 1


def test_f28_a_mail_much_larger_than_its_told_size_is_not_read(opened: Open) -> None:
    huge = Mail(0, raw_mail("huge", text="x" * 30_000_000), size=100)
    _, box = opened(Script((MAILS[0], huge, MAILS[2])))
    tracemalloc.start()
    try:
        box.rest()
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
