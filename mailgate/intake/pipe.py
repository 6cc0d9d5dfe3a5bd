"""The pipe door: one mail from an MTA that starts us for it (Postfix's pipe(8), Exim's pipe transport).

The MTA reads our exit code. It returns the mail to its sender for everything but 0 and 75, so only what
is the mail's own fault, or its address's, is refused for good; the text begins with the enhanced status
code (RFC 3463) that Postfix puts into the bounce.
"""

import os
from collections.abc import Iterable
from datetime import datetime
from typing import BinaryIO

from mailgate.config import SmtpSettings
from mailgate.core.mail import Door, Envelope
from mailgate.core.policy import Acceptance, Desk, acceptance
from mailgate.errors import Permanent

HOP = "pipe"
"""What `[trust] hops` calls this door."""

_REFUSED = {
    Acceptance.UNKNOWN: (os.EX_NOUSER, "5.1.1 No such address here"),
    Acceptance.MALFORMED: (os.EX_NOUSER, "5.1.3 Malformed address"),
    Acceptance.FOREIGN: (os.EX_UNAVAILABLE, "5.7.1 We do not relay"),
}


class Undeliverable(Permanent):
    """The MTA is to return the mail. `code` is the exit code that says so (sysexits.h)."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


def envelope_of(sender: str, recipients: Iterable[str], desk: Desk, now: datetime) -> Envelope:
    """The envelope the MTA gave by its arguments, `<>` or nothing for the null sender.

    Raises Undeliverable when one of the recipients is not ours: the exit code speaks for all of them.
    """
    each = tuple(dict.fromkeys(recipients))
    for recipient in each:
        refused = _REFUSED.get(acceptance(recipient, desk))
        if refused is not None:
            code, text = refused
            raise Undeliverable(code, f"{text}: {recipient}")
    return Envelope(Door.PIPE, _path(sender), each, now, HOP)


def _path(sender: str) -> str:
    """A reverse-path as the ledger keeps it; octets that are no UTF-8 are no part of any address."""
    bare = sender.removeprefix("<").removesuffix(">")
    return bare.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def read_mail(source: BinaryIO, settings: SmtpSettings) -> bytes:
    """The mail in `source`, byte for byte; no more is read than may be taken. Raises Undeliverable."""
    raw = source.read(settings.max_size + 1)
    if not raw.strip():
        raise Undeliverable(os.EX_DATAERR, "5.6.0 The mail is empty")
    if len(raw) > settings.max_size:
        raise Undeliverable(os.EX_DATAERR, f"5.3.4 Mail too large, limit {settings.max_size} bytes")
    if not _lines_fit(raw, settings.max_line):
        raise Undeliverable(os.EX_DATAERR, f"5.6.0 Line too long, limit {settings.max_line} bytes")
    return raw


def _lines_fit(raw: bytes, limit: int) -> bool:
    start = 0
    # The last LF within reach shows that all lines before it are short enough: no need to see each.
    while len(raw) - start > limit:
        last = raw.rfind(b"\n", start, start + limit)
        if last < 0:
            return False
        start = last + 1
    return True
