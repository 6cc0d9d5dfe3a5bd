"""`mailgate ticket`: the requests, and what staff does to them by hand."""

import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from mailgate.cli import byhand, show
from mailgate.cli.exits import Refused
from mailgate.cli.opened import asking, changing
from mailgate.config import policy_of, read_settings
from mailgate.core.address import parse_mailbox
from mailgate.core.number import is_number
from mailgate.core.policy import Desk, is_desk_address, without_subaddress
from mailgate.core.ticket import Entry, Status, Ticket
from mailgate.store import letters, mails, rows, tickets
from mailgate.store.sqlite import Ask, Row

_WRITTEN = re.compile(r"\[?[^\[\]#№\s]{0,20}[#№]([0-9]{1,15})\]?|([0-9]{1,15})")
_SUBJECT = 70


class _Number(click.ParamType[int]):
    """A ticket's number as people write it: 100425, #100425, [#100425]."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number. Raises Refused when its check digit says that it was mistyped."""
        written = _WRITTEN.fullmatch(str(value).strip())
        if written is None:
            self.fail(f"{value!r} is not a ticket's number such as 100425 or '#100425'", param, ctx)
        number = int(written[1] or written[2])
        if not is_number(number):
            raise Refused(f"{number}: the last digit does not fit the others, so one of them is mistyped")
        return number


_number_argument = click.argument("number", metavar="N", type=_Number())


@click.group("ticket")
def ticket_group() -> None:
    """The requests, and what is done to them by hand."""


@ticket_group.command(
    "list",
    epilog=show.examples(
        "mailgate ticket list",
        "mailgate ticket list --status open --limit 10",
        "mailgate ticket list --json | jq -r '.[].number'",
    ),
)
@click.option("--status", type=show.choice(Status), help="Only tickets in this status.")
@click.option("--before", metavar="N", type=_Number(), help="Only tickets below this one in the list.")
@show.limit_option
@show.json_option
@click.pass_obj
def list_tickets(path: Path, status: str | None, before: int | None, limit: int, as_json: bool) -> None:
    """List tickets, the latest change first."""
    settings = read_settings(path)
    with asking(settings) as ask:
        found = tickets.listing(ask, status or "", limit, before)
        _print_list(ask, found, ZoneInfo(settings.desk.timezone), as_json=as_json)
    if not as_json:
        show.print_more(len(found), limit, found[-1]["number"] if found else "")


@ticket_group.command(
    "search",
    epilog=show.examples(
        "mailgate ticket search ivan@client.example", 'mailgate ticket search "certificate expired" --limit 5'
    ),
)
@click.argument("words", nargs=-1, required=True)
@show.limit_option
@show.json_option
@click.pass_obj
def search(path: Path, words: tuple[str, ...], limit: int, as_json: bool) -> None:
    """Find tickets by words of their subject, entries or participants."""
    settings = read_settings(path)
    with asking(settings) as ask:
        found = tickets.search(ask, " ".join(words), limit)
        _print_list(ask, found, ZoneInfo(settings.desk.timezone), as_json=as_json)


def _print_list(ask: Ask, found: list[Row], zone: ZoneInfo, *, as_json: bool) -> None:
    if as_json:
        people = (tickets.participants(ask, row["number"]) for row in found)
        show.print_json([_document(rows.ticket_of(row, who)) for row, who in zip(found, people, strict=True)])
        return
    columns = tuple(
        show.Column(title, _SUBJECT) for title in ("NUMBER", "STATUS", "CHANGED", "REQUESTER", "SUBJECT")
    )
    show.print_table(
        columns,
        (
            (
                f"#{row['number']}",
                row["status"],
                show.local(rows.time_of(row["changed"]), zone),
                row["requester"],
                row["subject"],
            )
            for row in found
        ),
    )


def _document(ticket: Ticket) -> dict[str, Any]:
    return {
        "number": str(ticket.number),
        "status": ticket.status,
        "subject": ticket.subject,
        "requester": ticket.requester,
        "participants": list(ticket.participants),
        "language": ",".join(ticket.languages),
    }


