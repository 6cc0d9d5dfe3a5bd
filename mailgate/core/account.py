"""The customer's record, and what a directory of customers can be asked.

A directory is asked by keys: a login, a contract number, a domain, an address. Keys are compared as they
are, so both sides make them here, by one rule.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

import idna

from mailgate.core.address import domain_name
from mailgate.core.policy import Language

_SHOWN = 20  # of an account's domains and the like: a reseller has thousands
_KEPT = 10  # accounts whose records are kept with a mail: an agency stands at hundreds


class KeyKind(StrEnum):
    """What a directory can be asked by."""

    LOGIN = "login"
    CONTRACT = "contract"
    DOMAIN = "domain"
    ADDRESS = "address"
    ACCOUNT = "account"  # its id, which the panel knows


@dataclass(frozen=True, slots=True)
class Key:
    """One question to a directory; `value` is as `key` makes it."""

    kind: KeyKind
    value: str


@dataclass(frozen=True, slots=True)
class Account:
    """A customer's record.

    `domains` are in A-labels, addresses in lower case. `mailbox` is the administrative mailbox on
    record, "" when there is none, and `mailbox_since` when it became that (aware, UTC). `notes` are for
    staff.
    """

    id: str
    login: str
    contracts: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    mailbox: str = ""
    mailbox_since: datetime | None = None
    contacts: tuple[str, ...] = ()
    language: Language | None = None
    is_vip: bool = False
    notes: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """A key that leads to an account."""

    key: Key
    account: str


@dataclass(frozen=True, slots=True)
class Records:
    """What a directory said: which of the keys exist, and the accounts they lead to, shortened.

    `is_down` says that it could not be asked, so that nothing is known either way.
    """

    hits: tuple[Hit, ...] = ()
    accounts: tuple[Account, ...] = ()
    is_down: bool = False

    def account(self, number: str) -> Account | None:
        """The account with this id, if one of the keys led to it."""
        return next((account for account in self.accounts if account.id == number), None)

    def about(self, asked: frozenset[Key]) -> "Records":
        """What was said of these keys alone, cut to what is kept with a mail.

        Of many accounts those are kept that an id or else most keys lead to, and none with its notes.
        """
        hits = tuple(hit for hit in self.hits if hit.key in asked)
        if not hits:
            return Records(is_down=self.is_down)
        led = Counter(hit.account for hit in hits)
        led.update({hit.account: len(hits) for hit in hits if hit.key.kind is KeyKind.ACCOUNT})
        ranked = sorted((each for each in self.accounts if each.id in led), key=lambda each: -led[each.id])
        kept = tuple(replace(account, notes="") for account in ranked[:_KEPT])
        return replace(self, hits=hits, accounts=kept)

    def led_to(self, key: Key) -> tuple[str, ...]:
        """The ids of the accounts that `key` leads to."""
        return tuple(hit.account for hit in self.hits if hit.key == key)


NO_RECORDS = Records()
"""Nothing was asked, or nothing exists."""


def key(kind: KeyKind, text: str) -> Key:
    """The key of a value as somebody wrote it; its `value` is "" when it can be none."""
    if kind is KeyKind.CONTRACT:
        text = "".join(text.split())  # first, because what it brings together may compose
    plain = (text if text.isascii() else unicodedata.normalize("NFC", text)).strip()
    match kind:
        case KeyKind.DOMAIN:
            return Key(kind, domain_name(plain.rstrip(".")))
        case KeyKind.LOGIN | KeyKind.CONTRACT | KeyKind.ADDRESS:
            return Key(kind, plain.casefold())
        case KeyKind.ACCOUNT:
            return Key(kind, plain)


def keys_of(account: Account) -> Iterator[Key]:
    """Every key but its id that leads to `account`; the administrative mailbox counts as a contact."""
    yield key(KeyKind.LOGIN, account.login)
    yield from (key(KeyKind.CONTRACT, text) for text in account.contracts)
    # These are in the form of keys already, and may be many.
    yield from (Key(KeyKind.DOMAIN, text) for text in account.domains)
    addresses = (*((account.mailbox,) if account.mailbox else ()), *account.contacts)
    yield from (Key(KeyKind.ADDRESS, text) for text in addresses)


def all_keys_of(account: Account) -> Iterator[Key]:
    """Everything that a directory finds `account` by."""
    yield Key(KeyKind.ACCOUNT, account.id)
    yield from keys_of(account)


def records_of(accounts: Iterable[Account], asked: frozenset[Key]) -> Records:
    """What a directory that found `accounts` says to the keys `asked`."""
    found = tuple({account.id: account for account in accounts}.values())
    hits = tuple(
        dict.fromkeys(
            Hit(each, account.id) for account in found for each in all_keys_of(account) if each in asked
        )
    )
    led = {hit.account for hit in hits}
    return Records(hits, tuple(_shortened(account, asked) for account in found if account.id in led))


def _made(kind: KeyKind, value: str) -> Key:
    return key(kind, value) if kind is KeyKind.CONTRACT else Key(kind, value)


def readable(domain: str) -> str:
    """A domain as people read it: пример.рф, not xn--e1afmkfd.xn--p1ai."""
    try:
        return idna.decode(domain) if "xn--" in domain else domain
    except (idna.IDNAError, UnicodeError):
        return domain


def _shortened(account: Account, asked: frozenset[Key]) -> Account:
    """The record with the values that were asked for, and the first others."""

    def short(kind: KeyKind, values: tuple[str, ...]) -> tuple[str, ...]:
        named = [value for value in values if _made(kind, value) in asked]
        return tuple(dict.fromkeys((*named, *values[:_SHOWN])))[:_SHOWN]

    return replace(
        account,
        contracts=short(KeyKind.CONTRACT, account.contracts),
        domains=short(KeyKind.DOMAIN, account.domains),
        contacts=short(KeyKind.ADDRESS, account.contacts),
    )
