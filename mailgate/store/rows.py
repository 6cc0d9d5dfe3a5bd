"""Values ↔ columns: times, lists and the ledger's rows as the values of core."""

import functools
import json
from collections.abc import Iterable
from datetime import UTC, datetime

from pydantic import TypeAdapter

from mailgate.core.assurance import NOT_ASSURED, Assurance
from mailgate.core.description import NOTHING_DESCRIBED, Description
from mailgate.core.identification import NOBODY, Identification
from mailgate.core.mail import Door, Envelope, Vouched
from mailgate.core.request import NO_REQUEST, Request
from mailgate.core.ticket import Status, Ticket
from mailgate.store.sqlite import Row

_IDENTIFICATION = TypeAdapter(Identification)
_DESCRIPTION = TypeAdapter(Description)
_REQUEST = TypeAdapter(Request)
_ASSURANCE = TypeAdapter(Assurance)
_VOUCHED = TypeAdapter(Vouched)
_LISTS = json.JSONEncoder(ensure_ascii=False)


@functools.lru_cache(maxsize=64)  # one moment is written in seven columns
def time_text(moment: datetime) -> str:
    """An aware time as text of constant width, UTC, that sorts."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def time_of(text: str) -> datetime:
    """The aware time behind `time_text`."""
    return datetime.fromisoformat(text)


def time_or_none(text: str | None) -> datetime | None:
    """The same for a column that may be null."""
    return None if text is None else time_of(text)


def list_text(values: Iterable[str]) -> str:
    """Strings as a JSON list."""
    return _LISTS.encode(list(values))


def list_of(text: str) -> tuple[str, ...]:
    """The strings of a JSON list."""
    return tuple(json.loads(text))


def identification_text(found: Identification) -> str:
    """An identification as JSON, "" when there is nothing to tell."""
    if found == NOBODY:
        return ""
    return _IDENTIFICATION.dump_json(found, exclude_defaults=True).decode()


def identification_of(text: str) -> Identification:
    """The identification behind `identification_text`."""
    return _IDENTIFICATION.validate_json(text) if text else NOBODY


def description_text(described: Description) -> str:
    """A description as JSON, "" when there is nothing to tell."""
    if described == NOTHING_DESCRIBED:
        return ""
    return _DESCRIPTION.dump_json(described, exclude_defaults=True).decode()


def description_of(text: str) -> Description:
    """The description behind `description_text`."""
    return _DESCRIPTION.validate_json(text) if text else NOTHING_DESCRIBED


def request_text(asked: Request) -> str:
    """A request as JSON, "" when there is nothing to tell."""
    return "" if asked == NO_REQUEST else _REQUEST.dump_json(asked, exclude_defaults=True).decode()


def request_of(text: str) -> Request:
    """The request behind `request_text`."""
    return _REQUEST.validate_json(text) if text else NO_REQUEST


def assurance_text(proven: Assurance) -> str:
    """An assurance as JSON, "" when there is nothing to tell."""
    return "" if proven == NOT_ASSURED else _ASSURANCE.dump_json(proven, exclude_defaults=True).decode()


def assurance_of(text: str) -> Assurance:
    """The assurance behind `assurance_text`."""
    return _ASSURANCE.validate_json(text) if text else NOT_ASSURED


def vouched_text(vouched: Vouched | None) -> str:
    """What the panel vouches for as JSON, "" for nothing."""
    return "" if vouched is None else _VOUCHED.dump_json(vouched, exclude_defaults=True).decode()


def vouched_of(text: str) -> Vouched | None:
    """What stands behind `vouched_text`."""
    return _VOUCHED.validate_json(text) if text else None


def pattern(words: str) -> str:
    """A LIKE pattern for what, in lower case, holds `words`.

    Wildcards that were typed are escaped by a backslash.
    """
    escaped = words.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def envelope_of(row: Row) -> Envelope:
    """The envelope of a row of `mail`."""
    return Envelope(
        door=Door(row["door"]),
        sender=row["sender"],
        recipients=list_of(row["recipients"]),
        received=time_of(row["received"]),
        hop=row["hop"],
        peer=row["peer"],
        bulk=bool(row["bulk"]),
        whole_size=row["whole_size"],
        vouched=vouched_of(row["vouched"]),
    )


def ticket_of(row: Row, participants: tuple[str, ...]) -> Ticket:
    """The ticket of a row of `ticket`."""
    return Ticket(
        number=row["number"],
        status=Status(row["status"]),
        subject=row["subject"],
        requester=row["requester"],
        participants=participants,
        languages=list_of(row["languages"]),
        opened=time_of(row["opened"]),
        settled=time_or_none(row["settled"]),
        identification=identification_of(row["identification"]),
        description=description_of(row["description"]),
        request=request_of(row["request"]),
    )
