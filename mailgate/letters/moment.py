"""A time as a customer reads it."""

import functools
from datetime import datetime
from zoneinfo import ZoneInfo

from mailgate.core.policy import Language

_MONTHS = {
    Language.RU: (
        *("января", "февраля", "марта", "апреля", "мая", "июня"),
        *("июля", "августа", "сентября", "октября", "ноября", "декабря"),
    ),
    Language.EN: (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
}


def moment(at: datetime, language: Language, zone: ZoneInfo) -> str:
    """A time as a customer reads it: `23 ноября 2026, 14:05 (МСК, UTC+3)`."""
    return _moment(at.replace(microsecond=0), language, zone)


@functools.lru_cache(maxsize=64)  # many mails come in one second, where time is short
def _moment(at: datetime, language: Language, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    minutes = int((local.utcoffset() or at - at).total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    offset = f"UTC{'+' if minutes >= 0 else '−'}{hours}" + (f":{rest:02}" if rest else "")
    # Zones without letters of their own are named by their offset; it stands there anyway.
    name = (local.tzname() or "").strip("+-0123456789")
    if language is Language.RU and name == "MSK":
        name = "МСК"
    shown = ", ".join(filter(None, (name, offset))) if minutes else "UTC"
    return f"{local.day} {_MONTHS[language][local.month - 1]} {local.year}, {local:%H:%M} ({shown})"
