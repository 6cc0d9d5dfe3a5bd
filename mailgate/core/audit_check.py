"""Is the audit trail as it was written? Every link is made anew and compared with the one that is stored.

A fault is told once: from the record after it on, the stored links are believed again. What was cut off
at the end leaves an unbroken chain; it is seen by the counter of records, or by a head noted before.
"""

import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import chain as chained

from mailgate.core.audit import GENESIS, Head, NotedHead, Record, key_id, link
from mailgate.core.tag import Keys


class Fault(StrEnum):
    """What is wrong with records of the trail."""

    MISSING = "missing"
    CUT_OFF = "cut_off"  # missing at the end
    UNREADABLE = "unreadable"
    CONTENT = "content"
    LINK = "link"
    CONTENT_OR_LINK = "content_or_link"  # one of the two; which cannot be told
    KEY_ID = "key_id"
    UNKNOWN_KEY = "unknown_key"
    NOTED_HEAD = "noted_head"  # a head noted earlier is not in the trail


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault of the records `first` to `last`; `detail` is a key's id, or what cannot be read."""

    fault: Fault
    first: int
    last: int
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A stored record with its seal. `record` is None when what is stored is none, and `why` says why."""

    id: int
    record: Record | None
    key: str
    chain: bytes
    why: str = ""


class Check:
    """The check of one trail, whose records are shown to it in their order.

    `findings` yields faults as they become certain. `head` is the last record seen, `count` how many.
    """

    def __init__(self, keys: Keys, noted: tuple[NotedHead, ...] = ()) -> None:
        self._keys = tuple((key_id(key), key) for key in keys)
        self._noted = noted
        self._seen: set[NotedHead] = {each for each in noted if each.id == 0 and each.fits(GENESIS)}
        self._meant = GENESIS  # the last record's link: as it is stored, or, in doubt, as its content has it
        self.head = Head()
        self.count = 0

    def findings(self, trail: Iterable[Sealed], counter: int) -> Iterator[Finding]:
        """The faults of the whole trail; `counter` is the greatest id that was ever given."""
        return _merged(chained(self._settled(trail), self._at_the_end(counter)))

    def _settled(self, trail: Iterable[Sealed]) -> Iterator[Finding]:
        """The faults; one that leaves open what was changed waits for the next record to tell."""
        doubt: Finding | None = None
        for sealed in trail:
            missing = self._missing(sealed)
            found = self._judged(sealed, follows_gap=missing is not None)
            if doubt:
                yield self._told(doubt, sealed, found)
            doubt = None
            yield from filter(None, (missing,))
            if found and found.fault is Fault.CONTENT_OR_LINK:
                doubt = found
            elif found:
                yield found
            self._go_on(sealed, in_doubt=doubt is not None)
        yield from filter(None, (doubt,))

    def _missing(self, sealed: Sealed) -> Finding | None:
        first = self.head.id + 1
        return Finding(Fault.MISSING, first, sealed.id - 1) if sealed.id > first else None

    def _judged(self, sealed: Sealed, *, follows_gap: bool) -> Finding | None:
        """What is wrong with a record, as far as the links before it tell."""
        if sealed.record is None:
            return Finding(Fault.UNREADABLE, sealed.id, sealed.id, sealed.why)
        signed_by = [name for name, _ in self._signers(sealed, self.head.chain, self._meant)]
        if sealed.key in signed_by:
            return None
        if signed_by:
            return Finding(Fault.KEY_ID, sealed.id, sealed.id)
        if sealed.key not in {name for name, _ in self._keys}:
            return Finding(Fault.UNKNOWN_KEY, sealed.id, sealed.id, sealed.key)
        # After a gap the link before is gone, and nothing can be said of the record beyond it.
        return None if follows_gap else Finding(Fault.CONTENT_OR_LINK, sealed.id, sealed.id)

    def _told(self, doubt: Finding, following: Sealed, found: Finding | None) -> Finding:
        """What was changed, by which of its two links the next record goes on from."""
        if found is not None or following.id != doubt.last + 1:
            return doubt
        by_stored = any(self._signers(following, self.head.chain))
        return replace(doubt, fault=Fault.CONTENT if by_stored else Fault.LINK)

    def _signers(self, sealed: Sealed, *previous: bytes) -> Iterator[tuple[str, bytes]]:
        """The keys that make the stored link from one of the links before it."""
        for name, key in self._keys:
            if sealed.record and any(
                hmac.compare_digest(link(key, each, sealed.record), sealed.chain) for each in set(previous)
            ):
                yield name, key

    def _go_on(self, sealed: Sealed, *, in_doubt: bool) -> None:
        self._meant = sealed.chain
        if in_doubt and sealed.record:
            key = next(key for name, key in self._keys if name == sealed.key)
            self._meant = link(key, self.head.chain, sealed.record)
        self.head = Head(max(sealed.id, self.head.id), sealed.chain)
        self.count += 1
        self._seen |= {each for each in self._noted if each.id == sealed.id and each.fits(sealed.chain)}

    def _at_the_end(self, counter: int) -> Iterator[Finding]:
        if counter > self.head.id:
            yield Finding(Fault.CUT_OFF, self.head.id + 1, counter)
        for each in self._noted:
            if each not in self._seen:
                yield Finding(Fault.NOTED_HEAD, each.id, each.id)


def _merged(findings: Iterable[Finding]) -> Iterator[Finding]:
    """The same fault of records that follow each other is told once."""
    before: Finding | None = None
    for each in findings:
        if (
            before
            and replace(before, first=each.first, last=each.last) == each
            and (each.first == before.last + 1)
        ):
            before = replace(before, last=each.last)
            continue
        if before:
            yield before
        before = each
    if before:
        yield before
