"""Before anything is read: the key and the size; and behind everything: no word of our own trouble."""

from collections.abc import Callable

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mailgate.config import PanelSettings
from mailgate.intake.panel import refusals
from mailgate.intake.panel.keys import is_known
from mailgate.intake.panel.refusals import Refused

_log = structlog.get_logger()

TOO_LARGE = "the request is larger than [panel] max_size allows"


class Gate:
    """Lets in whoever has a key, and no more octets than are allowed. `settings` are those in force."""

    def __init__(self, app: ASGIApp, settings: Callable[[], PanelSettings]) -> None:
        self._app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        answer = _Answer(send)
        settings = self._settings()
        try:
            if not is_known(_header(scope, b"authorization"), settings.keys):
                _log.warning("panel.refused", path=scope["path"][:100], why="no valid key")
                await refusals.unauthorised()(scope, receive, answer)
            elif _is_larger(scope, settings.max_size):
                await refusals.response(413, (TOO_LARGE,))(scope, receive, answer)
            else:
                await self._app(scope, _Capped(receive, settings.max_size), answer)
        except Exception:  # noqa: BLE001 - whatever nobody foresaw is temporary
            _log.exception("panel.failed", path=scope["path"][:100])
            if not answer.has_begun:
                await refusals.later()(scope, receive, send)


def _header(scope: Scope, name: bytes) -> str:
    """The header field `name` if it is there once, else ""."""
    found = [value for key, value in scope["headers"] if key == name]
    return found[0].decode("latin-1") if len(found) == 1 else ""


def _is_larger(scope: Scope, limit: int) -> bool:
    length = _header(scope, b"content-length")
    return length.isascii() and length.isdigit() and int(length) > limit


class _Answer:
    """Sends, and knows whether it has begun to."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.has_begun = False

    async def __call__(self, message: Message) -> None:
        self.has_begun = True
        await self._send(message)


class _Capped:
    """Receives a body of at most `limit` octets, however it is sent. Raises Refused."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive = receive
        self._left = limit

    async def __call__(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise Refused(413, TOO_LARGE)
        return message
