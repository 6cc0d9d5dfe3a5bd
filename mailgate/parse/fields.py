"""The header block as octets: where its fields begin and end (RFC 5322, section 2.2).

Nothing is decoded here. A line that is no field ends the block, as it does for Postfix and the
filters in front of us: who checked the mail and who reads it must see the same header.
"""

import re
from dataclasses import dataclass

from mailgate.core.mail import Defect
from mailgate.parse.limits import ParseLimits

# RFC 5322, 2.2 a field name; 4.5.8 white space before the colon is obsolete, but is to be read.
_NAME = re.compile(rb"([!-9;-~]{1,256})[ \t]*:")


@dataclass(frozen=True, slots=True)
class RawField:
    """One field: `name` in lower case, `value` as it came, folds included; was it `cut` to the limit?"""

    name: str
    value: bytes
    cut: bool = False

    @property
    def unfolded(self) -> bytes:
        """The value in one line: line ends go, the white space after them stays (RFC 5322, 2.2.3)."""
        return self.value.replace(b"\r\n", b"").replace(b"\n", b"").strip()


@dataclass(frozen=True, slots=True)
class Block:
    """The fields of an entity, the offset its body begins at, and what was wrong.

    With one of the limit's defects the fields are only the first ones, and `body` is the end.
    """

    fields: tuple[RawField, ...]
    body: int
    defects: tuple[Defect, ...] = ()

    def all(self, name: str) -> tuple[RawField, ...]:
        """Every field `name` (lower case), topmost first."""
        return tuple(field for field in self.fields if field.name == name)

    def first(self, name: str) -> bytes:
        """The unfolded value of the topmost field `name` (lower case), or nothing."""
        return next((field.unfolded for field in self.fields if field.name == name), b"")

    @property
    def complete(self) -> bool:
        """Were all fields read?"""
        return Defect.TOO_MANY_HEADERS not in self.defects and self.body >= 0


def read_block(raw: bytes, start: int, end: int, limits: ParseLimits) -> Block:
    """The header block of the entity in `raw[start:end]`.

    `body` is -1 when the block is larger than the limit, so that its end was not looked for.
    """
    stop = min(end, start + limits.block)
    fields: list[RawField] = []
    position = _after_mbox_line(raw, start, stop)
    while position < stop:
        after = _end_of_line(raw, position, stop)
        if raw[position:after].strip(b"\r\n") == b"":
            return _block(fields, after)
        name = _NAME.match(raw, position, after)
        if name is None:
            return _block(fields, position, Defect.BROKEN_MIME)
        if len(fields) >= limits.headers:
            return _block(fields, -1, Defect.TOO_MANY_HEADERS)
        after = _end_of_field(raw, after, stop)
        last = min(after, name.end() + limits.header)
        fields.append(RawField(name[1].decode("ascii").lower(), raw[name.end() : last], last < after))
        position = after
    if stop < end:
        return _block(fields, -1, Defect.HEADERS_TOO_LARGE)
    return _block(fields, end)


def _block(fields: list[RawField], body: int, defect: Defect | None = None) -> Block:
    cut = (Defect.HEADERS_TOO_LARGE,) if any(field.cut for field in fields) else ()
    own = (defect,) if defect is not None and defect not in cut else ()
    return Block(tuple(fields), body, cut + own)


def _after_mbox_line(raw: bytes, start: int, stop: int) -> int:
    """The offset after a line with which mailboxes and some pipes separate mails."""
    if raw.startswith((b"From ", b">From "), start):
        return _end_of_line(raw, start, stop)
    return start


def _end_of_line(raw: bytes, start: int, stop: int) -> int:
    found = raw.find(b"\n", start, stop)
    return stop if found < 0 else found + 1


def _end_of_field(raw: bytes, position: int, stop: int) -> int:
    """The offset after the continuation lines that follow (RFC 5322, 2.2.3)."""
    # A line of white space alone goes on, too (RFC 5322, 4.2): the header ends only where it ends for all.
    while position < stop and raw[position] in b" \t":
        position = _end_of_line(raw, position, stop)
    return position
