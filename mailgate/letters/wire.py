"""Header fields and bodies as bytes, by the rules of RFC 5322, 2045 and 2047.

Written directly: the standard library's EmailMessage loses and adds spaces between Russian words
when it folds a header, and is far slower. Everything here is linear, and a value that would break out
of its field cannot be written: `field` refuses it.
"""

import binascii
import re
import unicodedata
from collections.abc import Sequence

_LINE = 76  # RFC 2047, section 2 and RFC 2045, section 6.8: no longer where a line holds what is encoded
_WORD_OCTETS = 39  # 52 of base64 and 12 around them: fits beside "Subject: " in one line
_ID = re.compile(r"<[!-;=?-~]+>")  # printable ASCII; narrower than RFC 5322, 3.6.4
_ID_LENGTH = 250
_PHRASE = re.compile(r"[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+(?: [A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+)*")
# Overrides, embeddings and isolates turn the order of what is read around: "gpj.exe" shows as "exe.jpg".
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_SPACES = frozenset({"Cc", "Zl", "Zp", "Zs"})


def one_line(text: str, limit: int) -> str:
    """`text` as one clean line of at most `limit` characters: no controls, line ends or bidi overrides."""
    # What lies beyond is never looked at, so that an endless subject costs nothing.
    text = text[: 4 * limit]
    shown = text if text.isprintable() else "".join(_shown(char) for char in text)
    words = " ".join(shown.split())
    return words if len(words) <= limit else words[: limit - 1].rstrip() + "…"


def _shown(char: str) -> str:
    category = unicodedata.category(char)
    if category in _SPACES:
        return " "
    return "" if category == "Cs" or char in _BIDI else char


def is_message_id(text: str) -> bool:
    """Is this an id that may stand in a header of ours?"""
    return len(text) <= _ID_LENGTH and _ID.fullmatch(text) is not None


def unstructured(text: str) -> tuple[str, ...]:
    """The words to write a clean line as in a field of free text (RFC 5322, 3.2.5), such as Subject."""
    words = tuple(text.split(" "))
    if text.isascii() and "=?" not in text and all(0 < len(word) < _LINE for word in words):
        return words
    return _encoded(text)


def mailbox(name: str, address: str) -> tuple[str, ...]:
    """The words to write a mailbox as (RFC 5322, 3.4): a display name of one clean line, or ""."""
    if not name:
        return (address,)
    # What is not plain atoms is encoded rather than quoted: quotes get lost on the way, and then a comma
    # in a name makes two mailboxes of one.
    phrase = _PHRASE.fullmatch(name) and "=?" not in name and len(name) < _LINE
    return (*(name.split(" ") if phrase else _encoded(name)), f"<{address}>")


def _encoded(text: str) -> tuple[str, ...]:
    """`text` as encoded words; none splits a character (RFC 2047, section 5)."""
    octets = text.encode("utf-8", "replace")
    words = []
    start = 0
    while start < len(octets):
        end = start + _WORD_OCTETS
        # Some readers show a space between two encoded words of a name: let it fall where one stands.
        space = octets.rfind(b" ", start, end)
        if end < len(octets) and space > start:
            end = space + 1
        # A continuation octet (RFC 3629, section 3) belongs to the character before it.
        while end < len(octets) and octets[end] & 0xC0 == 0x80:  # noqa: PLR2004 - 10xxxxxx
            end -= 1
        words.append(f"=?utf-8?b?{binascii.b2a_base64(octets[start:end], newline=False).decode()}?=")
        start = end
    return tuple(words)


def field(name: str, words: Sequence[str]) -> bytes:
    """One header field, folded before the words that would make a line too long (RFC 5322, 2.2.3).

    Raises ValueError for a word that holds white space or anything unprintable: it would end the
    field and begin another.
    """
    whole = f"{name}: {' '.join(words)}"
    # Most fields fit into one line, and then no word needs a look of its own.
    if len(whole) <= _LINE and whole.isprintable() and whole.count(" ") == len(words):
        return f"{whole}\r\n".encode()
    line = f"{name}:"
    lines = []
    for word in words:
        if not word.isprintable() or " " in word:
            raise ValueError(f"{name}: {word!r} cannot stand in a header")
        if len(line) + 1 + len(word) > _LINE and line != f"{name}:":
            lines.append(line)
            line = ""
        line += f" {word}"
    # UTF-8 stands in a header only where an address itself is not ASCII (RFC 6532, section 3.2).
    return "\r\n".join((*lines, line, "")).encode()


def body(text: str) -> tuple[str, bytes]:
    """A text as its Content-Transfer-Encoding and the octets it becomes, lines ending in CRLF.

    Not 8bit: a hop without 8BITMIME returns such a mail, converts it, or strips a bit (RFC 6152,
    section 3). Base64 no hop touches, and it is half the size of quoted-printable Russian. Only text
    that is ASCII throughout goes as it is, since spam filters hold needless base64 against a mail.
    """
    canonical = "\r\n".join(text.splitlines()).encode("utf-8", "replace") + b"\r\n"  # RFC 2045, section 6.8
    if canonical.isascii() and _is_plain(text):
        return "7bit", canonical
    letters = binascii.b2a_base64(canonical, newline=False)
    lines = [letters[start : start + _LINE] for start in range(0, len(letters), _LINE)]
    return "base64", b"\r\n".join((*lines, b""))


def _is_plain(text: str) -> bool:
    """Would every hop leave these lines alone? Some write ">From" for "From" at the start of one."""
    return all(
        len(line) <= _LINE and not line.startswith("From ") and not line.endswith(" ")
        for line in text.splitlines()
    )
