"""The tree of a mail's parts (RFC 2045, 2046), as offsets into its raw bytes.

Python's own parser recurses into nested parts, turns every octet into a character and copies each
line; here the raw bytes are only searched for delimiter lines, outermost first, by a list of work
that is bounded before it grows. Attached mails are leaves: nobody's words but the writer's are read.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from mailgate.core.mail import Defect
from mailgate.parse import parameters, transfer
from mailgate.parse.fields import Block, read_block
from mailgate.parse.limits import ParseLimits
from mailgate.parse.parameters import Valued

_PART_BLOCK = 64 * 1024  # octets of a part's header that are read
_BOUNDARY = 200  # RFC 2046, 5.1.1 allows 70 characters; programs have written more


@dataclass(frozen=True, slots=True)
class Part:
    """One entity: the numbers of its ancestors, its header, and where its body lies in the raw mail."""

    number: int
    ancestors: tuple[int, ...]
    block: Block
    content: Valued
    disposition: Valued
    start: int
    end: int
    leaf: bool = True

    @property
    def type(self) -> str:
        """`text/plain` and the like, in lower case."""
        return self.content.value

    @property
    def encoding(self) -> str:
        """The transfer encoding, in lower case, "" where none is named."""
        return parameters.read(self.block.first("content-transfer-encoding")).value

    def octets(self, raw: bytes) -> bytes:
        """The body, its transfer encoding taken off."""
        return transfer.decode(raw[self.start : self.end], self.encoding)


@dataclass(frozen=True, slots=True)
class Structure:
    """All parts in the order of the mail, the root first; beyond a limit only the root, as a leaf."""

    parts: tuple[Part, ...]
    defects: tuple[Defect, ...] = ()

    @property
    def leaves(self) -> tuple[Part, ...]:
        """The parts that hold content."""
        return tuple(part for part in self.parts if part.leaf)


class _TooManyPartsError(Exception):
    """More delimiter lines than the limit allows."""


@dataclass(slots=True)
class _Candidates:
    """How many more lines that look like delimiters may be looked at in the whole mail."""

    left: int

    def take(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise _TooManyPartsError


def read_structure(raw: bytes, block: Block, limits: ParseLimits) -> Structure:
    """The parts of the mail whose header is `block`."""
    root = _part(0, (), block, (block.body, len(raw)), "text/plain")
    parts: list[Part] = []
    defects: list[Defect] = []
    waiting = [root]
    count = 1
    candidates = _Candidates(limits.parts * 4)
    while waiting:
        part = waiting.pop()
        if not part.type.startswith("multipart/"):
            parts.append(part)
            continue
        if len(part.ancestors) >= limits.depth:
            return Structure((root,), (Defect.TOO_DEEP,))
        try:
            ranges, closed = _ranges(raw, part, candidates)
        except _TooManyPartsError:
            return Structure((root,), (Defect.TOO_MANY_PARTS,))
        count += len(ranges)
        if count > limits.parts:
            return Structure((root,), (Defect.TOO_MANY_PARTS,))
        if not closed:
            defects.append(Defect.BROKEN_MIME)
        parts.append(_opened(part) if ranges else _as_text(part))
        # The last one is taken first from the list of work, so that parts come in the mail's order.
        waiting += reversed([_child(raw, part, span, count, limits) for span in ranges])
    return Structure(_numbered(parts), tuple(defects))


def _numbered(parts: list[Part]) -> tuple[Part, ...]:
    return tuple(parts)


def _ranges(raw: bytes, part: Part, candidates: _Candidates) -> tuple[list[tuple[int, int]], bool]:
    """Where the children of a multipart lie, and whether its closing delimiter was found."""
    boundary = part.content.octets("boundary").rstrip()
    if not boundary or len(boundary) > _BOUNDARY:
        return [], False
    ranges: list[tuple[int, int]] = []
    begin = -1
    for line, after, closing in _delimiters(raw, part, b"--" + boundary, candidates):
        if begin >= 0:
            ranges.append((begin, line))
        begin = after
        if closing:
            return ranges, True
    if begin >= 0:
        ranges.append((begin, part.end))
    return ranges, False


def _delimiters(
    raw: bytes, part: Part, delimiter: bytes, candidates: _Candidates
) -> Iterator[tuple[int, int, bool]]:
    """Delimiter lines (RFC 2046, 5.1.1): the end of what precedes, the start of what follows, closing?"""
    position = raw.find(delimiter, part.start, part.end)
    while position >= 0:
        candidates.take()
        tail = position + len(delimiter)
        after = raw.find(b"\n", tail, part.end)
        after = part.end if after < 0 else after + 1
        rest = raw[tail : min(after, tail + 80)].strip()
        if rest in {b"", b"--"} and (position == part.start or raw[position - 1] == ord("\n")):
            yield _before_line_end(raw, part.start, position), after, rest == b"--"
            position = raw.find(delimiter, after, part.end)
        else:
            position = raw.find(delimiter, tail, part.end)


def _before_line_end(raw: bytes, start: int, position: int) -> int:
    """The line end before a delimiter belongs to the delimiter (RFC 2046, 5.1.1)."""
    if position > start and raw[position - 1] == ord("\n"):
        position -= 1
        if position > start and raw[position - 1] == ord("\r"):
            position -= 1
    return position
