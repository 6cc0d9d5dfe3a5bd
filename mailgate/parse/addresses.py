"""The addresses in a header field (RFC 5322, section 3.4), by one linear scanner.

Parsers of the world disagree about odd fields, and a sender who knows it shows one address to the
filter and another to the desk. So the scanner knows only what all agree upon: atoms, quoted strings,
flat comments, `<local@domain>`. Everything else spoils the mailbox it stands in, and an identity is
only what stands alone in its field and is not spoiled.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from mailgate.core.address import parse_mailbox
from mailgate.core.mail import Address
from mailgate.parse.words import HeaderReader


class _Kind(Enum):
    """What a token is. The names are the regular expression's groups."""

    SPACE = "space"
    QUOTED = "quoted"
    COMMENT = "comment"
    ANGLE = "angle"
    COMMA = "comma"
    END = "end"
    LABEL = "label"
    ATOM = "atom"
    BAD = "bad"


_KINDS = {kind.value: kind for kind in _Kind}


# Possessive quantifiers and exclusive alternatives: every octet is looked at once. A comment holds
# nothing an address is made of; nested and quoted ones are where parsers disagree.
_TOKEN = re.compile(
    r"""(?P<space>[ \t]++)
    |(?P<quoted>"(?:[^"\\]|\\.)*+")
    |(?P<comment>\([^()<>@,;:"\\]*+\))
    |(?P<angle><[^<>()"\s,;\\]*+>)
    |(?P<comma>,)
    |(?P<end>;)
    |(?P<label>:)
    |(?P<atom>[^ \t"(),;:<>\\\[\]\x00-\x1f\x7f]++)
    |(?P<bad>.)""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_TOKENS = 4000  # of one field: more is no list of people


@dataclass(frozen=True, slots=True)
class _Token:
    kind: _Kind
    text: str


def sole_mailbox(octets: bytes, reader: HeaderReader) -> Address | None:
    """The address when the field holds exactly one plain mailbox, None otherwise."""
    tokens = tuple(_tokens(octets))
    if any(token.kind in {_Kind.COMMA, _Kind.END, _Kind.LABEL} for token in tokens):
        return None
    return _mailbox(tokens, reader)


def mailboxes(octets: bytes, reader: HeaderReader, limit: int) -> tuple[Address, ...]:
    """Up to `limit` plain mailboxes of a list; spoiled ones are left out, groups are opened."""
    found: dict[str, Address] = {}
    if not octets:
        return ()
    for item in _items(_tokens(octets)):
        address = _mailbox(item, reader)
        if address is not None:
            found.setdefault(address.key, address)
            if len(found) >= limit:
                break
    return tuple(found.values())


def _tokens(octets: bytes) -> Iterator[_Token]:
    # Octets that are no UTF-8 survive as surrogates: a name may hold them, an address never.
    text = octets.decode("utf-8", "surrogateescape")
    for count, match in enumerate(_TOKEN.finditer(text)):
        if count >= _TOKENS:
            yield _Token(_Kind.BAD, "")
            return
        kind = _KINDS[match.lastgroup or ""]
        yield _Token(kind, match.group())
        if kind is _Kind.BAD and match.group() in {'"', "("}:
            return  # what follows an open quote or comment belongs to it


def _items(tokens: Iterable[_Token]) -> Iterator[tuple[_Token, ...]]:
    """The members of a list, groups opened (RFC 5322, 3.4: `name: a, b;`)."""
    item: list[_Token] = []
    for token in tokens:
        if token.kind in {_Kind.COMMA, _Kind.END}:
            yield tuple(item)
            item = []
        elif token.kind is _Kind.LABEL:
            item = []
        else:
            item.append(token)
    yield tuple(item)


def _mailbox(tokens: tuple[_Token, ...], reader: HeaderReader) -> Address | None:
    """`name <address>`, `<address>`, `address` or `address (name)`; None for anything else."""
    if any(token.kind is _Kind.BAD for token in tokens):
        return None
    solid = [token for token in tokens if token.kind is not _Kind.SPACE]
    if not solid:
        return None
    if solid[-1].kind is _Kind.ANGLE:
        return _named(solid, reader)
    comment = solid[1].text[1:-1] if len(solid) > 1 and solid[1].kind is _Kind.COMMENT else ""
    alone = len(solid) == 1 or (len(solid) == 2 and bool(comment))  # noqa: PLR2004 - address, comment
    if alone and solid[0].kind is _Kind.ATOM:
        return _plain(solid[0].text, comment, reader)
    return None


def _named(solid: list[_Token], reader: HeaderReader) -> Address | None:
    before, angle = solid[:-1], solid[-1].text[1:-1]
    for token in before:
        # An address among the words of a name is what some parsers take for the sender.
        if token.kind is _Kind.ANGLE or (token.kind is _Kind.ATOM and "@" in token.text):
            return None
    return _plain(angle, " ".join(map(_shown, before)), reader)


def _plain(text: str, name: str, reader: HeaderReader) -> Address | None:
    # RFC 2047, 5: an encoded word is never part of an address, but some programs decode it there.
    return None if "=?" in text else parse_mailbox(text, _name(name, reader))


def _shown(token: _Token) -> str:
    return _ESCAPED.sub(r"\1", token.text[1:-1]) if token.kind is _Kind.QUOTED else token.text


def _name(text: str, reader: HeaderReader) -> str:
    return reader.text(text.encode("utf-8", "surrogateescape"))
