"""What is to be done about a mail: the rules, in order.

The first rule that speaks decides, the last always speaks; its name is stored with the mail. Who may
join what stands in `belonging.py`.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from mailgate.core import answer, belonging, judging
from mailgate.core.case import Case
from mailgate.core.challenging import asked_of_owner, outdated, unreached
from mailgate.core.confirming import challenged_ticket, settle_challenge
from mailgate.core.description import together
from mailgate.core.effects import (
    AddEntry,
    Answer,
    Ask,
    Decision,
    Describe,
    Effect,
    Hint,
    Identify,
    Letter,
    LetterKind,
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
from mailgate.core.identification import NOBODY, Identification
from mailgate.core.mail import Door
from mailgate.core.policy import Language
from mailgate.core.request import Request, asked_by, asked_later
from mailgate.core.ticket import EntryKind, Status, Ticket
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


# RFC 3464, 2.3.3: these say that the letter goes on, or has arrived.
_UNDER_WAY = frozenset({"delayed", "delivered", "relayed", "expanded"})


def note_bounce(case: Case) -> Decision | None:
    """A letter of ours came back: noted at the letter and its ticket."""
    if case.triage.kind is not Kind.BOUNCE or not case.facts.letters:
        return None
    letter = case.facts.letters[0]
    status = case.mail.report.status if case.mail.report else ""
    action = case.mail.report.action if case.mail.report else ""
    if action in _UNDER_WAY:
        why = f"letter {letter.id} is {action} {status}".strip()
        return _noted(case, "note_bounce", letter.ticket, (), why)
    effects: tuple[Effect, ...] = (NoteBounce(letter.id, status),)
    # RFC 3463, 3.2: 5.1.x says that the address itself is bad; the rest may pass.
    if status.startswith("5.1."):
        effects = (*effects, Mute(letter.recipient.lower(), letter.id, status))
    if letter.ticket and letter.challenge:
        effects = (*effects, unreached(letter.ticket, letter.challenge, case.facts.now))
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
    answered = next((number for number in numbers if case.facts.ticket(number)), None)
    asked = challenged_ticket(case)
    return answered or (asked.number if asked else None)


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
    found = belonging.own_ticket(case)
    if found is None or belonging.is_out_of_time(case, found[0]):
        return None
    ticket, why = found
    reopens = ticket.status is not Status.OPEN and not case.mail.is_thanks
    before = ticket.identification
    # What a program adds, or an old mail that is imported, is no answer of the customer's.
    answers = case.triage.kind is Kind.PERSON and case.mail.envelope.door is not Door.IMPORT
    known = judging.identified(case, before.required, before) if answers else before
    request = ticket.request
    # What a proven contact has asked for, and may have confirmed, nobody changes who only names his address.
    if answers and not (request.name and judging.is_weaker(case, before)):
        proven = judging.proven_asker(case)
        request = asked_later(ticket.request, case.mail.request, case.mail.new_words, proven)
    described = together(ticket.description, case.mail.description)
    effects: tuple[Effect, ...] = (
        AddEntry(ticket.number, case.triage.writer, EntryKind.REPLY, case.mail.new_words),
        *((Reopen(ticket.number),) if reopens else ()),
        *((Identify(ticket.number, known),) if known != before or (answers and before.missing) else ()),
        *((Describe(ticket.number, described),) if described != ticket.description else ()),
        *((Ask(ticket.number, request),) if request != ticket.request else ()),
        *belonging.links(case, ticket.number),
        *_unmute(case),
    )
    hints = answer.hints(case, reopened=reopens and ticket.status.is_settled)
    said, more = _receipt(case, ticket, hints)
    asks = _asked_anew(case, ticket, request, known)
    done = _done("join_ticket", Verdict.JOINED, ticket.number, (*effects, *more), said, why)
    proven_now = judging.assured(case, known, request)
    return replace(done, effects=(*done.effects, *asks), identification=known, assurance=proven_now)


def _asked_anew(case: Case, ticket: Ticket, request: Request, known: Identification) -> tuple[Effect, ...]:
    """Where a reply changes what is asked for, or whose it is: what was asked of the owner is void."""
    if request == ticket.request and known.account == ticket.identification.account:
        return ()
    return (
        *outdated(case, ticket, request, known),
        *asked_of_owner(case, ticket.number, request, known),
    )


def _receipt(case: Case, ticket: Ticket, hints: tuple[Hint, ...]) -> tuple[Answer, tuple[Effect, ...]]:
    """A reply gets a letter only if it reopened its ticket or lost something on the way."""
    if not set(hints) - {Hint.OUTAGE}:
        return answer.nothing_to_say(case, "a reply joins its ticket silently"), ()
    return answer.write(case, LetterKind.RECEIPT, ticket.number, _languages(case, ticket), hints)


def join_as_outsider(case: Case) -> Decision | None:
    """Somebody else holds one of our letters: shown to staff as such, proves and changes nothing."""
    ticket = belonging.marked_ticket(case) or challenged_ticket(case)
    # The panel is in nobody's letters: what it hands in for another account is a request of its own.
    if ticket is None or belonging.takes_part(case, ticket) or case.mail.envelope.vouched is not None:
        return None
    author = case.triage.writer or case.triage.answer_to.lower()
    effects: tuple[Effect, ...] = (
        AddEntry(ticket.number, author, EntryKind.OUTSIDER, case.mail.new_words),
        *belonging.links(case, ticket.number),
        *_unmute(case),
    )
    said, more = answer.write(case, LetterKind.OUTSIDER, ticket.number, _languages(case, None))
    why = "answers a letter of ours, but its writer takes no part in the ticket"
    done = _done("join_as_outsider", Verdict.JOINED, ticket.number, (*effects, *more), said, why)
    return replace(done, assurance=judging.assured(case, ticket.identification, ticket.request))


def open_ticket(case: Case) -> Decision:
    """Everything else is a new ticket; what it names is linked for staff to see."""
    number = case.facts.next_number
    languages = _languages(case, None)
    requester = case.triage.writer or case.triage.answer_to.lower()
    known = judging.identified(case, judging.required(case), NOBODY)
    words = case.mail.new_words or case.mail.text
    request = asked_by(case.mail.request, words, judging.proven_asker(case))
    asked = answer.asked(case, known)
    hints = answer.hints(case, needs_consent=judging.needs_consent(case, request))
    said, more = answer.write(case, LetterKind.ACKNOWLEDGEMENT, number, languages, hints, asked)
    remind_at = _remind_at(case) if asked.questions and isinstance(said, Letter) else None
    effects: tuple[Effect, ...] = (
        OpenTicket(
            number=number,
            subject=case.mail.subject,
            requester=requester,
            languages=languages,
            identification=known,
            description=case.mail.description,
            request=request,
            remind_at=remind_at,
        ),
        AddEntry(number, requester, EntryKind.REQUEST, words),
        *belonging.links(case, number),
        *_unmute(case),
    )
    asks = asked_of_owner(case, number, request, known)
    done = _done("open_ticket", Verdict.OPENED, number, (*effects, *more), said, belonging.why_new(case))
    proven = judging.assured(case, known, request)
    # The requester's letter goes first: he does not see by its delay whether another went out (A77).
    return replace(done, effects=(*done.effects, *asks), identification=known, assurance=proven)


def _remind_at(case: Case) -> datetime:
    return case.facts.now + case.policy.remind_after


RULES: tuple[Rule, ...] = (
    link_duplicate,
    park_loop,
    note_bounce,
    note_receipt_or_absence,
    settle_challenge,
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


def _languages(case: Case, thread: Ticket | None) -> tuple[Language, ...]:
    known = tuple(Language(code) for code in thread.languages) if thread else ()
    return answer.languages(case, known)


def _unmute(case: Case) -> tuple[Effect, ...]:
    return (Unmute(case.triage.answer_to.lower()),) if case.facts.muted and answer.unmutes(case) else ()
