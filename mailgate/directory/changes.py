"""What a file of accounts changes in the base: added, changed, removed; and rows that contradict others.

No login, contract or domain leads to two accounts: who writes could not be told from it, and what one
customer may ask would be carried out for another.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from mailgate.core.account import Account, Key, KeyKind, keys_of
from mailgate.directory.file import Bad, Row
from mailgate.directory.record import shown


@dataclass(frozen=True, slots=True)
class Changed:
    """An account before and after."""

    old: Account
    new: Account


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
    def fresh(self) -> Iterator[Account]:
        """The accounts as they will be, added or changed."""
        yield from self.added
        yield from (change.new for change in self.changed)

    @property
    def is_empty(self) -> bool:
        """Would the base stay as it is?"""
        return not (self.added or self.changed or self.removed)

    @property
    def empties(self) -> bool:
        """Would more than a third of the base be removed, as by a file that was cut short?"""
        return len(self.removed) * 3 > self.before


def compare(
    rows: Iterable[Row | Bad], base: Iterable[Account], now: datetime, *, remove_missing: bool
) -> Changes:
    """The changes that `rows` make to `base`.

    An administrative mailbox that differs, and comes without a date, is that since `now`. Of rows that
    name the same id, login, contract or domain none is taken.
    """
    found = Changes()
    wanted, owners = _alone(rows, found.bad)
    lines = {number: row.line for number, row in wanted.items()}
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
        _leave_out(found, lines, owners, clashes)
    found.bad.sort(key=lambda bad: bad.line)
    return found


def _own_keys(account: Account) -> Iterator[Key]:
    """The keys that no other account may have."""
    return (key for key in keys_of(account) if key.kind is not KeyKind.ADDRESS)


def _alone(rows: Iterable[Row | Bad], bad: list[Bad]) -> tuple[dict[str, Row], dict[Key, str]]:
    """The good rows that share nothing with another good one, and who has which key; others are in `bad`."""
    good: list[Row] = []
    ids: dict[str, Row] = {}
    owners: dict[Key, Row] = {}
    shared: defaultdict[int, list[str]] = defaultdict(list)
    for row in rows:
        if isinstance(row, Bad):
            bad.append(row)
            continue
        good.append(row)
        _note_shared(shared, row.account.id, row, ids.setdefault(row.account.id, row))
        for key in _own_keys(row.account):
            _note_shared(shared, key, row, owners.setdefault(key, row))
    bad += [Bad(row.line, _joined(shared[row.line]), row.account.id) for row in good if row.line in shared]
    return (
        {row.account.id: row for row in good if row.line not in shared},
        {key: row.account.id for key, row in owners.items() if row.line not in shared},
    )


def _note_shared(shared: dict[int, list[str]], what: str | Key, row: Row, first: Row) -> None:
    if first is row:
        return
    words = f"id {shown(what)}" if isinstance(what, str) else f"{what.kind} {shown(what.value)}"
    shared[first.line].append(f"{words} stands in line {row.line} too")
    shared[row.line].append(f"{words} stands in line {first.line} too")


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
