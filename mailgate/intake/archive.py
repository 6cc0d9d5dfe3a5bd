"""Mails as they lie in files: an mbox, a Maildir, or a file of one mail. Read in a stream, one at a time.

An mbox is read as mboxrd (and so as mboxo): a mail begins at a line "From sender weekday ... time ...",
whatever stands before it, and each line that begins with `>From `, however often quoted, loses one ">".
Content-Length is not believed: a wrong one would swallow the next mail.
"""

import os
import re
import stat
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from mailgate.core.address import parse_mailbox
from mailgate.errors import Permanent

_PIECE = 65_536  # of a line: an endless one is read in pieces
_QUOTED = re.compile(rb">+From ")
_SEPARATOR = re.compile(rb"From .{0,900}?\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b.{1,60}\d:\d\d")
_FIELD = re.compile(rb"[!-9;-~]{1,256}[ \t]*:")
_LOOK_AT = 4096


class NoArchive(Permanent):
    """There is something else at the path."""


@dataclass(frozen=True, slots=True)
class Found:
    """A mail: where it lies, in words, how many octets it takes there, and its own.

    `sender` is the one an mbox noted, "" when none is known.
    """

    place: str
    size: int
    raw: bytes
    sender: str = ""


@dataclass(frozen=True, slots=True)
class Bad:
    """What cannot be taken: where it lies, how many octets it takes there, and why not."""

    place: str
    size: int
    why: str


@dataclass(frozen=True, slots=True)
class Archive:
    """Mails in files, to be read once: how many octets they are, and each of them, in order."""

    size: int
    entries: Generator[Found | Bad, None, None]

    def close(self) -> None:
        """Read no further."""
        self.entries.close()


def open_archive(path: Path, max_size: int) -> Archive:
    """The mailbox at `path`, of whatever kind; mails beyond `max_size` octets are Bad.

    Raises NoArchive, and OSError when it cannot be read.
    """
    if path.is_dir():
        if not all((path / part).is_dir() for part in ("cur", "new")):
            raise NoArchive(f"{path}: is no Maildir: it needs the folders cur and new")
        return _maildir(path, max_size)
    if not path.is_file():
        raise NoArchive(f"{path}: is neither a file nor a folder")
    with path.open("rb") as file:
        begins = file.read(_LOOK_AT).lstrip(b"\r\n")
        size = file.seek(0, os.SEEK_END)
    if begins.startswith(b"From ") or not size:
        return Archive(size, _mbox(path, max_size))
    if _FIELD.match(begins):
        return Archive(size, (_file(each, size, max_size) for each in (path,)))
    raise NoArchive(f'{path}: is neither an mbox (it does not begin with "From ") nor a mail')


def _judged(place: str, size: int, raw: bytes, sender: str = "") -> Found | Bad:
    return Found(place, size, raw, sender) if raw.strip() else Bad(place, size, "is empty")


def _too_large(place: str, size: int, max_size: int) -> Bad:
    return Bad(place, size, f"is too large: {size} bytes, {max_size} are allowed ([smtp] max_size)")


def _maildir(path: Path, max_size: int) -> Archive:
    # A name begins with the time of delivery, in seconds.
    found = sorted((*_listed(path, "cur"), *_listed(path, "new")))
    files = (_file(path / part / name, size, max_size) for name, part, size in found)
    return Archive(sum(size for *_, size in found), files)


def _listed(path: Path, part: str) -> Iterator[tuple[str, str, int]]:
    """The mails in a part of a Maildir: name, part, size."""
    with os.scandir(path / part) as entries:
        for entry in entries:
            if not entry.name.startswith(".") and not entry.is_dir():
                yield entry.name, part, _size(entry)


def _size(entry: os.DirEntry[str]) -> int:
    """Its octets; 0 for one that a mail program has moved just now, which will be said when it is read."""
    try:
        return entry.stat().st_size
    except OSError:
        return 0


def _file(path: Path, size: int, max_size: int) -> Found | Bad:
    place = _shown(path)
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return Bad(place, size, "is no plain file")
        with path.open("rb") as file:
            raw = file.read(max_size + 1)
    except FileNotFoundError:
        return Bad(place, size, "was moved meanwhile; run the import again")
    except OSError as why:
        return Bad(place, size, f"cannot be read: {why.strerror}")
    return _too_large(place, size, max_size) if len(raw) > max_size else _judged(place, size, raw)


def _shown(path: Path) -> str:
    """A path as the ledger can keep it: names of files need not be UTF-8."""
    return os.fsencode(path).decode("utf-8", "replace")


class _Mail:
    """The mail of an mbox that is being read, from its separator line at octet `start` on."""

    def __init__(self, place: str, start: int, separator: bytes, max_size: int) -> None:
        self._place = place
        self._start = start
        self._separator = separator
        self._max_size = max_size
        self._kept = bytearray()

    def add(self, piece: bytes) -> None:
        """Take a line, or a piece of one; what is beyond the allowed size is not kept."""
        if len(self._kept) <= self._max_size:
            self._kept += piece

    def end(self, offset: int) -> Found | Bad:
        """The mail that ends before octet `offset`, without the empty line that ends each in an mbox."""
        size = offset - self._start
        for blank in (b"\r\n", b"\n"):
            if self._kept.endswith(b"\n" + blank) or bytes(self._kept[:3]) == blank:
                del self._kept[-len(blank) :]
                break
        if len(self._kept) > self._max_size:
            return _too_large(self._place, size, self._max_size)
        return _judged(self._place, size, bytes(self._kept), _sender(self._separator))


def _sender(separator: bytes) -> str:
    """The sender in a separator line, if it is a mailbox; many programs write something else there."""
    words = separator.split(maxsplit=2)
    address = parse_mailbox(words[1].decode("utf-8", "replace")) if len(words) > 1 else None
    return address.mailbox if address else ""


def _mbox(path: Path, max_size: int) -> Generator[Found | Bad, None, None]:
    mail: _Mail | None = None
    count = offset = 0
    whole = True  # does the next piece begin a line?
    with path.open("rb") as file:
        for piece in iter(partial(file.readline, _PIECE), b""):
            if whole and _begins(piece, first=mail is None):
                if mail is not None:
                    yield mail.end(offset)
                count += 1
                mail = _Mail(f"{_shown(path)}: mail {count} at byte {offset}", offset, piece, max_size)
            elif mail is not None:
                mail.add(piece[1:] if whole and piece[0] == b">"[0] and _QUOTED.match(piece) else piece)
            offset += len(piece)
            whole = piece.endswith(b"\n")
    if mail is not None:
        yield mail.end(offset)


def _begins(line: bytes, *, first: bool) -> bool:
    """Is this a separator line? The first of a file may have any shape."""
    return line.startswith(b"From ") and (first or _SEPARATOR.match(line) is not None)
