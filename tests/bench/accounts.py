"""How long the import of 200,000 accounts takes, against bare SQLite inserts of the same rows."""

import json
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mailgate import state
from mailgate.store.sqlite import connect

MANY = 200_000
"""Accounts of the base that is measured."""
_SETTINGS = '[state]\ndir = "{folder}/state"\n[desk]\nname = "Desk"\naddresses = ["support@hoster.example"]\n'
_TABLES = """
CREATE TABLE account (id TEXT PRIMARY KEY, login TEXT, contracts TEXT, domains TEXT, mailbox TEXT,
  mailbox_since TEXT, contacts TEXT, language TEXT, vip INTEGER, notes TEXT);
CREATE TABLE account_key (kind TEXT, value TEXT, account TEXT, PRIMARY KEY (kind, value, account))
  WITHOUT ROWID;
"""


def accounts(many: int = MANY) -> Iterator[dict[str, Any]]:
    """Accounts as a hoster has them: about six keys each."""
    for number in range(many):
        name = f"client{number * 7919 % many:06}"
        yield {
            "id": str(100_000 + number),
            "login": f"u{number:06}",
            "contracts": [str(4_000_000 + number)],
            "domains": [f"{name}.example", *([f"{name}-shop.example"] if number % 2 else [])],
            "mailbox": f"director@{name}.example",
            "mailbox_since": "2021-03-01",
            "contacts": [f"office@{name}.example", f"{name}@mail.example"],
            "language": "en" if number % 5 == 0 else "ru",
            "vip": number % 100 == 0,
            "notes": "Звонить только Анне" if number % 50 == 0 else "",
        }


def write(path: Path, many: int = MANY) -> None:
    """A file of JSON lines."""
    with path.open("w", encoding="utf-8") as file:
        for account in accounts(many):
            file.write(json.dumps(account, ensure_ascii=False) + "\n")


def _ours(folder: Path, file: Path) -> float:
    settings = folder / "mailgate.toml"
    settings.write_text(_SETTINGS.format(folder=folder), "utf-8")
    state.create(folder / "state")
    command = [sys.executable, "-m", "mailgate", "--config", str(settings), "account", "import", str(file)]
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def _bare(folder: Path) -> float:
    """The rows are made before the clock runs; their keys are in no order, as they come."""
    rows = list(accounts())
    keys = [key for row in rows for key in _keys(row)]
    columns = [
        tuple(json.dumps(value) if isinstance(value, list) else value for value in row.values())
        for row in rows
    ]
    path = folder / "bare.db"
    sqlite3.connect(path).close()
    connection = connect(path)
    connection.executescript(_TABLES)
    began = time.perf_counter()
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany("INSERT INTO account VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", columns)
    connection.executemany("INSERT INTO account_key VALUES (?, ?, ?)", keys)
    connection.execute("COMMIT")
    took = time.perf_counter() - began
    connection.close()
    return took


def _keys(row: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    yield "login", row["login"], row["id"]
    for kind, name in (("contract", "contracts"), ("domain", "domains"), ("address", "contacts")):
        yield from ((kind, value, row["id"]) for value in row[name])
    yield "address", row["mailbox"], row["id"]


@contextmanager
def imported() -> Iterator[tuple[Path, float]]:
    """A state into which the real command imported 200,000 accounts, and the seconds that this took."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write(folder / "accounts.jsonl")
        yield folder / "state", _ours(folder, folder / "accounts.jsonl")


def bare() -> float:
    """Seconds for the bare inserts of the same rows."""
    with tempfile.TemporaryDirectory() as temporary:
        return _bare(Path(temporary))
