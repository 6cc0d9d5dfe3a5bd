"""What is common to the values behind labels: their end, dates and units, and the operator's own forms."""

import re

from mailgate.core.candidate import CandidateKind, How, Likeness
from mailgate.core.finding.alphabets import Plain, is_mixed, looks_latin
from mailgate.core.finding.found import Found
from mailgate.core.finding.patterns import is_whole

TRAILING = ".@+/\\-_"
"""What a token may not end with."""

UNIT = re.compile(
    r"[^\S\n]{0,2}(?:руб|р\.|р\b|₽|\$|€|£|%|коп|тыс|млн|г\.|г\b|год|лет\b|мес|дн|день|час|мин|сек|шт|экз|usd|eur|rub"
    r"|gbp|year|month|day|hour|bytes?|[кмгkmg][бb]\b|байт)"
)
"""Behind a number: it is an amount or a time."""

DATE = re.compile(
    r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}[./-]\d{1,2}[./-]\d{1,2}|\d{1,2}:\d\d.*|(?:19|20)\d\d"
)
_PARTS = re.compile(r"[/\\-]")
_GROUPS = re.compile(r"\d+(?:[ \xa0]\d+){1,3}(?!\d)")


def found_at(
    plain: Plain,
    kind: CandidateKind,
    value: str,
    span: tuple[int, int],
    how: How,
    likeness: Likeness = Likeness.EXACT,
) -> Found:
    """The value that stands at `span` of the text; what stands there only when normalised is marked."""
    start, end = span
    if likeness is Likeness.EXACT:
        likeness = plain.likeness(start, end)
    return Found(kind, value, plain.text[start:end], start, end, how, likeness)


def likeness_of(low: str) -> Likeness:
    """LOOKALIKE for a word of two alphabets, or one whose letters all look Latin beside digits."""
    if low.isascii():
        return Likeness.EXACT
    like = is_mixed(low) or (looks_latin(low) and any("0" <= char <= "9" for char in low) and "/" not in low)
    return Likeness.LOOKALIKE if like else Likeness.EXACT


def in_our_form(low: str, start: int, token: str, patterns: tuple[str, ...]) -> str:
    """What begins at `start` and has the operator's form: before a "/" or "-", or in groups of digits."""
    if is_whole(patterns, token):
        return token
    head = _PARTS.split(token, maxsplit=1)[0]
    if is_whole(patterns, head):
        return head
    groups = _GROUPS.match(low, start)
    if groups and is_whole(patterns, "".join(groups[0].split())):
        return groups[0]
    return ""
