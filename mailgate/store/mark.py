"""The high-water mark of ticket numbers, kept beside the ledger.

A ledger restored from a backup has forgotten the newest tickets; their numbers are in customers'
mailboxes all the same and must never be given to somebody else. So numbers are reserved in blocks in
a small file of its own, synced before the first number of a block is used. A counter far behind the
mark means that the ledger was restored: it then jumps to the mark.
"""

import os
from pathlib import Path

from mailgate.errors import Temporary

_BLOCK = 100


class HighWater:
    """The mark in `folder`. All calls happen inside the ledger's write transaction."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "numbers.mark"
        self._mark = 0

    def read(self) -> int:
        """The mark on disk; 0 when there is none yet. Raises Temporary when the file is damaged."""
        try:
            return int(self._path.read_text(encoding="ascii"))
        except FileNotFoundError:
            return 0
        except ValueError as why:
            raise Temporary(
                f"{self._path}: is damaged; restore it, or write the highest counter there"
            ) from why

    def following(self, counter: int) -> int:
        """The counter to use after `counter`, which is never above the mark when this returns."""
        if counter + 1 > self._mark:
            # Another process may have moved the mark since we looked.
            self._mark = self.read()
        if counter < self._mark - _BLOCK:
            counter = self._mark
        if counter + 1 > self._mark:
            self.write(counter + _BLOCK)
        return counter + 1

    def write(self, mark: int) -> None:
        """Put the mark on disk, durably."""
        write_durably(self._path, f"{mark}\n")
        self._mark = mark


def write_durably(path: Path, text: str) -> None:
    """Replace a small file; when this returns the new text survives a power cut."""
    fresh = path.with_suffix(".new")
    with fresh.open("w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
