"""Mail that is never answered waits apart: it holds up no other, closes no door, and raises no alarm."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from mailgate import health, state
from mailgate.config import Settings
from mailgate.core.effects import Verdict
from mailgate.core.mail import Door, Envelope, Mail
from mailgate.core.policy import Sought
from mailgate.desk import _BATCH as BATCH
from mailgate.desk import Desk, Sources, Times
from mailgate.directory import TableDirectory
from mailgate.errors import Overloaded
from mailgate.parse.message import parse
from mailgate.parse.pool import Late, Reading
from mailgate.rulebook import rulebook_of
from mailgate.spool import Spool
from mailgate.store import backlog, mails
from mailgate.store.sqlite import Ask, Ledger, Row
from tests.builders import NOW, envelope

DESK = {"name": "Desk", "addresses": ["support@hoster.example"]}


def question(count: int) -> bytes:
    return (
        f"From: <client{count}@client.example>\r\nMessage-ID: <q{count}@client.example>\r\n"
        f"Subject: Question {count}\r\nDate: Mon, 23 Nov 2026 12:00:00 +0000\r\n\r\nwords {count}\r\n"
    ).encode()


class Reader:
    """Reads at once and in this process; is late with the mails whose number is in `slow`."""

    def __init__(self) -> None:
        self.slow: set[bytes] = set()
        self.reads: Callable[[bytes], None] = lambda _raw: None

    def submit_all(self, came: Sequence[tuple[Envelope, bytes]], _seconds: float, _sought: Sought) -> Reading:
        done: Future[list[Mail | Late]] = Future()
        done.set_result([self._read(envelope, raw) for envelope, raw in came])
        return Reading(len(came), [done])

    def _read(self, envelope: Envelope, raw: bytes) -> Mail | Late:
        self.reads(raw)
        return Late() if raw in self.slow else parse(raw, envelope)


class Lanes:
    """A spool and a desk over a fresh ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.reader = Reader()
        self.settings = Settings.model_validate(
            {"state": {"dir": str(ledger.path.parent), "min_free_mb": 0, "max_backlog": 5}, "desk": DESK}
        )
        rulebook = rulebook_of(self.settings)
        self.desk = Desk(
            ledger,
            Sources(self.reader, TableDirectory(ledger)),  # type: ignore[arg-type] # a pool of no processes
            lambda: rulebook,
            Times(),
            lambda: NOW,
            lambda: None,
        )
        self.spool = Spool(ledger, min_free=0, max_backlog=5, max_bulk_backlog=40, taken=lambda: None)
        self.spool.start()

    def post(self, count: int, *, bulk: bool = False) -> int:
        came = envelope(door=Door.IMPORT if bulk else Door.SMTP, bulk=bulk)
        return self.spool.accept(came, question(count)).id

    def rows(self) -> dict[int, Row]:
        with self.ledger.read() as ask:
            return {row["id"]: row for row in mails.listing(ask, "", 1000, 1 << 60)}

    def settled(self) -> set[int]:
        return {mail for mail, row in self.rows().items() if row["state"] == "done"}

    def health(self) -> health.Health:
        with self.ledger.read() as ask:
            return health.look(ask, self.settings, None, NOW + timedelta(days=1))


@pytest.fixture
def lanes(ledger: Ledger) -> Iterator[Lanes]:
    made = Lanes(ledger)
    yield made
    made.spool.close()


def test_bulk_mail_settles_after_all_others_though_it_came_before(lanes: Lanes) -> None:
    bulk = {lanes.post(count, bulk=True) for count in range(3)}
    fresh = {lanes.post(count) for count in range(10, 12)}

    assert lanes.desk.step()
    assert lanes.settled() == fresh
    assert lanes.desk.step()
    assert lanes.settled() == fresh | bulk
    assert not lanes.desk.step()


def test_a_mail_that_comes_meanwhile_waits_for_one_bulk_batch_at_most(lanes: Lanes) -> None:
    bulk = [lanes.post(count, bulk=True) for count in range(2 * BATCH + 1)]
    fresh: list[int] = []

    def comes_while_the_first_is_read(_raw: bytes) -> None:
        lanes.reader.reads = lambda _raw: None
        fresh.append(lanes.post(100))

    lanes.reader.reads = comes_while_the_first_is_read
    lanes.desk.step()
    assert lanes.settled() == set(bulk[:BATCH])
    lanes.desk.step()
    assert lanes.settled() == {*bulk[:BATCH], *fresh}


def test_a_bulk_mail_that_steps_aside_waits_for_the_others_too(lanes: Lanes) -> None:
    lanes.reader.slow = {question(1)}
    late = lanes.post(1, bulk=True)
    lanes.desk.step()
    fresh = lanes.post(2)

    assert not lanes.desk.step_aside()
    lanes.desk.step()
    assert lanes.settled() == {fresh}
    assert lanes.desk.step_aside()
    assert lanes.settled() == {fresh, late}


