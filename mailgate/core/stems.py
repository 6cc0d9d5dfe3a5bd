"""Words by their stems: "домены" and "доменом" are one word, "reset" and "resetting" too.

This is the one file that knows the stemmer. Its algorithm is told here a few forms it does not know.
"""

import functools
import re

from snowballstemmer.english_stemmer import EnglishStemmer
from snowballstemmer.russian_stemmer import RussianStemmer

_LONGEST = 32  # letters; a longer word is none of a language
_REMEMBERED = 16_384
# The ending of these is taken for one that it is not.
_DOMAIN = "домен домена домену доменом домене домены доменов доменам доменами доменах"
_EXCEPTIONS = {
    **dict.fromkeys(_DOMAIN.split(), "домен"),
    "верните": "верните",
    "верни": "верните",
    "инн": "инн",
    "пусть": "пусть",
    "registrant": "registrant",
}
# What was done to a thing is another word than to do it: "указанный" is not "указать".
_PARTICIPLE = re.compile(r"(?!домен)[а-я]{3,}[аея]нн(?:[аыоу][йюемх]|о[гм][оу]|ая|ое|ую|ы[емх])")


@functools.lru_cache(maxsize=_REMEMBERED)
def stem(word: str) -> str:
    """The stem of `word`, which is in lower case with "ё" as "е"; of anything but letters the word itself."""
    if len(word) > _LONGEST or not word.isalpha():
        return word
    if word.isascii():
        # A stemmer keeps what it works on: each call has its own, so that threads do not meet.
        return _EXCEPTIONS.get(word) or str(EnglishStemmer().stemWord(word))
    if word in _EXCEPTIONS:
        return _EXCEPTIONS[word]
    if word.endswith("ьте"):  # an imperative: "сбросьте", "отправьте"
        word = f"{word[:-3]}ить"
    elif word.endswith("яте"):  # one that is mistyped
        word = f"{word[:-2]}ть"
    return word if _PARTICIPLE.fullmatch(word) else str(RussianStemmer().stemWord(word))
