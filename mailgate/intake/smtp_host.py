"""What all conversations at the SMTP and LMTP door share: the terms in force, the spool, who is here."""

import ssl
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from mailgate.config import SmtpSettings
from mailgate.core.mail import Envelope
from mailgate.core.policy import Desk
from mailgate.intake.receipts import Receipts
from mailgate.spool import Receipt


class MailSpool(Protocol):
    """The part of `mailgate.spool.Spool` that this door needs."""

    def submit(self, envelope: Envelope, raw: bytes) -> Future[Receipt]:
        """Take a mail; the future ends when it is durable."""

    def check_room(self) -> None:
        """Raise DiskFull or Overloaded when no mail can be taken now."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What is in force now; replaced as a whole when the settings are read anew."""

    settings: SmtpSettings
    desk: Desk
    hostname: str
    tls: ssl.SSLContext | None = None

    def extensions(self, *, secured: bool) -> str:
        """The reply to EHLO and LHLO; over a secured connection TLS is not offered again."""
        offered = [
            "PIPELINING",
            f"SIZE {self.settings.max_size}",
            "8BITMIME",
            "SMTPUTF8",
            "ENHANCEDSTATUSCODES",
        ]
        if self.tls is not None and not secured:
            offered.insert(0, "STARTTLS")
        # RFC 2034, 3: alone of all replies, those to a greeting carry no enhanced code.
        return "".join(f"250-{line}\r\n" for line in (self.hostname, *offered)) + "250 HELP"


class Host:
    """The terms, the spool, the clock, and how many are connected."""

    def __init__(self, spool: MailSpool, terms: Terms, clock: Callable[[], datetime]) -> None:
        self.spool = spool
        self.receipts = Receipts()
        self.terms = terms
        self.clock = clock
        self.stopping = False
        self.connections = 0
        self._peers: Counter[str] = Counter()

    def admit(self, peer: str) -> str:
        """Let a client in: "" if it may stay, else the reply that turns it away.

        `peer` is the client's address, "" on a UNIX socket: these are not told apart.
        """
        settings = self.terms.settings
        if self.stopping:
            return "421 4.3.2 Shutting down, try again later"
        if self.connections >= settings.max_connections:
            return "421 4.7.0 Too many connections, try again later"
        if peer and self._peers[peer] >= settings.max_connections_per_peer:
            return "421 4.7.0 Too many connections from your address, try again later"
        self.connections += 1
        self._peers[peer] += 1
        return ""

    def release(self, peer: str) -> None:
        """A client that was let in is gone."""
        self.connections -= 1
        self._peers[peer] -= 1
        if not self._peers[peer]:
            del self._peers[peer]
