"""The ledger's answers to what a mail's triage asks; inside the one transaction, reads only."""

from datetime import datetime, timedelta

from mailgate.core.account import Records
from mailgate.core.case import Facts, Lookups, SentLetter
from mailgate.core.number import number_of
from mailgate.store import letters, mails, tickets
from mailgate.store.sqlite import Ask

_DAY = timedelta(days=1)


def gather(
    ask: Ask, waiting: mails.Waiting, wanted: Lookups, counter: int, records: Records, now: datetime
) -> Facts:
    """Look up all that a decision about `waiting` may need.

    `counter` is the next ticket's; `records` are what the directory said before the transaction began.
    """
    threads = _threads(ask, wanted)
    sent = _letters(ask, wanted)
    named = dict.fromkeys(
        (*wanted.numbers, *threads, *(letter.ticket for letter in sent if letter.ticket is not None))
    )
    return Facts(
        now=now,
        next_number=number_of(counter),
        duplicate_of=waiting.duplicate_of,
        duplicate_ticket=_ticket_of(ask, waiting.duplicate_of),
        same_message_id=mails.by_message_id(ask, wanted.message_id, waiting.id),
        tickets=tickets.find_all(ask, named),
        threads=threads,
        letters=sent,
        letters_today=letters.sent_or_due_to(ask, wanted.address, now - _DAY) if wanted.address else 0,
        muted=bool(wanted.address) and tickets.is_muted(ask, wanted.address),
        records=records,
    )


def _threads(ask: Ask, wanted: Lookups) -> tuple[int, ...]:
    """Tickets whose stored mails the References name, nearest first."""
    found = (mails.ticket_of_message_id(ask, text) for text in wanted.message_ids)
    return tuple(dict.fromkeys(number for number in found if number is not None))


def _letters(ask: Ask, wanted: Lookups) -> tuple[SentLetter, ...]:
    found = (letters.about(ask, letter) for letter in wanted.letters)
    return tuple(SentLetter(row.id, row.ticket, row.recipient) for row in found if row is not None)


def _ticket_of(ask: Ask, mail: int | None) -> int | None:
    row = mails.about(ask, mail) if mail is not None else None
    return None if row is None else row["ticket"]
