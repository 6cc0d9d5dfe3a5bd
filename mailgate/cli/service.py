"""`mailgate init`, `run`, `status`: the service as a whole."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from mailgate import daemon, health, state
from mailgate.cli import show
from mailgate.cli.exits import Refused
from mailgate.cli.mailbox import mailbox_document, mailbox_line
from mailgate.cli.opened import asking
from mailgate.config import read_settings
from mailgate.health import Health, Level

_EXIT_CODES = {Level.OK: 0, Level.WARNING: 1, Level.CRITICAL: 2}  # those of monitoring plugins


@click.command("init", epilog=show.examples("mailgate init", "mailgate --config mailgate.toml init"))
@click.pass_obj
def init(path: Path) -> None:
    """Make the state folder with an empty ledger and a signing key, once."""
    folder = read_settings(path).state.dir
    try:
        state.create(folder)
    except state.BadState as why:
        raise Refused(str(why), os.EX_CANTCREAT) from why
    except OSError as why:
        raise Refused(
            f"{why.filename or folder}: {why.strerror}; nothing more was done", os.EX_CANTCREAT
        ) from why
    click.echo(f"{state.ledger_path(folder)}: the ledger, empty")
    click.echo(f"{folder / 'signing.keys'}: the key that signs our marks; keep it secret, and in the backup")
    click.echo("Next: `mailgate check`, then `mailgate run`")


@click.command("run", epilog=show.examples("mailgate run", "mailgate --config mailgate.toml run"))
@click.pass_obj
def run(path: Path) -> None:
    """Take mails in and answer them, until SIGTERM.

    SIGHUP reads the settings anew. A second one on the same state is refused with exit code 75.
    """
    sys.exit(daemon.run(path))


@click.command(
    "status", epilog=show.examples("mailgate status", "mailgate status --json", "mailgate status --exit-code")
)
@click.option("--exit-code", is_flag=True, help="End with 0 for ok, 1 for warnings, 2 for alarms.")
@show.json_option
@click.pass_obj
def status(path: Path, exit_code: bool, as_json: bool) -> None:
    """Show the figures, the alarms and the warnings.

    The exit code is 0 whenever the figures could be had; with --exit-code it is what monitoring
    plugins expect.
    """
    settings = read_settings(path)
    running = state.read_running(settings.state.dir)
    with asking(settings) as ask:
        found = health.look(ask, settings, running, datetime.now(UTC))
    if as_json:
        show.print_json(_document(found))
    else:
        _print(found, running, ZoneInfo(settings.desk.timezone))
    if exit_code:
        sys.exit(_EXIT_CODES[found.level])


def _document(found: Health) -> dict[str, Any]:
    outbox = found.outbox
    return {
        "level": found.level,
        "accepted": found.accepted,
        "new": found.new,
        "bulk": found.bulk,
        **dict(found.verdicts),
        "oldest_new_seconds": found.oldest_new_seconds,
        "outbox": {
            "due": outbox.due,
            "sent": outbox.sent,
            "given_up": outbox.given_up,
            "held": outbox.held,
        },
        "listeners": list(found.listeners),
        "mailboxes": [mailbox_document(one) for one in found.mailboxes],
        "warnings": [*found.alarms, *found.warnings],
    }


def _clock(since: str, zone: ZoneInfo) -> str:
    return f"{show.local(datetime.fromisoformat(since), zone)} {zone.key}"


def _print(found: Health, running: state.Running | None, zone: ZoneInfo) -> None:
    outbox = found.outbox
    since = f"since {_clock(running.since, zone)}, pid {running.pid}" if running else "no"
    verdicts = ", ".join(f"{many} {verdict}" for verdict, many in found.verdicts if many)
    show.print_fields(
        (
            ("Level", found.level),
            ("Running", since),
            ("Listening", ", ".join(found.listeners)),
            ("Mails", f"{found.accepted} accepted, {found.new} new" + (f", {verdicts}" if verdicts else "")),
            ("Waiting", f"{found.oldest_new_seconds} s the oldest mail" if found.new > found.bulk else ""),
            ("Bulk", f"{found.bulk} of the new are settled while no other mail waits" if found.bulk else ""),
            (
                "Letters",
                f"{outbox.due} due, {outbox.sent} sent, {outbox.given_up} given up, {outbox.held} held",
            ),
            *((f"Mailbox {one.mailbox.name}", mailbox_line(one)) for one in found.mailboxes),
            *(("Alarm", text) for text in found.alarms),
            *(("Warning", text) for text in found.warnings),
        )
    )
