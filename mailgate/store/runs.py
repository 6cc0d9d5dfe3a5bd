"""Tells a ledger that was restored from a backup from one that only stopped uncleanly.

Beside the ledger stands a small file with the number of the service's runs and that of the audit trail's
last record, each written right *after* the commit it tells of. So the file is never ahead of its own ledger,
whenever the power fails; a ledger behind the file is an older one. What was confirmed or refused since then
is forgotten in it.
"""

from pathlib import Path
from typing import NamedTuple

import structlog

from mailgate.errors import Temporary
from mailgate.store.mark import write_durably
from mailgate.store.sqlite import Ask, Ledger

_log = structlog.get_logger()


class _Told(NamedTuple):
    """How far a ledger had come."""

    run: int
    step: int


def steps(ask: Ask) -> int:
    """The greatest id that a record of the audit trail was ever given."""
    return ask.count("SELECT seq FROM sqlite_sequence WHERE name = 'audit'")


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
    _write(folder, _Told(run, found.step))


def note_step(folder: Path, step: int) -> None:
    """Put down that the audit trail has come as far as this. Never raises: what it tells of is committed."""
    try:
        before = _read(folder)
        if step > before.step:
            _write(folder, before._replace(step=step))
    except (OSError, Temporary) as why:
        _log.warning("runs.not_noted", step=step, why=str(why))


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


def _write(folder: Path, told: _Told) -> None:
    write_durably(_path(folder), f"{told.run} {told.step}\n")


def _of(ask: Ask) -> _Told:
    return _Told(ask.count("SELECT value FROM counter WHERE name = 'run'"), steps(ask))
