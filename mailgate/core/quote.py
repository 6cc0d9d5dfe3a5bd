"""The new words of a reply, parted from what the mail program quoted above, below or between them.

Each line is first given a mark (blank, text, quoted by ">", introduction of a quote, our cut
line), looking at a bounded piece of it and at most a dozen lines around; a small state machine
then reads the marks once. So the cost is linear whatever the text, and for a huge text constant:
past `MAX_LINES` lines the rest is taken as one.

The scanner leaves a line out only on evidence. A line with ">" is a quote when an introduction
or the look of a letter says so; otherwise it is a log or a shell prompt the writer pasted. What follows an
introduction without any ">" is somebody else's mail to its end. Where ">" marks the quotes, every
other line is an answer. A wrong guess costs little: nothing is lost, it only stands in `quoted`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum, auto
from itertools import compress, groupby
from operator import not_

from mailgate.core import attribution
from mailgate.core.plain_lines import is_plain, plain_lines
from mailgate.core.signature import signatures

MAX_LINES = 10_000
CUT_LINES = ("--- Пишите ответ выше этой строки ---", "--- Please write your reply above this line ---")
"""Stands at the top of our letters, in Russian and English; from it on nothing is the writer's."""

_CUT_PHRASES = frozenset(line.strip("- ").lower() for line in CUT_LINES)
# The Bat! marks a quote with the initials of whom it quotes; a prompt like "SQL>" is no name.
_INITIALS = re.compile(r"(?!SQL>|PS>|GDB>)[A-ZА-ЯЁІЇЄ][A-Za-zА-Яа-яЁёІіЇїЄє]{0,2}>")
_LETTER_PHRASES = (
    "здравствуйте",
    "добрый день",
    "добрый вечер",
    "доброе утро",
    "доброго времени",
    "уважаем",
    "с уважением",
    "добрий день",
    "hello",
    "hi,",
    "hi ",
    "dear ",
    "good morning",
    "good afternoon",
    "best regards",
    "kind regards",
    "regards,",
    "sincerely",
)


@dataclass(frozen=True, slots=True)
class Split:
    """A text in two: `new_words` are the writer's own lines, `quoted` all lines left out, in order.

    `signature` are those lines of `quoted` that stand below the writer's own "-- ".
    """

    new_words: str
    quoted: str
    signature: str = ""


class _Mark(IntEnum):
    BLANK = auto()
    TEXT = auto()
    QUOTED = auto()  # begins with ">"
    LETTER = auto()  # the same, and reads like a letter
    REPLY = auto()  # the same, and only a mail program writes so
    ATTRIBUTION = auto()
    TABLE = auto()  # of headers, or a divider
    ENDING = auto()  # of a forwarded mail
    CUT = auto()


_MARKED = frozenset({_Mark.QUOTED, _Mark.LETTER, _Mark.REPLY})
_INTRODUCTIONS = frozenset({_Mark.ATTRIBUTION, _Mark.TABLE})
_UNQUOTED = frozenset({_Mark.BLANK, _Mark.TEXT})


def split(text: str) -> Split:
    """Part `text` (decoded, lines ended by LF or CRLF) into new words and quotes; never raises.

    Both hold lines of `text` as they are, in order, less blank lines at their ends. `new_words` is "" when
    all there is was quoted by a mail program: an empty reply, a forward without a comment.
    """
    lines = text.replace("\r\n", "\n").split("\n", MAX_LINES)
    looks = [line[: attribution.LOOKED_AT].strip() for line in lines]
    looks[-1] = looks[-1].replace("\n", " ")  # beyond so many lines, the rest is one
    own = _whose(looks)
    signed = sorted(signatures(looks, lines, own))
    for start, end in signed:
        own[start:end] = [False] * (end - start)
    signature = "\n".join("\n".join(lines[start:end]) for start, end in signed)
    return Split(_joined(lines, own), _joined(lines, map(not_, own)), signature)


