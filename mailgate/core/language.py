"""The language of a mail, told by counting its words.

A *word* is what stands between spaces, less punctuation at its ends, if it is letters only (hyphens
and apostrophes inside allowed): "e-mail" is one, "u12345", "index.php" and every address are none.
A single Latin letter is a word only if English has it. Any Cyrillic letter makes a word Cyrillic;
Ukrainian therefore counts as Russian.

A Russian customer pastes English logs, so a *log line* counts nothing: one that begins with a time stamp
to the second, a frame of a stack trace, a shell prompt, an SMTP command or reply, a raw
header, or holds two or more `key=value`, or a path with its line number. Where an error message
begins in the middle of a line, the Latin words after it count nothing.
"""

import re
from itertools import filterfalse

from mailgate.core.policy import Language

LOOKED_AT = 100_000  # characters of a text; what follows would not change the picture
_RUSSIAN = 3  # words
_EACH_OF_TWO = 10  # words
_SHARE_OF_TWO = 0.4

_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_ENDS = ".,:;!?…()[]{}<>«»„“”\"'`*_-–—/"
_ENGLISH_LETTERS = frozenset("aAiI")
_LOG_LINE = re.compile(
    r"[\[(]?(?:"
    r"\d{4}[-/.]\d\d[-/.]\d\d[T _]\d\d:\d\d:\d\d"
    r"|\d\d[-/.](?:\d\d|[A-Z][a-z]{2})[-/.]\d{4}[ :]\d\d:\d\d:\d\d"
    r"|(?:[A-Z][a-z]{2} )?[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d"
    r"|\d\d:\d\d:\d\d[.,\] ]"
    r"|#\d+ |at \S+\(|File \"|Traceback |Caused by: |"
    r"\.{3} \d+ more|thrown in |Stack trace:"
    r"|PHP [A-Z][a-z]+ *[a-z]*:"
    r"|(?:(?:<<<|>>>|<-|->|[CS]:) ?)?[1-5]\d\d[ -](?:\d\.\d{1,3}\.\d{1,3}|[A-Za-z])"
    r"|(?:EHLO|HELO|LHLO|MAIL FROM|RCPT TO|DATA|QUIT|AUTH|STARTTLS|RSET|NOOP)(?=[ :]|$)"
    r"|(?:Received|[A-Z][A-Za-z]{0,30}-[A-Za-z-]{1,60}): "
    r"|\$ |[\w.\-]{1,40}@[\w.\-]{1,60}[:~/\w. ]{0,80}[#$] "
    r")"
)
_SMALL_LOG = ("at ", "thrown in ")
_FILE_AND_LINE = re.compile(r"\.[a-z]{1,5}(?::\d+|\(\d+\)| on line \d+)")
# Every message holds one of these: most texts hold none, and then no line is asked.
_IN_MESSAGES = (
    *("Fatal error", "Parse error", "Syntax error", "Internal Server error", "Runtime error", "SQLSTATE["),
    *("ERROR ", "Uncaught ", "Error:", "Exception:", "errno"),
)
_MESSAGE = re.compile(
    r"(?:Fatal|Parse|Syntax|Internal Server|Runtime) error|SQLSTATE\[|ERROR \d|Uncaught "
    r"|Error:|Exception:|errno"
)


def languages(text: str) -> tuple[Language, ...]:
    """The languages a letter in answer to `text` is written in; () where no word says anything.

    Both, Russian first, from ten words of each, neither under 40 %; else Russian from three Cyrillic
    words on, or where all words are; else English. Quoted lines (">") and log lines count nothing.
    """
    text = text[:LOOKED_AT]
    lines = [line.strip() for line in text.split("\n")]
    said = [line for line in lines if line and line[0] != ">" and not is_log_line(line)]
    cyrillic = 0
    if any(sign in text for sign in _IN_MESSAGES):
        said, reported = _without_messages(said)
        cyrillic = _words("\n".join(reported))[0]
    russian, latin = _words("\n".join(said))
    cyrillic += russian
    if min(cyrillic, latin) >= max(_EACH_OF_TWO, _SHARE_OF_TWO * (cyrillic + latin)):
        return Language.RU, Language.EN
    if cyrillic >= _RUSSIAN or (cyrillic and not latin):
        return (Language.RU,)
    if latin or cyrillic or any(map(_has_words, lines)):
        return (Language.EN,)
    return ()


def _without_messages(lines: list[str]) -> tuple[list[str], list[str]]:
    """What stands before error messages, and these."""
    said, reported = [], []
    for line in lines:
        message = _MESSAGE.search(line)
        said.append(line if message is None else line[: message.start()])
        reported += [] if message is None else [line[message.start() :]]
    return said, reported


def is_log_line(line: str) -> bool:
    """Is `line`, stripped, a machine's and not a person's?"""
    # A small letter begins most lines, and only these of a log.
    may_match = not line[:1].islower() or "@" in line or line.startswith(_SMALL_LOG)
    if may_match and _LOG_LINE.match(line):
        return True
    # A link may hold many; a sentence with two links is still a person's.
    if line.count("=") > 1 and sum("=" in token[1:-1] and "://" not in token for token in line.split()) > 1:
        return True
    return "." in line and bool(_FILE_AND_LINE.search(line)) and not _CYRILLIC.search(line)


def _words(text: str) -> tuple[int, int]:
    """How many Cyrillic and how many Latin words `text` has."""
    tokens = text.split()
    words = list(filter(str.isalpha, tokens))
    if len(words) < len(tokens):
        bare = (token.strip(_ENDS) for token in filterfalse(str.isalpha, tokens))
        words += [word for word in bare if _WORD.fullmatch(word)]
    foreign = list(filterfalse(str.isascii, words))
    cyrillic = len(foreign)
    # In the order of code points the first and the last word tell of all.
    if foreign and not "\u0400" <= min(foreign) <= max(foreign) < "\u0500":
        cyrillic = sum("\u0400" <= word[0] <= "\u04ff" or bool(_CYRILLIC.search(word)) for word in foreign)
    letters = _letters(words) if 1 in map(len, words) else 0
    return cyrillic, len(words) - cyrillic - letters


def _letters(words: list[str]) -> int:
    """How many are a single Latin letter that is no word: they are words in English alone."""
    single = (word for word in words if len(word) == 1 and word not in _ENGLISH_LETTERS)
    return sum(not _CYRILLIC.search(word) for word in single)


def _has_words(line: str) -> bool:
    return line[:1] != ">" and any(_words(line))
