"""The audit trail: what a record of a step holds, and the HMAC that chains it to the record before it.

Whoever can write to the ledger but has not the key can add no record and change none without being found
out. A record names steps, classes, kinds, digests and counts, all made by mailgate itself; it has no place
for what somebody wrote, so that nothing in the trail ever has to be erased.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

GENESIS = bytes(hashlib.sha256().digest_size)
"""The link before the first record."""

_KEY_ID_CHARS = 8
_NOTED_CHARS = 32  # of a link, in a noted head: 128 bits
_LENGTH_BYTES = 4
_MOST_DETAILS = 16
_LARGEST = 2**63 - 1
_NAME = re.compile(r"[a-z][a-z_]{0,31}")
# Neither space, dot, @ nor colon: no sentence, no address, no domain and no IP address fits in.
_VALUE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
_STAFF = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_HEAD = re.compile(rf"([0-9]{{1,19}}):([0-9a-f]{{{_NOTED_CHARS}}})")


class Event(StrEnum):
    """What was done. The names are stored: they are added to, never changed."""

    IDENTIFIED = "identified"
    IDENTIFICATION_UNDONE = "identification_undone"
    CLASS_SET = "class_set"
    CLASS_LIFTED = "class_lifted"
    OBJECT_SET = "object_set"
    OBJECT_LIFTED = "object_lifted"
    CHALLENGE_MADE = "challenge_made"
    CHALLENGE_SENT_AGAIN = "challenge_sent_again"
    CHALLENGE_REMINDED = "challenge_reminded"
    CHALLENGE_BOUNCED = "challenge_bounced"
    CHALLENGE_CONFIRMED = "challenge_confirmed"
    CHALLENGE_DECLINED = "challenge_declined"
    CHALLENGE_EXPIRED = "challenge_expired"
    CHALLENGE_VOID = "challenge_void"
    CONFIRMED_BY_STAFF = "confirmed_by_staff"
    WAITS_FOR_STAFF = "waits_for_staff"
    WRONG_DIGITS = "wrong_digits"
    WRONG_SENDER = "wrong_sender"
    LATE_ANSWER = "late_answer"
    ALMOST_RIGHT = "almost_right"
    LOCK_SET = "lock_set"
    LOCK_LIFTED = "lock_lifted"
    PANEL_REQUEST = "panel_request"
    KEY_ROTATED = "key_rotated"
    LEDGER_RESTORED = "ledger_restored"


WITHOUT_TICKET = frozenset({Event.KEY_ROTATED, Event.LEDGER_RESTORED})
"""The steps that concern the whole desk; all others belong to a ticket."""


class Role(StrEnum):
    """Who took a step."""

    CUSTOMER = "customer"
    STAFF = "staff"
    MAILGATE = "mailgate"
    PANEL = "panel"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who took a step; `staff` is the short id of one of staff, "" where nobody told.

    Raises ValueError for an id that is none, or of somebody who is not staff.
    """

    role: Role
    staff: str = ""

    def __post_init__(self) -> None:
        if self.staff and (self.role is not Role.STAFF or not _STAFF.fullmatch(self.staff)):
            raise ValueError(f"{self.role} with the id {self.staff!r} is nobody: want staff and a short id")


Details = tuple[tuple[str, str], ...]
"""Names and values, both made by mailgate itself."""


@dataclass(frozen=True, slots=True)
class Step:
    """A step to be recorded, at an aware time. `challenge` is an id.

    Raises ValueError for what may not stand in the trail.
    """

    at: datetime
    event: Event
    actor: Actor
    ticket: int | None = None
    challenge: int | None = None
    details: Details = ()

    def __post_init__(self) -> None:
        if self.at.utcoffset() is None:
            raise ValueError("a step needs an aware time")
        if (self.ticket is None) != (self.event in WITHOUT_TICKET):
            raise ValueError(f"{self.event}: {'needs a' if self.ticket is None else 'has no'} ticket")
        if not all(0 < number <= _LARGEST for number in (self.ticket, self.challenge) if number is not None):
            raise ValueError("tickets and challenges are numbered from 1")
        names = [name for name, _ in self.details]
        if len(names) > _MOST_DETAILS or len(set(names)) < len(names):
            raise ValueError(f"at most {_MOST_DETAILS} details, each named once")
        for name, value in self.details:
            if not (_NAME.fullmatch(name) and _VALUE.fullmatch(value)):
                raise ValueError(f"{name!r} with {value!r} is no detail: want a word, a number or a digest")


@dataclass(frozen=True, slots=True)
class Record:
    """A step that stands in the trail, as its `id`-th."""

    id: int
    step: Step


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a trail: the last record's id and its link; 0 and GENESIS when there is none."""

    id: int = 0
    chain: bytes = GENESIS

    def __str__(self) -> str:
        return f"{self.id}:{self.chain.hex()[:_NOTED_CHARS]}"


@dataclass(frozen=True, slots=True)
class NotedHead:
    """A head as somebody noted it, ID:HEX: an id and the first 128 bits of a link."""

    id: int
    prefix: str

    def fits(self, chain: bytes) -> bool:
        """Is this the link that was noted?"""
        return hmac.compare_digest(chain.hex()[:_NOTED_CHARS], self.prefix)


def read_head(text: str) -> NotedHead | None:
    """The noted head that `text` names, or None if it is none."""
    match = _HEAD.fullmatch(text.strip().lower())
    return NotedHead(int(match[1]), match[2]) if match else None


def named(text: str) -> str:
    """`text` as a detail's value: itself where it may stand in the trail, else its digest."""
    return text if _VALUE.fullmatch(text) else digest(text)


def digest(text: str) -> str:
    """`text` as a detail's value, where it must not stand in the trail: a person's name, a domain."""
    return f"sha256-{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"


def details_text(details: Details) -> str:
    """Details as the ledger keeps them: "class=transfer tries=2"."""
    return " ".join(f"{name}={value}" for name, value in details)


def details_of(text: str) -> Details:
    """The pairs behind `details_text`; whether they may be details is asked by Step."""
    pairs = (pair.partition("=") for pair in text.split(" ")) if text else ()
    return tuple((name, value) for name, _, value in pairs)


def actor_text(actor: Actor) -> str:
    """An actor as the ledger keeps him: "staff:anna"."""
    return f"{actor.role}:{actor.staff}" if actor.staff else str(actor.role)


def actor_of(text: str) -> Actor:
    """The actor behind `actor_text`. Raises ValueError."""
    role, _, staff = text.partition(":")
    return Actor(Role(role), staff)


def key_id(key: bytes) -> str:
    """The short name of a key, stored with each record it signed; it tells nothing of the key."""
    return hmac.new(key, b"audit key id", "sha256").hexdigest()[:_KEY_ID_CHARS]


def encoded(previous: bytes, record: Record) -> bytes:
    """What is signed: each field with its length before it, so that no two records have the same."""
    step = record.step
    fields = (
        b"mailgate audit 1",
        previous,
        *(
            text.encode("ascii")
            for text in (
                str(record.id),
                step.at.astimezone(UTC).isoformat(timespec="microseconds"),
                "" if step.ticket is None else str(step.ticket),
                "" if step.challenge is None else str(step.challenge),
                step.event,
                step.actor.role,
                step.actor.staff,
                *(text for pair in step.details for text in pair),
            )
        ),
    )
    return b"".join(len(field).to_bytes(_LENGTH_BYTES, "big") + field for field in fields)


def link(key: bytes, previous: bytes, record: Record) -> bytes:
    """The HMAC-SHA256 that chains a record to the link before it."""
    return hmac.new(key, encoded(previous, record), "sha256").digest()
