"""Is the token behind a label a value? A login is no word of a sentence, a contract number no date or amount."""

import re
from collections.abc import Iterator

from mailgate.core.account import KeyKind, key
from mailgate.core.alphabets import Plain, is_mixed, looks, looks_latin
from mailgate.core.candidate import CandidateKind, How, Likeness
from mailgate.core.form import KINDS, NOTHING, filled_in, form_value
from mailgate.core.found import Found
from mailgate.core.hosts import host_value
from mailgate.core.labels import Label, Labelled, is_form_label, labelled
from mailgate.core.patterns import is_whole
from mailgate.core.policy import Identifying

_LEAST_LETTERS = 3  # of a login that has no digit
_LEAST_DIGITS = 3  # of a contract that nothing but a word announces
_TRAILING = ".@+/\\-_"
_UNIT = re.compile(
    r"[^\S\n]{0,2}(?:руб|р\.|р\b|₽|\$|€|£|%|коп|тыс|млн|г\.|г\b|год|лет\b|мес|дн|день|час|мин|сек|шт|экз|usd|eur|rub"
    r"|gbp|year|month|day|hour|bytes?|[кмгkmg][бb]\b|байт)"
)
_DATE = re.compile(
    r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}[./-]\d{1,2}[./-]\d{1,2}|\d{1,2}:\d\d.*|(?:19|20)\d\d"
)
_GROUPS = re.compile(r"\d+(?:[ \xa0]\d+){1,3}(?!\d)")
_CLAUSE_ENDS = re.compile(
    r"[\"'»”`)\]>]{0,3}(?:$|\n|[^\S\n]{0,3}(?:$|[\n,;!?/|()\]–—]|\.(?:\s|$)|-\s|[а-я]"
    r"|(?:and|or|but|pass\w*|pwd|with|contract|domain|site|login)\b))"
)
_QUOTED = re.compile(r"[\"'«“„‘`][^\S\n]{0,2}$")
_PROGRAMS = re.compile(
    r"php[\d.]*|mysql\d*|ipv[46]|utf-?8|mp[34]|pop3?|imap4?|https?2?|win(?:dows)?\d*|[12][сc]|2fa|o(?:ffice)?365|md5"
    r"|sha\d+|tls[\d.v]*|ssl[\d.v]*|x?html5?|css3?|s3|m?s?sql\d*|centos\d*|ubuntu[\d.]*|debian\d*|python[\d.]*|v\d[\d.]*"
    r"|bitrix(?:24)?|ftps?|sftp|ssh\d?|wordpress|wp|cpanel|isp(?:manager|config)?\d?|plesk|directadmin|phpmyadmin|joomla"
    r"|drupal|modx|opencart|tilda|google|gmail|yandex|apple|microsoft|telegram|whatsapp|facebook|instagram|vk|github"
    r"|smtp|e?-?mails?|vps|vds|vpn|rdp|dns|id|api|lk|usb|pdf|excel|word|outlook|thunderbird|windows|linux|android"
)
_WORDS = frozenset(
    [
        "not",
        "is",
        "page",
        "form",
        "fail",
        "failed",
        "fails",
        "failure",
        "error",
        "wrong",
        "incorrect",
        "invalid",
        "denied",
        "yes",
        "no",
        "ok",
        "okay",
        "same",
        "see",
        "below",
        "above",
        "here",
        "please",
        "thanks",
        "thank",
        "hello",
        "hi",
        "regards",
        "the",
        "and",
        "or",
        "i",
        "my",
        "we",
        "it",
        "password",
        "pass",
        "login",
        "user",
        "username",
        "account",
        "contract",
        "domain",
        "site",
        "was",
        "are",
        "does",
        "did",
        "do",
        "has",
        "have",
        "with",
        "for",
        "from",
        "to",
        "in",
        "on",
        "at",
        "by",
        "an",
        "a",
        "but",
        "this",
        "that",
        "if",
        "when",
        "you",
        "your",
        "agent",
        "root",
        "admin",
        "administrator",
        "name",
        "number",
        "unknown",
        "names",
        "data",
        "details",
        "credentials",
        "test",
        "localhost",
        "www-data",
        "www",
        "anonymous",
        "nobody",
        "postgres",
        "mysql",
        "nginx",
        "apache",
        "guest",
        "default",
    ]
)
_MACHINES_USER = re.compile(r"['\"]?@")


