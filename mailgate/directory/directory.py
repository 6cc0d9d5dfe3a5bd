"""What a directory is, and which one the settings name."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Protocol

import structlog

from mailgate.config import Settings
from mailgate.core.account import NO_RECORDS, Key, Records
from mailgate.directory.endpoint import Endpoint
from mailgate.directory.service import HttpDirectory
from mailgate.directory.table import TableDirectory
from mailgate.errors import Temporary
from mailgate.store import accounts
from mailgate.store.sqlite import Ledger

_log = structlog.get_logger()

_IN_A_ROW = 3  # questions that fail alone, one after the other


class Directory(Protocol):
    """Knows the customers. Any thread may ask, outside of transactions of the ledger."""

    def ask(self, keys: frozenset[Key]) -> Records:
        """What is known by `keys`, however many. Never raises: trouble is `is_down`.

        A service is asked in requests of at most a hundred keys, within one timeout in all.
        """
        ...


def ask_each(directory: Directory, questions: Sequence[frozenset[Key]]) -> list[Records]:
    """What a directory says to each of `questions`, in their order; they are asked together.

    Where that fails, each is asked alone, for one value may be more than a service can bear: only those that
    fail alone are `is_down`. After some failures in a row the directory is taken for down, and the list ends.
    """
    together = directory.ask(frozenset().union(*questions))
    if not together.is_down:
        return [together.about(each) for each in questions]
    found: list[Records] = []
    failed = 0
    for each in questions if len(questions) > 1 else ():
        said = directory.ask(each) if each else NO_RECORDS
        failed = failed + 1 if said.is_down else failed if not each else 0
        found.append(said.about(each))
        if failed == _IN_A_ROW:
            break
    return found or [together]


def make_directory(settings: Settings, ledger: Ledger) -> Directory:
    """The directory that the settings name; how a service fares is written down in the ledger."""
    wanted = settings.directory
    if wanted.kind == "table":
        return TableDirectory(ledger)

    def tell(trouble: str) -> None:
        try:
            with ledger.write() as work:
                accounts.note_trouble(work, trouble, datetime.now(UTC))
        except Temporary as why:
            _log.warning("directory.not_noted", why=str(why), what="`status` may not tell how it fares")

    endpoint = Endpoint(wanted, lambda: datetime.now(UTC))
    return HttpDirectory(endpoint, wanted, time.monotonic, tell)
