"""A whole mail: bytes and envelope in, a Mail out, whatever the bytes are.

First the header block is cut into fields within its limits, then the parts are found, and only what
is within all limits is decoded. What is wrong is a Defect of the Mail; nothing raises.
"""

from dataclasses import replace

from mailgate.core import quote
from mailgate.core.describe import describe
from mailgate.core.finding.find import find
from mailgate.core.gist import gist
from mailgate.core.mail import UNREADABLE, Defect, Envelope, Mail
from mailgate.core.policy import Sought
from mailgate.core.recognise import recognise
from mailgate.core.request import Request
from mailgate.parse.attachments import attachments
from mailgate.parse.body import read_body
from mailgate.parse.charset import guess_by_letters, guess_charset
from mailgate.parse.fields import read_block
from mailgate.parse.headers import read_headers
from mailgate.parse.limits import DEFAULT, FRUGAL, ParseLimits
from mailgate.parse.mime import Structure, read_structure
from mailgate.parse.report import read_report
from mailgate.parse.words import HeaderReader

NOTHING_SOUGHT = Sought()
"""Where the operator named no forms of logins and contracts, and there are no classes of request."""

_INCOMPLETE = frozenset({Defect.TEXT_CUT})


def parse(
    raw: bytes, envelope: Envelope, limits: ParseLimits = DEFAULT, sought: Sought = NOTHING_SOUGHT
) -> Mail:
    """The Mail in `raw`. Never raises: what cannot be read is missing and has a Defect."""
    try:
        mail = _with_request(_with_candidates(_parse(raw, envelope, limits), sought), sought)
    except MemoryError:
        return beyond(raw, envelope, Defect.PARSER_MEMORY)
    # The last resort: a mistake of ours must not keep a customer's mail from becoming a ticket.
    except Exception:  # noqa: BLE001
        return beyond(raw, envelope, Defect.BROKEN_MIME)
    if not envelope.whole_size:
        return mail
    # That it ends too soon is our own doing.
    others = tuple(defect for defect in mail.defects if defect is not Defect.BROKEN_MIME)
    return replace(mail, defects=(*others, *_of_door(envelope)))


def _with_candidates(mail: Mail, sought: Sought) -> Mail:
    try:
        return replace(mail, candidates=find(mail, sought.identifying))
    # The text is worth more than what was looked for in it.
    except Exception:  # noqa: BLE001
        return mail


def _with_request(mail: Mail, sought: Sought) -> Mail:
    chosen = mail.envelope.vouched
    if chosen is not None and chosen.request:
        return replace(mail, request=Request(chosen.request, chosen.objects))
    if not sought.requests or not _is_whole(mail):
        return mail
    try:
        words = mail.new_words or mail.text
        return replace(mail, request=recognise(mail.subject, words, sought.requests))
    # The same: staff can say what is asked for.
    except Exception:  # noqa: BLE001
        return mail


def _is_whole(mail: Mail) -> bool:
    """Are all of the writer's words there? What is missing might take back what is asked for."""
    if mail.envelope.whole_size or not _INCOMPLETE.isdisjoint(mail.defects):
        return False
    return bool(mail.text) or UNREADABLE.isdisjoint(mail.defects)


def beyond(raw: bytes, envelope: Envelope, defect: Defect) -> Mail:
    """The Mail of bytes that could not be parsed within the limits: a little header and the `defect`.

    Cheap and safe for hostile bytes (milliseconds, pure Python): it may run where nothing may stall.
    """
    try:
        block = read_block(raw, 0, len(raw), FRUGAL)
        mail = read_headers(block, envelope, HeaderReader(guess_by_letters), FRUGAL)
    # The same last resort, with even less.
    except Exception:  # noqa: BLE001
        mail = Mail(envelope)
    return _with_request(_with_defects(mail, (defect, *_of_door(envelope))), NOTHING_SOUGHT)


def _of_door(envelope: Envelope) -> tuple[Defect, ...]:
    """What the door had to leave out."""
    return (Defect.OVERSIZED,) if envelope.whole_size else ()


def _parse(raw: bytes, envelope: Envelope, limits: ParseLimits) -> Mail:
    block = read_block(raw, 0, len(raw), limits)
    structure = read_structure(raw, block, limits)
    reader = HeaderReader(guess_charset, _hint(structure))
    mail = read_headers(block, envelope, reader, limits)
    if structure.beyond:
        return _with_defects(mail, (*structure.defects, Defect.NO_TEXT))
    body = read_body(raw, structure, reader.guess_hinted, limits)
    split = quote.split(body.text)
    found = attachments(raw, structure, body.used, reader)
    report = read_report(raw, structure, reader)
    words = gist(mail.subject, body.text, split.new_words)
    return replace(
        mail,
        text=body.text,
        new_words=split.new_words,
        quoted=split.quoted,
        signature=split.signature,
        attachments=found,
        report=report,
        languages=words.languages,
        is_outage=words.is_outage,
        is_thanks=words.is_thanks,
        numbers=words.numbers,
        description=describe(mail.subject, split.new_words or body.text, found),
        # All readings must have been made: what was wrong in them is known only then.
        defects=tuple(dict.fromkeys((*mail.defects, *body.defects, *sorted(reader.defects)))),
    )


def _with_defects(mail: Mail, defects: tuple[Defect, ...]) -> Mail:
    return replace(mail, defects=tuple(dict.fromkeys((*mail.defects, *defects)))) if defects else mail


def _hint(structure: Structure) -> str:
    """The charset the first text is declared in: mostly its program wrote the header in it, too."""
    texts = (part for part in structure.leaves if part.type.startswith("text/"))
    return next((part.content.token("charset") for part in texts), "")
