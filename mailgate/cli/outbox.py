"""`mailgate outbox`: the letters, where they stand, and what the customer reads."""

import email
import email.policy
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from mailgate import state
from mailgate.cli import show
from mailgate.cli.exits import Refused
from mailgate.cli.opened import asking, changing
from mailgate.config import Settings, read_settings
from mailgate.core.audit import Actor, Event, Role, Step
from mailgate.store import audit, letters, rows
from mailgate.store.letters import LetterRow, LetterState
from mailgate.store.sqlite import Work

_SHOWN_HEADERS = ("From", "To", "Reply-To", "Subject", "Date", "In-Reply-To")
_COLUMNS = (
    show.Column("ID"),
    show.Column("MADE"),
    show.Column("STATE"),
    show.Column("TICKET"),
    show.Column("KIND"),
    show.Column("TO"),
    show.Column("LAST REPLY", 60),
)
_PAGE = 500

_letter_argument = click.argument("letter_id", metavar="ID", type=click.IntRange(1))


@click.group("outbox")
def outbox_group() -> None:
    """The letters, and where they stand."""


@outbox_group.command(
    "list",
    epilog=show.examples(
        "mailgate outbox list",
        "mailgate outbox list --state given_up",
        "mailgate outbox list --json | jq -r '.[] | select(.state == \"held\") | .id'",
    ),
)
@click.option("--state", type=show.choice(LetterState), help="Only letters in this state.")
@click.option("--before", type=click.IntRange(1), default=show.NEWEST, help="Only ids below this one.")
@show.limit_option
@show.json_option
@click.pass_obj
def list_letters(path: Path, state: str | None, before: int, limit: int, as_json: bool) -> None:
    """List letters, the newest first."""
    settings = read_settings(path)
    with asking(settings) as ask:
        found = letters.listing(ask, LetterState(state) if state else None, limit, before)
    if as_json:
        show.print_json([_document(letter) for letter in found])
        return
    zone = ZoneInfo(settings.desk.timezone)
    show.print_table(_COLUMNS, (_cells(letter, zone) for letter in found))
    show.print_more(len(found), limit, found[-1].id if found else 0)


def _cells(letter: LetterRow, zone: ZoneInfo) -> tuple[str, ...]:
    return (
        str(letter.id),
        show.local(letter.created, zone),
        letter.state,
        f"#{letter.ticket}" if letter.ticket else "",
        letter.kind,
        letter.recipient,
        letter.last_reply,
    )


def _document(letter: LetterRow) -> dict[str, Any]:
    waits = letter.state is LetterState.DUE
    return {
        "id": str(letter.id),
        "mail": show.id_text(letter.mail),
        "ticket": show.id_text(letter.ticket),
        "to": letter.recipient,
        "kind": letter.kind,
        "state": letter.state,
        "attempts": letter.attempts,
        "next_try": rows.time_text(letter.next_try) if waits else None,
        "last_reply": letter.last_reply,
    }


@outbox_group.command(
    "show",
    epilog=show.examples(
        "mailgate outbox show 9", "mailgate outbox show 9 --raw", "mailgate outbox show 9 --json"
    ),
)
@_letter_argument
@click.option("--raw", is_flag=True, help="The letter as it is handed over, byte for byte.")
@show.json_option
@click.pass_obj
def show_letter(path: Path, letter_id: int, raw: bool, as_json: bool) -> None:
    """Show a letter as the customer reads it."""
    settings = read_settings(path)
    with asking(settings) as ask:
        letter, octets = letters.about(ask, letter_id), letters.raw_of(ask, letter_id)
    if letter is None:
        raise _unknown(settings, letter_id)
    if raw:
        if letter.challenge is not None:
            raise Refused(f"letter {letter_id} has digits that are for its mailbox alone", os.EX_NOPERM)
        show.write_bytes(octets or b"", None)
    elif as_json:
        show.print_json(_document(letter))
    else:
        _print(letter, octets or b"", ZoneInfo(settings.desk.timezone))


