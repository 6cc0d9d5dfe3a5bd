"""The parts that are not the writer's text: how they are called, how large they are, what they hold.

A name is for human eyes only, nothing is ever stored under it; still it is made so that it could be:
no folders, no controls, nothing that shows `exe.gpj` as something else.
"""

import hashlib
import mimetypes
import re
import unicodedata

from mailgate.core.mail import Attachment
from mailgate.parse.body import read_body
from mailgate.parse.charset import guess_charset
from mailgate.parse.clean import one_line
from mailgate.parse.fields import read_block
from mailgate.parse.limits import DEFAULT, ParseLimits
from mailgate.parse.mime import Part, Structure, read_structure
from mailgate.parse.words import HeaderReader

_LONGEST = 120  # characters of a name
_LONGEST_ENDING = 20
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u115f\u1160\u180b-\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufe00-\ufe0f\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
# Folders hide names that begin with a dot; Windows drops dots and spaces at the end.
_EDGES = ". \xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_FORBIDDEN = re.compile(r'[<>:"|?*]')  # in names of files, by Windows
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)
_ENDINGS = {
    "message/rfc822": ".eml",
    "message/delivery-status": ".txt",
    "message/disposition-notification": ".txt",
    "message/feedback-report": ".txt",
    "text/rfc822-headers": ".txt",
    "application/ms-tnef": ".dat",
}
# Python's own table: what this machine's /etc/mime.types says would make names differ between machines.
_TYPES = mimetypes.MimeTypes()


def attachments(
    raw: bytes, structure: Structure, used: frozenset[int], reader: HeaderReader
) -> tuple[Attachment, ...]:
    """All leaves of `structure` but those whose numbers are `used`."""
    return tuple(
        _attachment(raw, part, place, reader) for place, part in enumerate(_parts(structure, used), start=1)
    )


def attachment_bytes(raw: bytes, index: int, limits: ParseLimits = DEFAULT) -> bytes:
    """The decoded octets of the attachment at `index` (from 0) of a parsed mail's `attachments`.

    Raises IndexError when the mail has no such attachment.
    """
    block = read_block(raw, 0, len(raw), limits)
    structure = read_structure(raw, block, limits)
    if structure.beyond or index < 0:
        raise IndexError(index)
    used = read_body(raw, structure, guess_charset, limits).used
    return _parts(structure, used)[index].octets(raw)


def _parts(structure: Structure, used: frozenset[int]) -> tuple[Part, ...]:
    return tuple(part for part in structure.leaves if part.number not in used and not _is_nothing(part))


def _is_nothing(part: Part) -> bool:
    """An empty part without a name, as programs leave them behind."""
    return part.start >= part.end and not part.disposition.value


def _attachment(raw: bytes, part: Part, place: int, reader: HeaderReader) -> Attachment:
    octets = part.octets(raw)
    digest = hashlib.sha256(octets, usedforsecurity=False).hexdigest()
    return Attachment(_name(part, place, reader), part.type, len(octets), digest)


def _name(part: Part, place: int, reader: HeaderReader) -> str:
    """RFC 2183, 2.3: the disposition's filename, else the older name of the content type."""
    shown = part.disposition.text("filename", reader) or part.content.text("name", reader)
    return clean_name(shown) or f"attachment-{place}{_ending(part.type)}"


def _ending(kind: str) -> str:
    return _ENDINGS.get(kind) or _TYPES.guess_extension(kind) or ".bin"


def clean_name(name: str) -> str:
    """`name` as a plain file name of at most 120 characters, "" when nothing of it is left."""
    visible = unicodedata.normalize("NFC", _INVISIBLE.sub("", one_line(name)))
    last = visible.replace("\\", "/").rpartition("/")[2]
    last = _FORBIDDEN.sub("_", last).strip(_EDGES)
    if _DEVICES.match(last):
        last = f"_{last}"
    if len(last) <= _LONGEST:
        return last
    stem, dot, ending = last.rpartition(".")
    if not stem or len(ending) > _LONGEST_ENDING:
        return last[:_LONGEST].rstrip(_EDGES)
    return stem[: _LONGEST - len(ending) - 1] + dot + ending
