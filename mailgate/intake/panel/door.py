"""The door: its one listener, and how it opens, changes its terms and closes.

It runs in the event loop of whoever starts it, who keeps the signals: uvicorn would take them for itself.
"""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Iterator

import structlog
import uvicorn

from mailgate.config import PanelSettings
from mailgate.intake import socket_file
from mailgate.intake.panel.app import make_app
from mailgate.intake.panel.behind import Behind
from mailgate.intake.panel.taking import Taking

_log = structlog.get_logger()

_BACKLOG = 128
_CONNECTIONS = 200
_HEADER_OCTETS = 32_768
_KEEP_ALIVE = 30


class PanelDoor:
    """Takes requests over HTTP, and says 202 when `behind.spool` has made them durable."""

    def __init__(self, settings: PanelSettings, behind: Behind) -> None:
        self._settings = settings
        self._taking = Taking(behind, lambda: self._settings)
        self._server: _Server | None = None
        self._serving: asyncio.Task[None] | None = None
        self.address = ""

    @property
    def is_serving(self) -> bool:
        """Does it take requests?"""
        return self._serving is not None and not self._serving.done()

    def settled(self) -> None:
        """Mails were settled; said by any thread."""
        self._taking.settlements.tell()

    def reload(self, settings: PanelSettings) -> None:
        """Use these settings, the keys among them, from the next request on; the listener stays."""
        self._settings = settings

    async def start(self) -> None:
        """Listen. Raises OSError that names the listener."""
        _say_in_our_log()
        bound, self.address = _bound(self._settings)
        app = make_app(self._taking, lambda: self._settings)
        self._server = _Server(_config(app))
        self._serving = asyncio.create_task(self._server.serve(sockets=[bound]), name="panel")
        await self._server.stands.wait()

    async def stop(self, grace: float) -> None:
        """Close: no newcomers, and requests on their way have `grace` seconds."""
        if self._server is not None and self._serving is not None:
            self._server.config.timeout_graceful_shutdown = max(1, int(grace))
            self._server.should_exit = True
            await self._serving
        if self._settings.socket is not None and self.address:
            self._settings.socket.unlink(missing_ok=True)
        self._taking.close()


class _Server(uvicorn.Server):
    """Leaves the signals alone, and says when it stands."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.stands = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take none."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen."""
        await super().startup(sockets)
        self.stands.set()


def _config(app: object) -> uvicorn.Config:
    return uvicorn.Config(
        app,  # type: ignore[arg-type] # its own alias of an ASGI application differs from starlette's
        http="h11",
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=_CONNECTIONS,
        backlog=_BACKLOG,
        timeout_keep_alive=_KEEP_ALIVE,
        h11_max_incomplete_event_size=_HEADER_OCTETS,
    )


def _bound(settings: PanelSettings) -> tuple[socket.socket, str]:
    """The socket to listen on, and the address it is bound to."""
    if settings.socket is not None:
        return socket_file.bind(settings.socket, int(settings.mode, 8)), str(settings.socket)
    host, _, port = settings.listen.rpartition(":")
    bare = host.strip("[]")
    family = socket.AF_INET6 if ":" in bare else socket.AF_INET
    # With the protocol named: else asyncio leaves Nagle's algorithm on, and an answer waits for 40 ms.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((bare, int(port)))
    except OSError as why:
        bound.close()
        raise OSError(why.errno, f"cannot listen on {settings.listen}: {why.strerror}") from why
    return bound, f"{host}:{bound.getsockname()[1]}"


class _OurLog(logging.Handler):
    """What uvicorn has to say, as a line of our log."""

    def emit(self, record: logging.LogRecord) -> None:
        """Say it."""
        _log.warning("panel.server", what=record.getMessage())


def _say_in_our_log() -> None:
    said = logging.getLogger("uvicorn.error")
    said.setLevel(logging.WARNING)
    said.propagate = False
    said.handlers = [_OurLog()]
