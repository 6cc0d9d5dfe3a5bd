"""What the panel sends, and what it is told; strictly as written here, and nothing besides."""

import base64
import binascii
import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from mailgate.core.address import parse_mailbox
from mailgate.core.request import ObjectKind
from mailgate.parse import clean

_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,63}/[A-Za-z0-9!#$&^_.+-]{1,63}")
_MOST_ATTACHMENTS = 100
_LONGEST_TEXT = 500_000
_LONGEST_SUBJECT = 300


def _account(text: str) -> str:
    if not text.isprintable() or text != text.strip():
        raise ValueError("is no account's id")
    return text


def _author(text: str) -> str:
    if parse_mailbox(text) is None:
        raise ValueError("is not a plain mailbox such as ivan@client.ru")
    return text


def _subject(text: str) -> str:
    line = clean.one_line(text)
    if not line:
        raise ValueError("is empty")
    return line


def _text(text: str) -> str:
    if not clean.lines(text).strip():
        raise ValueError("is empty")
    return text


def _type(text: str) -> str:
    if not _TYPE.fullmatch(text) or text.lower().startswith("multipart/"):
        raise ValueError("is not the type of a file such as image/png")
    return text.lower()


def _base64(text: str) -> str:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("is not base64 (RFC 4648, section 4)") from None
    return text


AccountId = Annotated[str, Field(min_length=1, max_length=255), AfterValidator(_account)]
Author = Annotated[str, Field(min_length=3, max_length=254), AfterValidator(_author)]
Subject = Annotated[str, Field(min_length=1, max_length=_LONGEST_SUBJECT), AfterValidator(_subject)]
Text = Annotated[str, Field(min_length=1, max_length=_LONGEST_TEXT), AfterValidator(_text)]
FileName = Annotated[str, Field(min_length=1, max_length=120)]
FileType = Annotated[str, Field(max_length=127), AfterValidator(_type)]
Content = Annotated[str, AfterValidator(_base64)]
ClassName = Annotated[str, Field(max_length=40)]
ObjectText = Annotated[str, Field(min_length=1, max_length=255)]


class _Told(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class NewAttachment(_Told):
    """A file; `content` is base64."""

    name: FileName
    type: FileType
    content: Content

    @property
    def octets(self) -> bytes:
        """What is in the file."""
        return base64.b64decode(self.content)


class NamedObject(_Told):
    """What a request is to be done to."""

    kind: ObjectKind
    value: ObjectText


class NewEntry(_Told):
    """Further words at a ticket. `author` is the mailbox that the panel knows the customer by."""

    account: AccountId
    author: Author
    text: Text
    attachments: Annotated[list[NewAttachment], Field(max_length=_MOST_ATTACHMENTS)] = []


class NewTicket(NewEntry):
    """A request. `class` is one of the classes of request; `object` what it is to be done to.

    An object that is given as text alone is of the first kind that the class needs or knows.
    """

    subject: Subject
    request: ClassName = Field(default="", alias="class")
    object: ObjectText | Annotated[list[NamedObject], Field(max_length=10)] = []


class Taken(_Told):
    """The mail that was taken, and its ticket as soon as that is known: ids as text."""

    mail: str
    ticket: str | None


class Errors(_Told):
    """Why not, in plain words."""

    errors: list[str]


class EntryView(_Told):
    """What a customer said at a ticket; `at` is UTC."""

    author: str
    at: str
    text: str


class IdentificationView(_Told):
    """Whose request it is."""

    state: str
    account: str


class AssuranceView(_Told):
    """What is proven about who wrote the request."""

    level: str
    evidence: list[str]


class ObjectView(_Told):
    """What the request is to be done to."""

    kind: str
    value: str


class Customer(_Told):
    """Who asks or answers: the customer of this account, who is logged in."""

    account: AccountId


class ChallengeView(_Told):
    """What an owner is asked to consent to; times are UTC. `asked_by` is an address that nobody can click."""

    id: str
    ticket: str
    state: str
    request: str = Field(alias="class")
    objects: list[ObjectView]
    asked_by: str
    verified: bool
    asked: str
    expires: str


class TicketView(_Told):
    """A ticket, as far as its customer may see it: no notes of staff, no words of outsiders."""

    number: str
    status: str
    subject: str
    opened: str
    request: str | None = Field(alias="class")
    objects: list[ObjectView]
    identification: IdentificationView
    assurance: AssuranceView
    entries: list[EntryView]
