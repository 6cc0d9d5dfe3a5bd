"""A mail as values: how it came (Envelope) and what it says (Mail).

Everything here is already decoded, cleaned and bounded: displayed texts are one line
without control characters, addresses passed a strict grammar, ids are in angle brackets.
What could not be read is not an exception but a Defect.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mailgate.core.candidate import Candidate
from mailgate.core.description import NOTHING_DESCRIBED, Description
from mailgate.core.request import NO_REQUEST, Object, Request


class Door(StrEnum):
    """The way a mail came in."""

    SMTP = "smtp"
    LMTP = "lmtp"
    IMAP = "imap"
    PIPE = "pipe"
    PANEL = "panel"
    IMPORT = "import"


@dataclass(frozen=True, slots=True)
class Vouched:
    """What the control panel vouches for: that a customer of `account` (an id) is logged in, and asks.

    `author` is the key of the mailbox that the panel knows him by; a claim unless the account has it on
    record. `request` is the class he chose, by its name, "" for none, and `objects` what it is to be done to.
    `ticket` is the one he adds to, 0 for none.
    """

    account: str
    author: str
    request: str = ""
    objects: tuple[Object, ...] = ()
    ticket: int = 0


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the door knows about a mail before anybody reads it.

    `sender` is the reverse-path without brackets, "" for the null sender (RFC 5321, 4.5.5).
    `recipients` are as the client wrote them, in its order. `received` is aware, UTC.
    `hop` names the listener or mailbox the mail came over (a `[trust]` hop); `peer` is the
    client's address for the operator's eyes only. `bulk` mail (imports, old backlog) is never
    answered, and is settled only while no other waits. `whole_size` is given, in octets, when only the
    beginning of a mail was fetched, because all of it was too large. `vouched` is what the panel says of
    what it hands in, None at every other door.
    """

    door: Door
    sender: str
    recipients: tuple[str, ...]
    received: datetime
    hop: str = ""
    peer: str = ""
    bulk: bool = False
    whole_size: int = 0
    vouched: Vouched | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """A mailbox that passed the strict grammar, with its display name (one clean line, or "").

    `domain` is in lower-case ASCII (A-labels); `local` is kept as written.
    """

    local: str
    domain: str
    name: str = ""

    @property
    def mailbox(self) -> str:
        """`local@domain`, as it is written to."""
        return f"{self.local}@{self.domain}"

    @property
    def key(self) -> str:
        """The same in lower case: what addresses are compared by."""
        return self.mailbox.lower()


class Defect(StrEnum):
    """What was wrong with a mail; kept with it and shown to staff and operators."""

    TOO_MANY_RECEIVED = "too-many-received"
    HEADERS_TOO_LARGE = "headers-too-large"
    TOO_MANY_HEADERS = "too-many-headers"
    TOO_MANY_PARTS = "too-many-parts"
    TOO_DEEP = "too-deep"
    TEXT_CUT = "text-cut"
    OVERSIZED = "oversized"
    PARSER_TIMEOUT = "parser-timeout"
    PARSER_MEMORY = "parser-memory"
    PARSER_CRASH = "parser-crash"
    NO_FROM = "no-from"
    FROM_REPEATED = "from-repeated"
    FROM_UNUSABLE = "from-unusable"
    NO_MESSAGE_ID = "no-message-id"
    HEADER_REPEATED = "header-repeated"
    BAD_DATE = "bad-date"
    CHARSET_GUESSED = "charset-guessed"
    CHARSET_UNKNOWN = "charset-unknown"
    BROKEN_MIME = "broken-mime"
    ENCRYPTED = "encrypted"
    SIGNED_OPAQUE = "signed-opaque"
    WINMAIL = "winmail"
    NO_TEXT = "no-text"


UNREADABLE = frozenset(
    {
        Defect.ENCRYPTED,
        Defect.SIGNED_OPAQUE,
        Defect.WINMAIL,
        Defect.PARSER_TIMEOUT,
        Defect.PARSER_MEMORY,
        Defect.PARSER_CRASH,
        Defect.HEADERS_TOO_LARGE,
        Defect.TOO_MANY_HEADERS,
        Defect.TOO_MANY_PARTS,
        Defect.TOO_DEEP,
    }
)
"""With one of these and no text of the writer's own, a letter asks him for plain text."""


@dataclass(frozen=True, slots=True)
class Header:
    """One header field: `name` in lower case, `value` decoded into one clean line."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part that is not the writer's text. `digest` is SHA-256 in hex, `size` in decoded bytes."""

    name: str
    type: str
    size: int
    digest: str


class ReportKind(StrEnum):
    """The multipart/report types we tell apart (RFC 6522, section 3)."""

    DELIVERY = "delivery-status"
    DISPOSITION = "disposition-notification"
    FEEDBACK = "feedback-report"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Report:
    """A machine's report about an earlier mail (RFC 3464, 8098, 5965).

    `action` and `status` are those of the first recipient ("failed", "5.1.1"), "" where absent;
    `original_ids` are Message-IDs of the mail reported about.
    """

    kind: ReportKind
    action: str = ""
    status: str = ""
    recipient: str = ""
    original_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail read once, by `parse`.

    `author` is the identity: exactly one From header with exactly one plain mailbox, else None
    ("unidentified"). `author_text` is what the From header shows, for human eyes only.
    `references` are the ids of References, then In-Reply-To, each once, in order of the mail.
    `text` is the writer's own first text, in full; `new_words` what he wrote himself; `quoted` the rest, and
    in it `signature` what stands below his "-- ". The desk is given no `text` where there are new words.
    `headers` are all header fields of the top level in their order.
    `languages` (codes), `is_outage`, `is_thanks` and `numbers` (of tickets, quoted in the text) are what the
    words give away (`gist.py`).
    `candidates` are the values that may identify the writer's account (`finding/`).
    `request` is what is asked for, by the operator's classes; nothing where part of the words is missing.
    `hops` are the times of the Received fields, topmost first (aware, UTC), only those that can be read.
    """

    envelope: Envelope
    message_id: str = ""
    date: datetime | None = None
    subject: str = ""
    author: Address | None = None
    author_text: str = ""
    reply_to: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    references: tuple[str, ...] = ()
    text: str = ""
    new_words: str = ""
    quoted: str = ""
    signature: str = ""
    attachments: tuple[Attachment, ...] = ()
    headers: tuple[Header, ...] = ()
    received_count: int = 0
    hops: tuple[datetime, ...] = ()
    report: Report | None = None
    content_type: str = "text/plain"
    defects: tuple[Defect, ...] = ()
    languages: tuple[str, ...] = ()
    is_outage: bool = False
    is_thanks: bool = False
    numbers: tuple[int, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    description: Description = NOTHING_DESCRIBED
    request: Request = NO_REQUEST

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of the header field `name` (lower case), topmost first."""
        return tuple(header.value for header in self.headers if header.name == name)

    def first(self, name: str) -> str:
        """The topmost value of the header field `name` (lower case), or ""."""
        return next((header.value for header in self.headers if header.name == name), "")
