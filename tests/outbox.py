"""Letters in a test's outbox, and couriers that take them away by a clock that is moved by hand."""

from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime, timedelta

from mailgate.config import RelaySettings
from mailgate.core.effects import LetterKind
from mailgate.courier import Courier, Terms
from mailgate.hourly import HourlyBound
from mailgate.smarthost import Smarthost
from mailgate.store import letters
from mailgate.store.letters import Counts, LetterRow, Outgoing
from mailgate.store.sqlite import Ledger
from tests.builders import NOW

FIVE_DAYS = timedelta(days=5)


def put(ledger: Ledger, **changes: object) -> int:
    """A letter written into the outbox; its id. `changes` are fields of Outgoing."""
    with ledger.write() as work:
        letter = Outgoing(
            id=letters.next_id(work),
            recipient="Ivan@client.example",
            kind=LetterKind.RECEIPT,
            created=NOW,
            next_try=NOW,
            envelope_sender="support+b1@hoster.example",
            message_id="<m@hoster.example>",
            raw=b"Subject: x\r\n\r\nbody\r\n",
        )
        letters.put(work, replace(letter, **changes))  # type: ignore[arg-type] # a test names fields by keyword
    return letter.id


def row(ledger: Ledger, letter: int) -> LetterRow:
    """How a letter stands."""
    with ledger.read() as ask:
        found = letters.about(ask, letter)
    assert found is not None
    return found


def counts(ledger: Ledger) -> Counts:
    """How many letters are in which state."""
    with ledger.read() as ask:
        return letters.counts(ask)


class Clock:
    """A clock that stands until it is moved; it gives both kinds of time."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        """The time of day."""
        return NOW + timedelta(seconds=self.seconds)

    def ticks(self) -> float:
        """Seconds that never jump."""
        return self.seconds

    def move(self, **by: float) -> None:
        """Let time pass."""
        self.seconds += timedelta(**by).total_seconds()


def hired(
    ended: ExitStack, ledger: Ledger, clock: Clock, port: int, *, bound: int = 100_000, batch: int = 4
) -> Courier:
    """A courier to the sink at `port`; closed with `ended`."""
    smarthost = Smarthost(
        RelaySettings(host="127.0.0.1", port=port, timeout=5), "desk.hoster.example", clock.ticks, lambda: 0.0
    )
    hourly = HourlyBound(bound, clock.ticks)
    made = Courier(ledger, smarthost, hourly, Terms(FIVE_DAYS, batch, batch), clock.now, lambda: 0.0)
    ended.callback(made.close)
    return made


def work(courier: Courier, most: int = 50) -> None:
    """Take steps until there is nothing to do."""
    for _ in range(most):
        if not courier.step():
            return
    raise AssertionError(f"still busy after {most} steps")
