"""Login, contract, domain: checked against the customer base, and what is still missing.

Values are claims, whoever writes them: they tell whose request it is, never that the writer may make it.
What he says himself decides (*own words*: the subject, his new words, our form filled in, and the address
of a contact who is authenticated). All else is a hint for staff: quoted words, log lines, signatures, the
domain he writes from, a contact's address that anybody may have put into From.

What is asked of a writer who is not authenticated depends on the kinds of values in his mail alone, never on
what the directory said: a letter must not tell a stranger which login exists (`missing`).
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from mailgate.core.account import Account, Key, KeyKind, Records
from mailgate.core.candidate import Candidate, CandidateKind, How, Likeness, Place
from mailgate.core.identification import NOBODY, Contact, Evidence, Identification, Question, State
from mailgate.core.mail import Mail
from mailgate.core.policy import Need, Required

_KEYS = {
    CandidateKind.LOGIN: KeyKind.LOGIN,
    CandidateKind.CONTRACT: KeyKind.CONTRACT,
    CandidateKind.DOMAIN: KeyKind.DOMAIN,
}
_OWN = frozenset({Place.SUBJECT, Place.WORDS})
_IN_TEXT = frozenset({*_OWN, Place.SIGNATURE, Place.LOG, Place.QUOTED})
_MOST = 20  # values asked about, the writer's own first
_PARENTS = 4  # of a domain
_KEPT = 60  # pieces of evidence at a ticket
_RECORDS = 5


def keys(candidates: Iterable[Candidate], writers: Iterable[str]) -> frozenset[Key]:
    """What a directory must be asked about a mail; bounded. `writers` are addresses, as keys."""
    values = (each for each in candidates if each.likeness is not Likeness.LOOKALIKE)
    asked = dict.fromkeys((each.kind, each.value) for each in values if each.kind in _KEYS)
    found = (key for kind, value in list(asked)[:_MOST] for key in _keys_of(kind, value))
    return frozenset((*found, *(Key(KeyKind.ADDRESS, address) for address in writers if address)))


def keys_of_mail(mail: Mail) -> frozenset[Key]:
    """The same for a whole mail."""
    return keys(mail.candidates, (mail.author.key,) if mail.author else ())


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
) -> Identification:
    """Whose request it is, by a mail and what was known before it.

    `writer` is who wrote, with the accounts that his address leads to; `records` answer the mail's own keys.
    What he says anew of a kind takes the place of what was said of it `earlier`: so a mistyped login is
    mended. An account that was known stays; what contradicts it is kept as evidence.
    """
    evidence = tuple(Evidence(each, _led_to(each, records)) for each in candidates)
    renewed = {each.candidate.kind for each in evidence if _is_own(each.candidate)}
    kept = (each for each in earlier.evidence if each.candidate.kind not in renewed)
    # Where the directory is down, whoever wrote is kept for when it speaks.
    told = {each.address: each for each in (*earlier.contacts, writer) if each.accounts or records.is_down}
    found = Identification(
        evidence=tuple(dict.fromkeys((*evidence, *kept)))[:_KEPT],
        contacts=tuple(told.values()),
        accounts=_merged(records.accounts, earlier.accounts),
        waits=records.is_down or earlier.waits,
    )
    wanted = missing(found, required)
    if earlier.state is State.KNOWN:
        known = replace(found, state=State.KNOWN, account=earlier.account)
        return replace(known, missing=wanted, by_staff=earlier.by_staff)
    return _judged(found, wanted)


def contact(address: str, records: Records, *, is_authenticated: bool) -> Contact:
    """The writer with this key, and the accounts that have his address on record."""
    led = records.led_to(Key(KeyKind.ADDRESS, address)) if address else ()
    return Contact(address, led, is_authenticated)


def completed(waiting: Identification, records: Records) -> Identification:
    """The verdict on a ticket whose mail came while the directory was down, now that it speaks."""
    led = (
        contact(each.address, records, is_authenticated=each.is_authenticated) for each in waiting.contacts
    )
    found = replace(
        waiting,
        evidence=tuple(replace(each, accounts=_led_to(each.candidate, records)) for each in waiting.evidence),
        contacts=tuple(each for each in led if each.accounts),
        accounts=_merged(records.accounts, waiting.accounts),
        waits=False,
    )
    asks = not any(each.is_authenticated for each in found.contacts)
    return _judged(found, waiting.missing if asks else ())


def named_by_staff(account: Account, before: Identification) -> Identification:
    """The verdict of staff, which stands above all evidence."""
    return replace(
        before,
        state=State.KNOWN,
        account=account.id,
        accounts=_merged((account,), before.accounts),
        missing=(),
        waits=False,
        by_staff=True,
    )


def judged_anew(known: Identification) -> Identification:
    """The verdict of the evidence alone, without staff's word."""
    return _judged(replace(known, by_staff=False), known.missing)


def missing(found: Identification, required: Required) -> tuple[Question, ...]:
    """What is asked: the kinds of every requirement that nothing given meets."""
    given: set[Need] = {Need(each.candidate.kind) for each in found.evidence if _is_given(each.candidate)}
    if any(each.is_authenticated and each.accounts for each in found.contacts):
        given.add(Need.CONTACT)
    asked = (_question(needs) for needs in required if given.isdisjoint(needs))
    return tuple(dict.fromkeys(question for question in asked if question))


def _question(needs: frozenset[Need]) -> Question:
    """The kinds a writer can be asked for; the operator's extras only where nothing else would do."""
    kinds = tuple(kind for kind in CandidateKind if Need(kind) in needs)
    return tuple(kind for kind in kinds if kind is not CandidateKind.EXTRA) or kinds


def _is_given(candidate: Candidate) -> bool:
    """Does this value spare the writer a question? A stranger's domain in a quoted text does not."""
    if candidate.place in (*_OWN, Place.SIGNATURE) or candidate.how is How.FORM:
        return True
    return candidate.place in _IN_TEXT and candidate.kind is not CandidateKind.DOMAIN


def _is_own(candidate: Candidate) -> bool:
    return candidate.place in _OWN or candidate.how is How.FORM


def _led_to(candidate: Candidate, records: Records) -> tuple[str, ...]:
    if candidate.kind not in _KEYS or candidate.likeness is Likeness.LOOKALIKE:
        return ()
    led = (records.led_to(key) for key in _keys_of(candidate.kind, candidate.value))
    return next((numbers for numbers in led if numbers), ())


def _judged(found: Identification, wanted: tuple[Question, ...]) -> Identification:
    """The verdict on what was found."""
    own = [each.accounts for each in found.evidence if each.accounts and _is_own(each.candidate)]
    own += [each.accounts for each in found.contacts if each.is_authenticated and each.accounts]
    agreed = set.intersection(*map(set, own)) if own else set()
    if len(agreed) == 1:
        state, account = State.KNOWN, agreed.pop()
    elif own and not agreed:
        state, account = State.CONFLICT, ""
    else:
        told = found.likely or any(each.candidate.place in _IN_TEXT for each in found.evidence)
        state, account = State.PARTIAL if told else State.NONE, ""
    return replace(found, state=state, account=account, missing=wanted)


def _merged(new: tuple[Account, ...], old: tuple[Account, ...]) -> tuple[Account, ...]:
    """Records by id, the newer reading of each; bounded."""
    return tuple({account.id: account for account in (*new, *old)[::-1]}.values())[::-1][:_RECORDS]
