"""Login, contract, domain: checked against the customer base, and what is still missing.

Values are claims, whoever writes them: they tell whose request it is, never that the writer may make it.
What he says himself decides (*own words*: the subject, his new words, our form filled in, and the address
of a contact who is authenticated). All else is a hint for staff: quoted words, log lines, signatures, the
domain he writes from, a contact's address that anybody may have put into From.

What is asked of a writer who is not authenticated depends on the kinds of values in his mail alone, never on
what the directory said: a letter must not tell a stranger which login exists (`missing`).
"""

import functools
from collections.abc import Iterable, Iterator
from dataclasses import replace

from mailgate.core.account import Account, Key, KeyKind, Records
from mailgate.core.candidate import Candidate, CandidateKind, Likeness, Place
from mailgate.core.identification import NOBODY, Contact, Evidence, Identification, Question, State
from mailgate.core.mail import Mail
from mailgate.core.need import Need, Required

_KEYS = {
    CandidateKind.LOGIN: KeyKind.LOGIN,
    CandidateKind.CONTRACT: KeyKind.CONTRACT,
    CandidateKind.DOMAIN: KeyKind.DOMAIN,
}
_IN_TEXT = frozenset({Place.SUBJECT, Place.WORDS, Place.SIGNATURE, Place.LOG, Place.QUOTED})
# A customer has one of each, so that a new one mends the old; sites are named for many reasons.
_MENDED = frozenset({CandidateKind.LOGIN, CandidateKind.CONTRACT})
_MOST = 40  # values asked about: his own first, and logins and contracts before domains
_PARENTS = 4  # of a domain
_KEPT = 60  # pieces of evidence at a ticket
_RECORDS = 5


def keys(candidates: Iterable[Candidate], writers: Iterable[str], vouched: str = "") -> frozenset[Key]:
    """What a directory must be asked about a mail; bounded. `writers` are addresses, as keys.

    `vouched` is the account that the panel vouches for, "" for none.
    """
    found = (key for kind, value in _asked(candidates) for key in _keys_of(kind, value))
    account = (Key(KeyKind.ACCOUNT, vouched),) if vouched else ()
    return frozenset((*found, *account, *(Key(KeyKind.ADDRESS, address) for address in writers if address)))


def keys_of_mail(mail: Mail) -> frozenset[Key]:
    """The same for a whole mail, the domains that it asks for included."""
    vouched = mail.envelope.vouched
    asked = (key for each in mail.request.domains for key in keys_of_domain(each))
    if vouched is not None:
        return keys(mail.candidates, (vouched.author,), vouched.account) | frozenset(asked)
    return keys(mail.candidates, (mail.author.key,) if mail.author else ()) | frozenset(asked)


def keys_of_domain(value: str) -> tuple[Key, ...]:
    """The keys of a domain in A-labels, the nearest first: it belongs to whoever has it or a parent."""
    return tuple(_keys_of(CandidateKind.DOMAIN, value))


def _asked(candidates: Iterable[Candidate]) -> tuple[tuple[CandidateKind, str], ...]:
    """The values that are asked about."""
    exact = (each for each in candidates if each.kind in _KEYS and each.likeness is not Likeness.LOOKALIKE)
    ranked = sorted(exact, key=lambda each: (not each.is_own, each.kind not in _MENDED))
    return tuple(dict.fromkeys((each.kind, each.value) for each in ranked))[:_MOST]


def _keys_of(kind: CandidateKind, value: str) -> Iterator[Key]:
    """The keys of a value, the nearest first: a host belongs to whoever has it or one of its parents."""
    if kind is not CandidateKind.DOMAIN:
        yield Key(_KEYS[kind], value)
        return
    labels = value.split(".")
    for first in range(min(len(labels) - 1, _PARENTS)):
        yield Key(KeyKind.DOMAIN, ".".join(labels[first:]))


