"""The lines with which mail programs introduce what they quote.

There is no standard for them: each program writes its own sentence in the language of its user.
Three shapes cover them all. An *attribution* is one sentence, often wrapped over two or three
lines, ending in a colon: who wrote, and when. A *divider* is a fixed phrase between dashes. A
*header block* is a short table of From, Sent, To, Subject in the reader's language.

A writer's own sentence can look like the first and the third, so both need several marks at once:
a date and a time beside the verb, three headers of a reply in a row. Each question looks at a
bounded piece of text; every pattern is a flat alternation of words or digits, so that the cost
of a line does not depend on what is in it.
"""

import re
from collections.abc import Sequence

LOOKED_AT = 400  # characters; no program writes a longer introduction
_WRAPPED = 3  # lines an attribution may take
_SENTENCE = 250  # characters of a whole attribution; more is prose

WEEKDAYS = (
    "понедельник|вторник|среда|четверг|пятница|суббота|воскресенье|пн|вт|ср|чт|пт|сб|вс|нд|"
    "monday|tuesday|wednesday|thursday|friday|saturday|sunday|mon|tue|wed|thu|fri|sat|sun"
)
VERBS = (
    *("wrote", "writes", "написал", "написала", "написали", "написал(а)", "написал(-а)", "писал", "писала"),
    *("писали", "писал(а)", "пишет", "пишете", "пишут", "написав", "написав(ла)", "пише"),
)
_VERB = f"(?:{'|'.join(map(re.escape, VERBS))})"
_OPENER = re.compile(
    rf"(?:on|в|в письме|вы|ты|you|включено|(?:{WEEKDAYS})[.,]?|\W?[0-9]{{1,4}})(?=[ ./\-])", re.IGNORECASE
)
_VERB_AT_END = re.compile(rf"\b{_VERB}\s?[:\-]{{0,6}}$", re.IGNORECASE)
_VERB_INSIDE = re.compile(rf"\b{_VERB}\s", re.IGNORECASE)
_AFTER_VERB = (*"0123456789", "в своём письме", "в своем письме", "в письме")
_YEAR = re.compile(
    r"(?<![0-9])(?:19|20)[0-9]{2}(?![0-9])|(?<![0-9])[0-9]{1,2}[./\-][0-9]{1,2}[./\-][0-9]{2}(?![0-9])"
)
_TIME = re.compile(r"(?<![0-9])[0-9]{1,2}:[0-9]{2}(?![0-9])")
_END_OF_SENTENCE = re.compile(r"[!?;]|[^\W\d_]{4}\. ")

_DIVIDERS = frozenset(
    {
        "original message",
        "original message text",
        "original appointment",
        "forwarded message",
        "forwarded by",
        "forwarded message text",
        "reply message",
        "исходное сообщение",
        "исходное письмо",
        "исходный текст",
        "исходный текст сообщения",
        "исходный текст письма",
        "оригинальное сообщение",
        "пересылаемое сообщение",
        "пересланное сообщение",
        "перенаправленное сообщение",
        "переадресованное сообщение",
        "пересылаемое письмо",
        "пересланное письмо",
        "початкове повідомлення",
        "переслане повідомлення",
    }
)
_BEGINNINGS = frozenset(
    {
        "begin forwarded message:",
        "начало переадресованного сообщения:",
        "начало пересылаемого сообщения:",
        "начало переадресованного письма:",
        "это пересылаемое сообщение",
        "this is a forwarded message",
    }
)
_ENDINGS = frozenset(
    {
        "end of original message text",
        "end of forwarded message",
        "end of forwarded message text",
        "завершение пересылаемого сообщения",
        "конец пересылаемого сообщения",
        "конец пересланного сообщения",
        "конец исходного текста",
        "конец исходного текста сообщения",
        "конец исходного сообщения",
    }
)
_HEADERS = {
    "from": "from",
    "от": "from",
    "от кого": "from",
    "від": "from",
    "sent": "date",
    "date": "date",
    "отправлено": "date",
    "дата": "date",
    "надіслано": "date",
    "to": "to",
    "кому": "to",
    "subject": "subject",
    "тема": "subject",
    "cc": "cc",
    "копия": "cc",
    "копія": "cc",
    "importance": "cc",
    "важность": "cc",
    "attachments": "cc",
    "вложения": "cc",
    "reply-to": "cc",
    "ответ на": "cc",
}
_BLOCK = 12  # lines in which a header block must have shown what it is


def is_attribution(line: str) -> bool:
    """Is `line`, stripped, surely an attribution: who wrote, on which day, at what time?"""
    if len(line) > _SENTENCE or line[-1:] not in {":", "-"}:
        return False
    if not _YEAR.search(line) or not _TIME.search(line):
        return False
    verb = _VERB_INSIDE.search(line)
    # "Имя писал 2026-06-01 13:05:" has the name first and the date last.
    if verb and verb.start() and line[verb.end() :].lower().startswith(_AFTER_VERB):
        return not _END_OF_SENTENCE.search(line, 0, verb.start())
    if not _OPENER.match(line.strip("-–—* ")):
        return False
    if _VERB_AT_END.search(line) or _begins_with_verb(line):
        return True
    return _ends_in_mailbox(line) and "=" not in line


def _ends_in_mailbox(line: str) -> bool:
    last = line[:-1].rsplit(maxsplit=1)[-1]
    named = last.endswith((">", "]", ")")) or not {"от", "from"}.isdisjoint(line.lower().split())
    return named and last.count("@") == 1


def _begins_with_verb(line: str) -> bool:
    first, _, rest = line.partition(" ")
    return first.lower() in {"вы", "ты", "you"} and bool(_VERB_INSIDE.match(rest))


def may_be_attribution(line: str) -> bool:
    """Could `line`, stripped, be an attribution, if quoted lines follow it directly?"""
    if not _VERB_AT_END.search(line[-40:]) or len(line) > _SENTENCE or line[-1:] not in {":", "-"}:
        return False
    return "@" in line or bool(_TIME.search(line)) or bool(_YEAR.search(line))


def attribution_length(lines: Sequence[str], start: int) -> int:
    """How many of `lines` (stripped), from `start` on, are one attribution; 0: none is."""
    if is_attribution(lines[start]):
        return 1
    if not _OPENER.match(lines[start]) and not _VERB_AT_END.search(lines[start][-40:]):
        return 0
    joined = lines[start]
    for count in range(2, _WRAPPED + 1):
        if start + count > len(lines) or joined.endswith(":") or not lines[start + count - 1]:
            return 0
        joined += ("" if joined.endswith("<") else " ") + lines[start + count - 1]
        if is_attribution(joined):
            return count
    return 0


def is_divider(line: str) -> bool:
    """Is `line`, stripped, a fixed phrase after which somebody else's mail begins?"""
    return line.lower() in _BEGINNINGS or (_is_ruled(line) and _phrase(line) in _DIVIDERS)


def is_ending(line: str) -> bool:
    """Is `line`, stripped, a fixed phrase that ends somebody else's mail?"""
    return _is_ruled(line) and _phrase(line) in _ENDINGS


def is_rule(line: str) -> bool:
    """Is `line`, stripped, nothing but a long stroke?"""
    return len(line) >= 10 and not line.strip(line[0]) and line[0] in "_-=—–"  # noqa: PLR2004


def _is_ruled(line: str) -> bool:
    return line[:2] in {"--", "==", "__", "—-", "——", "––", "**"}


def _phrase(line: str) -> str:
    return line.strip("-=_—–*8<> \xa0").lower()


def header_block(lines: Sequence[str], start: int) -> int:
    """How many of `lines` (stripped), from `start` on, are a reply's table of headers; 0: no such table.

    A table has who, when, and to whom or about what; a pasted SMTP dialog or raw header section
    has other fields between or before them.
    """
    seen = {_header(lines[start])}
    if seen != {"from"}:
        return 0
    last = start
    for index in range(start + 1, min(start + _BLOCK, len(lines))):
        kind = _header(lines[index])
        if kind in seen - {"cc"}:
            break
        if kind:
            seen.add(kind)
            last = index
        elif not lines[index] and last < index - 1:
            break
        elif lines[index] and _is_raw_field(lines[index]):
            return 0
    complete = "date" in seen and bool(seen & {"to", "subject"})
    return last - start + 1 if complete else 0


def _header(line: str) -> str:
    name, colon, _ = line[:LOOKED_AT].partition(":")
    return _HEADERS.get(name.strip("* \xa0").lower(), "") if colon else ""


def _is_raw_field(line: str) -> bool:
    name, colon, _ = line[:LOOKED_AT].partition(":")
    return bool(colon) and "-" in name and " " not in name and name.isascii()  # RFC 5322, 2.2
