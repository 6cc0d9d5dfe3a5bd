"""Header values as octets → text: encoded words and raw 8-bit (RFC 2047; RFC 6532, section 3.2).

The scanner walks the octets once. Words that follow each other are joined before they are decoded,
because many programs cut a character, or even a base64 group, in two.
"""

import binascii
import re
from dataclasses import dataclass

from mailgate.core.mail import Defect
from mailgate.parse.charset import Guess, codec, decode, reads_as
from mailgate.parse.clean import one_line

# RFC 2047, 2: charset, perhaps with a language (RFC 2231, 5), and encoding. Bounded, so linear.
_OPENING = re.compile(rb"=\?([!-)+->@-~]{1,60})(?:\*[A-Za-z0-9-]{0,20})?\?([bBqQ])\?")
_BASE64_NOISE = re.compile(rb"[^A-Za-z0-9+/]+")
_GROUP = 4  # base64 letters that make three octets


@dataclass(frozen=True, slots=True)
class _Word:
    """An encoded word: where it stands and what is in it; `encoding` is "b" or "q"."""

    start: int
    end: int
    charset: str
    encoding: str
    octets: bytes


class HeaderReader:
    """Decodes the values of one mail's header; remembers what was wrong with them.

    `guess` finds the charset of raw 8-bit values; `hint` is the body's charset, which is mostly the
    one the same program wrote its header in.
    """

    def __init__(self, guess: Guess, hint: str = "") -> None:
        self._guess = guess
        self._hint = codec(hint)
        self.defects: set[Defect] = set()

    def guess_hinted(self, octets: bytes) -> str:
        """A Guess that believes the hint where that gives Russian."""
        return self._hint if reads_as(octets, self._hint) else self._guess(octets)

    def plain(self, octets: bytes) -> str:
        """One clean line; encoded words stay as they are (RFC 2047, section 5: not in structured fields)."""
        return one_line(self._decode(octets, ""))

    def text(self, octets: bytes) -> str:
        """One clean line; encoded words are decoded."""
        words = _words(octets) if b"=?" in octets else []
        if not words:
            return one_line(self._decode(octets, ""))
        pieces: list[str] = []
        position = 0
        for group in _groups(words, octets):
            between = octets[position : group[0].start]
            # RFC 2047, 6.2: white space between adjacent words is not shown.
            if not (position and not between.strip()):
                pieces.append(self._decode(between, ""))
            pieces.append(self._decode(_joined(group), group[0].charset))
            position = group[-1].end
        pieces.append(self._decode(octets[position:], ""))
        return one_line("".join(pieces))

    def declared(self, octets: bytes, charset: str) -> str:
        """One clean line of octets whose charset the sender names (RFC 2231, section 4)."""
        return one_line(self._decode(octets, charset))

    def _decode(self, octets: bytes, charset: str) -> str:
        if octets.isascii() and b"\x1b" not in octets:  # as nearly all pieces are; so `decode` begins, too
            return octets.decode("ascii")
        decoded = decode(octets, charset, self.guess_hinted)
        # Raw UTF-8 is what RFC 6532 asks for: nothing was wrong.
        if decoded.guessed and not (not charset and _is_utf8(octets)):
            self.defects.add(Defect.CHARSET_GUESSED)
        if decoded.unknown:
            self.defects.add(Defect.CHARSET_UNKNOWN)
        return decoded.text


def _is_utf8(octets: bytes) -> bool:
    try:
        octets.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _words(octets: bytes) -> list[_Word]:
    """The encoded words of `octets`, from left to right."""
    words: list[_Word] = []
    position = octets.find(b"=?")
    while position >= 0:
        opening = _OPENING.match(octets, position)
        if opening is None:
            position = octets.find(b"=?", position + 2)
            continue
        closing = octets.find(b"?=", opening.end())
        if closing < 0:
            break
        content = octets[opening.end() : closing]
        charset, encoding = opening[1].decode("ascii"), opening[2].decode("ascii").lower()
        words.append(_Word(position, closing + 2, charset, encoding, content))
        position = octets.find(b"=?", closing + 2)
    return words


def _groups(words: list[_Word], octets: bytes) -> list[list[_Word]]:
    """Adjacent words of one charset and encoding, together."""
    groups: list[list[_Word]] = []
    for word in words:
        last = groups[-1][-1] if groups else None
        if (
            last is not None
            and (last.charset.lower(), last.encoding) == (word.charset.lower(), word.encoding)
            and not octets[last.end : word.start].strip()
        ):
            groups[-1].append(word)
        else:
            groups.append([word])
    return groups


def _joined(group: list[_Word]) -> bytes:
    """The octets a group of words encodes."""
    if group[0].encoding == "q":
        return b"".join(_unquoted(word.octets) for word in group)
    octets: list[bytes] = []
    pending = b""
    for word in group:
        pending += _BASE64_NOISE.sub(b"", word.octets)
        # A word that ends within a group of four and is not padded goes on in the next one.
        if len(pending) % _GROUP == 0 or word.octets.endswith(b"=") or word is group[-1]:
            octets.append(_from_base64(pending))
            pending = b""
    return b"".join(octets)


def _unquoted(content: bytes) -> bytes:
    """RFC 2047, 4.2: like quoted-printable, and "_" is a space."""
    return binascii.a2b_qp(content.replace(b"\r", b"").replace(b"\n", b""), header=True)


def _from_base64(letters: bytes) -> bytes:
    whole = len(letters) - (len(letters) % _GROUP == 1)  # a single letter is less than an octet
    return binascii.a2b_base64(letters[:whole] + b"=" * (-whole % _GROUP))
