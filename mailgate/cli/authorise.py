"""`mailgate ticket challenge`, `confirm`, `decline`, `unlock`: staff's part in the owner's consent."""

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from mailgate import log
from mailgate.apply import apply
from mailgate.cli import byhand, show, words
from mailgate.cli.exits import Refused
from mailgate.cli.number import number_argument
from mailgate.cli.opened import ask_directory, asking, changing
from mailgate.config import Settings, read_settings
from mailgate.core import ending
from mailgate.core.account import KeyKind, Records, key
from mailgate.core.audit import Actor, Event, Role, Step
from mailgate.core.authorise import Plan, Unasked, plan
from mailgate.core.challenge import Challenge, ChallengeState
from mailgate.core.challenging import carried_out
from mailgate.core.identify import keys_of_domain
from mailgate.core.policy import Policy
from mailgate.core.ticket import Entry, EntryKind, Ticket
from mailgate.gather import authority_of, wish_of
from mailgate.rulebook import Rulebook, unchecked_rulebook
from mailgate.store import audit, challenges, tickets
from mailgate.store.sqlite import Work

_STAFF = Actor(Role.STAFF)


@click.command("challenge", epilog=show.examples("mailgate ticket challenge 100425"))
@number_argument
@click.pass_obj
def challenge_ticket(path: Path, number: int) -> None:
    """Ask the owner to confirm what a ticket asks for, by a letter to the administrative mailbox on record.

    For what too little spoke for to ask by itself. The ticket needs a critical class, its object and an
    account: see `ticket class` and `ticket identify`.
    """
    settings = read_settings(path)
    rulebook = unchecked_rulebook(settings)
    records = _records(settings, number)
    with changing(settings) as work:
        now = datetime.now(UTC)
        void_outdated(work, number, rulebook, now)
        ticket = byhand.found(work, number)
        made = _planned(work, ticket, records, rulebook.policy, now)
        known = _with_record(ticket, records).identification
        apply(work, None, carried_out(made, known, rulebook.policy, _STAFF), rulebook, now)
        _note(work, number, f"the owner is asked (challenge {made.challenge.id})", now)
    until = show.local(made.challenge.expires, ZoneInfo(settings.desk.timezone))
    click.echo(
        f"Ticket #{number}: challenge {made.challenge.id} goes to {made.challenge.mailbox}, until {until}"
    )
    for doubt in made.challenge.doubts:
        click.echo(f"Its answer will wait for you: {words.DOUBTS[doubt]}")


def _records(settings: Settings, number: int) -> Records:
    """What the directory has now of a ticket's account, and of the domains that it asks for."""
    with asking(settings) as ask:
        ticket = byhand.found(ask, number)
    account = ticket.identification.record(ticket.identification.account)
    if account is None:
        return Records()
    domains = (each for domain in ticket.request.domains for each in keys_of_domain(domain))
    records = ask_directory(settings, frozenset((key(KeyKind.LOGIN, account.login), *domains)))
    if records.is_down:
        raise Refused("the customers' directory is down; try again later", os.EX_TEMPFAIL)
    if records.account(account.id) is None:
        raise Refused(
            f"the customers' directory has no account {account.id} with the login {account.login} any more;"
            f" see `mailgate ticket identify`",
            os.EX_DATAERR,
        )
    return records


def _with_record(ticket: Ticket, records: Records) -> Ticket:
    """The ticket with its account as the directory has it now."""
    known = ticket.identification
    return replace(ticket, identification=replace(known, accounts=(*records.accounts, *known.accounts)))


def _planned(work: Work, ticket: Ticket, records: Records, policy: Policy, now: datetime) -> Plan:
    ticket = _with_record(ticket, records)
    authority = authority_of(work, (ticket.identification.account,), now)
    made = plan(wish_of(work, ticket, records), authority, policy, now, by_staff=True)
    if isinstance(made, Unasked):
        raise Refused(f"the owner cannot be asked: {words.UNASKED[made]}", os.EX_DATAERR)
    return made


