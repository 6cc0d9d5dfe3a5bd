"""What operators have consented to: the refresh tokens of mailboxes, kept in the state folder.

tokens/NAME.json    the refresh token of the mailbox NAME, since when it is ours, and when it ends
tokens/NAME.lock    held by whoever is about to use or to replace it

A refresh token may be good for one use only (RFC 6749, section 6): who uses it gets the next one, and
whoever comes with a used one may lose the consent altogether. So it is used under a lock, and the next
one is on the disk before anything is done with what came with it.
"""

import fcntl
import json
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from mailgate.errors import Permanent, Temporary

_LOCK_SECONDS = 5.0
_LOCK_PAUSE = 0.05


class ConsentNeeded(Permanent):
    """The token server gives no more tokens until an operator has done something; the text says what."""


def command(mailbox: str) -> str:
    """The command that gives consent for a mailbox."""
    return f"`mailgate imap authorize {mailbox}`"


@dataclass(frozen=True, slots=True)
class Consent:
    """A refresh token, since when we hold a consent, and when it ends unless it is used before (aware).

    `fixed`: the end was named by the token server, and is moved only by the token server.
    """

    refresh_token: str = field(repr=False)
    since: datetime
    ends: datetime
    fixed: bool = False

    def renewed(
        self, refresh_token: str, now: datetime, lifetime: timedelta, named: timedelta | None
    ) -> "Consent":
        """The consent after a use at `now` that gave this token; `named`: how long the server says it lives.

        A server that names no end gives the whole `lifetime` anew with each use.
        """
        if named is not None:
            return replace(self, refresh_token=refresh_token, ends=now + named, fixed=True)
        if self.fixed and refresh_token == self.refresh_token:
            return self
        return replace(self, refresh_token=refresh_token, ends=now + lifetime, fixed=False)

    def days_left(self, now: datetime) -> int:
        """Whole days until it ends; 0 when it has ended."""
        return max(0, (self.ends - now).days)


def read(state_dir: Path, mailbox: str) -> Consent | None:
    """The consent for a mailbox; None when there is none yet.

    Raises ConsentNeeded when the file is damaged or others may read it, OSError.
    """
    path = path_of(state_dir, mailbox)
    try:
        with path.open(encoding="utf-8") as file:
            mode = os.fstat(file.fileno()).st_mode
            said = json.load(file)
        held = Consent(
            refresh_token=str(said["refresh_token"]),
            since=datetime.fromisoformat(said["since"]),
            ends=datetime.fromisoformat(said["ends"]),
            fixed=bool(said["fixed"]),
        )
        if held.since.tzinfo is None or held.ends.tzinfo is None:
            raise ValueError("times without a zone")  # noqa: TRY301 - one damage among others
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        # Without the cause: its text may hold what stands in the file.
        raise ConsentNeeded(f"{path}: is damaged; run {command(mailbox)}") from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConsentNeeded(f"{path}: others may read it; chmod 600 {path}, or run {command(mailbox)}")
    return held


def write(state_dir: Path, mailbox: str, consent: Consent) -> None:
    """Keep a consent; it is on the disk when this returns. Raises OSError."""
    path = path_of(state_dir, mailbox)
    fresh = path.with_suffix(".new")
    text = json.dumps(
        {
            "refresh_token": consent.refresh_token,
            "since": consent.since.isoformat(),
            "ends": consent.ends.isoformat(),
            "fixed": consent.fixed,
        }
    )
    fresh.unlink(missing_ok=True)
    with os.fdopen(_make(fresh, os.O_WRONLY | os.O_EXCL), "w", encoding="utf-8") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    _sync(path.parent)


@contextmanager
def alone(state_dir: Path, mailbox: str, seconds: float = _LOCK_SECONDS) -> Iterator[None]:
    """Be the only one who uses or replaces the consent. Raises Temporary after `seconds`, OSError."""
    folder = path_of(state_dir, mailbox).parent
    if not folder.is_dir():
        folder.mkdir(mode=0o700, exist_ok=True)
        if os.geteuid() == 0:
            owner = state_dir.stat()
            os.lchown(folder, owner.st_uid, owner.st_gid)
        _sync(state_dir)
    handle = _make(folder / f"{mailbox}.lock", os.O_RDWR)
    try:
        if not _locked(handle, time.monotonic() + seconds):
            raise Temporary(f"the tokens of mailbox {mailbox} are being renewed by another process")
        yield
    finally:
        os.close(handle)


def _locked(handle: int, deadline: float) -> bool:
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(_LOCK_PAUSE)
        else:
            return True


def path_of(state_dir: Path, mailbox: str) -> Path:
    """Where a mailbox's consent is kept."""
    return state_dir / "tokens" / f"{mailbox}.json"


def _make(path: Path, flags: int) -> int:
    """Open a file of ours. Made by root it belongs to whom its folder does, or the service cannot read it."""
    handle = os.open(path, os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | flags, 0o600)
    if os.geteuid() == 0:
        owner = path.parent.stat()
        os.fchown(handle, owner.st_uid, owner.st_gid)
    return handle


def _sync(folder: Path) -> None:
    """Make what was named in `folder` outlast a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
