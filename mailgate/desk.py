"""One mail from the spool to done. The whole way of a mail stands in `settle`.

Mails are claimed in the order they came, in batches; the next batch is parsed beside the house while
this one is settled, in one transaction with a savepoint a mail. A try is counted just before that work is
done, so a mail that takes us down is noticed: its second try is made alone, so that it takes nobody
with it, and after the last it is parked with its reason. To be read costs no try, that takes down a reader
at most. A mail whose parse is late steps aside and is
tried once more alone with more time. Only the engine's own trouble (lock, disk) counts no try.

Bulk mail, which is never answered, is looked at only while no other waits. It is not parsed ahead, so
that a mail that comes meanwhile waits for one bulk batch at most.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, repeat

import structlog

from mailgate.apply import apply, record
from mailgate.core import identify
from mailgate.core.account import Key, Records
from mailgate.core.case import Case, Facts, lookups
from mailgate.core.decide import decide
from mailgate.core.effects import Decision, Reason, Silence, Verdict
from mailgate.core.mail import Defect, Mail
from mailgate.core.triage import triage
from mailgate.directory import Directory, ask_each
from mailgate.errors import Temporary
from mailgate.gather import gather
from mailgate.parse.message import beyond
from mailgate.parse.pool import Late, Pool, Reading
from mailgate.rulebook import Rulebook
from mailgate.store import backlog, mails, tickets
from mailgate.store.backlog import Waiting
from mailgate.store.mark import HighWater
from mailgate.store.sqlite import Ledger, Work, is_ours

_log = structlog.get_logger()

_BATCH = 32
_BATCH_BYTES = 16 * 1024 * 1024  # two batches are held at once, their raw mails included
_FAILED = "park_failed"  # the rule of a mail that was tried too often


@dataclass(frozen=True, slots=True)
class Times:
    """How long a mail may take to parse, in seconds, and how often it may be tried."""

    parse: float = 1.0
    parse_alone: float = 5.0
    tries: int = 3


@dataclass(frozen=True, slots=True)
class Sources:
    """Who is asked about a mail before its transaction begins: the readers, and the customers' directory."""

    pool: Pool
    directory: Directory


@dataclass(frozen=True, slots=True)
class _Claimed:
    """Mails to be settled together, and their reading, which goes on beside the house."""

    waiting: tuple[Waiting, ...]
    reading: Reading

    @property
    def ids(self) -> tuple[int, ...]:
        """The mails' ids."""
        return tuple(one.id for one in self.waiting)


