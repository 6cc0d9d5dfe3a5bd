"""`mailgate ticket list` and `search`: the requests as staff looks for them."""

import os
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from mailgate.cli import asked, identified, show
from mailgate.cli.exits import Refused
from mailgate.cli.number import Number
from mailgate.cli.opened import asking
from mailgate.cli.owner import led_to, owner_of
from mailgate.config import policy_of, read_settings
from mailgate.core.description import missing
from mailgate.core.policy import Policy
from mailgate.core.ticket import Status, Ticket
from mailgate.store import challenges, requests, rows, tickets
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
    states = challenges.states(ask, (row["number"] for row in found if row["class"]))
    columns = tuple(
        show.Column(title, _SUBJECT)
        for title in ("NUMBER", "STATUS", "CHANGED", "CLASS", "OWNER", "REQUESTER", "SUBJECT")
    )
    show.print_table(
        columns,
        (
            (
                f"#{row['number']}",
                row["status"],
                show.local(rows.time_of(row["changed"]), zone),
                row["class"],
                states.get(row["number"], ""),
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
