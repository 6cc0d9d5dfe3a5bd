"""The SMTP and LMTP door: its listeners, and how it opens, changes its terms and closes.

It runs in the event loop of whoever starts it. A listener's `hop` is the text it is configured by, for
example "127.0.0.1:2525", and "lmtp" for the UNIX socket: that is what `[trust]` names.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from weakref import WeakSet

from mailgate.config import SmtpSettings
from mailgate.core.mail import Door
from mailgate.core.policy import Desk
from mailgate.errors import BadSettings
from mailgate.intake import socket_file
from mailgate.intake.smtp_host import Host, MailSpool, Terms
from mailgate.intake.smtp_session import SmtpSession

_LMTP_HOP = "lmtp"
_BACKLOG = 128
_LAST_WORDS = 1.0  # seconds for the replies that tell clients of the end


@dataclass(frozen=True, slots=True)
class Listener:
    """A socket that takes connections. `address` is the bound one: host:port, or the socket's path."""

    hop: str
    door: Door
    address: str


class SmtpDoor:
    """Takes mails over SMTP and LMTP, and answers yes when `spool` has made them durable.

    Made with the settings of `[smtp]`, the desk whose addresses it knows, and a clock that gives aware
    UTC times. Raises BadSettings when the certificate cannot be used.
    """

    def __init__(
        self, settings: SmtpSettings, desk: Desk, spool: MailSpool, clock: Callable[[], datetime]
    ) -> None:
        self._host = Host(spool, _terms(settings, desk), clock)
        self._sessions: WeakSet[SmtpSession] = WeakSet()
        self._servers: list[asyncio.AbstractServer] = []
        self._listeners: list[Listener] = []

    @property
    def listeners(self) -> tuple[Listener, ...]:
        """What listens now, with real ports."""
        return tuple(self._listeners)

    @property
    def is_serving(self) -> bool:
        """Do all of its listeners take newcomers? Where there are none, mail comes in by other doors."""
        return all(server.is_serving() for server in self._servers)

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return self._host.connections

    async def start(self) -> None:
        """Open every listener, or none. Raises OSError that names the listener."""
        settings = self._host.terms.settings
        try:
            for endpoint in settings.listen:
                await self._open_tcp(endpoint)
            if settings.lmtp is not None:
                await self._open_lmtp(settings.lmtp, int(settings.lmtp_mode, 8))
        except OSError:
            self._close_listeners()
            raise

    def reload(self, settings: SmtpSettings, desk: Desk) -> None:
        """Use these settings, the certificate read anew, from the next command on.

        Listeners stay as they are. Raises BadSettings, and then everything stays as it was.
        """
        self._host.terms = replace(_terms(settings, desk), hostname=self._host.terms.hostname)

    async def stop(self, grace: float) -> None:
        """Close: newcomers and idle clients get 421, mails on their way have `grace` seconds, then 451."""
        self._host.stopping = True
        for session in tuple(self._sessions):
            session.dismiss()
        left = await self._gone(grace)
        for session in tuple(self._sessions):
            session.give_up()
        self._close_listeners()
        if left:
            left = await self._gone(_LAST_WORDS)
        for conversation in left:
            conversation.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        await asyncio.sleep(0)  # what was closed is let go in the loop's next turn

    async def _gone(self, seconds: float) -> "set[asyncio.Task[None]]":
        """Wait until the conversations end; those that have not."""
        running = {session.conversation for session in self._sessions if session.conversation is not None}
        if not running:
            return set()
        return (await asyncio.wait(running, timeout=seconds))[1]

    def _session(self, door: Door, hop: str) -> SmtpSession:
        session = SmtpSession(self._host, door, hop)
        self._sessions.add(session)
        return session

    async def _open_tcp(self, endpoint: str) -> None:
        host, _, port = endpoint.rpartition(":")
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: self._session(Door.SMTP, endpoint), host.strip("[]"), int(port), backlog=_BACKLOG
        )
        self._servers.append(server)
        for bound in server.sockets:
            name, number = bound.getsockname()[:2]
            address = f"[{name}]:{number}" if ":" in name else f"{name}:{number}"
            self._listeners.append(Listener(endpoint, Door.SMTP, address))

    async def _open_lmtp(self, path: Path, mode: int) -> None:
        bound = socket_file.bind(path, mode)
        loop = asyncio.get_running_loop()
        server = await loop.create_unix_server(
            lambda: self._session(Door.LMTP, _LMTP_HOP), sock=bound, backlog=_BACKLOG
        )
        self._servers.append(server)
        self._listeners.append(Listener(_LMTP_HOP, Door.LMTP, str(path)))

    def _close_listeners(self) -> None:
        for server in self._servers:
            server.close()
        for listener in self._listeners:
            if listener.door is Door.LMTP:
                Path(listener.address).unlink(missing_ok=True)
        self._servers.clear()
        self._listeners.clear()


def _terms(settings: SmtpSettings, desk: Desk) -> Terms:
    # Not getfqdn: it asks the network, and may wait long for an answer.
    return Terms(settings, desk, settings.hostname or socket.gethostname(), _tls(settings))


def _tls(settings: SmtpSettings) -> ssl.SSLContext | None:
    if settings.tls_certificate is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(settings.tls_certificate, settings.tls_key)
    except (OSError, ssl.SSLError) as why:
        names = f"{settings.tls_certificate} with {settings.tls_key}"
        raise BadSettings((f"smtp.tls_certificate: {names} cannot be used: {why}",)) from why
    return context
