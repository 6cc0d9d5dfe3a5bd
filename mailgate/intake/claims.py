"""What a mail that lies in a mailbox claims about its own envelope.

An SMTP client says to whom and from whom a mail is; in a mailbox only what the last MTA wrote into the
header is left of that. Headers are claims: the sender of the mail may have written such fields as well,
so of each kind the topmost counts, and a recipient must be an address of the desk.
"""

from dataclasses import dataclass
from datetime import datetime

from mailgate.core.address import parse_mailbox
from mailgate.core.policy import Desk, is_desk_address
from mailgate.parse import trace
from mailgate.parse.addresses import mailboxes
from mailgate.parse.charset import guess_by_letters
from mailgate.parse.fields import Block, read_block
from mailgate.parse.limits import DEFAULT
from mailgate.parse.words import HeaderReader

ENVELOPE_HEADERS = ("X-Original-To", "Envelope-To", "X-Envelope-To", "Delivered-To")
"""Fields in which MTAs note the recipient; first those that keep a sub-address."""


@dataclass(frozen=True, slots=True)
class Claims:
    """The envelope by the mail's own header.

    `recipients` are addresses of the desk, at least one. `sender` is "" for the null sender, and None
    when no MTA noted any (no Return-Path).
    """

    recipients: tuple[str, ...]
    sender: str | None


def read_claims(raw: bytes, desk: Desk, headers: tuple[str, ...] = ENVELOPE_HEADERS) -> Claims:
    """The claims of the mail in `raw`, of which only the header block is read, within its limits.

    The recipient stands in the first of `headers` (in their order) that names an address of `desk`, else
    in To and Cc; a mail that names none was for the desk's first address.
    """
    block = read_block(raw, 0, len(raw), DEFAULT)
    return Claims(_recipients(block, desk, headers), _sender(block))


def last_hop(raw: bytes) -> datetime | None:
    """When the last MTA took the mail, by the topmost Received (aware, UTC); None if it cannot be read."""
    topmost = read_block(raw, 0, len(raw), DEFAULT).first("received")
    return next(iter(trace.hops([topmost])), None) if topmost else None


def _recipients(block: Block, desk: Desk, headers: tuple[str, ...]) -> tuple[str, ...]:
    for name in headers:
        found = _ours(block.first(name.lower()), desk)
        if found:
            return found
    written = (*_ours(block.first("to"), desk), *_ours(block.first("cc"), desk))
    return tuple(dict.fromkeys(written)) or (desk.address.mailbox,)


def _ours(octets: bytes, desk: Desk) -> tuple[str, ...]:
    found = mailboxes(octets, HeaderReader(guess_by_letters), DEFAULT.addresses) if octets else ()
    return tuple(address.mailbox for address in found if is_desk_address(address, desk))


def _sender(block: Block) -> str | None:
    """The Return-Path (RFC 5321, 4.4); one that is no plain mailbox can be written to as little as <>."""
    fields = block.all("return-path")
    if not fields:
        return None
    address = parse_mailbox(fields[0].unfolded.decode("utf-8", "replace").strip("<> \t"))
    return address.mailbox if address else ""
