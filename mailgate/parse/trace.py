"""The trace a mail's way left in it: when each hop took it, and when it says it was written.

The one place where mail-parser is asked. Its scanner of dates is linear and knows the obsolete forms of
RFC 5322, section 4.3, comments in them, and what many servers write instead. Its reading of whole mails is
not used: it gives up on some real bounces, drops raw 8-bit headers, mixes the texts of
attached mails into the writer's own, and costs as much again as everything else here.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from mailparser.utils import convert_mail_date

# What nearly every program writes (RFC 5322, 3.3), perhaps with the zone's name in a comment.
_USUAL = re.compile(
    rb" ?(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), {1,2})?([0-9]{1,2})"
    rb" (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) (2[0-9]{3})"
    rb" ([0-9]{2}):([0-9]{2}):([0-5][0-9]) ([+-])([0-9]{2})([0-5][0-9])(?: \([A-Z]{1,5}\))?"
)
_MONTHS = b"JanFebMarAprMayJunJulAugSepOctNovDec"


def date(value: bytes) -> datetime | None:
    """A Date field's value as an aware UTC time, None when it is no date."""
    usual = _USUAL.fullmatch(value)
    return any_date(value) if usual is None else _usual_date(*usual.groups())


def _usual_date(  # noqa: PLR0913, PLR0917 - the pieces of the pattern
    day: bytes, month: bytes, year: bytes, hour: bytes, minute: bytes, second: bytes,
    sign: bytes, hours: bytes, minutes: bytes,
) -> datetime | None:  # fmt: skip
    """The time that these digits tell, as the scanner would say it in ten times the time (35 us)."""
    offset = timedelta(minutes=int(hours) * 60 + int(minutes))
    number = _MONTHS.index(month) // 3 + 1
    try:
        local = datetime(int(year), number, int(day), int(hour), int(minute), int(second), tzinfo=UTC)
        return local + offset if sign == b"-" else local - offset
    except ValueError:  # no such day or hour
        return None


def any_date(value: bytes) -> datetime | None:
    """The same, by the scanner alone."""
    try:
        found, _offset = convert_mail_date(value.decode("ascii", "surrogateescape"))
    # It is a stranger's library over a stranger's octets: whatever it raises means "no date".
    except Exception:  # noqa: BLE001
        return None
    return found if isinstance(found, datetime) else None


def hops(values: Sequence[bytes]) -> tuple[datetime, ...]:
    """The times of Received fields (topmost first) as aware UTC times; unreadable ones left out."""
    # RFC 5321, 4.4: the time is what follows the last semicolon.
    found = (date(value.rpartition(b";")[2]) for value in values)
    return tuple(time for time in found if time is not None)
