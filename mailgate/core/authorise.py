"""Whether the owner of an account is asked to confirm a request, and by which challenge.

Nobody is asked about what is not critical, about an account that is not known, or without the object that the
class needs: a confirmation of something vague would be one of anything. Who is not known to be the owner can
neither use up the owner's challenges nor stand in their way.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from mailgate.core.account import NO_RECORDS, Account, Key, KeyKind, Records
from mailgate.core.audit import key_id
from mailgate.core.candidate import CandidateKind, Likeness
from mailgate.core.challenge import (
    Automatic,
    Challenge,
    Challenging,
    Doubt,
    Lock,
    concerns,
    lies_in,
    meet,
)
from mailgate.core.identification import Identification
from mailgate.core.identify import holders, keys_of_domain, owns
from mailgate.core.policy import Policy
from mailgate.core.request import ObjectKind, Request, RequestClass, domains_of

_AGREEING = 2


@dataclass(frozen=True, slots=True)
class Made:
    """How many challenges an account was sent within a day: of its owner's asking, or of others'."""

    account: str
    is_owners: bool
    many: int


@dataclass(frozen=True, slots=True)
class Authority:
    """What the ledger knows of challenges. `named` are those that the mail's references name.

    `others` are the open ones of the accounts in question, `locks` what a refusal locked there.
    """

    next_challenge: int = 0
    named: tuple[Challenge, ...] = ()
    others: tuple[Challenge, ...] = ()
    locks: tuple[Lock, ...] = ()
    made: tuple[Made, ...] = ()


NO_AUTHORITY = Authority()
"""Nothing was looked up: the mail has to do with no challenge."""


class Unasked(StrEnum):
    """Why the owner is not asked; staff are told."""

    NOT_CRITICAL = "not-critical"
    UNIDENTIFIED = "unidentified"
    NO_MAILBOX = "no-mailbox"  # none on record
    NO_OBJECT = "no-object"
    FOREIGN_OBJECT = "foreign-object"  # a domain that is not of the account
    NOT_AUTOMATIC = "not-automatic"  # too little matches, or the settings leave it to staff
    LOCKED = "locked"
    ALREADY_OPEN = "already-open"
    TOO_MANY = "too-many"
    COVERED = "covered"  # he was asked this very thing, or has confirmed it


@dataclass(frozen=True, slots=True)
class Wish:
    """Somebody's request at a ticket. `writer` is his address, `asked` when he wrote.

    `is_verified` says that his mail is authenticated, `is_forged` that it failed that, so that somebody else
    wrote it. `records` are what the directory says to the mail's values, as far as it was asked.
    """

    ticket: int
    request: Request
    known: Identification
    writer: str
    asked: datetime
    is_verified: bool
    is_forged: bool
    records: Records = NO_RECORDS

    @property
    def account(self) -> Account | None:
        """The record of the account whose request it is, if that is known; the directory's own before all."""
        number = self.known.account
        return (self.records.account(number) or self.known.record(number)) if number else None

    @property
    def is_owners(self) -> bool:
        """Is it made by an authenticated contact of the account?"""
        return self.is_verified and any(
            each.is_authenticated and each.address == self.writer and self.known.account in each.accounts
            for each in self.known.contacts
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """The challenge to be made, and those that it replaces."""

    challenge: Challenge
    replaced: tuple[Challenge, ...] = ()


def plan(
    wish: Wish, authority: Authority, policy: Policy, now: datetime, *, by_staff: bool = False
) -> Plan | Unasked:
    """The challenge for a wish, or why there is none. With `by_staff` a human has decided to ask."""
    refused = unasked(wish, authority, policy, now, by_staff=by_staff)
    if refused is not None:
        return refused
    # What the ticket remembers of the account may be long past: only the mailbox of today is written to.
    account = wish.records.account(wish.known.account)
    if account is None:
        return Unasked.NOT_AUTOMATIC
    made = _challenge(wish, account, authority.next_challenge, policy, now)
    return Plan(made, _rivals(wish, authority, now))


def unasked(
    wish: Wish, authority: Authority, policy: Policy, now: datetime, *, by_staff: bool = False
) -> Unasked | None:
    """Why the owner is not asked; None where he is."""
    refused = _unfit(wish, policy.request_class(wish.request.name))
    if refused is not None:
        return refused
    if not (by_staff or _may_ask(wish, policy.challenging.automatic)):
        return Unasked.NOT_AUTOMATIC
    if any(_is_locked(wish, lock) for lock in authority.locks):
        return Unasked.LOCKED
    mine = (each for each in authority.others if each.ticket == wish.ticket and each.is_open(now))
    if any(each.covers(wish.known.account, wish.request) for each in mine):
        return Unasked.COVERED
    # Only the owner's own wish, or staff's word, stands above a stranger's.
    rivals = _rivals(wish, authority, now)
    if any(each.is_owners or not (wish.is_owners or by_staff) for each in rivals):
        return Unasked.ALREADY_OPEN
    if not by_staff and _made(wish, authority) >= policy.challenging.a_day:
        return Unasked.TOO_MANY
    return None


def _unfit(wish: Wish, asked: RequestClass | None) -> Unasked | None:
    """Why the wish is none that an owner can be asked about."""
    account = wish.account
    if asked is None or not asked.is_critical:
        return Unasked.NOT_CRITICAL
    if account is None:
        return Unasked.UNIDENTIFIED
    if not account.mailbox:
        return Unasked.NO_MAILBOX
    if not set(asked.needs) <= {each.kind for each in wish.request.objects}:
        return Unasked.NO_OBJECT
    if not all(_is_of(each, account, wish) for each in wish.request.domains):
        return Unasked.FOREIGN_OBJECT
    return None


def _is_of(domain: str, account: Account, wish: Wish) -> bool:
    """Does the domain, or one that it lies in, belong to the account?"""
    led = holders(domain, wish.records)
    if led:
        return account.id in led
    asked = keys_of_domain(domain)
    # A reply names what its ticket's first mail was looked up for; of a record the first domains are kept.
    return any(key.value in account.domains for key in asked) or any(
        each.candidate.kind is CandidateKind.DOMAIN
        and each.candidate.value == domain
        and account.id in each.accounts
        for each in wish.known.evidence
    )


def _may_ask(wish: Wish, automatic: Automatic) -> bool:
    """Is the owner asked without a word of staff? Never for somebody who pretends to be another."""
    if wish.is_forged:
        return False
    match automatic:
        case Automatic.STAFF:
            return False
        case Automatic.CONTACTS:
            return wish.is_owners
        case Automatic.MATCHING:
            return wish.is_owners or len(agreeing(wish.known)) >= _AGREEING


def agreeing(known: Identification) -> frozenset[CandidateKind]:
    """The kinds of values in the writer's own words that lead to the account, as written (A75)."""
    return frozenset(
        each.candidate.kind
        for each in known.evidence
        if each.candidate.is_own
        and each.candidate.likeness is Likeness.EXACT
        and known.account in each.accounts
    )


def _rivals(wish: Wish, authority: Authority, now: datetime) -> tuple[Challenge, ...]:
    """Other tickets' open challenges about the same account and object."""
    about = concerns(wish.request.name, wish.request.objects)
    return tuple(
        each
        for each in authority.others
        if each.account == wish.known.account
        and each.ticket != wish.ticket
        and each.is_open(now)
        and meet(about, each.concerns())
    )


def _is_locked(wish: Wish, lock: Lock) -> bool:
    about = concerns(wish.request.name, wish.request.objects)
    return lock.account == wish.known.account and meet(about, ((lock.kind, lock.value),))


def _made(wish: Wish, authority: Authority) -> int:
    """How many challenges the account was sent today for wishes of the same side."""
    side = (wish.known.account, wish.is_owners)
    return sum(each.many for each in authority.made if (each.account, each.is_owners) == side)


def _challenge(wish: Wish, account: Account, number: int, policy: Policy, now: datetime) -> Challenge:
    rules = policy.challenging
    made = Challenge(
        id=number,
        ticket=wish.ticket,
        account=account.id,
        mailbox=account.mailbox,
        name=wish.request.name,
        objects=wish.request.objects,
        entry=wish.request.entry,
        writer=wish.writer,
        is_verified=wish.is_verified,
        is_owners=wish.is_owners,
        asked=wish.asked,
        made=now,
        expires=now + rules.valid,
        key=key_id(policy.keys[0]),
    )
    asked = policy.request_class(made.name)
    return replace(made, doubts=doubts(made, account, rules, asked)) if asked else made


def doubts(
    challenge: Challenge, account: Account, rules: Challenging, asked: RequestClass
) -> tuple[Doubt, ...]:
    """Why an answer from this mailbox would not be enough by itself."""
    since = account.mailbox_since
    is_new = since is not None and challenge.made - since < rules.mailbox_age
    domain = challenge.mailbox.rpartition("@")[2]
    named = domains_of(challenge.objects)
    # Who names none of the domains that it may be about, may mean any.
    about = named or (account.domains if ObjectKind.DOMAIN in asked.kinds else ())
    inside = any(lies_in(domain, each) or lies_in(each, domain) for each in about)
    return (*((Doubt.NEW_MAILBOX,) if is_new else ()), *((Doubt.OWN_DOMAIN,) if inside else ()))


def doubts_by_now(challenge: Challenge, records: Records) -> tuple[Doubt, ...]:
    """What has come to speak against an answer since: the mailbox, or the domain, is another's."""
    if records.is_down:
        return (Doubt.DIRECTORY_DOWN,)
    account = records.account(challenge.account)
    led = records.led_to(Key(KeyKind.ADDRESS, challenge.mailbox))
    if challenge.account not in led or (account is not None and account.mailbox != challenge.mailbox):
        return (Doubt.REPLACED_MAILBOX,)
    return () if owns(challenge.account, domains_of(challenge.objects), records) else (Doubt.FOREIGN_DOMAIN,)