def _print(letter: LetterRow, raw: bytes, zone: ZoneInfo) -> None:
    next_try = show.local(letter.next_try, zone) if letter.state is LetterState.DUE else ""
    show.print_fields(
        (
            ("Letter", f"{letter.id}, {letter.kind}, {letter.state}, {letter.attempts} tries"),
            ("Made", f"{show.local(letter.created, zone)} {zone.key}"),
            ("Next try", next_try),
            ("Ended", show.local(letter.ended, zone) if letter.ended else ""),
            ("Last reply", letter.last_reply),
            ("Came back", letter.bounced or ("yes" if letter.bounced is not None else "")),
        )
    )
    click.echo()
    if letter.challenge is not None:
        click.echo(f"(It belongs to challenge {letter.challenge}; its text is for its mailbox alone.)")
    else:
        click.echo(readable(raw) if raw else "(It could not be written; there is nothing to send.)")


def readable(raw: bytes) -> str:
    """A letter of ours as its reader sees it: the headers he is shown, then the text."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    head = [f"{name}: {message[name]}" for name in _SHOWN_HEADERS if message[name]]
    text = str(message.get_content()).replace("\r\n", "\n").rstrip("\n")
    return "\n".join((*map(show.one_line, head), "", *show.lines(text)))


def _unknown(settings: Settings, letter_id: int) -> Refused:
    return Refused(f"there is no letter {letter_id} in {settings.state.dir}; see `mailgate outbox list`")


@outbox_group.command("retry", epilog=show.examples("mailgate outbox retry 9", "mailgate outbox retry --all"))
@click.argument("letter_id", metavar="[ID]", type=click.IntRange(1), required=False)
@click.option("--all", "every", is_flag=True, help="Every letter that waits or is held.")
@click.pass_obj
def retry(path: Path, letter_id: int | None, every: bool) -> None:
    """Send a letter now that waits, is held, was given up or cancelled.

    With --all: every letter that waits or is held. Those given up are sent one by one, by their id.
    """
    if every == (letter_id is not None):
        raise click.UsageError("Name one letter by its ID, or --all")
    settings = read_settings(path)
    now = datetime.now(UTC)
    with changing(settings) as work:
        if letter_id is None:
            click.echo(f"{_retry_all(work, now)} letters are due at once")
            return
        letter = letters.about(work, letter_id)
        if letter is None:
            raise _unknown(settings, letter_id)
        if not letters.retry(work, letter_id, now):
            raise Refused(f"letter {letter_id} cannot be sent again: {_why_not(letter)}")
        if letter.challenge is not None:
            step = Step(
                now, Event.CHALLENGE_SENT_AGAIN, Actor(Role.OPERATOR), letter.ticket, letter.challenge
            )
            audit.append(work, state.read_keys(settings.state.dir), step)
    click.echo(f"Letter {letter_id} to {letter.recipient} is due at once")


def _retry_all(work: Work, now: datetime) -> int:
    found = [*_ids(work, LetterState.DUE), *_ids(work, LetterState.HELD)]
    return sum(letters.retry(work, letter, now) for letter in found)


def _ids(work: Work, state: LetterState) -> list[int]:
    found: list[int] = []
    before = show.NEWEST
    while page := letters.listing(work, state, _PAGE, before):
        found += [letter.id for letter in page]
        before = page[-1].id
    return found


def _why_not(letter: LetterRow) -> str:
    if letter.state is LetterState.SENT:
        return "it was sent already"
    if letter.handing_since is not None:
        return "it is being handed over at this moment"
    return f"it has no text, because it {letter.last_reply}; mend the template and retry its mail"


@outbox_group.command("cancel", epilog=show.examples("mailgate outbox cancel 9"))
@_letter_argument
@click.pass_obj
def cancel(path: Path, letter_id: int) -> None:
    """Never send a letter that waits or is held."""
    settings = read_settings(path)
    with changing(settings) as work:
        letter = letters.about(work, letter_id)
        if letter is None:
            raise _unknown(settings, letter_id)
        if not letters.cancel(work, letter_id, datetime.now(UTC)):
            handing = letter.handing_since is not None
            raise Refused(
                f"letter {letter_id} is {'being handed over' if handing else letter.state}; too late"
            )
    click.echo(f"Letter {letter_id} to {letter.recipient} is cancelled")
