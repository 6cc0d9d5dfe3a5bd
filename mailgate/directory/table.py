"""The directory in the ledger, filled by `mailgate account import`."""

import structlog

from mailgate.core.account import Key, Records, records_of
from mailgate.errors import Temporary
from mailgate.store import accounts
from mailgate.store.sqlite import Ledger

_log = structlog.get_logger()


class TableDirectory:
    """A `Directory` over the ledger's own table."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._is_down = False

    def ask(self, keys: frozenset[Key]) -> Records:
        """What the table knows by `keys`: a look-up in an index for each, however many."""
        try:
            with self._ledger.read() as ask:
                found = accounts.led_to(ask, keys)
        except Temporary as why:
            if not self._is_down:
                _log.warning("directory.down", why=str(why))
            self._is_down = True
            return Records(is_down=True)
        self._is_down = False
        return records_of(found, keys)
