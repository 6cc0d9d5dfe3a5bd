"""What is remembered: tickets, who takes part in them, and what was said."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mailgate.core.description import NOTHING_DESCRIBED, Description
from mailgate.core.identification import NOBODY, Identification
from mailgate.core.request import NO_REQUEST, Request


class Status(StrEnum):
    """Where a ticket stands: open ↔ waiting → resolved → closed."""

    OPEN = "open"
    WAITING = "waiting"
    RESOLVED = "resolved"
    CLOSED = "closed"

    @property
    def is_settled(self) -> bool:
        """Has somebody declared it done?"""
        return self in (Status.RESOLVED, Status.CLOSED)


class EntryKind(StrEnum):
    """What an entry of a ticket is."""

    REQUEST = "request"  # the mail that opened it
    REPLY = "reply"  # a participant's further words
    OUTSIDER = "outsider"  # somebody else's words, shown as such
    CONFIRMATION = "confirmation"  # an answer to a challenge, right or wrong
    BOUNCE = "bounce"  # a letter of ours came back
    RECEIPT = "receipt"  # a letter of ours was displayed
    ABSENCE = "absence"  # an out-of-office answer to a letter of ours
    NOTE = "note"  # staff's own words, never sent
    STATUS = "status"  # the ticket was resolved, closed or reopened


class LinkKind(StrEnum):
    """Why two tickets know of each other."""

    MENTIONED = "mentioned"  # its number stands in the subject or text
    CLAIMED = "claimed"  # a stranger, or two numbers, or a bare address named it
    CONTINUES = "continues"  # a reply to a ticket settled too long ago to reopen


@dataclass(frozen=True, slots=True)
class Link:
    """A pointer to another ticket."""

    number: int
    kind: LinkKind


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket as the decisions see it. Addresses are keys (lower case); times aware, UTC.

    `settled` is when it was last resolved or closed, None while it is not.
    """

    number: int
    status: Status
    subject: str
    requester: str
    participants: tuple[str, ...]
    languages: tuple[str, ...]
    opened: datetime
    settled: datetime | None = None
    identification: Identification = NOBODY
    description: Description = NOTHING_DESCRIBED
    request: Request = NO_REQUEST


@dataclass(frozen=True, slots=True)
class Entry:
    """One contribution to a ticket. `author` is an address, or "" for mailgate itself."""

    author: str
    kind: EntryKind
    at: datetime
    text: str
    mail: int | None = None
