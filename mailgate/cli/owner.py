"""Whose tickets are meant: an account by its id, or by a value that leads to it."""

import os

import click

from mailgate import log
from mailgate.cli.exits import Refused
from mailgate.cli.opened import ask_directory, asking
from mailgate.config import Settings
from mailgate.core.account import KeyKind, Records, key
from mailgate.store import accounts, tickets

_REMEDY = "give an id, login, contract, domain or address; `mailgate account show` tells who has it"


def owner_of(settings: Settings, typed: str) -> str:
    """The id of the one account that is meant; an id goes before whatever else the value may be.

    Raises Refused where there is none or several, UsageError where nothing is typed.
    """
    if not typed:
        raise click.BadParameter(
            "it is empty: leave it out to list the tickets of all", param_hint="--account"
        )
    if _is_id(settings, typed):
        return typed
    records = led_to(settings, typed)
    found = tuple(account.id for account in records.accounts)
    if records.is_down:
        raise Refused(
            f"the customers' directory is down, and no ticket belongs to an account with the id {typed!r}; "
            "give the id, or try again later",
            os.EX_TEMPFAIL,
        )
    if len(found) > 1:
        raise Refused(f"{typed} leads to accounts {', '.join(found)}; name one of them", os.EX_DATAERR)
    if not found:
        raise Refused(f"{typed!r} is no account's; {_REMEDY}", os.EX_DATAERR)
    return found[0]


def led_to(settings: Settings, typed: str) -> Records:
    """What the directory says of a value, as whatever it may have been meant."""
    log.configure(level="error")
    return ask_directory(settings, frozenset(made for kind in KeyKind if (made := key(kind, typed)).value))


def _is_id(settings: Settings, typed: str) -> bool:
    """Is this an account's id? A service cannot be asked by ids: there, those of tickets are known."""
    with asking(settings) as ask:
        if settings.directory.kind == "table" and accounts.find(ask, typed) is not None:
            return True
        return bool(tickets.of_account(ask, typed, "", 1))
