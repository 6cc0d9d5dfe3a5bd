"""A text as sentences, and these as words: the units in which a request is asked."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

# A line that goes on in small letters was broken by the mail program; one that does not begins anew.
_END = re.compile(r"[.!?…]+[)»\"']*(?=\s|$)|;|\n(?=[ \t]*\n)|\n(?=[ \t]*[^\sa-zа-яё])")
# Names, addresses and links are one word each, so that nothing in them is read.
_WORD = re.compile(
    r"https?://[^\s<>]{1,500}|[\w+-]{1,64}(?:[.@][\w+-]{1,64})+|[^\W_]+(?:['’][^\W_]+)*|[,:–—(]",
    re.IGNORECASE,
)

_REFERRING_TEXT = """
его ее их это эту этот эти её it them this these that one другую другой другие новый новую новое новые
заново снова обратно оба обе такой ones both
"""
REFERRING = frozenset(_REFERRING_TEXT.split())
"""Words by which a sentence speaks of what was named before it."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence at `start`:`end` of a text in lower case.

    `words` are its words and the commas, colons, dashes and brackets among them; `spans` where each stands.
    """

    start: int
    end: int
    words: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    is_question: bool


def sentences(low: str) -> Iterator[Sentence]:
    """The sentences of a text in lower case, but for those without a word."""
    low = low.replace("’", "'")
    start = 0
    for found in _END.finditer(low):
        yield from _sentence(low, start, found.end())
        start = found.end()
    yield from _sentence(low, start, len(low))


def _sentence(low: str, start: int, end: int) -> Iterator[Sentence]:
    found = list(_WORD.finditer(low, start, end))
    if found:
        words = tuple([each[0] for each in found])
        spans = tuple([each.span() for each in found])
        yield Sentence(start, end, words, spans, "?" in low[max(start, end - 4) : end])
