"""The customer base in the ledger: the accounts, and the keys that lead to them.

A change of the whole base is laid out beside it (`account_next`), in as many transactions as one likes, and
takes effect in one swift `switch`. The keys need no such care: a key of an account that does not have it
any more, or not yet, leads nowhere, because who asks looks at the account itself (`account.records_of`).
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from mailgate.core.account import Account, Key, KeyKind, all_keys_of
from mailgate.core.policy import Language
from mailgate.store import rows
from mailgate.store.sqlite import Ask, Row, Work

_MOST_PER_KEY = 100  # a contact of thousands of accounts tells none of them; a second key finds the one


class Pointer(NamedTuple):
    """A row of the keys: a key, and the account it leads to; they sort as they lie on the disk."""

    kind: KeyKind
    value: str
    account: str


def led_to(ask: Ask, keys: Iterable[Key]) -> tuple[Account, ...]:
    """The accounts that have one of `keys`, each once; of one key at most a hundred."""
    asked = frozenset(keys)
    found: dict[str, Account] = {}
    for key in asked:
        if key.kind is KeyKind.ACCOUNT:
            whole = find(ask, key.value)
            found.update({whole.id: whole} if whole else {})
            continue
        near = ask.rows(
            """SELECT account.* FROM account_key JOIN account ON account.id = account_key.account
            WHERE account_key.kind = :kind AND account_key.value = :value ORDER BY account.id LIMIT :limit""",
            kind=key.kind,
            value=key.value,
            limit=_MOST_PER_KEY,
        )
        found.update((row["id"], _account(row)) for row in near if row["id"] not in found)
    return tuple(account for account in found.values() if not asked.isdisjoint(all_keys_of(account)))


def find(ask: Ask, number: str) -> Account | None:
    """The account with this id."""
    found = ask.row("SELECT * FROM account WHERE id = :id", id=number)
    return None if found is None else _account(found)


def listing(
    ask: Ask, words: str, limit: int, after: str = "", *, only_vip: bool = False
) -> tuple[Account, ...]:
    """Accounts that hold `words` ("" for any) in one of their values, by id; those after id `after`."""
    found = ask.rows(
        """SELECT * FROM account WHERE id > :after AND (:only_vip = 0 OR vip = 1)
        AND (:words = '' OR id = :words OR login LIKE :pattern ESCAPE '\\'
        OR contracts LIKE :pattern ESCAPE '\\' OR domains LIKE :pattern ESCAPE '\\'
        OR mailbox LIKE :pattern ESCAPE '\\' OR contacts LIKE :pattern ESCAPE '\\'
        OR lower(notes) LIKE :pattern ESCAPE '\\') ORDER BY id LIMIT :limit""",
        after=after,
        only_vip=int(only_vip),
        words=words,
        pattern=rows.pattern(words),
        limit=limit,
    )
    return tuple(_account(row) for row in found)


def every(ask: Ask) -> Iterator[Account]:
    """The whole base, by id, a page of it in memory at a time."""
    after, page = "", 2000
    while found := listing(ask, "", page, after):
        yield from found
        after = found[-1].id


def total(ask: Ask) -> int:
    """How many accounts there are."""
    return ask.count("SELECT count(*) FROM account")


def lay_out(work: Work, accounts: Iterable[Account], *, gone: bool = False) -> None:
    """Put accounts beside the base, to be taken into it, or out of it, by the next `switch`."""
    work.run_many(
        """INSERT INTO account_next (id, login, contracts, domains, mailbox, mailbox_since, contacts,
        language, vip, notes, gone) VALUES (:id, :login, :contracts, :domains, :mailbox, :mailbox_since,
        :contacts, :language, :vip, :notes, :gone)""",
        ({**_columns(account), "gone": int(gone)} for account in accounts),
    )


def switch(work: Work) -> None:
    """Let all that is laid out take effect."""
    work.run("DELETE FROM account WHERE id IN (SELECT id FROM account_next WHERE gone = 1)")
    work.run(
        """INSERT INTO account (id, login, contracts, domains, mailbox, mailbox_since, contacts, language,
        vip, notes) SELECT id, login, contracts, domains, mailbox, mailbox_since, contacts, language,
        vip, notes FROM account_next WHERE gone = 0
        ON CONFLICT (id) DO UPDATE SET login = excluded.login, contracts = excluded.contracts,
        domains = excluded.domains, mailbox = excluded.mailbox, mailbox_since = excluded.mailbox_since,
        contacts = excluded.contacts, language = excluded.language, vip = excluded.vip,
        notes = excluded.notes"""
    )


def clear(work: Work) -> None:
    """Forget what is laid out."""
    work.run("DELETE FROM account_next")


def is_laid_out(ask: Ask) -> bool:
    """Is something laid out? Only while the base is being changed, or when that ended before its end."""
    return ask.row("SELECT id FROM account_next LIMIT 1") is not None


def add_keys(work: Work, pointers: Iterable[Pointer]) -> None:
    """Let keys lead to accounts."""
    work.run_many(
        """INSERT INTO account_key (kind, value, account) VALUES (:kind, :value, :account)
        ON CONFLICT DO NOTHING""",
        (pointer._asdict() for pointer in pointers),
    )


def remove_keys(work: Work, pointers: Iterable[Pointer]) -> None:
    """Let keys lead to these accounts no more."""
    work.run_many(
        "DELETE FROM account_key WHERE kind = :kind AND value = :value AND account = :account",
        (pointer._asdict() for pointer in pointers),
    )


def pointers_after(ask: Ask, last: Pointer | None, limit: int) -> tuple[Pointer, ...]:
    """The keys and their accounts, in order; those after `last`."""
    found = ask.rows(
        """SELECT * FROM account_key WHERE (kind, value, account) > (:kind, :value, :account)
        ORDER BY kind, value, account LIMIT :limit""",
        kind=last.kind if last else "",
        value=last.value if last else "",
        account=last.account if last else "",
        limit=limit,
    )
    return tuple(Pointer(KeyKind(row["kind"]), row["value"], row["account"]) for row in found)


def note_trouble(work: Work, trouble: str, at: datetime) -> None:
    """Write down how the directory service fares since `at`: its trouble, "" when it answers."""
    work.run(
        """INSERT INTO directory (id, since, trouble) VALUES (1, :at, :trouble)
        ON CONFLICT (id) DO UPDATE SET since = :at, trouble = :trouble""",
        at=rows.time_text(at),
        trouble=trouble,
    )


def trouble(ask: Ask) -> tuple[str, datetime] | None:
    """The directory service's trouble and since when, if it was in trouble when last asked."""
    found = ask.row("SELECT * FROM directory WHERE trouble <> ''")
    return None if found is None else (found["trouble"], rows.time_of(found["since"]))


def _columns(account: Account) -> dict[str, str | int | None]:
    since = account.mailbox_since
    return {
        "id": account.id,
        "login": account.login,
        "contracts": rows.list_text(account.contracts),
        "domains": rows.list_text(account.domains),
        "mailbox": account.mailbox,
        "mailbox_since": None if since is None else rows.time_text(since),
        "contacts": rows.list_text(account.contacts),
        "language": account.language,
        "vip": int(account.is_vip),
        "notes": account.notes,
    }


def _account(row: Row) -> Account:
    return Account(
        id=row["id"],
        login=row["login"],
        contracts=rows.list_of(row["contracts"]),
        domains=rows.list_of(row["domains"]),
        mailbox=row["mailbox"],
        mailbox_since=rows.time_or_none(row["mailbox_since"]),
        contacts=rows.list_of(row["contacts"]),
        language=None if row["language"] is None else Language(row["language"]),
        is_vip=bool(row["vip"]),
        notes=row["notes"],
    )
