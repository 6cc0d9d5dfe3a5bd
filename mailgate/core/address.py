"""The strict grammar of a mailbox: what we believe to be an address, and write to.

Parsers of the world disagree on odd spellings (`admin@bank.ru <evil@x.org>`, quotes, comments,
routes, NUL bytes), and whoever is asked second can be fooled. So identity, recipients and the
outbox all use this one grammar, narrower than RFC 5321's: a dot-atom, "@", a domain of labels.
A mailbox outside it is not wrong, only unusable as an identity.
"""

import re
from functools import lru_cache

import idna

from mailgate.core.mail import Address

# RFC 5322, 3.2.3 atext; RFC 6532, 3.2 adds letters beyond ASCII.
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-]+)*")
_LOCAL_UTF8 = re.compile(r"[\w!#$%&'*+/=?^`{|}~\-]+(?:\.[\w!#$%&'*+/=?^`{|}~\-]+)*")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_\-]*[a-z0-9_])?")
_LOCAL_OCTETS = 64  # RFC 5321, 4.5.3.1.1
_PATH_OCTETS = 254  # RFC 5321, 4.5.3.1.3, less the two brackets


def domain_name(text: str) -> str:
    """`text` as a lower-case ASCII domain name (A-labels), or "" when it is none."""
    lowered = text.lower()
    if not lowered.isascii():
        try:
            lowered = idna.encode(lowered, uts46=True).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            return ""
    labels = lowered.split(".")
    # RFC 1035, 2.3.4: 63 octets a label. A top label of digits would be an IP address.
    if len(labels) < 2 or labels[-1].isdigit() or any(len(label) > 63 for label in labels):  # noqa: PLR2004
        return ""
    return lowered if all(_LABEL.fullmatch(label) for label in labels) else ""


def parse_mailbox(text: str, name: str = "") -> Address | None:
    """`text` as an Address if it is exactly one plain `local@domain`; None otherwise."""
    parts = _parts(text) if len(text) <= _PATH_OCTETS else _parts.__wrapped__(text)
    return None if parts is None else Address(*parts, name)


@lru_cache(maxsize=1024)  # door, triage, letter and courier ask about the same address; a monster is not kept
def _parts(text: str) -> tuple[str, str] | None:
    local, at, host = text.rpartition("@")
    pattern = _LOCAL if local.isascii() else _LOCAL_UTF8
    if not at or len(local.encode("utf-8", "replace")) > _LOCAL_OCTETS or not pattern.fullmatch(local):
        return None
    domain = domain_name(host)
    if not domain or len(local.encode("utf-8", "replace")) + 1 + len(domain) > _PATH_OCTETS:
        return None
    return local, domain
