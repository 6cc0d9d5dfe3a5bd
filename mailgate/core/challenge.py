"""The confirmation of a critical request, asked of the administrative mailbox on record and of nobody else.

A challenge is bound to what was asked (`digest`): ticket, account, class, objects, the entry that asked,
and the mailbox. Its six digits and its reference are derived from the key and the digest, and stand nowhere
in the ledger. How an answer is read stands in `confirmation.py`, what it leads to in `confirming.py`.
"""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import product

from mailgate.core.audit import key_id
from mailgate.core.request import Object, ObjectKind, Request

_LENGTH_BYTES = 4
_DIGITS = 6
_REFERENCE_CHARS = 32  # 128 bits, in hexadecimal

Concern = tuple[str, str]
"""What a request is about: a kind and a value."""


class Automatic(StrEnum):
    """When a challenge goes out without a word of staff."""

    MATCHING = "matching"  # an authenticated contact wrote, or two values of the mail agree
    CONTACTS = "contacts"  # an authenticated contact wrote
    STAFF = "staff"  # never


class Needed(StrEnum):
    """What an answer must have besides reference and digits to count by itself."""

    AUTHENTICATED = "authenticated"  # the trusted hop vouches for its From
    MAILBOX = "mailbox"  # its From is the mailbox, whoever says so


@dataclass(frozen=True, slots=True)
class Challenging:
    """What the operator allows of challenges. A mailbox counts as new for `mailbox_age`."""

    automatic: Automatic = Automatic.MATCHING
    needed: Needed = Needed.AUTHENTICATED
    valid: timedelta = timedelta(days=7)
    remind_after: timedelta = timedelta(days=3)
    tries: int = 5
    a_day: int = 3
    mailbox_age: timedelta = timedelta(days=7)
    lock: timedelta = timedelta(days=7)


class ChallengeState(StrEnum):
    """Where a challenge stands; it leaves `open` once."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    EXPIRED = "expired"
    VOID = "void"


class Void(StrEnum):
    """Why a challenge counts no more though nobody answered it."""

    CHANGED = "request-changed"  # another class or object, or another account, by now
    REPLACED = "replaced"  # the owner asked for the same, and is asked himself
    TRIES = "too-many-tries"
    RESTORED = "ledger-restored"
    STAFF = "by-staff"


class Doubt(StrEnum):
    """Why a right answer is not enough by itself: staff must look."""

    NEW_MAILBOX = "new-mailbox"  # it became the administrative mailbox only lately
    OWN_DOMAIN = "own-domain"  # it lies in the domain that the request is about
    BOUNCED = "bounced"  # a letter to it came back or could not be handed over
    UNPROVEN = "unproven"  # nobody vouches for the From of the answer
    REPLACED_MAILBOX = "replaced-mailbox"  # the account has another administrative one by now
    FOREIGN_DOMAIN = "foreign-domain"  # what it is about is not seen to be the account's any more
    DIRECTORY_DOWN = "directory-down"  # nobody knows whose mailbox and domain it is by now
    STALE = "stale"  # the answer was long on its way, came with old mail, or is condemned as spam


@dataclass(frozen=True, slots=True)
class Challenge:
    """One challenge. Times are aware, addresses keys.

    `name` is the class's; `writer` the address that asked, at `asked`, as a claim unless `is_verified`;
    `key` names the signing key (`audit.key_id`). `is_owners` says that an authenticated contact of the
    account asked. `tries` are the wrong answers so far; `doubts` stand against a right one, and
    `is_answered` says that one waits for staff. `is_corrected` and `is_warned` say that the one letter
    after an almost right answer, and the one after an answer from elsewhere, has been written.
    """

    id: int
    ticket: int
    account: str
    mailbox: str
    name: str
    objects: tuple[Object, ...]
    entry: str
    writer: str
    is_verified: bool
    is_owners: bool
    asked: datetime
    made: datetime
    expires: datetime
    key: str
    state: ChallengeState = ChallengeState.OPEN
    tries: int = 0
    doubts: tuple[Doubt, ...] = ()
    is_answered: bool = False
    is_corrected: bool = False
    is_warned: bool = False

    @property
    def digest(self) -> bytes:
        """SHA-256 of what is confirmed, and of the moment, so that no two challenges have the same."""
        fields = (
            "mailgate challenge 1",
            str(self.id),
            str(self.ticket),
            self.account,
            self.name,
            str(len(self.objects)),
            *(text for each in self.objects for text in (each.kind, each.value)),
            self.entry,
            self.mailbox,
            self.made.isoformat(timespec="microseconds"),
        )
        return hashlib.sha256(b"".join(map(_framed, fields))).digest()

    def is_open(self, now: datetime) -> bool:
        """Can it still be answered?"""
        return self.state is ChallengeState.OPEN and now < self.expires

    def standing(self, now: datetime) -> ChallengeState:
        """Where it stands at this time, which nobody may have written down yet."""
        is_over = self.state is ChallengeState.OPEN and not self.is_open(now)
        return ChallengeState.EXPIRED if is_over else self.state

    def covers(self, account: str, request: Request) -> bool:
        """Is this still what is asked for, and for the same account?"""
        asked = (account, request.name, request.objects, request.entry)
        return asked == (self.account, self.name, self.objects, self.entry)

    def concerns(self) -> tuple[Concern, ...]:
        """What may have one open challenge only, and is locked by a refusal: domains, or else the class."""
        return concerns(self.name, self.objects)


@dataclass(frozen=True, slots=True)
class Lock:
    """After a refusal nobody is asked about this again until then; `ticket` is where it was refused."""

    account: str
    kind: str
    value: str
    until: datetime
    ticket: int


@dataclass(frozen=True, slots=True)
class Secrets:
    """What only the mailbox is told: six digits, and the reference in the letter's headers."""

    digits: str
    reference: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference in a mail's headers: it names a challenge, and is right only if that one has it."""

    challenge: int
    mac: str