class Desk:
    """Settles what waits in `ledger` by `rulebook()`. `settled` is called after each commit."""

    def __init__(
        self,
        ledger: Ledger,
        sources: Sources,
        rulebook: Callable[[], Rulebook],
        times: Times,
        now: Callable[[], datetime],
        settled: Callable[[], None],
    ) -> None:
        self._ledger = ledger
        self._pool = sources.pool
        self._directory = sources.directory
        self._rulebook = rulebook
        self._times = times
        self._now = now
        self._settled = settled
        self._mark = HighWater(ledger.path.parent)
        self._ahead: _Claimed | None = None
        self._given_back: set[int] = set()
        self._giving = threading.Lock()

    def step(self) -> bool:
        """Settle the next batch; False when none waits."""
        batch = self._ahead = self._ahead or self._claim(after=0)
        if batch is None:
            return self._settle_all(self._claim(after=0, bulk=True))
        # The next ones are parsed while these are settled.
        following = self._claim(after=batch.ids[-1])
        self._ahead = None
        self._settle_all(batch)
        self._ahead = following
        return True

    def step_aside(self) -> bool:
        """Try the oldest mail that stepped aside once more, alone and with more time."""
        found = self._look(1, 0, aside=True) or self._idle_look()
        return self._settle_all(self._begin(found, self._times.parse_alone))

    def _idle_look(self) -> tuple[Waiting, ...]:
        """The oldest bulk mail that stepped aside, if no other mail waits."""
        with self._ledger.read() as ask:
            return () if backlog.size(ask) else backlog.following(ask, 1, 0, aside=True, bulk=True)

    def _look(self, limit: int, after: int, *, aside: bool, bulk: bool = False) -> tuple[Waiting, ...]:
        with self._ledger.read() as ask:
            return backlog.following(ask, limit, after, aside=aside, bulk=bulk, most=_BATCH_BYTES)

    def _claim(self, after: int, *, bulk: bool = False) -> _Claimed | None:
        """Begin to parse the next mails; None when none waits."""
        found = self._look(_BATCH, after, aside=False, bulk=bulk)
        tried = [waiting for waiting in found if waiting.tries]
        if tried:
            found = tuple(tried[:1]) if found[0].tries else found[: found.index(tried[0])]
        return self._begin(found, self._times.parse)

    def _begin(self, found: tuple[Waiting, ...], seconds: float) -> _Claimed | None:
        if not found:
            return None
        sought = self._rulebook().policy.sought
        came = [(one.envelope, one.raw) for one in found]
        return _Claimed(found, self._pool.submit_all(came, seconds, sought))

    def _count(self, ids: tuple[int, ...]) -> None:
        with self._giving:
            back = tuple(self._given_back)
            with self._ledger.write() as work:
                if back:
                    backlog.count_try(work, back, -1)
                backlog.count_try(work, ids, 1)
            self._given_back.difference_update(back)

    def _settle_all(self, batch: _Claimed | None) -> bool:
        """Settle a batch in one transaction; False when there is none."""
        if batch is None:
            return False
        read = [
            _given_up(waiting, mail)
            for waiting, mail in zip(batch.waiting, batch.reading.result(), strict=True)
        ]
        said = self._ask(read)
        self._count(batch.ids)
        try:
            with self._ledger.write() as work:
                open_still = backlog.still_new(work, batch.ids)
                ended = [
                    self._settle_one(work, waiting, mail, records)
                    for waiting, mail, records in zip(batch.waiting, read, said, strict=False)
                    if waiting.id in open_still
                ]
        except Temporary:
            self._give_back(batch.ids)
            raise
        self._settled()
        for settled in filter(None, ended):
            _say_settled(settled)
        return True

    def _ask(self, read: Sequence[Mail | Late]) -> Iterator[Records]:
        """What the directory says of each mail of a batch, before its transaction begins."""
        asked = [identify.keys_of_mail(mail) if isinstance(mail, Mail) else frozenset[Key]() for mail in read]
        # A mail that it cannot bear takes no other with it; those it was not asked about wait for it.
        return chain(ask_each(self._directory, asked), repeat(Records(is_down=True)))

    def _give_back(self, ids: tuple[int, ...]) -> None:
        """Not the mails' fault: the try that was counted is given back with the next count."""
        with self._giving:
            self._given_back.update(ids)

    def _settle_one(
        self, work: Work, waiting: Waiting, mail: Mail | Late, records: Records
    ) -> mails.Settled | None:
        """What was written at the mail; None when it waits for another try."""
        if isinstance(mail, Late):
            backlog.put_aside(work, waiting.id)
            _log.warning("mail.aside", mail=waiting.id, seconds=self._times.parse)
            return None
        if waiting.tries >= self._times.tries:
            return self._park(work, waiting, mail, "the service ended each time")
        try:
            with work.savepoint():
                return self.settle(work, waiting, mail, records)
        except Exception as why:
            if is_ours(why):
                raise why if isinstance(why, Temporary) else Temporary(repr(why)) from why
            _log.exception("mail.failed", mail=waiting.id, tries=waiting.tries + 1)
            if waiting.tries + 1 >= self._times.tries:
                return self._park(work, waiting, mail, type(why).__name__)
            return None

    def settle(self, work: Work, waiting: Waiting, mail: Mail, records: Records) -> mails.Settled:
        """The way of a mail: who speaks, what do we know, what is to be done, and it is done.

        `records` are what the directory said of this mail.
        """
        rulebook = self._rulebook()
        found = triage(mail, rulebook.policy, records)
        counter = self._mark.following(tickets.counter(work))
        facts = gather(work, waiting, lookups(mail, found), counter, records, self._now())
        decision = decide(Case(mail, found, facts, rulebook.policy))
        letter = apply(work, waiting.id, decision.effects, rulebook, facts.now)
        settled = record(waiting.id, mail, found, facts, decision, letter)
        mails.settle(work, settled)
        if decision.ticket is not None:
            mails.tell_copies(work, waiting.id, decision.ticket)
        return settled

    def _park(self, work: Work, waiting: Waiting, mail: Mail, why: str) -> mails.Settled:
        """Set a mail aside for the operator, who can let it be tried again."""
        reason = f"failed {self._times.tries} times: {why}"
        decision = Decision(_FAILED, Verdict.PARKED, (), Silence(Reason.PARKED, reason), None, reason)
        facts = Facts(now=self._now(), next_number=0)
        found = triage(mail, self._rulebook().policy)
        settled = record(waiting.id, mail, found, facts, decision, None)
        mails.settle(work, settled)
        return settled


def _say_settled(settled: mails.Settled) -> None:
    """One line in the log, when it is durable: nobody who writes to the ledger waits for the log."""
    if settled.rule == _FAILED:
        _log.error("mail.parked", mail=settled.id, why=settled.why)
        return
    _log.info(
        "mail.settled",
        mail=settled.id,
        verdict=settled.verdict,
        rule=settled.rule,
        ticket=settled.ticket,
        letter=settled.letter,
        silence=settled.silence or None,
    )


def _given_up(waiting: Waiting, mail: Mail | Late) -> Mail | Late:
    """A mail that was late a second time is taken by its headers alone."""
    if isinstance(mail, Late) and waiting.aside:
        return beyond(waiting.raw, waiting.envelope, Defect.PARSER_TIMEOUT)
    return mail
