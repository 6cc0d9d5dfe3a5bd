"""What a mail asks us to do: the class of its request, to what, and by which words.

Sentence by sentence the phrases of the classes are looked for, and the sentence around one says whether it is
asked for. Pure and linear: `SUBJECT_LOOKED_AT` and `WORDS_LOOKED_AT` characters count, no other.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import chain, islice

from mailgate.core.asking import Heard, Said, asking, begging, naming
from mailgate.core.finding.alphabets import plain
from mailgate.core.frame_words import Frame
from mailgate.core.frames import frame, marks, plight
from mailgate.core.glance import glance_of
from mailgate.core.phrases import base_subject
from mailgate.core.phrasing import PERSON, Phrase, Phrases, Step, phrases_of
from mailgate.core.reading import PUNCTUATION, Reading, hopes
from mailgate.core.request import Request, RequestClass
from mailgate.core.requested import objects
from mailgate.core.sentences import REFERRING
from mailgate.core.verb_forms import is_action

SUBJECT_LOOKED_AT = 300
"""Characters of a subject."""

WORDS_LOOKED_AT = 3_500
"""Characters of the writer's new words: of longer ones the beginning and the end, where a request is made."""

_ENDING = 1_000  # of them

_QUOTED = re.compile(r"^>.*", re.MULTILINE)  # among his own words, so that these answer it
_MOST = 60  # phrases in a sentence; who says more is no customer
_ELLIPSIS = 5  # words; a sentence that has no more may leave out what was named before
_SHORT_CLAUSE = 4  # words; as _ELLIPSIS


def recognise(subject: str, words: str, classes: tuple[RequestClass, ...]) -> Request:
    """The request in a mail; of several the one whose class is named first. Never raises."""
    return explained(subject, words, classes)[0]


def explained(
    subject: str, words: str, classes: tuple[RequestClass, ...]
) -> tuple[Request, tuple[Heard, ...]]:
    """The same, with all that was heard, in the order of the text."""
    reading = read(subject, words, classes)
    possible = glance_of(reading.phrases).possible(reading.low)
    if not possible:
        return Request(), ()
    told = heard(reading, hopes(reading, possible), classes)
    return (_request(reading, told, classes) if told else Request()), told


def read(subject: str, words: str, classes: tuple[RequestClass, ...]) -> Reading:
    """What is looked at of a mail."""
    own = _own_subject(subject)
    new = _looked_at(words)
    new = _QUOTED.sub("", new) if ">" in new else new
    return Reading(plain(own + "\n\n" + new), phrases_of(tuple([each.phrases for each in classes])), len(own))


def _looked_at(words: str) -> str:
    if len(words) <= WORDS_LOOKED_AT:
        return words
    return f"{words[: WORDS_LOOKED_AT - _ENDING]}\n\n{words[-_ENDING:]}"


def heard(
    reading: Reading, where: Iterable[tuple[int, int]], classes: tuple[RequestClass, ...]
) -> tuple[Heard, ...]:
    """What is heard in the sentences at `where`, of the phrases with the bits that stand there."""
    return tuple(one for at, bits in where for one in _heard(reading, at, bits, classes))


def _request(reading: Reading, told: tuple[Heard, ...], classes: tuple[RequestClass, ...]) -> Request:
    """What is asked for, by all that was heard."""
    by_class = [(each, [one for one in told if one.name == each.name]) for each in classes]
    spoken_of = [(each, own) for each, own in by_class if own]
    for decides in (asking, naming, begging):
        for each, own in spoken_of:
            one = decides(own, reading)
            if one is not None:
                found = objects(reading.text, reading.parts, one.at, reading[one.at], each)
                return Request(each.name, found, one.words)
    return Request()


def _own_subject(subject: str) -> str:
    """The subject, if it is its writer's own and not that of a letter he replies to."""
    own = subject[:SUBJECT_LOOKED_AT].strip()
    return own if base_subject(own) == own else ""


def _heard(reading: Reading, at: int, bits: int, classes: tuple[RequestClass, ...]) -> Iterator[Heard]:
    """The phrases with `bits` in a sentence, of each class the first that is asked for, or the first."""
    found: dict[int, Heard] = {}
    here = reading[at]
    told: tuple[Frame | None, ...] = ()
    inside = tuple(islice(_matches(here, bits, reading.phrases), _MOST))
    taken = frozenset(place for _, matched in inside for place in matched)
    for phrase, matched in chain(inside, islice(_across(reading, at, bits, taken), _MOST)):
        known = found.get(phrase.which)
        if known is not None and known.frame is Frame.ASKED:
            continue
        told = told or marks(here.sentence)
        what = plight(told) if phrase.is_plight else frame(here.sentence, told, matched)
        if known is None or what in {Frame.ASKED, Frame.WISHED}:
            name = classes[phrase.which].name
            words, sentence = reading.as_written(at, matched)
            found[phrase.which] = Heard(name, phrase.text, words, sentence, at, what)
    yield from found.values()


