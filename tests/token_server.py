"""An OAuth 2 authorization server on loopback: tokens for mailboxes, and what can go wrong with them.

It keeps to RFC 6749 (grants), RFC 7636 (PKCE), RFC 7662 (introspection). Plain HTTP, one test long.
"""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

_SECONDS = 20


@dataclass(frozen=True, slots=True)
class OAuthClient:
    """Who may ask for tokens; by its own right (client_credentials) it gets those of `user`'s mailbox."""

    id: str = "mailgate"
    secret: str = "s3cret"
    user: str = "support"


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked: the path, the fields of query and body, the Authorization header."""

    path: str
    fields: tuple[tuple[str, str], ...]
    authorization: str = ""

    def field(self, name: str) -> str:
        """The field's value, "" without it."""
        return dict(self.fields).get(name, "")

    def credentials(self) -> tuple[str, str]:
        """Client id and secret, from wherever they were put (RFC 6749, 2.3.1)."""
        kind, _, coded = self.authorization.partition(" ")
        if kind.lower() == "basic":
            name, _, secret = base64.b64decode(coded).decode().partition(":")
            return unquote(name), unquote(secret)
        return self.field("client_id"), self.field("client_secret")


@dataclass(frozen=True, slots=True)
class Reply:
    """A status, a body, and where to go."""

    status: int
    body: bytes = b""
    location: str = ""
    retry_after: str = ""


@dataclass(frozen=True, slots=True)
class _Grant:
    user: str
    client: str
    until: float = float("inf")
    redirect: str = ""
    challenge: str = ""


def error(code: str, status: int = 400) -> Reply:
    """An error as RFC 6749, 5.2 writes it."""
    words = {"error": code, "error_description": f"refused: {code}"}
    return Reply(status, json.dumps(words).encode())


