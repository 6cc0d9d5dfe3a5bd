"""Content-Type and Content-Disposition: a value and its parameters (RFC 2045, 5.1; RFC 2183; RFC 2231)."""

import functools
import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from mailgate.parse.words import HeaderReader

_MOST = 100  # parameters of one field that are read
_SECTIONS = 100  # of one continued parameter
_TYPE = re.compile(rb"[ \t]*([!#$&^_.+A-Za-z0-9-]{1,127})[ \t]*(?:/[ \t]*([!#$&^_.+A-Za-z0-9-]{1,127}))?")
# Possessive: every octet is looked at once, also in a run of semicolons or after an open quote.
_PARAMETER = re.compile(
    rb';[ \t\r\n]*+([^\s=;"]{1,100}+)[ \t\r\n]*+=[ \t\r\n]*+(?:"((?:[^"\\]|\\.)*+)"?|([^;]*+))', re.DOTALL
)
# RFC 2231, 3 and 4: name*, name*0, name*0*
_SECTION = re.compile(r"([^*]+)\*(?:(\d{1,3})(\*)?)?")
# A path of Windows in quotes is no escape, though the grammar says so.
_ESCAPED = re.compile(rb'\\(["\\])')


@dataclass(frozen=True, slots=True)
class Valued:
    """A field's `value` in lower case, and its parameters: lower-case names, octets as decoded so far.

    `charsets` names the charset of a parameter where RFC 2231 gives one.
    """

    value: str
    parameters: tuple[tuple[str, bytes], ...] = ()
    charsets: tuple[tuple[str, str], ...] = ()

    def token(self, name: str) -> str:
        """A parameter that is a token of ASCII (charset, boundary ...), "" where absent."""
        return next((value for key, value in self.parameters if key == name), b"").decode("ascii", "replace")

    def octets(self, name: str) -> bytes:
        """A parameter as it stands."""
        return next((value for key, value in self.parameters if key == name), b"")

    def text(self, name: str, reader: HeaderReader) -> str:
        """A parameter for human eyes, with RFC 2231 charsets and the encoded words that Outlook writes."""
        declared = next((charset for key, charset in self.charsets if key == name), "")
        return reader.declared(self.octets(name), declared) if declared else reader.text(self.octets(name))


def read(octets: bytes) -> Valued:
    """A structured field's value; what is broken is left out."""
    return _remembered(octets) if len(octets) <= _SHORT else _read(octets)


# A dozen values stand in most fields of most mails, and each is asked for twice.
_SHORT = 80


@functools.lru_cache(maxsize=256)
def _remembered(octets: bytes) -> Valued:
    return _read(octets)


def _read(octets: bytes) -> Valued:
    if not octets:
        return Valued("")
    head = _TYPE.match(octets)
    parts = [part.decode("ascii").lower() for part in (head.groups() if head else ()) if part]
    plain: dict[str, bytes] = {}
    sections: dict[str, dict[int, tuple[bytes, bool]]] = {}
    for count, match in enumerate(_PARAMETER.finditer(octets)):
        if count >= _MOST:
            break
        name = match[1].decode("ascii", "replace").lower()
        value = _ESCAPED.sub(rb"\1", match[2]) if match[2] is not None else match[3].strip()
        section = _SECTION.fullmatch(name)
        if section is None:
            plain.setdefault(name, value)
        else:
            extended = section[2] is None or bool(section[3])
            sections.setdefault(section[1], {}).setdefault(int(section[2] or 0), (value, extended))
    charsets: list[tuple[str, str]] = []
    for name, found in sections.items():
        plain[name], charset = _continued(found)
        charsets.append((name, charset))
    return Valued("/".join(parts), tuple(plain.items()), tuple(charsets))


def _continued(sections: dict[int, tuple[bytes, bool]]) -> tuple[bytes, str]:
    """The octets and the charset of a parameter in sections (RFC 2231, sections 3 and 4.1)."""
    charset = ""
    octets: list[bytes] = []
    for number in range(_SECTIONS):
        if number not in sections:
            break
        value, extended = sections[number]
        if extended and number == 0 and value.count(b"'") >= 2:  # noqa: PLR2004 - charset'language'text
            name, _language, value = value.split(b"'", 2)
            charset = name.decode("ascii", "replace")
        octets.append(unquote_to_bytes(value) if extended else value)
    return b"".join(octets), charset
