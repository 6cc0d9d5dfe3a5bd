"""The importer: mails that lie in files enter the spool, each once, however often it is run.

A mail that the ledger has already, by its digest, is not stored again: so an import that was ended
anywhere goes on when it is run again. Many mails share a commit, because up to a window of them are on
their way at a time; the window is bounded in mails and octets, and so is the memory.
"""

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from mailgate.core.digest import fingerprint_to
from mailgate.core.mail import Door, Envelope
from mailgate.core.policy import Desk
from mailgate.errors import Overloaded, Temporary
from mailgate.intake.archive import Bad, Found
from mailgate.intake.claims import last_hop, read_claims
from mailgate.spool import Receipt
from mailgate.store import mails
from mailgate.store.sqlite import Ledger

HOP = "import"
"""What `[trust] hops` calls this door."""

_MOST = 400
_MOST_OCTETS = 32 * 1024 * 1024


class MailSpool(Protocol):
    """The part of `mailgate.spool.Spool` that the importer needs."""

    def submit(self, envelope: Envelope, raw: bytes, *, once: bool) -> "Future[Receipt]":
        """Take a mail; the future ends when it is durable."""

    def check_room(self, *, bulk: bool) -> None:
        """Raise DiskFull or Overloaded when no mail of this lane can be taken now."""


class Rehearsal:
    """In place of a spool: takes nothing, and says of each mail whether `ledger` knows it."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._seen: set[bytes] = set()

    def submit(self, envelope: Envelope, raw: bytes, *, once: bool) -> "Future[Receipt]":  # noqa: ARG002
        """The receipt that a spool would give; its id means nothing."""
        digest = fingerprint_to(raw, envelope.recipients).digest
        with self._ledger.read() as ask:
            known = digest in self._seen or mails.any_copy(ask, digest) is not None
        self._seen.add(digest)
        done: Future[Receipt] = Future()
        done.set_result(Receipt(0, known=known))
        return done

    def check_room(self, *, bulk: bool) -> None:
        """There is always room."""


def envelope_of(found: Found, desk: Desk, now: datetime, answer_within: timedelta | None) -> Envelope:
    """The envelope of a mail in a file. It is bulk, and is never answered.

    With `answer_within` a mail that a last MTA took within this time enters as one that it pipes to us;
    it must have a Return-Path, as the null sender could not be told otherwise (RFC 3834, section 2).
    """
    claimed = read_claims(found.raw, desk)
    sender = found.sender if claimed.sender is None else claimed.sender
    if answer_within is not None and claimed.sender is not None:
        taken = last_hop(found.raw)
        if taken is not None and now - answer_within <= taken <= now:
            return Envelope(Door.PIPE, sender, claimed.recipients, now, HOP, found.place)
    return Envelope(Door.IMPORT, sender, claimed.recipients, now, HOP, found.place, bulk=True)


@dataclass(frozen=True, slots=True)
class _OnItsWay:
    receipt: "Future[Receipt]"
    octets: int
    size: int


class Importer:
    """Brings mails into `spool` and counts what became of them.

    `envelope_of` makes their envelopes. `wait` is called while the lane is full; it returns when it is
    to be tried again, or raises what it was given. `done` is told of the octets that were dealt with.
    """

    def __init__(
        self,
        spool: MailSpool,
        envelope_of: Callable[[Found], Envelope],
        wait: Callable[[Overloaded], None],
        done: Callable[[int], None],
    ) -> None:
        self.taken = 0
        self.known = 0
        self.bad: list[Bad] = []
        self._spool = spool
        self._envelope_of = envelope_of
        self._wait = wait
        self._done = done
        self._window: deque[_OnItsWay] = deque()
        self._octets = 0

    def run(self, entries: Iterable[Found | Bad]) -> None:
        """Bring all; what was handed over before an exception is waited for and counted.

        Raises Temporary when the ledger cannot be written or has no room, and what `wait` raises.
        """
        try:
            for entry in entries:
                if isinstance(entry, Bad):
                    self.bad.append(entry)
                    self._done(entry.size)
                else:
                    self._bring(entry)
        finally:
            self._finish()

    def _bring(self, found: Found) -> None:
        envelope = self._envelope_of(found)
        self._find_room(bulk=envelope.bulk)
        receipt = self._spool.submit(envelope, found.raw, once=True)
        self._window.append(_OnItsWay(receipt, len(found.raw), found.size))
        self._octets += len(found.raw)
        while len(self._window) > _MOST or self._octets > _MOST_OCTETS:
            self._receive()

    def _find_room(self, *, bulk: bool) -> None:
        while True:
            try:
                self._spool.check_room(bulk=bulk)
            except Overloaded as why:
                self._finish()
                self._wait(why)
            else:
                return

    def _finish(self) -> None:
        """Wait for all that is on its way; the first failure is raised after the last."""
        failures: list[Temporary] = []
        while self._window:
            try:
                self._receive()
            except Temporary as why:
                failures.append(why)
        if failures:
            raise failures[0]

    def _receive(self) -> None:
        """Wait for the oldest receipt and count it."""
        oldest = self._window[0]
        failure = oldest.receipt.exception()  # where Ctrl-C comes: the mail is still in the window
        self._window.popleft()
        self._octets -= oldest.octets
        if failure is not None:
            raise failure
        known = oldest.receipt.result().known
        self.known += known
        self.taken += not known
        self._done(oldest.size)
