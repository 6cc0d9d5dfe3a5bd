"""The outbox in the ledger: letters written, asked about, and steered by the operator.

A letter is written in the transaction of the mail it answers; how it leaves stands in `handover.py`.
Times are aware; `address` always means the lower-case key of a recipient.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mailgate.core.effects import LetterKind
from mailgate.store import rows
from mailgate.store.sqlite import Ask, Row, Work

AMBIGUOUS = (
    "the service stopped while this letter was being handed over;"
    " it may have arrived and is not sent a second time"
)
"""What a letter says that was between claim and finish when the service died."""


class LetterState(StrEnum):
    """Where a letter stands: due → sent | given_up | cancelled; held waits for the operator."""

    DUE = "due"
    SENT = "sent"
    GIVEN_UP = "given_up"
    HELD = "held"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A new letter. `state` is due or held; a held one says why in `last_reply`.

    `recipient` is a plain mailbox as written; `envelope_sender` the same, or "" for the null sender.
    """

    id: int
    recipient: str
    kind: LetterKind
    created: datetime
    next_try: datetime
    envelope_sender: str
    message_id: str
    raw: bytes
    mail: int | None = None
    ticket: int | None = None
    state: LetterState = LetterState.DUE
    last_reply: str = ""
    challenge: int | None = None


@dataclass(frozen=True, slots=True)
class LetterRow:
    """A letter without its bytes. `bounced` is the status it came back with, None if it did not.

    `due_since` is when it was last put on its way: written, or sent again by the operator. `challenge` is
    the one that it asks to answer.
    """

    id: int
    mail: int | None
    ticket: int | None
    recipient: str
    kind: LetterKind
    state: LetterState
    created: datetime
    due_since: datetime
    next_try: datetime
    attempts: int
    handing_since: datetime | None
    ended: datetime | None
    last_reply: str
    envelope_sender: str
    message_id: str
    bounced: str | None
    challenge: int | None


@dataclass(frozen=True, slots=True)
class Claimed:
    """A letter to hand over. `attempts` counts the tries, this one included if it was claimed."""

    id: int
    mail: int | None
    recipient: str
    envelope_sender: str
    raw: bytes
    attempts: int
    due_since: datetime


@dataclass(frozen=True, slots=True)
class Counts:
    """How many letters there are in each state."""

    due: int = 0
    sent: int = 0
    given_up: int = 0
    held: int = 0
    cancelled: int = 0


def next_id(work: Work) -> int:
    """The id of the next letter; no id is ever given twice."""
    return int(work.rows("UPDATE counter SET value = value + 1 WHERE name = 'letter' RETURNING value")[0][0])


def put(work: Work, letter: Outgoing) -> None:
    """Write a letter into the outbox."""
    work.run(
        """INSERT INTO letter (id, mail, ticket, recipient, address, kind, state, created, due_since,
        next_try, last_reply, envelope_sender, message_id, raw, challenge)
        VALUES (:id, :mail, :ticket, :recipient, :address, :kind, :state, :created, :created,
        :next_try, :last_reply, :envelope_sender, :message_id, :raw, :challenge)""",
        id=letter.id,
        mail=letter.mail,
        ticket=letter.ticket,
        recipient=letter.recipient,
        address=letter.recipient.lower(),
        kind=letter.kind,
        state=letter.state,
        created=rows.time_text(letter.created),
        next_try=rows.time_text(letter.next_try),
        last_reply=letter.last_reply,
        envelope_sender=letter.envelope_sender,
        message_id=letter.message_id,
        raw=letter.raw,
        challenge=letter.challenge,
    )


def sent_or_due_to(ask: Ask, address: str, since: datetime) -> int:
    """How many letters to `address` were made since then, cancelled ones aside: what a budget counts."""
    return ask.count(
        """SELECT count(*) FROM letter
        WHERE address = :address AND created >= :since AND state <> 'cancelled'""",
        address=address,
        since=rows.time_text(since),
    )


def kind_to_since(ask: Ask, kind: LetterKind, address: str, since: datetime) -> int:
    """How many letters of one kind to `address` were made since then, cancelled ones aside."""
    return ask.count(
        """SELECT count(*) FROM letter
        WHERE address = :address AND created >= :since AND kind = :kind AND state <> 'cancelled'""",
        address=address,
        since=rows.time_text(since),
        kind=kind,
    )


def sent_since(ask: Ask, since: datetime) -> int:
    """How many letters went out since then, those that may have gone included."""
    return ask.count(
        "SELECT count(*) FROM letter WHERE state = 'sent' AND ended >= :since", since=rows.time_text(since)
    )


