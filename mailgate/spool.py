"""The moment mailgate takes a mail upon itself.

Every door ends here. `accept` returns when the mail is durable in the ledger, and only then may the
door say yes (RFC 5321, section 6.1). Commits are shared without a timer: while one commit is on its
way to the disk, ours or another's, new mails gather; when it is done, all that have gathered go into the
next one.
Nothing is refused for good here: every exception is temporary, and the sender still has the mail.
"""

import os
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import structlog

from mailgate.core.digest import fingerprint_to, handed_in_with
from mailgate.core.mail import Envelope
from mailgate.errors import DiskFull, Overloaded, Temporary
from mailgate.store import backlog, idempotency, mailboxes, mails, rows
from mailgate.store.idempotency import IdempotencyKey
from mailgate.store.mailboxes import Origin
from mailgate.store.sqlite import Ledger, Work

_log = structlog.get_logger()

_COPY_WITHIN = timedelta(days=7)
_BARE_COPY_WITHIN = timedelta(hours=1)
_MOST_TOGETHER = 200
_ROOM_SECONDS = 0.25  # how long an answer about free room is believed


@dataclass(frozen=True, slots=True)
class Receipt:
    """The mail's id, and the earlier mail it is a copy of, if there is one.

    `known`: nothing was stored, because the ledger had the mail with this id already; `is_other`: what was
    taken under the key then was another request than this.
    """

    id: int
    duplicate_of: int | None = None
    known: bool = False
    is_other: bool = False


@dataclass(frozen=True, slots=True)
class _Handed:
    envelope: Envelope
    raw: bytes
    once: bool
    origin: Origin | IdempotencyKey | None
    done: "Future[Receipt]"


class Spool:
    """Takes mails into `ledger`.

    `min_free` is the floor of free bytes on its disk, `max_backlog` how many mails may wait. Bulk mail
    is counted by itself, up to `max_bulk_backlog`, so that an import never closes the doors.
    `taken` is called after each commit, to wake whoever settles.
    """

    def __init__(
        self,
        ledger: Ledger,
        *,
        min_free: int,
        max_backlog: int,
        max_bulk_backlog: int,
        taken: Callable[[], None],
    ) -> None:
        self._ledger = ledger
        self._folder: Path = ledger.path.parent
        self._min_free = min_free
        self._allowed = {False: max_backlog, True: max_bulk_backlog}  # by whether it is the bulk's
        self._taken = taken
        self._handed: queue.SimpleQueue[_Handed | None] = queue.SimpleQueue()
        self._backlog = dict.fromkeys(self._allowed, 0)
        self._free = 0
        self._looked = float("-inf")
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="spool", daemon=True)

    def start(self) -> None:
        """Begin to commit."""
        self._thread.start()

    def close(self) -> None:
        """Commit what was handed over before, then end."""
        self._handed.put(None)
        self._thread.join()

    @property
    def is_alive(self) -> bool:
        """Is the committing thread running?"""
        return self._thread.is_alive()

    def submit(
        self,
        envelope: Envelope,
        raw: bytes,
        *,
        once: bool = False,
        origin: Origin | IdempotencyKey | None = None,
    ) -> "Future[Receipt]":
        """Hand a mail over; the result comes after the durable commit, or the Temporary that prevented it.

        With `once` a mail that the ledger has, however old, is not stored again; without, it is linked.
        What was taken from `origin` before, or under this key, is not stored again either.
        """
        handed = _Handed(envelope, raw, once, origin, Future())
        self._handed.put(handed)
        return handed.done

    def accept(self, envelope: Envelope, raw: bytes) -> Receipt:
        """Take a mail; durable on return. Raises Temporary."""
        return self.submit(envelope, raw).result()

    def check_room(self, *, bulk: bool = False) -> None:
        """Is there room for another mail, or another bulk mail? Raises DiskFull or Overloaded."""
        self._look()
        if self._free < self._min_free:
            raise DiskFull(f"{self._free} bytes free, {self._min_free} wanted")
        waiting, allowed = self._backlog[bulk], self._allowed[bulk]
        if waiting >= allowed:
            raise Overloaded(f"{waiting} {'bulk ' if bulk else ''}mails wait, {allowed} allowed")

    def _look(self) -> None:
        now = time.monotonic()
        if now - self._looked < _ROOM_SECONDS:
            return
        self._looked = now
        disk = os.statvfs(self._folder)
        self._free = disk.f_bavail * disk.f_frsize
        with self._ledger.read() as ask:
            self._backlog = {bulk: backlog.size(ask, bulk=bulk) for bulk in self._allowed}

    def _run(self) -> None:
        while not self._ended:
            together: list[_Handed] = []
            self._gather(together, wait=True)
            if together:
                self._commit(together)

    def _gather(self, together: list[_Handed], *, wait: bool) -> None:
        """Add all that was handed over; with `wait`, wait for the first."""
        while len(together) < _MOST_TOGETHER and not self._ended:
            try:
                handed = self._handed.get(block=wait)
            except queue.Empty:
                return
            wait = False
            if handed is None:
                self._ended = True
            else:
                together.append(handed)

    def _commit(self, together: list[_Handed]) -> None:
        try:
            arrivals = [_arrival(handed) for handed in together]
            with self._ledger.write() as work:
                # What was handed over while we waited for the ledger goes along.
                self._gather(together, wait=False)
                arrivals += [_arrival(handed) for handed in together[len(arrivals) :]]
                receipts = [_take(work, *both) for both in zip(together, arrivals, strict=True)]
                mails.count_accepted(work, sum(not receipt.known for receipt in receipts))
        except BaseException as why:  # noqa: BLE001 - whatever it is, the doors must hear it and say 4xx
            _log.warning("spool.refused", mails=len(together), why=repr(why))
            for handed in together:
                handed.done.set_exception(why if isinstance(why, Temporary) else Temporary(repr(why)))
            return
        for handed, receipt in zip(together, receipts, strict=True):
            self._backlog[handed.envelope.bulk] += not receipt.known
            handed.done.set_result(receipt)
        self._taken()
        for handed, receipt in zip(together, receipts, strict=True):
            if not receipt.known:
                _say_taken(handed, receipt)


