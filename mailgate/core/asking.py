"""Which of the things that a mail speaks of it asks for, when all its sentences are heard."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from mailgate.core.asking_words import COURTEOUS, DOING, ENCLOSED, MENDING, PAPERS, RHETORICAL
from mailgate.core.frame_words import QUESTIONS, Frame
from mailgate.core.frames import is_generic, is_topic, marks
from mailgate.core.sentences import REFERRING, Sentence

_FRAGMENT = 8  # words
_COURTESY = 4  # words
_BARE = 3  # sentences
_TOLD = frozenset({Frame.TROUBLE, Frame.NAMED, Frame.MENTIONED})
_DENIED = frozenset({Frame.REFUSED, Frame.DONE, Frame.THANKS, Frame.HOW, Frame.TERMS})
_INQUIRED = frozenset({Frame.HOW, Frame.POSSIBLE})


@dataclass(frozen=True, slots=True)
class Heard:
    """A phrase of the class `name` in the `at`th sentence, and what that does with it.

    `words` are those matched, `sentence` the whole as written.
    """

    name: str
    phrase: str
    words: str
    sentence: str
    at: int
    frame: Frame


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence.

    `places` are those of the words that count in phrases, `keys` by what these are looked up.
    """

    sentence: Sentence
    places: tuple[int, ...]
    keys: tuple[str, ...]
    is_subject: bool

    @property
    def inquires(self) -> bool:
        """Does it ask how that is done, at what price, whether? Not: what papers to send."""
        words = self.sentence.words
        if not self.sentence.is_question or any(word.startswith(PAPERS) for word in words):
            return False
        if _is_rhetorical(words):
            return False
        told = marks(self.sentence)
        return Frame.TERMS in told or (not QUESTIONS.isdisjoint(told) and not DOING.isdisjoint(words))

    @property
    def encloses(self) -> bool:
        """Does it say that papers are enclosed?"""
        words = (*self.sentence.words, "")
        return any(word.startswith(ENCLOSED) and words[at + 1] != "to" for at, word in enumerate(words[:-1]))

    @property
    def is_courtesy(self) -> bool:
        """Is it a greeting, or thanks for nothing yet, such as ends a letter?"""
        words = self.sentence.words
        return len(words) <= _COURTESY and not COURTEOUS.isdisjoint(words)

    @property
    def rules_out(self) -> bool:
        """Is it a question, or thanks for something?"""
        words = self.sentence.words
        if self.sentence.is_question:
            is_for_papers = any(word.startswith(PAPERS) for word in words)
            return not (is_for_papers or Frame.ASKED in marks(self.sentence) or _is_rhetorical(words))
        return Frame.THANKS in marks(self.sentence) and not self.is_courtesy


def asking(heard: list[Heard], said: Sequence[Said]) -> Heard | None:
    """Which of what was heard of one class asks for it; None if nothing does.

    Who asks, asks. Who wishes does not where he goes on to ask how.
    """
    for each in heard:
        if each.frame is Frame.ASKED:
            return each
    for each in heard:
        if each.frame is Frame.WISHED:
            inquires = any(one.inquires for one in said[each.at + 1 :])
            return None if inquires and not any(one.encloses for one in said) else each
    return None


def naming(heard: list[Heard], said: Sequence[Said]) -> Heard | None:
    """Which of what was heard of one class is at least the mail's topic, and asked for by the rest of it.

    That is so where nothing else is said of it, nothing is inquired, and the mail asks for something
    unnamed, or hardly goes on.
    """
    topic = next((each for each in heard if each.frame is Frame.NAMED), None)
    if topic is None or any(each.frame is not Frame.NAMED for each in heard):
        return None
    where = said[topic.at]
    if not where.is_subject and len(where.places) > _FRAGMENT:
        return None
    if not all(is_topic(said[each.at].sentence) for each in heard):
        return None
    if any(one.rules_out for one in said):
        return None
    goes_on = [one for one in said[topic.at + 1 :] if not one.is_courtesy]
    is_bare = len(goes_on) <= 1 or (len(goes_on) <= _BARE and all(is_topic(one.sentence) for one in goes_on))
    return topic if is_bare or any(map(_asks, said)) else None


def begging(heard: list[Heard], said: Sequence[Said]) -> Heard | None:
    """Which of what was heard of one class is told and not asked for, where the mail asks for something.

    That may be a plight, or what is asked for is there for it. Who asks that something be looked at or
    mended does not ask for it, nor who inquires, unless he then says that we are to do it.
    """
    told = next((each for each in heard if each.frame in _TOLD), None)
    if told is not None and not any(one.inquires or one.rules_out for one in said):
        if any(each.frame in _DENIED for each in heard):
            return None
        return told if any(map(_asks_for_a_thing, said)) else None
    inquired = next((each for each in heard if each.frame in _INQUIRED), None)
    if inquired is None:
        return None
    behind = said[inquired.at + 1 :]
    refers = any(_asks_for_a_thing(one) and not REFERRING.isdisjoint(one.sentence.words) for one in behind)
    return inquired if refers or any(one.encloses for one in said) else None


def _is_rhetorical(words: tuple[str, ...]) -> bool:
    return not RHETORICAL.isdisjoint(pairwise(words))


def _asks_for_a_thing(one: Said) -> bool:
    return _asks(one) and MENDING.isdisjoint(one.sentence.words)


def _asks(one: Said) -> bool:
    return is_generic(one.sentence, marks(one.sentence))
