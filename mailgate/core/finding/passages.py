"""Which lines of a writer's own words are pasted from a machine, and where his signature begins."""

import re
from collections.abc import Iterator

from mailgate.core.candidate import Place
from mailgate.core.finding.alphabets import Plain
from mailgate.core.language import is_log_line

_LOOKED_AT = 400  # characters of a line
_LONGEST_LINE = 2_000  # characters; of a longer one what stands here is not known to be pasted
_TAIL = 2_000  # characters at the end that may be a signature
_LINES = 14  # of a signature
_PROSE = 110  # characters; a longer line is no signature's
_BY_HAND = re.compile(
    r"(?:e-?mail|web-?site|web-?page|t-shirt|user-?name|log-?in|domain-?name|sub-?domain)\s?:", re.IGNORECASE
)
_PASTED = re.compile(
    r"[\d.:a-f]{7,39} \S{1,40} \S{1,40} \[\d\d?/[A-Z][a-z]{2}/\d{4}"  # an access log
    r"|\[\d\d?-[A-Z][a-z]{2}-\d{4} \d\d:\d\d"  # PHP's log
    r"|\[?[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d"
    r"|(?:PING|ping|traceroute to|curl: \(\d+\)|wget:|dig:|;;|;) |\d+ bytes from |Reply from "
    r"|HTTP/[\d.]+ \d{3}"
    r"|Host \S+ not found|(?:Final|Original)-Recipient:|Diagnostic-Code:|Remote Server returned|Name:\s+\S+$"
    r"|[\w.-]{3,200} (?:name server|mail is handled|has address|has IPv6|is an alias)"
    r"|[\w.-]{3,200}\.\s+\d+\s+IN\s"
    r"|(?:Fatal|Parse|Syntax) error:|(?:PHP )?(?:Warning|Notice|Deprecated):\s|SQLSTATE\["
    r"|(?:nginx|apache|openssl): "
)
_SIGN_OFF = re.compile(
    r"[ \t\xa0]{0,8}(?:"
    r"с\s?уважение?м|с\s(?:наилучшими|искренним|глубоким|благодарностью|пожеланиями|надеждой)|искренне\sваш"
    r"|всего\s(?:доброго|хорошего|наилучшего)|хорошего\s(?:дня|вечера)|удачного\sдня|до\sсвидания"
    r"|(?:заранее\s)?(?:большое\s)?спасибо(?:\sзаранее)?(?=[,!.]?[ \t]*$)|благодарю(?=[,!.]?[ \t]*$)"
    r"|(?:kind|best|warm|many|with\sbest|with\skind|warmest)?\s?(?:regards|wishes)"
    r"|(?:many\s|with\s)?thanks(?=[,!.]?[ \t]*$)"
    r"|thank\syou(?=[,!.]?[ \t]*$)|best(?=,?[ \t]*$)|(?:yours\s)?(?:sincerely|faithfully|truly)|yours(?=,)"
    r"|cheers(?=[,!.]?[ \t]*$)"
    r"|respectfully|(?:--+|—+|__+)(?=[ \t]*$))",
    re.MULTILINE,
)
_IN_A_LINE = ("с уважением", "best regards", "kind regards")
_AFTERWORD = re.compile(r"^[ \t]{0,8}(?:p\.?\s?p?\.?s\b|з\.?\s?ы\b|пс\b|п\.с\b|ps\b)", re.MULTILINE)


class Passages:
    """Tells of a place in `words` whether it is the writer's own word, pasted, or below his closing words."""

    def __init__(self, words: Plain) -> None:
        self._words = words
        self._starts: list[int] | None = None
        self._signature: tuple[int, int] | None = None

    def place(self, at: int, *, is_domain: bool) -> Place:
        """The place of what stands at `at`. Only a domain can merely belong to the writer."""
        line = self._line(at)
        if _is_log(line):
            return Place.LOG
        if line.startswith(">"):
            return Place.QUOTED  # among his own words, so that these answer it
        if is_domain:
            if self._signature is None:
                self._signature = signature(self._words)
            if self._signature[0] <= at < self._signature[1]:
                return Place.SIGNATURE
        return Place.WORDS

    def _line(self, at: int) -> str:
        text = self._words.text
        before = max(0, at - _LONGEST_LINE)
        start = max(before, text.rfind("\n", before, at) + 1)
        return text[start : start + _LOOKED_AT].partition("\n")[0].strip()


_PORT = re.compile(r"(?<=[a-z]):\d{2,5}(?=[\s/,.]|$)")


def _is_log(line: str) -> bool:
    # A name before a port or a file is no log by itself, and "E-mail:" begins no pasted header.
    if _PASTED.match(line):
        return True
    return not _BY_HAND.match(line) and is_log_line(_PORT.sub("", line))


def signature(words: Plain) -> tuple[int, int]:
    """Where the signature in `words` begins and ends, half open; (length, length) when there is none."""
    low = words.low
    for start in _sign_offs(low, max(0, len(low) - _TAIL)):
        afterword = _AFTERWORD.search(low, start)
        end = afterword.start() if afterword else len(low)
        below = [line for line in low[start:end].split("\n")[1:] if line.strip()]
        if len(below) <= _LINES and not any(map(_is_prose, below)):
            return start, end
    return len(low), len(low)


def _sign_offs(low: str, begin: int) -> Iterator[int]:
    """Where closing words stand from `begin` on: at the start of a line, or behind a sentence."""
    line = low.rfind("\n", 0, begin) + 1
    while 0 <= line < len(low):
        if _SIGN_OFF.match(low, line):
            yield line
        end = low.find("\n", line)
        end = end if end >= 0 else len(low)
        for phrase in _IN_A_LINE:
            at = low.find(phrase, line + 2, end)
            if at > 0 and low[at - 2] in ".!?,…":
                yield at
        line = end + 1


def _is_prose(line: str) -> bool:
    return len(line) > _PROSE or line.rstrip().endswith("?")
