"""The folder of a mailbox over one connection: what lies there is taken in batches, then moved away.

Nothing leaves the folder that is not durably taken. A batch is fetched while the one before it is being
committed; only then is that one moved. What a crash leaves between the two is known by its origin, and
only moved by the next look. A mail that cannot be fetched is tried a few times, then stepped over and
reported, and tried once more now and then, because it may have been the server's or the network's fault. A
mail during whose fetch the connection ended is fetched alone from then on, so that it takes nobody with it.
"""

from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from mailgate.config import ImapSettings
from mailgate.core.mail import Door, Envelope
from mailgate.core.mailbox import Listed, Terms, next_batch, plan
from mailgate.core.policy import Policy
from mailgate.intake.claims import read_claims
from mailgate.intake.imap_beginning import beginning
from mailgate.intake.imap_client import Declined, Lost
from mailgate.intake.imap_connection import ImapConnection
from mailgate.spool import Receipt, Spool
from mailgate.store import mailboxes
from mailgate.store.mailboxes import Fetched, Folder, Origin
from mailgate.store.sqlite import Ledger

_log = structlog.get_logger()

_MOST = 50  # mails a batch
_OCTETS = 8 * 1024 * 1024  # a batch; two are held at a time
_BEGINNING = 256 * 1024  # octets of a mail that is too large
_TRIES, _AGAIN = 3, timedelta(minutes=30)  # then a mail is stepped over, and tried once more
_KEYWORD = "MailgateTaken"


@dataclass(frozen=True, slots=True)
class Post:
    """Where a mailbox's mails go, and by whose rules."""

    ledger: Ledger
    spool: Spool
    policy: Callable[[], Policy]
    now: Callable[[], datetime]


@dataclass(slots=True)
class Troubles:
    """What a mailbox remembers from one connection to the next: whose fetch failed, and who is suspect."""

    failures: Counter[int] = field(default_factory=Counter)
    suspects: set[int] = field(default_factory=set)
    folder: int = 0

    def belong_to(self, folder: int) -> None:
        """Forget those of another folder, or of another UIDVALIDITY, where UIDs are those of other mails."""
        if folder != self.folder:
            self.failures.clear()
            self.suspects.clear()
            self.folder = folder


@dataclass(frozen=True, slots=True)
class _Submitted:
    mail: Listed
    receipt: "Future[Receipt]"


