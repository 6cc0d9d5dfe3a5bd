"""A text that is being read for phrases: its sentences, each looked at only when somebody asks for it."""

import functools
from collections.abc import Iterator, Sequence
from typing import overload

from mailgate.core.asking import Said
from mailgate.core.finding.alphabets import Plain
from mailgate.core.glance import LOOKED_BACK, glance_of
from mailgate.core.phrasing import PERSON, SMALL, US, Phrases
from mailgate.core.sentences import Sentence, parts, sentence, spans

PUNCTUATION = frozenset(",:–—(")
_NEVER = SMALL | PUNCTUATION
_BEFORE_NAMES_TEXT = """
на имя to of передать
"""
_BEFORE_NAMES = frozenset(_BEFORE_NAMES_TEXT.split())
_OURS = {"вам": ("к",), "you": ("to",)}
_PRONOUNS = dict.fromkeys(("меня", "себя", "нас", "него", "нее"), ("на",)) | _OURS
"""Pronouns that count, and the words behind which they do."""


class Reading(Sequence[Said]):
    """A text and the phrases that are looked for in it; its sentences, in their order."""

    def __init__(self, text: Plain, phrases: Phrases, own: int) -> None:
        """Read `text`, whose first `own` characters are a subject."""
        self.text = text
        self.phrases = phrases
        self.low = text.low.replace("’", "'")
        self._own = own
        self._stems = glance_of(phrases).stems
        self._said: dict[int, Said] = {}
        self._spans: dict[int, list[tuple[int, int]]] = {}

    @functools.cached_property
    def parts(self) -> tuple[tuple[int, int], ...]:
        """Where each sentence begins and ends."""
        return tuple(parts(self.low))

    def __len__(self) -> int:
        """How many sentences it has."""
        return len(self.parts)

    @overload
    def __getitem__(self, at: int) -> Said: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[Said]: ...

    def __getitem__(self, at: int | slice) -> Said | Sequence[Said]:
        """A sentence, or some of them."""
        if isinstance(at, slice):
            return [self[each] for each in range(*at.indices(len(self)))]
        if at not in self._said:
            one = sentence(self.low, *self.parts[at])
            self._said[at] = Said(one, *self._content(one), one.start < self._own)
        return self._said[at]

    def keys_back_from(self, at: int) -> Iterator[str]:
        """By what the words of a sentence and those before it are looked up."""
        for each in range(max(0, at - LOOKED_BACK), at + 1):
            yield from self[each].keys

    def as_written(self, at: int, places: tuple[int, ...]) -> tuple[str, str]:
        """Words of a sentence, and the whole, as they were written."""
        here, text = self[at].sentence, self.text.text
        if at not in self._spans:
            self._spans[at] = spans(self.low, here)
        where = self._spans[at]
        words = " ".join(text[slice(*where[each])] for each in places)
        return words, " ".join(text[here.start : here.end].split())

    def _content(self, one: Sentence) -> tuple[tuple[int, ...], tuple[str, ...]]:
        """The words that count in phrases: their places in a sentence, and by what they are looked up."""
        found: list[tuple[int, str]] = []
        where: list[tuple[int, int]] = []
        has_names = not self.text.text[one.start + 1 : one.end].islower()
        before = ""
        for at, word in enumerate(one.words):
            if word in _PRONOUNS:
                if before in _PRONOUNS[word]:
                    found.append((at, US if word in _OURS else PERSON))
            elif word not in _NEVER:
                own = self._stems[word]
                if not own and has_names and before in _BEFORE_NAMES:
                    where = where or spans(self.low, one)
                    own = PERSON if word.isalpha() and self._begins_name(where[at : at + 2]) else ""
                found.append((at, own))
            before = word
        return tuple([at for at, _ in found]), tuple([own for _, own in found])

    def _begins_name(self, where: list[tuple[int, int]]) -> bool:
        """Do two words stand there that are written as names are?"""
        return len(where) > 1 and all(self.text.text[start].isupper() for start, _ in where)


def hopes(reading: Reading, possible: int) -> Iterator[tuple[int, int]]:
    """The sentences that may hold phrases with the bits `possible`: the place of each, and their bits."""
    glance = glance_of(reading.phrases)
    places = glance.places(possible)
    anywhere = glance.in_sentence(0, 0) & possible
    before = last = 0
    for at, (start, end) in enumerate(reading.parts):
        here = glance.number(reading.low[start:end])
        bits = glance.in_sentence(here, before | last) & possible if here & places else anywhere
        if bits:
            yield at, bits
        before, last = last, here
