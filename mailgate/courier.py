"""Letters from the outbox to the smarthost, over several kept connections at once.

The trade of the marks. A letter is marked in the ledger before the smarthost hears of it and its
result is noted after; what a crash finds marked may have gone, and is not sent again. So every mark that
is not yet needed may cost a letter, and every commit costs a sync of the disk. Each courier therefore
takes a *turn*: one commit that notes the results of its last letters and marks the next; between turns
nothing is written. A turn marks as many as were handed over lately in a twentieth of a second, within
bounds: before a slow smarthost a crash leaves few letters unclear, and a near one is not kept waiting for
the disk, or for the desk's own commit.
A letter that a failed connection left surely unsent is unmarked, and loses no try.

Couriers do not crowd: the second takes letters only that the first has let wait for a moment, and so on.
To a near smarthost one connection is the quickest, since threads wait for each other; before a slow one
letters wait, and then all connections carry.

A letter whose final dot got no answer is unclear as well (RFC 1047) and treated alike: an automatic
letter too few is a customer who looks at his ticket, one too many is how loops begin.
"""

import random
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from mailgate.config import Settings
from mailgate.core.outcome import Fate, Outcome
from mailgate.core.retry import next_wait
from mailgate.errors import Temporary
from mailgate.hourly import HourlyBound
from mailgate.maildir import MaildirCourier
from mailgate.smarthost import MailObject, Smarthost
from mailgate.store import handover, letters
from mailgate.store.letters import Claimed, LetterState
from mailgate.store.sqlite import Ask, Ledger, Work
from mailgate.worker import Worker

_log = structlog.get_logger()

_TURN_SECONDS = 0.05
_PATIENCE = timedelta(milliseconds=250)  # how long a letter waits before another courier joins


@dataclass(frozen=True, slots=True)
class Terms:
    """When a courier gives a letter up, and how many it marks in one turn: from `batch` to `most`.

    It takes letters only while one has been due for as long as its `patience`.
    """

    give_up: timedelta
    batch: int = 4
    most: int = 16
    patience: timedelta = timedelta()


