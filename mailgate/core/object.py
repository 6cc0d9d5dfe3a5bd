"""The strict grammar of what a request is done to: what passes it may stand in a letter of ours."""

import re

from mailgate.core.address import domain_name, parse_mailbox
from mailgate.core.request import Object, ObjectKind

_LONGEST_PERSON = 100
_PERSON = re.compile(r"[^\W\d_]+(?:[. -]{1,2}[^\W\d_]+)*\.?")
_FIRM = re.compile(r"(?:[^\W\d_]{1,10} )?«(?P<name>[^«»]+)»")
_MOST_OCTETS = 253  # RFC 1035, 2.3.4, less the root


def object_of(kind: ObjectKind, text: str) -> Object | None:
    """The object that `text` names, as it is compared and shown; None where it is no such thing.

    A domain or host is in A-labels, a mailbox in lower case, a person one clean line of letters, hyphens,
    spaces and dots, a firm's name perhaps in «».
    """
    match kind:
        case ObjectKind.DOMAIN | ObjectKind.NAMESERVER:
            value = domain_name(text)
            value = value if len(value) <= _MOST_OCTETS else ""
        case ObjectKind.MAILBOX:
            address = parse_mailbox(text)
            value = address.key if address else ""
        case ObjectKind.PERSON:
            firm = _FIRM.fullmatch(text)
            is_one = len(text) <= _LONGEST_PERSON and _PERSON.fullmatch(firm["name"] if firm else text)
            value = text if is_one else ""
    return Object(kind, value) if value else None
