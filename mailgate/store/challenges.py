"""Challenges in the ledger, and what their refusals locked.

A challenge leaves `open` once: its row is changed only while it is open, so of two answers in the same moment
one finds it closed. The digits stand nowhere; they are derived from the key. The reference
stands in its letter's Message-ID.
"""

import json
from collections.abc import Iterable
from datetime import datetime

from pydantic import TypeAdapter

from mailgate.core.authorise import Made
from mailgate.core.challenge import Challenge, ChallengeState, Doubt, Lock
from mailgate.core.request import Object
from mailgate.store import rows
from mailgate.store.sqlite import Ask, Row, Work

_OBJECTS = TypeAdapter(tuple[Object, ...])

# A letter to the mailbox that came back, or never left, is known from the letter; of what has ended, letters
# are withdrawn.
_ROW = """SELECT challenge.*, challenge.state = 'open' AND EXISTS (SELECT 1 FROM letter
    WHERE letter.challenge = challenge.id
    AND (letter.bounced IS NOT NULL OR letter.state IN ('given_up', 'cancelled'))) AS bounced
    FROM challenge"""


def counter(ask: Ask) -> int:
    """The id of the last challenge."""
    return ask.count("SELECT max(id) FROM challenge")


def make(work: Work, challenge: Challenge) -> None:
    """A new challenge, with all that it is about."""
    work.run(
        """INSERT INTO challenge (id, ticket, account, mailbox, class, objects, entry, writer, verified,
        owners, asked, made, expires, key, state, tries, doubts)
        VALUES (:id, :ticket, :account, :mailbox, :class, :objects, :entry, :writer, :verified,
        :owners, :asked, :made, :expires, :key, :state, :tries, :doubts)""",
        **{"class": challenge.name},
        id=challenge.id,
        ticket=challenge.ticket,
        account=challenge.account,
        mailbox=challenge.mailbox,
        objects=_OBJECTS.dump_json(challenge.objects).decode(),
        entry=challenge.entry,
        writer=challenge.writer,
        verified=challenge.is_verified,
        owners=challenge.is_owners,
        asked=rows.time_text(challenge.asked),
        made=rows.time_text(challenge.made),
        expires=rows.time_text(challenge.expires),
        key=challenge.key,
        state=challenge.state,
        tries=challenge.tries,
        doubts=rows.list_text(challenge.doubts),
    )


def change(work: Work, challenge: Challenge) -> bool:
    """Write down where an open challenge stands by now; whether it was open still."""
    changed = work.run(
        """UPDATE challenge SET state = :state, tries = :tries, doubts = :doubts, answered = :answered,
        corrected = :corrected, warned = :warned WHERE id = :id AND state = 'open'""",
        id=challenge.id,
        state=challenge.state,
        tries=challenge.tries,
        doubts=rows.list_text(each for each in challenge.doubts if each is not Doubt.BOUNCED),
        answered=challenge.is_answered,
        corrected=challenge.is_corrected,
        warned=challenge.is_warned,
    )
    return bool(changed)


def find(ask: Ask, number: int) -> Challenge | None:
    """The challenge with this id."""
    found = ask.row(f"{_ROW} WHERE challenge.id = :number", number=number)
    return None if found is None else _challenge(found)


def find_all(ask: Ask, numbers: Iterable[int]) -> tuple[Challenge, ...]:
    """Those of the challenges that exist."""
    return tuple(found for number in numbers if (found := find(ask, number)) is not None)


def of_ticket(ask: Ask, ticket: int) -> tuple[Challenge, ...]:
    """A ticket's challenges, in the order they were made."""
    found = ask.rows(f"{_ROW} WHERE challenge.ticket = :ticket ORDER BY challenge.id", ticket=ticket)
    return tuple(map(_challenge, found))


def states(ask: Ask, numbers: Iterable[int]) -> dict[int, str]:
    """How the last challenge of each of these tickets stands, where there is one: its state, or `answered`.

    Answered is an open one whose right answer waits for staff.
    """
    found = {
        number: ask.row(
            """SELECT CASE WHEN state = 'open' AND answered = 1 THEN 'answered' ELSE state END AS stands
            FROM challenge WHERE ticket = :ticket ORDER BY id DESC LIMIT 1""",
            ticket=number,
        )
        for number in numbers
    }
    return {number: row["stands"] for number, row in found.items() if row is not None}


def open_of(ask: Ask, account: str) -> tuple[Challenge, ...]:
    """The open challenges of an account, in the order they were made."""
    found = ask.rows(
        f"{_ROW} WHERE challenge.account = :account AND challenge.state = 'open' ORDER BY challenge.id",
        account=account,
    )
    return tuple(map(_challenge, found))


def all_open(ask: Ask) -> tuple[Challenge, ...]:
    """Every open challenge."""
    return tuple(map(_challenge, ask.rows(f"{_ROW} WHERE challenge.state = 'open' ORDER BY challenge.id")))


def expired(ask: Ask, now: datetime, limit: int) -> tuple[Challenge, ...]:
    """Open challenges whose time is over, the longest first."""
    found = ask.rows(
        f"""{_ROW} WHERE challenge.state = 'open' AND challenge.expires <= :now
        ORDER BY challenge.expires LIMIT :limit""",
        now=rows.time_text(now),
        limit=limit,
    )
    return tuple(map(_challenge, found))


def to_remind(ask: Ask, since: datetime, limit: int) -> tuple[Challenge, ...]:
    """Open challenges made before then of which nobody was reminded yet, the oldest first."""
    found = ask.rows(
        f"""{_ROW} WHERE challenge.state = 'open' AND challenge.reminded = 0 AND challenge.made <= :since
        ORDER BY challenge.made LIMIT :limit""",
        since=rows.time_text(since),
        limit=limit,
    )
    return tuple(map(_challenge, found))