def _matches(here: Said, bits: int, phrases: Phrases) -> Iterator[tuple[Phrase, tuple[int, ...]]]:
    """Every phrase that stands in a sentence, and the places of its words there."""
    there = frozenset(here.keys)
    if len(there) == 1 and "" in there:
        return
    # Most end here, for each word once: what comes last is not in the sentence.
    hoped = {
        first: [each for each in phrases.beginning.get(first, ()) if each.bit & bits and _is_in(each, there)]
        for first in there
        if first
    }
    for at, first in enumerate(here.keys):
        for phrase in hoped[first] if first else ():
            for matched in _match(here.keys, at, phrase):
                yield phrase, tuple(here.places[each] for each in matched)


def _is_in(phrase: Phrase, there: frozenset[str]) -> bool:
    return not phrase.steps[-1].stems.isdisjoint(there) and phrase.without.isdisjoint(there)


def _across(
    reading: Reading, at: int, bits: int, taken: frozenset[int]
) -> Iterator[tuple[Phrase, tuple[int, ...]]]:
    """The phrases that begin in a sentence that has "it" or the like, or is short, and end in one before.

    Words at the places `taken` have what belongs to them in the sentence.
    """
    if not at:
        return
    here = reading[at]
    words = here.sentence.words
    is_elliptic = len(here.places) <= _ELLIPSIS or not REFERRING.isdisjoint(words)
    there: frozenset[str] = frozenset()
    beginning = reading.phrases.beginning
    hoped = {
        first: [each for each in beginning.get(first, ()) if each.bit & bits]
        for first in frozenset(here.keys) - {"", PERSON}
    }
    for nth, (place, first) in enumerate(zip(here.places, here.keys, strict=True), 1):
        # To ask the words around it takes longest.
        if not hoped.get(first) or place in taken or not is_action(words, place):
            continue
        if not is_elliptic and not _is_short_clause(words, place):
            continue
        there = there or frozenset(reading.keys_back_from(at))
        for phrase in hoped[first]:
            if _is_across(phrase, there, here.keys[nth : nth + 1]):
                yield phrase, (place,)


def _is_across(phrase: Phrase, there: frozenset[str], behind: tuple[str, ...]) -> bool:
    """Is the rest of a phrase anywhere there? `behind` its first word stands none that may not."""
    if len(phrase.steps) == 1 or any(step.stems.isdisjoint(there) for step in phrase.steps[1:]):
        return False
    return phrase.without.isdisjoint(there) and phrase.not_between.isdisjoint(behind)


def _is_short_clause(words: tuple[str, ...], at: int) -> bool:
    """Has the clause around a place few words?"""
    near = range(at - 1, max(-1, at - 1 - _SHORT_CLAUSE), -1)
    first = next((each + 1 for each in near if words[each] in PUNCTUATION), max(0, at - _SHORT_CLAUSE))
    behind = words[first : first + _SHORT_CLAUSE + 1]
    return len(behind) <= _SHORT_CLAUSE or not PUNCTUATION.isdisjoint(behind[at - first :])


def _match(keys: tuple[str, ...], at: int, phrase: Phrase) -> Iterator[tuple[int, ...]]:
    """The places of a phrase whose first word is at `at`, the nearest words taken; of the last one, each."""
    before: tuple[int, ...] = (at,)
    for step in phrase.steps[1:-1]:
        found = next(_following(keys, before[-1], step), None)
        if found is None:
            return
        before = (*before, found)
    if len(phrase.steps) == 1:
        yield before
        return
    for last in _following(keys, before[-1], phrase.steps[-1]):
        if not phrase.not_between or phrase.not_between.isdisjoint(keys[at:last]):
            yield (*before, last)


def _following(keys: tuple[str, ...], at: int, step: Step) -> Iterator[int]:
    """Where behind `at` the words of a step stand, near enough."""
    for place in range(at + 1, min(at + step.gap + 2, len(keys))):
        if keys[place] in step.stems:
            yield place
