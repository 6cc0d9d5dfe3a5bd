"""Message identifiers (RFC 5322, section 3.6.4), `<...>` without white space; never encoded words."""

import re

_ID = re.compile(r"<[^<>\s]{1,990}>")  # RFC 5322, 2.1.1: no line is longer than 998
_BARE = re.compile(r"[^<>\s]{1,990}")


def ids(text: str) -> tuple[str, ...]:
    """All identifiers in a clean line, in their order."""
    return tuple(_ID.findall(text))


def own_id(text: str) -> str:
    """The identifier in a Message-ID field, "" when there is none; some programs forget the brackets."""
    found = _ID.search(text)
    if found is not None:
        return found.group()
    return f"<{text}>" if _BARE.fullmatch(text) else ""


def bounded(identifiers: tuple[str, ...], most: int) -> tuple[str, ...]:
    """Each once; of too many the first, where the thread began, and the last ones."""
    unique = tuple(dict.fromkeys(identifiers))
    return unique if len(unique) <= most else (unique[0], *unique[len(unique) - most + 1 :])
