"""What the connections of the scripted IMAP server (`tests.scripted_imap`) share: script, folders, record."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from tests.certificate import Certificate
from tests.scripted_mailbox import Folder

CAPABILITIES = (
    "IMAP4rev1", "SASL-IR", "AUTH=PLAIN", "AUTH=XOAUTH2", "AUTH=OAUTHBEARER", "IDLE", "MOVE", "UIDPLUS",
    "UNSELECT", "NAMESPACE", "ID", "LITERAL+",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """What happens when `verb` comes: once, or `always`; `skip` lets as many pass before, to other lines.

    A verb is GREETING, a command (`LOGIN`, `UID FETCH`), or DONE, which ends IDLE. With `only`, the line
    counts where the command has these words in it.

    `before` is sent first. Then `reply`, in place of all the server would have said: what follows the
    tag (`NO [UNAVAILABLE] later`), or, where it begins with `*` or `+`, the line as it stands; "" is
    silence, None the usual reply. A command that gets another reply than the usual is carried out all
    the same only where it is `obeyed`. Then `endless` is sent until the client goes away; then, with
    `drop`, the connection ends. `act` is called before all that.
    """

    verb: str
    reply: str | None = None
    only: str = ""
    before: bytes = b""
    endless: bytes = b""
    obeyed: bool = False
    drop: bool = False
    always: bool = False
    skip: int = 0
    act: Callable[[], object] | None = None


@dataclass(slots=True)
class Stage:
    """Shared by all connections; `changed` guards it and is notified of every command."""

    folders: dict[str, Folder]
    script: list[Line]
    capabilities: tuple[str, ...]
    tls: Certificate | None
    implicit: bool
    keywords: bool
    commands: list[bytes] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=lambda: threading.Condition(threading.RLock()))

    def line_for(self, verb: str, command: str) -> Line:
        """The script's next line for a command, taken out of it unless it holds always."""
        with self.changed:
            for at, line in enumerate(self.script):
                if line.verb != verb or line.only not in command:
                    continue
                if line.skip:
                    self.script[at] = replace(line, skip=line.skip - 1)
                    continue
                return line if line.always else self.script.pop(at)
        return Line(verb)

    def record(self, command: bytes) -> None:
        """Remember a command, with its literals and without its CR LF."""
        with self.changed:
            self.commands.append(command)
            self.changed.notify_all()
