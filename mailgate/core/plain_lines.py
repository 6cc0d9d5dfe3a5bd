"""The lines of a text that are surely plain: no mail program writes them around a quote, and they are none.

Most lines are, and what `quote` asks of a line costs much; so it is asked of the rest only.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from mailgate.core.attribution import VERBS, WEEKDAYS

_SIGNS = re.compile(r"[0-9:>@]")
_SIGNED = re.compile(r"[0-9:>@].*")  # to the end of the line
_LETTERS = re.compile(r"[^\W\d_]*")
_FIRST_WORDS = frozenset({"on", "в", "вы", "ты", "you", "включено", *WEEKDAYS.split("|")})
# What is known by its words alone begins with these; the last two are of our own cut lines.
_PHRASES = ("это пересылаемое", "this is a forwarded", "пишите ответ", "please write")
_PHRASE_WORDS = frozenset(phrase.partition(" ")[0] for phrase in _PHRASES)
_SUSPECT = _FIRST_WORDS | _PHRASE_WORDS
_LAST_WORD = max(map(len, VERBS)) + 7  # characters: a verb, one space and six strokes
_IN_VERBS = ("wrote", "writes", "писа", "пиш")  # every verb holds one of these


def plain_lines(lines: Sequence[str]) -> list[bool]:
    """Of each line, stripped: is it empty or plain?

    Something is asked of all at once that costs little, and each that it finds is asked alone.
    """
    plain = [True] * len(lines)
    for at in {*_signed(lines), *_with_verbs(lines), *_beginning(lines)}:
        plain[at] = is_plain(lines[at])
    return plain


def is_plain(line: str) -> bool:
    """Is `line`, stripped and not empty, surely none of these, judged by the characters they all need?

    Most lines are; the questions below are asked of the rest only.
    """
    if _SIGNS.search(line):
        return False
    first = _LETTERS.match(line)
    if not first or not first[0] or _may_begin(first[0], line):
        return False
    return not line[-_LAST_WORD:].rstrip("-").rstrip().lower().endswith(VERBS)


def _signed(lines: Sequence[str]) -> Iterator[int]:
    text = "\n".join(lines)
    return _lines_at(text, (found.start() for found in _SIGNED.finditer(text)))


def _with_verbs(lines: Sequence[str]) -> Iterator[int]:
    """The lines that may end with a verb."""
    ends = "\n".join([line[-_LAST_WORD:] for line in lines]).lower()
    for verb in _IN_VERBS:
        yield from _lines_at(ends, _places_of(verb, ends))


def _beginning(lines: Sequence[str]) -> list[int]:
    """The lines whose first word may begin one of these, or is none."""
    firsts = [line.partition(" ")[0].rstrip(",.") for line in lines]
    lowered = "\n".join(firsts).lower().split("\n")
    return [
        at
        for at, (first, word) in enumerate(zip(firsts, lowered, strict=False))
        if (word in _SUSPECT or not first.isalpha()) and lines[at]
    ]


def _places_of(sign: str, text: str) -> Iterator[int]:
    at = text.find(sign)
    while at >= 0:
        yield at
        at = text.find(sign, at + 1)


def _lines_at(text: str, places: Iterable[int]) -> Iterator[int]:
    """The numbers of the lines at places in a text, these in order."""
    line = past = 0
    for place in places:
        line += text.count("\n", past, place)
        past = place
        yield line


def _may_begin(first: str, line: str) -> bool:
    """May a line with this first word be one of these?"""
    word = first.lower()
    return word in _FIRST_WORDS or (word in _PHRASE_WORDS and line.lower().startswith(_PHRASES))