def _say_taken(handed: _Handed, receipt: Receipt) -> None:
    _log.info(
        "mail.taken",
        mail=receipt.id,
        door=handed.envelope.door.value,
        hop=handed.envelope.hop,
        peer=handed.envelope.peer,
        bulk=handed.envelope.bulk or None,
        size=len(handed.raw),
        duplicate_of=receipt.duplicate_of,
    )


def _arrival(handed: _Handed) -> mails.Arrival:
    found = fingerprint_to(handed.raw, handed.envelope.recipients)
    digest = found.digest
    if handed.envelope.vouched is not None:
        # The same words for another account, or under another key, are another request.
        key = handed.origin.key if isinstance(handed.origin, IdempotencyKey) else ""
        digest = handed_in_with(digest, (rows.vouched_text(handed.envelope.vouched), key))
    return mails.Arrival(handed.envelope, handed.raw, digest, found.is_bare)


def _take(work: Work, handed: _Handed, arrival: mails.Arrival) -> Receipt:
    """Take a mail, unless it was taken from its origin, or under its key, before, and note that with it."""
    match handed.origin:
        case None:
            return _add(work, arrival, once=handed.once)
        case Origin() as origin:
            taken = mailboxes.mail_from(work, origin)
            if taken is not None:
                return Receipt(taken, known=True)
            receipt = _add(work, arrival, once=handed.once)
            mailboxes.note_taken(work, origin, receipt.id, arrival.envelope.received)
        case IdempotencyKey() as key:
            before = idempotency.find(work, key)
            if before is not None:
                return Receipt(before.mail, known=True, is_other=not before.is_same)
            receipt = _add(work, arrival, once=handed.once)
            idempotency.note(work, key, receipt.id, arrival.envelope.received)
    return receipt


def _add(work: Work, arrival: mails.Arrival, *, once: bool) -> Receipt:
    known = mails.any_copy(work, arrival.digest) if once else None
    if known is not None:
        return Receipt(known, known=True)
    duplicate_of = _first_copy(work, arrival)
    return Receipt(mails.add(work, arrival, duplicate_of), duplicate_of)


def _first_copy(work: Work, arrival: mails.Arrival) -> int | None:
    """The mail this one is a copy of; of one that is like another by chance, only within the hour."""
    within = _BARE_COPY_WITHIN if arrival.is_bare else _COPY_WITHIN
    return mails.first_copy(work, arrival.digest, arrival.envelope.received - within)
