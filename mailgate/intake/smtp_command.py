"""Command lines as values: the verb, the arguments of MAIL and RCPT, or the reply that refuses them.

Paths are read more liberally than identities: a sender is only kept, and a mail must not be lost over
the spelling of its envelope. What may never pass is what could mean something else further on:
control characters, bare specials, octets beyond ASCII without SMTPUTF8.
"""

import re
from dataclasses import dataclass

COMMAND_OCTETS = 2048  # RFC 5321, 4.5.3.1.4 asks for 512, and extensions for more
_PATH_OCTETS = 254  # RFC 5321, 4.5.3.1.3, less the two brackets
# RFC 5321, 4.1.2: a Dot-string without the specials, or a Quoted-string; read once, left to right.
_LOCAL = re.compile(r'[^\x00-\x20\x7f-\x9f\ud800-\udfff"(),:;<>@\[\]\\]+')
_QUOTED = re.compile(r'"(?:[^\x00-\x1f\x7f-\x9f\ud800-\udfff"\\]|\\[\x20-\x7e])*"')
_LABEL = re.compile(r"[\w\-]+")
_LITERAL = re.compile(r"\[[0-9A-Za-z.:\-]+\]")

_UTF8_UNASKED = "553 5.6.7 Address is not ASCII, and SMTPUTF8 was not given"

CONSTANT = {
    "NOOP": "250 2.0.0 Ok",
    "HELP": "214 2.0.0 MAIL RCPT DATA RSET NOOP VRFY STARTTLS QUIT",
    "VRFY": "252 2.5.0 Send a mail and see",  # RFC 5321, 7.3: not to tell who exists
    "EXPN": "502 5.5.1 EXPN is not offered",
    "AUTH": "502 5.5.1 AUTH is not offered",
}
"""Commands whose reply depends on nothing."""

# A browser made to talk to us begins so; whatever follows is not meant as mail.
_FOREIGN = frozenset({"GET", "POST", "PUT", "HEAD", "OPTIONS", "CONNECT", "DELETE", "PATCH", "TRACE"})


@dataclass(frozen=True, slots=True)
class Refusal:
    """The reply to a command that cannot be obeyed; `is_foreign`: it belongs to another protocol."""

    reply: str
    is_foreign: bool = False


@dataclass(frozen=True, slots=True)
class Command:
    """`verb` in upper case; `argument` without the spaces around it, "" where there is none."""

    verb: str
    argument: str


@dataclass(frozen=True, slots=True)
class MailCommand:
    """`sender` without brackets, "" for the null sender; `size` as declared in octets, 0 when it was not."""

    sender: str
    size: int = 0
    utf8: bool = False


@dataclass(frozen=True, slots=True)
class _Argument:
    path: str
    parameters: tuple[tuple[str, str], ...]


def read_command(line: bytes) -> Command | Refusal:
    """One line with its CR LF, or the first COMMAND_OCTETS of a longer one."""
    # Bytes that are no UTF-8 become surrogates here, which are not printable.
    text = line.removesuffix(b"\n").removesuffix(b"\r").decode("utf-8", "surrogateescape")
    verb, _, argument = text.partition(" ")
    verb = verb.upper()
    if verb in _FOREIGN or (text and not (text[0].isascii() and text[0].isalpha())):
        return Refusal("554 5.5.1 This is not the protocol spoken here", is_foreign=True)
    if not line.endswith(b"\n"):
        return Refusal("500 5.5.2 Command line too long")
    if not line.endswith(b"\r\n"):
        return Refusal("500 5.5.2 A command ends with CR LF")  # RFC 5321, 2.3.8
    if not text.isprintable():
        return Refusal("501 5.5.2 Unprintable characters in the command")
    return Command(verb, argument.strip(" "))


def read_mail(argument: str) -> MailCommand | Refusal:
    """The argument of MAIL, for example `FROM:<a@b.ru> SIZE=1000 BODY=8BITMIME`."""
    parts = _split(argument, "FROM:")
    if parts is None:
        return Refusal("501 5.5.4 Syntax: MAIL FROM:<address> [parameters]")
    given = dict(parts.parameters)
    if len(given) < len(parts.parameters) or not _values_fit(given):
        return Refusal("501 5.5.4 Unusable parameter of MAIL")
    if not given.keys() <= {"SIZE", "BODY", "SMTPUTF8"}:
        return Refusal("555 5.5.4 Unknown parameter of MAIL")
    if not argument.isascii() and "SMTPUTF8" not in given:
        return Refusal(_UTF8_UNASKED)
    sender = _sender(parts.path)
    if sender is None:
        return Refusal("553 5.1.7 Malformed sender address")
    return MailCommand(sender, int(given.get("SIZE", "0")), "SMTPUTF8" in given)


def read_rcpt(argument: str, *, utf8: bool) -> str | Refusal:
    """The argument of RCPT, for example `TO:<support@example.ru>`: the address as written.

    A source route stays in it and so matches no address of ours: RFC 5321, 3.3 lets us decline it.
    """
    parts = _split(argument, "TO:")
    if parts is None:
        return Refusal("501 5.5.4 Syntax: RCPT TO:<address>")
    if parts.parameters:
        return Refusal("555 5.5.4 Unknown parameter of RCPT")
    if not argument.isascii() and not utf8:
        return Refusal(_UTF8_UNASKED)
    if len(parts.path.encode()) > _PATH_OCTETS:
        return Refusal("553 5.1.3 Address too long")
    return parts.path


def _split(argument: str, keyword: str) -> _Argument | None:
    """Part path and parameters. A path without brackets is understood: small devices send such."""
    if argument[: len(keyword)].upper() != keyword:
        return None
    text = argument[len(keyword) :].strip(" ")
    if text.startswith("<"):
        # No parameter we know has a ">" in its value, so the last one closes the path, quoted or not.
        path, closing, words = text[1:].rpartition(">")
    else:
        path, closing, words = text.partition(" ")
        closing = path
    if not closing or (text.startswith("<") and words and not words.startswith(" ")):
        return None
    pairs = (word.partition("=") for word in words.split())
    return _Argument(path, tuple((name.upper(), value) for name, _, value in pairs))


def _values_fit(given: dict[str, str]) -> bool:
    size = given.get("SIZE", "0")
    return (
        # RFC 1870, 3: one to twenty digits.
        (size.isascii() and size.isdigit() and len(size) <= 20)  # noqa: PLR2004 - the RFC's number
        and given.get("BODY", "7BIT").upper() in {"7BIT", "8BITMIME"}
        and not given.get("SMTPUTF8")
    )


def _sender(path: str) -> str | None:
    """The reverse-path without its source route; None when it is malformed."""
    if not path:
        return ""
    if path.startswith("@"):
        # RFC 5321, 4.1.2, A-d-l: must be accepted and should be ignored.
        path = path.partition(":")[2]
    local, at, host = path.rpartition("@")
    if not at or len(path.encode("utf-8", "surrogateescape")) > _PATH_OCTETS:
        return None
    if not (_LOCAL.fullmatch(local) or _QUOTED.fullmatch(local)):
        return None
    named = all(_LABEL.fullmatch(label) for label in host.split("."))
    return path if named or _LITERAL.fullmatch(host) else None
