"""`mailgate mail`: what came in, and what became of it."""

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from mailgate.cli import again as anew
from mailgate.cli import asked, explain, reading, show, words
from mailgate.cli.exits import Refused
from mailgate.cli.opened import asking, changing
from mailgate.config import Settings, policy_of, read_settings
from mailgate.core.mail import Defect, Mail
from mailgate.parse.attachments import attachment_bytes
from mailgate.store import mails, rows
from mailgate.store.sqlite import Row

_COLUMNS = ("ID", "RECEIVED", "STATE", "TICKET", "FROM", "SUBJECT")
_SUBJECT = 60

_mail_argument = click.argument("mail_id", metavar="ID", type=click.IntRange(1))


@click.group("mail")
def mail_group() -> None:
    """What came in, and what became of it."""


@mail_group.command(
    "list",
    epilog=show.examples(
        "mailgate mail list",
        "mailgate mail list --state parked",
        "mailgate mail list --limit 100 --before 1200",
        "mailgate mail list --json | jq -r '.[] | select(.verdict == \"opened\") | .ticket'",
    ),
)
@click.option("--state", type=click.Choice(["new", "done", "parked"]), help="Only mails in this state.")
@click.option("--before", type=click.IntRange(1), default=show.NEWEST, help="Only ids below this one.")
@show.limit_option
@show.json_option
@click.pass_obj
def list_mails(path: Path, state: str | None, before: int, limit: int, as_json: bool) -> None:
    """List mails, the newest first.

    The JSON of a list leaves out what must be read from the mail itself: text, new_words, attachments.
    """
    settings = read_settings(path)
    with asking(settings) as ask:
        found = mails.listing(ask, state or "", limit, before)
    if as_json:
        show.print_json([_document(row) for row in found])
        return
    zone = ZoneInfo(settings.desk.timezone)
    columns = tuple(show.Column(title, _SUBJECT) for title in _COLUMNS)
    show.print_table(columns, (_cells(row, zone) for row in found))
    show.print_more(len(found), limit, found[-1]["id"] if found else 0)


def _cells(row: Row, zone: ZoneInfo) -> tuple[str, ...]:
    return (
        str(row["id"]),
        show.local(rows.time_of(row["received"]), zone),
        row["verdict"] or row["state"],
        f"#{row['ticket']}" if row["ticket"] else "",
        row["author"] or f"<{row['sender']}>",
        row["subject"],
    )


def _document(row: Row) -> dict[str, Any]:
    """What the ledger knows about a mail without reading it again."""
    return {
        "id": str(row["id"]),
        "state": row["state"],
        "door": row["door"],
        "received": row["received"],
        "envelope_from": row["sender"],
        "recipients": rows.list_of(row["recipients"]),
        "from": row["author"],
        "subject": row["subject"],
        "verdict": row["verdict"],
        "rule": row["rule"],
        "ticket": show.id_text(row["ticket"]),
        "duplicate_of": show.id_text(row["duplicate_of"]),
        "answer": {"letter": show.id_text(row["letter"]), "reason": row["silence"]},
        "authentication": row["authentication"] or None,
        "defects": rows.list_of(row["defects"]),
        **asked.request_document(rows.request_of(row["request"])),
        "assurance": asked.proven_document(rows.assurance_of(row["assurance"])) if row["verdict"] else None,
    }


@mail_group.command(
    "show",
    epilog=show.examples(
        "mailgate mail show 17", "mailgate mail show 17 --raw | less", "mailgate mail show 17 --json"
    ),
)
@_mail_argument
@click.option("--raw", is_flag=True, help="The mail as it came, byte for byte.")
@show.json_option
@click.pass_obj
def show_mail(path: Path, mail_id: int, raw: bool, as_json: bool) -> None:
    """Show a mail: who wrote it, what it says, what is attached."""
    settings = read_settings(path)
    row, octets = find(settings, mail_id)
    if raw:
        show.write_bytes(octets, None)
        return
    mail = reading.read(settings, rows.envelope_of(row), octets)
    if as_json:
        show.print_json(_whole(row, mail))
    else:
        _print(settings, row, mail)


def find(settings: Settings, mail_id: int) -> tuple[Row, bytes]:
    """A mail's row and its bytes. Raises Refused when there is no such mail."""
    with asking(settings) as ask:
        row, octets = mails.about(ask, mail_id), mails.raw_of(ask, mail_id)
    if row is None:
        raise unknown(settings, mail_id)
    return row, octets or b""


def unknown(settings: Settings, mail_id: int) -> Refused:
    """What is said about a mail that is not there."""
    return Refused(f"there is no mail {mail_id} in {settings.state.dir}; see `mailgate mail list`")


