"""Is what a sentence speaks of asked for? Asking how is not, nor telling that it was done, nor refusing it.

The nearest word before decides, of those that say so ("прошу", "как", "сколько", "if"); an imperative
decides by itself; then what stands behind. Where nothing is said, it is NAMED: a topic.
"""

import functools
from bisect import bisect_right

from mailgate.core.asking_words import APPLYING, LIMITING, OURS_TO_DO, OWN_TO_DO, SENT
from mailgate.core.frame_words import (
    ASKING,
    BEHIND_MENTIONS,
    GIVING,
    GRATEFUL,
    INDEFINITE,
    MARKS,
    NEAR_CONDITIONS,
    NEAR_MENTIONS,
    PAIRS,
    POLITE,
    PURPOSE,
    QUESTIONS,
    TRIPLES,
    TROUBLES,
    Frame,
)
from mailgate.core.phrasing import SMALL
from mailgate.core.sentences import Sentence
from mailgate.core.verb_forms import (
    NEGATIONS,
    changed,
    commands,
    is_foretold,
    is_infinitive,
    is_negated,
    is_own_doing,
    is_past,
)

_MODALS = frozenset({"can", "could", "may", "might"})
_NEAR = 3  # words
_BEHIND = 7  # words
_PUNCTUATION = frozenset(",:–—(")
_INQUIRIES = frozenset({*QUESTIONS, Frame.MENTIONED})
_ASKED_HOW = frozenset({Frame.HOW, Frame.TERMS})
_OF_PLIGHTS = _INQUIRIES | {Frame.CONDITION}
_FLEETING = frozenset({Frame.DONE, Frame.TROUBLE, Frame.THANKS})
_UNWANTED_TEXT = "планирую планируем собираюсь собираемся буду просил просила просили заказывал заказывали"
_UNWANTED = frozenset(_UNWANTED_TEXT.split())
_DENIED = frozenset({"have", "need", "want", "wish", "plan", "intend", "ask", "mean"})
_OWN = frozenset({"сам", "сама", "сами", "самостоятельно"})
_BESEECHING = frozenset({"попросить", "прошу", "просим", "просьба", "пожалуйста", "please"})
_TELLING = frozenset((*MARKS, *(each[0] for each in (*PAIRS, *TRIPLES)), *NEGATIONS, "как"))
_FINITE = frozenset({"is", "are", "was", "were", "has", "have", "does", "do", "did", "will", "says", "shows"})


@functools.lru_cache(maxsize=64)  # each sentence of a mail is asked about several times
def marks(sentence: Sentence) -> tuple[Frame | None, ...]:
    """What each word of a sentence says of those that follow."""
    words = sentence.words
    told: list[Frame | None] = []
    while len(told) < len(words):
        if words[len(told)] not in _TELLING:
            told.append(None)
            continue
        mark, used = _mark(words, len(told))
        told += (mark, None, None)[:used]
    return tuple(told[: len(words)])


def _mark(words: tuple[str, ...], at: int) -> tuple[Frame | None, int]:
    """What the word there says, and how many words are thereby spoken for."""
    word = words[at]
    if words[at : at + 3] in TRIPLES:
        return TRIPLES[words[at : at + 3]], 3
    following = words[at + 1] if at + 1 < len(words) else ""
    if word in NEGATIONS:
        return _negated(word, following)
    if (word, following) in PAIRS:
        return PAIRS[word, following], 2
    if following in INDEFINITE:
        return None, 2
    if word == "как":
        return Frame.HOW, 1
    mark = MARKS.get(word)
    return (Frame.POSSIBLE if following == "ли" and mark is Frame.WISHED else mark), 1


def _negated(word: str, following: str) -> tuple[Frame | None, int]:
    """What "not" and the word behind it say, and how many words are thereby spoken for."""
    if (word, following) in PAIRS:
        return PAIRS[word, following], 2
    if following in TROUBLES:
        return Frame.TROUBLE, 2
    is_refusal = (
        MARKS.get(following) in ASKING or following in _UNWANTED or (word.isascii() and following in _DENIED)
    )
    return (Frame.REFUSED, 2) if is_refusal else (None, 1)