def reminded(work: Work, number: int) -> None:
    """Note that nobody is to be reminded of this challenge any more."""
    work.run("UPDATE challenge SET reminded = 1 WHERE id = :number", number=number)


def made_since(ask: Ask, account: str, since: datetime) -> tuple[Made, ...]:
    """How many challenges an account was sent since then."""
    found = ask.rows(
        """SELECT owners, count(*) AS many FROM challenge
        WHERE account = :account AND made >= :since GROUP BY owners""",
        account=account,
        since=rows.time_text(since),
    )
    return tuple(Made(account, bool(row["owners"]), row["many"]) for row in found)


def conclude_at(work: Work, ticket: int, at: datetime | None) -> None:
    """When the requester of a ticket is told what came of the confirmation; None for never."""
    work.run(
        "UPDATE ticket SET conclude_at = :at WHERE number = :ticket",
        ticket=ticket,
        at=rows.time_text(at) if at else None,
    )


def to_conclude(ask: Ask, now: datetime, limit: int) -> tuple[int, ...]:
    """Tickets whose requester is to be told by now, the longest waiting first."""
    found = ask.rows(
        "SELECT number FROM ticket WHERE conclude_at <= :now ORDER BY conclude_at LIMIT :limit",
        now=rows.time_text(now),
        limit=limit,
    )
    return tuple(row["number"] for row in found)


def lock(work: Work, locked: Lock) -> None:
    """Ask nobody about this until then; a longer lock stays."""
    work.run(
        """INSERT INTO challenge_lock (account, kind, value, until, ticket)
        VALUES (:account, :kind, :value, :until, :ticket)
        ON CONFLICT (account, kind, value) DO UPDATE SET until = :until, ticket = :ticket
        WHERE challenge_lock.until < :until""",
        account=locked.account,
        kind=locked.kind,
        value=locked.value,
        until=rows.time_text(locked.until),
        ticket=locked.ticket,
    )


def locks_of(ask: Ask, account: str, now: datetime) -> tuple[Lock, ...]:
    """What is locked of an account."""
    found = ask.rows(
        "SELECT * FROM challenge_lock WHERE account = :account AND until > :now ORDER BY kind, value",
        account=account,
        now=rows.time_text(now),
    )
    return tuple(map(_lock, found))


def locks_by(ask: Ask, ticket: int, now: datetime) -> tuple[Lock, ...]:
    """What a refusal at this ticket locked."""
    found = ask.rows(
        "SELECT * FROM challenge_lock WHERE ticket = :ticket AND until > :now ORDER BY kind, value",
        ticket=ticket,
        now=rows.time_text(now),
    )
    return tuple(map(_lock, found))


def unlock(work: Work, ticket: int) -> None:
    """Lift what a refusal at this ticket locked."""
    work.run("DELETE FROM challenge_lock WHERE ticket = :ticket", ticket=ticket)


def waiting(ask: Ask, limit: int) -> tuple[int, ...]:
    """Tickets whose owner's answer waits for staff, the oldest first."""
    found = ask.rows(
        """SELECT DISTINCT ticket FROM challenge WHERE state = 'open' AND answered = 1
        ORDER BY ticket LIMIT :limit""",
        limit=limit,
    )
    return tuple(row["ticket"] for row in found)


def undelivered(ask: Ask, limit: int) -> tuple[int, ...]:
    """Tickets whose owner cannot be asked, because the letter came back or never left, the oldest first."""
    found = ask.rows(
        """SELECT DISTINCT challenge.ticket FROM challenge JOIN letter ON letter.challenge = challenge.id
        WHERE challenge.state = 'open'
        AND (letter.bounced IS NOT NULL OR letter.state IN ('given_up', 'cancelled', 'held'))
        ORDER BY challenge.ticket LIMIT :limit""",
        limit=limit,
    )
    return tuple(row["ticket"] for row in found)


def refused(ask: Ask, now: datetime, limit: int) -> tuple[int, ...]:
    """Tickets whose owner refused, as long as that locks anything, the oldest first."""
    found = ask.rows(
        "SELECT DISTINCT ticket FROM challenge_lock WHERE until > :now ORDER BY ticket LIMIT :limit",
        now=rows.time_text(now),
        limit=limit,
    )
    return tuple(row["ticket"] for row in found)


def _challenge(row: Row) -> Challenge:
    doubts = tuple(map(Doubt, json.loads(row["doubts"])))
    return Challenge(
        id=row["id"],
        ticket=row["ticket"],
        account=row["account"],
        mailbox=row["mailbox"],
        name=row["class"],
        objects=_OBJECTS.validate_json(row["objects"]),
        entry=row["entry"],
        writer=row["writer"],
        is_verified=bool(row["verified"]),
        is_owners=bool(row["owners"]),
        asked=rows.time_of(row["asked"]),
        made=rows.time_of(row["made"]),
        expires=rows.time_of(row["expires"]),
        key=row["key"],
        state=ChallengeState(row["state"]),
        tries=row["tries"],
        doubts=(*doubts, *((Doubt.BOUNCED,) if row["bounced"] else ())),
        is_answered=bool(row["answered"]),
        is_corrected=bool(row["corrected"]),
        is_warned=bool(row["warned"]),
    )


def _lock(row: Row) -> Lock:
    return Lock(row["account"], row["kind"], row["value"], rows.time_of(row["until"]), row["ticket"])