def identify(
    candidates: tuple[Candidate, ...],
    writer: Contact,
    records: Records,
    required: Required,
    earlier: Identification = NOBODY,
    vouched: str = "",
) -> Identification:
    """Whose request it is, by a mail and what was known before it.

    `writer` is who wrote, with the accounts that his address leads to; `records` answer the mail's own keys.
    A login or contract that exists takes the place of those he named before, so a mistyped one is mended.
    An account that staff or a proven contact named stays; what contradicts it is kept as evidence. `vouched`
    is the one the panel vouches for, which decides alone if it exists.
    """
    if vouched and (records.is_down or records.account(vouched) is not None):
        earlier = replace(earlier, account=earlier.account or vouched, vouched=vouched)
    evidence = _looked_up(candidates, records)
    mended = {each.candidate.kind for each in evidence if each.candidate.is_own and each.accounts} & _MENDED
    kept = (each for each in earlier.evidence if each.candidate.kind not in mended or earlier.is_proven)
    together = sorted(dict.fromkeys((*evidence, *kept)), key=lambda each: not each.candidate.is_own)
    found = Identification(
        account=earlier.account,
        evidence=tuple(together)[:_KEPT],
        contacts=_contacts(earlier, writer, records),
        accounts=(*records.accounts, *earlier.accounts),
        required=required,
        waits=records.is_down or earlier.waits,
        by_staff=earlier.by_staff,
        vouched=earlier.vouched,
    )
    return _judged(found)


def _contacts(earlier: Identification, writer: Contact, records: Records) -> tuple[Contact, ...]:
    """Everybody who wrote and is on record. Who was proven once in the ticket stays so."""
    known = {each.address: each for each in earlier.contacts}
    before = known.get(writer.address)
    # Where the directory is down, whoever wrote is kept for when it speaks.
    if writer.accounts or records.is_down:
        proven = writer.is_authenticated or (before is not None and before.is_authenticated)
        numbers = writer.accounts or (before.accounts if before else ())
        known[writer.address] = Contact(writer.address, numbers, proven)
    return tuple(known.values())


def contact(address: str, records: Records, *, is_authenticated: bool, vouched: str = "") -> Contact:
    """The writer with this key, and the accounts that have his address on record.

    Where the panel has `vouched` for an account, no other counts: in a panel one may well write down an
    address that is somebody else's.
    """
    led = records.led_to(Key(KeyKind.ADDRESS, address)) if address else ()
    return Contact(address, tuple(each for each in led if vouched in ("", each)), is_authenticated)


def completed(waiting: Identification, records: Records) -> Identification:
    """The verdict on a ticket whose mail came while the directory was down, now that it speaks.

    An account that the panel vouches for and that does not exist tells nothing.
    """
    vouched = waiting.vouched
    led = (
        contact(each.address, records, is_authenticated=each.is_authenticated, vouched=vouched)
        for each in waiting.contacts
    )
    exists = records.account(vouched) is not None
    found = replace(
        waiting,
        account=waiting.account if exists or waiting.account != vouched else "",
        vouched=vouched if exists else "",
        evidence=_looked_up(tuple(each.candidate for each in waiting.evidence), records),
        contacts=tuple(each for each in led if each.accounts),
        accounts=(*records.accounts, *waiting.accounts),
        waits=False,
    )
    return _judged(found)


def named_by_staff(account: Account, before: Identification) -> Identification:
    """The verdict of staff, which stands above all evidence."""
    return _judged(
        replace(
            before,
            account=account.id,
            accounts=(account, *before.accounts),
            waits=False,
            by_staff=True,
        )
    )


def judged_anew(known: Identification) -> Identification:
    """The verdict of the evidence and of the panel alone, without staff's word."""
    return _judged(replace(known, account=known.vouched, by_staff=False))


def missing(found: Identification) -> tuple[Question, ...]:
    """What is asked: the kinds of every requirement that nothing given meets."""
    if found.by_staff:
        return ()
    given: set[Need] = {Need(each.candidate.kind) for each in found.evidence if _is_given(each.candidate)}
    if found.vouched or any(each.is_authenticated and each.accounts for each in found.contacts):
        # What his account is, the letter tells him, or asks him which.
        given |= {Need.CONTACT, Need.LOGIN, Need.CONTRACT, Need.DOMAIN}
    asked = (_question(needs) for needs in found.required if given.isdisjoint(needs))
    return tuple(dict.fromkeys(question for question in asked if question))


