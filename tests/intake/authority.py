"""A small authorization server over HTTP (RFC 6749), in a thread, that can be told to misbehave."""

import base64
import hashlib
import json
import ssl
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit

CLIENT = "desk-client"
SECRET = "Cl1ent-S3cret"
Answer = tuple[int, bytes]


class Authority:
    """Gives tokens to `CLIENT` and consents to whoever asks. What it gave last is in `access`, `refresh`.

    With `pem`, a key and its certificate, over TLS. `canned` is answered instead when set; while `holds`
    nothing is, and with `drips` a byte at a time.
    """

    def __init__(self, pem: Path | None = None) -> None:
        self.asked: list[dict[str, str]] = []
        self.rotates = True
        self.lives: Any = 3600
        self.extra: dict[str, Any] = {}
        self.canned: Answer | None = None
        self.holds = False
        self.drips = False
        self.before: Callable[[], None] = lambda: None
        self.access = ""
        self.refresh = ""
        self._challenges: dict[str, tuple[str, str]] = {}
        self._over = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.block_on_close = False
        self._scheme = "https" if pem else "http"
        if pem is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(pem)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def url(self) -> str:
        """Where it is."""
        return f"{self._scheme}://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _why: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Be gone."""
        if not self._over.is_set():
            self._over.set()
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()

    def consent(self, url: str) -> str:
        """Agree at an address as a user would; the address the browser is sent to."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert (asked["client_id"], asked["response_type"]) == (CLIENT, "code")
        assert asked["code_challenge_method"] == "S256"
        code = f"C0de-{len(self._challenges)}"
        self._challenges[code] = (asked["code_challenge"], asked["redirect_uri"])
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, asked: dict[str, str]) -> Answer:
        """Answer a request for tokens by the rules."""
        if (asked.get("client_id"), asked.get("client_secret")) != (CLIENT, SECRET):
            return refusal("invalid_client", 401)
        match asked["grant_type"]:
            case "client_credentials":
                return self._give({})
            case "refresh_token" if self.refresh and asked["refresh_token"] == self.refresh:
                return self._give(self._next() if self.rotates else {})
            case "authorization_code" if self._is_proven(asked):
                return self._give(self._next())
        return refusal("invalid_grant")

    def _is_proven(self, asked: dict[str, str]) -> bool:
        proof = hashlib.sha256(asked["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(proof).decode().rstrip("=")
        return self._challenges.pop(asked["code"], None) == (challenge, asked["redirect_uri"])

    def _next(self) -> dict[str, str]:
        self.refresh = f"R3fresh-{len(self.asked)}"
        return {"refresh_token": self.refresh}

    def _give(self, more: dict[str, str]) -> Answer:
        self.access = f"Acc3ss-{len(self.asked)}"
        told = {"expires_in": self.lives} if self.lives is not None else {}
        given = {"access_token": self.access, "token_type": "Bearer", **told, **more, **self.extra}
        return 200, json.dumps(given).encode()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        authority = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                form = self.rfile.read(int(self.headers["Content-Length"])).decode()
                asked = {name: values[0] for name, values in parse_qs(form).items()}
                authority.asked.append(asked)
                authority.before()
                if authority.holds:
                    authority._over.wait(20)
                    return
                code, text = authority.canned or authority.token(asked)
                self.send_response(code)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                for at in range(len(text)) if authority.drips else ():
                    self.wfile.write(text[at : at + 1])
                    if authority._over.wait(0.05):
                        return
                if not authority.drips:
                    self.wfile.write(text)

            def log_message(self, *_words: object) -> None:
                pass

        return Handler


def refusal(error: object, status: int = 400, description: object = None) -> Answer:
    """An answer that says no (RFC 6749, section 5.2)."""
    return status, json.dumps({"error": error, "error_description": description}).encode()
