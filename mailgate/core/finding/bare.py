"""Logins and contracts that nobody labelled: what has the form the operator described, standing alone.

A number has the same form as many others. One that a word before it or a unit behind it makes a
telephone number, an amount, an order or a part of something longer is no contract.
"""

import re
from collections.abc import Iterator
from itertools import islice

from mailgate.core.account import KeyKind, key
from mailgate.core.candidate import CandidateKind, How, Likeness
from mailgate.core.finding.alphabets import Plain, looks
from mailgate.core.finding.found import Found
from mailgate.core.finding.patterns import find_all, is_whole
from mailgate.core.policy import Identifying

_LONGEST = 64
_LOOKED_BACK = 48
_MOST_MIXED = 200
_OF_ANOTHER = re.compile(
    r"(?:"
    # A telephone number or a part of one.
    r"\b(?:тел(?:ефон\w{0,3}(?:\sдля\s\w{1,10})?)?|т|моб\w{0,8}|факс\w?|сотов\w{2,3}|гор|раб|дом|звон\w{1,6}|доб|ватсап\w?|вайбер\w?|phones?|tel|mobile|mob|cell"
    r"|fax|calls?|called|whatsapp|viber)[.:]{0,2}(?:\s(?:номер\w{0,2}|me|us|at|on|по|number|back|is|мне))*[\s.:№]{0,3}"
    r"(?:\+?[\d()][\d\s()\-,;]{0,40})?"
    r"|(?<![\w.,/-])(?:(?:\+?\d{1,3})?[\s-]?\(\d{2,5}\)[\s-]{0,3}"
    r"|(?:\+\s?\d{1,3}|8|\+?\d{1,3}[\s-]\d{2,5})[\s()-]{1,3})"
    # An amount.
    r"|(?:\bсумм\w{1,3}|\bцен\w|\bстоимост\w{1,2}|\bоплат\w{1,5}|\bзаплат\w{1,4}|\bперев[ео]\w{1,5}|\bитого|\bвсего|\bamount|\bsum"
    r"|\btotal|\bprice|\bpaid|\bpay)[\s:.-]{0,3}(?:(?:на|в|of|is)\s)?|[$€£₽]\s?"
    # A number of something else.
    r"|(?:\b(?:заказ\w{0,2}|заявк\w{1,2}|тикет\w{0,2}|обращени\w{1,2}|запрос\w{0,2}|инцидент\w{0,2}|сч[её]т\w{0,2}|плат[её]ж\w{0,3}"
    r"|поручени\w{1,2}|транзакци\w{1,2}|чек\w{0,2}|артикул\w?|серия\s\d{4}|пин|накладн\w{2}|акт\w{0,2}|упд|инн|кпп|огрн(?:ип)?|бик|окпо|карт\w{1,2}"
    r"|паспорт\w{0,2}|индекс|код\w{0,2}|снилс|верси\w|порт\w?|квитанци\w|операци\w|ref|reference|report|tickets?|requests?"
    r"|orders?|cases?|issue|bug|invoices?|bill|transaction|payment|card|passport|pid|ports?|code|version|build|uid|imei|po"
    r"|vat|queue|message|process|line|block|size)|[пркк]/[псс])"
    r"(?:\s{1,2}(?:номер\w{0,2}|number|no\.?|nr\.?|id|is))?[\s:.#№n-]{0,4}"
    r"|\bномер\w{0,2}\s(?:\w{4,6}\s)?(?:заявк\w|заказ\w|тикет\w|обращени\w)\W{0,3}"
    r")$"
)
_UNIT = re.compile(
    r"[\s\xa0]{0,2}(?:руб|р\.|р\b|р$|₽|\$|€|£|%|коп|тыс|млн|шт|usd|eur|rub|gbp|dollars?|bytes?|байт|[кмгkmg]i?[бb]\b|мс\b|ms\b"
    r"|сек|sec|°|pid|(?:посетителей|строк|записей|пользователей|клиентов|просмотров"
    r"|показов|файлов|писем|сообщений|запросов|символов|объектов|товаров|раз|человек|visits|users|files|records|hits"
    r"|requests|messages|items|characters|times|rows|lines|pages|emails|bits|blocks)\b)"
)
_LISTING = frozenset(",/;")
_LAST_WORD = re.compile(r"\w+$")
_LONGER_BEFORE = frozenset("-.,/:+=#[_@")
_LONGER_AFTER = re.compile(r"[-.,/:]\d|[\s\xa0]\d{2,3}(?:[\s\xa0-]\d\d)\b|[_@]")
_MIXED = ("[a-z0-9][а-яіѕј]|[а-яіѕј][a-z0-9]",)
_TOKEN = re.compile(r"\w+")


