"""The bound of all letters in an hour: what is beyond it waits and is told, and nothing is dropped."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from mailgate.store import handover, letters
from mailgate.store.sqlite import Ask

_log = structlog.get_logger()

_HOUR = timedelta(hours=1)
_COUNT_EVERY = 60.0
_COUNT_AGAIN = 1.0
_WARN_EVERY = 60.0


class HourlyBound:
    """How many letters may still leave in this hour; one for all couriers of a ledger.

    Several count inside the write transaction, so that two never count the same room; anew once a minute, or
    once a second while there is none. `ticks` are seconds that never jump.
    """

    def __init__(self, bound: int, ticks: Callable[[], float] = time.monotonic) -> None:
        self._bound = bound
        self._ticks = ticks
        self._left = bound
        self._counted = ticks() - _COUNT_EVERY
        self._warned = ticks() - _WARN_EVERY

    def room(self, ask: Ask, now: datetime) -> int:
        """How many letters may leave; a warning once a minute while it is none."""
        since = self._ticks() - self._counted
        if since >= _COUNT_EVERY or (not self._left and since >= _COUNT_AGAIN):
            gone = letters.sent_since(ask, now - _HOUR) + handover.in_hand(ask)
            self._left = max(0, self._bound - gone)
            self._counted = self._ticks()
        if not self._left and self._ticks() - self._warned >= _WARN_EVERY:
            _log.warning("courier.bound", letters_an_hour=self._bound, what="letters wait; none is dropped")
            self._warned = self._ticks()
        return self._left

    @property
    def is_spent(self) -> bool:
        """Was there no room left when it was last counted?"""
        return self._left <= 0

    def spend(self, many: int) -> None:
        """So many leave now."""
        self._left -= many
