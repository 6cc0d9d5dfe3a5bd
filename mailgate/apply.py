"""Carries out a decision: effects are data, and here is the one `match` that knows what they do.

Everything happens inside the mail's own part of the one transaction. The only thing made outside the
ledger is the reservation of ticket numbers, which may be wasted but never given twice.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import assert_never

import structlog
from pydantic import TypeAdapter

from mailgate.core.case import Facts
from mailgate.core.challenge import ChallengeState
from mailgate.core.challenge_effects import (
    ChallengeEffect,
    ChangeChallenge,
    LockUp,
    MakeChallenge,
    TellRequester,
    Trace,
)
from mailgate.core.effects import (
    AddEntry,
    Ask,
    Decision,
    Describe,
    Effect,
    Identify,
    Letter,
    LinkTickets,
    MailEffect,
    Mute,
    NoteBounce,
    Notify,
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
from mailgate.core.tag import Keys
from mailgate.core.ticket import Entry, Status, Ticket
from mailgate.core.triage import Triage
from mailgate.letters import Letters, TemplateBroken, UnusableRecipient
from mailgate.rulebook import Rulebook
from mailgate.store import audit, challenges, handover, mails, requests, tickets
from mailgate.store import letters as outbox
from mailgate.store.letters import LetterState, Outgoing
from mailgate.store.sqlite import Work

_log = structlog.get_logger()

FACTS = TypeAdapter(Facts)


def apply(
    work: Work, mail: int | None, effects: Iterable[Effect], rulebook: Rulebook, now: datetime
) -> int | None:
    """Do what was decided, about `mail` if it was one; the id of the letter that answers it, if one does."""
    made = None
    for effect in effects:
        match effect:
            case Send(letter):
                made = send(work, mail, letter, rulebook.letters, now)
            case Notify(letter):
                send(work, mail, letter, rulebook.letters, now)
            case MakeChallenge() | ChangeChallenge() | LockUp() | TellRequester() | Trace():
                _authorise(work, effect, rulebook.policy.keys, now)
            case _:
                _carry_out(work, mail, effect, now)
    return made


def _authorise(work: Work, effect: ChallengeEffect, keys: Keys, now: datetime) -> None:
    match effect:
        case MakeChallenge(challenge):
            challenges.make(work, challenge)
        case ChangeChallenge(challenge):
            if not challenges.change(work, challenge):
                # Never Temporary: the facts are of this transaction, so the next try would find the same.
                raise ValueError(f"challenge {challenge.id} is not open")
            if challenge.state is not ChallengeState.OPEN:
                handover.withdraw(work, challenge.id, now)
            if challenge.state is ChallengeState.DECLINED:
                _log.warning("challenge.declined", challenge=challenge.id, ticket=challenge.ticket)
        case LockUp(lock):
            challenges.lock(work, lock)
        case TellRequester(ticket, at):
            challenges.conclude_at(work, ticket, at)
        case Trace(step):
            audit.append(work, keys, step)
        case _:
            assert_never(effect)


def _carry_out(  # noqa: C901 - an arm for each effect
    work: Work, mail: int | None, effect: MailEffect, now: datetime
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
    reference = letter.notice.reference if letter.notice else None
    challenge = reference.challenge if reference else None
    number = outbox.next_id(work)
    try:
        composed = letters.compose(letter, number, now)
    except (TemplateBroken, UnusableRecipient) as why:
        _log.error("letter.held", letter=number, mail=mail, why=str(why))
        held = Outgoing(
            number, letter.to, letter.kind, now, now, "", "", b"", mail, letter.ticket,
            LetterState.HELD, f"could not be written: {why}", challenge,
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
            challenge=challenge,
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
        author=triage.writer,
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
