"""Challenges by the clock: reminded of once, ended when their time is over, and the requester is told.

Each function does all that is due by `now` (`due.py`) and says how many it did.
"""

from datetime import datetime, timedelta

import structlog

from mailgate.apply import apply, send
from mailgate.core import answer, ending
from mailgate.core.audit import Actor, Event, Role, Step, key_id
from mailgate.core.challenge import Challenge, Doubt, Void, key_of
from mailgate.core.challenging import reminded
from mailgate.core.ticket import Ticket
from mailgate.due import AT_ONCE, alone, has_arrived, in_pages, languages, last_letter, may_write
from mailgate.rulebook import Rulebook
from mailgate.store import audit, challenges
from mailgate.store.letters import LetterState
from mailgate.store.sqlite import Ledger, Work

_log = structlog.get_logger()

_HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)
_MAILGATE = Actor(Role.MAILGATE)


def expire(ledger: Ledger, rulebook: Rulebook, now: datetime) -> int:
    """End the challenges that nobody answered in time; how many were ended."""

    def act(work: Work, challenge: Challenge) -> bool:
        apply(work, None, ending.timed_out(challenge, now), rulebook, now)
        _log.info("challenge.expired", challenge=challenge.id, ticket=challenge.ticket)
        return True

    return in_pages(ledger, lambda work: challenges.expired(work, now, AT_ONCE), act)


def remind(ledger: Ledger, rulebook: Rulebook, now: datetime) -> int:
    """Remind mailboxes, once, of challenges that wait for their answer; how many were reminded."""
    after = rulebook.policy.challenging.remind_after
    if not after:
        return 0

    def act(work: Work, challenge: Challenge) -> bool:
        challenges.reminded(work, challenge.id)
        said = alone(
            work, challenge.ticket, lambda work, ticket: _remind(work, ticket, challenge, rulebook, now)
        )
        return bool(said)

    return in_pages(ledger, lambda work: challenges.to_remind(work, now - after, AT_ONCE), act)


def _remind(work: Work, ticket: Ticket, challenge: Challenge, rulebook: Rulebook, now: datetime) -> bool:
    if not _can_be_answered(challenge, ticket, rulebook):
        return False
    apply(work, None, reminded(challenge, ticket, rulebook.policy, now), rulebook, now)
    return True


def _can_be_answered(challenge: Challenge, ticket: Ticket, rulebook: Rulebook) -> bool:
    """Is an answer still wanted, and can it come?"""
    if challenge.is_answered or Doubt.BOUNCED in challenge.doubts:
        return False
    return ending.is_current(challenge, ticket) and key_of(challenge, rulebook.policy.keys) is not None


def conclude(ledger: Ledger, rulebook: Rulebook, now: datetime) -> int:
    """Tell requesters what came of the confirmation; how many were told."""

    def act(work: Work, number: int) -> bool:
        concluded = alone(work, number, lambda work, ticket: _conclude(work, ticket, rulebook, now))
        if concluded is None:
            challenges.conclude_at(work, number, now + _HOUR)
        return bool(concluded)

    return in_pages(ledger, lambda work: challenges.to_conclude(work, now, AT_ONCE), act)


def _conclude(work: Work, ticket: Ticket, rulebook: Rulebook, now: datetime) -> bool:
    before = last_letter(work, ticket, None)
    if before is not None and before.state is LetterState.DUE:
        challenges.conclude_at(work, ticket.number, now + _MINUTE)
        return False
    challenges.conclude_at(work, ticket.number, None)
    last = next(reversed(challenges.of_ticket(work, ticket.number)), None)
    if not _is_critical(ticket, rulebook):
        return False
    if ticket.status.is_settled or (last is not None and last.mailbox == ticket.requester):
        return False
    if before is None or not has_arrived(before) or not may_write(work, ticket.requester, rulebook, now):
        return False
    letter = answer.outcome(
        before.recipient,
        languages(ticket, rulebook),
        ticket.number,
        before.message_id,
        is_confirmed=last is not None and ending.is_confirmed(last, ticket),
    )
    send(work, None, letter, rulebook.letters, now)
    return True


def _is_critical(ticket: Ticket, rulebook: Rulebook) -> bool:
    """Does it need consent still? Staff may have said that it asks for nothing of the kind."""
    asked = rulebook.policy.request_class(ticket.request.name)
    return asked is not None and asked.is_critical


def void_all(ledger: Ledger, rulebook: Rulebook, now: datetime) -> int:
    """The ledger is an older one: what was answered since is forgotten, so nothing open counts any more."""
    with ledger.write() as work:
        audit.append(work, rulebook.policy.keys, Step(now, Event.LEDGER_RESTORED, _MAILGATE))
        found = challenges.all_open(work)
        for challenge in found:
            apply(work, None, ending.voided(challenge, Void.RESTORED, _MAILGATE, now), rulebook, now)
            _log.warning("challenge.void", challenge=challenge.id, ticket=challenge.ticket, why=Void.RESTORED)
    return len(found)


def note_key(ledger: Ledger, rulebook: Rulebook, now: datetime) -> bool:
    """Put into the audit trail that another key signs from now on; whether that is so."""
    with ledger.write() as work:
        signer = audit.last_key(work)
        if signer in ("", key_id(rulebook.policy.keys[0])):
            return False
        audit.append(work, rulebook.policy.keys, Step(now, Event.KEY_ROTATED, _MAILGATE))
    return True
