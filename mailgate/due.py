"""What work by the clock has in common: what is due is done a page in a transaction, each thing by itself.

What is due stands in the ledger's tables. One ticket's trouble keeps no other waiting. A letter that nobody's
mail asks for just now goes only where an earlier one has arrived, and within the address's budget.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

import structlog

from mailgate.core import answer
from mailgate.core.effects import LetterKind
from mailgate.core.policy import Language
from mailgate.core.ticket import Ticket
from mailgate.rulebook import Rulebook
from mailgate.store import letters, tickets
from mailgate.store.letters import LetterRow, LetterState
from mailgate.store.sqlite import Ask, Ledger, Work, is_ours

_log = structlog.get_logger()

AT_ONCE = 50
"""How many things are done in one transaction."""

_DAY = timedelta(days=1)

Thing = TypeVar("Thing")


def in_pages(
    ledger: Ledger, find: Callable[[Work], Sequence[Thing]], act: Callable[[Work, Thing], bool]
) -> int:
    """How many of the things that `find` gives, at most AT_ONCE at a time, `act` did something about.

    Whatever `act` says, `find` must not give the same again for ever.
    """
    done = 0
    while True:
        with ledger.write() as work:
            found = find(work)
            done += sum(act(work, each) for each in found)
        if len(found) < AT_ONCE:
            return done


def alone(work: Work, number: int, act: Callable[[Work, Ticket], bool]) -> bool | None:
    """What `act` says of a ticket; None where it failed, which is undone and keeps no other waiting."""
    try:
        with work.savepoint():
            ticket = tickets.find(work, number)
            return ticket is not None and act(work, ticket)
    except Exception as why:
        if is_ours(why):
            raise
        _log.exception("ticket.not_followed_up", ticket=number)
        return None


def last_letter(ask: Ask, ticket: Ticket, kind: LetterKind | None) -> LetterRow | None:
    """The last letter that went to the ticket's requester, of this kind, if one is given."""
    found = (
        letter
        for letter in reversed(letters.of_ticket(ask, ticket.number))
        if letter.recipient.lower() == ticket.requester and kind in (None, letter.kind)
    )
    return next(found, None)


def has_arrived(letter: LetterRow) -> bool:
    """Was the letter handed over, and has not come back?"""
    return letter.state is LetterState.SENT and letter.bounced is None


def may_write(ask: Ask, address: str, rulebook: Rulebook, now: datetime) -> bool:
    """May one more letter be sent to an address, unasked?"""
    if tickets.is_muted(ask, address):
        return False
    return letters.sent_or_due_to(ask, address, now - _DAY) < rulebook.policy.limits.letters_a_day


def languages(ticket: Ticket, rulebook: Rulebook) -> tuple[Language, ...]:
    """The language that a proven contact has on record, else those of the ticket."""
    on_record = ticket.identification.language
    wanted = (on_record,) if on_record else tuple(Language(code) for code in ticket.languages)
    return answer.letter_languages(wanted, rulebook.policy.desk)