def _whole(row: Row, mail: Mail) -> dict[str, Any]:
    return {
        **_document(row),
        "from": mail.author.key if mail.author else "",
        "subject": mail.subject,
        "text": mail.text,
        "new_words": mail.new_words,
        "defects": list(mail.defects),
        "attachments": [
            {"name": part.name, "type": part.type, "size": part.size, "digest": part.digest}
            for part in mail.attachments
        ],
    }


def _print(settings: Settings, row: Row, mail: Mail) -> None:
    zone = ZoneInfo(settings.desk.timezone)
    show.print_fields(
        (
            ("Mail", _standing(row)),
            ("From", mail.author_text),
            ("Envelope", f"<{row['sender']}> by {row['door']} from {row['peer'] or 'this machine'}"),
            ("To", ", ".join(rows.list_of(row["recipients"]))),
            ("Received", _when(row["received"], zone)),
            ("Subject", mail.subject),
            *_asked(row, settings),
            *(("Defect", f"{defect}: {words.DEFECTS[Defect(defect)]}") for defect in mail.defects),
            *(
                (f"Part {number}", f"{part.name or '(no name)'}, {part.type}, {part.size} bytes")
                for number, part in enumerate(mail.attachments, 1)
            ),
        )
    )
    click.echo()
    for line in show.lines(mail.text.rstrip("\n")):
        click.echo(line)


def _asked(row: Row, settings: Settings) -> tuple[tuple[str, str], ...]:
    """What was asked for and what was proven when it was decided."""
    if row["verdict"] is None:
        return ()
    request = rows.request_of(row["request"])
    known = policy_of(settings, ()).request_class(request.name)
    proven = asked.proven_line(rows.assurance_of(row["assurance"]))
    return (*asked.request_fields(request, known), ("Proven", proven))


def _standing(row: Row) -> str:
    ticket = f", ticket #{row['ticket']}" if row["ticket"] else ""
    return f"{row['id']}, {row['verdict'] or row['state']}{ticket}"


def _when(text: str, zone: ZoneInfo) -> str:
    moment: datetime = rows.time_of(text)
    return f"{show.local(moment, zone)} {zone.key}"


@mail_group.command(
    "explain", epilog=show.examples("mailgate mail explain 17", "mailgate mail explain 17 --again")
)
@_mail_argument
@click.option("--again", is_flag=True, help="Decide anew by today's rules and show what differs; do nothing.")
@click.pass_obj
def explain_mail(path: Path, mail_id: int, again: bool) -> None:
    """Say in plain words what became of a mail, and why."""
    settings = read_settings(path)
    row, octets = find(settings, mail_id)
    explain.print_story(settings, row)
    if again:
        anew.print_again(settings, row, octets)


@mail_group.command(
    "retry", epilog=show.examples("mailgate mail list --state parked", "mailgate mail retry 17")
)
@_mail_argument
@click.pass_obj
def retry(path: Path, mail_id: int) -> None:
    """Let a parked mail be settled anew."""
    settings = read_settings(path)
    with changing(settings) as work:
        row = mails.about(work, mail_id)
        done = mails.retry(work, mail_id)
    if row is None:
        raise unknown(settings, mail_id)
    if not done:
        raise Refused(f"mail {mail_id} is {row['state']}, not parked; only parked mails are tried again")
    click.echo(f"Mail {mail_id} waits to be settled again; see `mailgate mail explain {mail_id}`")


@mail_group.command(
    "export",
    epilog=show.examples("mailgate mail export 17 -o question.eml", "mailgate mail export 17 | sha256sum"),
)
@_mail_argument
@show.output_option
@click.pass_obj
def export(path: Path, mail_id: int, output: Path | None) -> None:
    """Write a mail as it came, byte for byte (.eml)."""
    show.write_bytes(find(read_settings(path), mail_id)[1], output)


@mail_group.command(
    "attachment",
    epilog=show.examples("mailgate mail show 17", "mailgate mail attachment 17 1 -o screenshot.png"),
)
@_mail_argument
@click.argument("number", metavar="N", type=click.IntRange(1))
@show.output_option
@click.pass_obj
def attachment(path: Path, mail_id: int, number: int, output: Path | None) -> None:
    """Write the N-th attachment of a mail, as `mail show` counts them.

    It goes to the file you name, never to one that the mail names.
    """
    settings = read_settings(path)
    row, octets = find(settings, mail_id)
    many = len(reading.read(settings, rows.envelope_of(row), octets).attachments)
    if number > many:
        raise Refused(f"mail {mail_id} has {many} attachments, none with number {number}")
    show.write_bytes(attachment_bytes(octets, number - 1), output)
