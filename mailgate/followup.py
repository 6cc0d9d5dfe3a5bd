"""What becomes of tickets by the clock: their writers are reminded once, and they are closed for silence.

Each function does all that is due by `now` (`due.py`) and says how many it did. Letters made here go on from
one that `may_answer` has allowed, or go to whom staff opened a ticket for.
"""

from datetime import datetime, timedelta

import structlog

from mailgate.apply import send
from mailgate.core import answer
from mailgate.core.effects import Letter, LetterKind
from mailgate.core.ticket import Entry, EntryKind, Status, Ticket
from mailgate.due import AT_ONCE, alone, has_arrived, in_pages, languages, last_letter, may_write
from mailgate.rulebook import Rulebook
from mailgate.store import tickets
from mailgate.store.letters import LetterRow, LetterState
from mailgate.store.sqlite import Ask, Ledger, Work

_log = structlog.get_logger()

_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)


def remind(ledger: Ledger, rulebook: Rulebook, now: datetime) -> int:
    """Remind writers, once, of what they were asked and have not told."""

    def act(work: Work, number: int) -> bool:
        reminded = alone(work, number, lambda work, ticket: _remind(work, ticket, rulebook, now))
        if reminded is None:
            tickets.remind_at(work, number, now + _HOUR)
        return bool(reminded)

    return in_pages(ledger, lambda work: tickets.to_remind(work, now, AT_ONCE), act)


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
            found = tickets.silent(work, now - after, AT_ONCE, last)
            for _, number in found:
                closed += bool(alone(work, number, lambda work, ticket: _close(work, ticket, rulebook, now)))
        if len(found) < AT_ONCE:
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
