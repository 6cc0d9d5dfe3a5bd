"""Of a mail that is too large as a whole: its header and the first text in it.

The text mostly stands first, so header and beginning are a mail that only ends too soon. Where something
else stands before it, the server is asked where it is, and it is put below the header as the only part.
"""

from collections.abc import Iterator
from typing import Any

from mailgate.core.mailbox import Listed
from mailgate.intake.imap_client import Declined, Unreadable
from mailgate.intake.imap_connection import ImapConnection

_TEXTS = frozenset({b"PLAIN", b"HTML"})
_MOST_PARTS = 100
_DISPOSITION = 9  # RFC 9051, 7.5.2: its place in a text part of BODYSTRUCTURE
_HEADER = b"BODY[HEADER]"


def beginning(connection: ImapConnection, mail: Listed, octets: int) -> bytes | None:
    """The header and the first text, each at most so many octets; None when the mail has gone.

    Raises Lost, Declined.
    """
    asked = ("BODY.PEEK[HEADER]", f"BODY.PEEK[TEXT]<0.{octets}>")
    found = connection.items(mail.uid, asked, 2 * octets)
    head = found.get(_HEADER)
    if not isinstance(head, bytes):
        return None
    return head[:octets] + (_later_text(connection, mail, octets) or _piece(found, b"BODY[TEXT]"))


def _later_text(connection: ImapConnection, mail: Listed, octets: int) -> bytes:
    """The first text as the only part of the mail's multipart; b"" when it stands first, or nowhere."""
    try:
        structure = connection.items(mail.uid, ("BODYSTRUCTURE",), 0).get(b"BODYSTRUCTURE")
        section, boundary = first_text(structure), _boundary(structure)
        if section.partition(".")[0] in {"", "1"} or not boundary:
            return b""
        asked = (f"BODY.PEEK[{section}.MIME]", f"BODY.PEEK[{section}]<0.{octets}>")
        found = connection.items(mail.uid, asked, 2 * octets)
    except (Declined, Unreadable):
        return b""  # some servers read a mail otherwise than they write of it
    mime = _piece(found, f"BODY[{section}.MIME]".encode())
    text = _piece(found, f"BODY[{section}]".encode())
    return b"--" + boundary + b"\r\n" + mime[:octets] + text + b"\r\n" if mime and text else b""


def _piece(found: dict[bytes, Any], name: bytes) -> bytes:
    """A section, whole or of which only the beginning was asked for."""
    pieces = (value for key, value in found.items() if key in (name, name + b"<0>"))
    return next((piece for piece in pieces if isinstance(piece, bytes)), b"")


def first_text(structure: Any) -> str:
    """The section of the first text that is no attachment, such as "2.1"; "" where there is none."""
    return next((section for section, part in _leaves(structure) if _is_text(part)), "")


def _leaves(structure: Any) -> Iterator[tuple[str, Any]]:
    """The parts that hold content, with their sections (RFC 9051, 6.4.5.1), in the order of the mail."""
    waiting = [("", structure)]
    for _ in range(_MOST_PARTS):
        if not waiting:
            return
        section, part = waiting.pop()
        if not isinstance(part, tuple) or not part:
            continue
        if isinstance(part[0], list):
            inner = [(f"{section}.{n}".lstrip("."), each) for n, each in enumerate(part[0], start=1)]
            waiting += reversed(inner)
        else:
            yield section or "1", part


def _is_text(part: tuple[Any, ...]) -> bool:
    names = [name.upper() if isinstance(name, bytes) else b"" for name in part[:2]]
    disposition = part[_DISPOSITION] if len(part) > _DISPOSITION else None
    attached = isinstance(disposition, tuple) and disposition[:1] and disposition[0].lower() == b"attachment"
    return names[:1] == [b"TEXT"] and names[-1] in _TEXTS and not attached


def _boundary(structure: Any) -> bytes:
    """The boundary of the outermost multipart."""
    if not (isinstance(structure, tuple) and structure and isinstance(structure[0], list)):
        return b""
    parameters = next((each for each in structure[2:3] if isinstance(each, tuple)), ())
    pairs = zip(parameters[::2], parameters[1::2], strict=False)
    found = (value for key, value in pairs if isinstance(key, bytes) and key.upper() == b"BOUNDARY")
    return next((value for value in found if isinstance(value, bytes)), b"")
