"""The engine under the ledger: connections, the read view and the one write transaction.

- A connection belongs to its thread; writers of this process queue at a lock of ours, because
  SQLite's own waiting polls and is unfair. Writers of other processes meet at BEGIN IMMEDIATE.
- A write transaction begins with BEGIN IMMEDIATE: a read transaction that is upgraded later fails
  at once when somebody else wrote in between, whatever the busy timeout.
- WAL with synchronous=FULL: a commit that returned survives a power cut.
- Never fork with a ledger open: the parse workers start before it.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mailgate.errors import DiskFull, StoreBusy, Temporary

Row = sqlite3.Row

_BUSY_SECONDS = 5.0
_CACHE_KIB = 4096  # a connection: the upper pages of all indexes of a million tickets stay in it
_CHECKPOINT_PAGES = 8192  # 32 MiB of log before a commit pays for a checkpoint


class Ask:
    """Questions to the ledger: `:name` parameters, rows by column name."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def rows(self, sql: str, **values: Any) -> list[Row]:
        """All rows of a query."""
        return self._connection.execute(sql, values).fetchall()

    def row(self, sql: str, **values: Any) -> Row | None:
        """The first row of a query, or None."""
        found: Row | None = self._connection.execute(sql, values).fetchone()
        return found

    def count(self, sql: str, **values: Any) -> int:
        """The single whole number a query gives; 0 when it gives none."""
        found = self._connection.execute(sql, values).fetchone()
        return int(found[0] or 0) if found else 0


class Work(Ask):
    """The one write transaction: questions and changes, all or none; `folder` is where its ledger stands."""

    def __init__(self, connection: sqlite3.Connection, folder: Path) -> None:
        super().__init__(connection)
        self.folder = folder
        self._then: list[Callable[[], None]] = []

    def then(self, act: Callable[[], None]) -> None:
        """Let `act`, which never raises, follow on the commit; it is forgotten where there is none."""
        self._then.append(act)

    def follow(self) -> None:
        """Do what follows on the commit."""
        for act in self._then:
            act()

    def run(self, sql: str, **values: Any) -> int:
        """Carry out a statement; how many rows it changed."""
        return self._connection.execute(sql, values).rowcount

    def run_many(self, sql: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Carry out a statement once for each of `rows`."""
        self._connection.executemany(sql, rows)

    def insert(self, sql: str, **values: Any) -> int:
        """Carry out an INSERT; the id of the new row."""
        return self._connection.execute(sql, values).lastrowid or 0

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """A part of the transaction that can fail alone."""
        self._connection.execute("SAVEPOINT part")
        try:
            yield
        except BaseException:
            # A full disk may already have rolled everything back, savepoint included.
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK TO part")
                self._connection.execute("RELEASE part")
            raise
        self._connection.execute("RELEASE part")


def translated(error: sqlite3.Error) -> Temporary:
    """An engine's error as one of ours; all of them are temporary."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreBusy(f"the ledger is locked: {error}")
    if code == sqlite3.SQLITE_FULL:
        return DiskFull(f"the ledger has no room: {error}")
    return Temporary(f"the ledger failed: {error}")


def is_ours(why: Exception) -> bool:
    """Is this the house's own trouble (lock, disk, files), and not that of a mail or ticket?"""
    if isinstance(why, sqlite3.IntegrityError | sqlite3.DataError):
        return False
    return isinstance(why, Temporary | sqlite3.Error | OSError)


def connect(path: Path, busy_seconds: float = _BUSY_SECONDS) -> sqlite3.Connection:
    """A connection with our settings to the existing ledger at `path`. Raises sqlite3.Error."""
    uri = f"{path.absolute().as_uri()}?mode=rw"
    connection = sqlite3.connect(
        uri, uri=True, isolation_level=None, timeout=busy_seconds, check_same_thread=False
    )
    connection.row_factory = sqlite3.Row
    # The engine's own lower() and LIKE know ASCII alone, and our customers write Russian.
    connection.create_function("lower", 1, str.lower, deterministic=True)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA temp_store = MEMORY")  # what a savepoint must remember is no file's business
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA secure_delete = ON")  # what is erased is overwritten, however it was built
    connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    return connection


class Ledger:
    """The open ledger at `path`, shared by all threads of a process."""

    def __init__(self, path: Path, busy_seconds: float = _BUSY_SECONDS) -> None:
        self.path = path
        self._busy_seconds = busy_seconds
        self._alone = threading.Lock()
        self._mine = threading.local()
        self._opened: list[sqlite3.Connection] = []

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._mine, "connection", None)
        if connection is None:
            connection = connect(self.path, self._busy_seconds)
            self._mine.connection = connection
            self._opened.append(connection)
        return connection

    @contextmanager
    def read(self) -> Iterator[Ask]:
        """A view that does not change while it is open. Raises Temporary."""
        try:
            connection = self._connection()
            connection.execute("BEGIN")
            try:
                yield Ask(connection)
            finally:
                connection.execute("ROLLBACK")
        except sqlite3.Error as why:
            raise translated(why) from why

    @contextmanager
    def write(self) -> Iterator[Work]:
        """The fence: one writer at a time, committed when the block ends, rolled back if it raises.

        Raises StoreBusy, DiskFull or another Temporary for trouble of the engine.
        """
        try:
            with self._alone:
                connection = self._connection()
                connection.execute("BEGIN IMMEDIATE")
                try:
                    work = Work(connection, self.path.parent)
                    yield work
                    connection.execute("COMMIT")
                except BaseException:
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
                    raise
                work.follow()
        except sqlite3.Error as why:
            raise translated(why) from why

    def close(self) -> None:
        """Close every thread's connection; only when their threads have ended."""
        for connection in self._opened:
            connection.close()
        self._opened.clear()
        self._mine = threading.local()
