"""The panel's keys in the ledger: written in the commit that takes the mail, or not at all."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlite_utils import Database

from mailgate.core.mail import Door, Envelope, Vouched
from mailgate.core.request import Object, ObjectKind
from mailgate.errors import Temporary
from mailgate.spool import Receipt, Spool
from mailgate.store import idempotency, mails, rows, schema
from mailgate.store.idempotency import Handed, IdempotencyKey
from mailgate.store.migrations import MIGRATIONS
from mailgate.store.sqlite import Ledger, connect
from tests.builders import envelope

KEY = IdempotencyKey("k", b"d" * 32)
OTHER = IdempotencyKey("k", b"e" * 32)
VOUCHED = Vouched("1001", "a@b.ru", "refund", (Object(ObjectKind.DOMAIN, "b.ru"),), 100014)


@pytest.fixture
def spool(ledger: Ledger) -> Iterator[Spool]:
    made = Spool(ledger, min_free=0, max_backlog=100, max_bulk_backlog=100, taken=lambda: None)
    made.start()
    yield made
    made.close()


def handed(account: str = "1001") -> Envelope:
    return envelope(door=Door.PANEL, vouched=Vouched(account, "a@b.ru"))


def test_a_key_takes_one_request_and_tells_another(spool: Spool) -> None:
    took = [spool.submit(handed(), b"one", origin=key).result() for key in (KEY, KEY, OTHER)]

    assert took == [Receipt(1), Receipt(1, known=True), Receipt(1, known=True, is_other=True)]


def test_in_one_commit_too(ledger: Ledger) -> None:
    spool = Spool(ledger, min_free=0, max_backlog=100, max_bulk_backlog=100, taken=lambda: None)
    waiting = [spool.submit(handed(), b"one", origin=KEY) for _ in range(3)]
    spool.start()
    took = [each.result() for each in waiting]
    spool.close()

    assert [each.id for each in took] == [1, 1, 1]
    with ledger.read() as ask:
        assert mails.totals(ask)["accepted"] == 1


def test_a_commit_that_fails_leaves_the_key_free(spool: Spool, ledger: Ledger) -> None:
    with ledger.write() as work:
        work.run("CREATE TRIGGER full BEFORE INSERT ON idempotency BEGIN SELECT RAISE(ABORT, 'full'); END")
    with pytest.raises(Temporary):
        spool.submit(handed(), b"one", origin=KEY).result()
    with ledger.write() as work:
        work.run("DROP TRIGGER full")
        assert idempotency.find(work, KEY) is None
    took = spool.submit(handed(), b"one", origin=KEY).result()

    assert not took.known
    with ledger.read() as ask:
        assert idempotency.find(ask, KEY) == Handed(took.id, is_same=True)
        assert mails.totals(ask)["accepted"] == 1


def test_the_same_octets_are_copies_only_of_the_same_request(spool: Spool) -> None:
    raw = b"Message-ID: <1@b.ru>\r\n\r\nwords"
    by_mail = spool.accept(envelope(), raw)
    his = spool.accept(handed(), raw)
    again = spool.accept(handed(), raw)
    others = spool.accept(handed("1002"), raw)

    assert [each.duplicate_of for each in (by_mail, his, again, others)] == [None, None, his.id, None]


@pytest.mark.parametrize("vouched", [None, VOUCHED, Vouched("1", "a@b.ru")])
def test_what_is_vouched_for_is_kept(vouched: Vouched | None) -> None:
    assert rows.vouched_of(rows.vouched_text(vouched)) == vouched


def test_an_older_ledger_learns_of_the_panel(tmp_path: Path) -> None:
    path = tmp_path / "mailgate.db"
    path.touch()
    connection = connect(path)
    MIGRATIONS.apply(Database(connection), stop_before="m009_panel")
    connection.execute(
        """INSERT INTO mail (state, door, hop, peer, sender, recipients, received, size, digest)
        VALUES ('new', 'smtp', '', '', '', '[]', '2026-11-23T12:00:00.000000Z', 1, x'00')"""
    )
    connection.close()
    assert "m009_panel" in schema.pending(path)
    schema.open_existing(path)
    ledger = Ledger(path)
    with ledger.read() as ask:
        row = mails.about(ask, 1)
    ledger.close()

    assert isinstance(row, sqlite3.Row)
    assert rows.envelope_of(row).vouched is None
