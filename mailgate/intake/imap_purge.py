"""Deletes mails from a mailbox's done folders, if the operator asked for it: old ones that the ledger holds.

Each mail is fetched once more and known by its digest before it goes; what the ledger does not hold
stays for ever. It happens once a day, while nothing waits to be taken.
"""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

import structlog

from mailgate.config import ImapSettings
from mailgate.core.digest import fingerprint_to
from mailgate.core.mailbox import Listed, next_batch
from mailgate.intake.claims import read_claims
from mailgate.intake.imap_connection import ImapConnection
from mailgate.intake.imap_folder import Post
from mailgate.store import mails

_log = structlog.get_logger()

_EVERY = 86_400.0  # seconds
_MOST_SECONDS = 20.0  # at a time: new mail may be waiting
_AGAIN = 60.0  # seconds until the rest
_MOST = 50
_OCTETS = 8 * 1024 * 1024


class Purge:
    """When a mailbox is purged, and how. `ticks` are seconds that never jump."""

    def __init__(
        self, mailbox: ImapSettings, post: Post, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        self._mailbox = mailbox
        self._post = post
        self._ticks = ticks
        self._due = ticks()

    @property
    def is_due(self) -> bool:
        """Is it time to purge?"""
        return bool(self._mailbox.purge_after_days) and self._ticks() >= self._due

    def step(self, connection: ImapConnection, is_stopping: Callable[[], bool]) -> None:
        """Purge for a while; then another folder is open on the connection than before."""
        ends = self._ticks() + _MOST_SECONDS
        before = self._post.now() - timedelta(days=self._mailbox.purge_after_days)
        deleted = 0
        self._due = self._ticks() + _EVERY
        for some in self._deletions(connection, before):
            deleted += some
            if is_stopping() or self._ticks() >= ends:
                self._due = self._ticks() + _AGAIN
                break
        if deleted:
            _log.info("imap.purged", mailbox=self._mailbox.name, mails=deleted)

    def _deletions(self, connection: ImapConnection, before: datetime) -> Iterator[int]:
        """How many mails went, batch by batch."""
        fixed = self._mailbox.done.partition("%")[0]
        pattern = _pattern(self._mailbox.done)
        for folder in connection.folders(fixed):
            if not pattern.fullmatch(folder):
                continue
            selected = connection.select(folder)
            listed = connection.listed(connection.uids(1, selected.next_uid))
            waiting = [one for one in listed if one.arrived < before and one.size <= self._mailbox.max_size]
            waiting.sort(key=lambda one: one.uid)
            while waiting:
                batch = next_batch(waiting, frozenset(), _MOST, _OCTETS)
                waiting = waiting[len(batch) :]
                held = self._held(connection, batch)
                if held and not connection.delete(held):
                    what = "the server cannot delete single mails (UIDPLUS): nothing is purged"
                    _log.warning("imap.not_purged", mailbox=self._mailbox.name, what=what)
                    return
                yield len(held)

    def _held(self, connection: ImapConnection, batch: Sequence[Listed]) -> list[int]:
        """Those of the mails that the ledger holds, byte for byte but for trace."""
        found = connection.fetch(batch)
        desk, names = self._post.policy().desk, self._mailbox.recipients_from
        digests = {
            uid: fingerprint_to(raw, read_claims(raw, desk, names).recipients).digest
            for uid, raw in found.items()
        }
        with self._post.ledger.read() as ask:
            return [uid for uid, digest in digests.items() if mails.any_copy(ask, digest) is not None]


def _pattern(done: str) -> "re.Pattern[str]":
    """The names that a done folder's pattern gives."""
    parts = re.split(r"%[YmdGV]", done)
    return re.compile(r"\d+".join(re.escape(part.replace("%%", "%")) for part in parts))
