"""Letters that are not what they look like: invisible ones, other widths, and those of another alphabet.

What a customer pastes may hold a zero-width space or full-width digits: the text is read without them, and
what was found only so is marked. Letters that look like those of another alphabet are never
exchanged: whoever mixes alphabets in a word may mean to be taken for somebody else.
"""

import functools
import re
import unicodedata
from dataclasses import dataclass

from mailgate.core.candidate import Likeness

# Everything but ASCII, Cyrillic, and the signs and spaces of ordinary letters. Dashes between letters count.
_ODD = re.compile(
    "[^\x00-\x7f\xa0\xab\xb0\xb7\xbb\xc0-\xff\u0400-\u045f\u2013\u2014\u2018-\u201e\u2022\u2026\u20ac\u20bd\u2116]"
)
_DASH = re.compile(r"[\u2010-\u2013\u2212](?<=[a-z0-9].)(?=[a-z0-9])", re.IGNORECASE)
_DASHES = "\u2010\u2011\u2012\u2013\u2212"
_KEPT = frozenset("№\u2014\u2013")
_LATIN = re.compile(r"[a-z]")
_CYRILLIC = re.compile(r"[\u0400-\u052f]")
_GREEK = re.compile(r"[\u0370-\u03ff]")
_LETTERS = str.maketrans("авеёкмнорстухіїјѕԁһԛԝӏү", "abeekmhopctyxiijsdhqwly")
_FIGURES = str.maketrans("озбіӏ", "03611")
_LIKE_LATIN = frozenset("аеёкорсухіјѕԁһԛԝӏмтнвү")


@dataclass(frozen=True, slots=True)
class Plain:
    """A text to search: `text` as it is read, `raw` as it came.

    `low` is `text` in lower case with "ё" as "е", and as long.
    """

    raw: str
    text: str
    low: str

    def likeness(self, start: int, end: int) -> Likeness:
        """Does what stands there stand in the text as it came, too?"""
        if self.raw is self.text or self.text[start:end] in self.raw:
            return Likeness.EXACT
        return Likeness.NORMALISED


def plain(raw: str) -> Plain:
    """`raw` without invisible characters, in usual widths, composed."""
    text = raw
    if not raw.isascii():
        if _ODD.search(raw):
            text = _ODD.sub(lambda found: _usual(found[0]), unicodedata.normalize("NFC", raw))
        if any(dash in text for dash in _DASHES):
            text = _DASH.sub("-", text)
        if "\xad" in text:
            text = text.replace("\xad", "")
    if "[.]" in text:  # so abuse reports write domains, lest anybody follows them
        text = text.replace("[.]", ".")
    low = text.lower()
    if len(low) != len(text):  # a few capitals have two small letters
        low = "".join(char.lower()[0] for char in text)
    return Plain(raw, text, low if low.isascii() else low.replace("ё", "е"))


@functools.lru_cache(maxsize=1024)
def _usual(char: str) -> str:
    """`char` as the ASCII characters it is a form of, "" if it is invisible, else as it is."""
    if char in _KEPT:
        return char
    if unicodedata.category(char) in {"Cf", "Mn", "Me"}:
        return ""
    if char == "\u3002":  # the full stop of Chinese and Japanese, which they type in domains (RFC 3490, 3.1)
        return "."
    form = unicodedata.normalize("NFKC", char)
    return form if form.isascii() and form.isprintable() and len(form) == 1 else char


def is_mixed(word: str) -> bool:
    """Are letters of two alphabets in `word` (lower case)?"""
    if word.isascii():
        return False
    return sum(bool(letters.search(word)) for letters in (_LATIN, _CYRILLIC, _GREEK)) > 1


def looks_latin(word: str) -> bool:
    """Could `word` (lower case), which is not ASCII, be taken for one that is?"""
    foreign = [char for char in word if not char.isascii()]
    return bool(foreign) and all(char in _LIKE_LATIN for char in foreign)


def looks(word: str) -> tuple[str, ...]:
    """The ASCII words that `word` (lower case) may be taken for."""
    letters, figures = word.translate(_LETTERS), word.translate(_FIGURES).translate(_LETTERS)
    # A Russian "у" sounds like "u", and stands for it where somebody forgot to change the keyboard.
    spoken = word.replace("у", "u").translate(_FIGURES).translate(_LETTERS)
    return tuple(dict.fromkeys(each for each in (letters, figures, spoken) if each.isascii()))