def _whose(looks: list[str]) -> list[bool]:
    """For each line: is it the writer's?"""
    plain = plain_lines(looks)
    # Most mails quote nothing, and then there is nothing to weigh.
    if all(plain):
        return [True] * len(looks)
    marks = _marks(looks, plain)
    own = [True] * len(looks) if _UNQUOTED.issuperset(marks) else _own_lines(marks)
    if _Mark.LETTER in marks and not _surely_quoted(marks) and not _anything(own, marks):
        return [True] * len(looks)
    return own


def _joined(lines: list[str], wanted: Iterable[bool]) -> str:
    chosen = "\n".join(compress(lines, wanted))
    head = len(chosen) - len(chosen.lstrip())
    end = chosen.find("\n", len(chosen.rstrip()))
    # The first line keeps its indent: it may be the top of a pasted table.
    return (
        chosen[chosen.rfind("\n", 0, head) + 1 : end if end >= 0 else len(chosen)] if chosen.strip() else ""
    )


# Marks


def _marks(looks: list[str], plain: list[bool]) -> list[_Mark]:
    following = _following(looks)
    marks = [_Mark.TEXT if look else _Mark.BLANK for look in looks]
    introduced = False
    past = 0
    for at in compress(range(len(looks)), map(not_, plain)):
        if at < past:
            continue
        mark, count = _mark(looks, at, following[at], introduced=introduced)
        if (
            mark is _Mark.TEXT
            and ":" in looks[at]
            and _before(marks, looks, at)
            and (found := attribution.header_block(looks, at))
        ):
            mark, count = _Mark.TABLE, found
        introduced = introduced or mark in _INTRODUCTIONS
        past = at + count
        marks[at:past] = [mark] * count
    return marks


def _before(marks: list[_Mark], looks: list[str], at: int) -> bool:
    """May a table of headers begin here? In a pasted SMTP dialog it stands right below "354"."""
    return not at or marks[at - 1] in {_Mark.BLANK, _Mark.TABLE} or attribution.is_rule(looks[at - 1])


def _following(looks: list[str]) -> list[int]:
    """For each line the index of the next one with something on it."""
    following = [len(looks)] * len(looks)
    for at in range(len(looks) - 2, -1, -1):
        following[at] = at + 1 if looks[at + 1] else following[at + 1]
    return following


def _mark(looks: list[str], at: int, after: int, *, introduced: bool) -> tuple[_Mark, int]:
    """The mark of the line `at`, which is not plain, and how many lines it is for."""
    look = looks[at]
    if look[0] == ">" or (introduced and _INITIALS.match(look)):
        return _mark_of_quoted(looks[at : at + 3]), 1
    if _is_cut(look):
        return _Mark.CUT, 1
    if attribution.is_ending(look):
        return _Mark.ENDING, 1
    if count := attribution.attribution_length(looks, at):
        return _Mark.ATTRIBUTION, count
    if attribution.is_divider(look):
        return _Mark.TABLE, 1
    return (_mark_by_what_follows(looks, at, after) if after < len(looks) else _Mark.TEXT), 1


def _mark_by_what_follows(looks: list[str], at: int, after: int) -> _Mark:
    if attribution.is_rule(looks[at]) and attribution.header_block(looks, after):
        return _Mark.TABLE
    below = looks[after]
    quoted = below[0] == ">" or _INITIALS.match(below) or _is_cut(below)
    return _Mark.ATTRIBUTION if quoted and attribution.may_be_attribution(looks[at]) else _Mark.TEXT


def _mark_of_quoted(looks: list[str]) -> _Mark:
    """The mark of a line with ">" from itself and the two below it."""
    first = _unquoted(looks[0])
    if not first:
        return _Mark.QUOTED
    if not is_plain(first) and _is_programs([first, *map(_unquoted, looks[1:])]):
        return _Mark.REPLY
    return _Mark.LETTER if first.lower().startswith(_LETTER_PHRASES) else _Mark.QUOTED


