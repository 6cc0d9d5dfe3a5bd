"""Octets → text, whatever the sender calls their charset.

A declared name is looked up in a table of the charsets that mail is written in, by its many
spellings; Python's codec registry is never asked with a stranger's word (`punycode` is quadratic,
`utf-7` and `unicode_escape` make text out of what a filter saw as harmless). What is declared
wrongly or not at all is found by looking: UTF-8 if it is valid UTF-8 (other text almost never is),
else the detector's answer if it is a charset of mail, else the frequencies of Russian letters.

The frequencies also catch one Cyrillic charset declared as another: the wrong one turns common
letters into rare ones and lower case into upper.
"""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import cchardet

Guess = Callable[[bytes], str]
"""Octets that are not UTF-8 → the codec they are most probably in, "" when nothing fits."""

_SAMPLE = 2048  # octets of a text that are looked at: more says nothing new

_CODECS = (
    "utf-8", "ascii", "koi8-r", "koi8-u", "koi8-t", "cp1251", "cp866", "cp855", "cp1125",
    "iso8859-5", "mac-cyrillic", "ptcp154", "kz1048", "cp1250", "cp1252", "cp1253", "cp1254",
    "cp1255", "cp1256", "cp1257", "cp1258", "cp437", "cp850", "cp852", "cp874", "iso8859-1",
    "iso8859-2", "iso8859-3", "iso8859-4", "iso8859-6", "iso8859-7", "iso8859-8", "iso8859-9",
    "iso8859-10", "iso8859-13", "iso8859-14", "iso8859-15", "iso8859-16", "gb18030", "big5",
    "cp932", "euc_jp", "iso2022_jp", "cp949",
)  # fmt: skip

# Names after folding: lower case, without anything but letters and digits.
_ALIASES = {
    "usascii": "ascii", "ansix341968": "ascii", "7bit": "ascii", "us": "ascii",
    "utf8mb4": "utf-8", "unicode11utf8": "utf-8", "xutf8": "utf-8", "utf": "utf-8",
    "koi8": "koi8-r", "koi": "koi8-r", "koi8ru": "koi8-u", "cskoi8r": "koi8-r", "xkoi8r": "koi8-r",
    "windows1251": "cp1251", "win1251": "cp1251", "win": "cp1251", "1251": "cp1251", "xcp1251": "cp1251",
    "windowscp1251": "cp1251", "cp1251win": "cp1251", "windows": "cp1251", "ansi1251": "cp1251",
    "microsoftcp1251": "cp1251", "ansi": "cp1251", "windowscyrillic": "cp1251",
    "ibm866": "cp866", "866": "cp866", "dos866": "cp866", "alt": "cp866", "xcp866": "cp866", "dos": "cp866",
    "cyrillic": "iso8859-5", "isoir144": "iso8859-5", "iso5": "iso8859-5",
    "xmaccyrillic": "mac-cyrillic", "xmacukrainian": "mac-cyrillic", "maccyrillic": "mac-cyrillic",
    "ibm855": "cp855", "ibm437": "cp437", "ibm850": "cp850", "ibm852": "cp852", "tis620": "cp874",
    "latin1": "iso8859-1", "l1": "iso8859-1", "latin2": "iso8859-2", "latin9": "iso8859-15",
    # What is declared as these is written in their supersets (WHATWG, Encoding Standard, 4.2).
    "gb2312": "gb18030", "gbk": "gb18030", "cp936": "gb18030", "gb": "gb18030", "big5hkscs": "big5",
    "shiftjis": "cp932", "sjis": "cp932", "windows31j": "cp932", "euckr": "cp949", "ksc56011987": "cp949",
    "iso2022jp": "iso2022_jp", "eucjp": "euc_jp",
}  # fmt: skip
_FOLD = re.compile(r"[^a-z0-9]+")
_NAMES = {_FOLD.sub("", name): name for name in _CODECS} | _ALIASES
_NAMES |= {f"windows{number}": f"cp{number}" for number in range(1250, 1259)}
_NAMES |= {f"iso8859{number}i": f"iso8859-{number}" for number in (6, 8)}

# Declared for text that is anything but: mail programs write these when they do not know.
_MEANINGLESS = frozenset({"ascii", "iso8859-1", "iso8859-15", "cp1252", "cp437"})
_CYRILLIC = ("cp1251", "koi8-r", "cp866", "iso8859-5")
_DETECTED = {
    "KOI8-R": "koi8-r", "WINDOWS-1251": "cp1251", "IBM866": "cp866", "ISO-8859-5": "iso8859-5",
    "ISO-8859-1": "cp1252", "WINDOWS-1252": "cp1252",
    "ISO-8859-15": "iso8859-15", "ISO-8859-2": "iso8859-2", "WINDOWS-1250": "cp1250",
}  # fmt: skip

# Russian letters by frequency, in per mille of a running text.
_PER_MILLE = {
    "о": 110, "е": 85, "а": 80, "и": 74, "н": 67, "т": 63, "с": 55, "р": 47, "в": 45, "л": 44, "к": 35,
    "м": 32, "д": 30, "п": 28, "у": 26, "я": 20, "ы": 19, "ь": 17, "г": 17, "з": 16, "б": 16, "ч": 14,
    "й": 12, "х": 10, "ж": 9, "ш": 7, "ю": 6, "ц": 5, "щ": 4, "э": 3, "ф": 3, "ъ": 1, "ё": 1,
}  # fmt: skip
_PENALTY = 60  # for what does not occur in Russian
_ASCII = bytes(range(128))
_BEYOND_ASCII = 128
_MIXED_SAMPLE = 1024
_MIXED = re.compile(r"[a-zA-Z][а-яёА-ЯЁ]|[а-яёА-ЯЁ][a-zA-Z]|[а-яё][А-ЯЁ]")
_PLAUSIBLE = 48  # running Russian has 55; a wrong charset stays below
_WESTERN = "cp1252"
_CLOSE = 0.85  # a score this near to the best one does not decide
_MARGIN = 1.35  # how much likelier another Cyrillic charset must be than the declared one
_CAPITAL = 0.85  # what a capital is worth: whole words of them are rare, but are written
_FEW_LETTERS = 12  # fewer say nothing against a declaration


