"""Customers for tests: the base that the labelled mails are judged by, and how it comes into a ledger."""

import json
from datetime import UTC, datetime
from pathlib import Path

from mailgate.core.account import Account
from mailgate.directory.changes import Changes
from mailgate.directory.load import Load
from mailgate.directory.record import record_of
from mailgate.store.sqlite import Ledger

_FILE = Path(__file__).parent / "identification" / "accounts.jsonl"


def base() -> tuple[Account, ...]:
    """The accounts of `identification/accounts.jsonl`."""
    now = datetime(2026, 11, 23, tzinfo=UTC)
    lines = _FILE.read_text("utf-8").splitlines()
    return tuple(record_of(json.loads(line), now).account for line in lines)


def load(ledger: Ledger, accounts: tuple[Account, ...]) -> None:
    """Bring accounts into a ledger that has none."""
    Load(ledger, lambda: None, lambda _count: None).carry_out(Changes(added=list(accounts)))
