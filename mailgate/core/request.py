"""What is asked of us: classes of request, what one is to be done to, and what must be proven for it."""

import hashlib
from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum

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
    """One thing; `value` passed the grammar of its kind: `object_of` (`object.py`) makes it."""

    kind: ObjectKind
    value: str


def domains_of(objects: tuple[Object, ...]) -> tuple[str, ...]:
    """The domains among objects, in A-labels."""
    return tuple(each.value for each in objects if each.kind is ObjectKind.DOMAIN)


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

    @property
    def kinds(self) -> tuple[ObjectKind, ...]:
        """The kinds of objects that belong to it, those it needs first."""
        return tuple(dict.fromkeys((*self.needs, *self.may_name)))

    def title(self, language: str) -> str:
        """Its name in letters of that language; in the first one it has where that is missing."""
        return dict(self.titles).get(language) or self.titles[0][1]


@dataclass(frozen=True, slots=True)
class Request:
    """What a mail or a ticket asks for: a class by its name, "" for none; to what; `phrase`, by which words.

    `by_staff` says that staff set it, or lifted it: then no later mail changes it. `entry` is the digest
    (`entry_digest`) of the ticket's entry that asked, "" for a mail. `proven` is who is proven to have asked:
    the address of an authenticated mail, "panel " and the account; "" for whoever only says who he is.
    """

    name: str = ""
    objects: tuple[Object, ...] = ()
    phrase: str = ""
    by_staff: bool = False
    entry: str = ""
    proven: str = ""

    @property
    def domains(self) -> tuple[str, ...]:
        """The domains among its objects, in A-labels."""
        return domains_of(self.objects)


NO_REQUEST = Request()
"""Nothing is asked for that belongs to a class."""


def entry_digest(text: str) -> str:
    """What an entry of a ticket is told by: SHA-256 of its text, in hex."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def asked_by(request: Request, entry: str, proven: str = "") -> Request:
    """What a mail asks for, as its ticket remembers it; `entry` is the text of the mail's entry there."""
    return replace(request, entry=entry_digest(entry), proven=proven) if request.name else NO_REQUEST


def asked_later(before: Request, later: Request, entry: str, proven: str = "") -> Request:
    """What a ticket asks for once its participant has asked for `later` in the entry with this text.

    Another class takes the place of the one before, with its own objects. For the same class, objects of a
    kind take the place of those of that kind, and the others stay, if the same writer is `proven` to have
    named them: nobody consents to what a stranger slipped into his request. What staff set or lifted stays.
    """
    if before.by_staff or not later.name:
        return before
    kinds = {each.kind for each in later.objects}
    same = before.objects if (later.name, proven) == (before.name, before.proven) else ()
    objects = (*(each for each in same if each.kind not in kinds), *later.objects)
    is_the_same = (later.name, set(objects)) == (before.name, set(before.objects))
    if is_the_same and proven in {"", before.proven}:
        return before
    return asked_by(replace(later, objects=objects), entry, proven)
