"""What a setting may be: the types of values, each with its own words for what is wrong."""

import ipaddress
import re
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from mailgate.core.address import domain_name, parse_mailbox
from mailgate.core.authenticity import UNNAMED
from mailgate.core.need import Need, Required

MAX_SIZE = 26_214_400
"""The largest mail taken when nothing else is set, in bytes."""

_MOST = 1_000_000_000  # of whatever is counted
_MOST_DAYS = 100_000  # some centuries: what goes much further leaves the calendar
_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*", re.IGNORECASE)
_VISIBLE = re.compile(r"[!-~]+")


def _mailbox(text: str) -> str:
    if parse_mailbox(text) is None:
        raise ValueError(f"{text!r} is not a plain mailbox such as support@example.ru")
    return text


def _there(path: Path) -> Path:
    try:
        is_there = path.exists()
    except OSError as why:
        raise ValueError(f"{path} cannot be looked at: {why.strerror}") from why
    if not is_there:
        raise ValueError(f"{path} does not exist")
    return path


def _folder(path: Path) -> Path:
    if not _there(path).is_dir():
        raise ValueError(f"{path} is no folder")
    return path


def _path(path: Path) -> Path:
    if "\0" in str(path):
        raise ValueError("is no path")
    return path


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError) as why:
        raise ValueError(f"{text!r} is not a time zone such as Europe/Moscow") from why
    return text


def _listen(text: str) -> str:
    host, colon, port = text.rpartition(":")
    if not (host and colon and port.isdigit() and int(port) < 65536):  # noqa: PLR2004 - the ports there are
        raise ValueError(f"{text!r} is not host:port such as 127.0.0.1:2525 or [::1]:2525")
    return text


def _domain(text: str) -> str:
    if text and not domain_name(text):
        raise ValueError(f"{text!r} is not a domain name")
    return text


def _authserv_id(text: str) -> str:
    # RFC 8601, 2.2: a token, as a rule a host name; or one of our two ways to name several servers.
    if text != UNNAMED and not _HOST.fullmatch(text.removeprefix(".")):
        raise ValueError(f"{text!r} is neither a server, nor .a.domain of servers, nor {UNNAMED!r}")
    return text


def _mode(text: str) -> str:
    try:
        int(text, 8)
    except ValueError as why:
        raise ValueError(f"{text!r} is not an octal file mode such as 0660") from why
    return text


def _host(text: str) -> str:
    if _is_plain_host(text):
        return text
    if text.isascii() or not domain_name(text):
        raise ValueError(f"{text!r} is not a host such as imap.hoster.example or 127.0.0.1")
    return domain_name(text)


def _is_plain_host(text: str) -> bool:
    return _HOST.fullmatch(text) is not None or _is_ip(text)


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Is `host` this very machine, so that nothing said to it leaves the machine?"""
    return host.lower() == "localhost" or (_is_ip(host) and ipaddress.ip_address(host).is_loopback)


def is_loopback_endpoint(text: str) -> bool:
    """Is `text` host:port of a loopback address? A name is none: what it leads to may change."""
    try:
        host, _, _ = _listen(text).rpartition(":")
    except ValueError:
        return False
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    return _is_ip(bare) and is_loopback(bare) and (":" in bare) == (bare != host)


def _web_address(text: str) -> str:
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host = ""
    # A secret is sent there: the host must be plain to see. No fragment: RFC 6749, 3.1 and 3.2.
    if not (_is_plain_host(host) and _VISIBLE.fullmatch(text)) or "@" in parts.netloc or "#" in text:
        raise ValueError(f"{text!r} is not a web address such as https://login.example/token")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        raise ValueError(f"{text!r} must begin with https://; http:// leads to loopback hosts only")
    return text


def _needs(text: str) -> str:
    known = ", ".join(Need)
    for word in text.split("|"):
        if word.strip() not in list(Need):
            raise ValueError(f"{word.strip()!r} is none of {known}; alternatives are parted by |")
    return text


Mailbox = Annotated[str, AfterValidator(_mailbox)]
Existing = Annotated[Path, AfterValidator(_path), AfterValidator(_there)]
ExistingFolder = Annotated[Path, AfterValidator(_path), AfterValidator(_folder)]
AnyPath = Annotated[Path, AfterValidator(_path)]
MailboxOrNone = Annotated[str, AfterValidator(lambda text: text and _mailbox(text))]
Zone = Annotated[str, AfterValidator(_zone)]
Endpoint = Annotated[str, AfterValidator(_listen)]
Domain = Annotated[str, AfterValidator(_domain)]
AuthservId = Annotated[str, AfterValidator(_authserv_id)]
Mode = Annotated[str, AfterValidator(_mode)]
Host = Annotated[str, AfterValidator(_host)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
WebAddressOrNone = Annotated[str, AfterValidator(lambda text: text and _web_address(text))]
Positive = Annotated[int, Field(gt=0, le=_MOST)]
Needs = Annotated[str, AfterValidator(_needs)]
NotNegative = Annotated[int, Field(ge=0, le=_MOST)]
Seconds = Annotated[float, Field(gt=0, le=_MOST)]
Days = Annotated[int, Field(gt=0, le=_MOST_DAYS)]
DaysOrNone = Annotated[int, Field(ge=0, le=_MOST_DAYS)]
Hours = Annotated[int, Field(gt=0, le=_MOST_DAYS * 24)]
HoursOrNone = Annotated[int, Field(ge=0, le=_MOST_DAYS * 24)]


class Section(BaseModel):
    """A table of mailgate.toml: an unknown key is a mistake, and what was read never changes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def required_of(requirements: tuple[str, ...]) -> Required:
    """The requirements as decisions read them."""
    return tuple(frozenset(Need(word.strip()) for word in text.split("|")) for text in requirements)