def about(ask: Ask, letter: int) -> LetterRow | None:
    """Everything about a letter but its bytes."""
    found = ask.row("SELECT * FROM letter WHERE id = :letter", letter=letter)
    return None if found is None else _letter(found)


def raw_of(ask: Ask, letter: int) -> bytes | None:
    """The letter as it is handed over, byte for byte."""
    found = ask.row("SELECT raw FROM letter WHERE id = :letter", letter=letter)
    return None if found is None else bytes(found["raw"])


def listing(ask: Ask, state: LetterState | None, limit: int, before: int) -> tuple[LetterRow, ...]:
    """Letters in a state (None for any), newest first, with ids below `before`."""
    found = ask.rows(
        """SELECT * FROM letter WHERE (:state IS NULL OR state = :state) AND id < :before
        ORDER BY id DESC LIMIT :limit""",
        state=state,
        limit=limit,
        before=before,
    )
    return tuple(_letter(row) for row in found)


def of_ticket(ask: Ask, ticket: int) -> tuple[LetterRow, ...]:
    """The letters of a ticket, in the order they were made."""
    found = ask.rows("SELECT * FROM letter WHERE ticket = :ticket ORDER BY id", ticket=ticket)
    return tuple(_letter(row) for row in found)


def counts(ask: Ask) -> Counts:
    """How many letters there are in each state."""
    found = ask.rows("SELECT state, count(*) AS many FROM letter GROUP BY state")
    return Counts(**{row["state"]: row["many"] for row in found})


def oldest_due(ask: Ask) -> datetime | None:
    """When the letter that has been due for longest was put on its way."""
    found = ask.row("SELECT min(due_since) AS oldest FROM letter WHERE state = 'due'")
    return None if found is None else rows.time_or_none(found["oldest"])


def retry(work: Work, letter: int, now: datetime) -> bool:
    """Send a letter now that waits, is held, was given up or cancelled; whether it can be.

    A letter without bytes (its template failed) cannot; nor can one that is being handed over.
    """
    changed = work.run(
        """UPDATE letter SET state = 'due', due_since = :now, next_try = :now, attempts = 0, ended = NULL
        WHERE id = :letter AND state IN ('due', 'held', 'given_up', 'cancelled')
        AND handing_since IS NULL AND length(raw) > 0""",
        letter=letter,
        now=rows.time_text(now),
    )
    return bool(changed)


def cancel(work: Work, letter: int, now: datetime) -> bool:
    """Never send a letter that waits or is held; whether it was so, and nobody was handing it over."""
    changed = work.run(
        """UPDATE letter SET state = 'cancelled', ended = :now
        WHERE id = :letter AND state IN ('due', 'held') AND handing_since IS NULL""",
        letter=letter,
        now=rows.time_text(now),
    )
    return bool(changed)


def note_bounce(work: Work, letter: int, status: str) -> bool:
    """Note that a letter came back with this enhanced status, "" for none; whether there is such a letter."""
    return bool(
        work.run("UPDATE letter SET bounced = :status WHERE id = :letter", letter=letter, status=status)
    )


def due_since(ask: Ask, now: datetime) -> datetime | None:
    """Since when the longest waiting letter is due that nobody is handing over; None when there is none."""
    found = ask.row(
        """SELECT next_try FROM letter WHERE state = 'due' AND handing_since IS NULL AND next_try <= :now
        ORDER BY next_try, id LIMIT 1""",
        now=rows.time_text(now),
    )
    return None if found is None else rows.time_of(found["next_try"])


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
            mail=row["mail"],
            recipient=row["recipient"],
            envelope_sender=row["envelope_sender"],
            raw=row["raw"],
            attempts=row["attempts"],
            due_since=rows.time_of(row["due_since"]),
        )
        for row in found
    )


def _letter(row: Row) -> LetterRow:
    return LetterRow(
        id=row["id"],
        mail=row["mail"],
        ticket=row["ticket"],
        recipient=row["recipient"],
        kind=LetterKind(row["kind"]),
        state=LetterState(row["state"]),
        created=rows.time_of(row["created"]),
        due_since=rows.time_of(row["due_since"]),
        next_try=rows.time_of(row["next_try"]),
        attempts=row["attempts"],
        handing_since=rows.time_or_none(row["handing_since"]),
        ended=rows.time_or_none(row["ended"]),
        last_reply=row["last_reply"],
        envelope_sender=row["envelope_sender"],
        message_id=row["message_id"],
        bounced=row["bounced"],
        challenge=row["challenge"],
    )
