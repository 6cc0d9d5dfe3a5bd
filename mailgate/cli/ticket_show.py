"""`mailgate ticket show`: all that is known of a request."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from mailgate.cli import asked, byhand, consented, identified, show
from mailgate.cli.number import number_argument
from mailgate.cli.opened import ask_directory, asking
from mailgate.cli.ticket_views import document
from mailgate.config import Settings, policy_of, read_settings
from mailgate.core.account import Account, KeyKind, key
from mailgate.core.address import parse_mailbox
from mailgate.core.assurance import Assurance
from mailgate.core.identification import Identification
from mailgate.core.policy import Desk, Policy, is_desk_address, without_subaddress
from mailgate.core.request import Level
from mailgate.core.ticket import Entry, Link, Ticket
from mailgate.store import letters, mails, rows, tickets
from mailgate.store.sqlite import Ask

_UNCOVERED = ", not covered by the confirmation"


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
    consent: consented.Consent

    @property
    def uncovered(self) -> frozenset[int]:
        """The places of entries that the owner's consent does not cover."""
        return consented.uncovered(self.consent, self.entries)


def _viewed(ask: Ask, number: int, policy: Policy) -> _View:
    ticket = byhand.found(ask, number)
    entries = tickets.entries(ask, number)
    came = {row["id"]: row for row in mails.of_ticket(ask, number)}
    consent = consented.consent_of(ask, ticket, policy, datetime.now(UTC))
    what = asked.asked_of(ticket, entries, came, policy, is_confirmed=consent.is_confirmed)
    return _View(
        ticket,
        entries,
        tickets.links(ask, number),
        letters.of_ticket(ask, number),
        _addresses(ask, number, policy.desk),
        what,
        # Who asked in the panel is the owner.
        replace(consent, unasked=None) if what.first.level is Level.AUTHORISED else consent,
    )


def _whole(view: _View) -> dict[str, Any]:
    return {
        **document(view.ticket),
        **asked.document(view.what),
        **consented.document(view.consent),
        "links": [{"number": str(link.number), "kind": link.kind} for link in view.links],
        "entries": [
            {**_entry(entry, one), "covered": place not in view.uncovered}
            for place, (entry, one) in enumerate(zip(view.entries, view.what.proven, strict=True))
        ],
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
            *consented.fields(view.consent, zone),
            ("Described", identified.described(ticket.description)),
            *((f"Link, {link.kind}", f"#{link.number}") for link in view.links),
            *((f"Letter {letter.id}", _letter_line(letter)) for letter in view.sent),
        )
    )
    for place, entry in enumerate(view.entries):
        _print_entry(entry, zone, _UNCOVERED if place in view.uncovered else "")


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


def _print_entry(entry: Entry, zone: ZoneInfo, mark: str) -> None:
    source = f", mail {entry.mail}" if entry.mail else ""
    author = entry.author or "the desk"
    click.echo(f"\n--- {entry.kind} by {show.one_line(author)}, {show.local(entry.at, zone)}{source}{mark}")
    for line in show.lines(entry.text):
        click.echo(line)
