"""Mails in the ledger: taken in, waiting, settled, parked."""

from dataclasses import dataclass
from datetime import datetime

from mailgate.core.assurance import Assurance
from mailgate.core.description import Description
from mailgate.core.identification import Identification
from mailgate.core.mail import Envelope
from mailgate.core.request import Request
from mailgate.store import rows
from mailgate.store.sqlite import Ask, Row, Work


@dataclass(frozen=True, slots=True)
class Arrival:
    """A mail as the spool takes it. `is_bare`: it has neither Message-ID nor Date to tell copies by."""

    envelope: Envelope
    raw: bytes
    digest: bytes
    is_bare: bool


@dataclass(frozen=True, slots=True)
class Settled:
    """What is written at a mail when it is done or parked. `facts` is JSON, for `mail explain`."""

    id: int
    state: str
    verdict: str
    rule: str
    why: str
    ticket: int | None
    letter: int | None
    silence: str
    silence_detail: str
    message_id: str
    author: str
    subject: str
    authentication: str
    defects: tuple[str, ...]
    facts: str
    identification: Identification
    description: Description
    request: Request
    assurance: Assurance
    at: datetime


def add(work: Work, arrival: Arrival, duplicate_of: int | None) -> int:
    """Take a mail into the ledger; its id."""
    envelope = arrival.envelope
    mail = work.insert(
        """INSERT INTO mail (state, door, hop, peer, sender, recipients, received, bulk, size,
        whole_size, vouched, digest, duplicate_of)
        VALUES ('new', :door, :hop, :peer, :sender, :recipients, :received, :bulk, :size, :whole_size,
        :vouched, :digest, :duplicate_of)""",
        door=envelope.door,
        hop=envelope.hop,
        peer=envelope.peer,
        sender=envelope.sender,
        recipients=rows.list_text(envelope.recipients),
        received=rows.time_text(envelope.received),
        bulk=int(envelope.bulk),
        size=len(arrival.raw),
        whole_size=envelope.whole_size,
        vouched=rows.vouched_text(envelope.vouched),
        digest=arrival.digest,
        duplicate_of=duplicate_of,
    )
    work.insert("INSERT INTO raw (mail, bytes) VALUES (:mail, :bytes)", mail=mail, bytes=arrival.raw)
    return mail


def count_accepted(work: Work, many: int) -> None:
    """Count mails taken in, apart from the rows, so that the sum of verdicts can be checked against it."""
    work.run("UPDATE counter SET value = value + :many WHERE name = 'accepted'", many=many)


def first_copy(ask: Ask, digest: bytes, since: datetime) -> int | None:
    """The earliest mail since `since` with this digest that is no copy itself."""
    found = ask.row(
        """SELECT id FROM mail
        WHERE digest = :digest AND received >= :since AND duplicate_of IS NULL ORDER BY id LIMIT 1""",
        digest=digest,
        since=rows.time_text(since),
    )
    return None if found is None else int(found["id"])


def any_copy(ask: Ask, digest: bytes) -> int | None:
    """The earliest mail with this digest, whenever it came."""
    found = ask.row("SELECT id FROM mail WHERE digest = :digest ORDER BY id LIMIT 1", digest=digest)
    return None if found is None else int(found["id"])


def settle(work: Work, settled: Settled) -> None:
    """Write a mail's end."""
    work.run(
        """UPDATE mail SET state = :state, verdict = :verdict, rule = :rule, why = :why, ticket = :ticket,
        letter = :letter, silence = :silence, silence_detail = :silence_detail, message_id = :message_id,
        author = :author, subject = :subject, authentication = :authentication, defects = :defects,
        facts = :facts, identification = :identification, description = :description,
        request = :request, assurance = :assurance, settled = :at WHERE id = :id""",
        state=settled.state,
        verdict=settled.verdict,
        rule=settled.rule,
        why=settled.why,
        ticket=settled.ticket,
        letter=settled.letter,
        silence=settled.silence or None,
        silence_detail=settled.silence_detail,
        message_id=settled.message_id,
        author=settled.author,
        subject=settled.subject,
        authentication=settled.authentication,
        defects=rows.list_text(settled.defects),
        facts=settled.facts,
        identification=rows.identification_text(settled.identification),
        description=rows.description_text(settled.description),
        request=rows.request_text(settled.request),
        assurance=rows.assurance_text(settled.assurance),
        at=rows.time_text(settled.at),
        id=settled.id,
    )


