"""A text as sentences, and these as words: the units in which a request is asked."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

# A line that goes on in small letters was broken by the mail program; one that does not begins anew.
_END = re.compile(
    r"[.!?…;\n](?:(?<=;)|(?<=\n)(?=[ \t]*\n|[ \t]*[^\sa-zа-яё])|(?<![;\n])[.!?…]*[)»\"']*(?=\s|$))"
)
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

    `words` are its words and the commas, colons, dashes and brackets among them.
    """

    start: int
    end: int
    words: tuple[str, ...]
    is_question: bool


def parts(low: str) -> Iterator[tuple[int, int]]:
    """Where the sentences of a text begin and end, but for those without a word.

    The text is in lower case, its apostrophes straight.
    """
    start = 0
    for end in chain((found.end() for found in _END.finditer(low)), (len(low),)):
        if _WORD.search(low, start, end):
            yield start, end
        start = end


def sentence(low: str, start: int, end: int) -> Sentence:
    """The sentence there."""
    words = tuple(_WORD.findall(low, start, end))
    return Sentence(start, end, words, "?" in low[max(start, end - 4) : end])


def spans(low: str, one: Sentence) -> list[tuple[int, int]]:
    """Where each word of a sentence begins and ends in the text that it was made of."""
    return [found.span() for found in _WORD.finditer(low, one.start, one.end)]


def words_between_spaces(low: str) -> list[str]:
    """The words of what has no space in it, as in its sentence."""
    return [word for part in low.split(";") for word in _WORD.findall(part)]
