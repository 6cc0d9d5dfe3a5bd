"""The language of phrases that an operator writes: what a text must say to speak of a class of request.

    сбросить|восстановить + пароль      either order, up to five other words between
    код ... перенести|передать домен    in this order, up to five between; the last two side by side
    вернуть + деньги !сайт              not in a sentence that has the word behind "!"
    удалить + ящик -письмо              not where the word behind "-" stands between
    ~ забыл|потерял + пароль            a plight: no request, but one as soon as its writer asks for anything

A word stands for all its forms (`core/stems.py`), `<domain>` for any domain, `<mailbox>` for any address,
`<person>` for a name of several words,
`<us>` for "к вам" or "to you". `|` parts alternatives for one place. Small words (articles, pronouns,
prepositions, "please") count nowhere, so "сбросьте мне, пожалуйста, пароль" has them side by side; a
phrase cannot name them. Whether somebody *asks* for what a phrase speaks of
is not a phrase's matter but that of the sentence around it (`core/frames.py`).
"""

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations

from mailgate.core.stems import stem

GAP = 5
"""Words that `...` and `+` let stand between."""

_MOST_PARTS = 3
_MOST_WORDS = 12
DOMAIN, MAILBOX, PERSON, US = "<domain>", "<mailbox>", "<person>", "<us>"
"""What stand for any domain, any address, any name, and us."""

NAMESERVER = "ns"
"""How a name server's host is looked up."""

_MISTYPED, _MISTYPED_MOST = 6, 24  # letters
_OFTEN_MISTYPED_TEXT = """
парол домен доступ удал удален сброс деньг
"""
_OFTEN_MISTYPED = frozenset(_OFTEN_MISTYPED_TEXT.split())
_WORD = re.compile(rf"[^\W_]+|{DOMAIN}|{MAILBOX}|{PERSON}|{US}")
_SMALL_TEXT = """
в во на от из для к ко с со у по о об и а но же ли бы за до при над под то вот ну уж я мы вы он она они мне
нам вам нас вас меня его ее их им ему ей себе себя это этот эта эту этого этой этому этим эти этих мой моя
мое мои моего моей моему моим моих мою наш наша наше наши нашего нашей нашему нашим наших нашу ваш ваша ваше
ваши вашего вашей вашему вашу ваших свой свою своего своей своему своих свои весь все всю всех пожалуйста
плиз плз пж пжл a an the this that these those my our your his her its their i we you he she it they me us
them of for from in on at to with by and or also be please pls plz kindly just all any some e
"""
SMALL = frozenset(_SMALL_TEXT.split())
"""Words that count nowhere in a phrase."""


