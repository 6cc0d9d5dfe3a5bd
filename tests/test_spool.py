"""The moment mailgate takes a mail upon itself: durable, grouped, and copies linked."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from mailgate import log
from mailgate.core.mail import Envelope
from mailgate.errors import DiskFull, Overloaded, StoreBusy, Temporary
from mailgate.spool import Spool
from mailgate.store import backlog, mails
from mailgate.store.sqlite import Ledger, connect
from tests.builders import NOW, envelope
from tests.service import wait_until

RAW = b"From: a@b.example\r\nMessage-ID: <1@b.example>\r\nDate: x\r\n\r\nbody\r\n"
BARE = b"From: a@b.example\r\n\r\nhelp\r\n"


def made(
    ledger: Ledger, *, min_free: int = 0, max_backlog: int = 1000, max_bulk_backlog: int = 1000
) -> Spool:
    spool = Spool(
        ledger,
        min_free=min_free,
        max_backlog=max_backlog,
        max_bulk_backlog=max_bulk_backlog,
        taken=lambda: None,
    )
    spool.start()
    return spool


@pytest.fixture
def spool(ledger: Ledger) -> Iterator[Spool]:
    running = made(ledger)
    yield running
    running.close()


def test_a_mail_and_its_envelope_are_kept_byte_for_byte(spool: Spool, ledger: Ledger) -> None:
    raw = bytes(range(256)) * 4
    came = envelope(sender="", recipients=("Support+x@Hoster.example", "иван@пример.рф"), peer="::1")
    receipt = spool.accept(came, raw)

    with ledger.read() as ask:
        (waiting,) = backlog.following(ask, 10, 0, aside=False)
    assert (waiting.id, waiting.envelope, waiting.raw) == (receipt.id, came, raw)


@pytest.mark.parametrize(("most", "fetched"), [(1, 1), (100, 1), (101, 2), (301, 4), (1 << 62, 4)])
def test_of_large_mails_few_are_fetched_at_once(
    spool: Spool, ledger: Ledger, most: int, fetched: int
) -> None:
    for count in range(4):
        spool.accept(envelope(), b"Subject: %d\r\n" % count + b"x" * 88)

    with ledger.read() as ask:
        found = backlog.following(ask, 10, 0, aside=False, most=most)
    assert [one.id for one in found] == list(range(1, fetched + 1))


def test_mails_that_wait_share_a_commit(spool: Spool, ledger: Ledger) -> None:
    seen = []
    spool._taken = lambda: seen.append(1)
    with ledger.write():
        # While somebody else commits, ten mails gather behind the first, which waits for the ledger already.
        futures = [spool.submit(envelope(), RAW)]
        wait_until(spool._handed.empty, "the first mail was not taken up")
        futures += [spool.submit(envelope(), RAW + str(count).encode()) for count in range(10)]
    ids = [future.result(10).id for future in futures]

    assert ids == sorted(set(ids))
    spool.close()
    assert seen == [1]


def later(came: Envelope, **by: float) -> Envelope:
    return replace(came, received=came.received + timedelta(**by))


@pytest.mark.parametrize(
    ("raw", "second", "linked"),
    [
        (RAW, envelope(), True),
        (RAW, envelope(recipients=("billing@hoster.example",)), True),
        (RAW, later(envelope(), days=6), True),
        (RAW, later(envelope(), days=8), False),
        (BARE, envelope(), True),
        (BARE, later(envelope(), minutes=59), True),
        (BARE, later(envelope(), minutes=61), False),
        (BARE, envelope(recipients=("billing@hoster.example",)), False),
    ],
)
def test_a_second_copy_is_accepted_and_linked(
    spool: Spool, raw: bytes, second: Envelope, *, linked: bool
) -> None:
    first = spool.accept(envelope(), raw)
    receipt = spool.accept(second, b"Received: from elsewhere\r\n" + raw)

    assert receipt.id != first.id
    assert receipt.duplicate_of == (first.id if linked else None)


def test_copies_of_a_bare_mail_are_told_by_their_recipients(spool: Spool) -> None:
    to = [envelope(recipients=(f"{name}@hoster.example",)) for name in "abbb"]
    receipts = [spool.accept(came, BARE) for came in to]

    assert [receipt.duplicate_of for receipt in receipts] == [None, None, receipts[1].id, receipts[1].id]


def test_a_log_that_cannot_be_written_stops_nothing(spool: Spool) -> None:
    full = Path("/dev/full").open("w")  # noqa: SIM115 - closing it fails as writing does
    log.configure(stream=full)
    try:
        receipts = [spool.accept(envelope(), RAW + str(count).encode()) for count in range(3)]
    finally:
        with contextlib.suppress(OSError):
            full.close()

    assert len({receipt.id for receipt in receipts}) == 3
    assert spool.is_alive


def test_two_copies_in_one_commit_are_linked(spool: Spool, ledger: Ledger) -> None:
    with ledger.write():
        futures = [spool.submit(envelope(), RAW) for _ in range(3)]
    receipts = [future.result(10) for future in futures]

    assert [receipt.duplicate_of for receipt in receipts] == [None, receipts[0].id, receipts[0].id]


def test_a46_the_same_message_id_with_other_content_is_a_mail_of_its_own(spool: Spool) -> None:
    spool.accept(envelope(), RAW)

    assert spool.accept(envelope(), RAW + b"more").duplicate_of is None


def test_a_locked_ledger_is_temporary_and_nothing_is_kept(ledger: Ledger) -> None:
    impatient = Ledger(ledger.path, busy_seconds=0.05)
    spool = made(impatient)
    other = connect(ledger.path)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusy):
        spool.accept(envelope(), RAW)
    other.execute("ROLLBACK")
    other.close()

    assert spool.accept(envelope(), RAW).duplicate_of is None
    spool.close()
    impatient.close()


def test_what_nobody_foresaw_is_temporary_too(spool: Spool) -> None:
    with pytest.raises(Temporary):
        spool.accept(envelope(sender="\udcc8"), RAW)
    assert spool.accept(envelope(), RAW).id


def test_room_is_refused_at_the_bounds_and_comes_back(ledger: Ledger) -> None:
    spool = made(ledger, max_backlog=2)
    spool.accept(envelope(), RAW + b"1")
    spool.check_room()
    spool.accept(envelope(), RAW + b"2")
    with pytest.raises(Overloaded):
        spool.check_room()
    with ledger.write() as work:
        work.run("UPDATE mail SET state = 'done', verdict = 'opened'")
    spool._looked = float("-inf")
    spool.check_room()
    spool.close()


def test_f14_a_disk_below_its_floor_is_refused(ledger: Ledger) -> None:
    spool = made(ledger, min_free=1 << 60)
    with pytest.raises(DiskFull):
        spool.check_room()
    spool.close()


def test_accepted_is_counted_apart_from_the_rows(spool: Spool, ledger: Ledger) -> None:
    for count in range(3):
        spool.accept(envelope(received=NOW), RAW + str(count).encode())

    with ledger.read() as ask:
        assert mails.totals(ask) == {"new": 3, "accepted": 3}
