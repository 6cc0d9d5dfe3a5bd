"""The domains in a text: bare, in URLs and in addresses.

A dot with a letter behind it is where one may stand; the name around it is taken once, so the cost is
linear. What is said before it decides how sure its looks must be.
"""

import re
from collections.abc import Iterator

from mailgate.core.alphabets import Plain
from mailgate.core.candidate import CandidateKind, How, Likeness
from mailgate.core.found import Found
from mailgate.core.hosts import host_value, is_bare_domain
from mailgate.core.services import is_below

_LONGEST = 253
_DOT = re.compile(r"\.[^\W_]")
_REST = re.compile(r"[\w.-]*")
_NAME = re.compile(r"[\w-]+(?:\.[\w-]+)+")
_SCHEME = re.compile(r"(?:\b(?:https?|h..ps?|s?ftps?)[:;]?[/\\]{1,3}:?|//)$")
_LABEL = re.compile(r"\b(?:домен\w{0,3}|сайт\w{0,3}|domains?|(?:web-?)?sites?|хост\w{0,3}|host)[\W_]{0,4}$")
_LOCAL = re.compile(r"[\w.+%-]{0,64}@")
_URL_END = re.compile(r"[^\s<>\"'»)]*")
_LOOKED_BACK = 16


def domains(plain: Plain, own: tuple[str, ...], taken: list[tuple[int, int]]) -> Iterator[Found]:
    """Every domain in the text that is not below one of `own`, nor within the spans `taken`, in order."""
    low, past, path_end = plain.low, 0, 0
    spans = iter(sorted(taken))
    hidden = next(spans, None)
    for dot in _DOT.finditer(low):
        at = dot.start()
        if at < past:
            continue
        start = _start(low, at, past)
        rest = _REST.match(low, at)
        past = rest.end() if rest else at + 1
        if past - start > _LONGEST + 2:
            continue
        for name in _NAME.finditer(low, start, past):
            while hidden and hidden[1] <= name.start():
                hidden = next(spans, None)
            if hidden and hidden[0] < name.end():
                continue
            one, end = _domain(plain, name.start(), name.end(), own, is_path=name.start() < path_end)
            path_end = max(path_end, end)
            if one is not None:
                yield one


def _start(low: str, at: int, past: int) -> int:
    """Where the name begins that has its first dot at `at`."""
    start = at
    while start > past and (low[start - 1].isalnum() or low[start - 1] in "-_"):
        start -= 1
    return start


def _domain(
    plain: Plain, start: int, end: int, own: tuple[str, ...], *, is_path: bool
) -> tuple[Found | None, int]:
    """The domain there, if it is one, and where the URL ends that begins with it."""
    low = plain.low
    before = low[max(0, start - _LOOKED_BACK) : start]
    how = _how(low, start, before)
    if _LOCAL.match(low, end) and not before.endswith("@"):
        return None, 0
    written = plain.text[start:end].strip("-")
    if how is How.BARE and (is_path or not _may_be_bare(low, start, end, written)):
        return None, 0
    value, likeness = host_value(written)
    if not value:
        return None, 0
    # What follows the host of a customer's URL are his files.
    url = _URL_END.match(low, end) if how is How.URL else None
    if likeness is not Likeness.LOOKALIKE and is_below(value, own):
        return None, 0
    if likeness is Likeness.EXACT:
        likeness = plain.likeness(start, end)
    one = Found(CandidateKind.DOMAIN, value, written, start, end, how, likeness)
    return one, url.end() if url else 0


def _how(low: str, start: int, before: str) -> How:
    if before.endswith("@"):
        return How.ADDRESS
    if before.endswith(("/", "\\", ":")) and _SCHEME.search(before):
        return How.URL
    return How.LABEL if _LABEL.search(low, max(0, start - 24), start) else How.BARE


def _may_be_bare(low: str, start: int, end: int, written: str) -> bool:
    if low[start - 1 : start] == "\\" or low.startswith("(", end):
        return False
    return written[:4].lower() == "www." or is_bare_domain(written)
