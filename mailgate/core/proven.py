"""What is proven about those who speak in a ticket, and about who asks.

It is judged whenever it is looked at, by what the mails show: for the account and the class that the ticket
has by then, and by whether its owner has consented.
"""

from collections.abc import Mapping

from mailgate.core.assurance import NO_CLAIMS, NOT_ASSURED, Assurance, Claims, assurance
from mailgate.core.request import entry_digest
from mailgate.core.ticket import Entry, EntryKind, Ticket

_SPEAKS = frozenset({EntryKind.REQUEST, EntryKind.REPLY, EntryKind.OUTSIDER, EntryKind.CONFIRMATION})


def by_entries(
    ticket: Ticket,
    entries: tuple[Entry, ...],
    shown: Mapping[int, Claims],
    *,
    is_critical: bool,
    is_confirmed: bool,
) -> tuple[Assurance | None, ...]:
    """What is proven by each entry, None for what no mail brought or no writer said.

    `shown` is what the ticket's mails show, by their ids. `is_confirmed` says that the owner has consented to
    what the asking entry asks for.
    """

    def proven(entry: Entry) -> Assurance | None:
        claims = shown.get(entry.mail or 0)
        confirmed = is_confirmed and entry_digest(entry.text) == ticket.request.entry
        if entry.kind not in _SPEAKS or (claims is None and not confirmed):
            return None
        return assurance(
            ticket.identification.account,
            claims or NO_CLAIMS,
            is_critical=is_critical,
            is_confirmed=confirmed,
        )

    return tuple(map(proven, entries))


def of_request(ticket: Ticket, entries: tuple[Entry, ...], proven: tuple[Assurance | None, ...]) -> Assurance:
    """What is proven by the entry that asks; where nothing of a class is asked for, by the first one.

    Where several say the same, the least proven counts.
    """
    asking = (
        one
        for entry, one in zip(entries, proven, strict=True)
        if one and entry.kind is not EntryKind.OUTSIDER and entry_digest(entry.text) == ticket.request.entry
    )
    least = min(asking, key=lambda one: one.level, default=None)
    return least or next(filter(None, proven), NOT_ASSURED)
