"""What a directory is, and which one the settings name."""

import time
from datetime import UTC, datetime
from typing import Protocol

import structlog

from mailgate.config import Settings
from mailgate.core.account import Key, Records
from mailgate.directory.endpoint import Endpoint
from mailgate.directory.service import HttpDirectory
from mailgate.directory.table import TableDirectory
from mailgate.errors import Temporary
from mailgate.store import accounts
from mailgate.store.sqlite import Ledger

_log = structlog.get_logger()


class Directory(Protocol):
    """Knows the customers. Any thread may ask, outside of transactions of the ledger."""

    def ask(self, keys: frozenset[Key]) -> Records:
        """What is known by `keys`, about a hundred at most. Never raises: trouble is `is_down`."""
        ...


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
