"""What the header of a mail says: who writes to whom, about what, when, in which thread."""

from datetime import datetime

from mailgate.core.mail import Address, Defect, Envelope, Header, Mail
from mailgate.parse import parameters, trace
from mailgate.parse.addresses import mailboxes, sole_mailbox
from mailgate.parse.fields import Block
from mailgate.parse.identifiers import bounded, ids, own_id
from mailgate.parse.limits import ParseLimits
from mailgate.parse.words import HeaderReader

# Fields of running text and of names. In all others an encoded word is no word (RFC 2047, section 5),
# and decoding it would put results into trace fields that nobody wrote there.
_ENCODED = frozenset({
    "subject", "from", "sender", "reply-to", "to", "cc", "bcc", "comments", "keywords",
    "organization", "thread-topic", "content-description", "x-mailer",
})  # fmt: skip
# RFC 5322, 3.6: at most once; of several the topmost counts. From has a defect of its own.
_SINGLE = (
    "subject", "date", "message-id", "to", "cc", "reply-to", "sender", "in-reply-to", "references",
    "content-type", "content-transfer-encoding",
)  # fmt: skip


def read_headers(block: Block, envelope: Envelope, reader: HeaderReader, limits: ParseLimits) -> Mail:
    """A Mail as far as its header says it; the defects are the block's and the header's."""
    fields = tuple(Header(field.name, _value(field.name, field.unfolded, reader)) for field in block.fields)
    author, author_defects = _author(block, reader)
    shown: dict[str, list[str]] = {}
    for field in fields:
        shown.setdefault(field.name, []).append(field.value)
    message_id = own_id(_topmost(shown, "message-id"))
    date, date_defects = _date(block)
    received = block.all("received")
    references = [
        token
        for name in ("references", "in-reply-to")
        for value in shown.get(name, ())
        for token in ids(value)
    ]
    defects = [*block.defects, *author_defects, *date_defects]
    defects += [] if message_id else [Defect.NO_MESSAGE_ID]
    repeated = any(len(shown.get(name, ())) > 1 for name in _SINGLE)
    defects += [Defect.HEADER_REPEATED] if repeated else []
    defects += [Defect.TOO_MANY_RECEIVED] if len(received) > limits.hops else []
    return Mail(
        envelope,
        message_id=message_id,
        date=date,
        subject=_topmost(shown, "subject"),
        author=author,
        author_text=_topmost(shown, "from"),
        reply_to=mailboxes(block.first("reply-to"), reader, limits.addresses),
        to=mailboxes(block.first("to"), reader, limits.addresses),
        cc=mailboxes(block.first("cc"), reader, limits.addresses),
        references=bounded(tuple(references), limits.references),
        headers=fields,
        received_count=len(received),
        hops=trace.hops([field.unfolded for field in received[: limits.hops]]),
        content_type=parameters.read(block.first("content-type")).value or "text/plain",
        defects=tuple(defects),
    )


def _topmost(shown: dict[str, list[str]], name: str) -> str:
    return shown[name][0] if name in shown else ""


def _value(name: str, octets: bytes, reader: HeaderReader) -> str:
    return reader.text(octets) if name in _ENCODED else reader.plain(octets)


def _author(block: Block, reader: HeaderReader) -> tuple[Address | None, tuple[Defect, ...]]:
    """The identity, or why there is none. Fields that were not read might hold a second From."""
    fields = block.all("from")
    if not fields:
        return None, (Defect.NO_FROM,)
    if len(fields) > 1:
        return None, (Defect.FROM_REPEATED,)
    whole = block.complete and not fields[0].cut
    author = sole_mailbox(fields[0].unfolded, reader) if whole else None
    return author, () if author is not None else (Defect.FROM_UNUSABLE,)


def _date(block: Block) -> tuple[datetime | None, tuple[Defect, ...]]:
    value = block.first("date")
    found = trace.date(value)
    return found, () if found is not None or not value else (Defect.BAD_DATE,)
