"""The words that say what a value is: "логин u10432", "дог. № 4051234", "customer id 4051234", "ИНН 77012".

A cheap pattern finds where such a word may begin; at these few places a careful one reads the label, what may
stand between it and its value ("в панели", "№", "от 12.03.2021 N", a quotation mark), and a token.
Whether the token is a value is then judged by its looks and by what stands around it: "логин не подходит",
"login page" and "договор 2 года" name none. A label may also be one that forbids: what follows
"пароль" is never looked at.
"""

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from mailgate.core.finding.alphabets import Plain
from mailgate.core.finding.form import KINDS
from mailgate.core.policy import Extra

_GAP = r"[^\S\n]{0,3}"
_CASES = r"(?:ом|ами|ах|ов|ам|[аеуы])?"
_ACCOUNT = r"(?:аккаунт|акаунт|эккаунт|аккант|акк)"
_NUMBER = r"(?:numbers?|num|no|nr|nbr|id|#|№)"
_CONTRACT = "|".join(
    (
        rf"(?:дог[оа]?в[оа]?р|даг[оа]в[оа]р|договр|договоор)(?:{_CASES}|ный|ного)",
        r"дог\.?(?=[^\S\n]?(?:№|#|n[^\S\n]?\d|\d|:))",
        rf"контракт{_CASES}",
        r"лицев[а-я]{2,3}(?:[^\S\n]счет[а-я]{0,2})?",
        r"лиц\.?[^\S\n]?сч(?:ет[а-я]{0,2}|\.)?",
        r"л[^\S\n]?[/\\][^\S\n]?с(?:чет[а-я]{0,2})?",
        r"л\.[^\S\n]?с\.",
        r"лс(?=[^\S\n]{0,2}[:№#\d-])",
        r"(?:номер[а-я]{0,2}|код|id|ид|№)[^\S\n]клиента",
        r"клиентск[а-я]{2,3}[^\S\n](?:номер[а-я]{0,2}|код|id)",
        r"абонентск[а-я]{2,3}[^\S\n]номер[а-я]{0,2}",
        r"contracts?",
        r"agreement",
        rf"(?:(?:customer|client)[^\S\n])?(?:account|acct|acc)\.?[^\S\n]?{_NUMBER}",
        rf"(?:customer|client)(?:'s)?[^\S\n]?{_NUMBER}",
    )
)
_LOGIN = "|".join(
    (
        rf"(?:логин|логн|лоигн|логинн|лгин){_CASES}",
        rf"{_ACCOUNT}{_CASES}",
        r"учетн[а-я]{2}[^\S\n]запис[а-я]{1,3}",
        r"учетк[а-я]{1,3}",
        r"(?:имя|имени|именем)[^\S\n]пользовател[а-я]{1,2}",
        r"пользовател[а-я]{1,3}",
        r"юзер(?:нейм)?[а-я]{0,2}",
        r"log-?ins?(?:[^\S\n](?:name|id))?",
        r"user[^\S\n_-]?(?:name|id)",
        r"users?",
        r"accounts?(?:[^\S\n](?:name|login))?",
        r"acct?\.?",
    )
)
_PASSWORD = r"парол[а-я]{1,3}|пассворд|password|passwd|passphrase|pass|pwd|pw"  # noqa: S105 - words, no password
_BOTH = rf"(?:логин{_CASES}|log-?in|user(?:name)?){_GAP}(?:[/,+&:|]|и|and){_GAP}(?:{_PASSWORD})"
_DOMAIN = rf"домен{_CASES}|domain"
# Where a label may begin, a branch for each first letter: so the engine skips most letters at once.
_BEGINS = (
    ("л", r"ог[ин]|оиг|гин|ицев|иц\.?[^\S\n]?сч|[^\S\n]?[/\\]|\.[^\S\n]?с|с[^а-я]"),
    ("д", r"ог[ов]|ог\.|ог[^\S\n]?№|аг[во]|омен"),
    ("к", r"онтр|од кл|лиентск"),
    ("а", r"кк[^а-я]|кка|кау|бонентск"),
    ("э", r"кка"),
    ("у", r"чет[нк]"),
    ("и", r"мя п|мен(?:и|ем) п|д кл"),
    ("п", r"ользоват|арол|ассв"),
    ("ю", r"зер"),
    ("н", r"омер[а-я]{0,2} кл"),
    ("№", r"[^\S\n]кл"),
    ("l", r"og-?in"),
    ("u", r"ser"),
    ("a", r"cc|greem"),
    ("c", r"ontract|ustomer|lient"),
    ("p", r"ass|w[^a-z]|wd"),
    ("i", r"d кл"),
    ("d", r"omain"),
)
# What may stand between a label and its value: words and signs.
_BETWEEN = (
    r"номер[а-я]{0,2}|ном\.|клиента|организации|компании|фирмы|плательщика|хостинга|на[^\S\n]хостинге?|от[^\S\n]хостинга|хостинг",
    r"(?:в|от|к|для)[^\S\n]панел[а-я]{1,2}(?:[^\S\n]управления)?",
    r"для[^\S\n]входа(?:[^\S\n]в[^\S\n]панель)?",
    r"в[^\S\n](?:системе|лк|биллинге|личном[^\S\n]кабинете)|в[^\S\n]вашей[^\S\n]системе|на[^\S\n]сервере",
    r"у[^\S\n](?:меня|нас|них|него|нее|вас)|с[^\S\n]вами|такой|мой|наш|моего|это|под[^\S\n]номером|за[^\S\n]номером",
    r"(?:об[^\S\n]оказании|на[^\S\n]оказание|оказания)[^\S\n]услуг(?:[^\S\n]хостинга)?|на[^\S\n]услуги[^\S\n]хостинга",
    r"is|was|name|our|the|my|of|with[^\S\n]you|(?:for[^\S\n])?(?:the[^\S\n])?(?:hosting|(?:control[^\S\n])?panel)",
    r"numbers?|num\.?|no\.?|nr\.?|id",
    r"(?:от|dated)[^\S\n]\d{1,2}[./]\d{1,2}[./]\d{2,4}(?:[^\S\n]?г(?:\.|ода)?)?",
)
_WORDS = "|".join(_BETWEEN)
_LINK = re.compile(
    rf"(?:{_GAP}(?:(?:{_WORDS})(?:(?<=\.)|(?![^\W_]))|n(?=[^\S\n]?\d)|[:=№#\"'«“„‘`(\[<*–—-]|/кпп(?![^\W_])))"
    rf"{{0,6}}{_GAP}"
)
_SURE = re.compile(r"[:=№#\"'«“„‘`]|\b(?:номер|ном\.|num|no\b|nr\b|n$|id\b)|[–—-][^\S\n]*$")
_TOKEN = re.compile(r"[^\W_][\w.@+/\\-]{0,80}")
_SECRET = re.compile(r"[^\S\n]{0,3}(?:[:=/–—-]+[^\S\n]{0,3})?([^\s,;]{1,80})")
_DIGIT = re.compile(r"[0-9]")
_LETTER = re.compile(r"[a-z]")
_VAGUE = frozenset(("login", "logins", "log-in", "user", "users", "account", "accounts", "acc", "acct"))
_NEXT_LINE = re.compile(r"[^\S\n]{0,3}\n[^\S\n]{0,3}(?=[^\W_])")


