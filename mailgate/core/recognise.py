"""What a mail asks us to do: the class of its request, to what, and by which words.

Sentence by sentence the phrases of the classes are looked for, and the sentence around one says whether it is
asked for. Pure and linear: the first `SUBJECT_LOOKED_AT` and `WORDS_LOOKED_AT` characters count, no other.
"""

import re
from collections.abc import Iterator
from itertools import chain, islice

from mailgate.core.asking import Heard, Said, asking, begging, naming
from mailgate.core.finding.alphabets import Plain, plain
from mailgate.core.frame_words import Frame
from mailgate.core.frames import frame, marks, plight
from mailgate.core.phrases import base_subject
from mailgate.core.phrasing import DOMAIN, MAILBOX, PERSON, SMALL, US, Phrase, Phrases, Step, key, phrases_of
from mailgate.core.request import Request, RequestClass
from mailgate.core.requested import is_nameserver, objects
from mailgate.core.sentences import REFERRING, Sentence, sentences
from mailgate.core.verb_forms import is_action

SUBJECT_LOOKED_AT = 300
"""Characters of a subject."""

WORDS_LOOKED_AT = 5_000
"""Characters of the writer's new words: a request that is not made by then is not made."""

_BEFORE_NAMES_TEXT = """
на имя to of передать
"""
_BEFORE_NAMES = frozenset(_BEFORE_NAMES_TEXT.split())
_OURS = {"вам": ("к",), "you": ("to",)}
_PRONOUNS = dict.fromkeys(("меня", "себя", "нас", "него", "нее"), ("на",)) | _OURS
"""Pronouns that count, and the words behind which they do."""
_PUNCTUATION = frozenset(",:–—(")
_NEVER = SMALL | _PUNCTUATION
_NAMESERVER = "ns"
_QUOTED = re.compile(r"^>.*", re.MULTILINE)  # among his own words, so that these answer it
_LOOKED_BACK = 2  # sentences
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
    own = _own_subject(subject)
    text = plain(own + "\n\n" + _QUOTED.sub("", words[:WORDS_LOOKED_AT]))
    phrases = phrases_of(tuple(each.phrases for each in classes))
    said = tuple(
        Said(each, *_content(text, each, phrases), each.start < len(own)) for each in sentences(text.low)
    )
    heard = tuple(one for at in range(len(said)) for one in _heard(text, said, at, phrases, classes))
    for decides in (asking, naming, begging):
        for each in classes:
            one = decides([one for one in heard if one.name == each.name], said)
            if one is not None:
                whole = tuple(one.sentence for one in said)
                return Request(each.name, objects(text, whole, one.at, each), one.words), heard
    return Request(), heard


def _own_subject(subject: str) -> str:
    """The subject, if it is its writer's own and not that of a letter he replies to."""
    own = subject[:SUBJECT_LOOKED_AT].strip()
    return own if base_subject(own) == own else ""


def _content(text: Plain, sentence: Sentence, phrases: Phrases) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """The words that count in phrases: their places in a sentence, and by what they are looked up."""
    words = sentence.words
    places = [at for at, word in enumerate(words) if word not in _NEVER or _counts(words, at)]
    return tuple(places), tuple([_key(text, sentence, at, phrases) for at in places])


def _key(text: Plain, sentence: Sentence, at: int, phrases: Phrases) -> str:
    """By what a word is looked up in phrases; "" where it stands in none."""
    word = sentence.words[at]
    if word in _PRONOUNS:
        return US if word in _OURS else PERSON
    if word.isalpha():
        return key(word, phrases) or (PERSON if _is_name(text, sentence, at) else "")
    if "@" in word:
        return MAILBOX
    if "." not in word:
        return key(word, phrases)
    if is_nameserver(word):
        return _NAMESERVER
    top = word.rpartition(".")[2]
    return DOMAIN if len(top) > 1 and not top.isdigit() else ""


def _counts(words: tuple[str, ...], at: int) -> bool:
    return at > 0 and words[at - 1] in _PRONOUNS.get(words[at], ())


def _is_name(text: Plain, sentence: Sentence, at: int) -> bool:
    """Does a name of several words begin there, behind "на", "to" or the like?"""
    words = sentence.words
    if not at or words[at - 1] not in _BEFORE_NAMES or at + 1 >= len(words):
        return False
    first, second = (text.text[sentence.spans[each][0]] for each in (at, at + 1))
    return first.isupper() and second.isupper()


def _heard(
    text: Plain, said: tuple[Said, ...], at: int, phrases: Phrases, classes: tuple[RequestClass, ...]
) -> Iterator[Heard]:
    """The phrases in a sentence, of each class the first that is asked for, or the first."""
    found: dict[int, Heard] = {}
    here = said[at]
    told: tuple[Frame | None, ...] = ()
    for phrase, matched in islice(chain(_matches(here, phrases), _across(said, at, phrases)), _MOST):
        known = found.get(phrase.which)
        if known is not None and known.frame is Frame.ASKED:
            continue
        told = told or marks(here.sentence)
        what = plight(told) if phrase.is_plight else frame(here.sentence, told, matched)
        if known is not None and what not in {Frame.ASKED, Frame.WISHED}:
            continue
        found[phrase.which] = Heard(
            classes[phrase.which].name,
            phrase.text,
            " ".join(text.text[slice(*here.sentence.spans[each])] for each in matched),
            " ".join(text.text[here.sentence.start : here.sentence.end].split()),
            at,
            what,
        )
    yield from found.values()


def _matches(here: Said, phrases: Phrases) -> Iterator[tuple[Phrase, tuple[int, ...]]]:
    """Every phrase that stands in a sentence, and the places of its words there."""
    there = frozenset(here.keys)
    if len(there) == 1 and "" in there:
        return
    for at, first in enumerate(here.keys):
        for phrase in phrases.beginning.get(first, ()) if first else ():
            # Most end here: what comes last is not in the sentence.
            if phrase.steps[-1].stems.isdisjoint(there) or not phrase.without.isdisjoint(there):
                continue
            for matched in _match(here.keys, at, phrase):
                yield phrase, tuple(here.places[each] for each in matched)


def _across(said: tuple[Said, ...], at: int, phrases: Phrases) -> Iterator[tuple[Phrase, tuple[int, ...]]]:
    """The phrases that begin in a sentence that has "it" or the like, or is short, and end in one before."""
    here = said[at]
    if not at:
        return
    is_elliptic = len(here.places) <= _ELLIPSIS or not REFERRING.isdisjoint(here.sentence.words)
    there = frozenset(each for one in said[max(0, at - _LOOKED_BACK) : at + 1] for each in one.keys)
    for at_key, (place, first) in enumerate(zip(here.places, here.keys, strict=True)):
        if not first or not is_action(here.sentence.words, place):
            continue
        if not is_elliptic and _clause(here.sentence.words, place) > _SHORT_CLAUSE:
            continue
        for phrase in phrases.beginning.get(first, ()):
            if len(phrase.steps) == 1 or phrase.steps[-1].stems.isdisjoint(there):
                continue
            is_there = all(not step.stems.isdisjoint(there) for step in phrase.steps[1:])
            if (
                is_there
                and phrase.without.isdisjoint(there)
                and phrase.not_between.isdisjoint(here.keys[at_key + 1 : at_key + 2])
            ):
                yield phrase, (place,)


def _clause(words: tuple[str, ...], at: int) -> int:
    """How many words the clause around a place has."""
    first = next((each for each in range(at, 0, -1) if words[each] in _PUNCTUATION), 0)
    last = next((each for each in range(at, len(words)) if words[each] in _PUNCTUATION), len(words))
    return last - first


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