def labelled_values(plain: Plain, identifying: Identifying) -> tuple[list[Found], list[tuple[int, int]]]:
    """The values behind labels, and the parts of the text that no other value may be looked for in."""
    found: list[Found] = []
    taken: list[tuple[int, int]] = []
    for one in labelled(plain, identifying.extras):
        if one.label is Label.PASSWORD:
            if _is_secret(plain, one, identifying):
                taken.append((one.value, one.until))
            continue
        values = list(_form(plain, one)) or list(_of_label(plain, one, identifying))
        if one.label is Label.BOTH:
            end = values[0].end if values else one.value
            taken.append((end, one.until))
        found += values
        taken += [(value.start, value.end) for value in values if value.kind is not CandidateKind.DOMAIN]
    return found, taken


def _is_secret(plain: Plain, one: Labelled, identifying: Identifying) -> bool:
    token = plain.text[one.value : one.until].rstrip(".")
    if not token.isascii() or not token:
        return False
    return bool(one.link.strip()) or not is_whole((*identifying.login, *identifying.contract), token)


def _form(plain: Plain, one: Labelled) -> Iterator[Found]:
    if not is_form_label(plain.low, one):
        return
    line = filled_in(plain.text, one.start, one.end)
    kind = KINDS[plain.low[one.start : one.end]]
    written = form_value(kind, line[1]) if line else ""
    if line is None or not written:
        return
    start = plain.text.find(written, line[0])
    if kind is CandidateKind.DOMAIN:
        value, likeness = host_value(written, is_certain=True)
    else:
        value, likeness = key(KeyKind(kind.value), written).value, _likeness(written.lower())
    if value:
        yield _found(plain, kind, value, (start, start + len(written)), How.FORM, likeness)


def _of_label(plain: Plain, one: Labelled, identifying: Identifying) -> Iterator[Found]:
    match one.label:
        case Label.CONTRACT:
            yield from _contract(plain, one, identifying)
        case Label.EXTRA:
            yield from _extra(plain, one, identifying)
        case Label.LOGIN | Label.BOTH:
            yield from _login(plain, one, identifying)


def _found(  # noqa: PLR0913 - the fields of a value
    plain: Plain,
    kind: CandidateKind,
    value: str,
    span: tuple[int, int],
    how: How,
    likeness: Likeness = Likeness.EXACT,
    name: str = "",
) -> Found:
    start, end = span
    if likeness is Likeness.EXACT:
        likeness = plain.likeness(start, end)
    return Found(kind, value, plain.text[start:end], start, end, how, likeness, name)


def _likeness(low: str) -> Likeness:
    """LOOKALIKE for a word of two alphabets, or one whose letters all look Latin beside digits."""
    if low.isascii():
        return Likeness.EXACT
    like = is_mixed(low) or (looks_latin(low) and any("0" <= char <= "9" for char in low) and "/" not in low)
    return Likeness.LOOKALIKE if like else Likeness.EXACT


# Contracts and extras


def _contract(plain: Plain, one: Labelled, identifying: Identifying) -> Iterator[Found]:
    low = plain.low
    token = _token(low, one)
    start = one.value
    if is_whole(identifying.login, token):
        yield _found(plain, CandidateKind.LOGIN, token, (start, start + len(token)), How.LABEL)
        return
    written = _ours(low, start, token, identifying.contract) or token
    until = start + len(written)
    if not is_whole(identifying.contract, "".join(written.split())) and not _may_be_contract(
        low, one, written
    ):
        return
    likeness = _likeness(written)
    value = written if likeness is Likeness.LOOKALIKE else key(KeyKind.CONTRACT, written).value
    yield _found(plain, CandidateKind.CONTRACT, value, (start, until), How.LABEL, likeness)


def _token(low: str, one: Labelled) -> str:
    return low[one.value : one.until].rstrip(_TRAILING)


def _ours(low: str, start: int, token: str, patterns: tuple[str, ...]) -> str:
    """What begins at `start` and has the operator's form: before a "/", or in groups of digits."""
    if is_whole(patterns, token):
        return token
    head = token.partition("/")[0]
    if is_whole(patterns, head):
        return head
    groups = _GROUPS.match(low, start)
    if groups and is_whole(patterns, "".join(groups[0].split())):
        return groups[0]
    return ""


