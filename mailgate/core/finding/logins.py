"""Logins behind their labels: "логин u10432" names one; "логин не подходит" and "login page" do not."""

import re
from collections.abc import Iterator

from mailgate.core.candidate import CandidateKind, How, Likeness
from mailgate.core.finding.alphabets import Plain, is_mixed, looks, looks_latin
from mailgate.core.finding.form import NOTHING
from mailgate.core.finding.found import Found
from mailgate.core.finding.hosts import host_value
from mailgate.core.finding.labels import Labelled
from mailgate.core.finding.patterns import is_whole
from mailgate.core.finding.tokens import DATE, TRAILING, UNIT, found_at, in_our_form, likeness_of
from mailgate.core.policy import Identifying

_LEAST_LETTERS = 3  # of a login that has no digit
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
_WORDS_TEXT = """
not is page form fail failed fails failure error wrong incorrect invalid denied yes no ok okay same see
below above here please thanks thank hello hi regards the and or i my we it password pass login user
username account contract domain site was are does did do has have with for from to in on at by an a but
this that if when you your agent root admin administrator name number unknown names data details
closed suspended blocked expired locked active inactive disabled deleted broken down new old main missing
credentials test localhost www-data www anonymous nobody postgres mysql nginx apache guest default
"""
_WORDS = frozenset(_WORDS_TEXT.split())
_NAMES = frozenset(("username", "user name", "user-name", "user_name", "login name", "account name"))
_MACHINES_USER = re.compile(r"['\"]?@")


def login(plain: Plain, one: Labelled, identifying: Identifying) -> Iterator[Found]:
    """The login behind a label, or the contract number that the operator's pattern says it is."""
    low = plain.low
    token = low[one.value : one.until].partition("/")[0].partition("\\")[0].rstrip(TRAILING[:-1])
    span = (one.value, one.value + len(token))
    local = token.partition("@")[0]
    if is_whole(identifying.login, local):
        yield found_at(plain, CandidateKind.LOGIN, local, (span[0], span[0] + len(local)), How.LABEL)
    elif contract := in_our_form(low, one.value, token, identifying.contract):
        value = "".join(contract.split())
        yield found_at(plain, CandidateKind.CONTRACT, value, (span[0], span[0] + len(contract)), How.LABEL)
    elif _may_be_login(plain, one, token):
        likeness = likeness_of(token)
        yield found_at(plain, CandidateKind.LOGIN, token, span, How.LABEL, likeness)
    elif not token.isascii() and any(is_whole(identifying.login, each) for each in looks(token)):
        yield found_at(plain, CandidateKind.LOGIN, token, span, How.LABEL, Likeness.LOOKALIKE)


def _may_be_login(plain: Plain, one: Labelled, token: str) -> bool:
    low, after = plain.low, one.value + len(token)
    # A mailbox is no login of the hosting; "http://" and "Name:" begin something else.
    if not token or "@" in token or low[after : after + 1] in {":", "="} or _is_word(token):
        return False
    if host_value(token)[0] or _MACHINES_USER.match(low, after) or UNIT.match(low, after):
        return False
    if not token.isascii():
        digits = any("0" <= char <= "9" for char in token)
        return looks_latin(token) and (digits or is_mixed(token))
    if token.isdigit():
        # "user 2" and "account 00012345" count other things.
        return len(token) >= _LEAST_LETTERS and low.startswith(("лог", "log"), one.start)
    if any(map(str.isdigit, token)) or "_" in token:
        return not DATE.fullmatch(token)
    return len(token) >= _LEAST_LETTERS and not one.is_next_line and _is_named(plain, one, after)


def _is_word(token: str) -> bool:
    """Is it a word that stands behind "login" and "account" without being one?"""
    return token in NOTHING or token in _WORDS or _PROGRAMS.fullmatch(token) is not None


def _is_named(plain: Plain, one: Labelled, after: int) -> bool:
    """Is a token of mere letters a name? In English only if a sign announces it and nothing follows it."""
    low = plain.low
    if _QUOTED.search(one.link):
        return True
    if not _CLAUSE_ENDS.match(low, after):
        return False
    if any(sign in one.link for sign in ":="):
        return True
    # "Аккаунт Google" and "account Google" name a brand.
    label = low[one.start : one.end]
    return plain.text[one.value].islower() and (not label.isascii() or label in _NAMES)
