"""What follows when the owner of an account is to be asked: the challenge, its letter and its end."""

from datetime import datetime

from mailgate.core import answer, ending, judging
from mailgate.core.audit import Actor, Event, Role, Step, named
from mailgate.core.authenticity import Authentication
from mailgate.core.authorise import Plan, Unasked, Wish, plan
from mailgate.core.case import Case
from mailgate.core.challenge import Challenge, Void
from mailgate.core.challenge_effects import MakeChallenge, TellRequester, Trace
from mailgate.core.effects import Effect, Hint, LetterKind, Notify
from mailgate.core.ending import traced
from mailgate.core.identification import Identification
from mailgate.core.policy import Policy
from mailgate.core.request import Request
from mailgate.core.ticket import Ticket

_MAILGATE = Actor(Role.MAILGATE)


def asked_of_owner(case: Case, ticket: int, request: Request, known: Identification) -> tuple[Effect, ...]:
    """What a mail's request leads to; nothing where a program wrote, or the settings leave it to staff."""
    if case.mail.envelope.vouched is not None:
        return _handed_in(case, ticket, request)
    if answer.may_answer(case) is not None:
        return ()
    wish = Wish(
        ticket=ticket,
        request=request,
        known=known,
        writer=case.triage.writer,
        asked=case.triage.arrived,
        is_verified=case.triage.authentication is Authentication.PASS,
        is_forged=case.triage.authentication is Authentication.FAIL,
        records=case.facts.records,
    )
    now = case.facts.now
    return followed(plan(wish, case.facts.authority, case.policy, now), wish, case.policy, now)


def _handed_in(case: Case, ticket: int, request: Request) -> tuple[Effect, ...]:
    """What the panel hands in needs no consent: the customer is logged in there. That it came is kept."""
    if not judging.is_critical(case, request):
        return ()
    told = (("class", named(request.name)),)
    step = Step(case.facts.now, Event.PANEL_REQUEST, Actor(Role.PANEL), ticket, details=told)
    # Of what was asked by mail before nobody is told any more that no consent came.
    return (Trace(step), TellRequester(ticket, None))


def followed(planned: Plan | Unasked, wish: Wish, policy: Policy, now: datetime) -> tuple[Effect, ...]:
    """The effects of what was planned for a wish of which nobody of staff has decided."""
    if isinstance(planned, Plan):
        return carried_out(planned, wish.known, policy, _MAILGATE)
    if planned is Unasked.NOT_CRITICAL:
        return ()
    # He hears the same at the same time as one whose wish the owner left unanswered: else the silence would
    # tell a stranger that his data lead nowhere (A77).
    return (TellRequester(wish.ticket, now + policy.challenging.valid),)


def carried_out(planned: Plan, known: Identification, policy: Policy, actor: Actor) -> tuple[Effect, ...]:
    """The effects of a plan: what it replaces ends, the mailbox is asked, the requester hears in the end."""
    challenge = planned.challenge
    now = challenge.made
    replaced = (
        effect for each in planned.replaced for effect in ending.voided(each, Void.REPLACED, _MAILGATE, now)
    )
    letter = answer.about_challenge(LetterKind.CHALLENGE, challenge, known.record(challenge.account), policy)
    return (
        *replaced,
        MakeChallenge(challenge),
        _made(challenge, actor, now),
        Notify(letter),
        TellRequester(challenge.ticket, challenge.expires),
    )


def reminded(challenge: Challenge, ticket: Ticket, policy: Policy, now: datetime) -> tuple[Effect, ...]:
    """The letter once more, with the same digits."""
    account = ticket.identification.record(challenge.account)
    letter = answer.about_challenge(LetterKind.CHALLENGE, challenge, account, policy, hints=(Hint.AGAIN,))
    step = Step(now, Event.CHALLENGE_REMINDED, _MAILGATE, challenge.ticket, challenge.id)
    return (Trace(step), Notify(letter))


def unreached(ticket: int, challenge: int, now: datetime) -> Trace:
    """The letter came back: whatever is answered to it now, staff must look."""
    return Trace(Step(now, Event.CHALLENGE_BOUNCED, _MAILGATE, ticket, challenge))


def outdated(case: Case, ticket: Ticket, request: Request, known: Identification) -> tuple[Effect, ...]:
    """Open challenges of a ticket that asks for something else by now, or is another account's, are void."""
    mine = (each for each in case.facts.authority.others if each.ticket == ticket.number)
    return tuple(effect for each in mine for effect in _ended(each, request, known, case))


def _ended(challenge: Challenge, request: Request, known: Identification, case: Case) -> tuple[Effect, ...]:
    if challenge.covers(known.account, request):
        return ()
    return ending.voided(challenge, Void.CHANGED, _MAILGATE, case.facts.now)


def _made(challenge: Challenge, actor: Actor, now: datetime) -> Trace:
    """The step by which a challenge begins."""
    told = (("class", named(challenge.name)), ("digest", challenge.digest.hex()))
    return traced(challenge, Event.CHALLENGE_MADE, actor, now, told)
