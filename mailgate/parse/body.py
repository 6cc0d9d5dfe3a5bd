"""The writer's own first text: which part holds it, and how it becomes plain lines.

It is the first text that is not an attachment, in the order of the mail. If it is one of several
renditions of the same words (multipart/alternative), the plain one is preferred. The words of an
attached mail are somebody else's: the tree of parts ends there.
"""

from dataclasses import dataclass

from mailgate.core.mail import Defect
from mailgate.parse import armor, clean, flowed, html
from mailgate.parse.charset import Guess, decode
from mailgate.parse.limits import ParseLimits
from mailgate.parse.mime import Part, Structure

_RENDITIONS = frozenset({"text/plain", "text/html"})
_OCTETS_A_CHARACTER = 4  # at most, in the charsets of mail
_SMIME = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_SMIME_BEGINNING = 64  # octets in which the content type of a CMS message stands
_ENVELOPED = bytes.fromhex("2a864886f70d010703")  # RFC 5652, section 6.1: id-envelopedData
_AUTH_ENVELOPED = bytes.fromhex("2a864886f70d0109100117")  # RFC 5083, section 2.1
_TNEF = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})


@dataclass(frozen=True, slots=True)
class Body:
    """The text, the numbers of the parts it was read from or that only repeat it, and what was wrong."""

    text: str
    used: frozenset[int]
    defects: tuple[Defect, ...]


def read_body(raw: bytes, structure: Structure, guess: Guess, limits: ParseLimits) -> Body:
    """The writer's own first text in `structure`."""
    defects: list[Defect] = [*structure.defects, *_sealed_parts(raw, structure)]
    texts = tuple(part for part in structure.leaves if _is_text(part, structure))
    for first in texts:
        alternatives = _renditions(first, texts, structure)
        for part in sorted(alternatives, key=lambda part: part.type != "text/plain"):
            text, found = _text(raw, part, guess, limits)
            if text.strip():
                defects += found
                if armor.sealed(text):
                    text = armor.without_sealed(text)
                    defects.append(Defect.ENCRYPTED)
                used = frozenset(alternative.number for alternative in alternatives)
                return Body(text, used, _finished(text, defects))
    return Body("", frozenset(part.number for part in texts[:1]), _finished("", defects))


def is_named(part: Part) -> bool:
    """Does the part carry a file name, or the place for one?"""
    names = {key for key, _ in (*part.disposition.parameters, *part.content.parameters)}
    return bool(names & {"filename", "name"})


def _finished(text: str, defects: list[Defect]) -> tuple[Defect, ...]:
    return tuple(dict.fromkeys(defects if text.strip() else [*defects, Defect.NO_TEXT]))


def _is_text(part: Part, structure: Structure) -> bool:
    """May the part hold the writer's words? A named text is a file, unless it is the whole mail."""
    alone = part is structure.parts[0]
    return (
        part.type in _RENDITIONS
        and part.disposition.value != "attachment"
        and (alone or not is_named(part) or _alternative(part, structure) is not None)
    )


def _alternative(part: Part, structure: Structure) -> int | None:
    """The number of the outermost multipart/alternative around `part`."""
    around = (number for number in part.ancestors if structure.parts[number].type == "multipart/alternative")
    return next(around, None)


def _renditions(first: Part, texts: tuple[Part, ...], structure: Structure) -> tuple[Part, ...]:
    """`first` and the texts that say the same in another form."""
    around = _alternative(first, structure)
    if around is None:
        return (first,)
    return tuple(part for part in texts if around in part.ancestors)


def _text(raw: bytes, part: Part, guess: Guess, limits: ParseLimits) -> tuple[str, list[Defect]]:
    """The text of one part, at most `limits.text` characters, and what was wrong with it."""
    octets = part.octets(raw)
    most = limits.markup if part.type == "text/html" else limits.text
    decoded = decode(octets[: most * _OCTETS_A_CHARACTER], part.content.token("charset"), guess)
    text = decoded.text[:most]
    defects = [Defect.TEXT_CUT] if len(decoded.text) > most else []
    defects += [Defect.CHARSET_GUESSED] if decoded.guessed else []
    defects += [Defect.CHARSET_UNKNOWN] if decoded.unknown else []
    text = _plain(clean.lines(text), part)
    if len(text) > limits.text:
        defects.append(Defect.TEXT_CUT)
    return text[: limits.text], defects


def _plain(text: str, part: Part) -> str:
    if part.type == "text/html":
        return clean.lines(html.to_text(text))  # its character references may name anything
    if part.content.token("format").lower() == "flowed":
        text = flowed.unflow(text, delete_space=part.content.token("delsp").lower() == "yes")
    return armor.without_signature(text)


def _sealed_parts(raw: bytes, structure: Structure) -> list[Defect]:
    """Defects for contents that nobody but their addressee, or Outlook, can open."""
    found: list[Defect] = []
    for part in structure.parts:
        if part.type == "multipart/encrypted":  # RFC 1847, 2.2
            found.append(Defect.ENCRYPTED)
        elif part.type in _SMIME:
            found.append(_smime(raw, part))
        elif part.type in _TNEF:
            found.append(Defect.WINMAIL)
    return found


def _smime(raw: bytes, part: Part) -> Defect:
    """RFC 8551, 3.2.2 smime-type; where it is missing, the content itself says what it is."""
    kind = part.content.token("smime-type").lower()
    if kind:
        return Defect.ENCRYPTED if "enveloped" in kind else Defect.SIGNED_OPAQUE
    beginning = part.octets(raw)[:_SMIME_BEGINNING]
    sealed = _ENVELOPED in beginning or _AUTH_ENVELOPED in beginning
    return Defect.ENCRYPTED if sealed else Defect.SIGNED_OPAQUE
