"""Signed marks: what we write into our own Message-IDs, reply and bounce addresses, to know it again.

A mark is made of what it says and an HMAC over it; a stranger can repeat a mark he has seen but
cannot make one. A mark helps threading and grants nothing: who writes is checked apart. Everything
is lower case, because gateways change the case of local parts.

Letters are numbered in turn, and a mark does not show that number. Who writes two harmless mails would
see by their answers whether another letter went out in between: to the owner of an account he guessed,
or because the digits he guessed were right (A72, A77). What is shown is the number put through a keyed
permutation, a Feistel network: one to one, so that nothing needs to be stored, and without the key
it tells neither order nor distance. Tickets' numbers are shown as they are: customers are told them.
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

# 48 bits are at most 15 digits. After four rounds some thousands of letters could tell the numbers from
# chance ones; after six it takes about as many as a half has values (Patarin 2004), 16 million.
_HALF_BITS = 24
_LETTERS = 1 << 2 * _HALF_BITS
_ROUNDS = tuple(range(6))
_ROUNDS_BACK = _ROUNDS[::-1]


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


def _over(key: bytes, purpose: str, *values: int) -> hmac.HMAC:
    made = _begun(key).copy()
    made.update(":".join((purpose, *map(str, values))).encode())
    return made


def _mac(key: bytes, purpose: str, *values: int) -> str:
    return _over(key, purpose, *values).hexdigest()[:_MAC_CHARS]


def _signer(keys: Keys, mac: str, purpose: str, *values: int) -> bytes | None:
    """The key that made `mac`, if one of ours did."""
    # Every key is tried, so that the time taken does not tell which one signed.
    found = [key for key in keys if hmac.compare_digest(_mac(key, purpose, *values), mac)]
    return found[0] if found else None


def _round(key: bytes, number: int, half: int) -> int:
    return int.from_bytes(_over(key, "letter", number, half).digest()[: _HALF_BITS // 8], "big")


# The root stands in every letter, and a letter's own number in its Message-ID and its envelope.
@functools.lru_cache(maxsize=64)
def _permuted(key: bytes, number: int, rounds: tuple[int, ...]) -> int:
    left, right = divmod(number, 1 << _HALF_BITS)
    for each in rounds:
        left, right = right, left ^ _round(key, each, right)
    # The halves change sides once more: so the same rounds, taken backwards, undo it.
    return right << _HALF_BITS | left


def _shown(key: bytes, letter: int) -> int:
    """What is shown for a letter's number. Raises ValueError beyond the numbers that can be shown."""
    if not 0 <= letter < _LETTERS:
        raise ValueError(f"letter {letter} cannot be shown in a mark: want 0 to {_LETTERS - 1}")
    return _permuted(key, letter, _ROUNDS)


def _letter(key: bytes, shown: int) -> int:
    return _permuted(key, shown, _ROUNDS_BACK)


def message_id(keys: Keys, ticket: int, letter: int, domain: str, reference: Reference | None = None) -> str:
    """The Message-ID of letter `letter` at `ticket`; letter 0 is the thread's root.

    That of a challenge's letter carries its reference, too.
    """
    shown = _shown(keys[0], letter)
    told = f".c{reference.challenge}-{reference.mac}" if reference else ""
    return f"<mg.{ticket}.{shown}.{_mac(keys[0], 'id', ticket, shown)}{told}@{domain}>"


def read_message_id(keys: Keys, text: str) -> Mark | None:
    """The mark in one of our Message-IDs, or None if it is not ours or was tampered with."""
    match = _MESSAGE_ID.fullmatch(text.lower())
    if match is None:
        return None
    ticket, shown = int(match[1]), int(match[2])
    key = _signer(keys, match[3], "id", ticket, shown)
    return Mark(ticket, _letter(key, shown)) if key is not None else None


def reply_address(keys: Keys, ticket: int, desk: Address, separator: str) -> Address:
    """The address that replies to letters of `ticket` go to."""
    return Address(f"{desk.local}{separator}t{ticket}-{_mac(keys[0], 'reply', ticket)}", desk.domain)


def bounce_address(keys: Keys, letter: int, desk: Address, separator: str) -> Address | None:
    """The envelope sender of letter `letter`, which its bounce will be addressed to.

    None where the desk's own address leaves no room for it.
    """
    shown = _shown(keys[0], letter)
    return _subaddressed(desk, separator, f"b{shown}-{_mac(keys[0], 'bounce', shown)}")


def challenge_address(reference: Reference, desk: Address, separator: str) -> Address | None:
    """The address that answers to a challenge go to; None where the desk's own leaves no room for it."""
    return _subaddressed(desk, separator, f"c{reference.challenge}-{reference.mac}")


def _subaddressed(desk: Address, separator: str, mark: str) -> Address | None:
    local = f"{desk.local}{separator}{mark}"
    return Address(local, desk.domain) if len(local.encode()) <= _LOCAL_OCTETS else None


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
    return ticket if _signer(keys, match[2], "reply", ticket) is not None else None


def read_bounce_address(keys: Keys, address: Address, separator: str) -> int | None:
    """The letter a signed bounce address belongs to."""
    match = _BOUNCE.fullmatch(_subaddress(address, separator))
    if match is None:
        return None
    shown = int(match[1])
    key = _signer(keys, match[2], "bounce", shown)
    return _letter(key, shown) if key is not None else None
