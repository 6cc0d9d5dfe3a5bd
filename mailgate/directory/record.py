"""An account as the outside writes it, by names and values, and what is wrong with it.

The same for a row of a file and for a record of a directory service. A value that is wrong is left out of
the account and told; who reads decides what follows.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from mailgate.core.account import Account, KeyKind, key
from mailgate.core.address import parse_mailbox
from mailgate.core.policy import Language

COLUMNS = (
    "id",
    "login",
    "contracts",
    "domains",
    "mailbox",
    "mailbox_since",
    "contacts",
    "language",
    "vip",
    "notes",
)
"""The names of an account's values; `id` and `login` are required."""

LISTS = frozenset({"contracts", "domains", "contacts"})
"""The columns that hold any number of values."""

_TRUTHS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_KINDS = {list: "a list", dict: "an object", bool: "a truth value"}
_LONGEST = 255
_LONGEST_NOTES = 10_000
_SHOWN = 60
_SKEW = timedelta(days=1)  # a date without a time may be a day ahead of UTC

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong with a value. `is_shape`: it is not even of the kind of value that belongs there."""

    column: str
    why: str
    is_shape: bool = False

    def __str__(self) -> str:
        return f"{self.column}: {self.why}"


@dataclass(frozen=True, slots=True)
class Record:
    """The account, as far as its values are right, and what is wrong with the others."""

    account: Account
    mistakes: tuple[Mistake, ...]

    @property
    def is_usable(self) -> bool:
        """Can it be told which account this is, and were its values of the right kinds?"""
        return bool(self.account.id and self.account.login) and not any(
            mistake.is_shape for mistake in self.mistakes
        )


def record_of(values: Mapping[str, object], now: datetime) -> Record:
    """The account of `values` by the names of COLUMNS; other names are not looked at.

    A list may be given as one text. What is missing, None or "" has no value. A date without an offset
    is UTC; one after tomorrow is wrong, as is a `mailbox_since` that has no mailbox ignored.
    """
    fields = _Fields(values)
    mailbox = fields.one("mailbox", _address) or ""
    since = fields.one("mailbox_since", lambda text: _moment(text, now))
    account = Account(
        id=fields.one("id", _word) or "",
        login=fields.one("login", _word) or "",
        contracts=fields.many("contracts", _word),
        domains=fields.many("domains", _domain),
        mailbox=mailbox,
        mailbox_since=since if mailbox else None,
        contacts=fields.many("contacts", _address),
        language=fields.one("language", _language),
        is_vip=fields.one("vip", _truth) or False,
        notes=fields.one("notes", _notes) or "",
    )
    for name in ("id", "login"):
        if not getattr(account, name) and not any(mistake.column == name for mistake in fields.mistakes):
            fields.mistakes.append(Mistake(name, "is required"))
    return Record(account, tuple(fields.mistakes))


def shown(text: str) -> str:
    """A value as a message quotes it, cut when it is long."""
    return repr(text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…")


class _Fields:
    """Reads values one by one, and collects what is wrong with them."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values = values
        self.mistakes: list[Mistake] = []

    def one(self, name: str, read: Callable[[str], Value]) -> Value | None:
        """The value, None when it is missing or wrong."""
        found = self._read(name, self._values.get(name), read)
        return found[0] if found else None

    def many(self, name: str, read: Callable[[str], Value]) -> tuple[Value, ...]:
        """Those of the values that are right, each once."""
        given = self._values.get(name)
        values = given if isinstance(given, list) else [given]
        return tuple(dict.fromkeys(found[0] for value in values if (found := self._read(name, value, read))))

    def _read(self, name: str, value: object, read: Callable[[str], Value]) -> tuple[Value] | None:
        if value is None:
            return None
        if not isinstance(value, str | int) or (isinstance(value, bool) and name != "vip"):
            given = _KINDS.get(type(value), "a fraction")
            self.mistakes.append(Mistake(name, f"must be a text, not {given}", is_shape=True))
            return None
        try:
            text = str(value).strip()
            return (read(text),) if text else None
        except ValueError as why:
            self.mistakes.append(Mistake(name, str(why)))
            return None


def _word(text: str) -> str:
    strange = next((char for char in text if not char.isprintable()), "")
    if strange:
        raise ValueError(f"{shown(text)} has a character that cannot be seen: U+{ord(strange):04X}")
    if len(text) > _LONGEST:
        raise ValueError(f"{shown(text)} is longer than {_LONGEST} characters")
    return text


def _domain(text: str) -> str:
    found = key(KeyKind.DOMAIN, text).value
    if not found:
        raise ValueError(f"{shown(text)} is not a domain name such as client.ru")
    return found


def _address(text: str) -> str:
    found = parse_mailbox(key(KeyKind.ADDRESS, text).value)
    if found is None:
        raise ValueError(f"{shown(text)} is not a plain mailbox such as ivan@client.ru")
    return found.mailbox


def _moment(text: str, now: datetime) -> datetime:
    try:
        found = datetime.fromisoformat(text)
        moment = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"{shown(text)} is not a date such as 2024-05-01 or 2024-05-01T12:30Z") from None
    if moment > now + _SKEW:
        raise ValueError(f"{shown(text)} lies in the future")
    return moment


def _language(text: str) -> Language:
    try:
        return Language(text.lower())
    except ValueError:
        raise ValueError(f"{shown(text)} is none of {', '.join(Language)}") from None


def _truth(text: str) -> bool:
    if text.lower() not in _TRUTHS:
        raise ValueError(f"{shown(text)} is none of {', '.join(_TRUTHS)}")
    return _TRUTHS[text.lower()]


def _notes(text: str) -> str:
    # What is neither text nor a character at all; the rest is made harmless where it is shown.
    if "\0" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise ValueError("has a character that is none")
    if len(text) > _LONGEST_NOTES:
        raise ValueError(f"is longer than {_LONGEST_NOTES} characters")
    return text