def test_a_mail_that_stepped_aside_goes_before_a_bulk_one_and_holds_no_bulk_up(lanes: Lanes) -> None:
    lanes.reader.slow = {question(1), question(2)}
    late_bulk, late, bulk = lanes.post(1, bulk=True), lanes.post(2), lanes.post(3, bulk=True)
    for _ in range(2):
        lanes.desk.step()
    assert lanes.settled() == {bulk}

    lanes.desk.step_aside()
    assert lanes.settled() == {bulk, late}
    lanes.desk.step_aside()
    assert lanes.settled() == {bulk, late, late_bulk}


def test_bulk_mail_is_never_answered_whatever_door_it_came_by(lanes: Lanes) -> None:
    came = envelope(door=Door.IMAP, bulk=True)
    mail = lanes.spool.accept(came, question(1)).id
    imported = lanes.post(2, bulk=True)
    lanes.desk.step()

    rows = lanes.rows()
    assert [(rows[one]["verdict"], rows[one]["letter"]) for one in (mail, imported)] == [("opened", None)] * 2
    assert [rows[one]["silence"] for one in (mail, imported)] == ["stale", "imported"]


def test_the_lanes_are_bounded_apart(lanes: Lanes) -> None:
    for count in range(40):
        lanes.spool.check_room(bulk=True)
        lanes.post(count, bulk=True)
    with pytest.raises(Overloaded, match="40 bulk mails wait, 40 allowed"):
        lanes.spool.check_room(bulk=True)
    for count in range(100, 105):
        lanes.spool.check_room()
        lanes.post(count)
    with pytest.raises(Overloaded, match="5 mails wait, 5 allowed"):
        lanes.spool.check_room()


def test_bulk_mail_is_counted_among_the_new_and_raises_no_alarm(lanes: Lanes) -> None:
    for count in range(7):
        lanes.post(count, bulk=True)
    found = lanes.health()

    assert (found.accepted, found.new, found.bulk, found.oldest_new_seconds) == (7, 7, 7, 0)
    assert [text for text in found.alarms if "not running" not in text] == []
    lanes.post(100)
    assert lanes.health().oldest_new_seconds == 86_400
    lanes.desk.step()
    lanes.desk.step()
    found = lanes.health()
    assert (found.new, found.bulk, dict(found.verdicts)[Verdict.OPENED]) == (0, 0, 8)


def test_once_stores_no_mail_that_the_ledger_has_however_old(lanes: Lanes) -> None:
    first = lanes.post(1)
    later = replace(envelope(), received=NOW + timedelta(days=1000))

    again = lanes.spool.submit(later, b"Received: x\n" + question(1), once=True).result()
    linked = lanes.spool.submit(envelope(), question(1)).result()
    third = lanes.spool.submit(later, question(1), once=True).result()
    other = lanes.spool.submit(later, question(2), once=True).result()

    assert (again.id, again.known, third.id, third.known) == (first, True, first, True)
    assert (linked.known, linked.duplicate_of, other.known) == (False, first, False)
    with lanes.ledger.read() as ask:
        assert mails.totals(ask)["accepted"] == 3


def test_a_copy_within_one_commit_is_known_too(lanes: Lanes) -> None:
    with lanes.ledger.write():
        futures = [lanes.spool.submit(envelope(), question(1), once=True) for _ in range(3)]
    receipts = [future.result(10) for future in futures]

    assert [receipt.known for receipt in receipts] == [False, True, True]
    assert len({receipt.id for receipt in receipts}) == 1


class Plan(Ask):
    """Asks how a question would be answered, instead of the question."""

    def __init__(self, ask: Ask) -> None:
        super().__init__(ask._connection)
        self.steps: list[str] = []

    def rows(self, sql: str, **values: object) -> list[Row]:
        self.steps += [row["detail"] for row in super().rows(f"EXPLAIN QUERY PLAN {sql}", **values)]
        return []


@pytest.mark.parametrize("bulk", [False, True])
@pytest.mark.parametrize("aside", [False, True])
def test_the_next_mails_are_found_by_their_index(ledger: Ledger, *, aside: bool, bulk: bool) -> None:
    with ledger.read() as ask:
        plan = Plan(ask)
        backlog.following(plan, BATCH, 0, aside=aside, bulk=bulk, most=1)

    assert plan.steps[:2] == [
        "SEARCH mail USING INDEX mail_next (bulk=? AND aside=? AND id>?)",
        "SEARCH mail USING INTEGER PRIMARY KEY (rowid=?)",
    ]
    assert not any("SORT" in step or "TEMP" in step for step in plan.steps)


def test_the_ledger_is_opened_again_as_it_was_left(lanes: Lanes, folder: Path) -> None:
    bulk = lanes.post(1, bulk=True)
    again = state.open_ledger(folder)
    with again.read() as ask:
        (waiting,) = backlog.following(ask, 10, 0, aside=False, bulk=True)
    again.close()

    assert (waiting.id, waiting.envelope.bulk) == (bulk, True)
