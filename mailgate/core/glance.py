"""Whether a text may hold a phrase at all, at a glance: of most mails and sentences nothing else is read.

A phrase needs a word for each of its first places in one sentence, or, where it reaches back, in it and the
two before. Each phrase has one bit in each of four fields of a number: one a place, and one for words that
may be its verb. A word's number has the bits of all places that it can fill; those of a sentence are or-ed.
What is so found possible may turn out not to be there; what is not possible is not there. Linear.
"""

import functools
import re
from operator import or_

from mailgate.core.phrasing import DOMAIN, MAILBOX, NAMESERVER, PERSON, US, Phrases, key
from mailgate.core.requested import is_nameserver
from mailgate.core.sentences import words_between_spaces
from mailgate.core.verb_forms import may_be_action

LOOKED_BACK = 2
"""Sentences that a phrase may reach back over."""

_PLACES = 3
_UNSEEN = frozenset({PERSON, US})  # by no word alone
_REMEMBERED, _LONGEST = 32_768, 64  # words with what is written next to them, and characters of one
_ENDS = re.compile(r"[^\W_].*[.!?…][)»\"']*\Z", re.DOTALL)


def look_up(word: str, phrases: Phrases) -> str:
    """By what a word of a sentence is looked up in phrases; "" where it stands in none by itself."""
    if word.isalpha():
        return key(word, phrases)
    if "@" in word:
        return MAILBOX
    if "." not in word:
        return key(word, phrases)
    if is_nameserver(word):
        return NAMESERVER
    top = word.rpartition(".")[2]
    return DOMAIN if len(top) > 1 and not top.isdigit() else ""


class Keys(dict[str, str]):
    """By what words of sentences are looked up in phrases."""

    def __init__(self, phrases: Phrases) -> None:
        """Know no word yet."""
        super().__init__()
        self._phrases = phrases

    def __missing__(self, word: str) -> str:
        """By what a word is looked up that is not remembered."""
        own = look_up(word, self._phrases)
        if len(word) <= _LONGEST:
            if len(self) >= _REMEMBERED:
                self.clear()
            self[word] = own
        return own


class Glance(dict[str, int]):
    """Numbers of words, with what stands next to them, for the phrases that it is made for."""

    def __init__(self, phrases: Phrases) -> None:
        """Make one that knows no word yet."""
        super().__init__()
        self.stems = Keys(phrases)
        self._width = len(phrases.every)
        self._field = (1 << self._width) - 1
        self._ends = 1 << (_PLACES + 1) * self._width
        self._places: dict[str, int] = {}
        self._always = 0
        for phrase in phrases.every:
            self._enter(phrase.bit, [step.stems for step in phrase.steps[:_PLACES]])

    def possible(self, low: str) -> int:
        """The bits of the phrases that a text in lower case may hold."""
        found = before = last = here = 0
        for number in map(self.__getitem__, low.split()):
            if number:
                here |= number
                if number & self._ends:
                    found |= self.in_sentence(here, before | last)
                    before, last, here = last, here, 0
        return found | self.in_sentence(here, before | last)

    def places(self, bits: int) -> int:
        """The number of a word that can fill every place of the phrases with `bits`."""
        return bits | bits << self._width | bits << 2 * self._width

    def number(self, low: str) -> int:
        """The number of a sentence in lower case."""
        return functools.reduce(or_, map(self.__getitem__, low.split()), 0)

    def in_sentence(self, here: int, before: int) -> int:
        """The bits of the phrases that a sentence may hold, by its number and that of those before it."""
        inside = self._fulfilled(here)
        verbs = here >> _PLACES * self._width & self._field
        return inside | (self._fulfilled(here | before) & verbs) if verbs and before else inside

    def __missing__(self, word: str) -> int:
        """The number of a word that is not remembered."""
        number = functools.reduce(or_, map(self._number, words_between_spaces(word)), 0)
        if _ENDS.search(word):
            number |= self._ends
        if len(word) <= _LONGEST:
            if len(self) >= _REMEMBERED:
                self.clear()
            self[word] = number
        return number

    def _enter(self, bit: int, places: list[frozenset[str]]) -> None:
        for at in range(_PLACES):
            moved = bit << at * self._width
            if at >= len(places) or not places[at].isdisjoint(_UNSEEN):
                self._always |= moved
            else:
                for each in places[at]:
                    self._places[each] = self._places.get(each, 0) | moved

    def _number(self, word: str) -> int:
        number = self._places.get(self.stems[word], 0)
        if number and may_be_action(word):
            anywhere = number | number >> self._width | number >> 2 * self._width
            number |= (anywhere & self._field) << _PLACES * self._width
        return number

    def _fulfilled(self, here: int) -> int:
        here |= self._always
        return here & here >> self._width & here >> 2 * self._width & self._field


@functools.lru_cache(maxsize=16)
def glance_of(phrases: Phrases) -> Glance:
    """The glance for phrases; kept, so that it remembers words."""
    return Glance(phrases)
