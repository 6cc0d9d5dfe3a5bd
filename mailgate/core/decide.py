"""What is to be done about a mail: the rules, in order.

The first rule that speaks decides, the last always speaks; its name is stored with the mail. Who may
join what stands in the house's table: a signed mark or a stored mail's id in References and a right
number in the subject are evidence, but only a participant joins by them. Cc makes nobody one.
"""

from collections.abc import Callable

from mailgate.core import answer
from mailgate.core.authenticity import Authentication
from mailgate.core.case import Case
from mailgate.core.effects import (
    AddEntry,
    Answer,
    Decision,
    Effect,
    Hint,
    Letter,
    LetterKind,
    LinkTickets,
    Mute,
    NoteBounce,
    OpenTicket,
    Reason,
    Reopen,
    Send,
    Silence,
    Unmute,
    Verdict,
)
from mailgate.core.mail import Defect
from mailgate.core.policy import Language
from mailgate.core.ticket import EntryKind, Link, LinkKind, Ticket
from mailgate.core.triage import Kind

Rule = Callable[[Case], Decision | None]

_NOTED = {
    Kind.BOUNCE: EntryKind.BOUNCE,
    Kind.RECEIPT: EntryKind.RECEIPT,
    Kind.ABSENCE: EntryKind.ABSENCE,
}


def link_duplicate(case: Case) -> Decision | None:
    """A second copy of a mail we have is linked to the first and does nothing more."""
    facts = case.facts
    if facts.duplicate_of is None:
        return None
    return Decision(
        rule="link_duplicate",
        verdict=Verdict.DUPLICATE,
        effects=(),
        answer=Silence(Reason.DUPLICATE, str(facts.duplicate_of)),
        ticket=facts.duplicate_ticket,
        why=f"a copy of mail {facts.duplicate_of}",
    )


def park_loop(case: Case) -> Decision | None:
    """A mail that passed too many hops runs in a circle (RFC 5321, section 6.3)."""
    if case.mail.received_count <= case.policy.limits.max_received:
        return None
    return Decision(
        rule="park_loop",
        verdict=Verdict.PARKED,
        effects=(),
        answer=Silence(Reason.PARKED, f"{case.mail.received_count} Received headers"),
        why=f"{case.mail.received_count} Received headers: a mail loop",
    )


def note_bounce(case: Case) -> Decision | None:
    """A letter of ours came back: noted at the letter and its ticket."""
    if case.triage.kind is not Kind.BOUNCE or not case.facts.letters:
        return None
    letter = case.facts.letters[0]
    status = case.mail.report.status if case.mail.report else ""
    effects: tuple[Effect, ...] = (NoteBounce(letter.id, status),)
    # RFC 3463, 3.2: 5.1.x says that the address itself is bad; the rest may pass.
    if status.startswith("5.1."):
        effects = (*effects, Mute(letter.recipient.lower(), letter.id, status))
    return _noted(
        case, "note_bounce", letter.ticket, effects, f"letter {letter.id} came back {status}".strip()
    )


def note_receipt_or_absence(case: Case) -> Decision | None:
    """A read receipt or an out-of-office answer to a letter of ours: noted at its ticket."""
    if case.triage.kind not in (Kind.RECEIPT, Kind.ABSENCE):
        return None
    ticket = _answered_ticket(case)
    return None if ticket is None else _noted(case, "note_receipt_or_absence", ticket, (), case.triage.kind)


def _answered_ticket(case: Case) -> int | None:
    """The existing ticket whose letter is answered, by letter, mark or reply address."""
    numbers = (
        *(letter.ticket for letter in case.facts.letters),
        *(mark.ticket for mark in case.triage.marks),
        case.triage.address_ticket,
    )
    return next((number for number in numbers if case.facts.ticket(number)), None)


def _noted(case: Case, rule: str, ticket: int | None, effects: tuple[Effect, ...], why: str) -> Decision:
    entry: tuple[Effect, ...] = ()
    if ticket is not None:
        entry = (AddEntry(ticket, case.triage.writer, _NOTED[case.triage.kind], case.mail.new_words),)
    return Decision(
        rule=rule,
        verdict=Verdict.NOTED,
        effects=(*effects, *entry),
        answer=Silence(Reason.NOTED, case.triage.kind),
        ticket=ticket,
        why=why,
    )


def join_ticket(case: Case) -> Decision | None:
    """A participant's further words, by evidence that names exactly one ticket."""
    found = _own_ticket(case)
    if found is None or _is_out_of_time(case, found[0]):
        return None
    ticket, why = found
    reopens = ticket.status.is_settled and not case.mail.is_thanks
    effects: tuple[Effect, ...] = (
        AddEntry(ticket.number, case.triage.writer, EntryKind.REPLY, case.mail.new_words),
        *((Reopen(ticket.number),) if reopens else ()),
        *_links(case, ticket.number),
        *_unmute(case),
    )
    hints = answer.hints(case, reopened=reopens)
    said, more = _receipt(case, ticket, hints)
    return _done("join_ticket", Verdict.JOINED, ticket.number, (*effects, *more), said, why)


def _receipt(case: Case, ticket: Ticket, hints: tuple[Hint, ...]) -> tuple[Answer, tuple[Effect, ...]]:
    """A reply gets a letter only if it reopened its ticket or lost something on the way."""
    if not set(hints) - {Hint.OUTAGE}:
        return answer.nothing_to_say(case, "a reply joins its ticket silently"), ()
    return answer.write(case, LetterKind.RECEIPT, ticket.number, _languages(case, ticket), hints)


