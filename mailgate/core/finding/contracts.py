"""Contract numbers and other numbers behind their labels: no dates, no amounts, no accounts at a bank."""

import re
from collections.abc import Iterator
from dataclasses import replace

from mailgate.core.account import KeyKind, key
from mailgate.core.candidate import CandidateKind, How, Likeness
from mailgate.core.finding.alphabets import Plain
from mailgate.core.finding.found import Found
from mailgate.core.finding.labels import Labelled
from mailgate.core.finding.patterns import is_whole
from mailgate.core.finding.tokens import DATE, TRAILING, UNIT, found_at, in_our_form, likeness_of
from mailgate.core.policy import Identifying

_LEAST_DIGITS = 3  # of a number that nothing but a word announces
_LONGEST_LIST = 20
_FOLLOWING = re.compile(r"[^\S\n]?(?:[,;&]|и|and)[^\S\n]?[№#]?[^\S\n]?(\w{3,40})(?![\w.,/-]*\w)")
_OTHER_ACCOUNT = re.compile(
    r"(?:расч[а-я.]{0,8}|банковск[а-я]{2,3}|корр[а-я.]{0,12}|[рк]/|за|на|bank)[^\S\n]{0,2}$"
)


def contract(plain: Plain, one: Labelled, identifying: Identifying) -> Iterator[Found]:
    """The contract number behind a label, or the login that the operator's pattern says it is."""
    low = plain.low
    token = _token(low, one)
    start = one.value
    if is_whole(identifying.login, token):
        yield found_at(plain, CandidateKind.LOGIN, token, (start, start + len(token)), How.LABEL)
        return
    written = in_our_form(low, start, token, identifying.contract) or token
    until = start + len(written)
    is_ours = is_whole(identifying.contract, "".join(written.split()))
    if not is_ours and not _may_be_contract(low, one, written):
        return
    likeness = likeness_of(written)
    value = written if likeness is Likeness.LOOKALIKE else key(KeyKind.CONTRACT, written).value
    yield found_at(plain, CandidateKind.CONTRACT, value, (start, until), How.LABEL, likeness)


def _token(low: str, one: Labelled) -> str:
    return low[one.value : one.until].rstrip(TRAILING)


def _may_be_contract(low: str, one: Labelled, token: str) -> bool:
    digits = sum(map(str.isdigit, token))
    if not digits or DATE.fullmatch(token) or UNIT.match(low, one.value + len(token)):
        return False
    if "@" in token or low[one.value + len(token) : one.until].startswith("@"):
        return False
    if one.is_next_line or not one.is_sure:
        return digits >= _LEAST_DIGITS
    return digits >= _LEAST_DIGITS or any(sign in one.link for sign in "№#") or " n" in one.link


def extra(plain: Plain, one: Labelled, identifying: Identifying) -> Iterator[Found]:
    """The value behind a label of the operator's own."""
    pattern = next(each.pattern for each in identifying.extras if each.name == one.name)
    low, patterns = plain.low, (pattern,) if pattern else ()
    token = _token(low, one)
    written = in_our_form(low, one.value, token, patterns) if patterns else token
    after = one.value + len(written)
    if not written or not any(map(str.isdigit, written)):
        return
    if UNIT.match(low, after) or _is_other_account(low, one):
        return
    if not one.is_sure and (len(written) < _LEAST_DIGITS or DATE.fullmatch(written)):
        return
    value = "".join(written.split())
    first = found_at(plain, CandidateKind.EXTRA, value, (one.value, after), How.LABEL)
    yield replace(first, name=one.name)
    if patterns:
        yield from (replace(other, name=one.name) for other in _others(plain, after, patterns))


def _others(plain: Plain, after: int, patterns: tuple[str, ...]) -> Iterator[Found]:
    """The further values of a list: "12345, 12346 и 12347"."""
    for _ in range(_LONGEST_LIST):
        following = _FOLLOWING.match(plain.low, after)
        if (
            following is None
            or not is_whole(patterns, following[1])
            or UNIT.match(plain.low, following.end())
        ):
            return
        after = following.end()
        yield found_at(plain, CandidateKind.EXTRA, following[1], following.span(1), How.LABEL)


def _is_other_account(low: str, one: Labelled) -> bool:
    """Is it a "расчётный счёт", or what stands "на счету": another account than the label means?"""
    found = _OTHER_ACCOUNT.search(low, max(0, one.start - 24), one.start)
    return found is not None and not (found[0].startswith("на") and one.is_sure)
