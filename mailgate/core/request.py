"""What is asked of us: classes of request, what one is to be done to, and what must be proven for it."""

import re
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from mailgate.core.address import domain_name, parse_mailbox
from mailgate.core.need import Required


class ObjectKind(StrEnum):
    """What a request can be done to, or what is to be put in its place."""

    DOMAIN = "domain"
    MAILBOX = "mailbox"
    PERSON = "person"  # or a firm
    NAMESERVER = "nameserver"


class Level(IntEnum):
    """What is proven about the writer of a mail, in order: a higher one is as good as a lower."""

    NONE = 0
    CLAIMED = 1  # data that match
    ON_RECORD = 2  # an authenticated contact of the account
    AUTHORISED = 3  # confirmed for this very request


@dataclass(frozen=True, slots=True)
class Object:
    """One thing; `value` passed the grammar of its kind: `object_of` makes it."""

    kind: ObjectKind
    value: str


@dataclass(frozen=True, slots=True)
class RequestClass:
    """A class of requests.

    `titles` are pairs of a language and the class's name in letters. `phrases` are in the language that
    `core/phrasing.py` explains. `needs` are the objects without which it cannot be done; `may_name`
    those that belong to it, too. `department` is a department's name, or "". A critical one is confirmed.
    `required` is what its writer must tell of himself, None for what is required of all.
    """

    name: str
    titles: tuple[tuple[str, str], ...]
    phrases: tuple[str, ...]
    department: str = ""
    level: Level = Level.NONE
    needs: tuple[ObjectKind, ...] = ()
    may_name: tuple[ObjectKind, ...] = ()
    is_critical: bool = False
    required: Required | None = None

    def title(self, language: str) -> str:
        """Its name in letters of that language; in the first one it has where that is missing."""
        return dict(self.titles).get(language) or self.titles[0][1]


@dataclass(frozen=True, slots=True)
class Request:
    """What a mail asks for: a class by its name, "" for none; to what; and `phrase`, by which words."""

    name: str = ""
    objects: tuple[Object, ...] = ()
    phrase: str = ""


_LONGEST_PERSON = 100
_PERSON = re.compile(r"[^\W\d_]+(?:[. -]{1,2}[^\W\d_]+)*\.?")
_FIRM = re.compile(r"(?:[^\W\d_]{1,10} )?«(?P<name>[^«»]+)»")
_MOST_OCTETS = 253  # RFC 1035, 2.3.4, less the root


def object_of(kind: ObjectKind, text: str) -> Object | None:
    """The object that `text` names, as it is compared and shown; None where it is no such thing.

    A domain or host is in A-labels, a mailbox in lower case, a person one clean line of letters, hyphens,
    spaces and dots, a firm's name perhaps in «».
    """
    match kind:
        case ObjectKind.DOMAIN | ObjectKind.NAMESERVER:
            value = domain_name(text)
            value = value if len(value) <= _MOST_OCTETS else ""
        case ObjectKind.MAILBOX:
            address = parse_mailbox(text)
            value = address.key if address else ""
        case ObjectKind.PERSON:
            firm = _FIRM.fullmatch(text)
            is_one = len(text) <= _LONGEST_PERSON and _PERSON.fullmatch(firm["name"] if firm else text)
            value = text if is_one else ""
    return Object(kind, value) if value else None
