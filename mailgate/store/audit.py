"""The audit trail in the ledger: records are added at its end, each chained to the one before.

The table refuses every change, removal and insertion by triggers, REPLACE included. Ids have no gaps: the
counter behind them is rolled back with a record that is not committed, so a gap means that one was removed.
"""

from collections.abc import Iterator

from mailgate.core.audit import (
    Event,
    Head,
    Record,
    Step,
    actor_of,
    actor_text,
    details_of,
    details_text,
    key_id,
    link,
)
from mailgate.core.audit_check import Sealed
from mailgate.core.tag import Keys
from mailgate.store import rows, runs
from mailgate.store.sqlite import Ask, Row, Work

_PAGE = 500
_LOWEST, _GREATEST = -(2**63), 2**63 - 1


def append(work: Work, keys: Keys, step: Step) -> Record:
    """Add a record in the transaction that takes the step. The first of `keys` signs."""
    before = head(work)
    record = Record(max(before.id, runs.steps(work)) + 1, step)
    work.run(
        """INSERT INTO audit (id, at, ticket, challenge, event, actor, details, key, chain)
        VALUES (:id, :at, :ticket, :challenge, :event, :actor, :details, :key, :chain)""",
        id=record.id,
        at=rows.time_text(step.at),
        ticket=step.ticket,
        challenge=step.challenge,
        event=step.event,
        actor=actor_text(step.actor),
        details=details_text(step.details),
        key=key_id(keys[0]),
        chain=link(keys[0], before.chain, record),
    )
    work.then(lambda: runs.note_step(work.folder, record.id))
    return record


def head(ask: Ask) -> Head:
    """The end of the trail."""
    found = ask.row("SELECT id, chain FROM audit ORDER BY id DESC LIMIT 1")
    return Head(found["id"], found["chain"]) if found else Head()


def last_key(ask: Ask) -> str:
    """The short name of the key that signed the last record, "" when there is none."""
    found = ask.row("SELECT key FROM audit ORDER BY id DESC LIMIT 1")
    return str(found["key"]) if found else ""


def walk(ask: Ask) -> Iterator[Sealed]:
    """All records in their order, read in pages."""
    first = _LOWEST  # a record that somebody put before the first one is seen, too
    while page := ask.rows(
        "SELECT * FROM audit WHERE id >= :first ORDER BY id LIMIT :most", first=first, most=_PAGE
    ):
        yield from map(_sealed, page)
        if page[-1]["id"] == _GREATEST:
            return
        first = page[-1]["id"] + 1


def of_ticket(ask: Ask, number: int) -> list[Sealed]:
    """The records of a ticket in their order."""
    return list(
        map(_sealed, ask.rows("SELECT * FROM audit WHERE ticket = :number ORDER BY id", number=number))
    )


def _sealed(row: Row) -> Sealed:
    try:
        record, why = _record(row), ""
    except ValueError as trouble:
        record, why = None, str(trouble)
    return Sealed(row["id"], record, row["key"], row["chain"], why)


def _record(row: Row) -> Record:
    """The record of a row. Raises ValueError for what was never written so."""
    step = Step(
        rows.time_of(row["at"]),
        Event(row["event"]),
        actor_of(row["actor"]),
        row["ticket"],
        row["challenge"],
        details_of(row["details"]),
    )
    # What reads the same but is written otherwise was changed, too.
    written = (rows.time_text(step.at), actor_text(step.actor), details_text(step.details))
    if written != (row["at"], row["actor"], row["details"]):
        raise ValueError("its time, actor or details are not written as mailgate writes them")
    return Record(row["id"], step)
