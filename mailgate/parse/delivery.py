"""To whom a mail was delivered and from whom, as its header says: for doors without an envelope.

The names of the trace fields are the operator's, since each server has its own. Where none of them
tells, To and Cc do, as far as they name the desk; where they do not, the mail was for its first address.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from mailgate.core.address import parse_mailbox
from mailgate.core.mail import Address
from mailgate.core.policy import Desk, is_desk_address
from mailgate.parse.addresses import mailboxes
from mailgate.parse.charset import guess_by_letters
from mailgate.parse.fields import Block, read_block
from mailgate.parse.limits import FRUGAL
from mailgate.parse.words import HeaderReader

_MOST = 100


@dataclass(frozen=True, slots=True)
class Delivery:
    """The reverse-path without brackets, "" for the null sender or an unknown one, and the recipients."""

    sender: str
    recipients: tuple[str, ...]


def delivery(raw: bytes, names: Iterable[str], desk: Desk) -> Delivery:
    """What the header of `raw` says of its delivery; `names` are trace fields, the most reliable first."""
    block = read_block(raw, 0, len(raw), FRUGAL)
    path = block.first("return-path").strip(b"<> \t").decode("utf-8", "replace")
    sender = path if parse_mailbox(path) else ""
    for fields in ((name.lower(),) for name in names), (("to", "cc"),):
        for some in fields:
            found = _ours(block, some, desk)
            if found:
                return Delivery(sender, tuple(address.mailbox for address in found))
    return Delivery(sender, (desk.address.mailbox,))


def _ours(block: Block, names: Iterable[str], desk: Desk) -> tuple[Address, ...]:
    """The desk's own addresses in fields, each once, in order."""
    reader = HeaderReader(guess_by_letters)
    found = (
        address
        for name in names
        for field in block.all(name)
        for address in mailboxes(field.unfolded, reader, _MOST)
        if is_desk_address(address, desk)
    )
    return tuple({address.key: address for address in found}.values())
