"""`mailgate ticket list`, `search` and `show`: the requests as staff looks at them."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from mailgate.cli import asked, byhand, identified, show
from mailgate.cli.exits import Refused
from mailgate.cli.number import Number, number_argument
from mailgate.cli.opened import ask_directory, asking
from mailgate.cli.owner import led_to, owner_of
from mailgate.config import Settings, policy_of, read_settings
from mailgate.core.account import Account, KeyKind, key
from mailgate.core.address import parse_mailbox
from mailgate.core.assurance import Assurance
from mailgate.core.description import missing
from mailgate.core.identification import Identification
from mailgate.core.policy import Desk, Policy, is_desk_address, without_subaddress
from mailgate.core.ticket import Entry, Link, Status, Ticket
from mailgate.store import letters, mails, requests, rows, tickets
from mailgate.store.sqlite import Ask, Row

_SUBJECT = 70


@click.command(
    "list",
    epilog=show.examples(
        "mailgate ticket list",
        "mailgate ticket list --status open --limit 10",
        "mailgate ticket list --account stroymir.ru",
        "mailgate ticket list --class domain-transfer --status open",
        "mailgate ticket list --json | jq -r '.[].number'",
    ),
)
@click.option("--status", type=show.choice(Status), help="Only tickets in this status.")
@click.option("--account", metavar="VALUE", help="Only those of the account with this id, login, domain …")
@click.option("--class", "name", metavar="NAME", help="Only those that ask for this class of request.")
@click.option("--before", metavar="N", type=Number(), help="Only tickets below this one in the list.")
@show.limit_option
@show.json_option
@click.pass_obj
def list_tickets(
    path: Path, /, account: str | None, name: str | None, limit: int, as_json: bool, **where: Any
) -> None:
    """List tickets, the latest change first."""
    settings = read_settings(path)
    owner = "" if account is None else owner_of(settings, account.strip())
    status, before = where["status"] or "", where["before"]
    with asking(settings) as ask:
        if name:
            found = requests.of_class(ask, name, owner, status, limit, before)
            _refuse_unknown(policy_of(settings, ()), name, found)
        elif owner:
            found = tickets.of_account(ask, owner, status, limit, before)
        else:
            found = tickets.listing(ask, status, limit, before)
        _print_list(ask, found, ZoneInfo(settings.desk.timezone), as_json=as_json)
    if not as_json:
        show.print_more(len(found), limit, found[-1]["number"] if found else "")


def _refuse_unknown(policy: Policy, name: str, found: list[Row]) -> None:
    """A class that the settings do not know any more may have tickets still."""
    if not found and policy.request_class(name) is None:
        raise Refused(asked.no_class(name, policy.requests), os.EX_DATAERR)


@click.command(
    "search",
    epilog=show.examples(
        "mailgate ticket search ivan@client.example",
        "mailgate ticket search u10432",
        'mailgate ticket search "certificate expired" --limit 5',
    ),
)
@click.argument("words", nargs=-1, required=True)
@show.limit_option
@show.json_option
@click.pass_obj
def search(path: Path, words: tuple[str, ...], limit: int, as_json: bool) -> None:
    """Find tickets by an address, a login, a contract, a domain or words.

    Words are looked for in subjects, entries and participants; values find the tickets of their accounts
    too, whatever these say.
    """
    settings = read_settings(path)
    typed = " ".join(words)
    records = led_to(settings, typed)
    if records.is_down:
        click.echo("the customers' directory is down: only words are looked for", err=True)
    owners = tuple(account.id for account in records.accounts)
    with asking(settings) as ask:
        of_owners = (row for owner in owners for row in tickets.of_account(ask, owner, "", limit))
        together = {row["number"]: row for row in (*tickets.search(ask, typed, limit), *of_owners)}
        found = sorted(together.values(), key=lambda row: (row["changed"], row["number"]), reverse=True)[
            :limit
        ]
        _print_list(ask, found, ZoneInfo(settings.desk.timezone), as_json=as_json)


def _print_list(ask: Ask, found: list[Row], zone: ZoneInfo, *, as_json: bool) -> None:
    if as_json:
        people = (tickets.participants(ask, row["number"]) for row in found)
        show.print_json([document(rows.ticket_of(row, who)) for row, who in zip(found, people, strict=True)])
        return
    columns = tuple(
        show.Column(title, _SUBJECT)
        for title in ("NUMBER", "STATUS", "CHANGED", "CLASS", "REQUESTER", "SUBJECT")
    )
    show.print_table(
        columns,
        (
            (
                f"#{row['number']}",
                row["status"],
                show.local(rows.time_of(row["changed"]), zone),
                row["class"],
                row["requester"],
                row["subject"],
            )
            for row in found
        ),
    )


def document(ticket: Ticket) -> dict[str, Any]:
    """A ticket as JSON, without what was said."""
    return {
        "number": str(ticket.number),
        "status": ticket.status,
        "subject": ticket.subject,
        "requester": ticket.requester,
        "participants": list(ticket.participants),
        "language": ",".join(ticket.languages),
        "identification": identified.document(ticket.identification),
        **asked.request_document(ticket.request),
        "description": {
            "matter": ticket.description.matter,
            "parts": list(ticket.description.parts),
            "missing": list(missing(ticket.description)),
        },
    }


@click.command(
    "show",
    epilog=show.examples(
        "mailgate ticket show 100425", "mailgate ticket show '#100425'", "mailgate ticket show 100425 --json"
    ),
)
@number_argument
@show.json_option
@click.pass_obj
def show_ticket(path: Path, number: int, as_json: bool) -> None:
    """Show a ticket: who takes part, what is asked for and proven, what was said, what it is linked to."""
    settings = read_settings(path)
    policy = policy_of(settings, ())
    with asking(settings) as ask:
        view = _viewed(ask, number, policy)
    if as_json:
        show.print_json(_whole(view))
    else:
        _print(settings, view)


@dataclass(frozen=True, slots=True)
class _View:
    """All that is shown of a ticket."""

    ticket: Ticket
    entries: tuple[Entry, ...]
    links: tuple[Link, ...]
    sent: tuple[letters.LetterRow, ...]
    written_to: tuple[str, ...]
    what: asked.Asked


def _viewed(ask: Ask, number: int, policy: Policy) -> _View:
    ticket = byhand.found(ask, number)
    entries = tickets.entries(ask, number)
    came = {row["id"]: row for row in mails.of_ticket(ask, number)}
    return _View(
        ticket,
        entries,
        tickets.links(ask, number),
        letters.of_ticket(ask, number),
        _addresses(ask, number, policy.desk),
        asked.asked_of(ticket, entries, came, policy),
    )


def _whole(view: _View) -> dict[str, Any]:
    return {
        **document(view.ticket),
        **asked.document(view.what),
        "links": [{"number": str(link.number), "kind": link.kind} for link in view.links],
        "entries": [_entry(entry, one) for entry, one in zip(view.entries, view.what.proven, strict=True)],
        "addresses": list(view.written_to),
        "letters": [
            {
                "id": str(letter.id),
                "kind": letter.kind,
                "state": letter.state,
                "last_reply": letter.last_reply,
            }
            for letter in view.sent
        ],
    }


def _print(settings: Settings, view: _View) -> None:
    ticket = view.ticket
    live = _live(settings, ticket.identification)
    zone = ZoneInfo(settings.desk.timezone)
    opened = show.local(ticket.opened, zone)
    show.print_fields(
        (
            ("Ticket", f"#{ticket.number}, {ticket.status}, opened {opened} {zone.key}"),
            ("Subject", ticket.subject),
            ("Requester", ticket.requester),
            ("Taking part", ", ".join(ticket.participants)),
            ("Language", ", ".join(ticket.languages)),
            ("Written to", ", ".join(view.written_to)),
            *identified.fields(ticket.identification, live),
            *asked.fields(view.what, view.entries),
            ("Described", identified.described(ticket.description)),
            *((f"Link, {link.kind}", f"#{link.number}") for link in view.links),
            *((f"Letter {letter.id}", _letter_line(letter)) for letter in view.sent),
        )
    )
    for entry in view.entries:
        _print_entry(entry, zone)


def _live(settings: Settings, known: Identification) -> Account | None:
    """The record of a ticket's account as the directory has it now; None where it has none, or is down."""
    account = known.record(known.account)
    if account is None:
        return None
    return ask_directory(settings, frozenset({key(KeyKind.LOGIN, account.login)})).account(account.id)


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


def _entry(entry: Entry, proven: Assurance | None) -> dict[str, Any]:
    return {
        "author": entry.author,
        "kind": entry.kind,
        "at": rows.time_text(entry.at),
        "text": entry.text,
        "mail": show.id_text(entry.mail),
        "assurance": asked.proven_document(proven) if proven else None,
    }


def _print_entry(entry: Entry, zone: ZoneInfo) -> None:
    source = f", mail {entry.mail}" if entry.mail else ""
    author = entry.author or "the desk"
    click.echo(f"\n--- {entry.kind} by {show.one_line(author)}, {show.local(entry.at, zone)}{source}")
    for line in show.lines(entry.text):
        click.echo(line)
