"""Letters on their way out of the ledger: claimed, handed over, finished.

A courier *claims* a letter (committed) before the smarthost hears of it and *finishes* it (committed)
with the smarthost's reply. A claim that a crash left behind is therefore a letter that may or may not
have gone, and the only such letter: `recover` ends it.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from mailgate.store import rows
from mailgate.store.letters import LetterState
from mailgate.store.sqlite import Ask, Work

AMBIGUOUS = (
    "the service stopped while this letter was being handed over;"
    " it may have arrived and is not sent a second time"
)
"""What a letter says that was between claim and finish when the service died."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A letter to hand over. `attempts` counts the tries, this one included if it was claimed."""

    id: int
    recipient: str
    envelope_sender: str
    raw: bytes
    attempts: int
    due_since: datetime


def sent_since(ask: Ask, since: datetime) -> int:
    """How many letters went out since then, those that may have gone included."""
    return ask.count(
        "SELECT count(*) FROM letter WHERE state = 'sent' AND ended >= :since", since=rows.time_text(since)
    )


def due(ask: Ask, now: datetime, limit: int) -> tuple[Claimed, ...]:
    """The letters whose time has come and that nobody is handing over, the longest waiting first."""
    found = ask.rows(
        """SELECT * FROM letter WHERE state = 'due' AND handing_since IS NULL AND next_try <= :now
        ORDER BY next_try, id LIMIT :limit""",
        now=rows.time_text(now),
        limit=limit,
    )
    return tuple(
        Claimed(
            id=row["id"],
            recipient=row["recipient"],
            envelope_sender=row["envelope_sender"],
            raw=row["raw"],
            attempts=row["attempts"],
            due_since=rows.time_of(row["due_since"]),
        )
        for row in found
    )


def claim(work: Work, now: datetime, limit: int) -> tuple[Claimed, ...]:
    """Mark the next due letters as being handed over and count the try; commit before the first byte."""
    found = due(work, now, limit)
    for letter in found:
        work.run(
            "UPDATE letter SET handing_since = :now, attempts = attempts + 1 WHERE id = :letter",
            letter=letter.id,
            now=rows.time_text(now),
        )
    return tuple(replace(letter, attempts=letter.attempts + 1) for letter in found)


def unclaim(work: Work, letter: int) -> None:
    """Put back a letter that was surely not handed over: as if it had not been claimed."""
    work.run(
        """UPDATE letter SET handing_since = NULL, attempts = attempts - 1
        WHERE id = :letter AND handing_since IS NOT NULL""",
        letter=letter,
    )


def finish(
    work: Work, letter: int, state: LetterState, reply: str, next_try: datetime | None, now: datetime
) -> None:
    """Note what became of a letter handed over; `next_try` is given when it stays due."""
    work.run(
        """UPDATE letter SET state = :state, handing_since = NULL, last_reply = :reply,
        next_try = coalesce(:next_try, next_try), ended = :ended
        WHERE id = :letter AND state = 'due'""",
        letter=letter,
        state=state,
        reply=reply,
        next_try=None if next_try is None else rows.time_text(next_try),
        ended=None if state is LetterState.DUE else rows.time_text(now),
    )


def recover(work: Work, now: datetime) -> tuple[int, ...]:
    """At start: end the letters that a stopped service left between claim and finish; their ids.

    Every kind of letter there is today is automatic: one too few is better than one twice.
    """
    left = work.rows("SELECT id FROM letter WHERE handing_since IS NOT NULL")
    for row in left:
        finish(work, row["id"], LetterState.SENT, AMBIGUOUS, None, now)
    return tuple(row["id"] for row in left)
