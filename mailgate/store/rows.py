"""Values ↔ columns: times, lists and the ledger's rows as the values of core."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime

from mailgate.core.mail import Door, Envelope
from mailgate.core.ticket import Status, Ticket
from mailgate.store.sqlite import Row

_LISTS = json.JSONEncoder(ensure_ascii=False)


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
    )
