"""`/v1/challenges`: what an owner is asked to consent to, answered by him where he is logged in."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query

from mailgate.apply import apply
from mailgate.core.audit import Actor, Role
from mailgate.core.challenge import Challenge
from mailgate.core.ending import answered_elsewhere, is_current
from mailgate.core.identify import owns
from mailgate.core.notice import shown_address
from mailgate.core.request import domains_of
from mailgate.core.ticket import Ticket
from mailgate.errors import Temporary
from mailgate.intake.panel.behind import Behind
from mailgate.intake.panel.models import ChallengeView, Customer, Errors, ObjectView
from mailgate.intake.panel.refusals import NO_CHALLENGE, Refused
from mailgate.intake.panel.taking import Taking, id_of
from mailgate.intake.panel.tickets import INVALID, REFUSALS
from mailgate.store import challenges, rows, tickets
from mailgate.store.sqlite import Ask

_PANEL = Actor(Role.PANEL)

Id = Annotated[str, Path(description="The challenge's id.")]
_ANSWERING = {
    **REFUSALS,
    422: INVALID,
    400: {"model": Errors, "description": "The body cannot be read."},
    409: {"model": Errors, "description": "It can be answered no more."},
    413: {"model": Errors, "description": "The request is too large."},
}


def challenges_router(taking: Taking) -> APIRouter:
    """The roads of challenges."""
    router = APIRouter(prefix="/v1/challenges", tags=["challenges"])
    behind = taking.behind

    @router.get("", responses={**REFUSALS, 422: INVALID}, summary="List what waits for an owner's consent")
    async def listing(whose: Annotated[Customer, Query()]) -> list[ChallengeView]:
        """The open challenges of an account, in the order they were made."""
        return await taking.aside(_open, behind, whose.account)

    @router.post("/{number}/confirm", responses=_ANSWERING, summary="Consent")
    async def confirm(number: Id, customer: Customer) -> ChallengeView:
        """The request is confirmed; the administrative mailbox and the requester are told."""
        return await taking.aside(_answer, behind, number, customer.account, is_confirmed=True)

    @router.post("/{number}/decline", responses=_ANSWERING, summary="Refuse")
    async def decline(number: Id, customer: Customer) -> ChallengeView:
        """The request is refused, and what it is about is locked for a while."""
        return await taking.aside(_answer, behind, number, customer.account, is_confirmed=False)

    return router


def _open(behind: Behind, account: str) -> list[ChallengeView]:
    with behind.ledger.read() as ask:
        return [_view(each) for each in challenges.open_of(ask, account) if each.is_open(behind.now())]


def _answer(behind: Behind, number: str, account: str, *, is_confirmed: bool) -> ChallengeView:
    rulebook, now = behind.rulebook(), behind.now()
    if is_confirmed:
        _refuse_foreign(behind, number, account)
    with behind.ledger.write() as work:
        challenge, ticket = _found(work, number, account)
        _refuse_ended(challenge, ticket, now)
        effects = answered_elsewhere(
            challenge, ticket, _PANEL, rulebook.policy, now, is_confirmed=is_confirmed
        )
        apply(work, None, effects, rulebook, now)
        told = challenges.find(work, challenge.id)
    behind.letters_made()
    return _view(told or challenge)


def _refuse_foreign(behind: Behind, number: str, account: str) -> None:
    """Whoever sold a domain since he was asked may not give it away any more. Raises Refused, Temporary."""
    with behind.ledger.read() as ask:
        challenge, _ = _found(ask, number, account)
    domains = domains_of(challenge.objects)
    said = behind.ask_about(account, domains)
    if said.is_down:
        raise Temporary("the directory is down: nobody knows whose account and domain it is by now")
    if said.account(account) is None or not owns(account, domains, said):
        raise Refused(409, "what it is about is not this account's any more")


def _found(work: Ask, number: str, account: str) -> tuple[Challenge, Ticket]:
    """The challenge of this account; another's is not there."""
    named = id_of(number)
    challenge = None if named is None else challenges.find(work, named)
    ticket = tickets.find(work, challenge.ticket) if challenge else None
    if challenge is None or ticket is None or challenge.account != account:
        raise Refused(404, NO_CHALLENGE)
    return challenge, ticket


def _refuse_ended(challenge: Challenge, ticket: Ticket, now: datetime) -> None:
    if not challenge.is_open(now):
        raise Refused(409, f"the challenge is {challenge.standing(now)}")
    if not is_current(challenge, ticket):
        raise Refused(409, "the request was changed since")


def _view(challenge: Challenge) -> ChallengeView:
    return ChallengeView(
        id=str(challenge.id),
        ticket=str(challenge.ticket),
        state=challenge.state,
        **{"class": challenge.name},
        objects=[ObjectView(kind=one.kind, value=one.value) for one in challenge.objects],
        asked_by=shown_address(challenge.writer),
        verified=challenge.is_verified,
        asked=rows.time_text(challenge.asked),
        expires=rows.time_text(challenge.expires),
    )
