"""What becomes of tickets by the clock: identified later, reminded once, closed for silence.

Each function does what is due by `now` and says how many it did; what is due stands in the ledger's
tables. Letters made here go on from one that `may_answer` has allowed.
"""

from datetime import datetime, timedelta

import structlog

from mailgate.apply import send
from mailgate.core import answer, identify
from mailgate.core.account import Key
from mailgate.core.effects import Letter, LetterKind
from mailgate.core.policy import Language
from mailgate.core.ticket import Entry, EntryKind, Status, Ticket
from mailgate.directory import Directory
from mailgate.rulebook import Rulebook
from mailgate.store import letters as outbox
from mailgate.store import tickets
from mailgate.store.letters import LetterRow, LetterState
from mailgate.store.sqlite import Ask, Ledger, Work

_log = structlog.get_logger()

_AT_ONCE = 50
_DAY = timedelta(days=1)


def complete(ledger: Ledger, directory: Directory) -> int:
    """Identify tickets whose mails came while the directory was down, as soon as it speaks again."""
    with ledger.read() as ask:
        waiting = tickets.unidentified(ask, _AT_ONCE)
    if not waiting:
        return 0
    records = directory.ask(frozenset().union(*map(_keys, waiting)))
    if records.is_down:
        return 0
    with ledger.write() as work:
        for ticket in waiting:
            # It may have been answered, or identified by staff, since it was looked at.
            now = tickets.find(work, ticket.number)
            if now is None or now.identification != ticket.identification:
                continue
            found = identify.completed(ticket.identification, records.about(_keys(ticket)))
            tickets.identify(work, ticket.number, found, answered=False)
            _log.info("ticket.identified", ticket=ticket.number, state=found.state.value)
    return len(waiting)


def _keys(ticket: Ticket) -> frozenset[Key]:
    known = ticket.identification
    return identify.keys(
        (each.candidate for each in known.evidence), (each.address for each in known.contacts)
    )


def remind(ledger: Ledger, rulebook: Rulebook, now: datetime) -> int:
    """Remind writers, once, of what they were asked and have not told."""
    made = 0
    with ledger.write() as work:
        for ticket in tickets.to_remind(work, now, _AT_ONCE):
            asked = _last_letter(work, ticket, LetterKind.ACKNOWLEDGEMENT)
            if asked is not None and asked.state is LetterState.DUE:
                continue  # the question itself has not left yet
            tickets.reminded(work, ticket.number)
            letter = _reminder(work, ticket, asked, rulebook, now)
            if letter is not None:
                send(work, None, letter, rulebook.letters, now)
                made += 1
    return made


def _reminder(
    ask: Ask, ticket: Ticket, asked: LetterRow | None, rulebook: Rulebook, now: datetime
) -> Letter | None:
    """The reminder, if nobody but the writer has anything to do yet and he may be written to."""
    asking = answer.question(ticket.identification.missing, rulebook.policy)
    if ticket.status is not Status.OPEN or not asking.questions:
        return None
    if asked is None or not _may_write(ask, asked, rulebook, now):
        return None
    return answer.reminder(asked.recipient, _languages(ticket), ticket.number, asked.message_id, asking)


def close_silent(ledger: Ledger, rulebook: Rulebook, now: datetime) -> int:
    """Close tickets that a human has answered and whose customer said nothing more, and tell him."""
    after = rulebook.policy.limits.close_after_silence
    if not after:
        return 0
    with ledger.write() as work:
        found = tickets.silent(work, now - after, _AT_ONCE)
        for ticket in found:
            _close(work, ticket, rulebook, now)
    return len(found)


def _close(work: Work, ticket: Ticket, rulebook: Rulebook, now: datetime) -> None:
    days = rulebook.policy.limits.close_after_silence // _DAY
    text = f"{ticket.status} → {Status.CLOSED}: nothing came from the customer for {days} days"
    tickets.set_status(work, ticket.number, Status.CLOSED, now)
    tickets.add_entry(work, ticket.number, Entry("", EntryKind.STATUS, now, text))
    _log.info("ticket.closed", ticket=ticket.number, why="silence")
    before = _last_letter(work, ticket, None)
    if before is not None and _may_write(work, before, rulebook, now):
        letter = answer.closing(before.recipient, _languages(ticket), ticket.number, before.message_id)
        send(work, None, letter, rulebook.letters, now)


def _last_letter(ask: Ask, ticket: Ticket, kind: LetterKind | None) -> LetterRow | None:
    """The last letter that went to the ticket's requester, of this kind, if one is given."""
    found = (
        letter
        for letter in reversed(outbox.of_ticket(ask, ticket.number))
        if letter.recipient.lower() == ticket.requester and kind in (None, letter.kind)
    )
    return next(found, None)


def _may_write(ask: Ask, before: LetterRow, rulebook: Rulebook, now: datetime) -> bool:
    """May the reader of an earlier letter be sent one more, unasked? Not if that one did not reach him."""
    if before.state is not LetterState.SENT or before.bounced is not None:
        return False
    address = before.recipient.lower()
    if tickets.is_muted(ask, address):
        return False
    return outbox.sent_or_due_to(ask, address, now - _DAY) < rulebook.policy.limits.letters_a_day


def _languages(ticket: Ticket) -> tuple[Language, ...]:
    return tuple(Language(code) for code in ticket.languages)
