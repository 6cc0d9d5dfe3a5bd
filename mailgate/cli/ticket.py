"""`mailgate ticket`: the requests, and what staff does to them by hand."""

import sys
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import Path

import click

from mailgate import log
from mailgate.cli import asked, byhand, identified, show, ticket_views
from mailgate.cli.authorise import challenge_ticket, confirm_ticket, decline_ticket, unlock_ticket
from mailgate.cli.identify import identify_ticket
from mailgate.cli.number import number_argument
from mailgate.cli.opened import changing
from mailgate.cli.reclass import class_ticket
from mailgate.cli.ticket_show import show_ticket
from mailgate.cli.ticket_views import document
from mailgate.config import policy_of, read_settings
from mailgate.core.address import parse_mailbox
from mailgate.core.ticket import Status, Ticket


@click.group("ticket")
def ticket_group() -> None:
    """The requests, and what is done to them by hand."""


for _view in (ticket_views.list_tickets, ticket_views.search, show_ticket):
    ticket_group.add_command(_view)
ticket_group.add_command(identify_ticket)
ticket_group.add_command(class_ticket)
for _act in (challenge_ticket, confirm_ticket, decline_ticket, unlock_ticket):
    ticket_group.add_command(_act)


@ticket_group.command(
    "open",
    epilog=show.examples(
        'mailgate ticket open --from ivan@client.example --subject "Site is down"',
        'mailgate ticket open --from ivan@client.example --subject "Site is down" --text - < notes.txt',
    ),
)
@click.option("--from", "requester", metavar="ADDRESS", required=True, help="Whose request it is.")
@click.option("--subject", required=True, help="What it is about, in a line.")
@click.option("--text", default="", help="What was said; - reads it from standard input.")
@show.json_option
@click.pass_obj
def open_ticket(path: Path, requester: str, subject: str, text: str, as_json: bool) -> None:
    """Open a ticket for somebody on the telephone. No letter is sent.

    Whose request it is is looked for in what was said, as in a mail.
    """
    settings = read_settings(path)
    address = parse_mailbox(requester)
    if address is None:
        raise click.BadParameter(
            f"{requester!r} is not a plain mailbox; for a caller who has none take one that his account has"
            " on record (`mailgate account show`)",
            param_hint="--from",
        )
    log.configure(level="error")
    call = byhand.Call(address, show.one_line(subject), _words(text), datetime.now(UTC))
    ticket = byhand.open_ticket(settings, call)
    if as_json:
        show.print_json(document(ticket))
        return
    click.echo(f"Ticket #{ticket.number} is open for {address.key}; no letter is sent.")
    click.echo(f"To dictate: {' '.join(str(ticket.number))}")
    click.echo(f"Account: {_account_line(ticket)}")
    known = policy_of(settings, ()).request_class(ticket.request.name)
    for name, told in filter(itemgetter(1), asked.request_fields(ticket.request, known)):
        click.echo(f"{name}: {told}")
    if known and known.is_critical:
        click.echo(f"To ask the owner: mailgate ticket challenge {ticket.number}")


def _account_line(ticket: Ticket) -> str:
    known = ticket.identification
    account = known.record(known.account)
    if account is not None:
        return identified.account_line(account)
    return f"{identified.verdict(known)}. Once you know it: mailgate ticket identify {ticket.number}"


def _words(text: str) -> str:
    return sys.stdin.read() if text == "-" else text


@ticket_group.command(
    "note",
    epilog=show.examples(
        'mailgate ticket note 100425 "Called back, waits for the invoice"',
        "mailgate ticket note 100425 - < notes.txt",
    ),
)
@number_argument
@click.argument("text")
@click.pass_obj
def note(path: Path, number: int, text: str) -> None:
    """Add a note for staff to a ticket; the customer never sees it.

    TEXT may be - to read it from standard input.
    """
    with changing(read_settings(path)) as work:
        byhand.note(work, number, _words(text), datetime.now(UTC))
    click.echo(f"Noted at ticket #{number}")


@ticket_group.command("wait", epilog=show.examples("mailgate ticket wait 100425"))
@number_argument
@click.pass_obj
def wait(path: Path, number: int) -> None:
    """Say that the customer has been answered and that it is his turn.

    His reply opens the ticket again; if none comes for `[limits] close_after_silence_days`, it is closed, and
    he is told so, also if he had called. Where he cannot be told (he gets no letters, or the last one did not
    reach him, or the ticket's mail got none) it goes on waiting.
    """
    _move(path, number, Status.WAITING)


@ticket_group.command("resolve", epilog=show.examples("mailgate ticket resolve 100425"))
@number_argument
@click.pass_obj
def resolve(path: Path, number: int) -> None:
    """Declare a ticket resolved; a reply of a participant reopens it."""
    _move(path, number, Status.RESOLVED)


@ticket_group.command("close", epilog=show.examples("mailgate ticket close 100425"))
@number_argument
@click.pass_obj
def close(path: Path, number: int) -> None:
    """Close a ticket."""
    _move(path, number, Status.CLOSED)


@ticket_group.command("reopen", epilog=show.examples("mailgate ticket reopen 100425"))
@number_argument
@click.pass_obj
def reopen(path: Path, number: int) -> None:
    """Open a resolved or closed ticket again."""
    _move(path, number, Status.OPEN)


def _move(path: Path, number: int, status: Status) -> None:
    with changing(read_settings(path)) as work:
        moved = byhand.move(work, number, status, datetime.now(UTC))
    click.echo(f"Ticket #{number} is {status}" + ("" if moved else " already"))
