"""A process that only takes mails from a mailbox, and dies at a chosen point of it.

`imap_process.py FOLDER PORT POINT TIMES`: by SIGKILL when it comes to POINT for the TIMES-th time.
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mailgate import state
from mailgate.intake import imap
from mailgate.intake.imap_connection import ImapConnection
from mailgate.spool import Spool
from mailgate.store import mailboxes
from tests.fetching import Fetching, settings

POINTS: dict[str, tuple[object, str, bool]] = {
    "listed": (ImapConnection, "listed", False),
    "fetched": (ImapConnection, "fetch", False),
    "submitted": (Spool, "submit", False),
    "committed": (ImapConnection, "move", True),
    "moved": (ImapConnection, "move", False),
    "noted": (mailboxes, "note_left", False),
    "advanced": (mailboxes, "advance", False),
}
"""Where it may die: before a function is carried out, or after it."""


def dying(whole: Callable[..., Any], times: int, *, before: bool) -> Callable[..., Any]:
    """The function, deadly at its `times`-th call."""
    calls = 0

    def carried_out(*given: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if before and calls == times:
            os.kill(os.getpid(), signal.SIGKILL)
        result = whole(*given, **named)
        if calls == times:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return carried_out


def main(folder: Path, port: int, point: str, times: int) -> None:
    """Run until killed, or at rest."""
    owner, name, before = POINTS[point]
    setattr(owner, name, dying(getattr(owner, name), times, before=before))
    imap._SLICE = 0.01
    with Fetching(state.open_ledger(folder), settings(folder, port)) as box:
        box.run()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
