"""What an answer to a challenge leads to: the effects, whoever gives the answer.

The mailbox answers by mail (`settle_challenge`); staff confirm what waits for them, and a customer who is
logged in answers in the control panel (`confirmed`, `declined`). Whatever is wrong with a mail's answer,
its writer is told the same: that it was received.
"""

from dataclasses import replace
from datetime import datetime

from mailgate.core import answer, judging
from mailgate.core.audit import Actor, Details, Event, Role, Step, named
from mailgate.core.authenticity import Authentication
from mailgate.core.authorise import is_replaced
from mailgate.core.case import Case
from mailgate.core.challenge import (
    Challenge,
    ChallengeState,
    Doubt,
    Lock,
    Needed,
    Void,
    is_named,
    key_of,
    secrets_of,
)
from mailgate.core.challenge_effects import ChangeChallenge, LockUp, TellRequester, Trace
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
    Reopen,
    Send,
    Verdict,
)
from mailgate.core.mail import Door
from mailgate.core.policy import Policy
from mailgate.core.ticket import EntryKind, Status, Ticket
from mailgate.core.triage import Kind

_CUSTOMER = Actor(Role.CUSTOMER)
_MAILGATE = Actor(Role.MAILGATE)
_STALE = frozenset({Reason.STALE, Reason.SPAM})
_OF_ANSWER = frozenset({Doubt.UNPROVEN, Doubt.REPLACED_MAILBOX, Doubt.STALE})


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
    if case.triage.kind is not Kind.PERSON or case.mail.envelope.door is Door.IMPORT:
        return None
    # In a panel anybody may write down the mailbox on record as his own.
    if case.mail.envelope.vouched is not None:
        return None
    for challenge in case.facts.authority.named:
        key = key_of(challenge, case.policy.keys)
        ticket = case.facts.ticket(challenge.ticket)
        if key is None or ticket is None or not is_named(challenge, case.triage.references, key):
            continue
        said = read_answer(case.mail.new_words, secrets_of(challenge, key).digits)
        if said is not Said.NOTHING:
            return challenge, ticket, said
    return None


def _outcome(case: Case, challenge: Challenge, ticket: Ticket, said: Said) -> Outcome:
    if not challenge.is_open(case.facts.now) or not is_current(challenge, ticket):
        return Outcome.LATE
    if said is Said.WRONG:
        return Outcome.WRONG_DIGITS
    authentication = case.triage.authentication
    if case.triage.writer != challenge.mailbox or authentication is Authentication.FAIL:
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


def _doubts(case: Case, challenge: Challenge) -> tuple[Doubt, ...]:
    """What speaks against a right answer: of the mailbox, and of this very mail."""
    is_proven = case.triage.authentication is Authentication.PASS
    is_enough = is_proven or case.policy.challenging.needed is Needed.MAILBOX
    refused = answer.may_answer(case)
    is_stale = refused is not None and refused.reason in _STALE
    return (
        *(each for each in challenge.doubts if each not in _OF_ANSWER),
        *(() if is_enough else (Doubt.UNPROVEN,)),
        *((Doubt.REPLACED_MAILBOX,) if is_replaced(challenge, case.facts.records) else ()),
        *((Doubt.STALE,) if is_stale else ()),
    )


def is_current(challenge: Challenge, ticket: Ticket) -> bool:
    """Does the ticket still ask for what is to be confirmed, for the same account?"""
    return challenge.covers(ticket.identification.account, ticket.request)


def is_confirmed(challenge: Challenge, ticket: Ticket) -> bool:
    """Has the owner consented to just this?"""
    return challenge.state is ChallengeState.CONFIRMED and is_current(challenge, ticket)


def _effects(case: Case, challenge: Challenge, ticket: Ticket, outcome: Outcome) -> tuple[Effect, ...]:
    now, policy = case.facts.now, case.policy
    match outcome:
        case Outcome.CONFIRMED:
            return confirmed(challenge, ticket, _CUSTOMER, now)
        case Outcome.DECLINED:
            return declined(challenge, ticket, _CUSTOMER, policy, now)
        case Outcome.WAITS:
            return _waits(case, challenge)
        case Outcome.AMBIGUOUS:
            return (_step(challenge, Event.WAITS_FOR_STAFF, _MAILGATE, now, (("why", "ambiguous"),)),)
        case Outcome.ALMOST:
            corrected = replace(challenge, is_corrected=True)
            return (ChangeChallenge(corrected), _step(challenge, Event.ALMOST_RIGHT, _CUSTOMER, now))
        case Outcome.WRONG_DIGITS:
            return _wrong_digits(challenge, policy, now)
        case Outcome.WRONG_SENDER:
            return _wrong_sender(case, challenge, ticket)
        case Outcome.LATE:
            return (_step(challenge, Event.LATE_ANSWER, _MAILGATE, now), *outdated(challenge, ticket, now))


def _waits(case: Case, challenge: Challenge) -> tuple[Effect, ...]:
    doubts = _doubts(case, challenge)
    waiting = replace(challenge, doubts=doubts, is_answered=True)
    return (
        ChangeChallenge(waiting),
        _step(challenge, Event.WAITS_FOR_STAFF, _MAILGATE, case.facts.now, (("why", "-".join(doubts)),)),
    )


