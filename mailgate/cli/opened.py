"""What commands work on: the ledger to ask and the ledger to change, opened as the settings say."""

from collections.abc import Iterator
from contextlib import contextmanager

from mailgate import state
from mailgate.config import Settings
from mailgate.store.sqlite import Ask, Work


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
def changing(settings: Settings) -> Iterator[Work]:
    """One change of the ledger: all or nothing. A running daemon notices it within a second."""
    ledger = state.open_ledger(settings.state.dir)
    try:
        with ledger.write() as work:
            yield work
    finally:
        ledger.close()