def _may_be_contract(low: str, one: Labelled, token: str) -> bool:
    digits = sum(map(str.isdigit, token))
    if not digits or _DATE.fullmatch(token) or _UNIT.match(low, one.value + len(token)):
        return False
    if "@" in token or low[one.value + len(token) : one.until].startswith("@"):
        return False
    if one.is_next_line or not one.is_sure:
        return digits >= _LEAST_DIGITS
    return digits >= _LEAST_DIGITS or any(sign in one.link for sign in "№#") or " n" in one.link


def _extra(plain: Plain, one: Labelled, identifying: Identifying) -> Iterator[Found]:
    pattern = next(each.pattern for each in identifying.extras if each.name == one.name)
    low, patterns = plain.low, (pattern,) if pattern else ()
    token = _token(low, one)
    written = _ours(low, one.value, token, patterns) if patterns else token
    after = one.value + len(written)
    if not written or not any(map(str.isdigit, written)):
        return
    if (
        _UNIT.match(low, after)
        or (_DATE.fullmatch(written) and not one.is_sure)
        or _is_other_account(low, one)
    ):
        return
    if len(written) < _LEAST_DIGITS and not one.is_sure:
        return
    value = "".join(written.split())
    yield _found(plain, CandidateKind.EXTRA, value, (one.value, after), How.LABEL, name=one.name)


_OTHER_ACCOUNT = re.compile(
    r"(?:расч[а-я.]{0,8}|банковск[а-я]{2,3}|корр[а-я.]{0,12}|[рк]/|за|на|bank)[^\S\n]{0,2}$"
)


def _is_other_account(low: str, one: Labelled) -> bool:
    """ "Расчётный счёт", "на счету": another kind of account, for all that the label says."""
    found = _OTHER_ACCOUNT.search(low, max(0, one.start - 24), one.start)
    return found is not None and not (found[0].startswith("на") and one.is_sure)


# Logins


def _login(plain: Plain, one: Labelled, identifying: Identifying) -> Iterator[Found]:
    low = plain.low
    token = low[one.value : one.until].partition("/")[0].partition("\\")[0].rstrip(_TRAILING[:-1])
    span = (one.value, one.value + len(token))
    local = token.partition("@")[0]
    if is_whole(identifying.login, local):
        yield _found(plain, CandidateKind.LOGIN, local, (span[0], span[0] + len(local)), How.LABEL)
    elif contract := _ours(low, one.value, token, identifying.contract):
        value = "".join(contract.split())
        yield _found(plain, CandidateKind.CONTRACT, value, (span[0], span[0] + len(contract)), How.LABEL)
    elif _may_be_login(plain, one, token):
        likeness = _likeness(token)
        yield _found(plain, CandidateKind.LOGIN, token, span, How.LABEL, likeness)
    elif not token.isascii() and any(is_whole(identifying.login, each) for each in looks(token)):
        yield _found(plain, CandidateKind.LOGIN, token, span, How.LABEL, Likeness.LOOKALIKE)


def _may_be_login(plain: Plain, one: Labelled, token: str) -> bool:
    low, after = plain.low, one.value + len(token)
    if (
        not token
        or "@" in token
        or low[after : after + 1] in {":", "@", "="}
        or low.startswith("/", after + 1)
    ):
        return False
    if token in NOTHING or token in _WORDS or _PROGRAMS.fullmatch(token) or host_value(token)[0]:
        return False
    if _MACHINES_USER.match(low, after) or _UNIT.match(low, after):
        return False
    if not token.isascii():
        digits = any("0" <= char <= "9" for char in token)
        return looks_latin(token) and (digits or is_mixed(token))
    if token.isdigit():
        # "user 2" and "account 00012345" count other things.
        return len(token) >= _LEAST_LETTERS and "лог" in low[one.start : one.end] + low[
            one.start : one.end
        ].replace("log", "лог")
    if any(map(str.isdigit, token)) or "_" in token:
        return not _DATE.fullmatch(token)
    return len(token) >= _LEAST_LETTERS and not one.is_next_line and _is_named(plain, one, after)


def _is_named(plain: Plain, one: Labelled, after: int) -> bool:
    """Is a token of mere letters a name? In English only if a sign announces it and nothing follows it."""
    low = plain.low
    if _QUOTED.search(one.link):
        return True
    if not _CLAUSE_ENDS.match(low, after):
        return False
    if any(sign in one.link for sign in ":="):
        return True
    is_russian = not low[one.start : one.end].isascii()
    return is_russian and plain.text[one.value].islower()