def tell_copies(work: Work, mail: int, ticket: int) -> None:
    """Give copies that were settled before their first its ticket."""
    work.run(
        "UPDATE mail SET ticket = :ticket WHERE duplicate_of = :mail AND ticket IS NULL AND state = 'done'",
        mail=mail,
        ticket=ticket,
    )


def retry(work: Work, mail: int) -> bool:
    """Let a parked mail be settled anew; whether there was such a mail."""
    changed = work.run(
        """UPDATE mail SET state = 'new', verdict = NULL, tries = 0, aside = 0, settled = NULL
        WHERE id = :mail AND state = 'parked'""",
        mail=mail,
    )
    return bool(changed)


def by_message_id(ask: Ask, message_id: str, besides: int) -> int | None:
    """An earlier mail that is no copy and carries this Message-ID."""
    found = ask.row(
        """SELECT id FROM mail WHERE message_id = :message_id AND message_id <> '' AND id < :besides
        AND duplicate_of IS NULL ORDER BY id LIMIT 1""",
        message_id=message_id,
        besides=besides,
    )
    return None if found is None else int(found["id"])


def ticket_of_message_id(ask: Ask, message_id: str) -> int | None:
    """The ticket that the stored mail with this Message-ID opened or joined."""
    found = ask.row(
        """SELECT ticket FROM mail WHERE message_id = :message_id AND message_id <> ''
        AND ticket IS NOT NULL AND verdict IN ('opened', 'joined') ORDER BY id LIMIT 1""",
        message_id=message_id,
    )
    return None if found is None else int(found["ticket"])


def about(ask: Ask, mail: int) -> Row | None:
    """The whole row of a mail."""
    return ask.row("SELECT * FROM mail WHERE id = :mail", mail=mail)


def raw_of(ask: Ask, mail: int) -> bytes | None:
    """The mail as it was taken in, byte for byte."""
    found = ask.row("SELECT bytes FROM raw WHERE mail = :mail", mail=mail)
    return None if found is None else bytes(found["bytes"])


def copies_of(ask: Ask, mail: int) -> list[Row]:
    """The copies linked to a mail, in order."""
    return ask.rows("SELECT * FROM mail WHERE duplicate_of = :mail ORDER BY id", mail=mail)


def listing(ask: Ask, state: str, limit: int, before: int) -> list[Row]:
    """Mails in a state ("" for any), newest first, with ids below `before`."""
    return ask.rows(
        """SELECT * FROM mail WHERE (:state = '' OR state = :state) AND id < :before
        ORDER BY id DESC LIMIT :limit""",
        state=state,
        limit=limit,
        before=before,
    )


def of_ticket(ask: Ask, ticket: int) -> list[Row]:
    """The mails of a ticket, copies included, in the order they came."""
    return ask.rows("SELECT * FROM mail WHERE ticket = :ticket ORDER BY id", ticket=ticket)


def recipients_of_ticket(ask: Ask, ticket: int) -> tuple[str, ...]:
    """Every recipient of a ticket's mails and of their copies, each once, in the order they came."""
    found = ask.rows(
        """SELECT recipients FROM mail WHERE ticket = :ticket
        OR duplicate_of IN (SELECT id FROM mail WHERE ticket = :ticket) ORDER BY id""",
        ticket=ticket,
    )
    return tuple(dict.fromkeys(address for row in found for address in rows.list_of(row["recipients"])))


def totals(ask: Ask) -> dict[str, int]:
    """How many mails there are by verdict, those that wait as `new`; and `accepted`, counted apart."""
    found = {
        row["verdict"] or "new": row["many"]
        for row in ask.rows("SELECT verdict, count(*) AS many FROM mail GROUP BY state, verdict")
    }
    return {**found, "accepted": ask.count("SELECT value FROM counter WHERE name = 'accepted'")}