@functools.lru_cache(maxsize=256)
def _question(needs: frozenset[Need]) -> Question:
    """The kinds a writer can be asked for; the operator's extras only where nothing else would do."""
    kinds = tuple(kind for kind in CandidateKind if Need(kind) in needs)
    return tuple(kind for kind in kinds if kind is not CandidateKind.EXTRA) or kinds


def _is_given(candidate: Candidate) -> bool:
    """Does this value spare the writer a question? A stranger's domain in a quoted text does not."""
    if candidate.is_own or candidate.place is Place.SIGNATURE:
        return True
    return candidate.place in _IN_TEXT and candidate.kind is not CandidateKind.DOMAIN


def _looked_up(candidates: tuple[Candidate, ...], records: Records) -> tuple[Evidence, ...]:
    asked = frozenset(_asked(candidates))
    return tuple(
        Evidence(each, _led_to(each, records), is_asked=(each.kind, each.value) in asked)
        for each in candidates
    )


def own_values(candidates: tuple[Candidate, ...], records: Records) -> tuple[Evidence, ...]:
    """What the writer says himself of whose request it is, as far as it leads to an account.

    While the directory is down, all of it, to be looked up later.
    """
    own = tuple(each for each in candidates if each.is_own and each.kind in _KEYS)
    return tuple(each for each in _looked_up(own, records) if each.accounts or records.is_down)


def holders(domain: str, records: Records) -> tuple[str, ...]:
    """The accounts that have the domain, or else the nearest one that it lies in, as far as was asked."""
    return next(filter(None, map(records.led_to, keys_of_domain(domain))), ())


def is_anothers(domains: Iterable[str], account: str, records: Records) -> bool:
    """Does one of the domains, or one that it lies in, belong to others, and not to this account?"""
    led = (holders(each, records) for each in domains)
    return any(numbers and account not in numbers for numbers in led)


def owns(account: str, domains: Iterable[str], records: Records) -> bool:
    """Does each of the domains, or one that it lies in, belong to this account, as far as was asked?"""
    record = records.account(account)
    known = record.domains if record else ()

    def is_own(domain: str) -> bool:
        led = holders(domain, records)
        return account in led if led else any(key.value in known for key in keys_of_domain(domain))

    return all(map(is_own, domains))


def _led_to(candidate: Candidate, records: Records) -> tuple[str, ...]:
    if candidate.kind not in _KEYS or candidate.likeness is Likeness.LOOKALIKE:
        return ()
    led = (records.led_to(key) for key in _keys_of(candidate.kind, candidate.value))
    return next((numbers for numbers in led if numbers), ())


def _judged(found: Identification) -> Identification:
    """The verdict on what was found; an account that is proven stays."""
    state, account = State.KNOWN, found.account
    if not found.is_proven:
        state, account = _verdict(found)
    return replace(
        found, state=state, account=account, accounts=_records(found, account), missing=missing(found)
    )


def _verdict(found: Identification) -> tuple[State, str]:
    own = [each.accounts for each in found.evidence if each.accounts and each.candidate.is_own]
    own += [each.accounts for each in found.contacts if each.is_authenticated and each.accounts]
    agreed = set.intersection(*map(set, own)) if own else set()
    if len(agreed) == 1:
        return State.KNOWN, agreed.pop()
    if own and not agreed:
        return State.CONFLICT, ""
    told = found.likely or any(each.candidate.place in _IN_TEXT for each in found.evidence)
    return State.PARTIAL if told else State.NONE, ""


def _records(found: Identification, account: str) -> tuple[Account, ...]:
    """A few of the records that anything leads to, without notes, which are read when they are wanted.

    The account's own comes first, then those of its contacts.
    """
    newest = {account.id: account for account in reversed(found.accounts)}
    order = (account, *(number for each in found.contacts for number in each.accounts), *found.likely)
    kept = [newest[number] for number in dict.fromkeys(order) if number in newest][:_RECORDS]
    return tuple(replace(account, notes="") for account in kept)