class Label(StrEnum):
    """What a label says of the value behind it."""

    LOGIN = "login"
    CONTRACT = "contract"
    DOMAIN = "domain"
    EXTRA = "extra"
    PASSWORD = "password"  # noqa: S105 - a word, no password
    BOTH = "both"  # a login, then a password


@dataclass(frozen=True, slots=True)
class Labelled:
    """A label and the token behind it, in the text's lower case.

    `start` is where the label begins, `end` where it ends, `value` and `until` bound the token ("": there is
    none), and up to `secret` stands a password behind it. `name` is that of an EXTRA.
    """

    label: Label
    start: int
    end: int
    value: int
    until: int
    secret: int
    link: str
    is_next_line: bool = False
    name: str = ""

    @property
    def is_sure(self) -> bool:
        """Does a sign or word announce the value?"""
        return _SURE.search(self.link) is not None


def labelled(plain: Plain, extras: tuple[Extra, ...]) -> Iterator[Labelled]:
    """Every label in the text with the token behind it, in order; none stands within another."""
    begins, labels = _patterns(extras)
    low = plain.low
    signs, latin = _Places(_SIGN, low), _Places(_LATIN, low)
    if signs.after(0) >= len(low) and _names_nothing(low, latin):
        return
    past = 0
    for hit in begins.finditer(low):
        start = hit.start()
        if start < past or not _may_name(low, start, signs, latin):
            continue
        if start and _is_within_a_word(low, start):
            continue
        found = labels.match(low, start)
        if found is not None and found.lastgroup is not None:
            past = found.end()
            one = _read(low, found, found.lastgroup, extras)
            if one is not None:
                past = one.secret if one.label in {Label.PASSWORD, Label.BOTH} else past
                yield one


_NEAR = 80  # characters from where a label begins
_LATIN = re.compile(r"[a-z]")
# A set of characters first, and what must follow two of them after: so the engine skips to the next one.
_SIGN = re.compile(r"[0-9:=#\"'«“„`@.–—-](?:(?<![.–—-])|(?<=\.)(?=\w)|(?<=[–—-])(?=[^\S\n]))")


