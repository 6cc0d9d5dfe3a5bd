"""Tickets that came while the customers' directory was down, identified as soon as it speaks again.

Where one asks for something critical its owner is asked then. One ticket's trouble keeps no other waiting.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

import structlog

from mailgate.apply import apply
from mailgate.core import answer, identify
from mailgate.core.account import Key, Records
from mailgate.core.address import parse_mailbox
from mailgate.core.assurance import assurance, looked_up
from mailgate.core.authorise import plan
from mailgate.core.challenging import followed
from mailgate.core.effects import LetterKind, Notify
from mailgate.core.phrases import is_machine_mailbox
from mailgate.core.ticket import Ticket
from mailgate.core.triage import address_on_record
from mailgate.directory import Directory, ask_each
from mailgate.due import AT_ONCE, alone, languages, last_letter, may_write
from mailgate.gather import authority_of, wish_of
from mailgate.rulebook import Rulebook
from mailgate.store import letters, mails, requests, rows, tickets
from mailgate.store.sqlite import Ask, Ledger, Work

_log = structlog.get_logger()

_LONGEST_ASIDE = 3600.0


class Aside:
    """Tickets that the directory could not be asked about: each is left alone for longer every time.

    For a minute at first, and for an hour at most. Of them nothing is kept over a restart.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._left: dict[int, tuple[float, float]] = {}  # until when, and for how long

    def holds(self, number: int) -> bool:
        """Is this ticket to be left alone for now?"""
        return number in self._left and self._clock() < self._left[number][0]

    def put(self, number: int) -> None:
        """Leave a ticket alone."""
        _, before = self._left.get(number, (0.0, 30.0))
        seconds = min(2 * before, _LONGEST_ASIDE)
        self._left[number] = self._clock() + seconds, seconds

    def drop(self, number: int) -> None:
        """Forget a ticket that could be asked about."""
        self._left.pop(number, None)


def complete(
    ledger: Ledger, directory: Directory, rulebook: Rulebook, now: datetime, aside: Aside | None = None
) -> int:
    """Identify tickets whose mails came while the directory was down, as soon as it speaks again.

    Where one asks for something critical, its owner is asked now. A ticket that it cannot be asked about goes
    on waiting, `aside`, and lets the others go before.
    """
    aside = aside or Aside(lambda: 0.0)
    done, after = 0, 0
    while True:
        with ledger.read() as ask:
            numbers = tickets.unidentified(ask, AT_ONCE, after)
            waiting = _readable(ask, (number for number in numbers if not aside.holds(number)), aside)
        said = ask_each(directory, [_keys(ticket) for ticket in waiting]) if waiting else []
        done += _complete(ledger, tuple(zip(waiting, said, strict=False)), aside, rulebook, now)
        if len(said) < len(waiting) or len(numbers) < AT_ONCE:
            return done
        after = numbers[-1]


def _readable(ask: Ask, numbers: Iterable[int], aside: Aside) -> list[Ticket]:
    found: list[Ticket] = []
    for number in numbers:
        try:
            found += tickets.find_all(ask, (number,))
        except ValueError:
            _log.exception("ticket.unreadable", ticket=number)
            aside.put(number)
    return found


def _complete(
    ledger: Ledger, said: tuple[tuple[Ticket, Records], ...], aside: Aside, rulebook: Rulebook, at: datetime
) -> int:
    """Identify the tickets of a page that the directory could be asked about."""
    answers = {ticket.number: (ticket, records) for ticket, records in said if not records.is_down}
    for ticket, _ in said:
        if ticket.number not in answers:
            aside.put(ticket.number)
            _log.info("ticket.aside", ticket=ticket.number, why="the directory could not be asked about it")
    if not answers:
        return 0
    with ledger.write() as work:
        for number in answers:
            done = alone(
                work, number, lambda work, now: _identified(work, now, *answers[now.number], rulebook, at)
            )
            if done is None:
                aside.put(number)
            else:
                aside.drop(number)
    return len(answers)


def _identified(
    work: Work, now: Ticket, before: Ticket, records: Records, rulebook: Rulebook, at: datetime
) -> bool:
    if not _identify(work, now, before, records):
        return False
    ticket = tickets.find(work, now.number)
    if ticket is None:
        return True
    if ticket.identification.vouched:  # what was written in the panel needs no consent
        _acknowledge(work, ticket, records, rulebook, at)
        return True
    # Whose mail got no letter may be a machine, and then it is for staff to ask.
    if last_letter(work, ticket, LetterKind.ACKNOWLEDGEMENT):
        authority = authority_of(work, (ticket.identification.account,), at)
        wish = wish_of(work, ticket, records)
        planned = plan(wish, authority, rulebook.policy, at)
        apply(work, None, followed(planned, wish, rulebook.policy, at), rulebook, at)
    return True


def _acknowledge(work: Work, ticket: Ticket, records: Records, rulebook: Rulebook, at: datetime) -> None:
    """Whom the panel's request may be acknowledged to is known only now."""
    address = parse_mailbox(address_on_record(ticket.identification.vouched, ticket.requester, records))
    if address is None or is_machine_mailbox(address.local) or letters.of_ticket(work, ticket.number):
        return
    if may_write(work, address.key, rulebook, at):
        letter = answer.late_acknowledgement(ticket, address.mailbox, languages(ticket, rulebook))
        apply(work, None, (Notify(letter),), rulebook, at)


def _identify(work: Work, now: Ticket, before: Ticket, records: Records) -> bool:
    """Give the verdict, unless the ticket was answered, or identified by staff, since it was looked at."""
    if now.identification != before.identification:
        return False
    found = identify.completed(before.identification, records)
    tickets.identify(work, now.number, found, answered=False)
    _assure(work, now, found.account, records)
    _log.info("ticket.identified", ticket=now.number, state=found.state.value)
    return True


def _assure(work: Work, ticket: Ticket, account: str, records: Records) -> None:
    """Judge the writers of mails, too, that came while the directory was down."""
    for row in mails.of_ticket(work, ticket.number):
        shown = rows.assurance_of(row["assurance"]).claims
        if not identify.owns(account, ticket.request.domains, records):
            shown = replace(shown, panel="")
        if shown.waits:
            # Whether the class is critical the settings say; to be strict is never wrong.
            judged = assurance(account, looked_up(shown, records), is_critical=bool(ticket.request.name))
            requests.assure(work, row["id"], judged)


def _keys(ticket: Ticket) -> frozenset[Key]:
    known = ticket.identification
    domains = (key for domain in ticket.request.domains for key in identify.keys_of_domain(domain))
    values = (each.candidate for each in known.evidence)
    writers = (each.address for each in known.contacts)
    return identify.keys(values, writers, known.vouched) | frozenset(domains)
