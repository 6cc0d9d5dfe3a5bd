"""A panel's door with all that stands behind it, in threads of the test's process, and who knocks at it."""

import asyncio
import http.client
import json
import socket
import threading
from collections.abc import Coroutine
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from mailgate.config import PanelSettings, Settings
from mailgate.core.account import Account, Key, Records
from mailgate.desk import Desk, Sources, Times
from mailgate.directory import Directory, TableDirectory
from mailgate.intake.panel import Behind
from mailgate.intake.panel.door import PanelDoor
from mailgate.intake.panel.keys import digest_of
from mailgate.parse.pool import Pool
from mailgate.rulebook import rulebook_of
from mailgate.spool import Spool
from mailgate.store import mails, tickets
from mailgate.store.sqlite import Ledger, Row
from mailgate.worker import Worker
from tests.builders import NOW
from tests.customers import load
from tests.house import DESK

SECONDS = 20.0
KEY = "the-panel-knocks-with-this"
STROY = Account(
    "1001",
    "u10432",
    ("4051234",),
    ("stroymir.ru", "xn--h1abjgjebi.xn--p1ai"),
    "director@stroymir.ru",
    contacts=("office@stroymir.ru",),
)
MED = Account("1003", "u10518", domains=("med-center.ru",), contacts=("ivan@med-center.ru",))
REQUEST: dict[str, Any] = {
    "account": "1001",
    "author": "office@stroymir.ru",
    "subject": "Перенос домена",
    "text": "Прошу перенести домен к другому регистратору.",
}


class Down:
    """A directory that cannot be asked."""

    def ask(self, _keys: frozenset[Key]) -> Records:
        return Records(is_down=True)


class Reply(NamedTuple):
    """What the door answered."""

    status: int
    headers: dict[str, str]
    body: Any


class Panel:
    """A door by `settings` of `[panel]`; the desk works unless told not to."""

    def __init__(
        self, ledger: Ledger, pool: Pool, directory: Directory | None = None, **settings: Any
    ) -> None:
        self.ledger = ledger
        given = {"listen": "127.0.0.1:0", "keys": (digest_of(KEY),), "wait_seconds": 10, **settings}
        self.settings = PanelSettings.model_validate(given)
        whole = Settings.model_validate({"state": {"dir": str(ledger.path.parent)}, "desk": DESK})
        rulebook = self.rulebook = rulebook_of(whole)
        directory = directory or TableDirectory(ledger)
        self._desk = Worker("desk", self._make_desk(Sources(pool, directory), rulebook).step)
        self.spool = Spool(ledger, min_free=0, max_backlog=1000, max_bulk_backlog=1000, taken=self._desk.wake)
        behind = Behind(ledger, self.spool, directory, lambda: rulebook, lambda: NOW, lambda: None)
        self.door = PanelDoor(self.settings, behind)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def _make_desk(self, sources: Sources, rulebook: Any) -> Desk:
        return Desk(self.ledger, sources, lambda: rulebook, Times(), lambda: NOW, self._settled)

    def _settled(self) -> None:
        self.door.settled()

    def __enter__(self) -> Self:
        self.spool.start()
        self._thread.start()
        self.run(self.door.start())
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _why: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.run(self.door.stop(5))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._desk.stop()
        if self._desk.is_alive:
            assert self._desk.join(SECONDS)
        self.spool.close()

    def settles(self) -> Self:
        """Let the desk work."""
        self._desk.start()
        return self

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        """Run `work` in the door's loop, to its end."""
        asyncio.run_coroutine_threadsafe(work, self._loop).result(SECONDS)

    def knock(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: dict[str, str] | None = None,
        key: str | None = KEY,
    ) -> Reply:
        """Send a request: JSON, or bytes as they are."""
        return knock(self.door.address, method, path, body, headers, key)

    def hand_in(self, once: str = "", **changes: Any) -> Reply:
        """Hand in a request under the key `once`; `changes` are fields of it."""
        given = {name: value for name, value in {**REQUEST, **changes}.items() if value is not None}
        return self.knock("POST", "/v1/tickets", given, {"Idempotency-Key": once} if once else None)

    def row(self, mail: str) -> Row:
        """The row of a mail."""
        with self.ledger.read() as ask:
            found = mails.about(ask, int(mail))
        assert found is not None
        return found

    def texts(self, ticket: str) -> list[str]:
        """What was said at a ticket."""
        with self.ledger.read() as ask:
            return [entry.text for entry in tickets.entries(ask, int(ticket))]


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(SECONDS)
        self.sock.connect(self._path)


def connect(address: str) -> http.client.HTTPConnection:
    """A connection to a door: host:port, or the path of a socket."""
    if address.startswith("/"):
        return _UnixConnection(address)
    host, _, port = address.rpartition(":")
    return http.client.HTTPConnection(host.strip("[]"), int(port), timeout=SECONDS)


def knock(
    address: str,
    method: str,
    path: str,
    body: Any = None,
    headers: dict[str, str] | None = None,
    key: str | None = KEY,
) -> Reply:
    """Send a request to the door at `address`."""
    sent = {"Authorization": f"Bearer {key}"} if key is not None else {}
    octets = None
    if body is not None:
        octets = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent["Content-Type"] = "application/json"
    connection = connect(address)
    try:
        connection.request(method, path, octets, {**sent, **(headers or {})})
        answer = connection.getresponse()
        text = answer.read()
    finally:
        connection.close()
    return Reply(answer.status, {k.lower(): v for k, v in answer.getheaders()}, json.loads(text))


def with_customers(ledger: Ledger) -> Ledger:
    """The ledger, with two accounts in it."""
    load(ledger, (STROY, MED))
    return ledger


def socket_in(folder: Path) -> str:
    """Where a socket can be made."""
    return str(folder / "panel")
