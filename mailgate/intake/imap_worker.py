"""The workers of the mailboxes: each has a thread of its own, and all end together in time."""

import time
from pathlib import Path

from mailgate.config import ImapSettings
from mailgate.intake.imap import Mailbox
from mailgate.intake.imap_folder import Post
from mailgate.worker import Worker

_POLITE = 1.5  # seconds in which a worker may end what it does
_GRACE = 0.1  # seconds more for one that is not connected


class MailboxWorker(Worker):
    """A worker that ends its mailbox's connection when it is told to stop."""

    def __init__(self, mailbox: Mailbox, name: str) -> None:
        super().__init__(name, mailbox.step)
        self._mailbox = mailbox
        self._stopped = 0.0

    def hurry(self) -> None:
        """Wait no longer for the next try."""
        self._mailbox.hurry()
        self.wake()

    def stop(self) -> None:
        """Begin nothing more."""
        self._stopped = time.monotonic()
        self._mailbox.stop()
        super().stop()

    def join(self, seconds: float) -> bool:
        """Wait for what is being done, politely at first; whether it ended in time.

        Who is just connecting cannot be cut short, and holds nothing: it is not waited for beyond the time
        that all have together.
        """
        ended = super().join(min(self._left(_POLITE), seconds))
        if not ended:
            connected = self._mailbox.is_connected  # it will not be when it notices the cut
            self._mailbox.cut()
            ended = super().join(seconds if connected else min(self._left(_POLITE + _GRACE), seconds))
        if ended:
            self._mailbox.close()
        return ended

    def _left(self, seconds: float) -> float:
        return max(self._stopped + seconds - time.monotonic(), 0.0)


def start_mailboxes(
    wanted: tuple[ImapSettings, ...], post: Post, state_dir: Path
) -> tuple[MailboxWorker, ...]:
    """The workers that look after these mailboxes, ready to be started."""
    return tuple(
        MailboxWorker(Mailbox(settings, post, state_dir), f"imap-{settings.name}") for settings in wanted
    )
