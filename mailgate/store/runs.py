"""Tells a ledger that was restored from a backup from one that only stopped uncleanly.

Beside the ledger stands a small file with the number of the service's runs and that of the audit trail's
last record, each written *after* the commit it tells of. So the file is never ahead of its own ledger,
whenever the power fails; a ledger behind the file is an older one. What was confirmed or refused since then
is forgotten in it.
"""

from pathlib import Path
from typing import NamedTuple

from mailgate.errors import Temporary
from mailgate.store import audit
from mailgate.store.mark import write_durably
from mailgate.store.sqlite import Ask, Ledger


class _Told(NamedTuple):
    """How far a ledger had come."""

    run: int
    step: int


def _path(folder: Path) -> Path:
    return folder / "runs.mark"


def _read(folder: Path) -> _Told:
    """What the file tells; zeros where there is none yet. Raises Temporary when it is damaged."""
    path = _path(folder)
    try:
        run, step = path.read_text(encoding="ascii").split()
        return _Told(int(run), int(step))
    except FileNotFoundError:
        return _Told(0, 0)
    except ValueError as why:
        raise Temporary(f"{path}: is damaged; remove it, and open challenges stay open") from why


def _of(ask: Ask) -> _Told:
    return _Told(ask.count("SELECT value FROM counter WHERE name = 'run'"), audit.counter(ask))


def is_older(ledger: Ledger) -> bool:
    """Is the ledger an older one than that of the last run? It is found so until `begin`."""
    before = _read(ledger.path.parent)
    with ledger.read() as ask:
        found = _of(ask)
    return found.run < before.run or found.step < before.step


def begin(ledger: Ledger) -> None:
    """Count one more run of the service, once what an older ledger calls for has been done."""
    folder = ledger.path.parent
    before = _read(folder)
    with ledger.write() as work:
        found = _of(work)
        run = max(found.run, before.run) + 1
        work.run("UPDATE counter SET value = :run WHERE name = 'run'", run=run)
    write_durably(_path(folder), f"{run} {found.step}\n")


def note(ledger: Ledger) -> None:
    """Put down how far the audit trail has come, if it has come further."""
    folder = ledger.path.parent
    with ledger.read() as ask:
        found = _of(ask)
    if found != _read(folder):
        write_durably(_path(folder), f"{found.run} {found.step}\n")