def _unquoted(look: str) -> str:
    return look.lstrip("> \xa0")


def _is_programs(inner: list[str]) -> bool:
    """Is the first line one that only mail programs write?"""
    first = inner[0]
    return _is_cut(first) or attribution.is_divider(first) or bool(attribution.attribution_length(inner, 0))


def _is_cut(look: str) -> bool:
    return look.strip("-–— *_\xa0").lower() in _CUT_PHRASES


# Whose line


class _Where(IntEnum):
    OWN = auto()  # a ">" is the writer's
    MARKED = auto()  # a ">" is a quote, all else is the writer's
    FOREIGN = auto()  # nothing is the writer's


def _own_lines(marks: list[_Mark]) -> list[bool]:
    """For each line: is it the writer's? A blank line goes with the line above it."""
    # Lines of one mark, one below the other, are judged alike: most runs are long.
    runs = [(mark, len(list(run))) for mark, run in groupby(marks)]
    own = _own_runs([mark for mark, _ in runs])
    return [mine for mine, (_, count) in zip(own, runs, strict=True) for _ in range(count)]


def _own_runs(marks: list[_Mark]) -> list[bool]:
    quotes = _evident_quotes(marks)
    marking = _marking(marks)
    own: list[bool] = []
    where = _Where.OWN
    for at, mark in enumerate(marks):
        if mark is _Mark.CUT:
            return own + [False] * (len(marks) - at)
        if mark is _Mark.ENDING:
            where = _Where.MARKED
        elif where is not _Where.FOREIGN and mark in _INTRODUCTIONS:
            where = _Where.MARKED if marking[at] else _Where.FOREIGN
        elif where is _Where.OWN and quotes[at]:
            where = _Where.MARKED
        own.append(_is_own(mark, where, own))
    return own


def _is_own(mark: _Mark, where: _Where, own: list[bool]) -> bool:
    if mark is _Mark.BLANK:
        return own[-1] if own else True
    if where is _Where.FOREIGN or mark in _INTRODUCTIONS or mark is _Mark.ENDING:
        return False
    return mark is _Mark.TEXT or where is _Where.OWN


def _evident_quotes(marks: list[_Mark]) -> list[bool]:
    """For each line: does it stand in a run of ">" lines, at or before one that reads like a letter?"""
    evident = [False] * len(marks)
    found = False
    for at in range(len(marks) - 1, -1, -1):
        if marks[at] in {_Mark.LETTER, _Mark.REPLY}:
            found = True
        elif marks[at] not in {_Mark.QUOTED, _Mark.BLANK}:
            found = False
        evident[at] = found
    return evident


def _marking(marks: list[_Mark]) -> list[bool]:
    """For each introduction: does ">" mark what it introduces?

    Below a table of headers the ">" must come at once; below an attribution the writer may have
    begun his answer first, but then no other introduction stands between.
    """
    marking = [False] * len(marks)
    below = beyond = _Mark.BLANK
    sometime = False
    for at in range(len(marks) - 1, -1, -1):
        mark = marks[at]
        if mark is _Mark.BLANK:
            continue
        marking[at] = sometime if mark is _Mark.ATTRIBUTION else beyond in _MARKED
        if mark not in _INTRODUCTIONS:
            beyond = mark
            sometime = mark in _MARKED or (sometime and mark is _Mark.TEXT and below not in _INTRODUCTIONS)
        below = mark
    return marking


def _surely_quoted(marks: list[_Mark]) -> bool:
    return not {_Mark.REPLY, _Mark.CUT, *_INTRODUCTIONS}.isdisjoint(marks)


def _anything(own: list[bool], marks: list[_Mark]) -> bool:
    return any(mine and mark is not _Mark.BLANK for mine, mark in zip(own, marks, strict=True))