@click.command("confirm", epilog=show.examples("mailgate ticket confirm 100425"))
@number_argument
@click.pass_obj
def confirm_ticket(path: Path, number: int) -> None:
    """Accept the owner's right answer that waits for staff, because something speaks against it.

    `ticket show` says what. Nothing is confirmed here that the mailbox has not answered.
    """
    settings = read_settings(path)
    rulebook = unchecked_rulebook(settings)
    with changing(settings) as work:
        now = datetime.now(UTC)
        ticket, challenge = _open_challenge(work, number)
        if not challenge.is_answered:
            raise Refused(
                f"challenge {challenge.id} has no right answer yet; there is nothing to accept", os.EX_DATAERR
            )
        _refuse_ended(ticket, challenge, now)
        effects = ending.answered_elsewhere(
            challenge, ticket, _STAFF, rulebook.policy, now, is_confirmed=True
        )
        apply(work, None, effects, rulebook, now)
    click.echo(f"Ticket #{number}: challenge {challenge.id} is confirmed by you")


@click.command("decline", epilog=show.examples("mailgate ticket decline 100425"))
@number_argument
@click.pass_obj
def decline_ticket(path: Path, number: int) -> None:
    """Refuse in the owner's name, as he tells you by telephone: what it is about is locked for a while."""
    log.configure(level="error")
    settings = read_settings(path)
    rulebook = unchecked_rulebook(settings)
    with changing(settings) as work:
        now = datetime.now(UTC)
        ticket, challenge = _open_challenge(work, number)
        _refuse_ended(ticket, challenge, now)
        effects = ending.answered_elsewhere(
            challenge, ticket, _STAFF, rulebook.policy, now, is_confirmed=False
        )
        apply(work, None, effects, rulebook, now)
    click.echo(f"Ticket #{number}: challenge {challenge.id} is declined; what it is about is locked")


def _refuse_ended(ticket: Ticket, challenge: Challenge, now: datetime) -> None:
    if not ending.can_be_answered(challenge, ticket, now):
        raise Refused(
            f"challenge {challenge.id} counts no more: its time is over, or the ticket asks for something"
            f" else by now; `mailgate ticket challenge {ticket.number}` asks anew",
            os.EX_DATAERR,
        )


def _open_challenge(work: Work, number: int) -> tuple[Ticket, Challenge]:
    """The open challenge of a ticket. Raises Refused."""
    ticket = byhand.found(work, number)
    found = [each for each in challenges.of_ticket(work, number) if each.state is ChallengeState.OPEN]
    if not found:
        raise Refused(
            f"ticket #{number} has no open challenge; see `mailgate ticket show {number}`", os.EX_DATAERR
        )
    return ticket, found[-1]


@click.command("unlock", epilog=show.examples("mailgate ticket unlock 100425"))
@number_argument
@click.pass_obj
def unlock_ticket(path: Path, number: int) -> None:
    """Lift what a refusal at a ticket locked, so that the owner may be asked about it again."""
    settings = read_settings(path)
    rulebook = unchecked_rulebook(settings)
    with changing(settings) as work:
        now = datetime.now(UTC)
        byhand.found(work, number)
        locks = challenges.locks_by(work, number, now)
        if not locks:
            raise Refused(f"nothing is locked by ticket #{number}", os.EX_DATAERR)
        challenges.unlock(work, number)
        audit.append(work, rulebook.policy.keys, Step(now, Event.LOCK_LIFTED, _STAFF, number))
        _note(work, number, "by hand: the lock of the refusal is lifted", now)
    click.echo(f"Ticket #{number}: unlocked: {', '.join(f'{each.kind} {each.value}' for each in locks)}")


def void_outdated(work: Work, number: int, rulebook: Rulebook, now: datetime) -> None:
    """Staff changed what a ticket asks for, or whose it is: what the owner was asked before is void."""
    ticket = byhand.found(work, number)
    for each in challenges.of_ticket(work, number):
        apply(work, None, ending.outdated(each, ticket, now), rulebook, now)


def _note(work: Work, number: int, text: str, now: datetime) -> None:
    tickets.add_entry(work, number, Entry("", EntryKind.STATUS, now, text))
