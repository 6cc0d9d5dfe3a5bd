"""The engine, the schema and the state folder: what must hold before anything is built on them."""

import multiprocessing
import sqlite3
import threading
from pathlib import Path

import pytest
from sqlite_utils import Database, Migrations

from mailgate import state
from mailgate.errors import DiskFull, StoreBusy
from mailgate.store import backlog, mails, schema, tickets
from mailgate.store.mark import HighWater
from mailgate.store.migrations import MIGRATIONS
from mailgate.store.sqlite import Ledger, connect


def test_a_ledger_is_durable_by_its_settings(folder: Path) -> None:
    connection = connect(state.ledger_path(folder))
    values = {
        name: connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "foreign_keys")
    }
    connection.close()

    assert values == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_f17_a_missing_or_empty_ledger_is_never_made_by_opening(tmp_path: Path) -> None:
    with pytest.raises(schema.LedgerMissing, match="init"):
        state.open_ledger(tmp_path)
    state.ledger_path(tmp_path).touch()
    with pytest.raises(schema.LedgerMissing, match="init"):
        state.open_ledger(tmp_path)


def test_init_never_touches_an_existing_state(folder: Path) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    with pytest.raises(state.BadState, match="nothing was changed"):
        state.create(folder)
    assert before == {path.name: path.read_bytes() for path in folder.iterdir()}


def test_init_refuses_a_folder_whose_ledger_is_gone_but_whose_mark_is_there(tmp_path: Path) -> None:
    HighWater(tmp_path).write(10100)

    with pytest.raises(state.BadState):
        state.create(tmp_path)


def test_f19_a_ledger_of_a_newer_program_is_refused(folder: Path) -> None:
    connection = sqlite3.connect(state.ledger_path(folder))
    connection.execute(
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES (?, ?, ?)",
        ("mailgate", "m999_later", "2026-11-23"),
    )
    connection.commit()
    connection.close()

    with pytest.raises(schema.LedgerTooNew, match="m999_later"):
        state.open_ledger(folder)


