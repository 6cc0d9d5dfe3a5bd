"""Where a browser is sent back to after a consent: a listener on loopback, for as long as one command waits.

RFC 8252, section 7.3. It answers only the request that its command waits for, and logs nothing.
"""

import queue
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

_IDLE_SECONDS = 10
_DONE = "mailgate has the answer. Close this window and look at the terminal.\n"
_FOREIGN = "This is not the answer mailgate waits for.\n"


class Redirect:
    """Listens on a loopback `port` (0: any free one) for the one request it is told to expect."""

    def __init__(self, port: int) -> None:
        self._found: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._belongs: Callable[[str], bool] = lambda _path: False
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self._server.block_on_close = False  # browsers open connections that they may never use
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="redirect")

    @property
    def port(self) -> int:
        """The port listened on."""
        return int(self._server.server_address[1])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _why: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def expect(self, belongs: Callable[[str], bool]) -> None:
        """Take requests whose path and query `belongs`; before this none does."""
        self._belongs = belongs

    def wait(self, seconds: float) -> str | None:
        """The path and query of the first request that was expected; None when none came in time."""
        try:
            return self._found.get(timeout=seconds)
        except queue.Empty:
            return None

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        redirect = self

        class Handler(BaseHTTPRequestHandler):
            timeout = _IDLE_SECONDS

            def do_GET(self) -> None:
                """Take the answer; refuse anything else."""
                belongs = redirect._belongs(self.path)
                text = (_DONE if belongs else _FOREIGN).encode()
                self.send_response(200 if belongs else 404)
                # The address holds a code: it must not travel on, nor stay.
                for name, value in (
                    ("Content-Type", "text/plain; charset=utf-8"),
                    ("Content-Length", str(len(text))),
                    ("Referrer-Policy", "no-referrer"),
                    ("Cache-Control", "no-store"),
                ):
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text)
                if belongs:
                    redirect._found.put(self.path)

            def log_message(self, *_words: object) -> None:
                """Say nothing: the request holds a code."""

        return Handler
