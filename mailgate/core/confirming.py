"""What a mail leads to that answers a challenge.

Whatever is wrong with it, its writer is told the same: that it was received. What staff and the panel do
stands in `ending.py`, with what they and the mail have in common.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from mailgate.core import answer, ending, judging
from mailgate.core.audit import Actor, Event, Role
from mailgate.core.authenticity import Authentication
from mailgate.core.authorise import doubts_by_now
from mailgate.core.case import Case
from mailgate.core.challenge import (
    Challenge,
    Doubt,
    Needed,
    Void,
    is_named,
    key_of,
    secrets_of,
)
from mailgate.core.challenge_effects import ChangeChallenge
from mailgate.core.confirmation import Outcome, Said, read_answer
from mailgate.core.effects import (
    AddEntry,
    Answer,
    Decision,
    Effect,
    Hint,
    Letter,
    LetterKind,
    Notify,
    Reason,
    Send,
    Verdict,
)
from mailgate.core.ending import traced
from mailgate.core.mail import Door
from mailgate.core.policy import Policy
from mailgate.core.ticket import EntryKind, Ticket
from mailgate.core.triage import Kind

_CUSTOMER = Actor(Role.CUSTOMER)
_MAILGATE = Actor(Role.MAILGATE)
_STALE = frozenset({Reason.STALE, Reason.SPAM})
_OF_ANSWER = frozenset({*Doubt} - {Doubt.NEW_MAILBOX, Doubt.OWN_DOMAIN, Doubt.BOUNCED})


def settle_challenge(case: Case) -> Decision | None:
    """The mailbox on record, or somebody else, answers a challenge by the digits of its letter."""
    found = _answered(case)
    if found is None:
        return None
    challenge, ticket, said = found
    outcome = _outcome(case, challenge, ticket, said)
    effects = _effects(case, challenge, ticket, outcome)
    told, more = _letter(case, challenge, ticket, outcome)
    author = case.triage.writer or case.triage.answer_to.lower()
    return Decision(
        rule="settle_challenge",
        verdict=Verdict.CHALLENGE,
        effects=(
            AddEntry(ticket.number, author, EntryKind.CONFIRMATION, case.mail.new_words),
            *effects,
            *more,
            *((Send(told),) if isinstance(told, Letter) else ()),
        ),
        answer=told,
        ticket=ticket.number,
        why=f"answers challenge {challenge.id}: {outcome}",
        identification=ticket.identification,
        assurance=judging.assured(case, ticket.identification, ticket.request),
    )


def _answered(case: Case) -> tuple[Challenge, Ticket, Said] | None:
    """The challenge that a person's mail names by a right reference, its ticket, and what is said to it."""
    for challenge, ticket, key in _named(case):
        said = read_answer(case.mail.new_words, secrets_of(challenge, key).digits)
        if said is not Said.NOTHING and _may_speak(case, challenge):
            return challenge, ticket, said
    return None


def _named(case: Case) -> Iterator[tuple[Challenge, Ticket, bytes]]:
    """The challenges that the mail has the right references of, their tickets and keys."""
    for challenge in case.facts.authority.named:
        key = key_of(challenge, case.policy.keys)
        ticket = case.facts.ticket(challenge.ticket)
        if key and ticket and is_named(challenge, case.triage.references, key):
            yield challenge, ticket, key


def challenged_ticket(case: Case) -> Ticket | None:
    """The ticket of the challenge whose letter a mail answers, whatever it says."""
    return next((ticket for _, ticket, _ in _named(case)), None)


def _may_speak(case: Case, challenge: Challenge) -> bool:
    """Does a person write, by mail? In a panel anybody may write down the mailbox on record as his own."""
    if case.mail.envelope.door is Door.IMPORT or case.mail.envelope.vouched is not None:
        return False
    # An administrative mailbox may well have a program's name, such as postmaster@.
    machine = case.triage.machine
    by_name = machine is not None and machine.reason is Reason.MACHINE_ADDRESS
    return case.triage.kind is Kind.PERSON or (by_name and case.triage.writer == challenge.mailbox)


def _outcome(case: Case, challenge: Challenge, ticket: Ticket, said: Said) -> Outcome:
    if not ending.can_be_answered(challenge, ticket, case.facts.now):
        regrets = said is Said.NO and _is_of_mailbox(case, challenge)
        return Outcome.TAKEN_BACK if regrets and ending.is_confirmed(challenge, ticket) else Outcome.LATE
    if said is Said.WRONG:
        return Outcome.WRONG_DIGITS
    if not _is_of_mailbox(case, challenge):
        return Outcome.WRONG_SENDER
    match said:
        case Said.BOTH:
            return Outcome.AMBIGUOUS
        case Said.NEARLY:
            # Never for staff to accept: an echo of the letter may look like this. The mailbox alone is told.
            return Outcome.ALMOST
        case Said.NO:
            # Whoever holds the letter may stop what it asks: that gives nothing away.
            return Outcome.DECLINED
        case _:
            return Outcome.WAITS if _doubts(case, challenge) else Outcome.CONFIRMED