@ticket_group.command(
    "show",
    epilog=show.examples(
        "mailgate ticket show 100425", "mailgate ticket show '#100425'", "mailgate ticket show 100425 --json"
    ),
)
@_number_argument
@show.json_option
@click.pass_obj
def show_ticket(path: Path, number: int, as_json: bool) -> None:
    """Show a ticket: who takes part, what was said, what it is linked to."""
    settings = read_settings(path)
    with asking(settings) as ask:
        ticket = byhand.found(ask, number)
        entries = tickets.entries(ask, number)
        links = tickets.links(ask, number)
        sent = letters.of_ticket(ask, number)
        written_to = _addresses(ask, number, policy_of(settings, ()).desk)
    document = {
        **_document(ticket),
        "links": [{"number": str(link.number), "kind": link.kind} for link in links],
        "entries": [_entry(entry) for entry in entries],
        "addresses": list(written_to),
        "letters": [
            {
                "id": str(letter.id),
                "kind": letter.kind,
                "state": letter.state,
                "last_reply": letter.last_reply,
            }
            for letter in sent
        ],
    }
    if as_json:
        show.print_json(document)
        return
    zone = ZoneInfo(settings.desk.timezone)
    show.print_fields(
        (
            ("Ticket", f"#{number}, {ticket.status}, opened {show.local(ticket.opened, zone)} {zone.key}"),
            ("Subject", ticket.subject),
            ("Requester", ticket.requester),
            ("Taking part", ", ".join(ticket.participants)),
            ("Language", ", ".join(ticket.languages)),
            ("Written to", ", ".join(written_to)),
            *((f"Link, {link.kind}", f"#{link.number}") for link in links),
            *((f"Letter {letter.id}", _letter_line(letter)) for letter in sent),
        )
    )
    for entry in entries:
        _print_entry(entry, zone)


def _letter_line(letter: letters.LetterRow) -> str:
    bounced = "" if letter.bounced is None else f", came back {letter.bounced}".rstrip()
    said = letter.last_reply or "not tried yet"
    return f"{letter.kind} to {letter.recipient}, {letter.state}{bounced}: {said}"


def _addresses(ask: Ask, number: int, desk: Desk) -> tuple[str, ...]:
    """The desk's addresses that the ticket's mails, copies included, came to."""
    found = (parse_mailbox(text) for text in mails.recipients_of_ticket(ask, number))
    ours = (address for address in found if address and is_desk_address(address, desk))
    own = {address.key for address in desk.addresses}
    return tuple(
        dict.fromkeys(
            address.key if address.key in own else without_subaddress(address, desk.separator).key
            for address in ours
        )
    )


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "author": entry.author,
        "kind": entry.kind,
        "at": rows.time_text(entry.at),
        "text": entry.text,
        "mail": show.id_text(entry.mail),
    }


def _print_entry(entry: Entry, zone: ZoneInfo) -> None:
    source = f", mail {entry.mail}" if entry.mail else ""
    author = entry.author or "the desk"
    click.echo(f"\n--- {entry.kind} by {show.one_line(author)}, {show.local(entry.at, zone)}{source}")
    for line in show.lines(entry.text):
        click.echo(line)


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
    """Open a ticket for somebody on the telephone. No letter is sent."""
    settings = read_settings(path)
    address = parse_mailbox(requester)
    if address is None:
        raise click.BadParameter(f"{requester!r} is not a plain mailbox", param_hint="--from")
    number = byhand.open_ticket(settings, address, show.one_line(subject), _words(text), datetime.now(UTC))
    if as_json:
        with asking(settings) as ask:
            show.print_json(_document(byhand.found(ask, number)))
        return
    click.echo(f"Ticket #{number} is open for {address.key}; no letter is sent.")
    click.echo(f"To dictate: {' '.join(str(number))}")


def _words(text: str) -> str:
    return sys.stdin.read() if text == "-" else text


@ticket_group.command(
    "note",
    epilog=show.examples(
        'mailgate ticket note 100425 "Called back, waits for the invoice"',
        "mailgate ticket note 100425 - < notes.txt",
    ),
)
@_number_argument
@click.argument("text")
@click.pass_obj
def note(path: Path, number: int, text: str) -> None:
    """Add a note for staff to a ticket; the customer never sees it.

    TEXT may be - to read it from standard input.
    """
    with changing(read_settings(path)) as work:
        byhand.note(work, number, _words(text), datetime.now(UTC))
    click.echo(f"Noted at ticket #{number}")


@ticket_group.command("resolve", epilog=show.examples("mailgate ticket resolve 100425"))
@_number_argument
@click.pass_obj
def resolve(path: Path, number: int) -> None:
    """Declare a ticket resolved; a reply of a participant reopens it."""
    _move(path, number, Status.RESOLVED)


@ticket_group.command("close", epilog=show.examples("mailgate ticket close 100425"))
@_number_argument
@click.pass_obj
def close(path: Path, number: int) -> None:
    """Close a ticket."""
    _move(path, number, Status.CLOSED)


@ticket_group.command("reopen", epilog=show.examples("mailgate ticket reopen 100425"))
@_number_argument
@click.pass_obj
def reopen(path: Path, number: int) -> None:
    """Open a resolved or closed ticket again."""
    _move(path, number, Status.OPEN)


def _move(path: Path, number: int, status: Status) -> None:
    with changing(read_settings(path)) as work:
        moved = byhand.move(work, number, status, datetime.now(UTC))
    click.echo(f"Ticket #{number} is {status}" + ("" if moved else " already"))
