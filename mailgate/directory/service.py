"""The directory of an HTTP service, with a memory, and with patience while it is down."""

import threading
from collections.abc import Callable

import structlog

from mailgate.config import DirectorySettings
from mailgate.core.account import Account, Key, Records, all_keys_of, records_of
from mailgate.directory.endpoint import Endpoint, Unanswered
from mailgate.errors import Temporary

_log = structlog.get_logger()

_MOST = 100_000  # values remembered, about ten megabytes


class HttpDirectory:
    """A `Directory` over a service. `clock` is monotonic, in seconds.

    `tell` is called when the service begins to fail, with its trouble, and with "" when it answers again.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        settings: DirectorySettings,
        clock: Callable[[], float],
        tell: Callable[[str], None],
    ) -> None:
        self._endpoint = endpoint
        self._memory = _Memory(settings.cache_seconds, clock)
        self._breaker = _Breaker(settings.failures, settings.pause_seconds, clock)
        self._tell = tell
        self._trouble: str | None = None  # nothing is known before the first question
        self._telling = threading.Lock()

    def ask(self, keys: frozenset[Key]) -> Records:
        """What the service knows by `keys`; what it said lately is not asked again."""
        known = self._memory.recall(keys)
        missing = keys - known.keys()
        if missing:
            found = self._fetch(missing)
            if found is None:
                return Records(is_down=True)
            self._memory.keep(missing, found)
        else:
            found = ()
        # The newest last, for it replaces what was said of the same account before.
        remembered = (account for _, accounts in sorted(known.values(), key=_age) for account in accounts)
        return records_of((*remembered, *found), keys)

    def _fetch(self, keys: frozenset[Key]) -> tuple[Account, ...] | None:
        if not self._breaker.lets():
            return None
        try:
            found = self._endpoint.fetch(sorted(keys, key=lambda key: (key.kind, key.value)))
        except Temporary as why:
            self._breaker.ended(well=isinstance(why, Unanswered))  # one question is nobody else's trouble
            self._note(str(why))
            return None
        self._breaker.ended(well=True)
        self._note("")
        return found

    def _note(self, trouble: str) -> None:
        """Tell how the service fares when that changes, not with every mail."""
        with self._telling:
            before, self._trouble = self._trouble, trouble
            if before is not None and bool(before) == bool(trouble):
                return
            if trouble:
                _log.warning("directory.down", why=trouble, what="mails are taken; who wrote them waits")
            elif before:
                _log.info("directory.back")
            self._tell(trouble)


Remembered = tuple[float, tuple[Account, ...]]
"""When it was said, and the accounts that a key leads to."""


def _age(remembered: Remembered) -> float:
    return remembered[0]


class _Memory:
    """What was said of each key within the last `seconds`; bounded by how many values it holds."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._said: dict[Key, Remembered] = {}  # the oldest first
        self._weight = 0

    def recall(self, keys: frozenset[Key]) -> dict[Key, Remembered]:
        """What is remembered of `keys`."""
        with self._lock:
            self._forget()
            return {key: self._said[key] for key in keys if key in self._said}

    def keep(self, keys: frozenset[Key], found: tuple[Account, ...]) -> None:
        """Remember what was said of `keys`, also that nobody has them."""
        led: dict[Key, dict[str, Account]] = {key: {} for key in keys}
        for account in found:
            for key in all_keys_of(account):
                if key in led:
                    led[key][account.id] = account
        with self._lock:
            now = self._clock()
            for key, accounts in led.items():
                self._drop(key)
                self._said[key] = now, tuple(accounts.values())
                self._weight += _weight(self._said[key])
            self._forget()

    def _forget(self) -> None:
        since = self._clock() - self._seconds
        while self._said:
            oldest = next(iter(self._said))
            if self._said[oldest][0] > since and self._weight <= _MOST:
                break
            self._drop(oldest)

    def _drop(self, key: Key) -> None:
        dropped = self._said.pop(key, None)
        if dropped is not None:
            self._weight -= _weight(dropped)


def _weight(remembered: Remembered) -> int:
    _, accounts = remembered
    values = (len(each.contracts) + len(each.domains) + len(each.contacts) for each in accounts)
    return 1 + len(accounts) + sum(values)


class _Breaker:
    """After `failures` in a row no question is let through for `pause` seconds; then one, as a trial."""

    def __init__(self, failures: int, pause: float, clock: Callable[[], float]) -> None:
        self._failures = failures
        self._pause = pause
        self._clock = clock
        self._lock = threading.Lock()
        self._failed = 0
        self._closed_until = 0.0

    def lets(self) -> bool:
        """May a question be asked now?"""
        with self._lock:
            if self._failed < self._failures:
                return True
            now = self._clock()
            if now < self._closed_until:
                return False
            self._closed_until = now + self._pause  # others wait for how the trial ends
            return True

    def ended(self, *, well: bool) -> None:
        """A question that was let through has ended."""
        with self._lock:
            self._failed = 0 if well else self._failed + 1
            self._closed_until = self._clock() + self._pause