class TokenServer:
    """Runs from entering to leaving. `lifetime` is that of access tokens, in seconds by `clock`.

    With `rotate` each refresh gives a new refresh token and the old one is invalid from then on. Set
    `trouble` and every request for a token gets that reply; `denies` and the user refuses consent.
    """

    def __init__(
        self,
        *clients: OAuthClient,
        lifetime: int = 3600,
        rotate: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.clients = clients or (OAuthClient(),)
        self.lifetime = lifetime
        self.rotate = rotate
        self.trouble: Reply | None = None
        self.denies = False
        self.requests: list[Request] = []
        self._clock = clock
        self._codes: dict[str, _Grant] = {}
        self._refreshes: dict[str, _Grant] = {}
        self._tokens: dict[str, _Grant] = {}
        self._lock = threading.RLock()
        self._open = threading.Event()
        self._open.set()
        self._arrived = threading.Condition(self._lock)
        self._count = 0
        self._listen(0)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, why: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.set()
        self.stop()

    def _listen(self, port: int) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self._server.daemon_threads = True
        self._running: threading.Thread | None = None
        self.port = self._server.server_port

    def start(self) -> None:
        """Listen, for the first time or again after `stop`, at the same port."""
        if self._server.fileno() < 0:
            self._listen(self.port)
        self._running = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._running.start()

    def stop(self) -> None:
        """Refuse connections; tokens stay as they are."""
        if self._running is not None:
            self._server.shutdown()
            self._running.join(_SECONDS)
            self._running = None
        self._server.server_close()

    @property
    def url(self) -> str:
        """Where it listens; the endpoints are `/token`, `/authorize` and `/introspect` below it."""
        return f"http://127.0.0.1:{self.port}"

    def consent(self, user: str) -> str:
        """A refresh token, as if `user` had given his consent to the first client."""
        with self._lock:
            return self._put(self._refreshes, _Grant(user, self.clients[0].id))

    def access(self, user: str) -> str:
        """An access token for `user`'s mailbox."""
        with self._lock:
            return self._put(self._tokens, self._fresh(_Grant(user, self.clients[0].id)))

    def revoke(self, user: str) -> None:
        """Take back every token of `user`."""
        with self._lock:
            for tokens in (self._codes, self._refreshes, self._tokens):
                for token in [token for token, grant in tokens.items() if grant.user == user]:
                    del tokens[token]

    @contextmanager
    def slow(self) -> Iterator[None]:
        """Within it, no request is answered; after it, all that still wait are."""
        self._open.clear()
        try:
            yield
        finally:
            self._open.set()

    def asked(self, path: str = "/token") -> tuple[Request, ...]:
        """The requests so far for `path`."""
        with self._lock:
            return tuple(request for request in self.requests if request.path == path)

    def wait_for(self, path: str = "/token", times: int = 1) -> None:
        """Return when `path` was asked for so often; TimeoutError when that does not happen."""
        with self._arrived:
            if not self._arrived.wait_for(lambda: len(self.asked(path)) >= times, _SECONDS):
                raise TimeoutError(f"{path} was asked for {len(self.asked(path))} times")

    def answer(self, request: Request) -> Reply:
        """What `request` gets."""
        with self._arrived:
            self.requests.append(request)
            self._arrived.notify_all()
        self._open.wait(_SECONDS)
        with self._lock:
            match request.path:
                case "/token":
                    return self.trouble or self._token(request)
                case "/authorize":
                    return self._authorize(request)
                case "/introspect":
                    return self._introspect(request)
        return Reply(404)

    def _put(self, tokens: dict[str, _Grant], grant: _Grant) -> str:
        self._count += 1
        token = f"token-{self._count}-of-{grant.user}"
        tokens[token] = grant
        return token

    def _fresh(self, grant: _Grant) -> _Grant:
        return replace(grant, until=self._clock() + self.lifetime)

    def _token(self, request: Request) -> Reply:
        client = next((one for one in self.clients if (one.id, one.secret) == request.credentials()), None)
        if client is None:
            return error("invalid_client", 401)
        match request.field("grant_type"):
            case "client_credentials":
                return self._issue(_Grant(client.user, client.id))
            case "refresh_token":
                token = request.field("refresh_token")
                grant = self._refreshes.get(token)
                if grant is None or grant.client != client.id:
                    return error("invalid_grant")
                if not self.rotate:
                    return self._issue(grant)
                del self._refreshes[token]
                return self._issue(grant, self._put(self._refreshes, grant))
            case "authorization_code":
                grant = self._codes.pop(request.field("code"), None)
                if grant is None or grant.client != client.id or not _proves(request, grant):
                    return error("invalid_grant")
                return self._issue(grant, self._put(self._refreshes, grant))
        return error("unsupported_grant_type")

    def _issue(self, grant: _Grant, refresh: str = "") -> Reply:
        words: dict[str, object] = {
            "access_token": self._put(self._tokens, self._fresh(grant)),
            "token_type": "Bearer",
            "expires_in": self.lifetime,
        }
        return Reply(200, json.dumps(words | ({"refresh_token": refresh} if refresh else {})).encode())

    def _authorize(self, request: Request) -> Reply:
        client = next((one for one in self.clients if one.id == request.field("client_id")), None)
        redirect = request.field("redirect_uri")
        if client is None or not redirect or request.field("response_type") != "code":
            return error("invalid_request")
        if request.field("code_challenge_method") != "S256" or not request.field("code_challenge"):
            answer = {"error": "invalid_request"}
        elif self.denies:
            answer = {"error": "access_denied"}
        else:
            user = request.field("login_hint") or client.user
            grant = _Grant(user, client.id, redirect=redirect, challenge=request.field("code_challenge"))
            answer = {"code": self._put(self._codes, grant)}
        separator = "&" if urlsplit(redirect).query else "?"
        query = urlencode({**answer, "state": request.field("state")}, quote_via=quote)
        return Reply(302, location=f"{redirect}{separator}{query}")

    def _introspect(self, request: Request) -> Reply:
        grant = self._tokens.get(request.field("token"))
        if grant is None or grant.until <= self._clock():
            return Reply(200, b'{"active": false}')
        words = {"active": True, "username": grant.user, "exp": int(grant.until)}
        return Reply(200, json.dumps(words).encode())


def _proves(request: Request, grant: _Grant) -> bool:
    digest = hashlib.sha256(request.field("code_verifier").encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return challenge == grant.challenge and request.field("redirect_uri") == grant.redirect


def _handler(server: TokenServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = _SECONDS

        def do_GET(self) -> None:
            self._answer("")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode())

        def _answer(self, body: str) -> None:
            url = urlsplit(self.path)
            fields = (*parse_qsl(url.query), *parse_qsl(body))
            reply = server.answer(Request(url.path, fields, self.headers.get("Authorization", "")))
            with suppress(ConnectionError):  # who asked did not wait
                self._send(reply)

        def _send(self, reply: Reply) -> None:
            self.send_response(reply.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(reply.body)))
            for name, value in (("Location", reply.location), ("Retry-After", reply.retry_after)):
                if value:
                    self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, *_: object) -> None:
            """The tests ask `requests` instead."""

    return Handler
