"""Signed marks: what we write into our own Message-IDs, reply and bounce addresses, to know it again.

A mark is made of what it says and an HMAC over it; a stranger can repeat a mark he has seen but
cannot make one. A mark helps threading and grants nothing: who writes is checked apart. Everything
is lower case, because gateways change the case of local parts.
"""

import functools
import hmac
import re
from dataclasses import dataclass

from mailgate.core.challenge import Reference
from mailgate.core.mail import Address

Keys = tuple[bytes, ...]
"""The signing keys: the first signs, all of them are valid."""

# 80 bits, in hexadecimal: enough against guessing, and it fits a local part of 64 octets.
_MAC_CHARS = 20
_MESSAGE_ID = re.compile(
    r"<mg\.([0-9]{1,15})\.([0-9]{1,15})\.([0-9a-f]{20})(?:\.c([0-9]{1,15})-([0-9a-f]{32}))?@[^@<>\s]+>"
)
_REPLY = re.compile(r"t([0-9]{1,15})-([0-9a-f]{20})")
_BOUNCE = re.compile(r"b([0-9]{1,15})-([0-9a-f]{20})")
_CHALLENGE = re.compile(r"c([0-9]{1,15})-([0-9a-f]{32})")
_LOCAL_OCTETS = 64  # RFC 5321, 4.5.3.1.1


@dataclass(frozen=True, slots=True)
class Mark:
    """A verified mark in a Message-ID. `letter` 0 is the root of the ticket's thread."""

    ticket: int
    letter: int


# Half of the work is the key's alone; and what is begun once is ended without leaving the interpreter to
# other threads, which a short HMAC made at once is not.
@functools.lru_cache(maxsize=8)
def _begun(key: bytes) -> hmac.HMAC:
    return hmac.new(key, digestmod="sha256")


def _mac(key: bytes, purpose: str, *values: int) -> str:
    made = _begun(key).copy()
    made.update(":".join((purpose, *map(str, values))).encode())
    return made.hexdigest()[:_MAC_CHARS]


def _verified(keys: Keys, mac: str, purpose: str, *values: int) -> bool:
    # Every key is tried, so that the time taken does not tell which one signed.
    results = [hmac.compare_digest(_mac(key, purpose, *values), mac) for key in keys]
    return any(results)


def message_id(keys: Keys, ticket: int, letter: int, domain: str, reference: Reference | None = None) -> str:
    """The Message-ID of letter `letter` at `ticket`; letter 0 is the thread's root.

    That of a challenge's letter carries its reference, too.
    """
    told = f".c{reference.challenge}-{reference.mac}" if reference else ""
    return f"<mg.{ticket}.{letter}.{_mac(keys[0], 'id', ticket, letter)}{told}@{domain}>"


def read_message_id(keys: Keys, text: str) -> Mark | None:
    """The mark in one of our Message-IDs, or None if it is not ours or was tampered with."""
    match = _MESSAGE_ID.fullmatch(text.lower())
    if match is None:
        return None
    ticket, letter = int(match[1]), int(match[2])
    return Mark(ticket, letter) if _verified(keys, match[3], "id", ticket, letter) else None


def reply_address(keys: Keys, ticket: int, desk: Address, separator: str) -> Address:
    """The address that replies to letters of `ticket` go to."""
    return Address(f"{desk.local}{separator}t{ticket}-{_mac(keys[0], 'reply', ticket)}", desk.domain)


def bounce_address(keys: Keys, letter: int, desk: Address, separator: str) -> Address:
    """The envelope sender of letter `letter`, which its bounce will be addressed to."""
    return Address(f"{desk.local}{separator}b{letter}-{_mac(keys[0], 'bounce', letter)}", desk.domain)


def challenge_address(reference: Reference, desk: Address, separator: str) -> Address | None:
    """The address that answers to a challenge go to; None where the desk's own leaves no room for it."""
    local = f"{desk.local}{separator}c{reference.challenge}-{reference.mac}"
    return Address(local, desk.domain) if len(local) <= _LOCAL_OCTETS else None


def read_challenge_address(address: Address, separator: str) -> Reference | None:
    """The reference in an address. Whether it is right is known only with the challenge."""
    match = _CHALLENGE.fullmatch(_subaddress(address, separator))
    return Reference(int(match[1]), match[2]) if match else None


def read_challenge_id(text: str) -> Reference | None:
    """The reference in a Message-ID; the same holds."""
    match = _MESSAGE_ID.fullmatch(text.lower())
    return Reference(int(match[4]), match[5]) if match and match[4] else None


def _subaddress(address: Address, separator: str) -> str:
    return address.local.lower().partition(separator)[2]


def read_reply_address(keys: Keys, address: Address, separator: str) -> int | None:
    """The ticket a signed reply address belongs to."""
    match = _REPLY.fullmatch(_subaddress(address, separator))
    if match is None:
        return None
    ticket = int(match[1])
    return ticket if _verified(keys, match[2], "reply", ticket) else None


def read_bounce_address(keys: Keys, address: Address, separator: str) -> int | None:
    """The letter a signed bounce address belongs to."""
    match = _BOUNCE.fullmatch(_subaddress(address, separator))
    if match is None:
        return None
    letter = int(match[1])
    return letter if _verified(keys, match[2], "bounce", letter) else None
