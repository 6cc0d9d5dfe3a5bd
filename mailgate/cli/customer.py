"""How commands show an account: as a row, fields, or JSON."""

from typing import Any
from zoneinfo import ZoneInfo

from mailgate.cli import show
from mailgate.core.account import Account
from mailgate.store import rows


def account_row(account: Account) -> tuple[str, ...]:
    """An account as a row of `account list`."""
    return (
        account.id,
        account.login,
        ", ".join(account.contracts),
        ", ".join(account.domains),
        account.mailbox,
        account.language or "",
        "yes" if account.is_vip else "",
    )


def account_fields(account: Account, zone: ZoneInfo) -> tuple[tuple[str, str], ...]:
    """An account as the fields of `account show`."""
    since = account.mailbox_since
    held = f", since {show.local(since, zone)} {zone.key}" if since else ""
    return (
        ("Account", account.id),
        ("Login", account.login),
        ("Contracts", ", ".join(account.contracts)),
        ("Domains", ", ".join(account.domains)),
        ("Mailbox", f"{account.mailbox}{held}" if account.mailbox else "none"),
        ("Contacts", ", ".join(account.contacts)),
        ("Language", account.language or ""),
        ("VIP", "yes" if account.is_vip else "no"),
        *(("Notes" if number == 0 else " ", line) for number, line in enumerate(show.lines(account.notes))),
    )


def account_document(account: Account) -> dict[str, Any]:
    """An account as JSON has it; the same that `account import` reads."""
    since = account.mailbox_since
    return {
        "id": account.id,
        "login": account.login,
        "contracts": list(account.contracts),
        "domains": list(account.domains),
        "mailbox": account.mailbox,
        "mailbox_since": rows.time_text(since) if since else None,
        "contacts": list(account.contacts),
        "language": account.language,
        "vip": account.is_vip,
        "notes": account.notes,
    }
