"""A directory service on loopback, and all that can go wrong with one."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from mailgate.core.account import Key, KeyKind
from tests.certificate import Certificate

Send = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class AccountServer:
    """Gives `accounts` to whoever asks; while `trouble` is set, it is carried out instead."""

    accounts: list[Any] = field(default_factory=list)
    trouble: Send | None = None
    port: int = 0
    scheme: str = "http"
    asked: list[list[Key]] = field(default_factory=list)
    authorizations: list[str | None] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        host = "localhost" if self.scheme == "https" else "127.0.0.1"
        return f"{self.scheme}://{host}:{self.port}/accounts"

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        self.bodies.append(body)
        self.authorizations.append(handler.headers["Authorization"])
        self.asked.append([Key(KeyKind(key["kind"]), key["value"]) for key in json.loads(body)["keys"]])
        if self.trouble is not None:
            self.trouble(handler)
        else:
            reply(json.dumps({"accounts": self.accounts}).encode())(handler)


def reply(body: bytes, status: int = 200, **headers: str) -> Send:
    """An answer of one piece."""

    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return send


def raw(octets: bytes) -> Send:
    """Octets that need not be HTTP, and the end."""

    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(octets)

    return send


def drip(server: AccountServer, head: bytes, piece: bytes) -> Send:
    """`head`, and then a piece now and then until the test is over."""

    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(head)
        while not server.over.wait(0.02):
            handler.wfile.write(piece)

    return send


@contextmanager
def serving(*accounts: Any, tls: Certificate | None = None) -> Iterator[AccountServer]:
    """A running service."""
    server = AccountServer(list(accounts), scheme="https" if tls else "http")

    class Handler(BaseHTTPRequestHandler):
        timeout = 20

        def do_POST(self) -> None:
            with suppress(ConnectionError):  # who asked did not wait
                server.answer(self)

        def log_message(self, *_: object) -> None:
            """The tests ask the server instead."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        if tls is not None:
            listening.socket = tls.context().wrap_socket(
                listening.socket, server_side=True, do_handshake_on_connect=False
            )
        server.port = listening.server_port
        running = threading.Thread(target=listening.serve_forever, args=(0.01,), daemon=True)
        running.start()
        try:
            yield server
        finally:
            server.over.set()
            listening.shutdown()
            running.join(20)