class _Places:
    """Where a pattern is found next, asked with growing places: the text is searched once."""

    def __init__(self, pattern: re.Pattern[str], low: str) -> None:
        self._pattern = pattern
        self._low = low
        self._next = -1

    def after(self, start: int) -> int:
        """The first place from `start` on; far beyond the end when there is none."""
        if self._next < start:
            found = self._pattern.search(self._low, start)
            self._next = found.start() if found else len(self._low) + _NEAR
        return self._next


def _may_name(low: str, start: int, signs: _Places, latin: _Places) -> bool:
    """Can a value stand near? Behind most of such words none does, and this is the cheapest to see."""
    if signs.after(start) < start + _NEAR:
        return True
    if low[start].isascii():
        # Only "username" and its like name a mere word without a sign between.
        return low.startswith("user", start)
    return latin.after(start) < start + _NEAR


def _names_nothing(low: str, latin: _Places) -> bool:
    """Is a text without a sign plain words, as many a customer's few lines are?"""
    return "user" not in low if low.isascii() else latin.after(0) >= len(low)


def _is_within_a_word(low: str, start: int) -> bool:
    """Does a word go on at `start`, as "wp-login" does behind its hyphen?"""
    before = low[start - 1]
    return before.isalnum() or before == "_" or (before == "-" and low[start - 2 : start - 1].isalnum())


def _read(low: str, found: re.Match[str], group: str, extras: tuple[Extra, ...]) -> Labelled | None:
    """The label with its token; None where plainly no value follows, as behind most labels."""
    label = Label.EXTRA if group[0] == "x" else Label(group)
    name = extras[int(group[1:])].name if label is Label.EXTRA else ""
    start, end = found.span()
    if label is Label.PASSWORD:
        secret = _SECRET.match(low, end)
        value, until = secret.span(1) if secret else (end, end)
        return Labelled(label, start, end, value, until, until, low[end:value])
    link = _LINK.match(low, end)
    at = link.end() if link else end
    between, is_next_line = low[end:at], False
    if low[at : at + 1] == "\n" and ":" in between and (below := _NEXT_LINE.match(low, at)):
        at, is_next_line = below.end(), True
    token = _TOKEN.match(low, at)
    until = token.end() if token else at
    if low[start:end] not in KINDS and _is_prose(low[start:end], label, low[at:until], between):
        return None
    secret_end = _past_password(low, at, until) if label is Label.BOTH else until
    return Labelled(label, start, end, at, until, secret_end, between, is_next_line, name)


def _is_prose(word: str, label: Label, token: str, between: str) -> bool:
    """Is the token a mere word of the sentence, or none? Only a login may be one without a digit."""
    if _DIGIT.search(token):
        return False
    if label in {Label.CONTRACT, Label.EXTRA} or not _LETTER.search(token):
        return True
    # "Users cannot": in English only a sign, or so clear a label, announces a name.
    return word in _VAGUE and not between.strip() and token.isalpha()


def _past_password(low: str, at: int, until: int) -> int:
    """The end of "u10432 / secret" and "u10432:secret"; the token is the login with what follows it."""
    secret = _SECRET.match(low, until)
    return secret.end() if secret and low.find("\n", at, secret.end()) < 0 else until


def is_form_label(low: str, one: Labelled) -> bool:
    """Is this the very word that our letters print?"""
    return low[one.start : one.end] in KINDS


@functools.lru_cache(maxsize=8)
def _patterns(extras: tuple[Extra, ...]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Where a label may begin, and the label there; groups "x0", "x1" … are those of `extras`."""
    own = [(at, label.lower().replace("ё", "е")) for at, one in enumerate(extras) for label in one.labels]
    own.sort(key=lambda pair: -len(pair[1]))
    starts = dict(_BEGINS)
    for _, label in own:
        first, rest = re.escape(label[0]), re.escape(label[1:])
        starts[first] = f"{starts[first]}|{rest}" if first in starts else rest
    begins = "|".join(f"{first}(?:{rests})" for first, rests in starts.items())
    groups = [
        f"(?P<both>{_BOTH})",
        f"(?P<contract>{_CONTRACT})",
        *(f"(?P<x{at}>{_of_extra(at, own)})" for at in range(len(extras)) if _of_extra(at, own)),
        f"(?P<login>{_LOGIN})",
        f"(?P<password>{_PASSWORD})",
        f"(?P<domain>{_DOMAIN})",
    ]
    return re.compile(begins), re.compile(f"(?:{'|'.join(groups)})(?![^\\W\\d_])")


def _of_extra(at: int, own: list[tuple[int, str]]) -> str:
    """The labels of one extra, with the endings of Russian nouns or an English plural."""
    return "|".join(
        re.escape(label) + ("s?" if label.isascii() else rf"{_CASES}(?:-[а-я]{{3,12}})?")
        for each, label in own
        if each == at
    )