def test_f19_an_older_ledger_is_copied_before_it_is_migrated(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = Migrations("mailgate")
    later._migrations = [*MIGRATIONS._migrations]

    @later()
    def m002_more(db: Database) -> None:
        db.execute("CREATE TABLE more (id INTEGER PRIMARY KEY) STRICT")

    monkeypatch.setattr(schema, "MIGRATIONS", later)
    opened = state.open_ledger(folder)
    with opened.read() as ask:
        assert ask.count("SELECT count(*) FROM more") == 0
    opened.close()

    copy = sqlite3.connect(folder / "mailgate.before-migration.db")
    assert copy.execute("SELECT count(*) FROM sqlite_master WHERE name = 'more'").fetchone() == (0,)
    assert copy.execute("SELECT value FROM counter WHERE name = 'ticket'").fetchone() == (10000,)
    copy.close()


def _first_ledger(path: Path) -> None:
    """Make a ledger of the first version, with a mail that is done and one that waits."""
    path.touch()
    connection = connect(path)
    MIGRATIONS.apply(Database(connection), stop_before="m002_bulk")
    connection.execute(
        """INSERT INTO mail (state, verdict, door, hop, peer, sender, recipients, received, size, digest)
        SELECT column1, column2, 'smtp', '', '', 'a@b.example', '["x@y.example"]',
        '2026-11-23T12:00:00.000000Z', 4, x'00' FROM (VALUES ('done', 'opened'), ('new', NULL))"""
    )
    connection.execute("INSERT INTO raw (mail, bytes) SELECT id, x'74657374' FROM mail")
    connection.close()


def test_f19_the_first_ledgers_mails_are_kept_and_none_of_them_is_bulk(tmp_path: Path) -> None:
    path = state.ledger_path(tmp_path)
    _first_ledger(path)
    assert schema.pending(path)[0] == "m002_bulk"
    opened = state.open_ledger(tmp_path)
    with opened.read() as ask:
        (waiting,) = backlog.following(ask, 10, 0, aside=False)
        assert (waiting.id, waiting.raw, waiting.envelope.bulk) == (2, b"test", False)
        assert [row["state"] for row in mails.listing(ask, "", 10, 99)] == ["new", "done"]
        assert (backlog.size(ask), backlog.size(ask, bulk=True)) == (1, 0)
        names = {row["name"] for row in ask.rows("SELECT name FROM sqlite_master WHERE type = 'index'")}
    opened.close()

    assert "mail_next" in names
    assert "mail_new" not in names
    assert schema.pending(path) == ()


def test_keys_must_be_private_and_long(folder: Path) -> None:
    assert len(state.read_keys(folder)[0]) == 32
    keys = folder / "signing.keys"
    keys.chmod(0o640)
    with pytest.raises(state.BadState, match="chmod 600"):
        state.read_keys(folder)
    keys.chmod(0o600)
    good = keys.read_text("ascii")
    for bad in ("abcd", "no key", "z" * 64):
        keys.write_text(good + bad)
        with pytest.raises(state.BadState, match="key 2 is not 32 bytes in hex"):
            state.read_keys(folder)
    keys.write_text("")
    with pytest.raises(state.BadState, match="put back the copy"):
        state.read_keys(folder)


def test_f08_only_one_daemon_works_on_a_state(folder: Path) -> None:
    with state.alone(folder):
        assert state.is_running(folder)
        with pytest.raises(state.AlreadyRunning), state.alone(folder):
            pass
    assert not state.is_running(folder)


def test_a_failed_part_leaves_the_rest_of_the_transaction(ledger: Ledger) -> None:
    with ledger.write() as work:
        tickets.set_counter(work, 20000)
        with pytest.raises(ZeroDivisionError), work.savepoint():
            tickets.set_counter(work, 30000)
            raise ZeroDivisionError
    with ledger.read() as ask:
        assert tickets.counter(ask) == 20000


def test_a_raised_error_rolls_everything_back(ledger: Ledger) -> None:
    with pytest.raises(ZeroDivisionError), ledger.write() as work:
        tickets.set_counter(work, 20000)
        raise ZeroDivisionError
    with ledger.read() as ask:
        assert tickets.counter(ask) == 10000


def test_f10_a_ledger_locked_for_too_long_is_busy_and_recovers(folder: Path) -> None:
    impatient = Ledger(state.ledger_path(folder), busy_seconds=0.05)
    other = connect(state.ledger_path(folder))
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusy), impatient.write():
        pass
    other.execute("ROLLBACK")
    with impatient.write() as work:
        tickets.set_counter(work, 20000)
    other.close()
    impatient.close()


def test_f12_a_full_ledger_says_so_and_keeps_what_it_has(ledger: Ledger) -> None:
    with ledger.write() as work:
        pages = work.count("PRAGMA page_count")
        work.rows(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(DiskFull), ledger.write() as work:
        tickets.set_counter(work, 20000)
        work.run("CREATE TABLE big AS SELECT zeroblob(1000000) AS bytes")
    with ledger.read() as ask:
        assert tickets.counter(ask) == 10000


def _count_up(path: str, many: int) -> None:
    opened = Ledger(Path(path), busy_seconds=30)
    for _ in range(many):
        with opened.write() as work:
            tickets.set_counter(work, tickets.counter(work) + 1)
    opened.close()


def test_f11_readers_that_write_never_lose_to_each_other(folder: Path) -> None:
    path = str(state.ledger_path(folder))
    context = multiprocessing.get_context("spawn")
    others = [context.Process(target=_count_up, args=(path, 50)) for _ in range(2)]
    threads = [threading.Thread(target=_count_up, args=(path, 50)) for _ in range(2)]
    for start in (*(other.start for other in others), *(thread.start for thread in threads)):
        start()
    for join in (*(other.join for other in others), *(thread.join for thread in threads)):
        join()

    opened = Ledger(state.ledger_path(folder))
    with opened.read() as ask:
        assert tickets.counter(ask) == 10200
    opened.close()
    assert [other.exitcode for other in others] == [0, 0]
