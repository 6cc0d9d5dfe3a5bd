"""What commands work on: the ledger to ask, to change and to put mails into, opened as the settings say."""

from collections.abc import Iterator
from contextlib import contextmanager

from mailgate import state
from mailgate.config import Settings
from mailgate.core.account import Key, Records
from mailgate.directory import make_directory
from mailgate.spool import Spool
from mailgate.store.sqlite import Ask, Work

_MIB = 1024 * 1024


@contextmanager
def asking(settings: Settings) -> Iterator[Ask]:
    """One view of the ledger, which does not change while it is open."""
    ledger = state.open_ledger(settings.state.dir)
    try:
        with ledger.read() as ask:
            yield ask
    finally:
        ledger.close()


@contextmanager
def spooling(settings: Settings) -> Iterator[Spool]:
    """A spool of this process. A running daemon notices within a second what it takes."""
    ledger = state.open_ledger(settings.state.dir)
    spool = Spool(
        ledger,
        min_free=settings.state.min_free_mb * _MIB,
        max_backlog=settings.state.max_backlog,
        max_bulk_backlog=settings.state.max_bulk_backlog,
        taken=lambda: None,
    )
    spool.start()
    try:
        yield spool
    finally:
        spool.close()
        ledger.close()


def ask_directory(settings: Settings, keys: frozenset[Key]) -> Records:
    """What the customers' directory says of these keys."""
    ledger = state.open_ledger(settings.state.dir)
    try:
        return make_directory(settings, ledger).ask(keys)
    finally:
        ledger.close()


@contextmanager
def changing(settings: Settings) -> Iterator[Work]:
    """One change of the ledger: all or nothing. A running daemon notices it within a second."""
    ledger = state.open_ledger(settings.state.dir)
    try:
        with ledger.write() as work:
            yield work
    finally:
        ledger.close()
