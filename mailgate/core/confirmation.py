"""Reads an answer to a challenge: yes, no, or neither.

It is echo-proof by construction. Yes is a line of its own with the word and the six digits written together.
The letters show the digits apart (or, where they help somebody along, together) and never beside the word, so
whatever quotes, wraps, forwards or turns around a letter of ours cannot make such a line of it.
"""

import re
from enum import StrEnum

_LINES = 5
_LONGEST = 120  # characters of a line that are looked at
_MOST_LETTERS = 24
# Between word and digits: a space, comma, dash or colon; behind them a closing mark.
_BETWEEN = r"(?:\s*[,:–—-]\s*|\s+)"
_LINE = re.compile(rf"(?P<word>да|yes|нет|no){_BETWEEN}(?P<digits>[0-9]{{6}})\s?[.!]?")
_OBJECTION = re.compile(r"(?:нет|no)\b")
_YES = frozenset({"да", "yes"})


class Said(StrEnum):
    """What an answer says."""

    YES = "yes"
    NO = "no"
    BOTH = "both"
    WRONG = "wrong"  # in the right form, but with other digits
    NEARLY = "nearly"  # the right digits, but not in the right form
    NOTHING = "nothing"


class Outcome(StrEnum):
    """What a mail's answer amounts to; staff read it at the entry's mail."""

    CONFIRMED = "confirmed"
    DECLINED = "declined"
    TAKEN_BACK = "taken-back"
    WAITS = "waits-for-staff"
    AMBIGUOUS = "ambiguous"
    ALMOST = "almost-right"
    WRONG_DIGITS = "wrong-digits"
    WRONG_SENDER = "wrong-sender"
    LATE = "late"


def read_answer(new_words: str, digits: str) -> Said:
    """What the first lines of a writer's new words say to a challenge with these six digits."""
    lines = _first_lines(new_words)
    told = [match for line in lines if (match := _LINE.fullmatch(line))]
    words = {match["word"] in _YES for match in told if match["digits"] == digits}
    # Whoever says yes and takes it back, in whatever words, is heard by a human.
    if len(words) > 1 or (True in words and any(map(_OBJECTION.match, lines))):
        return Said.BOTH
    if words:
        return Said.YES if words.pop() else Said.NO
    if any(_is_nearly(line, digits) for line in lines):
        return Said.NEARLY
    return Said.WRONG if told else Said.NOTHING


def _first_lines(new_words: str) -> tuple[str, ...]:
    """The first lines that say anything, in lower case."""
    found: list[str] = []
    for line in new_words.splitlines():
        words = " ".join(line.split())
        if words:
            found.append(words[:_LONGEST].lower())
        if len(found) == _LINES:
            break
    return tuple(found)


def _is_nearly(line: str, digits: str) -> bool:
    """Are the digits there, in a short line, though not as they should be?"""
    told = "".join(char for char in line if char in "0123456789")
    return told == digits and sum(map(str.isalpha, line)) <= _MOST_LETTERS