def _wrong_digits(challenge: Challenge, policy: Policy, now: datetime) -> tuple[Effect, ...]:
    tried = replace(challenge, tries=challenge.tries + 1)
    step = _step(challenge, Event.WRONG_DIGITS, _CUSTOMER, now, (("tries", str(tried.tries)),))
    if tried.tries < policy.challenging.tries:
        return (ChangeChallenge(tried), step)
    return (step, *voided(tried, Void.TRIES, _MAILGATE, now))


def _wrong_sender(case: Case, challenge: Challenge, ticket: Ticket) -> tuple[Effect, ...]:
    """The right digits came from elsewhere: somebody else holds the letter. The mailbox hears of it, once."""
    failed = case.triage.authentication is Authentication.FAIL
    how = (("authentication", "fail"),) if failed else ()
    step = _step(challenge, Event.WRONG_SENDER, _MAILGATE, case.facts.now, how)
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


def confirmed(challenge: Challenge, ticket: Ticket, actor: Actor, now: datetime) -> tuple[Effect, ...]:
    """The owner has said yes; staff do what is asked for, and the requester is told."""
    event = Event.CONFIRMED_BY_STAFF if actor.role is Role.STAFF else Event.CHALLENGE_CONFIRMED
    return (
        ChangeChallenge(replace(challenge, state=ChallengeState.CONFIRMED)),
        _step(challenge, event, actor, now, (("digest", challenge.digest.hex()),)),
        *_opened_again(ticket),
        TellRequester(ticket.number, now),
    )


def declined(
    challenge: Challenge, ticket: Ticket, actor: Actor, policy: Policy, now: datetime
) -> tuple[Effect, ...]:
    """The owner has said no: what it was about is locked for a while, and his contacts are alarmed."""
    until = now + policy.challenging.lock
    account = ticket.identification.record(challenge.account)
    contacts = () if account is None else tuple(to for to in account.contacts if to != challenge.mailbox)
    ended = replace(challenge, state=ChallengeState.DECLINED)
    letters = (answer.about_challenge(LetterKind.ALARM, ended, account, policy, to) for to in contacts)
    return (
        ChangeChallenge(ended),
        _step(challenge, Event.CHALLENGE_DECLINED, actor, now),
        *(
            LockUp(Lock(challenge.account, kind, value, until, ticket.number))
            for kind, value in challenge.concerns()
        ),
        _step(challenge, Event.LOCK_SET, _MAILGATE, now, (("until", until.strftime("%Y-%m-%d")),)),
        *_opened_again(ticket),
        *((TellRequester(ticket.number, now),) if challenge.is_owners else ()),
        *map(Notify, letters),
    )


def answered_elsewhere(
    challenge: Challenge, ticket: Ticket, actor: Actor, policy: Policy, now: datetime, *, is_confirmed: bool
) -> tuple[Effect, ...]:
    """The owner has answered otherwise than by mail: in the panel, or through staff. His mailbox is told."""
    account = ticket.identification.record(challenge.account)
    hints = (Hint.CONFIRMED,) if is_confirmed else ()
    letter = answer.about_challenge(LetterKind.SETTLED, challenge, account, policy, hints=hints)
    if is_confirmed:
        return (*confirmed(challenge, ticket, actor, now), Notify(letter))
    return (*declined(challenge, ticket, actor, policy, now), Notify(letter))


def outdated(challenge: Challenge, ticket: Ticket, now: datetime) -> tuple[Effect, ...]:
    """An open challenge whose ticket asks for something else by now counts no more."""
    if challenge.state is not ChallengeState.OPEN or is_current(challenge, ticket):
        return ()
    return voided(challenge, Void.CHANGED, _MAILGATE, now)


def voided(challenge: Challenge, why: Void, actor: Actor, now: datetime) -> tuple[Effect, ...]:
    """The challenge counts no more."""
    return (
        ChangeChallenge(replace(challenge, state=ChallengeState.VOID)),
        _step(challenge, Event.CHALLENGE_VOID, actor, now, (("why", why),)),
    )


def timed_out(challenge: Challenge, now: datetime) -> tuple[Effect, ...]:
    """Nobody answered in time."""
    ended = replace(challenge, state=ChallengeState.EXPIRED)
    return (ChangeChallenge(ended), _step(challenge, Event.CHALLENGE_EXPIRED, _MAILGATE, now))


def made(challenge: Challenge, actor: Actor, now: datetime) -> Trace:
    """The step by which a challenge begins."""
    told = (("class", named(challenge.name)), ("digest", challenge.digest.hex()))
    return _step(challenge, Event.CHALLENGE_MADE, actor, now, told)


def _opened_again(ticket: Ticket) -> tuple[Effect, ...]:
    return (Reopen(ticket.number),) if ticket.status is not Status.OPEN else ()


def _step(challenge: Challenge, event: Event, actor: Actor, now: datetime, details: Details = ()) -> Trace:
    return Trace(Step(now, event, actor, challenge.ticket, challenge.id, details))
