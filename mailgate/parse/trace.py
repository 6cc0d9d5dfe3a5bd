"""The trace a mail's way left in it: when each hop took it, and when it says it was written.

The one place where mail-parser is asked. Its scanner of dates is linear and knows the obsolete forms of
RFC 5322, section 4.3, comments in them, and what many servers write instead. Its reading of whole mails is
not used: it gives up on some real bounces, drops raw 8-bit headers, mixes the texts of
attached mails into the writer's own, and costs as much again as everything else here.
"""

from collections.abc import Sequence
from datetime import datetime

from mailparser.utils import convert_mail_date


def date(value: bytes) -> datetime | None:
    """A Date field's value as an aware UTC time, None when it is no date."""
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
