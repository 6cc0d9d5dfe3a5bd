"""The domains in a text: bare, in URLs and in addresses.

A dot with a letter behind it is where one may stand; the name around it is taken once, so the cost is
linear. What is said before it decides how sure its looks must be.
"""

import re
from collections.abc import Iterator
from itertools import islice

from mailgate.core.candidate import CandidateKind, How, Likeness
from mailgate.core.finding.alphabets import Plain
from mailgate.core.finding.found import Found
from mailgate.core.finding.hosts import host_value, is_bare_domain, without_next_sentence
from mailgate.core.finding.services import is_below
from mailgate.core.finding.suffix import is_top

_LONGEST = 255
_MOST = 5_000  # names in a text
_DOT = re.compile(r"\.[^\W\d_]")  # no top-level domain begins with a digit
_REST = re.compile(r"[\w.-]*")
_NAME = re.compile(r"[\w-]+(?:\.[\w-]+)+")
_SCHEME = re.compile(r"(?:\b(?:https?|h..ps?|s?ftps?)[:;]?[/\\]{1,3}:?|//)$")
_LABEL = re.compile(
    r"\b(?:домен\w{0,3}|сайт\w{0,3}|domains?|(?:web-?)?sites?|хост\w{0,3}|host)[\s:=«\"'(*–—-]{0,4}$"
)
_LOCAL = re.compile(r"[\w.+%-]{0,64}@")
_URL_END = re.compile(r"[^\s<>\"'»)]*")
_LOOKED_BACK = 16


def domains(plain: Plain, own: tuple[str, ...], taken: list[tuple[int, int]]) -> Iterator[Found]:
    """Every domain in the text that is not below one of `own`, nor within the spans `taken`, in order.

    Of a text with very many names the first are looked at.
    """
    spans = iter(sorted(taken))
    hidden = next(spans, None)
    url_end = 0
    for start, end in islice(_names(plain.low), _MOST):
        while hidden and hidden[1] <= start:
            hidden = next(spans, None)
        if hidden and hidden[0] < end:
            continue
        one = None
        if _may_have_top(plain, start, end):
            one = _domain(plain, start, end, own, is_path=start < url_end)
        if one is None:
            continue
        if one.how is How.URL and start >= url_end:
            # What follows the host of a customer's URL are his files.
            url = _URL_END.match(plain.low, end)
            url_end = url.end() if url else end
        yield one


def _names(low: str) -> Iterator[tuple[int, int]]:
    """Where labels with dots between them stand."""
    past = 0
    for dot in _DOT.finditer(low):
        at = start = dot.start()
        if at < past:
            continue
        while start > past and (low[start - 1].isalnum() or low[start - 1] in "-_."):
            start -= 1
        rest = _REST.match(low, at)
        past = rest.end() if rest else at + 1
        if past - start <= _LONGEST:
            yield from (name.span() for name in _NAME.finditer(low, start, past))


def _may_have_top(plain: Plain, start: int, end: int) -> bool:
    """Could the last label be a top-level domain, or the first word of the next sentence?"""
    top = plain.low.rfind(".", start, end) + 1
    label = plain.low[top:end].rstrip("-_")
    return not label.isascii() or is_top(label) or plain.text[top].isupper() or "-" in label


def _domain(plain: Plain, start: int, end: int, own: tuple[str, ...], *, is_path: bool) -> Found | None:
    """The domain there, if it is one."""
    low = plain.low
    before = low[max(0, start - _LOOKED_BACK) : start]
    if not before.endswith("@") and _LOCAL.match(low, end):
        return None
    how = _how(low, start, before)
    is_announced = how in {How.URL, How.ADDRESS}
    written = without_next_sentence(plain.text[start:end].strip("-"), is_announced=is_announced)
    if how is How.BARE and (is_path or not _may_be_bare(low, start, end, written)):
        return None
    value, likeness = host_value(written)
    if not value or (likeness is not Likeness.LOOKALIKE and is_below(value, own)):
        return None
    if likeness is Likeness.EXACT:
        likeness = plain.likeness(start, end)
    return Found(CandidateKind.DOMAIN, value, written, start, end, how, likeness)


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
