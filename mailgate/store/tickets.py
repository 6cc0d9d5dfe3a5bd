"""Tickets in the ledger: numbers, participants, entries, links."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from mailgate.core.description import Description
from mailgate.core.identification import Identification
from mailgate.core.ticket import Entry, EntryKind, Link, LinkKind, Status, Ticket
from mailgate.store import rows
from mailgate.store.sqlite import Ask, Row, Work


def counter(ask: Ask) -> int:
    """The counter behind the last ticket's number."""
    return ask.count("SELECT value FROM counter WHERE name = 'ticket'")


def set_counter(work: Work, value: int) -> None:
    """Move the counter; it never goes back."""
    work.run("UPDATE counter SET value = :value WHERE name = 'ticket' AND value < :value", value=value)


def open_ticket(work: Work, ticket: Ticket, remind_at: datetime | None = None) -> None:
    """A new ticket with its participants, and when its writer is to be reminded of what he was asked."""
    at = rows.time_text(ticket.opened)
    work.run(
        """INSERT INTO ticket (number, status, subject, requester, languages, opened, changed,
        account, identification, description, request, class, waits, remind_at)
        VALUES (:number, :status, :subject, :requester, :languages, :at, :at,
        :account, :identification, :description, :request, :asked_for, :waits, :remind_at)""",
        number=ticket.number,
        status=ticket.status,
        subject=ticket.subject,
        requester=ticket.requester,
        languages=rows.list_text(ticket.languages),
        at=at,
        account=ticket.identification.account,
        identification=rows.identification_text(ticket.identification),
        description=rows.description_text(ticket.description),
        request=rows.request_text(ticket.request),
        asked_for=ticket.request.name,
        waits=ticket.identification.waits,
        remind_at=rows.time_text(remind_at) if remind_at else None,
    )
    for address in ticket.participants:
        work.run(
            "INSERT INTO participant (ticket, address) VALUES (:ticket, :address)",
            ticket=ticket.number,
            address=address,
        )


def add_entry(work: Work, ticket: int, entry: Entry) -> None:
    """One more contribution; the ticket has changed by it."""
    at = rows.time_text(entry.at)
    work.run(
        """INSERT INTO entry (ticket, author, kind, at, text, mail)
        VALUES (:ticket, :author, :kind, :at, :text, :mail)""",
        ticket=ticket,
        author=entry.author,
        kind=entry.kind,
        at=at,
        text=entry.text,
        mail=entry.mail,
    )
    # A ticket's first entry comes with it, and then an index need not be written a second time.
    work.run(
        "UPDATE ticket SET changed = :at WHERE number = :ticket AND changed <> :at", ticket=ticket, at=at
    )


def set_status(work: Work, ticket: int, status: Status, at: datetime) -> None:
    """Resolve, close or reopen a ticket."""
    work.run(
        "UPDATE ticket SET status = :status, settled = :settled, changed = :at WHERE number = :ticket",
        ticket=ticket,
        status=status,
        settled=rows.time_text(at) if status.is_settled else None,
        at=rows.time_text(at),
    )


def identify(work: Work, ticket: int, found: Identification, *, answered: bool) -> None:
    """Write down whose request it is by now. Where its writer has answered, he is reminded no more."""
    work.run(
        """UPDATE ticket SET account = :account, identification = :identification, waits = :waits,
        remind_at = CASE WHEN :answered THEN NULL ELSE remind_at END WHERE number = :ticket""",
        ticket=ticket,
        account=found.account,
        identification=rows.identification_text(found),
        waits=found.waits,
        answered=answered,
    )


def describe(work: Work, ticket: int, description: Description) -> None:
    """Write down what is described by now."""
    work.run(
        "UPDATE ticket SET description = :description WHERE number = :ticket",
        ticket=ticket,
        description=rows.description_text(description),
    )


def unidentified(ask: Ask, limit: int, after: int = 0) -> tuple[int, ...]:
    """Tickets that wait until the directory can be asked, the oldest first; those after ticket `after`."""
    found = ask.rows(
        "SELECT number FROM ticket WHERE waits = 1 AND number > :after ORDER BY number LIMIT :limit",
        after=after,
        limit=limit,
    )
    return tuple(row["number"] for row in found)


def to_remind(ask: Ask, now: datetime, limit: int) -> tuple[int, ...]:
    """Tickets whose writer is to be reminded by now, the longest waiting first."""
    found = ask.rows(
        "SELECT number FROM ticket WHERE remind_at <= :now ORDER BY remind_at LIMIT :limit",
        now=rows.time_text(now),
        limit=limit,
    )
    return tuple(row["number"] for row in found)


def remind_at(work: Work, ticket: int, at: datetime | None) -> None:
    """When the writer of a ticket is to be reminded; None for never."""
    work.run(
        "UPDATE ticket SET remind_at = :at WHERE number = :ticket",
        ticket=ticket,
        at=rows.time_text(at) if at else None,
    )


class Silent(NamedTuple):
    """A ticket that waits for its customer, and when it changed last; they sort by that."""

    changed: str
    number: int


def silent(ask: Ask, since: datetime, limit: int, after: Silent | None = None) -> tuple[Silent, ...]:
    """Tickets that wait for their customer and have not changed since then, the longest first."""
    found = ask.rows(
        """SELECT changed, number FROM ticket WHERE status = 'waiting' AND changed <= :since
        AND (changed, number) > (:changed, :number) ORDER BY changed, number LIMIT :limit""",
        since=rows.time_text(since),
        changed=after.changed if after else "",
        number=after.number if after else 0,
        limit=limit,
    )
    return tuple(Silent(*row) for row in found)


