"""The tree of a mail's parts (RFC 2045, 2046), as offsets into its raw bytes.

Python's own parser recurses into nested parts, turns every octet into a character and copies each
line; here the raw bytes are only searched for delimiter lines, outermost first, by a list of work
that is bounded before it grows. Attached mails are leaves: nobody's words but the writer's are read.
"""

import functools
from collections.abc import Iterator
from dataclasses import dataclass, replace

from mailgate.core.mail import Defect
from mailgate.parse import parameters, transfer
from mailgate.parse.fields import Block, read_block
from mailgate.parse.limits import ParseLimits
from mailgate.parse.parameters import Valued

_PART_BLOCK = 64 * 1024  # octets of a part's header that are read
_BEYOND = frozenset(
    {Defect.HEADERS_TOO_LARGE, Defect.TOO_MANY_HEADERS, Defect.TOO_MANY_PARTS, Defect.TOO_DEEP}
)
_CANDIDATES_A_PART = 4
_SEARCHES = 8  # of every octet, on average: a large mail is not deep as well
_SMALL = 1024 * 1024
_TAIL = 80  # octets after a delimiter that may be white space
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
    def beyond(self) -> bool:
        """Was the tree not read because of a limit?"""
        return bool(_BEYOND.intersection(self.defects))

    @property
    def leaves(self) -> tuple[Part, ...]:
        """The parts that hold content."""
        return tuple(part for part in self.parts if part.leaf)


class _TooManyPartsError(Exception):
    """More delimiter lines than the limit allows."""


class _BeyondError(Exception):
    """A limit is passed; the argument is its defect."""


@dataclass(frozen=True, slots=True)
class _Span:
    """An entity not yet read: where it lies, its ancestors, and its type when it names none."""

    start: int
    end: int
    ancestors: tuple[int, ...]
    default: str


class _Budget:
    """What finding the delimiters of the whole mail may cost; _BeyondError when it is spent."""

    def __init__(self, candidates: int, octets: int) -> None:
        self.candidates = candidates
        self.octets = octets

    def candidate(self) -> None:
        """A line that begins like a delimiter is looked at."""
        self.candidates -= 1
        if self.candidates < 0:
            raise _BeyondError(Defect.TOO_MANY_PARTS)

    def search(self, octets: int) -> None:
        """A multipart is searched; what lies n levels deep is searched n times."""
        self.octets -= octets
        if self.octets < 0:
            raise _BeyondError(Defect.TOO_DEEP)


def read_structure(raw: bytes, block: Block, limits: ParseLimits) -> Structure:
    """The parts of the mail whose header is `block`."""
    root_span = _Span(0, len(raw), (), "text/plain")
    if not block.complete:
        return Structure((replace(_part(0, root_span, block), leaf=True),), block.defects)
    root = _part(0, root_span, block)
    parts: list[Part] = []
    try:
        whole = _walk(raw, root, parts, limits)
    except _BeyondError as error:
        return Structure((replace(root, leaf=True),), (error.args[0],))
    return Structure(tuple(parts), () if whole else (Defect.BROKEN_MIME,))


def _walk(raw: bytes, root: Part, parts: list[Part], limits: ParseLimits) -> bool:
    """Append `root` and all parts below it to `parts`; was every multipart closed?"""
    budget = _Budget(limits.parts * _CANDIDATES_A_PART, _SEARCHES * max(len(raw), _SMALL))
    part_limits = _of_part(limits)
    whole = True
    waiting: list[_Span] = []
    part = root
    while True:
        if part.leaf:
            parts.append(part)
        else:
            spans, closed = _children(raw, part, budget)
            whole = whole and closed and bool(spans)
            # A multipart without parts is shown as it stands (RFC 2045, 5.2: plain text when in doubt).
            parts.append(part if spans else replace(part, leaf=True, content=Valued("text/plain")))
            waiting += reversed(spans)
        if len(parts) + len(waiting) > limits.parts:
            raise _BeyondError(Defect.TOO_MANY_PARTS)
        if not waiting:
            return whole
        span = waiting.pop()
        if len(span.ancestors) > limits.depth:
            raise _BeyondError(Defect.TOO_DEEP)
        part = _part(len(parts), span, read_block(raw, span.start, span.end, part_limits))


@functools.lru_cache(maxsize=2)
def _of_part(limits: ParseLimits) -> ParseLimits:
    return replace(limits, block=_PART_BLOCK)


def _part(number: int, span: _Span, block: Block) -> Part:
    content = parameters.read(block.first("content-type"))
    if "/" not in content.value:  # RFC 2045, 5.2: absent or broken is the default
        content = replace(content, value=span.default)
    body = block.body if block.body >= 0 else span.end
    disposition = parameters.read(block.first("content-disposition"))
    leaf = not content.value.startswith("multipart/")
    return Part(number, span.ancestors, block, content, disposition, body, span.end, leaf)


def _children(raw: bytes, part: Part, budget: _Budget) -> tuple[list[_Span], bool]:
    """The children of a multipart, and whether its closing delimiter was found."""
    ancestors = (*part.ancestors, part.number)
    default = "message/rfc822" if part.type == "multipart/digest" else "text/plain"  # RFC 2046, 5.1.5
    ranges, closed = _ranges(raw, part, budget)
    return [_Span(start, end, ancestors, default) for start, end in ranges], closed


def _ranges(raw: bytes, part: Part, budget: _Budget) -> tuple[list[tuple[int, int]], bool]:
    """Where the children of a multipart lie, and whether its closing delimiter was found."""
    boundary = part.content.octets("boundary").rstrip()
    if not boundary or len(boundary) > _BOUNDARY:
        return [], False
    budget.search(part.end - part.start)
    ranges: list[tuple[int, int]] = []
    begin = -1
    for line, after, closing in _delimiters(raw, part, b"--" + boundary, budget):
        if begin >= 0:
            ranges.append((begin, line))
        begin = after
        if closing:
            return ranges, True
    if begin >= 0:
        ranges.append((begin, part.end))
    return ranges, False


def _delimiters(raw: bytes, part: Part, delimiter: bytes, budget: _Budget) -> Iterator[tuple[int, int, bool]]:
    """Delimiter lines (RFC 2046, 5.1.1): the end of what precedes, the start of what follows, closing?"""
    position = raw.find(delimiter, part.start, part.end)
    while position >= 0:
        budget.candidate()
        tail = position + len(delimiter)
        after = raw.find(b"\n", tail, part.end)
        after = part.end if after < 0 else after + 1
        rest = raw[tail : min(after, tail + _TAIL)].strip()
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
