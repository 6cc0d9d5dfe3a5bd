"""The ledger's answers about a mail, and about whose wish a ticket is; in one transaction, reads only."""

from dataclasses import replace
from datetime import datetime, timedelta

from mailgate.core.account import NO_RECORDS, Records
from mailgate.core.authenticity import Authentication
from mailgate.core.authorise import NO_AUTHORITY, Authority, Wish
from mailgate.core.case import Facts, Lookups, SentLetter
from mailgate.core.number import number_of
from mailgate.core.request import entry_digest
from mailgate.core.ticket import EntryKind, Ticket
from mailgate.store import challenges, letters, mails, tickets
from mailgate.store.backlog import Waiting
from mailgate.store.sqlite import Ask

_DAY = timedelta(days=1)
_MOST_ACCOUNTS = 20


def gather(
    ask: Ask, waiting: Waiting, wanted: Lookups, counter: int, records: Records, now: datetime
) -> Facts:
    """Look up all that a decision about `waiting` may need.

    `counter` is the next ticket's; `records` are what the directory said before the transaction began.
    """
    threads = _threads(ask, wanted)
    sent = _letters(ask, wanted)
    answered = challenges.find_all(ask, wanted.challenges)
    named = dict.fromkeys(
        (
            *wanted.numbers,
            *threads,
            *(letter.ticket for letter in sent if letter.ticket is not None),
            *(challenge.ticket for challenge in answered),
        )
    )
    found = tickets.find_all(ask, named)
    return Facts(
        now=now,
        next_number=number_of(counter),
        duplicate_of=waiting.duplicate_of,
        duplicate_ticket=_ticket_of(ask, waiting.duplicate_of),
        same_message_id=mails.by_message_id(ask, wanted.message_id, waiting.id),
        tickets=found,
        threads=threads,
        letters=sent,
        letters_today=letters.sent_or_due_to(ask, wanted.address, now - _DAY) if wanted.address else 0,
        muted=bool(wanted.address) and tickets.is_muted(ask, wanted.address),
        records=records,
        authority=replace(_authority(ask, wanted, found, records, now), named=answered),
    )


def _authority(
    ask: Ask, wanted: Lookups, found: tuple[Ticket, ...], records: Records, now: datetime
) -> Authority:
    """What is known of challenges; as a rule a mail has nothing to do with any, and nothing is asked."""
    if not (wanted.authority or any(ticket.request.name for ticket in found)):
        return NO_AUTHORITY
    accounts = (*(ticket.identification.account for ticket in found), *(each.id for each in records.accounts))
    return authority_of(ask, accounts, now)


def authority_of(ask: Ask, accounts: tuple[str, ...], now: datetime) -> Authority:
    """What is known of challenges of these accounts, "" among them for none, and the id of the next one."""
    numbers = tuple(dict.fromkeys(filter(None, accounts)))[:_MOST_ACCOUNTS]
    return Authority(
        next_challenge=challenges.counter(ask) + 1,
        others=tuple(each for number in numbers for each in challenges.open_of(ask, number)),
        locks=tuple(each for number in numbers for each in challenges.locks_of(ask, number, now)),
        made=tuple(each for number in numbers for each in challenges.made_since(ask, number, now - _DAY)),
    )


def wish_of(ask: Ask, ticket: Ticket, records: Records = NO_RECORDS) -> Wish:
    """What a ticket asks for by now, as the wish of whoever wrote the entry that asks.

    Only that entry's mail says whether he is who he says: what came later proves nothing for it.
    """
    asking = [
        entry
        for entry in tickets.entries(ask, ticket.number)
        if entry.kind is not EntryKind.OUTSIDER and entry_digest(entry.text) == ticket.request.entry
    ]
    came = {row["id"]: row["authentication"] for row in mails.of_ticket(ask, ticket.number)}
    said = [came.get(entry.mail or 0) for entry in asking]
    return Wish(
        ticket=ticket.number,
        request=ticket.request,
        known=ticket.identification,
        writer=asking[0].author if asking else ticket.requester,
        asked=asking[0].at if asking else ticket.opened,
        is_verified=bool(said) and all(one == Authentication.PASS for one in said),
        is_forged=any(one == Authentication.FAIL for one in said),
        records=records,
    )


def _threads(ask: Ask, wanted: Lookups) -> tuple[int, ...]:
    """Tickets whose stored mails the References name, nearest first."""
    found = (mails.ticket_of_message_id(ask, text) for text in wanted.message_ids)
    return tuple(dict.fromkeys(number for number in found if number is not None))


def _letters(ask: Ask, wanted: Lookups) -> tuple[SentLetter, ...]:
    found = (letters.about(ask, letter) for letter in wanted.letters)
    return tuple(
        SentLetter(row.id, row.ticket, row.recipient, row.challenge) for row in found if row is not None
    )


def _ticket_of(ask: Ask, mail: int | None) -> int | None:
    row = mails.about(ask, mail) if mail is not None else None
    return None if row is None else row["ticket"]