def frame(sentence: Sentence, told: tuple[Frame | None, ...], matched: tuple[int, ...]) -> Frame:
    """What `sentence` does with what its words at `matched` speak of; `told` are its marks."""
    words = sentence.words
    if any(is_negated(words, at) for at in matched) or _is_refused_behind(words, told, matched[0]):
        return Frame.REFUSED
    if any(commands(words, at) for at in matched):
        return Frame.ASKED
    before = _before(words, told, matched)
    if any(is_past(words[at]) for at in matched):
        return _in_the_past(sentence, told, matched, before)
    near = None if any(is_infinitive(words[at]) for at in matched) else _near(words, matched)
    if near is Frame.CONDITION or (near and before not in ASKING):
        return near
    said = _unless_asked_how(before, sentence, told, matched) or _unmarked(words, told, matched)
    if said is Frame.POSSIBLE:
        return _asked_whether(sentence, told)
    return _unsaid(sentence, told, matched) if said is None else said


def _is_refused_behind(words: tuple[str, ...], told: tuple[Frame | None, ...], first: int) -> bool:
    """Is it said behind a verb that it is not wanted: "Возвращать их не нужно"?"""
    return is_infinitive(words[first]) and Frame.REFUSED in told[first + 1 : first + 1 + _NEAR]


def _in_the_past(
    sentence: Sentence,
    told: tuple[Frame | None, ...],
    matched: tuple[int, ...],
    before: Frame | None,
) -> Frame:
    """What is done with a matched past tense, or an English participle."""
    words = sentence.words
    # "Прошу, чтобы вы сменили", "I want it deleted".
    is_wanted = words[matched[0]].isascii() or not PURPOSE.isdisjoint(words[: matched[-1]])
    if before in ASKING and is_wanted:
        return before
    # "Can it be deleted?"
    if sentence.is_question and "be" in words[: matched[-1]] and words[matched[0]].isascii():
        return _asked_whether(sentence, told)
    return Frame.TROUBLE if any(changed(words[at]) for at in matched) else Frame.DONE


def _unsaid(sentence: Sentence, told: tuple[Frame | None, ...], matched: tuple[int, ...]) -> Frame:
    """What is done with what nothing is said of."""
    words = sentence.words
    if not sentence.is_question:
        return Frame.NAMED
    if words[0] in _MODALS:
        return _asked_whether(sentence, told)
    return Frame.ASKED if any(is_foretold(words, at) for at in matched) else Frame.QUESTION


def plight(told: tuple[Frame | None, ...]) -> Frame:
    """What a sentence with these marks does with a plight."""
    if _OF_PLIGHTS.isdisjoint(told):
        return Frame.TROUBLE
    return next(mark for mark in told if mark in _OF_PLIGHTS)


def _asked_whether(sentence: Sentence, told: tuple[Frame | None, ...]) -> Frame:
    """Whoever asks whether his own thing can be done asks for it, unless he would do it himself.

    Of what is not needed he says so: "Ящик не нужен, можно удалять."
    """
    words = sentence.words
    if not sentence.is_question:
        is_let_go = Frame.POSSIBLE in told and Frame.REFUSED in told[: told.index(Frame.POSSIBLE)]
        is_offered = "можно" in words and LIMITING.isdisjoint(words)
        return Frame.ASKED if is_let_go or is_offered else Frame.POSSIBLE
    is_put_to_us = "could" in words or ("можно" in words and "ли" not in words)
    is_his = (
        is_put_to_us or not OURS_TO_DO.isdisjoint(words) or any("." in word or "@" in word for word in words)
    )
    return Frame.ASKED if is_his and OWN_TO_DO.isdisjoint(words) else Frame.POSSIBLE


def _unless_asked_how(
    before: Frame | None, sentence: Sentence, told: tuple[Frame | None, ...], matched: tuple[int, ...]
) -> Frame | None:
    """What was said before; a wish that goes on as a question asks that."""
    if before is not Frame.WISHED or not sentence.is_question:
        return before
    return next((mark for mark in told[matched[-1] + 1 :] if mark in QUESTIONS), before)