def _is_of_mailbox(case: Case, challenge: Challenge) -> bool:
    """Has the mail the mailbox's address in From, and nothing that speaks against it?"""
    return case.triage.writer == challenge.mailbox and case.triage.authentication is not Authentication.FAIL


def _doubts(case: Case, challenge: Challenge) -> tuple[Doubt, ...]:
    """What speaks against a right answer: of the mailbox, and of this very mail."""
    is_proven = case.triage.authentication is Authentication.PASS
    is_enough = is_proven or case.policy.challenging.needed is Needed.MAILBOX
    refused = answer.may_answer(case)
    is_stale = refused is not None and refused.reason in _STALE
    return (
        *(each for each in challenge.doubts if each not in _OF_ANSWER),
        *(() if is_enough else (Doubt.UNPROVEN,)),
        *doubts_by_now(challenge, case.facts.records),
        *((Doubt.STALE,) if is_stale else ()),
    )


def _effects(  # noqa: PLR0911 - an arm for each outcome
    case: Case, challenge: Challenge, ticket: Ticket, outcome: Outcome
) -> tuple[Effect, ...]:
    now, policy = case.facts.now, case.policy
    match outcome:
        case Outcome.CONFIRMED:
            return ending.confirmed(challenge, ticket, _CUSTOMER, now)
        case Outcome.DECLINED:
            return ending.declined(challenge, ticket, _CUSTOMER, policy, now)
        case Outcome.TAKEN_BACK:
            return ending.taken_back(challenge, ticket, policy, now)
        case Outcome.WAITS:
            return _waits(case, challenge)
        case Outcome.AMBIGUOUS:
            return (traced(challenge, Event.WAITS_FOR_STAFF, _MAILGATE, now, (("why", "ambiguous"),)),)
        case Outcome.ALMOST:
            corrected = replace(challenge, is_corrected=True)
            return (ChangeChallenge(corrected), traced(challenge, Event.ALMOST_RIGHT, _CUSTOMER, now))
        case Outcome.WRONG_DIGITS:
            return _wrong_digits(challenge, policy, now)
        case Outcome.WRONG_SENDER:
            return _wrong_sender(case, challenge, ticket)
        case Outcome.LATE:
            return (
                traced(challenge, Event.LATE_ANSWER, _MAILGATE, now),
                *ending.outdated(challenge, ticket, now),
            )


def _waits(case: Case, challenge: Challenge) -> tuple[Effect, ...]:
    doubts = _doubts(case, challenge)
    waiting = replace(challenge, doubts=doubts, is_answered=True)
    return (
        ChangeChallenge(waiting),
        traced(challenge, Event.WAITS_FOR_STAFF, _MAILGATE, case.facts.now, (("why", "-".join(doubts)),)),
    )


def _wrong_digits(challenge: Challenge, policy: Policy, now: datetime) -> tuple[Effect, ...]:
    tried = replace(challenge, tries=challenge.tries + 1)
    step = traced(challenge, Event.WRONG_DIGITS, _CUSTOMER, now, (("tries", str(tried.tries)),))
    if tried.tries < policy.challenging.tries:
        return (ChangeChallenge(tried), step)
    return (step, *ending.voided(tried, Void.TRIES, _MAILGATE, now))


def _wrong_sender(case: Case, challenge: Challenge, ticket: Ticket) -> tuple[Effect, ...]:
    """The right digits came from elsewhere: somebody else holds the letter. The mailbox hears of it, once."""
    failed = case.triage.authentication is Authentication.FAIL
    how = (("authentication", "fail"),) if failed else ()
    step = traced(challenge, Event.WRONG_SENDER, _MAILGATE, case.facts.now, how)
    if challenge.is_warned:
        return (step,)
    account = ticket.identification.record(challenge.account)
    letter = answer.about_challenge(LetterKind.REMEDY, challenge, account, case.policy)
    return (ChangeChallenge(replace(challenge, is_warned=True)), step, Notify(letter))


def _letter(
    case: Case, challenge: Challenge, ticket: Ticket, outcome: Outcome
) -> tuple[Answer, tuple[Effect, ...]]:
    """What the writer is told: the mailbox, what became of it; all others the same, whatever was wrong."""
    kinds = {
        Outcome.CONFIRMED: LetterKind.SETTLED,
        Outcome.DECLINED: LetterKind.SETTLED,
        Outcome.ALMOST: LetterKind.OUTSIDER if challenge.is_corrected else LetterKind.CORRECTION,
    }
    kind = kinds.get(outcome, LetterKind.OUTSIDER)
    hints = (Hint.CONFIRMED,) if outcome is Outcome.CONFIRMED else ()
    languages = answer.languages(case, ())
    if kind is LetterKind.OUTSIDER:
        return answer.write(case, kind, ticket.number, languages)
    told = answer.notice(kind, challenge, ticket.identification.record(challenge.account), case.policy)
    return answer.write(case, kind, ticket.number, languages, hints, told)