@dataclass(frozen=True, slots=True)
class Step:
    """One place of a phrase: any of these stems, at most `gap` words behind the place before."""

    stems: frozenset[str]
    gap: int


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase in one of its orders.

    `which` is the place of its class, `bit` 1 shifted by its own among all, `text` as it was written.
    """

    which: int
    bit: int
    text: str
    steps: tuple[Step, ...]
    without: frozenset[str]
    not_between: frozenset[str]
    is_plight: bool


@dataclass(frozen=True, slots=True, eq=False)
class Phrases:
    """Phrases to look for, by the stems of their first place; each of `every` in one order.

    `stems` are those of all words in them, `mistyped` those that lack one letter, what they stand for, and
    where it lacks.
    """

    beginning: dict[str, tuple[Phrase, ...]]
    every: tuple[Phrase, ...]
    stems: frozenset[str]
    mistyped: dict[str, tuple[tuple[str, int], ...]]


def mistake_in(text: str) -> str:
    """What is wrong with a phrase, or ""."""
    try:
        _read(0, 1, text)
    except ValueError as why:
        return str(why)
    return ""


@functools.lru_cache(maxsize=16)
def phrases_of(texts: tuple[tuple[str, ...], ...]) -> Phrases:
    """The phrases of classes, in their order. Raises ValueError for what `mistake_in` names."""
    written = [(which, text) for which, own in enumerate(texts) for text in own]
    orders = [_read(which, 1 << number, text) for number, (which, text) in enumerate(written)]
    read = [phrase for each in orders for phrase in each]
    beginning: dict[str, list[Phrase]] = {}
    stems: set[str] = set()
    for phrase in read:
        for first in phrase.steps[0].stems:
            beginning.setdefault(first, []).append(phrase)
        stems.update(phrase.without, phrase.not_between, *(step.stems for step in phrase.steps))
    mistyped: dict[str, tuple[tuple[str, int], ...]] = {}
    for each in sorted(stems):
        for at, lacking in enumerate(_lacking(each) if _is_long(each) else ()):
            mistyped[lacking] = (*mistyped.get(lacking, ()), (each, at))
    return Phrases(
        {first: tuple(found) for first, found in beginning.items()},
        tuple(each[0] for each in orders),
        frozenset(stems),
        mistyped,
    )


@functools.lru_cache(maxsize=16_384)
def key(word: str, phrases: Phrases) -> str:
    """The stem by which `word` stands in phrases, or ""; a long word may have one letter wrong."""
    own = stem(word)
    if own in phrases.stems:
        return own
    if len(own) > _MISTYPED_MOST or not own.isalnum():
        return ""
    if own in phrases.mistyped:
        return phrases.mistyped[own][0][0]
    for at, lacking in enumerate(_lacking(own)):
        if lacking in phrases.stems and _is_long(lacking):
            return lacking
        for meant, where in phrases.mistyped.get(lacking, ()):
            # Two letters that changed places, or, in a longer one, another letter.
            is_other = where == at and (len(own) > _MISTYPED or meant in _OFTEN_MISTYPED)
            if is_other or (abs(where - at) == 1 and sorted(own) == sorted(meant)):
                return meant
    return ""


def _is_long(own: str) -> bool:
    """May a letter of a stem be wrong, and it still be known?"""
    return (_MISTYPED <= len(own) <= _MISTYPED_MOST or own in _OFTEN_MISTYPED) and own.isalpha()


def _lacking(word: str) -> Iterator[str]:
    """`word` less one letter, each but the first and the last in turn: that may be an ending."""
    return (word[:at] + word[at + 1 :] for at in range(1, len(word) - 1))


def _read(which: int, bit: int, text: str) -> tuple[Phrase, ...]:
    parts: list[list[Step]] = [[]]
    without: set[str] = set()
    between: set[str] = set()
    gap = 0
    words = text.lower().replace("ё", "е").split()
    is_plight = words[:1] == ["~"]
    for word in words[is_plight:]:
        if word == "+":
            parts.append([])
            gap = 0
        elif word == "...":
            if not parts[-1]:
                raise ValueError(f"{text!r}: + and ... stand between words")
            gap = GAP
        elif word.startswith("!"):
            without |= _stems(word[1:])
        elif word.startswith("-"):
            between |= _stems(word[1:])
        else:
            parts[-1].append(Step(_stems(word), gap if parts[-1] else 0))
            gap = 0
    if not all(parts) or gap:
        raise ValueError(f"{text!r}: + and ... stand between words")
    if len(parts) > _MOST_PARTS or sum(map(len, parts)) > _MOST_WORDS:
        raise ValueError(f"{text!r}: at most {_MOST_PARTS} parts and {_MOST_WORDS} words")
    orders = permutations(parts) if len(parts) > 1 else [tuple(parts)]
    return tuple(
        Phrase(which, bit, text, tuple(_joined(order)), frozenset(without), frozenset(between), is_plight)
        for order in orders
    )


def _joined(parts: tuple[list[Step], ...]) -> Iterator[Step]:
    for at, part in enumerate(parts):
        first, *rest = part
        yield Step(first.stems, GAP if at else 0)
        yield from rest


def _stems(word: str) -> frozenset[str]:
    alternatives = word.split("|")
    for each in alternatives:
        if not _WORD.fullmatch(each):
            raise ValueError(f"{each!r} is not a word; alternatives are parted by | without spaces")
        if each in SMALL:
            raise ValueError(f"{each!r} is a small word, which counts nowhere")
    return frozenset(map(stem, alternatives))
