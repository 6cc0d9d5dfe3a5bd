"""A courier's marks at letters: claimed before the hand-over, finished after it.

A courier *claims* a letter (committed) before the smarthost hears of it and *finishes* it (committed)
with the smarthost's reply. A claim that a crash left behind is therefore a letter that may or may not
have gone, and there are no others: `handover.recover` ends those.
"""

import json
from dataclasses import replace
from datetime import datetime

from mailgate.store import rows
from mailgate.store.letters import AMBIGUOUS, Claimed, LetterState, due
from mailgate.store.sqlite import Ask, Row, Work


def claim(work: Work, now: datetime, limit: int) -> tuple[Claimed, ...]:
    """Mark the next due letters as being handed over and count the try; commit before the first byte."""
    found = due(work, now, limit)
    work.run(
        """UPDATE letter SET handing_since = :now, attempts = attempts + 1
        WHERE id IN (SELECT value FROM json_each(:letters))""",
        letters=json.dumps([letter.id for letter in found]),
        now=rows.time_text(now),
    )
    return tuple(replace(letter, attempts=letter.attempts + 1) for letter in found)


def unclaim(work: Work, letter: int, now: datetime) -> None:
    """Put back a letter that was surely not handed over: as if it had not been claimed."""
    left = work.rows(
        """UPDATE letter SET handing_since = NULL, attempts = attempts - 1
        WHERE id = :letter AND handing_since IS NOT NULL RETURNING challenge""",
        letter=letter,
    )
    _withdraw_ended(work, left, now)


def finish(
    work: Work, letter: int, state: LetterState, reply: str, next_try: datetime | None, now: datetime
) -> None:
    """Note what became of a letter handed over; `next_try` is given when it stays due.

    Of one that asks for an answer by digits nothing is kept once it has gone: they are its mailbox's alone.
    """
    left = work.rows(
        """UPDATE letter SET state = :state, handing_since = NULL, last_reply = :reply,
        next_try = coalesce(:next_try, next_try), ended = :ended,
        raw = CASE WHEN :state = 'sent' AND challenge IS NOT NULL THEN :nothing ELSE raw END
        WHERE id = :letter AND state = 'due' RETURNING challenge""",
        letter=letter,
        state=state,
        reply=reply,
        nothing=b"",
        next_try=None if next_try is None else rows.time_text(next_try),
        ended=None if state is LetterState.DUE else rows.time_text(now),
    )
    _withdraw_ended(work, left, now)


def _withdraw_ended(work: Work, left: list[Row], now: datetime) -> None:
    """The challenge of a letter may have ended while that was in hand."""
    for challenge in (row["challenge"] for row in left if row["challenge"] is not None):
        if work.count("SELECT count(*) FROM challenge WHERE id = :id AND state <> 'open'", id=challenge):
            withdraw(work, challenge, now)


def withdraw(work: Work, challenge: int, now: datetime) -> None:
    """A challenge has ended: what asks to answer it is sent no more, and nothing of it is kept."""
    work.run(
        """UPDATE letter SET raw = :nothing, state = CASE WHEN state IN ('due', 'held') THEN 'cancelled'
        ELSE state END, ended = coalesce(ended, :now)
        WHERE challenge = :challenge AND handing_since IS NULL""",
        challenge=challenge,
        nothing=b"",
        now=rows.time_text(now),
    )


def in_hand(ask: Ask) -> int:
    """How many letters are being handed over."""
    return ask.count("SELECT count(*) FROM letter WHERE handing_since IS NOT NULL")


def recover(work: Work, now: datetime) -> tuple[int, ...]:
    """At start: end the letters that a stopped service left claimed; their ids.

    Every kind of letter there is today is automatic: one too few is better than one twice.
    """
    left = work.rows(
        """UPDATE letter SET state = 'sent', handing_since = NULL, ended = :now, last_reply = :reply,
        raw = CASE WHEN challenge IS NOT NULL THEN :nothing ELSE raw END
        WHERE handing_since IS NOT NULL RETURNING id""",
        nothing=b"",
        now=rows.time_text(now),
        reply=AMBIGUOUS,
    )
    return tuple(sorted(row["id"] for row in left))
