"""Which ticket a mail belongs to: the house's table of who joins what.

A signed mark or a stored mail's id in References and a right number in the subject are evidence, but only a
participant joins by them: the requester, and where the ticket's account is proven, its contacts. Cc makes
nobody one. What the panel hands in for an account belongs to tickets that are surely that account's, and to
no other, whatever address its author is known by there.
"""

from mailgate.core.account import Key, KeyKind
from mailgate.core.authenticity import Authentication
from mailgate.core.case import Case
from mailgate.core.effects import Effect, LinkTickets
from mailgate.core.mail import Defect
from mailgate.core.ticket import Link, LinkKind, Ticket


def _is_stranger(case: Case) -> bool:
    """Nobody at all, or somebody whose mail failed authentication at the trusted hop."""
    return not case.triage.writer or case.triage.authentication is Authentication.FAIL


def takes_part(case: Case, ticket: Ticket | None) -> bool:
    """Is the writer a participant of `ticket`, or a contact of the account whose request it is?"""
    if ticket is None or _is_stranger(case):
        return False
    vouched = case.mail.envelope.vouched
    if vouched is not None:
        return is_of_account(ticket, vouched.account)
    return case.triage.writer in ticket.participants or _is_contact(case, ticket)


def is_of_account(ticket: Ticket, account: str) -> bool:
    """Is it surely this account's? A stranger who typed its login opened a ticket of his own."""
    return ticket.identification.is_proven and ticket.identification.account == account


def _is_contact(case: Case, ticket: Ticket) -> bool:
    """Does the account whose request it surely is have the writer's address on record?

    Surely: else a stranger who types a customer's login would draw his contacts into a ticket of his own, and
    could tell by it whose address is on record (A77).
    """
    if not ticket.identification.is_proven:
        return False
    led = case.facts.records.led_to(Key(KeyKind.ADDRESS, case.triage.writer))
    return ticket.identification.account in led


def marked_ticket(case: Case) -> Ticket | None:
    """The existing ticket of the nearest signed mark."""
    found = (case.facts.ticket(mark.ticket) for mark in case.triage.marks)
    return next((ticket for ticket in found if ticket), None)


def own_ticket(case: Case) -> tuple[Ticket, str] | None:
    """The ticket a participant's mail belongs to, and by which evidence; the strongest first."""
    added = _added_to(case)
    if added:
        ticket = case.facts.ticket(added)
        return (
            (ticket, "the panel adds it for the ticket's account")
            if takes_part(case, ticket) and ticket
            else None
        )
    marked = marked_ticket(case)
    if marked and takes_part(case, marked):
        return marked, "a participant answers a letter of ours"
    for number in case.facts.threads:
        ticket = case.facts.ticket(number)
        if ticket and takes_part(case, ticket):
            return ticket, "a participant refers to an earlier mail of the ticket"
    numbers = case.triage.subject_numbers
    ticket = case.facts.ticket(numbers[0]) if len(numbers) == 1 else None
    if ticket and takes_part(case, ticket):
        return ticket, "a participant names the number in the subject"
    return None


def _added_to(case: Case) -> int:
    """The ticket that the panel says a mail is added to, 0 for none."""
    vouched = case.mail.envelope.vouched
    return vouched.ticket if vouched else 0


def is_out_of_time(case: Case, ticket: Ticket) -> bool:
    """Was it settled too long ago to reopen? Thanks never reopen, so they are never too late."""
    if ticket.settled is None or case.mail.is_thanks:
        return False
    return case.triage.arrived - ticket.settled > case.policy.limits.reopen_within


def links(case: Case, own: int) -> tuple[Effect, ...]:
    """Every existing ticket the mail names besides its own, once, with the kind of naming."""
    continued = own_ticket(case)
    kinds: dict[int, LinkKind] = {}
    if continued is not None:
        kinds[continued[0].number] = LinkKind.CONTINUES
    claimed = (
        _added_to(case) or None,
        case.triage.address_ticket,
        *(mark.ticket for mark in case.triage.marks),
        *case.facts.threads,
    )
    for number in (*claimed, *case.triage.subject_numbers):
        if number is not None:
            kinds.setdefault(number, LinkKind.CLAIMED)
    for number in case.triage.text_numbers:
        kinds.setdefault(number, LinkKind.MENTIONED)
    return tuple(
        LinkTickets(own, Link(number, kind))
        for number, kind in kinds.items()
        if number != own and case.facts.ticket(number)
    )


def why_new(case: Case) -> str:
    """In words, why a mail that names a ticket did not join it."""
    own = own_ticket(case)
    if own is not None:
        return f"ticket {own[0].number} was settled too long ago to reopen: a new one continues it"
    named = [number for number in case.triage.subject_numbers if case.facts.ticket(number)]
    if _added_to(case):
        return f"ticket {_added_to(case)} is not surely the account's any more: a new one, linked"
    if len(case.triage.subject_numbers) > 1:
        return "the subject names more than one number: a new ticket, linked to those that exist"
    if named and case.triage.authentication is Authentication.FAIL:
        return f"names ticket {named[0]}, but the sender failed authentication: a new ticket, linked"
    if named:
        return f"names ticket {named[0]}, but its writer takes no part in it: a new ticket, linked"
    if Defect.FROM_UNUSABLE in case.mail.defects or Defect.NO_FROM in case.mail.defects:
        return "no usable From: the writer is unidentified, so it can only be a new ticket"
    return "names no ticket its writer takes part in"
