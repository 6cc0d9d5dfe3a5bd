"""`mailgate ticket class`: staff says what a ticket asks for, and to what it is to be done."""

import os
from datetime import UTC, datetime
from pathlib import Path

import click

from mailgate.cli import asked, byhand, show
from mailgate.cli.authorise import void_outdated
from mailgate.cli.exits import Refused
from mailgate.cli.number import number_argument
from mailgate.cli.opened import changing
from mailgate.config import read_settings
from mailgate.core.correction import corrected, steps
from mailgate.core.object import object_of
from mailgate.core.policy import Policy
from mailgate.core.request import Object, Request, RequestClass
from mailgate.core.ticket import Entry, EntryKind
from mailgate.rulebook import Rulebook, unchecked_rulebook
from mailgate.store import audit, requests, tickets
from mailgate.store.sqlite import Work


@click.command(
    "class",
    epilog=show.examples(
        "mailgate ticket class 100425 domain-transfer --object domain=stroymir.ru",
        "mailgate ticket class 100425 deletion --object mailbox=old@stroymir.ru",
        "mailgate ticket class 100425 --lift",
    ),
)
@number_argument
@click.argument("name", required=False)
@click.option("--object", "told", metavar="KIND=VALUE", multiple=True, help="To what it is to be done.")
@click.option("--lift", is_flag=True, help="It asks for nothing of a class.")
@click.pass_obj
def class_ticket(path: Path, number: int, name: str | None, told: tuple[str, ...], lift: bool) -> None:
    """Say which class of request a ticket asks for, and to what; no later mail changes that.

    The objects you name are all there are; without --object those of the mails stay. The classes are listed
    by `mailgate request list`. The customer is told nothing.
    """
    if bool(name) == lift or (lift and told):
        raise click.UsageError("give a class by its NAME, with --object or without, or --lift alone")
    settings = read_settings(path)
    rulebook = unchecked_rulebook(settings)
    known = _class(rulebook.policy, name) if name else None
    objects = tuple(_object(each, known) for each in told) if known else ()
    with changing(settings) as work:
        after, is_new = _change(work, rulebook, number, known, objects)
    click.echo(f"Ticket #{number}: {_line(after)}" + ("" if is_new else " already"))


def _class(policy: Policy, name: str) -> RequestClass:
    known = policy.request_class(name)
    if known is None:
        raise Refused(asked.no_class(name, policy.requests), os.EX_DATAERR)
    return known


def _object(told: str, known: RequestClass) -> Object:
    """The object that is named KIND=VALUE. Raises Refused where it is none, or none of the class."""
    name, _, value = told.partition("=")
    kind = next((each for each in known.kinds if each.value == name.strip()), None)
    if kind is None:
        there = ", ".join(known.kinds) or "none"
        raise Refused(
            f"{told!r}: {known.name} has no object of the kind {name!r}; it has: {there}", os.EX_DATAERR
        )
    found = object_of(kind, value.strip())
    if found is None:
        raise Refused(f"{value!r} is no {kind.value} that can be told for sure", os.EX_DATAERR)
    return found


def _change(
    work: Work, rulebook: Rulebook, number: int, known: RequestClass | None, objects: tuple[Object, ...]
) -> tuple[Request, bool]:
    """The request of the ticket by now, and whether that is new."""
    ticket = byhand.found(work, number)
    after = corrected(ticket.request, known, objects, tickets.entries(work, number))
    if after == ticket.request:
        return after, False
    now = datetime.now(UTC)
    requests.ask_for(work, number, after)
    tickets.add_entry(work, number, Entry("", EntryKind.STATUS, now, f"by hand: {_line(after)}"))
    for step in steps(ticket, after, now):
        audit.append(work, rulebook.policy.keys, step)
    void_outdated(work, number, rulebook, now)
    return after, True


def _line(request: Request) -> str:
    if not request.name:
        return "asks for nothing of a class"
    objects = ", ".join(map(asked.object_line, request.objects)) or "no object is named"
    return f"asks for {request.name}; {objects}"