def _unmarked(
    words: tuple[str, ...], told: tuple[Frame | None, ...], matched: tuple[int, ...]
) -> Frame | None:
    """What is said where no word before says anything: politeness, what stands behind, or "give"."""
    if not POLITE.isdisjoint(words[: matched[-1]]):
        return Frame.ASKED
    behind = _behind(words, told, matched)
    return Frame.ASKED if behind is None and not GIVING.isdisjoint(words[: matched[0]]) else behind


@functools.lru_cache(maxsize=64)  # asked for each of the phrases in a sentence
def _telling(words: tuple[str, ...], told: tuple[Frame | None, ...]) -> tuple[int, ...]:
    """The places of words that say something, and of punctuation."""
    both = enumerate(zip(words, told, strict=True))
    return tuple([at for at, (word, mark) in both if mark is not None or word in _PUNCTUATION])


def _before(words: tuple[str, ...], told: tuple[Frame | None, ...], matched: tuple[int, ...]) -> Frame | None:
    """The last thing said before the last matched word."""
    last: Frame | None = None
    fresh = False
    taken = set(matched)
    places = _telling(words, told)
    for at in places[: bisect_right(places, matched[-1])]:
        word, mark = words[at], told[at]
        if word in _PUNCTUATION:
            fresh = True
            last = None if last in _FLEETING else last
        if mark is None or (at in taken and mark not in ASKING):
            continue
        if word in APPLYING and not SENT.isdisjoint(words):
            mark = Frame.DONE
        if mark is Frame.CONDITION and not GRATEFUL.isdisjoint(words[max(0, at - 2) : at]):
            continue  # "Буду признателен, если": courtesy
        if last in _ASKED_HOW and mark is Frame.POSSIBLE and not fresh:
            continue  # "How do I"
        if last in _INQUIRIES and mark in ASKING and not fresh and word not in _BESEECHING:
            continue
        if last is not Frame.ASKED or word not in _OWN:  # "Могли бы вы сами": it is us
            last, fresh = mark, False
    if last is None and is_own_doing(words, matched[0]):
        return Frame.DONE
    return last


def _near(words: tuple[str, ...], matched: tuple[int, ...]) -> Frame | None:
    first = matched[0]
    for word in reversed(words[max(0, first - _NEAR) : first]):
        if word in NEAR_CONDITIONS:
            return Frame.CONDITION
        if word in NEAR_MENTIONS:
            return Frame.MENTIONED
        if word not in SMALL:
            break
    is_part = any(
        words[at + 1] in BEHIND_MENTIONS and words[at].isascii() for at in matched if at + 1 < len(words)
    )
    return Frame.MENTIONED if is_part else None


def _behind(words: tuple[str, ...], told: tuple[Frame | None, ...], matched: tuple[int, ...]) -> Frame | None:
    """The first thing said behind."""
    for at in range(matched[-1] + 1, min(len(words), matched[-1] + 1 + _BEHIND)):
        if told[at] is not None:
            return told[at]
        if words[at] in POLITE or words[at] in GIVING:
            return Frame.ASKED
    return None


def is_generic(sentence: Sentence, told: tuple[Frame | None, ...]) -> bool:
    """Does a sentence ask for something without saying what: "Сделайте, пожалуйста", "Please do it"?"""
    if not QUESTIONS.isdisjoint(told):
        return False
    if sentence.is_question:
        return Frame.ASKED in told
    words = sentence.words
    return (
        Frame.ASKED in told
        or not POLITE.isdisjoint(words)
        or any(commands(words, at) and not is_negated(words, at) for at in range(len(words)))
    )


def is_topic(sentence: Sentence) -> bool:
    """May a sentence be a mere heading: nothing in it says or orders anything?"""
    words = sentence.words
    return _FINITE.isdisjoint(words) and not any(
        is_past(word) or commands(words, at) for at, word in enumerate(words)
    )
