"""`mailgate import`: old mail becomes tickets, unanswered, each mail once."""

import itertools
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from mailgate import log, state
from mailgate.cli import show
from mailgate.cli.exits import INTERRUPTED
from mailgate.cli.opened import spooling
from mailgate.config import Settings, policy_of, read_settings
from mailgate.core.mail import Envelope
from mailgate.errors import Overloaded, Temporary
from mailgate.intake.archive import Archive, Found, open_archive
from mailgate.intake.importer import Importer, MailSpool, Rehearsal, envelope_of

_PAUSE = 0.5


@click.command(
    "import",
    epilog=show.examples(
        "mailgate import archive.mbox",
        "mailgate import ~/Maildir ~/Maildir/.Archive",
        "mailgate import --dry-run --json archive.mbox | jq '.bad[].place'",
        "mailgate import --answer /var/mail/support",
    ),
)
@click.argument(
    "paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True)
)
@click.option(
    "--answer", is_flag=True, help="Answer mails that are not older than [limits] stale_after_hours."
)
@click.option("--dry-run", is_flag=True, help="Say what would be taken, and take nothing.")
@show.json_option
@click.pass_obj
def import_mails(path: Path, paths: tuple[Path, ...], answer: bool, dry_run: bool, as_json: bool) -> None:
    """Take mails from an mbox, a Maildir or single files.

    No letter is sent for them, and they are settled only while no other mail waits. What the ledger has
    already is left out, so an import that was interrupted goes on when it is run again. Sub-folders of a
    Maildir are named by themselves. It works with and without a running mailgate.

    With --answer a mail is answered as if it came now, if a mail server delivered it (Return-Path) within
    the last [limits] stale_after_hours.
    """
    log.configure(level="error")
    settings = read_settings(path)
    boxes = [open_archive(each, settings.smtp.max_size) for each in paths]
    began = time.monotonic()
    with _taking(settings, dry_run=dry_run) as spool, _bar(boxes) as bar:
        importer = Importer(spool, _envelopes(settings, answer=answer), _Patience(settings), bar.update)
        ended = _run(importer, boxes)
    _print(importer, time.monotonic() - began, ended, as_json=as_json, dry_run=dry_run)
    if isinstance(ended, KeyboardInterrupt):
        sys.exit(INTERRUPTED)
    if ended is not None:
        raise ended


def _run(importer: Importer, boxes: list[Archive]) -> BaseException | None:
    """Import, and give what ended it before its end."""
    try:
        importer.run(itertools.chain.from_iterable(box.entries for box in boxes))
    except (KeyboardInterrupt, Temporary, OSError) as why:
        return why
    finally:
        for box in boxes:
            box.close()
    return None


@contextmanager
def _taking(settings: Settings, *, dry_run: bool) -> Iterator[MailSpool]:
    if not dry_run:
        with spooling(settings) as spool:
            yield spool
        return
    ledger = state.open_ledger(settings.state.dir)
    try:
        yield Rehearsal(ledger)
    finally:
        ledger.close()


def _bar(boxes: list[Archive]) -> Any:
    """A progress bar on a terminal, nothing elsewhere."""
    return click.progressbar(
        length=sum(box.size for box in boxes),
        label="Importing",
        file=sys.stderr,
        hidden=not sys.stderr.isatty(),
    )


def _envelopes(settings: Settings, *, answer: bool) -> Callable[[Found], Envelope]:
    desk = policy_of(settings, ()).desk
    within = timedelta(hours=settings.limits.stale_after_hours) if answer else None

    def made(found: Found) -> Envelope:
        return envelope_of(found, desk, datetime.now(UTC), within)

    return made


class _Patience:
    """Waits while the lane is full, as long as a running mailgate empties it; says so once."""

    def __init__(self, settings: Settings) -> None:
        self._folder = settings.state.dir
        self._said = False

    def __call__(self, why: Overloaded) -> None:
        if not state.is_running(self._folder):
            raise Overloaded(f"{why}, and no mailgate runs that would settle them: start it") from why
        if not self._said:
            click.echo(f"{why}: waiting until mailgate has settled some", err=True)
            self._said = True
        time.sleep(_PAUSE)


def _print(
    importer: Importer, seconds: float, ended: BaseException | None, *, as_json: bool, dry_run: bool
) -> None:
    if as_json:
        show.print_json(
            {
                "taken": importer.taken,
                "known": importer.known,
                "bad": [{"place": bad.place, "why": bad.why} for bad in importer.bad],
                "seconds": round(seconds, 1),
                "finished": ended is None,
            }
        )
    else:
        for bad in importer.bad:
            click.echo(show.one_line(f"bad: {bad.place}: {bad.why}"), err=True)
        verb = "would be taken" if dry_run else "taken"
        click.echo(
            f"{importer.taken} mails {verb}, {importer.known} known already, {len(importer.bad)} bad,"
            f" in {seconds:.1f} s"
        )
    if ended is not None:
        click.echo("Not finished: run it again to go on.", err=True)
