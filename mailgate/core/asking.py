"""Which of the things that a mail speaks of it asks for, when all its sentences are heard."""

from dataclasses import dataclass

from mailgate.core.frame_words import QUESTIONS, Frame
from mailgate.core.frames import is_generic, is_topic, marks
from mailgate.core.sentences import Sentence

_FRAGMENT = 6  # words


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
        """Does it ask how, at what price, whether?"""
        return self.sentence.is_question and not QUESTIONS.isdisjoint(marks(self.sentence))

    @property
    def rules_out(self) -> bool:
        """Is it a question, or thanks?"""
        return self.sentence.is_question or Frame.THANKS in marks(self.sentence)


def asking(heard: list[Heard], said: tuple[Said, ...]) -> Heard | None:
    """Which of what was heard of one class asks for it; None if nothing does.

    Who asks, asks. Who wishes does not where he goes on to ask how.
    """
    for each in heard:
        if each.frame is Frame.ASKED:
            return each
    for each in heard:
        if each.frame is Frame.WISHED:
            return None if any(one.inquires for one in said[each.at + 1 :]) else each
    return None


def naming(heard: list[Heard], said: tuple[Said, ...]) -> Heard | None:
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
    return (
        topic
        if any(is_generic(one.sentence, marks(one.sentence)) for one in said) or len(said) <= topic.at + 2
        else None
    )
