"""How it is told whether the owner consents to what a ticket asks for: fields, marks at entries, JSON."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from mailgate.cli import show, words
from mailgate.core.authorise import Unasked, unasked
from mailgate.core.challenge import Challenge, ChallengeState, Lock
from mailgate.core.ending import is_confirmed, is_current
from mailgate.core.policy import Policy
from mailgate.core.request import entry_digest
from mailgate.core.ticket import Entry, EntryKind, Ticket
from mailgate.gather import authority_of, wish_of
from mailgate.store import challenges, rows
from mailgate.store.sqlite import Ask

_STANDS = frozenset({ChallengeState.OPEN, ChallengeState.CONFIRMED})
_SPEAKS = frozenset({EntryKind.REPLY, EntryKind.OUTSIDER})


@dataclass(frozen=True, slots=True)
class Consent:
    """A ticket's last challenge, what its refusal locked, and why its owner was not asked, or not anew."""

    last: Challenge | None
    locks: tuple[Lock, ...]
    unasked: Unasked | None
    is_confirmed: bool
    is_current: bool


def consent_of(ask: Ask, ticket: Ticket, policy: Policy, now: datetime) -> Consent:
    """What is known of a ticket's consent."""
    last = next(reversed(challenges.of_ticket(ask, ticket.number)), None)
    locks = challenges.locks_by(ask, ticket.number, now)
    if last is not None and last.state in _STANDS and is_current(last, ticket):
        return Consent(last, locks, None, is_confirmed(last, ticket), is_current=True)
    wish, known = wish_of(ask, ticket), authority_of(ask, (ticket.identification.account,), now)
    why = unasked(wish, known, policy, now)
    if why is Unasked.NOT_AUTOMATIC:  # what forbids it to staff as well is what they must know
        why = unasked(wish, known, policy, now, by_staff=True)
    # What nothing speaks against was not asked because a program wrote, or his mail may not be answered.
    return Consent(last, locks, why or Unasked.NOT_AUTOMATIC, is_confirmed=False, is_current=False)


def fields(consent: Consent, zone: ZoneInfo) -> tuple[tuple[str, str], ...]:
    """Names and what they are; nothing for what needs no consent."""
    locks = tuple(
        ("Locked", f"{each.kind} {each.value}, until {show.local(each.until, zone)}")
        for each in consent.locks
    )
    asked: tuple[tuple[str, str], ...] = ()
    if consent.last is not None:
        asked = (("Owner", _line(consent, consent.last, zone)), *_waiting(consent.last))
    if consent.unasked in (None, Unasked.NOT_CRITICAL):
        return (*asked, *locks)
    anew = " anew" if consent.last else ""
    return (*asked, ("Owner", f"not asked{anew}: {words.UNASKED[consent.unasked]}"), *locks)


def _line(consent: Consent, last: Challenge, zone: ZoneInfo) -> str:
    told = f"{last.state}, challenge {last.id} to {last.mailbox}"
    if last.state is ChallengeState.OPEN:
        told += f", until {show.local(last.expires, zone)}"
    if last.tries:
        told += f", {last.tries} wrong answers"
    if not consent.is_current and last.state in _STANDS:
        told += "; it does not cover what the ticket asks for by now"
    return told


def _waiting(last: Challenge) -> Iterator[tuple[str, str]]:
    if last.state is not ChallengeState.OPEN:
        return
    if last.is_answered:
        yield "Waits for you", f"a right answer came; `mailgate ticket confirm {last.ticket}` accepts it"
    yield from (("Doubt", words.DOUBTS[each]) for each in last.doubts)


def uncovered(consent: Consent, entries: tuple[Entry, ...]) -> frozenset[int]:
    """The places of entries that came after the request's own and that its confirmation does not cover."""
    last = consent.last
    if last is None or last.state not in _STANDS:
        return frozenset()
    asked = [place for place, entry in enumerate(entries) if entry_digest(entry.text) == last.entry]
    after = asked[0] if asked else -1
    return frozenset(place for place, entry in enumerate(entries) if place > after and entry.kind in _SPEAKS)


def document(consent: Consent) -> dict[str, Any]:
    """The same as JSON."""
    last = consent.last
    return {
        "challenge": None
        if last is None
        else {
            "id": str(last.id),
            "state": last.state,
            "expires": rows.time_text(last.expires),
            "mailbox": last.mailbox,
            "covers": consent.is_current,
            "tries": last.tries,
            "waits_for_staff": last.state is ChallengeState.OPEN and last.is_answered,
            "doubts": list(last.doubts),
        },
        "owner_not_asked": consent.unasked,
        "locks": [
            {"kind": each.kind, "value": each.value, "until": rows.time_text(each.until)}
            for each in consent.locks
        ],
    }
