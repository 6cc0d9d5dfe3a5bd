"""What a file of accounts changes in the base: added, changed, removed; and rows that contradict others.

No login, contract or domain leads to two accounts: who writes could not be told from it, and what one
customer may ask would be carried out for another.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields, replace
from datetime import datetime

from mailgate.core.account import Account, Key, KeyKind, keys_of
from mailgate.directory.file import Bad, Row
from mailgate.directory.record import shown


@dataclass(frozen=True, slots=True)
class Changed:
    """An account before and after."""

    old: Account
    new: Account

    def fields(self) -> tuple[str, ...]:
        """The names of the values that differ."""
        return tuple(
            each.name
            for each in fields(Account)
            if getattr(self.old, each.name) != getattr(self.new, each.name)
        )


@dataclass(slots=True)
class Changes:
    """What would be done to a base of `before` accounts, and the rows that cannot be taken, by line."""

    before: int = 0
    unchanged: int = 0
    added: list[Account] = field(default_factory=list)
    changed: list[Changed] = field(default_factory=list)
    removed: list[Account] = field(default_factory=list)
    bad: list[Bad] = field(default_factory=list)

    @property
    def many(self) -> int:
        """How many accounts would be touched."""
        return len(self.added) + len(self.changed) + len(self.removed)


def compare(
    rows: Iterable[Row | Bad], base: Iterable[Account], now: datetime, *, remove_missing: bool
) -> Changes:
    """The changes that `rows` make to `base`.

    An administrative mailbox that differs, and comes without a date, is that since `now`. Of rows that
    name the same id, login, contract or domain none is taken.
    """
    found = Changes()
    good = _alone(rows, found.bad)
    wanted = {row.account.id: row for row in good}
    owners = {key: row.account.id for row in good for key in _own_keys(row.account)}
    clashes: list[tuple[str, Account, Key]] = []
    for old in base:
        found.before += 1
        row = wanted.pop(old.id, None)
        if row is not None:
            _settle(found, row, old, now)
        elif remove_missing:
            found.removed.append(old)
        else:
            clashes += [(owners[key], old, key) for key in _own_keys(old) if key in owners]
    found.added = [_since(row.account, now) for row in wanted.values()]
    if clashes:
        _leave_out(found, {row.account.id: row.line for row in good}, owners, clashes)
    found.bad.sort(key=lambda bad: bad.line)
    return found


def _own_keys(account: Account) -> Iterator[Key]:
    """The keys that no other account may have."""
    return (key for key in keys_of(account) if key.kind is not KeyKind.ADDRESS)


def _alone(rows: Iterable[Row | Bad], bad: list[Bad]) -> list[Row]:
    """The good rows that share nothing with another good one; all others are in `bad`."""
    good: list[Row] = []
    for row in rows:
        if isinstance(row, Bad):
            bad.append(row)
        else:
            good.append(row)
    firsts: dict[Key | str, Row] = {}
    shared: defaultdict[int, list[str]] = defaultdict(list)
    for row in good:
        alone: list[Key | str] = [row.account.id, *_own_keys(row.account)]
        for key in alone:
            first = firsts.setdefault(key, row)
            if first is not row:
                words = f"id {shown(key)}" if isinstance(key, str) else f"{key.kind} {shown(key.value)}"
                shared[first.line].append(f"{words} stands in line {row.line} too")
                shared[row.line].append(f"{words} stands in line {first.line} too")
    bad += [Bad(row.line, _joined(shared[row.line]), row.account.id) for row in good if row.line in shared]
    return [row for row in good if row.line not in shared]


def _joined(texts: list[str], most: int = 5) -> str:
    more = f"; and {len(texts) - most} more such" if len(texts) > most else ""
    return "; ".join(texts[:most]) + more


def _settle(found: Changes, row: Row, old: Account, now: datetime) -> None:
    new = _since(row.account, now, old)
    if new == old:
        found.unchanged += 1
    else:
        found.changed.append(Changed(old, new))


def _since(account: Account, now: datetime, old: Account | None = None) -> Account:
    """The account, with the date of its mailbox where the file gives none."""
    if not account.mailbox or account.mailbox_since is not None:
        return account
    is_same = old is not None and old.mailbox == account.mailbox
    return replace(account, mailbox_since=old.mailbox_since if old and is_same else now)


def _leave_out(
    found: Changes, lines: dict[str, int], owners: dict[Key, str], clashes: list[tuple[str, Account, Key]]
) -> None:
    """Leave out what contradicts accounts that stay as they are.

    An account whose row is left out stays as it was, which may contradict further rows.
    """
    olds = {change.old.id: change.old for change in found.changed}
    reasons: dict[str, list[str]] = {}
    while clashes:
        loser, kept, key = clashes.pop()
        if loser not in reasons:
            old = olds.get(loser)
            further = () if old is None else _own_keys(old)
            clashes += [(owners[one], old, one) for one in further if old and owners.get(one, loser) != loser]
        reasons.setdefault(loser, []).append(
            f"{key.kind} {shown(key.value)} belongs to account {shown(kept.id)}, which stays as it is"
        )
    found.bad += [Bad(lines[one], _joined(sorted(texts)), one) for one, texts in reasons.items()]
    found.added = [account for account in found.added if account.id not in reasons]
    found.changed = [change for change in found.changed if change.new.id not in reasons]
