"""A new ledger is made, an older one brought to this program's version, a newer one refused.

What changes from version to version stands in `migrations.py`.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlite_utils import Database

from mailgate.errors import Permanent
from mailgate.store.migrations import MIGRATIONS
from mailgate.store.sqlite import connect, translated


class LedgerMissing(Permanent):
    """There is no ledger where the settings say; only `init` makes one."""


class LedgerTooNew(Permanent):
    """The ledger was written by a newer mailgate."""


def create(path: Path) -> None:
    """Make a new, empty ledger at `path`, which must not exist. Raises FileExistsError."""
    path.touch(mode=0o600, exist_ok=False)
    connection = connect(path)
    try:
        MIGRATIONS.apply(Database(connection))
    finally:
        connection.close()


def open_existing(path: Path) -> None:
    """Bring the ledger at `path` to this program's version, after a copy of it is made.

    Raises LedgerMissing, LedgerTooNew, Temporary.
    """
    with _opened(path) as connection:
        if _pending(connection, path):
            _copy(connection, path)
            MIGRATIONS.apply(Database(connection))


def pending(path: Path) -> tuple[str, ...]:
    """The migrations that the ledger at `path` still needs; it is not changed.

    Raises LedgerMissing, LedgerTooNew, Temporary.
    """
    with _opened(path) as connection:
        return _pending(connection, path)


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A missing or empty file is refused, so that a missing mount never looks like a fresh start."""
    if not path.exists() or path.stat().st_size == 0:
        raise LedgerMissing(f"{path}: there is no ledger; `mailgate init` makes one, once")
    try:
        with closing(connect(path)) as connection:
            yield connection
    except sqlite3.Error as why:
        raise translated(why) from why


def _pending(connection: sqlite3.Connection, path: Path) -> tuple[str, ...]:
    database = Database(connection)
    known = {migration.name for migration in MIGRATIONS._migrations}  # noqa: SLF001 - no public list
    strange = [m.name for m in MIGRATIONS.applied(database) if m.name not in known]
    if strange:
        raise LedgerTooNew(f"{path}: written by a newer mailgate (knows {', '.join(strange)})")
    return tuple(migration.name for migration in MIGRATIONS.pending(database))


def _copy(connection: sqlite3.Connection, path: Path) -> None:
    """Copy the ledger as it stands before a migration touches it."""
    target = sqlite3.connect(path.with_suffix(".before-migration.db"))
    try:
        connection.backup(target)
    finally:
        target.close()
