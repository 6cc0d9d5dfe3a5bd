"""Whether a mail says that a site, a server or the mail itself does not work, Russian and English.

It serves a hint, never trust: one too many does no harm. Each pattern begins with a few letters that are
quickly found, so that most texts cost a search for these and nothing else.
"""

import re

LOOKED_AT = 20_000  # characters of a text

_SERVICE = re.compile(
    r"\b(?:сайт|веб-?сайт|страниц|страничк|магазин|портал|блог|форум|лендинг|админк|почт|письм|ящик"
    r"|имейл|емейл|сервер|хостинг|домен|впс|vps|vds|web|site|website|page|shop|store|blog|forum|portal"
    r"|mail|e-?mail|mailbox|server|hosting|domain|imap|smtp|pop3|host)"
)
_SENTENCE_END = re.compile(r"[.!?;](?=\s)|\n\n")
_Sign = tuple[str, re.Pattern[str]]


def _begun_by(sign: str, rest: str = "", *, within: bool = False) -> _Sign:
    """What begins with a sign where a word begins, or also `within` one."""
    return sign, re.compile(sign + ("" if within else rf"(?<=\b{sign})") + rest)


_NOT_DOING = (
    r"работа|открыва|откро|груз|загру|заход|зайти|доступ|приход|отправля|уход|доход|достав|получа|отвеча|пинг"
    r"|прин|отобража|виден|видно|запуска|могу (?:зайти|открыть|отправить|получить|войти|попасть)"
)
_NO_MORE = "работ|откр|груз|загр|приход|отпр|уход|доход|отвеч|получ|принимать"
_RUSSIAN = (
    _begun_by("не ", f"(?:{_NOT_DOING})"),
    *map(_begun_by, ("недоступ", "неработа", "упал", "сдох", "висит", "завис", "сломал", "падает")),
    _begun_by("леж", r"(?<!не леж)(?:ит|ат)\b"),
    _begun_by("лег", r"(?<!не лег)(?:ло?|ла)\b"),
    _begun_by("пропал", r"\w? (?:доступ|сайт|почта|связь)"),
    _begun_by("ошибк", r"\w{1,2} 5\d\d\b"),
    _begun_by("выда", r"(?:ет|ют) (?:\w{1,20} )?ошибк"),
    _begun_by("перестал", rf"\w{{0,2}} (?:{_NO_MORE})"),
)
_DOING = (
    r" (?:be )?(?:even )?(?:work|load|open|respond|send|receiv|reach|access|resolv|connect|deliver|arriv|get"
    r"|login|log in|show)"
)
_BEFORE_DOWN = "|".join(
    rf"(?<=\b{word} down)"
    for word in ("is", "are", "was", "went", "goes", "been", "still", "site", "server", "mail")
)
_ENGLISH = (
    _begun_by(" down", rf"(?:{_BEFORE_DOWN})\b"),
    _begun_by("not", rf"(?:{_DOING}| (?:being )?(?:available|online)\b)"),
    _begun_by("n't", _DOING, within=True),
    *(_begun_by(f"{verb}nt", _DOING) for verb in ("does", "is", "do", "ca", "wo", "did", "was", "are")),
    *(_begun_by(word, _DOING) for word in ("cannot", "never", "stopped", "unable to")),
    _begun_by("fail", rf"(?:s|ed)? to{_DOING}"),
    *(_begun_by(f"no {thing}", "s? (?:arriv|com|since)") for thing in ("mail", "email")),
    *(
        _begun_by(words, r"\b")
        for words in ("unavailable", "unreachable", "inaccessible", "offline", "outage")
    ),
    *(_begun_by(words, r"\b") for words in ("crashed", "is dead", "timed out", "times out")),
)
_GATEWAY = re.compile(
    r"(?<![\d.])(?:50[2-4]|52[0-6])(?![\d.])(?! ?(?:руб|р\.|eur|usd|[$€₽%]|[мг]б|[mg]b))"
    r"|\b(?:error|http|status|code) 50\d\b|\b500 (?:internal|ошиб|err)"
)
_SIGNS = (*_RUSSIAN, *_ENGLISH, ("50", _GATEWAY), ("52", _GATEWAY))


def speaks_of_outage(text: str) -> bool:
    """Does `text` say, in one sentence, that a site, a server or the mail does not work?"""
    lowered = text[:LOOKED_AT].lower().replace("ё", "е").replace("’", "'")
    # A sentence begins where a line or the text does, so a sign's own space may have been a line end.
    whole = f" {' '.join(lowered.split())} "
    there = [(sign, pattern) for sign, pattern in _SIGNS if sign in whole]
    if not there:
        return False
    return any(_is_outage(" ".join(sentence.split()), there) for sentence in _SENTENCE_END.split(lowered))


def _is_outage(sentence: str, there: list[_Sign]) -> bool:
    if not any(sign in sentence and pattern.search(sentence) for sign, pattern in there):
        return False
    return bool(_SERVICE.search(sentence) or any(map(_is_host, sentence.split())))


def _is_host(token: str) -> bool:
    host, dot, top = token.strip(".,:;!?()\"'«»/").rpartition(".")
    return bool(dot and host) and top.isalpha() and "@" not in host