def _weight(character: str) -> float:
    lower = character.lower()
    # Russian is mostly lower case: the wrong one of koi8-r and cp1251 swaps the cases.
    return _PER_MILLE.get(lower, -_PENALTY) * (1 if character == lower else _CAPITAL)


_WEIGHTS = {
    name: tuple(_weight(bytes([octet]).decode(name, "replace")) for octet in range(_BEYOND_ASCII, 256))
    for name in _CYRILLIC
}
"""For each codec, what its upper 128 characters say for or against Russian."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text; whether its charset had to be `guessed`; whether it is `unknown` and partly lost."""

    text: str
    guessed: bool = False
    unknown: bool = False


def codec(name: str) -> str:
    """The codec for a charset's `name` in any spelling, "" when it is no charset of mail."""
    return _NAMES.get(_FOLD.sub("", name[:40].lower()), "")


def decode(octets: bytes, declared: str, guess: Guess) -> Decoded:
    """`octets` as text, believing `declared` only as far as it makes sense."""
    if octets.isascii() and b"\x1b" not in octets:
        return Decoded(octets.decode("ascii"))
    name = codec(declared)
    try:
        text = octets.decode(name or "utf-8")
    except UnicodeDecodeError:
        return _undeclared(octets, name, guess)
    if not name:
        return Decoded(text, guessed=True)
    if name in _MEANINGLESS or (name in _CYRILLIC and _doubtful(octets, name)):
        return _doubted(octets, name, text, guess)
    return Decoded(text)


def guess_charset(octets: bytes) -> str:
    """A Guess by the detector, corrected by letter frequencies."""
    sample = octets[:_SAMPLE]
    answer = _DETECTED.get((cchardet.detect(sample)["encoding"] or "").upper(), "")
    best = guess_by_letters(sample)
    if not best or answer not in _CYRILLIC:
        return best or answer or _WESTERN
    # On short words the detector errs more often than the frequencies: it only decides a close race.
    mine, its = (_russian(sample, name) for name in (best, answer))
    return answer if its > mine * _CLOSE else best


def guess_by_letters(octets: bytes) -> str:
    """A Guess by the frequencies of Russian letters alone; "" when it does not read as Russian."""
    sample = octets[:_SAMPLE]
    scores = {name: _russian(sample, name) for name in _CYRILLIC}
    best = max(scores, key=lambda name: scores[name])
    return best if scores[best] > 0 else ""


def reads_as(octets: bytes, name: str) -> bool:
    """Is `name` a Cyrillic codec in which `octets` read as Russian at all?"""
    return name in _CYRILLIC and _russian(octets[:_SAMPLE], name) > 0


def _undeclared(octets: bytes, name: str, guess: Guess) -> Decoded:
    """What its declared codec, or UTF-8 where there is none, could not decode."""
    try:
        return Decoded(octets.decode("utf-8"), guessed=True)
    except UnicodeDecodeError:
        text = octets.decode("utf-8", "replace")
    if name == "utf-8" and _mostly_valid(text):
        return Decoded(text, guessed=True)
    found = guess(octets)
    if found:
        return Decoded(octets.decode(found, "replace"), guessed=True)
    return Decoded(octets.decode(name or "utf-8", "replace"), guessed=True, unknown=True)


def _doubted(octets: bytes, name: str, text: str, guess: Guess) -> Decoded:
    """What could be decoded as declared, but is more probably something else."""
    try:
        return Decoded(octets.decode("utf-8"), guessed=True)
    except UnicodeDecodeError:
        found = guess(octets) if name in _MEANINGLESS else guess_by_letters(octets)
    if found in _CYRILLIC and found != name:
        return Decoded(octets.decode(found, "replace"), guessed=True)
    return Decoded(text)


def _doubtful(octets: bytes, name: str) -> bool:
    """Does text declared in the Cyrillic codec `name` read much better in another one?"""
    sample = octets[:_SAMPLE]
    try:
        sample.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start > len(sample) - 4 and error.reason == "unexpected end of data":
            return True  # UTF-8, cut within its last character by taking a sample
    else:
        return True
    if len(sample.translate(None, _ASCII)) < _FEW_LETTERS:
        return False
    declared = _russian(sample, name)
    best = 0 if declared > _PLAUSIBLE else max(_russian(sample, other) for other in _CYRILLIC)
    return best > _MARGIN * max(declared, 1)


def _mostly_valid(text: str) -> bool:
    """UTF-8 with a few spoiled characters, rather than something else?"""
    spoiled = text.count("\ufffd")
    beyond = sum(character > "\x7f" for character in text) - spoiled
    return spoiled * 20 <= beyond


def _russian(octets: bytes, name: str) -> float:
    """How Russian `octets` read in the codec `name`: mean frequency less penalties; 0 and less: not."""
    counts = Counter(octets.translate(None, _ASCII))
    if not counts:
        return 0
    weights = _WEIGHTS[name]
    score = sum(weights[octet - _BEYOND_ASCII] * count for octet, count in counts.items())
    mixed = _MIXED.findall(octets[:_MIXED_SAMPLE].decode(name, "replace"))
    return (score - _PENALTY * len(mixed)) / counts.total()
