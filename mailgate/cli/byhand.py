"""What staff does to tickets by hand: open one for a caller, note, resolve, close, reopen."""

import os
from dataclasses import dataclass
from datetime import datetime

from mailgate import state
from mailgate.cli.exits import Refused
from mailgate.config import Settings, policy_of
from mailgate.core import identify
from mailgate.core.answer import letter_languages
from mailgate.core.finding.find import find
from mailgate.core.identification import Identification
from mailgate.core.language import languages
from mailgate.core.mail import Address, Door, Envelope, Mail
from mailgate.core.number import counter_of, number_of
from mailgate.core.policy import Identifying
from mailgate.core.recognise import recognise
from mailgate.core.request import asked_by
from mailgate.core.ticket import Entry, EntryKind, Status, Ticket
from mailgate.directory import Directory, make_directory
from mailgate.store import tickets
from mailgate.store.mark import HighWater
from mailgate.store.sqlite import Ask, Ledger, Work

_FROM = {
    Status.WAITING: (Status.OPEN,),
    Status.RESOLVED: (Status.OPEN, Status.WAITING),
    Status.CLOSED: (Status.OPEN, Status.WAITING, Status.RESOLVED),
    Status.OPEN: (Status.WAITING, Status.RESOLVED, Status.CLOSED),
}


@dataclass(frozen=True, slots=True)
class Call:
    """What somebody said who did not write; `subject` is one line."""

    requester: Address
    subject: str
    text: str
    at: datetime


def open_ticket(settings: Settings, call: Call) -> Ticket:
    """Open a ticket for somebody who did not write. No letter is made, and nothing is asked.

    Raises AlreadyRunning when a daemon starts at the same moment.
    """
    folder = settings.state.dir
    ledger = state.open_ledger(folder)
    try:
        if state.is_running(folder):
            return _open(ledger, settings, call)
        # No daemon has moved the counter past what a crash, or a restored backup, made it forget.
        with state.alone(folder):
            state.continue_numbers(ledger)
            ticket = _open(ledger, settings, call)
            state.end_numbers(ledger)
            return ticket
    finally:
        ledger.close()


def _open(ledger: Ledger, settings: Settings, call: Call) -> Ticket:
    policy = policy_of(settings, ())
    whose = _identified(make_directory(settings, ledger), policy.identifying, call)
    who = call.requester.key
    spoken = letter_languages(languages(f"{call.subject}\n{call.text}"), policy.desk)
    words = call.text or call.subject
    asked = asked_by(recognise(call.subject, call.text, policy.requests), words)
    with ledger.write() as work:
        number = number_of(HighWater(settings.state.dir).following(tickets.counter(work)))
        tickets.set_counter(work, counter_of(number))
        ticket = Ticket(
            number,
            Status.OPEN,
            call.subject,
            who,
            (who,),
            spoken,
            call.at,
            identification=whose,
            request=asked,
        )
        tickets.open_ticket(work, ticket)
        tickets.add_entry(work, number, Entry(who, EntryKind.REQUEST, call.at, words))
    return ticket


def _identified(directory: Directory, identifying: Identifying, call: Call) -> Identification:
    """Whose request it is, by the words of a call as by those of a mail whose writer nobody vouches for."""
    envelope = Envelope(Door.PANEL, "", (), call.at)
    mail = Mail(envelope, subject=call.subject, author=call.requester, text=call.text, new_words=call.text)
    values = find(mail, identifying)
    records = directory.ask(identify.keys(values, (call.requester.key,)))
    caller = identify.contact(call.requester.key, records, is_authenticated=False)
    return identify.identify(values, caller, records, required=())


def note(work: Work, number: int, text: str, now: datetime) -> None:
    """Add words of staff that the customer never sees. Raises Refused for an unknown ticket."""
    found(work, number)
    tickets.add_entry(work, number, Entry("", EntryKind.NOTE, now, text))


def move(work: Work, number: int, status: Status, now: datetime) -> bool:
    """Bring a ticket to `status`; False when it stands there already. Raises Refused when it cannot."""
    ticket = found(work, number)
    if ticket.status is status:
        return False
    if ticket.status not in _FROM[status]:
        raise Refused(
            f"ticket #{number} is {ticket.status}; reopen it first: mailgate ticket reopen {number}"
        )
    tickets.set_status(work, number, status, now)
    text = f"{ticket.status} → {status}, by hand"
    tickets.add_entry(work, number, Entry("", EntryKind.STATUS, now, text))
    return True


def found(ask: Ask, number: int) -> Ticket:
    """The ticket with this number. Raises Refused when there is none."""
    ticket = tickets.find(ask, number)
    if ticket is None:
        raise unknown(number)
    return ticket


def unknown(number: int) -> Refused:
    """What is said about a ticket that is not there."""
    return Refused(f"there is no ticket #{number}; see `mailgate ticket list`", os.EX_DATAERR)
