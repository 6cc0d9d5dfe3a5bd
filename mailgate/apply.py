"""Carries out a decision: effects are data, and here is the one `match` that knows what they do.

Everything happens inside the mail's own part of the one transaction. The only thing made outside the
ledger is the reservation of ticket numbers, which may be wasted but never given twice.
"""

from datetime import datetime
from typing import assert_never

import structlog
from pydantic import TypeAdapter

from mailgate.core.case import Facts
from mailgate.core.effects import (
    AddEntry,
    Ask,
    Decision,
    Describe,
    Effect,
    Identify,
    Letter,
    LinkTickets,
    Mute,
    NoteBounce,
    OpenTicket,
    Postpone,
    Reopen,
    Send,
    Silence,
    Unmute,
    Verdict,
)
from mailgate.core.mail import Mail
from mailgate.core.number import counter_of
from mailgate.core.ticket import Entry, Status, Ticket
from mailgate.core.triage import Triage
from mailgate.letters import Letters, TemplateBroken, UnusableRecipient
from mailgate.store import letters as outbox
from mailgate.store import mails, requests, tickets
from mailgate.store.letters import LetterState, Outgoing
from mailgate.store.sqlite import Work

_log = structlog.get_logger()

FACTS = TypeAdapter(Facts)


def apply(work: Work, mail: int | None, decision: Decision, letters: Letters, now: datetime) -> int | None:
    """Do what was decided about `mail`; the id of the letter made, if one was."""
    made = None
    for effect in decision.effects:
        if isinstance(effect, Send):
            made = send(work, mail, effect.letter, letters, now)
        else:
            _carry_out(work, mail, effect, now)
    return made


def _carry_out(  # noqa: C901, PLR0912 - an arm for each effect
    work: Work, mail: int | None, effect: Effect, now: datetime
) -> None:
    match effect:
        case OpenTicket():
            _open(work, effect, now)
        case AddEntry(ticket, author, kind, text):
            tickets.add_entry(work, ticket, Entry(author, kind, now, text, mail))
        case Identify(ticket, identification):
            tickets.identify(work, ticket, identification, answered=True)
        case Describe(ticket, description):
            tickets.describe(work, ticket, description)
        case Ask(ticket, request):
            requests.ask_for(work, ticket, request)
        case LinkTickets(ticket, link):
            tickets.add_link(work, ticket, link)
        case Reopen(ticket):
            tickets.set_status(work, ticket, Status.OPEN, now)
        case NoteBounce(letter, status):
            outbox.note_bounce(work, letter, status)
        case Mute(address, letter, status):
            tickets.mute(work, address, letter, status, now)
        case Unmute(address):
            tickets.unmute(work, address)
        case Postpone(address, ticket, languages):
            tickets.postpone(work, address.lower(), ticket, languages, now)
        case Send(letter):
            raise AssertionError(f"letters are made by send(): {letter.kind}")
        case _:
            assert_never(effect)


def _open(work: Work, effect: OpenTicket, now: datetime) -> None:
    tickets.set_counter(work, counter_of(effect.number))
    tickets.open_ticket(
        work,
        Ticket(
            number=effect.number,
            status=Status.OPEN,
            subject=effect.subject,
            requester=effect.requester,
            participants=(effect.requester,) if effect.requester else (),
            languages=effect.languages,
            opened=now,
            identification=effect.identification,
            description=effect.description,
            request=effect.request,
        ),
        effect.remind_at,
    )


def send(work: Work, mail: int | None, letter: Letter, letters: Letters, now: datetime) -> int:
    """Write a letter into the outbox; its id. A broken template holds the letter, never the mail."""
    number = outbox.next_id(work)
    try:
        composed = letters.compose(letter, number, now)
    except (TemplateBroken, UnusableRecipient) as why:
        _log.error("letter.held", letter=number, mail=mail, why=str(why))
        held = Outgoing(
            number, letter.to, letter.kind, now, now, "", "", b"", mail, letter.ticket,
            LetterState.HELD, f"could not be written: {why}",
        )  # fmt: skip
        outbox.put(work, held)
        return number
    outbox.put(
        work,
        Outgoing(
            id=number,
            recipient=composed.recipient,
            kind=letter.kind,
            created=now,
            next_try=now,
            envelope_sender=composed.envelope_sender,
            message_id=composed.message_id,
            raw=composed.raw,
            mail=mail,
            ticket=letter.ticket,
        ),
    )
    return number


def record(
    mail_id: int, mail: Mail, triage: Triage, facts: Facts, decision: Decision, letter: int | None
) -> mails.Settled:
    """What is written at a mail that came to its end."""
    silence = decision.answer if isinstance(decision.answer, Silence) else None
    parked = decision.verdict is Verdict.PARKED
    return mails.Settled(
        id=mail_id,
        state="parked" if parked else "done",
        verdict=decision.verdict,
        rule=decision.rule,
        why=decision.why,
        ticket=decision.ticket,
        letter=letter,
        silence=silence.reason if silence else "",
        silence_detail=silence.detail if silence else "",
        message_id=mail.message_id,
        author=mail.author.key if mail.author else "",
        subject=mail.subject,
        authentication=triage.authentication,
        defects=mail.defects,
        facts=FACTS.dump_json(facts, exclude_defaults=True).decode(),
        identification=decision.identification,
        description=mail.description,
        request=mail.request,
        assurance=decision.assurance,
        at=facts.now,
    )