def add_link(work: Work, ticket: int, link: Link) -> None:
    """Let a ticket point to another; once for each kind."""
    work.run(
        """INSERT INTO link (ticket, other, kind) VALUES (:ticket, :other, :kind)
        ON CONFLICT DO NOTHING""",
        ticket=ticket,
        other=link.number,
        kind=link.kind,
    )


def find(ask: Ask, number: int) -> Ticket | None:
    """The ticket with this number."""
    found = ask.row("SELECT * FROM ticket WHERE number = :number", number=number)
    return None if found is None else rows.ticket_of(found, participants(ask, number))


def find_all(ask: Ask, numbers: Iterable[int]) -> tuple[Ticket, ...]:
    """Those of the tickets that exist."""
    return tuple(ticket for number in numbers if (ticket := find(ask, number)) is not None)


def participants(ask: Ask, number: int) -> tuple[str, ...]:
    """The addresses that take part in a ticket."""
    found = ask.rows("SELECT address FROM participant WHERE ticket = :number ORDER BY address", number=number)
    return tuple(row["address"] for row in found)


def entries(ask: Ask, number: int) -> tuple[Entry, ...]:
    """What was said, in order."""
    found = ask.rows("SELECT * FROM entry WHERE ticket = :number ORDER BY id", number=number)
    return tuple(
        Entry(row["author"], EntryKind(row["kind"]), rows.time_of(row["at"]), row["text"], row["mail"])
        for row in found
    )


def links(ask: Ask, number: int) -> tuple[Link, ...]:
    """The tickets this one points to, and those that point to it."""
    found = ask.rows(
        """SELECT other AS number, kind FROM link WHERE ticket = :number
        UNION SELECT ticket, kind FROM link WHERE other = :number ORDER BY 1, 2""",
        number=number,
    )
    return tuple(Link(row["number"], LinkKind(row["kind"])) for row in found)


def listing(ask: Ask, status: str, limit: int, before: int | None = None) -> list[Row]:
    """Tickets in a status ("" for any), latest change first; those after ticket `before`, if given."""
    return ask.rows(
        """SELECT * FROM ticket WHERE (:status = '' OR status = :status)
        AND (:before IS NULL OR (changed, number) <
        (SELECT changed, number FROM ticket WHERE number = :before))
        ORDER BY changed DESC, number DESC LIMIT :limit""",
        status=status,
        limit=limit,
        before=before,
    )


def of_account(ask: Ask, account: str, status: str, limit: int, before: int | None = None) -> list[Row]:
    """The same of one account's tickets alone."""
    return ask.rows(
        """SELECT * FROM ticket WHERE account = :account AND account <> ''
        AND (:status = '' OR status = :status)
        AND (:before IS NULL OR (changed, number) <
        (SELECT changed, number FROM ticket WHERE number = :before))
        ORDER BY changed DESC, number DESC LIMIT :limit""",
        account=account,
        status=status,
        limit=limit,
        before=before,
    )


def search(ask: Ask, words: str, limit: int) -> list[Row]:
    """Tickets whose subject, requester, participants or entries hold `words`, latest change first."""
    return ask.rows(
        """SELECT * FROM ticket WHERE lower(subject) LIKE :pattern ESCAPE '\\'
        OR number IN (SELECT ticket FROM participant WHERE address LIKE :pattern ESCAPE '\\')
        OR number IN (SELECT ticket FROM entry WHERE lower(text) LIKE :pattern ESCAPE '\\')
        ORDER BY changed DESC, number DESC LIMIT :limit""",
        pattern=rows.pattern(words),
        limit=limit,
    )


def is_muted(ask: Ask, address: str) -> bool:
    """Are automatic letters to this address stopped?"""
    return ask.row("SELECT address FROM mute WHERE address = :address", address=address) is not None


def mute(work: Work, address: str, letter: int, status: str, at: datetime) -> None:
    """Stop automatic letters to an address that does not exist."""
    work.run(
        """INSERT INTO mute (address, since, letter, status) VALUES (:address, :at, :letter, :status)
        ON CONFLICT (address) DO UPDATE SET since = :at, letter = :letter, status = :status""",
        address=address,
        at=rows.time_text(at),
        letter=letter,
        status=status,
    )


def unmute(work: Work, address: str) -> None:
    """Allow automatic letters to an address again."""
    work.run("DELETE FROM mute WHERE address = :address", address=address)


def postpone(work: Work, address: str, ticket: int, languages: tuple[str, ...], at: datetime) -> None:
    """Keep a ticket's number for the address's next digest letter."""
    work.run(
        """INSERT INTO postponed (address, ticket, languages, at)
        VALUES (:address, :ticket, :languages, :at)""",
        address=address,
        ticket=ticket,
        languages=rows.list_text(languages),
        at=rows.time_text(at),
    )


def postponed(ask: Ask, before: datetime) -> tuple[str, ...]:
    """The addresses whose oldest postponed number waits since `before`."""
    found = ask.rows(
        "SELECT address FROM postponed GROUP BY address HAVING min(at) <= :before ORDER BY min(at)",
        before=rows.time_text(before),
    )
    return tuple(row["address"] for row in found)


def take_postponed(work: Work, address: str) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Take the postponed numbers of an address, and the languages of the latest."""
    found = work.rows("SELECT * FROM postponed WHERE address = :address ORDER BY id", address=address)
    work.run("DELETE FROM postponed WHERE address = :address", address=address)
    numbers = tuple(dict.fromkeys(row["ticket"] for row in found))
    return numbers, rows.list_of(found[-1]["languages"]) if found else ()