def _framed(text: str) -> bytes:
    octets = text.encode("utf-8", "surrogatepass")
    return len(octets).to_bytes(_LENGTH_BYTES, "big") + octets


def concerns(name: str, objects: Iterable[Object]) -> tuple[Concern, ...]:
    """The domains of a request as pairs of kind and value, or its class where it has none.

    A person, name server or mailbox is mostly what somebody wants put in place of the owner's: whoever is
    refused would only name another one.
    """
    found = (each for each in objects if each.kind is ObjectKind.DOMAIN)
    return tuple((each.kind.value, each.value) for each in found) or (("class", name),)


def meet(these: Iterable[Concern], those: Iterable[Concern]) -> bool:
    """Are any of these and those the same, or domains of which one lies in the other?"""
    return any(_is_same(one, other) for one, other in product(these, those))


def _is_same(one: Concern, other: Concern) -> bool:
    if one[0] != other[0] or one[0] != ObjectKind.DOMAIN:
        return one == other
    return lies_in(one[1], other[1]) or lies_in(other[1], one[1])


def lies_in(domain: str, parent: str) -> bool:
    """Is a domain another one, or a part of it?"""
    return domain == parent or domain.endswith(f".{parent}")


def key_of(challenge: Challenge, keys: tuple[bytes, ...]) -> bytes | None:
    """The key that made a challenge; None when it is no longer among ours, and nothing can confirm it."""
    return next((key for key in keys if key_id(key) == challenge.key), None)


def secrets_of(challenge: Challenge, key: bytes) -> Secrets:
    """The digits and the reference of a challenge, derived anew whenever they are wanted."""
    return Secrets(_digits(key, challenge.digest), _reference(key, challenge.digest))


def _digits(key: bytes, digest: bytes) -> str:
    made = hmac.digest(key, b"challenge digits" + digest, "sha256")
    return f"{int.from_bytes(made, 'big') % 10**_DIGITS:0{_DIGITS}}"


def _reference(key: bytes, digest: bytes) -> str:
    return hmac.digest(key, b"challenge reference" + digest, "sha256").hex()[:_REFERENCE_CHARS]


def is_named(challenge: Challenge, references: Iterable[Reference], key: bytes) -> bool:
    """Does one of the references belong to this challenge?"""
    right = secrets_of(challenge, key).reference
    # All are compared, so that the time taken tells nothing.
    found = [each.challenge == challenge.id and hmac.compare_digest(each.mac, right) for each in references]
    return any(found)
