"""`mailgate ticket identify`: staff says whose request it is."""

import os
from datetime import UTC, datetime
from pathlib import Path

import click

from mailgate.cli import byhand, identified, show
from mailgate.cli.account_import import refuse_service
from mailgate.cli.authorise import void_outdated
from mailgate.cli.exits import Refused
from mailgate.cli.number import number_argument
from mailgate.cli.opened import ask_directory, asking, changing
from mailgate.config import Settings, read_settings
from mailgate.core import identify
from mailgate.core.account import Account, Key, KeyKind, Records, key
from mailgate.core.audit import Actor, Event, Role, Step, named
from mailgate.core.identification import Identification
from mailgate.core.ticket import Entry, EntryKind
from mailgate.rulebook import unchecked_rulebook
from mailgate.store import accounts, audit, tickets
from mailgate.store.sqlite import Work


@click.command(
    "identify",
    epilog=show.examples(
        "mailgate ticket identify 100425 --login u10432",
        "mailgate ticket identify 100425 --id 1001",
        "mailgate ticket identify 100425 --domain stroymir.ru --contract 4051234",
        "mailgate ticket identify 100425 --undo",
    ),
)
@number_argument
@click.option(
    "--id", "number_of_account", metavar="ID", help="The account with this id, of the ledger's own base."
)
@click.option("--login", help="The account with this login.")
@click.option("--contract", help="The account with this contract number.")
@click.option("--domain", help="The account with this domain.")
@click.option("--address", help="The account with this contact or administrative mailbox.")
@click.option("--undo", is_flag=True, help="Go back to what the mails tell.")
@click.pass_obj
def identify_ticket(
    path: Path, /, number: int, number_of_account: str | None, undo: bool, **values: str | None
) -> None:
    """Say whose request it is; several values must agree. The customer is told nothing."""
    asked = tuple(key(KeyKind(kind), text) for kind, text in values.items() if text)
    if bool(asked or number_of_account) == undo:
        raise click.UsageError("give --id, --login, --contract, --domain or --address, or --undo alone")
    settings = read_settings(path)
    rulebook = unchecked_rulebook(settings)
    if number_of_account:
        asked = (_login(settings, number_of_account.strip()), *asked)
    account = None if undo else _agreed(asked, ask_directory(settings, frozenset(asked)))
    with changing(settings) as work:
        now = datetime.now(UTC)
        known = _identified(work, number, account)
        _write(work, number, known, account, now)
        audit.append(work, rulebook.policy.keys, _step(number, account, now))
        void_outdated(work, number, rulebook, now)
    click.echo(f"Ticket #{number}: {_told(known, account)}")


def _login(settings: Settings, number: str) -> Key:
    """The login of the account with this id, which is its alone. Raises Refused."""
    refuse_service(settings, "cannot be asked by an id; give --login, --contract, --domain or --address")
    with asking(settings) as ask:
        account = accounts.find(ask, number)
    if account is None:
        raise Refused(
            f"there is no account with the id {number!r}; see `mailgate account list`", os.EX_DATAERR
        )
    return key(KeyKind.LOGIN, account.login)


def _agreed(asked: tuple[Key, ...], records: Records) -> Account:
    """The one account that all of the keys lead to. Raises Refused."""
    if records.is_down:
        raise Refused("the customers' directory is down; try again later", os.EX_TEMPFAIL)
    agreed = set.intersection(*(set(records.led_to(each)) for each in asked))
    account = records.account(agreed.pop()) if len(agreed) == 1 else None
    if account is None:
        led = "; ".join(f"{each.kind} {each.value} leads to {_accounts(each, records)}" for each in asked)
        raise Refused(f"this names not exactly one account: {led}", os.EX_DATAERR)
    return account


def _accounts(asked: Key, records: Records) -> str:
    return ", ".join(f"account {number}" for number in records.led_to(asked)) or "no account"


def _identified(work: Work, number: int, account: Account | None) -> Identification:
    before = byhand.found(work, number).identification
    return identify.judged_anew(before) if account is None else identify.named_by_staff(account, before)


def _write(work: Work, number: int, known: Identification, account: Account | None, now: datetime) -> None:
    tickets.identify(work, number, known, answered=False)
    text = f"identified by hand: {_told(known, account)}"
    tickets.add_entry(work, number, Entry("", EntryKind.STATUS, now, text))


def _step(number: int, account: Account | None, now: datetime) -> Step:
    staff = Actor(Role.STAFF)
    if account is None:
        return Step(now, Event.IDENTIFICATION_UNDONE, staff, number)
    return Step(now, Event.IDENTIFIED, staff, number, details=(("account", named(account.id)),))


def _told(known: Identification, account: Account | None) -> str:
    return f"account {identified.account_line(account)}" if account else identified.verdict(known)
