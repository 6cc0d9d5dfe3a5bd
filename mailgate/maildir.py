"""Letters into a Maildir, where there is no smarthost: the embedded default.

A letter's file is named by its id, written to tmp/, synced, and renamed into new/. Doing it twice gives
the same file, so a crash leaves nothing unclear and no mark is needed before.
"""

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import structlog

from mailgate.core.address import parse_mailbox
from mailgate.errors import Temporary
from mailgate.hourly import HourlyBound
from mailgate.store import handover, letters
from mailgate.store.letters import Claimed, LetterState
from mailgate.store.sqlite import Ledger

_log = structlog.get_logger()

_BATCH = 16


class MaildirCourier:
    """Takes due letters, within `bound`, from the `ledger` to the Maildir at `folder`, made when missing."""

    def __init__(self, ledger: Ledger, folder: Path, bound: HourlyBound, now: Callable[[], datetime]) -> None:
        self._ledger = ledger
        self._folder = folder
        self._bound = bound
        self._now = now

    def step(self) -> bool:
        """Take the next letters; False when none is due, or none may go in this hour. Raises Temporary."""
        with self._ledger.read() as ask:
            found = letters.due(ask, self._now(), _BATCH)
            found = found and found[: self._bound.room(ask, self._now())]
        if not found:
            return False
        try:
            ends = [(letter, self._keep(letter)) for letter in found]
            _sync(self._folder / "new")
        except OSError as why:
            raise Temporary(f"letters cannot be written: {why}") from why
        with self._ledger.write() as work:
            for letter, (state, reply) in ends:
                handover.finish(work, letter.id, state, reply, None, self._now())
        self._bound.spend(len(ends))
        for letter, (state, reply) in ends:
            _log.info("letter.kept", letter=letter.id, mail=letter.mail, state=state.value, reply=reply)
        return True

    def _keep(self, letter: Claimed) -> tuple[LetterState, str]:
        sender = letter.envelope_sender
        # What stands in a ledger may have been put there: a line end here would forge header fields.
        if parse_mailbox(letter.recipient) is None or (sender and parse_mailbox(sender) is None):
            return LetterState.GIVEN_UP, "its addresses are not plain mailboxes"
        name = f"{letter.id:012d}.mailgate"
        for part in ("tmp", "new", "cur"):
            (self._folder / part).mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self._folder / "tmp" / name
        with draft.open("wb") as file:
            file.write(f"X-Envelope-From: <{sender}>\r\nX-Envelope-To: <{letter.recipient}>\r\n".encode())
            file.write(letter.raw)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(self._folder / "new" / name)
        return LetterState.SENT, f"kept as {name}: there is no smarthost"


def _sync(folder: Path) -> None:
    """Make renames into `folder` outlast a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
