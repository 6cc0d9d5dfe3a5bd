"""What becomes of tickets by the clock: their writers are reminded once, and they are closed for silence.

Each function does all that is due by `now`, a page in a transaction, and says how many it did; what is due
stands in the ledger's tables. One ticket's trouble keeps no other waiting. Letters made here go on from one
that `may_answer` has allowed, or go to whom staff opened a ticket for.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from mailgate.apply import send
from mailgate.core import answer
from mailgate.core.effects import Letter, LetterKind
from mailgate.core.policy import Language
from mailgate.core.ticket import Entry, EntryKind, Status, Ticket
from mailgate.rulebook import Rulebook
from mailgate.store import letters as outbox
from mailgate.store import tickets
from mailgate.store.letters import LetterRow, LetterState
from mailgate.store.sqlite import Ask, Ledger, Work, is_ours

_log = structlog.get_logger()

_AT_ONCE = 50
_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)


def alone(work: Work, number: int, act: Callable[[Work, Ticket], bool]) -> bool | None:
    """What `act` says; None where it failed, which is undone and keeps no other ticket waiting."""
    try:
        with work.savepoint():
            ticket = tickets.find(work, number)
            return ticket is not None and act(work, ticket)
    except Exception as why:
        if is_ours(why):
            raise
        _log.exception("ticket.not_followed_up", ticket=number)
        return None


def remind(ledger: Ledger, rulebook: Rulebook, now: datetime) -> int:
    """Remind writers, once, of what they were asked and have not told."""
    made = 0
    while True:
        with ledger.write() as work:
            found = tickets.to_remind(work, now, _AT_ONCE)
            for number in found:
                reminded = alone(work, number, lambda work, ticket: _remind(work, ticket, rulebook, now))
                if reminded is None:
                    tickets.remind_at(work, number, now + _HOUR)
                made += bool(reminded)
        if len(found) < _AT_ONCE:
            return made


def _remind(work: Work, ticket: Ticket, rulebook: Rulebook, now: datetime) -> bool:
    asked = last_letter(work, ticket, LetterKind.ACKNOWLEDGEMENT)
    if asked is not None and asked.state is LetterState.DUE:
        # The question itself has not left yet, and others are not to wait for it.
        tickets.remind_at(work, ticket.number, now + _HOUR)
        return False
    tickets.remind_at(work, ticket.number, None)
    letter = _reminder(work, ticket, asked, rulebook, now)
    if letter is None:
        return False
    send(work, None, letter, rulebook.letters, now)
    return True


def _reminder(
    ask: Ask, ticket: Ticket, asked: LetterRow | None, rulebook: Rulebook, now: datetime
) -> Letter | None:
    """The reminder, if nobody but the writer has anything to do yet and he may be written to."""
    asking = answer.question(ticket.identification.missing, rulebook.policy)
    if ticket.status is not Status.OPEN or not asking.questions:
        return None
    if asked is None or not (has_arrived(asked) and may_write(ask, ticket.requester, rulebook, now)):
        return None
    return answer.reminder(
        asked.recipient, languages(ticket, rulebook), ticket.number, asked.message_id, asking
    )


def close_silent(ledger: Ledger, rulebook: Rulebook, now: datetime) -> int:
    """Close tickets that a human has answered and whose customer said nothing more, and tell him.

    Where he cannot be told, the ticket goes on waiting.
    """
    after = rulebook.policy.limits.close_after_silence
    closed, last = 0, None
    while after:
        with ledger.write() as work:
            found = tickets.silent(work, now - after, _AT_ONCE, last)
            for _, number in found:
                closed += bool(alone(work, number, lambda work, ticket: _close(work, ticket, rulebook, now)))
        if len(found) < _AT_ONCE:
            break
        last = found[-1]
    return closed


def _close(work: Work, ticket: Ticket, rulebook: Rulebook, now: datetime) -> bool:
    letter = _closing(work, ticket, rulebook, now)
    if letter is None:
        return False
    days = rulebook.policy.limits.close_after_silence // _DAY
    text = f"{ticket.status} → {Status.CLOSED}: nothing came from the customer for {days} days"
    tickets.set_status(work, ticket.number, Status.CLOSED, now)
    tickets.add_entry(work, ticket.number, Entry("", EntryKind.STATUS, now, text))
    send(work, None, letter, rulebook.letters, now)
    _log.info("ticket.closed", ticket=ticket.number, why="silence")
    return True


def _closing(ask: Ask, ticket: Ticket, rulebook: Rulebook, now: datetime) -> Letter | None:
    """The letter that tells of it: after an earlier one, or to whom staff opened the ticket for."""
    before = last_letter(ask, ticket, None)
    to = before.recipient if before else ticket.requester
    may = has_arrived(before) if before else _is_by_hand(ask, ticket)
    if not (may and may_write(ask, ticket.requester, rulebook, now)):
        return None
    return answer.closing(to, languages(ticket, rulebook), ticket.number, before.message_id if before else "")


def _is_by_hand(ask: Ask, ticket: Ticket) -> bool:
    """Did staff open the ticket? A mail that got no letter may be a machine's, and gets none now."""
    request = next((each for each in tickets.entries(ask, ticket.number)), None)
    return bool(ticket.requester) and request is not None and request.mail is None


def last_letter(ask: Ask, ticket: Ticket, kind: LetterKind | None) -> LetterRow | None:
    """The last letter that went to the ticket's requester, of this kind, if one is given."""
    found = (
        letter
        for letter in reversed(outbox.of_ticket(ask, ticket.number))
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
    return outbox.sent_or_due_to(ask, address, now - _DAY) < rulebook.policy.limits.letters_a_day


def languages(ticket: Ticket, rulebook: Rulebook) -> tuple[Language, ...]:
    """The language that a proven contact has on record, else those of the ticket."""
    on_record = ticket.identification.language
    wanted = (on_record,) if on_record else tuple(Language(code) for code in ticket.languages)
    return answer.letter_languages(wanted, rulebook.policy.desk)