def bare_values(plain: Plain, identifying: Identifying, known: frozenset[int]) -> Iterator[Found]:
    """The values of the operator's own forms, in order, but for those that begin where one is `known`."""
    low = plain.low
    named = tuple(one for one in identifying.extras if one.pattern and not one.labels)
    patterns = (*identifying.login, *identifying.contract, *(one.pattern for one in named))
    for start, end in find_all(patterns, plain.text):
        if start in known or end - start > _LONGEST or not _stands_alone(low, start, end, patterns):
            continue
        written = plain.text[start:end]
        likeness = plain.likeness(start, end)
        if is_whole(identifying.login, written):
            value = key(KeyKind.LOGIN, written).value
            yield Found(CandidateKind.LOGIN, value, written, start, end, How.PATTERN, likeness)
        elif is_whole(identifying.contract, written):
            value = key(KeyKind.CONTRACT, written).value
            yield Found(CandidateKind.CONTRACT, value, written, start, end, How.PATTERN, likeness)
        else:
            name = next((one.name for one in named if is_whole((one.pattern,), written)), "")
            value = key(KeyKind.CONTRACT, written).value
            yield Found(CandidateKind.EXTRA, value, written, start, end, How.PATTERN, likeness, name)
    if patterns and not low.isascii():
        yield from _look_alikes(plain, identifying)


def _stands_alone(low: str, start: int, end: int, patterns: tuple[str, ...]) -> bool:
    before, after = low[start - 1 : start], low[end : end + 1]
    if before.isalnum() or after.isalnum() or after == "_" or before == "_":
        return False
    return not low[start:end].isdigit() or _is_no_other_number(low, start, end, patterns)


def _is_no_other_number(low: str, start: int, end: int, patterns: tuple[str, ...]) -> bool:
    before = low[start - 1 : start]
    if before in _LISTING and before:
        neighbour = _LAST_WORD.search(low, max(0, start - _LOOKED_BACK), start - 1)
        if neighbour and is_whole(patterns, neighbour[0]):
            return not _is_longer_after(low, end, patterns)
    if before in _LONGER_BEFORE and before:
        return False
    if _is_longer_after(low, end, patterns) or _UNIT.match(low, end):
        return False
    line = low.rfind("\n", max(0, start - _LOOKED_BACK), start) + 1
    return not _OF_ANOTHER.search(low, max(line, start - _LOOKED_BACK, 0), start)


def _is_longer_after(low: str, end: int, patterns: tuple[str, ...]) -> bool:
    """Does the number go on? In a list without spaces the next value does, too."""
    if not _LONGER_AFTER.match(low, end):
        return False
    following = _TOKEN.match(low, end + 1) if low[end] in _LISTING else None
    return following is None or not is_whole(patterns, following[0])


def _look_alikes(plain: Plain, identifying: Identifying) -> Iterator[Found]:
    """Words of Latin letters or digits and of Cyrillic letters that look like a value."""
    kinds = (
        (CandidateKind.LOGIN, identifying.login),
        (CandidateKind.CONTRACT, identifying.contract),
    )
    for start, end in islice(_mixed_words(plain.low), _MOST_MIXED):
        word, written = plain.low[start:end], plain.text[start:end]
        for kind, patterns in kinds:
            if any(is_whole(patterns, each) for each in looks(word)):
                yield Found(kind, word, written, start, end, How.PATTERN, Likeness.LOOKALIKE)


def _mixed_words(low: str) -> Iterator[tuple[int, int]]:
    past = 0
    for at, _ in find_all(_MIXED, low):
        if at < past:
            continue
        start = at
        while start > past and (low[start - 1].isalnum() or low[start - 1] == "_"):
            start -= 1
        token = _TOKEN.match(low, start)
        past = token.end() if token else at + 1
        if past - start <= _LONGEST:
            yield start, past
