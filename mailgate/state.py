"""The state folder: what it holds, how it is made, and that only one daemon works on it.

mailgate.db      the ledger (with its -wal and -shm while open)
numbers.mark     the high-water mark of ticket numbers
runs.mark        how far the ledger had come, to know a restored one (`store/runs.py`)
signing.keys     the keys of our marks, one a line, the first signs
run.lock         held by the running daemon
accounts.lock    held while the customer base is being changed
run.json         what the running daemon listens on, for `mailgate status`
tokens/          what operators consented to: the refresh tokens of mailboxes
letters/         the Maildir of letters when there is no smarthost
"""

import fcntl
import json
import os
import secrets
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from mailgate.errors import Permanent, Temporary
from mailgate.store import schema, tickets
from mailgate.store.mark import HighWater
from mailgate.store.sqlite import Ledger

_KEY_BYTES = 32
_LOCK_TRIES = 10
_LOCK_PAUSE = 0.05


class AlreadyRunning(Temporary):
    """Another daemon works on this state."""


class BusyAccounts(Temporary):
    """Another process changes the customer base of this state."""


class BadState(Permanent):
    """The state folder is not as it must be."""


@dataclass(frozen=True, slots=True)
class Running:
    """The daemon that works on a state: its pid, since when (ISO, UTC), and its listeners."""

    pid: int
    since: str
    listeners: tuple[str, ...]


def ledger_path(folder: Path) -> Path:
    """The ledger's file."""
    return folder / "mailgate.db"


def create(folder: Path) -> None:
    """Make a fresh state in `folder`. Raises BadState when there is one already."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = ledger_path(folder)
    mark = HighWater(folder)
    if path.exists() or mark.read():
        raise BadState(f"{folder}: holds a ledger or its number mark already; nothing was changed")
    keys = folder / "signing.keys"
    with os.fdopen(os.open(keys, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        file.write(secrets.token_hex(_KEY_BYTES) + "\n")
        file.flush()
        os.fsync(file.fileno())
    schema.create(path)


def read_keys(folder: Path) -> tuple[bytes, ...]:
    """The signing keys. Raises BadState when they are missing, unusable or open to others."""
    path = folder / "signing.keys"
    try:
        mode = path.stat().st_mode
        lines = path.read_text("ascii").split()
    except (OSError, ValueError) as why:
        raise BadState(f"{path}: cannot be read: {why}; `mailgate init` makes it, once") from why
    keys = tuple(_key(path, place, line) for place, line in enumerate(lines, 1))
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise BadState(f"{path}: others may read it; chmod 600 {path}")
    if not keys:
        raise BadState(f"{path}: is empty; put back the copy of it that is in the backup")
    return keys


def _key(path: Path, place: int, line: str) -> bytes:
    try:
        key = bytes.fromhex(line)
    except ValueError:
        key = b""
    if len(key) < _KEY_BYTES:
        # The line itself may be a key that is cut short, and is shown to nobody.
        raise BadState(
            f"{path}: key {place} is not {_KEY_BYTES} bytes in hex; `openssl rand -hex 32` makes one"
        )
    return key


def open_ledger(folder: Path) -> Ledger:
    """The ledger of a state, brought to this program's version. Raises LedgerMissing, LedgerTooNew."""
    path = ledger_path(folder)
    schema.open_existing(path)
    return Ledger(path)


def continue_numbers(ledger: Ledger) -> int:
    """Move the ticket counter up to the mark, at the daemon's start; how far it lay behind.

    Within a block that is an unclean stop; further, the ledger was restored from a backup. Either way
    no number that may have been given is given again.
    """
    mark = HighWater(ledger.path.parent).read()
    with ledger.write() as work:
        behind = max(0, mark - tickets.counter(work))
        if behind:
            tickets.set_counter(work, mark)
    return behind


def end_numbers(ledger: Ledger) -> None:
    """Put the exact counter into the mark, at a clean stop, so that no number is skipped."""
    with ledger.write() as work:
        mark = HighWater(ledger.path.parent)
        if mark.read():
            mark.write(tickets.counter(work))


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Be the only daemon on this state. Raises AlreadyRunning; BadState when there is no folder."""
    try:
        handle = os.open(folder / "run.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as why:
        raise BadState(f"{folder}: {why.strerror}; `mailgate init` makes the state, once") from why
    if not _locked(handle):
        os.close(handle)
        raise AlreadyRunning(f"{folder}: another mailgate works on this state")
    try:
        yield
    finally:
        os.close(handle)


@contextmanager
def changing_accounts(folder: Path) -> Iterator[None]:
    """Be the only one who changes the customer base. Raises BusyAccounts; BadState without a folder."""
    try:
        handle = os.open(folder / "accounts.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as why:
        raise BadState(f"{folder}: {why.strerror}; `mailgate init` makes the state, once") from why
    try:
        if not _locked(handle):
            raise BusyAccounts(f"{folder}: another import is changing the customer base; try again later")
        yield
    finally:
        os.close(handle)


def _locked(handle: int) -> bool:
    """Take the lock; somebody who only looks (`status`) holds it for a moment, which is waited out."""
    for _ in range(_LOCK_TRIES):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_LOCK_PAUSE)
        else:
            return True
    return False


def is_running(folder: Path) -> bool:
    """Does a daemon work on this state?"""
    try:
        handle = os.open(folder / "run.lock", os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def say_running(folder: Path, running: Running) -> None:
    """Leave word of what the daemon listens on."""
    fresh = folder / "run.json.new"
    fresh.write_text(json.dumps(asdict(running)), "utf-8")
    fresh.replace(folder / "run.json")


def read_running(folder: Path) -> Running | None:
    """The daemon that works on this state, or None."""
    if not is_running(folder):
        return None
    try:
        said = json.loads((folder / "run.json").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return Running(said["pid"], said["since"], tuple(said["listeners"]))