def join_as_outsider(case: Case) -> Decision | None:
    """Somebody else holds one of our letters: shown to staff as such, proves and changes nothing."""
    ticket = _marked_ticket(case)
    if ticket is None or _takes_part(case, ticket):
        return None
    author = case.triage.writer or case.triage.answer_to.lower()
    effects: tuple[Effect, ...] = (
        AddEntry(ticket.number, author, EntryKind.OUTSIDER, case.mail.new_words),
        *_links(case, ticket.number),
        *_unmute(case),
    )
    said, more = answer.write(case, LetterKind.OUTSIDER, ticket.number, _languages(case, None))
    why = "answers a letter of ours, but its writer takes no part in the ticket"
    return _done("join_as_outsider", Verdict.JOINED, ticket.number, (*effects, *more), said, why)


def open_ticket(case: Case) -> Decision:
    """Everything else is a new ticket; what it names is linked for staff to see."""
    number = case.facts.next_number
    languages = _languages(case, None)
    requester = case.triage.writer or case.triage.answer_to.lower()
    effects: tuple[Effect, ...] = (
        OpenTicket(number, case.mail.subject, requester, languages),
        AddEntry(number, requester, EntryKind.REQUEST, case.mail.new_words or case.mail.text),
        *_links(case, number),
        *_unmute(case),
    )
    said, more = answer.write(case, LetterKind.ACKNOWLEDGEMENT, number, languages, answer.hints(case))
    return _done("open_ticket", Verdict.OPENED, number, (*effects, *more), said, _why_new(case))


RULES: tuple[Rule, ...] = (
    link_duplicate,
    park_loop,
    note_bounce,
    note_receipt_or_absence,
    join_ticket,
    join_as_outsider,
    open_ticket,
)


def decide(case: Case) -> Decision:
    """The decision of the first rule that speaks."""
    return next(decision for rule in RULES if (decision := rule(case)) is not None)


def _done(
    rule: str,
    verdict: Verdict,
    ticket: int,
    effects: tuple[Effect, ...],
    said: Answer,
    why: str,
) -> Decision:
    letters = (Send(said),) if isinstance(said, Letter) else ()
    return Decision(rule, verdict, (*effects, *letters), said, ticket, why)


def _is_stranger(case: Case) -> bool:
    """Nobody at all, or somebody whose mail failed authentication at the trusted hop."""
    return not case.triage.writer or case.triage.authentication is Authentication.FAIL


def _takes_part(case: Case, ticket: Ticket | None) -> bool:
    return ticket is not None and not _is_stranger(case) and case.triage.writer in ticket.participants


def _marked_ticket(case: Case) -> Ticket | None:
    """The existing ticket of the nearest signed mark."""
    found = (case.facts.ticket(mark.ticket) for mark in case.triage.marks)
    return next((ticket for ticket in found if ticket), None)


def _own_ticket(case: Case) -> tuple[Ticket, str] | None:
    """The ticket a participant's mail belongs to, and by which evidence; the strongest first."""
    marked = _marked_ticket(case)
    if marked and _takes_part(case, marked):
        return marked, "a participant answers a letter of ours"
    for number in case.facts.threads:
        ticket = case.facts.ticket(number)
        if ticket and _takes_part(case, ticket):
            return ticket, "a participant refers to an earlier mail of the ticket"
    numbers = case.triage.subject_numbers
    ticket = case.facts.ticket(numbers[0]) if len(numbers) == 1 else None
    if ticket and _takes_part(case, ticket):
        return ticket, "a participant names the number in the subject"
    return None


def _is_out_of_time(case: Case, ticket: Ticket) -> bool:
    """Was it settled too long ago to reopen? Thanks never reopen, so they are never too late."""
    if ticket.settled is None or case.mail.is_thanks:
        return False
    return case.triage.arrived - ticket.settled > case.policy.limits.reopen_within


def _languages(case: Case, thread: Ticket | None) -> tuple[Language, ...]:
    known = tuple(Language(code) for code in thread.languages) if thread else ()
    return answer.letter_languages(case.triage.languages, known, case.policy.desk)


def _links(case: Case, own: int) -> tuple[Effect, ...]:
    """Every existing ticket the mail names besides its own, once, with the kind of naming."""
    continued = _own_ticket(case)
    kinds: dict[int, LinkKind] = {}
    if continued is not None:
        kinds[continued[0].number] = LinkKind.CONTINUES
    claimed = (case.triage.address_ticket, *(mark.ticket for mark in case.triage.marks), *case.facts.threads)
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


def _unmute(case: Case) -> tuple[Effect, ...]:
    return (Unmute(case.triage.answer_to.lower()),) if case.facts.muted and answer.unmutes(case) else ()


def _why_new(case: Case) -> str:
    """In words, why a mail that names a ticket did not join it."""
    own = _own_ticket(case)
    if own is not None:
        return f"ticket {own[0].number} was settled too long ago to reopen: a new one continues it"
    named = [number for number in case.triage.subject_numbers if case.facts.ticket(number)]
    if len(case.triage.subject_numbers) > 1:
        return "the subject names more than one number: a new ticket, linked to those that exist"
    if named and case.triage.authentication is Authentication.FAIL:
        return f"names ticket {named[0]}, but the sender failed authentication: a new ticket, linked"
    if named:
        return f"names ticket {named[0]}, but its writer takes no part in it: a new ticket, linked"
    if Defect.FROM_UNUSABLE in case.mail.defects or Defect.NO_FROM in case.mail.defects:
        return "no usable From: the writer is unidentified, so it can only be a new ticket"
    return "names no ticket its writer takes part in"
