"""Changes of the customer base, carried out while others work on the ledger.

They are laid out beside the base in small transactions, with pauses in which doors and desk get their turn,
and take effect all at once in one swift one. Killed before that, nothing has changed; killed after it,
all has, and what is left over is tidied up by the next change.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TypeVar

from mailgate.core.account import Account, KeyKind, keys_of
from mailgate.directory.changes import Changes
from mailgate.store import accounts
from mailgate.store.accounts import Pointer
from mailgate.store.sqlite import Ledger, Work

_ACCOUNTS = 10_000  # some tenths of a second: doors wait for five seconds before they answer 451
_POINTERS = 40_000
_LOOKED_THROUGH = 2_000

Value = TypeVar("Value")


class Load:
    """Carries out changes; only one at a time may work on a ledger. Raises Temporary.

    `pause` is called between transactions, `done` with how many rows were written since last time.
    """

    def __init__(self, ledger: Ledger, pause: Callable[[], None], done: Callable[[int], None]) -> None:
        self._ledger = ledger
        self._pause = pause
        self._done = done

    def carry_out(self, changes: Changes) -> None:
        """Change the base: all of it, or nothing."""
        self._tidy_up()
        self._in_parts(_lay_out, changes.fresh, _ACCOUNTS)
        self._in_parts(_lay_out_gone, changes.removed, _ACCOUNTS)
        # Beforehand, because a key of an account that is not there yet leads nowhere.
        self._in_parts(accounts.add_keys, _pointers(changes.fresh), _POINTERS)
        self._write(accounts.switch)
        self._in_parts(accounts.remove_keys, _stale(changes), _POINTERS)
        self._write(accounts.clear)

    def _tidy_up(self) -> None:
        """Remove what a change that was killed has left behind."""
        with self._ledger.read() as ask:
            left = accounts.is_laid_out(ask)
        if not left:
            return
        last: Pointer | None = None
        while page := self._page(last):
            self._in_parts(accounts.remove_keys, self._strays(page), _POINTERS)
            last = page[-1]
        self._write(accounts.clear)

    def _page(self, last: Pointer | None) -> tuple[Pointer, ...]:
        with self._ledger.read() as ask:
            return accounts.pointers_after(ask, last, _LOOKED_THROUGH)

    def _strays(self, page: tuple[Pointer, ...]) -> list[Pointer]:
        with self._ledger.read() as ask:
            found = [accounts.find(ask, number) for number in {each.account for each in page}]
        right = {
            Pointer(key.kind, key.value, account.id)
            for account in found
            if account
            for key in keys_of(account)
        }
        return [each for each in page if each not in right]

    def _in_parts(
        self, change: Callable[[Work, list[Value]], None], values: Iterable[Value], size: int
    ) -> None:
        source = iter(values)
        while some := list(islice(source, size)):
            with self._ledger.write() as work:
                change(work, some)
            self._done(len(some))
            self._pause()

    def _write(self, change: Callable[[Work], None]) -> None:
        with self._ledger.write() as work:
            change(work)
        self._pause()


def _lay_out(work: Work, some: list[Account]) -> None:
    accounts.lay_out(work, some)


def _lay_out_gone(work: Work, some: list[Account]) -> None:
    accounts.lay_out(work, some, gone=True)


def _pointers(wanted: Iterable[Account]) -> Iterator[Pointer]:
    """The keys of accounts, in the order in which they lie on the disk: that is far faster to write."""
    kinds: dict[KeyKind, list[Pointer]] = {kind: [] for kind in sorted(KeyKind)}
    for account in wanted:
        for key in keys_of(account):
            kinds[key.kind].append(Pointer(key.kind, key.value, account.id))
    for pointers in kinds.values():
        yield from sorted(pointers)
        pointers.clear()


def rows_of(changes: Changes) -> int:
    """How many rows `done` will be told of, but for the keys of changed accounts that are removed."""
    touched = (*changes.fresh, *changes.removed)
    values = (len(each.contracts) + len(each.domains) + len(each.contacts) for each in touched)
    return sum(values) + sum(2 + bool(each.mailbox) for each in touched)


def _stale(changes: Changes) -> Iterator[Pointer]:
    """The keys that lead no more to where they led."""
    for change in changes.changed:
        for key in set(keys_of(change.old)) - set(keys_of(change.new)):
            yield Pointer(key.kind, key.value, change.old.id)
    yield from _pointers(changes.removed)
