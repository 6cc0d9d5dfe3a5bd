"""The lines our letters ask to be filled in, and their reading: "Логин: u10432" by itself on a line.

Letters print these labels and this file reads them, so what a letter prints is read back exactly: any
login without white space, any contract number, any domain.
"""

import re

from mailgate.core.address import domain_name
from mailgate.core.candidate import CandidateKind
from mailgate.core.finding.alphabets import is_mixed, looks_latin
from mailgate.core.policy import Language

FORM = {
    Language.RU: {
        CandidateKind.LOGIN: "Логин",
        CandidateKind.CONTRACT: "Договор",
        CandidateKind.DOMAIN: "Домен",
    },
    Language.EN: {
        CandidateKind.LOGIN: "Login",
        CandidateKind.CONTRACT: "Contract",
        CandidateKind.DOMAIN: "Domain",
    },
}
"""The label of each line of the form; a colon and the value follow."""

KINDS = {label.lower(): kind for labels in FORM.values() for kind, label in labels.items()}
"""What each label, in lower case, stands before."""

_NOTHING_TEXT = """
n/a na none no nope unknown forgot forgotten dunno unsure nil null empty idk x xxx see same failed failure
incorrect invalid denied error wrong
"""
NOTHING = frozenset(_NOTHING_TEXT.split())
"""Words that fill a line in without saying anything."""

_LONGEST = 64
_ABBREVIATION = 2  # letters that a contract number may have in a word of their own: "АБ 123456"
_MARKS = re.compile(r"[\s>|*_•·▪◦‣–—-]*(?:\d{1,2}[.)])?[\s*_]*")
_COLON = re.compile(r"[*_]{0,2}[^\S\n]{0,3}:[*_]{0,2}")
_AROUND = " \t\xa0\"'«»“”„‘’`*<>[]"
_SCHEME = re.compile(r"(?:https?|ftp)://", re.IGNORECASE)
_DATE = re.compile(r"\s(?:от|dated?|of)\s.*|\s*[(,;].*", re.IGNORECASE)


def filled_in(text: str, start: int, end: int) -> tuple[int, str] | None:
    """What stands on the line of the form whose label is at `start`:`end`: its place, and itself.

    None when the line is not one of the form: something else stands before the label, or no colon after it.
    """
    colon = _COLON.match(text, end)
    line = text.rfind("\n", max(0, start - _LONGEST), start)
    before = line + 1 if line >= 0 else 0
    if colon is None or start - before > _LONGEST or not _MARKS.fullmatch(text, before, start):
        return None
    until = text.find("\n", colon.end())
    rest = text[colon.end() : until if until >= 0 else len(text)]
    if len(rest) > 4 * _LONGEST:
        return None
    value = rest.strip(_AROUND).rstrip(".,;").rstrip(_AROUND)
    return colon.end() + rest.find(value), value


def form_value(kind: CandidateKind, written: str) -> str:
    """The part of a filled-in line that is the value, or ""."""
    if kind is CandidateKind.LOGIN:
        return written if _is_login(written) else ""
    if kind is CandidateKind.CONTRACT:
        return _contract(written)
    host = _SCHEME.sub("", written).partition("/")[0].rstrip(".")
    mixed = is_mixed(host.lower()) and looks_latin(host.lower())
    return host if len(host.split()) == 1 and (mixed or domain_name(host)) else ""


def _is_login(written: str) -> bool:
    if not 0 < len(written) <= _LONGEST or len(written.split()) != 1:
        return False
    low = written.lower()
    if low.isascii():
        return low not in NOTHING and any(map(str.isalnum, low))
    # "забыл" is an answer, but no login.
    return any("a" <= char <= "z" or char.isdigit() for char in low)


def _contract(written: str) -> str:
    value = _DATE.sub("", written).strip()
    value = value.removeprefix("№").removeprefix("#").strip()
    words = value.split()
    if not 0 < len(value) <= _LONGEST or not any(map(str.isdigit, value)):
        return ""
    if len(words) > 1 and not all(
        len(word) <= _ABBREVIATION or any(map(str.isdigit, word)) for word in words
    ):
        return ""
    return value
