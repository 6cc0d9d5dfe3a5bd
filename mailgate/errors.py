"""The two kinds of trouble that may cross a room of the house.

Whoever raises says which kind; what nobody foresaw counts as Temporary, so that our own
trouble never becomes a refusal to a customer (RFC 5321, section 4.2.1).

    MailgateError
    ├── Temporary        try again later: 451, exit 75, the mail stays where it is
    │   ├── StoreBusy      the ledger is locked by somebody else for too long
    │   ├── DiskFull       too little room to take a mail upon us: 452 4.3.1
    │   └── Overloaded     the backlog has reached its bound
    └── Permanent        trying again would not help
        └── BadSettings    the settings cannot be used; carries every mistake
"""


class MailgateError(Exception):
    """Anything mailgate raises on purpose."""


class Temporary(MailgateError):
    """The same try may succeed later."""


class StoreBusy(Temporary):
    """The ledger stayed locked longer than we wait."""


class DiskFull(Temporary):
    """There is too little free space to take a mail upon us."""


class Overloaded(Temporary):
    """More mails wait than the configured bound allows."""


class Permanent(MailgateError):
    """The same try would fail again."""


class BadSettings(Permanent):
    """The settings cannot be used. `mistakes` are one line each, naming file and key."""

    def __init__(self, mistakes: tuple[str, ...]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes
