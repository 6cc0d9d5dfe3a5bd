"""What no table of phrases can tell: texts and codes of errors, dates and times, links.

`lowered` is always a text that was cut short, in lower case, with "е" for "ё". Each pattern begins with a
character that is quickly found, or is asked only where a sign of it is there.
"""

import re
from collections.abc import Iterator
from itertools import islice

from mailgate.core.language import is_log_line

_FEW = 20  # at most looked at, of whatever must be looked at more closely
_ROOM = 40  # characters before and after a code

_CODE = re.compile(r"[45](?<![\w.,:+\-/#№].)\d\d(?![\w:/]|[.,]\d|-\d\d)")
_CALLED = re.compile(
    r"(?:ош[иы]б\w*|error|err|код\w{0,2}|code|http[/\d.]*|статус\w{0,2}|status|выда\w+|пишет|показыва\w+|отда\w+"
    r"|возвраща\w+|вижу|вылета\w+|вылаз\w+|вылез\w+|return\w*|show\w*|giv\w+|says?|gets?|getting|got|throw\w*|see"
    r"|response|ответ)(?:\W{1,3}(?:the|a|an|an? http|с кодом|код|code|ошибку|ошибка|номер))?\W{1,3}$"
)
_NAMED = re.compile(
    r"[- ](?:\w{1,2}[- ])?(?:ош[иы]бк|error\b|err\b|not found|forbidden|unauthor|bad |internal|gateway"
    r"|service|method|too many|на (?:сайте|главн|всех|люб)|при |after"
    r"|on (?:the|my|our|all|every) (?:site|page|shop)"
    r"|mailbox|user|relay|message|rejected|requested|spam|authentic|sender|recipient|access|no such"
    r"|unknown|sorry|blocked|unrouteable|transaction|incorrect|invalid|temporar|greylist|#?[45]\.\d{1,3}\.\d)"
)
_COUNTED = re.compile(
    r" ?(?:руб|р\.|eur|usd|[$€₽%]|[мгк]б|[mgk]b|шт|пис[еь]м|сообщ|mail|email|letter|visit|клиент|user|товар"
    r"|раз|домен)"
)
_GATEWAY = ("502", "503", "504", "520", "521", "522", "523", "524", "525", "526")
_NUMBERED = re.compile(
    r"(?:договор\w*|contract|логин|login|счет\w?|\bn|№|\bкв|\bоф|офис|кабинет|room|дом|тел)\W{0,3}$"
)


def _has_code(lowered: str) -> bool:
    if "4" not in lowered and "5" not in lowered:
        return False
    for match in islice(_CODE.finditer(lowered), _FEW):
        before = lowered[max(0, match.start() - _ROOM) : match.start()]
        after = lowered[match.end() : match.end() + _ROOM]
        if _NAMED.match(after):
            return True
        if not _COUNTED.match(after) and (
            _CALLED.search(before) or (match[0] in _GATEWAY and not _NUMBERED.search(before))
        ):
            return True
    return False


_TELLING = re.compile(
    r"(?:ош[иы]б|error|пишет|написано|сообщен|выда[ею]т|выскакив|появля|выходит|выводит|говорит|надпис|message"
    r"|says?\b|saying|текст|gets?\b|got\b|see\b|shows?\b)\w{0,4}(?P<gap>[^\n\"«“„.!?]{0,60}?)"
    r"(?:[\"«“„](?P<quoted>\s?[^\s\"»”][^\n\"»”]{2})|: ?\n{0,2} ?(?!https?:|www\.)[^\s:][^\n]{4}"
    r"| [-–—] [a-z0-9]{3})"
)
_TELLING_SIGNS = ('"', "«", "“", "„", ":", " - ", " – ", " — ")
# After these it is no error that follows: before a colon something else, before a quotation a name.
_LABEL = re.compile(
    r"адрес|логин|парол|login|password|ссылк|link|договор|домен|domain|скрин|screen|вложен|attach|\burl|прилага|прикреп"
    r"|телефон|phone|тема|subject"
)
_AMID = re.compile(
    r"\b(?:на|в|во|из|от|on|in|at|from|для|for|ооо|сайт\w*|site|магазин\w*|компани\w*|файл\w*)\b"
)
# A colon follows these in contact forms, too.
_ONLY_QUOTED = ("сообщен", "появля", "выходит", "message", "get", "got", "see", "show")
_NAMES = r"(?: типа| вида| вроде| вот)? [a-z][\w.]+ [a-z][\w.]+"
_DIGITS = r"(?: code)?[ :№#(]{1,3}\d{4,5}(?![\d.\-/])"
# One for each beginning: so the engine goes from one such word to the next.
_SAID = tuple(
    (sign, re.compile(sign + rest))
    for sign, rest in (
        ("ошибк", rf"\w{{1,3}}(?:{_NAMES}|{_DIGITS})"),
        ("ошыбк", rf"\w{{1,3}}(?:{_NAMES}|{_DIGITS})"),
        ("пишет", _NAMES),
        ("выда", rf"[ею]т{_NAMES}"),
        ("error", _DIGITS),
    )
)
_NAME = re.compile(r"[a-z_]exception\b|exception[:(]|0x[0-9a-f]{4}|ora-\d{4}")
_NAME_SIGNS = ("exception", "0x", "ora-")
_CERTAIN = ("net::", "_error_")


def _is_told(lowered: str) -> bool:
    """Is a word such as "error" or "it says" followed by what it says?"""
    for match in islice(_TELLING.finditer(lowered), _FEW):
        gap = match["gap"]
        if match["quoted"] is None and match[0].startswith(_ONLY_QUOTED) and "об ош" not in gap:
            continue
        if not _LABEL.search(gap) and (match["quoted"] is None or ":" in gap or not _AMID.search(gap)):
            return True
    return False


# Prose may begin a line with a number and a word, too; replies of mail servers are told by `_NAMED`.
_PROSE = re.compile(r"\d{3}[ -][A-Za-z]|\$ ")
_LOG_LINES = 60


def _has_log(text: str) -> bool:
    lines = islice((line for line in map(str.strip, text.split("\n")) if line), _LOG_LINES)
    return any(is_log_line(line) and not _PROSE.match(line) for line in lines)


def has_error(text: str, lowered: str) -> bool:
    """Does `text` hold what an error says, its code, or a line of a log?"""
    return (
        _has_code(lowered)
        or any(sign in lowered for sign in _CERTAIN)
        or (any(sign in lowered for sign in _NAME_SIGNS) and bool(_NAME.search(lowered)))
        or any(sign in lowered and pattern.search(lowered) for sign, pattern in _SAID)
        or (any(sign in lowered for sign in _TELLING_SIGNS) and _is_told(lowered))
        or _has_log(text)
    )


_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july", "august", "september", "october"),
    *(
        "november",
        "december",
        "jan",
        "feb",
        "mar",
        "apr",
        "jun",
        "jul",
        "aug",
        "sept",
        "sep",
        "oct",
        "nov",
        "dec",
    ),
)
_DIGIT = re.compile(r"\d")
_CERTAIN_TIME = re.compile(
    r"\d(?<![\w.:/].)(?:"
    r"\d?:[0-5]\d(?::[0-5]\d)?(?![\d:\w])"
    r"|\d?\.(?:0[1-9]|1[0-2])\.(?:20)?\d\d(?!\.?\d)"
    r"|\d?/\d\d?/(?:20)?\d\d(?![\d/])"
    r"|\d{3}[-./](?:0[1-9]|1[0-2])[-./](?:[0-2]\d|3[01])(?!\d)"
    rf"|\d?(?:(?:st|nd|rd|th)(?: of)?)? (?:{'|'.join(_MONTHS)})\b"
    r"|\d?-?(?:го|е)? (?:марта|мая)\b"
    r"|\d? ?(?:[ap]m\b|[ap]\.m\.|утра\b|вечера\b|ночи\b)"
    r")"
)
# Of these forms are versions and amounts, too; they are times after one of the words beside them.
_UNCERTAIN_TIMES = (
    (
        re.compile(r"\d(?<![\w.:/].)\d?\.(?:0[1-9]|1[0-2])(?!\.?\d)"),
        (" с", " со", " от", " до", " около", " числа", " from", " since", " on"),
    ),
    (
        re.compile(r"\d(?<![\w.:/].)\d?(?:[:.-]\d\d)? ?(?:час|ч\b|дня\b|o.?clock)"),
        (" в", " с", " со", " к", " около", " примерно в", " после", " at", " around", " since"),
    ),
    (
        re.compile(r"\d(?<![\w.:/].)\d?[.-][0-5]\d(?![.\d])"),
        (" в", " около", " at", " around"),
    ),
    (
        re.compile(r"\d(?<![\w.:/].)\d?(?:st|nd|rd|th)?\b"),
        tuple(f" {month}" for month in _MONTHS),
    ),
)
_WORD_BEFORE = 12  # characters


def _has_uncertain_time(lowered: str) -> bool:
    for pattern, words in _UNCERTAIN_TIMES:
        for match in islice(pattern.finditer(lowered), _FEW):
            before = lowered[max(0, match.start() - _WORD_BEFORE) : match.start()]
            if before[-1:].isspace() and f" {' '.join(before.split())}".endswith(words):
                return True
    return False


_LASTING = re.compile(r"уже (?:\w+ ){1,2}(?:минут|час|дня|дней|день|сут|недел|месяц)")
_LASTING_EN = re.compile(
    r"for (?:over |about |almost |more than )?(?:\d+|\w+) (?:minutes|hours|days|weeks)\b"
)


def has_time(lowered: str) -> bool:
    """Does a text give a date, a time, or how long something has lasted, other than in a known phrase?"""
    if _DIGIT.search(lowered) and (_CERTAIN_TIME.search(lowered) or _has_uncertain_time(lowered)):
        return True
    return bool(
        ("уже " in lowered and _LASTING.search(lowered))
        or ("for " in lowered and _LASTING_EN.search(lowered))
    )


_LISTED = tuple(
    re.compile(rf"(?:^|\n)[ \t]{{0,8}}(?:шаг |step )?{number} ?[.):] ?[^\W\d]") for number in (1, 2)
)


def has_list(lowered: str) -> bool:
    """Are there lines numbered 1 and 2?"""
    return "1" in lowered and "2" in lowered and all(pattern.search(lowered) for pattern in _LISTED)


_ENDS = ".,:;!?()[]{}<>\"'«»„“”"
_FILES = frozenset({
    "php", "html", "htm", "js", "css", "log", "txt", "png", "jpg", "jpeg", "gif", "bmp", "pdf",
    "doc", "docx", "xls", "xlsx", "zip", "rar", "gz", "tar", "sql", "conf", "cnf", "ini", "xml", "json",
    "exe", "py", "pl", "sh", "md", "eml",
})  # fmt: skip
_FOREIGN_TOPS = frozenset(("рф", "рус", "москва", "онлайн", "бел", "укр", "қаз"))
_SERVER_FOLDERS = re.compile(r"/(?:var|home|etc|usr|tmp|opt|root|srv|s?bin|dev|proc|lib)\b")
_PATH = re.compile(r"/[a-z][\w.\-]{2,}")
_PICTURES = (
    *("prnt.sc", "prntscr.com", "joxi.", "skrin.ru", "imgur.com", "i.imgur.com", "ibb.co", "imgbb.com"),
    *("snipboard.io", "monosnap.", "gyazo.com", "postimg.", "radikal.", "clip2net.", "skr.sh", "yapx."),
)
_INSIDE = re.compile(r"[./][^\s./]")
_TOKENS = 200


def addresses(lowered: str) -> Iterator[str]:
    """The words of a text that may be an address, with their ends stripped of punctuation."""
    if not _INSIDE.search(lowered):
        return
    found = dict.fromkeys(token for token in lowered.split() if "/" in token or "." in token[1:-1])
    yield from (token.strip(_ENDS) for token in islice(found, _TOKENS) if token[0] != "<" or "://" in token)


def is_picture(address: str) -> bool:
    """Does `address` lead to a site where people put screenshots?"""
    host = address.partition("://")[2] or address
    return "/" in host and host.removeprefix("www.").startswith(_PICTURES)


def is_link(address: str) -> bool:
    """Is `address` a URL, a host with a path, or the path of a page?"""
    if "://" in address:
        return "http" in address and not address.endswith("://")
    if address.startswith("/"):
        return bool(_PATH.match(address)) and not _SERVER_FOLDERS.match(address)
    host, _, path = address.partition("/")
    return bool(path) and is_host(host)


def is_host(address: str) -> bool:
    """Is `address` a bare domain?"""
    name, _, top = address.rpartition(".")
    if "@" in address or "/" in address or not name[1:] or not name[-1].isalnum():
        return False
    return top in _FOREIGN_TOPS or (len(top) > 1 and top.isascii() and top.isalpha() and top not in _FILES)
