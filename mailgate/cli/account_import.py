"""`mailgate account import`: the customer base from a file."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import click

from mailgate import log, state
from mailgate.cli import show
from mailgate.cli.customer import account_document
from mailgate.cli.exits import Refused
from mailgate.config import Settings, read_settings
from mailgate.core.account import Account
from mailgate.directory.changes import Changes, compare
from mailgate.directory.file import BadFile, read_rows
from mailgate.directory.load import Load, rows_of
from mailgate.store import accounts
from mailgate.store.sqlite import Ledger

_SHOWN = 20
_TURN = 0.12  # longer than SQLite's longest nap between two tries to get at a locked ledger
_CUT = 60


@dataclass(frozen=True, slots=True)
class _Wish:
    """What the command was asked for."""

    file: Path
    partial: bool
    dry_run: bool
    remove_missing: bool
    force: bool

    @property
    def name(self) -> str:
        """The file, as messages name it."""
        return "standard input" if str(self.file) == "-" else str(self.file)


@click.command(
    "import",
    epilog=show.examples(
        "mailgate account import --dry-run accounts.csv",
        "mailgate account import accounts.jsonl",
        "mailgate account import --remove-missing accounts.csv",
        "billing-export | mailgate account import --partial --json - | jq '.bad[]'",
    ),
)
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True))
@click.option("--partial", is_flag=True, help="Leave bad rows out and take the others.")
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@click.option("--remove-missing", is_flag=True, help="Remove accounts that the file does not name.")
@click.option("--force", is_flag=True, help="Even if that are more than a third of all.")
@show.json_option
@click.pass_obj
def import_accounts(path: Path, /, file: Path, as_json: bool, **flags: bool) -> None:
    """Bring the customer base to the state of a file.

    FILE is CSV with a header, or JSON lines; - is standard input. The columns are id, login,
    contracts, domains, mailbox, mailbox_since, contacts, language, vip, notes; the first two are required.
    Accounts go by their id. What a row leaves empty, its account has not.

    Every row is looked at first. If one is bad, each bad one is named with its line and nothing is changed
    (exit code 65), unless --partial. It works with and without a running mailgate, and all of it takes
    effect at the same moment.
    """
    log.configure(level="error")
    settings = read_settings(path)
    refuse_service(settings, "keeps the accounts itself; there is nothing to import")
    wish = _Wish(file, **flags)
    if wish.partial and wish.remove_missing:
        raise click.UsageError("--partial and --remove-missing exclude each other: a bad row is not missing")
    began = time.monotonic()
    with ExitStack() as opened:
        opened.enter_context(state.changing_accounts(settings.state.dir))
        ledger = state.open_ledger(settings.state.dir)
        opened.callback(ledger.close)
        changes = _changes(ledger, wish)
        refusal = _refusal(changes, wish)
        if not (refusal or wish.dry_run or changes.is_empty):
            _carry_out(ledger, settings, changes)
    _print(changes, wish, refusal, time.monotonic() - began, as_json=as_json)
    if refusal:
        raise Refused(refusal)


def refuse_service(settings: Settings, why: str) -> None:
    """Raise Refused where the customer base is not ours."""
    if settings.directory.kind == "http":
        raise Refused(f"the directory is the HTTP service {settings.directory.url}: it {why}", os.EX_CONFIG)


def _changes(ledger: Ledger, wish: _Wish) -> Changes:
    now = datetime.now(UTC)
    with _opened(wish.file) as (file, size), _bar("Reading", size) as bar:
        try:
            with ledger.read() as ask:
                found = read_rows(file, now, bar.update)
                return compare(found, accounts.every(ask), now, remove_missing=wish.remove_missing)
        except BadFile as why:
            raise Refused(f"{wish.name}: {why}") from why


@contextmanager
def _opened(path: Path) -> Iterator[tuple[IO[bytes], int]]:
    """The file and its size, 0 where nobody knows."""
    if str(path) == "-":
        yield sys.stdin.buffer, 0
        return
    with path.open("rb") as file:
        yield file, path.stat().st_size


def _bar(label: str, length: int) -> Any:
    """A progress bar on a terminal, nothing elsewhere."""
    hidden = not (length and sys.stderr.isatty())
    return click.progressbar(length=length, label=label, file=sys.stderr, hidden=hidden)


def _refusal(changes: Changes, wish: _Wish) -> str:
    """Why nothing may be changed; "" when it may."""
    if changes.bad and not wish.partial:
        rows = "1 row is" if len(changes.bad) == 1 else f"{len(changes.bad)} rows are"
        return f"{wish.name}: {rows} bad, and nothing was changed; --partial takes the others"
    if changes.empties and not wish.force:
        return (
            f"{wish.name}: {len(changes.removed)} of {changes.before} accounts would be removed, more than a"
            " third, and nothing was changed; if the file is complete, --force does it"
        )
    return ""


def _carry_out(ledger: Ledger, settings: Settings, changes: Changes) -> None:
    folder = settings.state.dir

    def pause() -> None:
        if state.is_running(folder):
            time.sleep(_TURN)

    with _bar("Writing", rows_of(changes)) as bar:
        Load(ledger, pause, bar.update).carry_out(changes)


def _print(changes: Changes, wish: _Wish, refusal: str, seconds: float, *, as_json: bool) -> None:
    if as_json:
        show.print_json(
            {
                "added": len(changes.added),
                "changed": len(changes.changed),
                "removed": len(changes.removed),
                "unchanged": changes.unchanged,
                "bad": [{"line": bad.line, "id": bad.account, "why": bad.why} for bad in changes.bad],
                **({"changes": list(_documents(changes))} if wish.dry_run else {}),
                "done": not (refusal or wish.dry_run),
                "seconds": round(seconds, 1),
            }
        )
        return
    for bad in changes.bad:
        click.echo(show.one_line(f"bad: {wish.name}, line {bad.line}: {bad.why}"), err=True)
    if wish.dry_run:
        _print_changes(changes)
    if not (refusal and not wish.dry_run):
        would = "would be " if wish.dry_run else ""
        click.echo(
            f"{len(changes.added)} accounts {would}added, {len(changes.changed)} changed,"
            f" {len(changes.removed)} removed, {changes.unchanged} unchanged, {len(changes.bad)} rows bad,"
            f" in {seconds:.1f} s"
        )


def _documents(changes: Changes) -> Iterator[dict[str, Any]]:
    """Every change as JSON has it."""
    for account in changes.added:
        yield {"change": "added", "id": account.id, "login": account.login}
    for change in changes.changed:
        old, new = account_document(change.old), account_document(change.new)
        differing = [
            {"column": name, "old": old[name], "new": new[name]} for name in new if old[name] != new[name]
        ]
        yield {"change": "changed", "id": change.new.id, "login": change.new.login, "columns": differing}
    for account in changes.removed:
        yield {"change": "removed", "id": account.id, "login": account.login}


def _print_changes(changes: Changes) -> None:
    """The first changes of each kind, a line each."""
    lists: tuple[tuple[str, list[Account]], ...] = (("added", changes.added), ("removed", changes.removed))
    for word, some in lists:
        for account in some[:_SHOWN]:
            click.echo(show.one_line(f"{word}: {account.id} {account.login}"))
        _print_rest(word, len(some))
    few = Changes(changed=changes.changed[:_SHOWN])
    for document in _documents(few):
        texts = (
            f"{one['column']} {_value(one['old'])} → {_value(one['new'])}" for one in document["columns"]
        )
        click.echo(show.one_line(f"changed: {document['id']} {document['login']}: {', '.join(texts)}"))
    _print_rest("changed", len(changes.changed))


def _print_rest(word: str, many: int) -> None:
    if many > _SHOWN:
        click.echo(f"{word}: and {many - _SHOWN} more; --json names all")


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = " ".join(value) if isinstance(value, list) else value or ""
    return repr(text if len(text) <= _CUT else text[: _CUT - 1] + "…")
