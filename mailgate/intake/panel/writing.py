"""A request of the panel as a mail: it goes the way of all mails, and is kept and exported as one.

Everything is base64 or encoded words, so that the reader gives back what was sent, letter by letter, but for
characters that act instead of being read.
"""

import base64
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import quote

from mailgate.core.mail import Address
from mailgate.core.policy import Desk
from mailgate.intake.panel.models import NewAttachment, NewEntry
from mailgate.letters import wire

_SECTION = 60  # characters of a file name in one section (RFC 2231, section 3)
_ESCAPE = 3


def mail_of(entry: NewEntry, subject: str, desk: Desk, now: datetime) -> bytes:
    """The bytes of a mail from the author to the desk. Its Message-ID is new: no two of them are copies."""
    fields = (
        wire.field("From", wire.mailbox("", entry.author)),
        wire.field("To", wire.mailbox("", desk.address.mailbox)),
        wire.field("Subject", wire.unstructured(wire.one_line(subject, _LONGEST_SUBJECT))),
        wire.field("Date", (*format_datetime(now.astimezone(UTC)).split(" "),)),
        wire.field("Message-ID", (_message_id(desk.address),)),
        b"MIME-Version: 1.0\r\n",
    )
    return b"".join((*fields, _body(entry.text, entry.attachments)))


_LONGEST_SUBJECT = 1000  # what is longer was refused


def _message_id(desk: Address) -> str:
    return f"<panel-{secrets.token_hex(16)}@{desk.domain}>"


def _body(text: str, attachments: Sequence[NewAttachment]) -> bytes:
    if not attachments:
        return _text(text)
    boundary = secrets.token_hex(16).encode()
    parts = (_text(text), *map(_attachment, attachments))
    head = b'Content-Type: multipart/mixed; boundary="' + boundary + b'"\r\n\r\n'
    body = b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts)
    return head + body + b"--" + boundary + b"--\r\n"


def _text(text: str) -> bytes:
    lines = text.replace("\r\n", "\n").replace("\n", "\r\n")  # RFC 2045, section 6.8
    head = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return head + _base64(lines.encode("utf-8", "replace"))


def _attachment(file: NewAttachment) -> bytes:
    head = (
        f"Content-Type: {file.type}\r\n"
        "Content-Transfer-Encoding: base64\r\n"
        f"Content-Disposition: attachment{_file_name(file.name)}\r\n\r\n"
    )
    return head.encode("ascii") + _base64(file.octets)


def _base64(octets: bytes) -> bytes:
    return base64.encodebytes(octets).replace(b"\n", b"\r\n")


def _file_name(name: str) -> str:
    """The parameter `filename` in sections, none of which splits an escape (RFC 2231, sections 3 and 4.1)."""
    escaped = "utf-8''" + quote(name.encode("utf-8", "replace"), safe="")
    sections = []
    while escaped:
        cut = min(_SECTION, len(escaped))
        cut -= next((back for back in range(1, _ESCAPE) if escaped[cut - back] == "%"), 0)
        sections.append(escaped[:cut])
        escaped = escaped[cut:]
    return "".join(f";\r\n filename*{place}*={text}" for place, text in enumerate(sections))