class Courier:
    """Hands due letters of the `ledger` to the smarthost over one connection.

    `now` gives aware times, `jitter` values in [0, 1), `ticks` seconds that never jump. One thread takes
    the steps.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - the last three are what tests replace
        self,
        ledger: Ledger,
        smarthost: Smarthost,
        bound: HourlyBound,
        terms: Terms,
        now: Callable[[], datetime],
        jitter: Callable[[], float] = random.random,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ticks = ticks
        self._batch = terms.batch
        self._ledger = ledger
        self._smarthost = smarthost
        self._bound = bound
        self._terms = terms
        self._now = now
        self._jitter = jitter
        self._results: list[tuple[Claimed, Outcome]] = []
        self._stopping = threading.Event()

    def step(self) -> bool:
        """Note the last results, mark and hand over the next letters; False when there was neither.

        Raises Temporary when the ledger fails; the results are then noted by the next step.
        """
        if not self._results and not (self._is_any_due() and self._smarthost.reach()):
            self._smarthost.quit_if_idle()
            return False
        noted = len(self._results)
        claimed = self._turn()
        began = self._ticks()
        self._hand_over(claimed)
        self._pace(len(claimed), self._ticks() - began)
        return bool(noted or claimed)

    def _pace(self, letters_given: int, seconds: float) -> None:
        """Let the next turn be as long as a turn should be, by how long this one took."""
        if letters_given:
            fitting = int(letters_given * _TURN_SECONDS / max(seconds, 0.001))
            self._batch = min(max(fitting, self._terms.batch), self._terms.most)

    def stop(self) -> None:
        """Hand over no letter after the one in hand; from any thread."""
        self._stopping.set()

    def close(self) -> None:
        """Note what is left and end the connection; when no step is being taken any more."""
        self._stopping.set()
        try:
            if self._results:
                self._turn()
        except Temporary as why:
            _log.warning("courier.unnoted", letters=len(self._results), why=str(why))
        self._smarthost.quit()

    def _is_any_due(self) -> bool:
        if self._stopping.is_set():
            return False
        with self._ledger.read() as ask:
            return self._is_called(ask, self._now())

    def _is_called(self, ask: Ask, now: datetime) -> bool:
        """Has a letter been due for so long that this courier should help?"""
        since = letters.due_since(ask, now)
        return since is not None and now - since >= self._terms.patience

    def _turn(self) -> tuple[Claimed, ...]:
        """The one commit: results of the last letters, marks of the next."""
        now = self._now()
        ends = [self._end(letter, outcome, now) for letter, outcome in self._results]
        with self._ledger.write() as work:
            for end in ends:
                _note(work, end, now)
            claimed = self._claim(work, now)
        self._results = []
        for end in ends:
            _tell(end)
        return claimed

    def _claim(self, work: Work, now: datetime) -> tuple[Claimed, ...]:
        if self._stopping.is_set() or not self._smarthost.is_open:
            return ()
        if not self._is_called(work, now):
            return ()
        claimed = handover.claim(work, now, min(self._batch, self._bound.room(work, now)))
        self._bound.spend(len(claimed))
        return claimed

    def _hand_over(self, claimed: tuple[Claimed, ...]) -> None:
        rest = deque((one, MailObject(one.envelope_sender, one.recipient, one.raw)) for one in claimed)
        try:
            while rest and self._smarthost.is_open and not self._stopping.is_set():
                letter, mail = rest.popleft()
                # Until the smarthost has spoken it may have gone; that stands if anything is raised.
                outcome = Outcome(Fate.UNCLEAR, "the hand-over broke off")
                try:
                    outcome = self._smarthost.hand_over(mail, rest[0][1] if rest else None)
                finally:
                    self._results.append((letter, outcome))
        finally:
            self._results += [(letter, Outcome(Fate.UNTRIED, "")) for letter, _ in rest]

    def _end(self, letter: Claimed, outcome: Outcome, now: datetime) -> "_End":
        """What an outcome means for its letter."""
        match outcome.fate:
            case Fate.TAKEN:
                return _End(letter, LetterState.SENT, outcome)
            case Fate.UNCLEAR:
                reply = f"no answer to the final dot, it may have arrived, not sent again: {outcome.reply}"
                return _End(letter, LetterState.SENT, replace(outcome, reply=reply))
            case Fate.REFUSED:
                return _End(letter, LetterState.GIVEN_UP, outcome)
            case Fate.UNTRIED:
                return _End(letter, LetterState.DUE, outcome)
        age = now - letter.due_since
        wait = next_wait(letter.attempts, age, self._terms.give_up, self._jitter())
        if wait is None:
            reply = f"given up after {age.days} days and {letter.attempts} tries: {outcome.reply}"
            return _End(letter, LetterState.GIVEN_UP, replace(outcome, reply=reply))
        return _End(letter, LetterState.DUE, outcome, now + wait)


@dataclass(frozen=True, slots=True)
class _End:
    """Where a letter stands after a hand-over; `next_try` where a try failed and another follows."""

    letter: Claimed
    state: LetterState
    outcome: Outcome
    next_try: datetime | None = None


def _note(work: Work, end: _End, now: datetime) -> None:
    if end.outcome.fate is Fate.UNTRIED:
        handover.unclaim(work, end.letter.id, now)
        return
    handover.finish(work, end.letter.id, end.state, end.outcome.reply, end.next_try, now)


def _tell(end: _End) -> None:
    """One line in the log for each letter that was tried."""
    if end.outcome.fate is Fate.UNTRIED:
        return
    tell = _log.info if end.outcome.fate is Fate.TAKEN else _log.warning
    tell(
        f"letter.{end.outcome.fate.value}",
        letter=end.letter.id,
        mail=end.letter.mail,
        state=end.state.value,
        attempts=end.letter.attempts,
        reply=end.outcome.reply,
    )


class _CourierWorker(Worker):
    """A worker that, told to stop, keeps its courier from beginning another letter, and ends it."""

    def __init__(self, name: str, courier: Courier) -> None:
        super().__init__(name, courier.step)
        self._courier = courier

    def stop(self) -> None:
        """Begin no further letter."""
        self._courier.stop()
        super().stop()

    def join(self, seconds: float) -> bool:
        """Wait for the letter in hand, note it and end the connection; whether that was in time."""
        ended = super().join(seconds)
        if ended:
            self._courier.close()
        return ended


def start_couriers(
    ledger: Ledger, settings: Settings, bound: HourlyBound, now: Callable[[], datetime]
) -> tuple[Worker, ...]:
    """The workers that take letters away by these settings, within `bound`, ready to be started.

    One for each connection to the smarthost; one that fills the Maildir where there is no smarthost.
    """
    relay = settings.relay
    if not relay.host:
        return (Worker("letters", MaildirCourier(ledger, settings.letters_dir, bound, now).step),)
    give_up = timedelta(days=relay.give_up_after_days)
    hostname = settings.smtp.hostname or settings.desk.addresses[0].rpartition("@")[2]
    return tuple(
        _CourierWorker(
            f"courier-{n + 1}",
            Courier(ledger, Smarthost(relay, hostname), bound, Terms(give_up, patience=n * _PATIENCE), now),
        )
        for n in range(relay.connections)
    )