class OpenFolder:
    """The mailbox's folder on `connection`. Its methods raise Lost, Declined and the spool's Temporary."""

    def __init__(
        self, connection: ImapConnection, mailbox: ImapSettings, post: Post, troubles: Troubles
    ) -> None:
        self._connection = connection
        self._mailbox = mailbox
        self._post = post
        self._troubles = troubles
        self._selected = connection.select(mailbox.folder)
        self._beyond = self._selected.next_uid
        self._folder = self._known_folder()
        troubles.belong_to(self._folder.id)
        # Above 1 the first look has been done; before it, what comes from now on is later.
        self._later = self._folder.next_uid if self._folder.next_uid > 1 else self._beyond
        self._fresh: deque[Listed] = deque()
        self._bulk: deque[Listed] = deque()
        self._stuck: set[int] = set()
        self._incomplete = False
        self._top = self._folder.next_uid
        self._submitted: list[_Submitted] = []
        self.taken_last: datetime | None = None

    def _known_folder(self) -> Folder:
        mailbox, validity = self._mailbox, self._selected.uidvalidity
        with self._post.ledger.write() as work:
            known = mailboxes.find_folder(work, mailbox.account, mailbox.folder, validity)
            if known is not None:
                return known
            made = mailboxes.add_folder(work, mailbox.account, mailbox.folder, validity, self._beyond)
        if made.rescan:
            what = "the server numbered all mails anew: they are looked through, and known ones linked"
            _log.error("imap.uidvalidity", mailbox=mailbox.name, folder=mailbox.folder, what=what)
        return made

    @property
    def backlog(self) -> int:
        """How many mails are listed and not taken yet."""
        return len(self._fresh) + len(self._bulk)

    @property
    def is_stuck(self) -> bool:
        """Are there mails that could not be fetched or kept, and will be tried again?"""
        return bool(self._stuck) or self._incomplete

    def look(self) -> None:
        """See what lies there: move away what was taken before, and list what is new."""
        self._finish()
        if self._stuck:
            self._connection.ask()  # what others have deleted is gone from our view only then
        folder = self._folder
        with self._post.ledger.read() as ask:
            unmoved = mailboxes.unmoved(ask, folder.id)
            again = mailboxes.stepped_over_before(ask, folder.id, self._post.now() - _AGAIN)
            first = min((folder.next_uid, *unmoved[:1], *again[:1]))
            known = mailboxes.known(ask, folder.id, first)
        uids = self._connection.uids(first, self._beyond)
        self._beyond = 0  # told at SELECT; what comes later is beyond it
        present = frozenset(uids)
        # What is gone was moved just before a crash, or by somebody else.
        self._note([uid for uid in unmoved if uid not in present], Fetched.MOVED)
        self._move([uid for uid in unmoved if uid in present])
        gone = [uid for uid in again if uid not in present]
        if gone:
            with self._post.ledger.write() as work:
                mailboxes.forget_stepped_over(work, folder.id, gone)
        self._troubles.suspects.update(again)
        self._sort([uid for uid in uids if uid not in known or uid in again])
        self._top = max((folder.next_uid, *(uid + 1 for uid in uids)))

    def _sort(self, uids: Sequence[int]) -> None:
        listed = self._connection.listed(uids)
        self._stuck.clear()
        self._incomplete = False
        for uid in sorted(frozenset(uids) - {one.uid for one in listed}):
            self._failed(uid, "the server does not tell its size and date")
        found = plan(listed, self._terms())
        self._fresh, self._bulk = deque(found.fresh), deque(found.bulk)

    def _terms(self) -> Terms:
        start = self._mailbox.start
        if start is None:
            with self._post.ledger.read() as ask:
                start = mailboxes.born(ask)
        stale = self._post.now() - self._post.policy().limits.stale_after
        # INTERNALDATE has whole seconds only.
        return Terms(start.replace(microsecond=0), stale, self._later)

    def take(self) -> bool:
        """Fetch the next batch, and move away the one before it; False when there was neither."""
        if self._bulk and not self._fresh:
            self._connection.ask()
            if self._connection.has_news:
                self.look()  # whoever wrote just now does not wait for a backlog
        batch = self._next()
        found = self._fetch(batch) if batch else {}
        before = bool(self._submitted)
        self._finish()
        self._submitted = [self._submit(one, found[one.uid]) for one in batch if one.uid in found]
        if not (batch or before):
            self._advance()
        return bool(batch) or before

    def _next(self) -> tuple[Listed, ...]:
        lane = self._fresh or self._bulk
        if not lane:
            return ()
        self._post.spool.check_room(bulk=not self._fresh)
        octets = min(_OCTETS, self._mailbox.max_size)  # what is not taken whole is a batch of its own, too
        batch = next_batch(lane, self._troubles.suspects, _MOST, octets)
        for _ in batch:
            lane.popleft()
        return batch

    def _fetch(self, batch: tuple[Listed, ...]) -> dict[int, bytes]:
        try:
            found, declined = self._fetch_apart(batch)
        except Lost as why:
            self._troubles.suspects.update(one.uid for one in batch)
            if len(batch) == 1:
                self._failed(batch[0].uid, str(why))
            raise
        for one in batch:
            if one.uid not in found:
                self._failed(one.uid, declined.get(one.uid, "the server gives no text of it"))
        return found

    def _fetch_apart(self, batch: tuple[Listed, ...]) -> tuple[dict[int, bytes], dict[int, str]]:
        """The mails together, else one by one; and why some were declined."""
        found: dict[int, bytes] = {}
        declined: dict[int, str] = {}
        try:
            return self._fetched(batch), declined
        except Declined as why:
            if len(batch) == 1:
                return found, {batch[0].uid: str(why)}
            for one in batch:
                some, reason = self._fetch_apart((one,))
                found |= some
                declined |= reason
            if len(declined) == len(batch):
                raise  # that is no mail's fault
        return found, declined

    def _fetched(self, batch: tuple[Listed, ...]) -> dict[int, bytes]:
        if not self._is_oversized(batch[0]):
            return self._connection.fetch(batch)
        raw = beginning(self._connection, batch[0], min(_BEGINNING, self._mailbox.max_size))
        return {} if raw is None else {batch[0].uid: raw}

    def _is_oversized(self, one: Listed) -> bool:
        return one.size > self._mailbox.max_size

    def _failed(self, uid: int, why: str) -> None:
        """A mail could not be fetched: it is tried again, then stepped over; the others go on."""
        self._troubles.failures[uid] += 1
        if self._troubles.failures[uid] < _TRIES:
            self._stuck.add(uid)
            _log.warning("imap.fetch_failed", mailbox=self._mailbox.name, uid=uid, why=why)
            return
        with self._post.ledger.write() as work:
            mailboxes.note_stepped_over(work, Origin(self._folder.id, uid), why, self._post.now())
        _log.error("imap.stepped_over", mailbox=self._mailbox.name, uid=uid, why=why)

    def _submit(self, one: Listed, raw: bytes) -> _Submitted:
        policy, now = self._post.policy(), self._post.now()
        claims = read_claims(raw, policy.desk, self._mailbox.recipients_from)
        envelope = Envelope(
            door=Door.IMAP,
            sender=claims.sender or "",
            recipients=claims.recipients,
            received=min(one.arrived, now),
            hop=self._mailbox.hop,
            peer=self._mailbox.host,
            bulk=one.arrived < now - policy.limits.stale_after,
            whole_size=one.size if self._is_oversized(one) else 0,
        )
        origin = Origin(self._folder.id, one.uid)
        again = one.uid < self._folder.rescan
        return _Submitted(one, self._post.spool.submit(envelope, raw, once=again, origin=origin))

    def _finish(self) -> None:
        """Wait for the commit of what was submitted, then let it leave the folder."""
        submitted, self._submitted = self._submitted, []
        try:
            for one in submitted:
                one.receipt.result()
        except BaseException:
            # Which of them are in the ledger, the ledger knows: the next look begins anew.
            self._fresh.clear()
            self._bulk.clear()
            self._incomplete = True
            raise
        if submitted:
            self.taken_last = self._post.now()
        self._note([one.mail.uid for one in submitted if self._is_oversized(one.mail)], Fetched.STAYS)
        self._move([one.mail.uid for one in submitted if not self._is_oversized(one.mail)])

    def _move(self, uids: list[int]) -> None:
        if not uids:
            return
        if not self._mailbox.done:
            self._note(uids, Fetched.STAYS)
            return
        try:
            moved = self._connection.move(uids, self._post.now().strftime(self._mailbox.done))
            if not moved and self._selected.keywords:
                self._connection.mark(uids, _KEYWORD)
        except Declined as why:
            # They are safe, and tried again with the next look.
            _log.warning("imap.not_moved", mailbox=self._mailbox.name, mails=len(uids), why=str(why))
            return
        self._note(uids, Fetched.MOVED if moved else Fetched.STAYS)

    def _note(self, uids: Sequence[int], state: Fetched) -> None:
        if uids:
            with self._post.ledger.write() as work:
                mailboxes.note_left(work, self._folder.id, uids, state)

    def _advance(self) -> None:
        """Everything listed is dealt with, but for what is stuck."""
        if self._incomplete:
            return
        reached = min((self._top, *self._stuck))
        if reached > self._folder.next_uid:
            with self._post.ledger.write() as work:
                mailboxes.advance(work, self._folder.id, reached)
            self._folder = replace(self._folder, next_uid=reached)
