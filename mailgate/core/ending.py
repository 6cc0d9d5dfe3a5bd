"""How a challenge ends, as effects, whoever brings it about: its mailbox, staff, the panel, the clock."""

from dataclasses import replace
from datetime import datetime

from mailgate.core import answer
from mailgate.core.audit import Actor, Details, Event, Role, Step
from mailgate.core.challenge import Challenge, ChallengeState, Lock, Void
from mailgate.core.challenge_effects import ChangeChallenge, LockUp, TellRequester, Trace
from mailgate.core.effects import Effect, Hint, LetterKind, Notify, Reopen
from mailgate.core.policy import Policy
from mailgate.core.ticket import Status, Ticket

_MAILGATE = Actor(Role.MAILGATE)


def is_current(challenge: Challenge, ticket: Ticket) -> bool:
    """Does the ticket still ask for what is to be confirmed, for the same account?"""
    return challenge.covers(ticket.identification.account, ticket.request)


def can_be_answered(challenge: Challenge, ticket: Ticket, now: datetime) -> bool:
    """Does an answer to it still count?"""
    return challenge.is_open(now) and is_current(challenge, ticket)


def is_confirmed(challenge: Challenge, ticket: Ticket) -> bool:
    """Has the owner consented to just this?"""
    return challenge.state is ChallengeState.CONFIRMED and is_current(challenge, ticket)


def confirmed(challenge: Challenge, ticket: Ticket, actor: Actor, now: datetime) -> tuple[Effect, ...]:
    """The owner has said yes; staff do what is asked for, and the requester is told."""
    event = Event.CONFIRMED_BY_STAFF if actor.role is Role.STAFF else Event.CHALLENGE_CONFIRMED
    return (
        ChangeChallenge(replace(challenge, state=ChallengeState.CONFIRMED)),
        traced(challenge, event, actor, now, (("digest", challenge.digest.hex()),)),
        *_opened_again(ticket),
        TellRequester(ticket.number, now),
    )


def declined(
    challenge: Challenge, ticket: Ticket, actor: Actor, policy: Policy, now: datetime
) -> tuple[Effect, ...]:
    """The owner has said no: what it was about is locked for a while, and his contacts are alarmed."""
    account = ticket.identification.record(challenge.account)
    contacts = () if account is None else tuple(to for to in account.contacts if to != challenge.mailbox)
    ended = replace(challenge, state=ChallengeState.DECLINED)
    letters = (answer.about_challenge(LetterKind.ALARM, ended, account, policy, to) for to in contacts)
    return (
        ChangeChallenge(ended),
        traced(challenge, Event.CHALLENGE_DECLINED, actor, now),
        *locked(challenge, policy, now),
        *_opened_again(ticket),
        *((TellRequester(ticket.number, now),) if challenge.is_owners else ()),
        *map(Notify, letters),
    )


def locked(challenge: Challenge, policy: Policy, now: datetime) -> tuple[Effect, ...]:
    """Nobody is asked again for a while about what a challenge was about."""
    until = now + policy.challenging.lock
    return (
        *(
            LockUp(Lock(challenge.account, kind, value, until, challenge.ticket))
            for kind, value in challenge.concerns()
        ),
        traced(challenge, Event.LOCK_SET, _MAILGATE, now, (("until", until.strftime("%Y-%m-%d")),)),
    )


def taken_back(challenge: Challenge, ticket: Ticket, policy: Policy, now: datetime) -> tuple[Effect, ...]:
    """The mailbox says no after it said yes: that undoes nothing, but staff must see it."""
    late = traced(challenge, Event.LATE_ANSWER, _MAILGATE, now, (("why", "no-after-yes"),))
    return (late, *locked(challenge, policy, now), *_opened_again(ticket))


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
        traced(challenge, Event.CHALLENGE_VOID, actor, now, (("why", why),)),
    )


def timed_out(challenge: Challenge, now: datetime) -> tuple[Effect, ...]:
    """Nobody answered in time."""
    ended = replace(challenge, state=ChallengeState.EXPIRED)
    return (ChangeChallenge(ended), traced(challenge, Event.CHALLENGE_EXPIRED, _MAILGATE, now))


def _opened_again(ticket: Ticket) -> tuple[Effect, ...]:
    return (Reopen(ticket.number),) if ticket.status is not Status.OPEN else ()


def traced(challenge: Challenge, event: Event, actor: Actor, now: datetime, details: Details = ()) -> Trace:
    """A step of a challenge, for the audit trail."""
    return Trace(Step(now, event, actor, challenge.ticket, challenge.id, details))
