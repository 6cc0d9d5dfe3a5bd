"""`mailgate pipe`: an MTA hands a mail over by our standard input, and reads our exit code."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

import click

from mailgate import log
from mailgate.cli import show
from mailgate.cli.exits import Delivery
from mailgate.cli.opened import spooling
from mailgate.config import Settings, policy_of, read_settings
from mailgate.errors import Temporary
from mailgate.intake.pipe import Undeliverable, envelope_of, read_mail


@click.command(
    "pipe",
    cls=Delivery,
    epilog=show.examples(
        "mailgate pipe -f ivan@client.example -- support@hoster.example < mail.eml",
        "mailgate pipe -f '' -- support+b17@hoster.example < bounce.eml",
    ),
)
@click.option("-f", "--sender", required=True, help="The envelope sender; '' or <> for the null sender.")
@click.argument("recipients", metavar="RECIPIENT...", nargs=-1, required=True)
@click.pass_obj
def pipe(path: Path, sender: str, recipients: tuple[str, ...]) -> None:
    """Take one mail from standard input, for an MTA that delivers by a command.

    Exit code 0 is given when the mail is durable in the ledger, with or without a running mailgate. 65
    means that the mail is empty, too large or has too long a line, 67 that an address is not ours, 69
    that we do not relay. Everything else, wrong usage and settings included, is 75: try again later.
    """
    log.configure(level="error")
    settings = read_settings(path)
    try:
        with _told_to_end():
            _hand_over(settings, sender, recipients)
    except Undeliverable as why:
        click.echo(show.one_line(str(why)), err=True)
        sys.exit(why.code)


def _hand_over(settings: Settings, sender: str, recipients: tuple[str, ...]) -> None:
    desk = policy_of(settings, ()).desk
    envelope = envelope_of(sender, recipients, desk, datetime.now(UTC))
    if sys.stdin is None:  # closed by who started us
        raise Temporary("there is no standard input to read the mail from")
    with spooling(settings) as spool:
        spool.check_room()
        spool.accept(envelope, read_mail(sys.stdin.buffer, settings.smtp))


@contextmanager
def _told_to_end() -> Iterator[None]:
    """While this lasts, a signal that ends us is a reason to try again, like any other."""

    def end(number: int, _frame: FrameType | None) -> None:
        raise Temporary(f"ended by {signal.Signals(number).name}")

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
