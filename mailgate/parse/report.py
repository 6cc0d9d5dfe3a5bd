"""Reports of machines about an earlier mail: bounces, read receipts, complaints (RFC 6522)."""

from mailgate.core.mail import Report, ReportKind
from mailgate.parse.fields import Block, read_block
from mailgate.parse.identifiers import ids
from mailgate.parse.limits import ParseLimits
from mailgate.parse.mime import Part, Structure
from mailgate.parse.words import HeaderReader

_KINDS = {
    "message/delivery-status": ReportKind.DELIVERY,  # RFC 3464
    "message/global-delivery-status": ReportKind.DELIVERY,  # RFC 6533
    "message/disposition-notification": ReportKind.DISPOSITION,  # RFC 8098
    "message/global-disposition-notification": ReportKind.DISPOSITION,
    "message/feedback-report": ReportKind.FEEDBACK,  # RFC 5965
}
_RETURNED = frozenset(
    {
        "message/rfc822",
        "message/rfc822-headers",
        "text/rfc822-headers",
        "message/global",
        "message/global-headers",
    }
)
_READ = ParseLimits(block=64 * 1024, header=8 * 1024, headers=200)
_MOST_GROUPS = 20  # of fields in a delivery status: the first recipient stands in the second


def read_report(raw: bytes, structure: Structure, reader: HeaderReader) -> Report | None:
    """The report this mail is, None when it is none."""
    if structure.parts[0].type != "multipart/report":
        return None
    notice = next((part for part in structure.leaves if part.type in _KINDS), None)
    fields = _notice(raw, notice) if notice is not None else ()
    return Report(
        _kind(structure.parts[0], notice),
        _token(_first(fields, "action"), reader).lower(),
        _token(_first(fields, "status"), reader),
        _recipient(_first(fields, "final-recipient") or _first(fields, "original-rcpt-to"), reader),
        _original_ids(raw, structure, fields, reader),
    )


def _kind(root: Part, notice: Part | None) -> ReportKind:
    if notice is not None:
        return _KINDS[notice.type]
    named = root.content.token("report-type").lower()
    return ReportKind(named) if named in set(ReportKind) else ReportKind.OTHER


def _notice(raw: bytes, part: Part) -> tuple[Block, ...]:
    """The groups of fields in a status part; RFC 3464, 2.1: an empty line ends each."""
    octets = part.octets(raw)[: _READ.block]
    blocks: list[Block] = []
    position = 0
    while position < len(octets) and len(blocks) < _MOST_GROUPS:
        block = read_block(octets, position, len(octets), _READ)
        if block.fields:
            blocks.append(block)
        elif block.body <= position:
            break  # words where a field should be
        if block.body < 0:
            break
        position = block.body
    return tuple(blocks)


def _first(blocks: tuple[Block, ...], name: str) -> bytes:
    return next((value for block in blocks if (value := block.first(name))), b"")


def _token(octets: bytes, reader: HeaderReader) -> str:
    words = reader.plain(octets[:200]).split()
    return words[0] if words else ""


def _recipient(octets: bytes, reader: HeaderReader) -> str:
    """RFC 3464, 2.3.2: `rfc822; somebody@somewhere`."""
    _type, _semicolon, address = octets[:500].rpartition(b";")
    return reader.plain(address).strip("<> ")


def _original_ids(
    raw: bytes, structure: Structure, notice: tuple[Block, ...], reader: HeaderReader
) -> tuple[str, ...]:
    """The ids of the mail reported about: as the report names it, and from the returned header."""
    values = [_first(notice, "original-message-id")]
    for part in structure.leaves:
        if part.type in _RETURNED:
            octets = part.octets(raw)[: _READ.block]
            values.append(read_block(octets, 0, len(octets), _READ).first("message-id"))
    found = (token for value in values for token in ids(reader.plain(value)))
    return tuple(dict.fromkeys(found))
