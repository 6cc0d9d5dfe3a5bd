"""Signatures: what a program, or a person once and for all, puts below every letter.

Only two kinds are sure enough to be left out: what stands below the delimiter "-- " (RFC 3676,
section 4.3), and the line in which a telephone or an app advertises itself. "С уважением" with
a name below stays: customers write their login and contract there.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import compress, groupby

_SENT_FROM = (
    "sent from ",
    "sent via ",
    "sent with ",
    "sent using ",
    "отправлено с ",
    "отправлено со ",
    "отправлено из ",
    "отправлено через ",
    "отправлено при помощи ",
    "отправлено с\xa0",
    "послано с ",
    "надіслано з ",
    "надіслано із ",
    "get outlook for ",
    "скачать outlook для ",
    "получить outlook для ",
    "получите outlook для ",
)
_DEVICE = re.compile(
    r"iphone|ipad|\bmac\b|android|samsung|galaxy|xiaomi|redmi|huawei|honor|blackberry|nokia|windows|phone|tablet"
    r"|mobile|device|телефон|смартфон|планшет|мобильн|устройств|outlook|gmail|\bmail\b|mail\.ru|почт[ыа]|яндекс"
    r"|yandex|yahoo|proton|bluemail|typeapp|thunderbird|k-9|aqua"
)
_DEVICE_LINE = 80  # characters
_STRICT = 15  # lines below "-- "
_LOOSE = 6  # lines below "--", whose space a program on the way took, or the writer's own stroke
_PROSE = 100  # characters; a longer line is no signature's
_LAYERS = 3  # signatures below each other: his, the app's, the company's


def signatures(looks: Sequence[str], lines: Sequence[str], own: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Each signature as the half-open range of its lines; `looks` are `lines` stripped, `own` the writer's.

    A signature ends a passage of the writer's. What stands below "-- " is kept if he wrote nothing else.
    """
    words = sum(map(bool, compress(looks, own)))
    for start, end in _passages(own):
        last = _last_word(looks, start, end)
        for _ in range(_LAYERS):
            found = _signature(looks, lines, start, last)
            if found is None:
                break
            taken = sum(map(bool, looks[found:last]))
            if taken == words and not is_device_line(looks[found]):
                break
            words -= taken
            yield found, last
            last = _last_word(looks, start, found)


def is_device_line(look: str) -> bool:
    """Is `look`, a stripped line, the advertisement of a telephone or an app?"""
    lowered = look.lower() if len(look) <= _DEVICE_LINE else ""
    return lowered.startswith(_SENT_FROM) and "?" not in look and bool(_DEVICE.search(lowered))


def _passages(own: Sequence[bool]) -> Iterator[tuple[int, int]]:
    start = 0
    for mine, run in groupby(own):
        end = start + len(list(run))
        if mine:
            yield start, end
        start = end


def _last_word(looks: Sequence[str], start: int, end: int) -> int:
    while end > start and not looks[end - 1]:
        end -= 1
    return end


def _signature(looks: Sequence[str], lines: Sequence[str], start: int, end: int) -> int | None:
    """Where the signature begins that ends the passage; `end` is past a line with something on it."""
    if end > start and is_device_line(looks[end - 1]):
        return end - 1
    count = 0
    for at in range(end - 1, max(start, end - 2 * _STRICT) - 1, -1):
        if looks[at] == "--":
            strict = lines[at].startswith("-- ")
            return at if count <= (_STRICT if strict else _LOOSE) else None
        if len(lines[at]) > _PROSE or looks[at].endswith("?"):
            return None
        count += bool(looks[at])
    return None
