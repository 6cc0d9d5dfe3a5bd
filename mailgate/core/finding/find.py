"""What in a mail may identify its writer's account: every value, with where and how it was found.

Found is what stands in the mail, whether it exists anywhere or not; which account it leads to is asked
later. A mail is hostile: the text looked at and the values kept are bounded, and the cost is linear.
"""

from collections.abc import Iterable, Iterator

from mailgate.core.address import domain_name
from mailgate.core.candidate import Candidate, CandidateKind, How, Likeness, Place
from mailgate.core.finding.alphabets import Plain, plain
from mailgate.core.finding.bare import bare_values
from mailgate.core.finding.domains import domains
from mailgate.core.finding.found import Found
from mailgate.core.finding.passages import Passages
from mailgate.core.finding.patterns import is_whole
from mailgate.core.finding.services import is_below, is_nobodys
from mailgate.core.finding.suffix import is_registered
from mailgate.core.finding.values import labelled_values
from mailgate.core.mail import Address, Mail
from mailgate.core.policy import Identifying

WORDS_LOOKED_AT = 200_000
"""Characters of the writer's new words."""

QUOTED_LOOKED_AT = 100_000
"""Characters of what he quoted."""

MOST = 50
"""Values kept of each place."""

_PLACES = tuple(Place)
_HOWS = tuple(How)
_LIKENESSES = tuple(Likeness)


def find(mail: Mail, identifying: Identifying) -> tuple[Candidate, ...]:
    """The values in `mail` that may identify its writer's account, by place and then by position.

    Each kind and value is kept once a place, by its surest sign, and at most `MOST` a place.
    """
    kept: dict[Place, dict[tuple[CandidateKind, str, str], Candidate]] = {place: {} for place in _PLACES}
    for one in _candidates(mail, identifying):
        values = kept[one.place]
        which = (one.kind, one.name, one.value)
        before = values.get(which)
        if before is None:
            if len(values) < MOST:
                values[which] = one
        elif _sureness(one) < _sureness(before):
            values[which] = one
    return tuple(one for place in _PLACES for one in kept[place].values())


def _sureness(one: Candidate) -> tuple[int, int]:
    return _HOWS.index(one.how), _LIKENESSES.index(one.likeness)


def _candidates(mail: Mail, identifying: Identifying) -> Iterator[Candidate]:
    for one in _values(plain(mail.subject), identifying):
        yield _placed(one, Place.SUBJECT)
    yield from _of_words(plain(mail.new_words[:WORDS_LOOKED_AT]), identifying)
    for one in _values(plain(mail.signature[:QUOTED_LOOKED_AT]), identifying):
        yield _placed(one, Place.SIGNATURE if one.kind is CandidateKind.DOMAIN else Place.WORDS)
    quoted = mail.quoted.replace(mail.signature, "", 1) if mail.signature else mail.quoted
    for one in _values(plain(quoted[:QUOTED_LOOKED_AT]), identifying):
        yield _placed(one, Place.QUOTED)
    if mail.author is not None:
        yield from _of_addresses((mail.author,), Place.SENDER, identifying)
    yield from _of_addresses((*mail.to, *mail.cc), Place.TO, identifying)


def _of_words(words: Plain, identifying: Identifying) -> Iterator[Candidate]:
    passages = Passages(words)
    for one in _values(words, identifying):
        place = passages.place(one.start, is_domain=one.kind is CandidateKind.DOMAIN)
        if place is not Place.LOG or not _is_machines(one, identifying):
            yield _placed(one, place)


def _is_machines(one: Found, identifying: Identifying) -> bool:
    """Is this a login by a machine's words alone, which has logins of its own?"""
    if one.kind is not CandidateKind.LOGIN or one.how is not How.LABEL or not identifying.login:
        return False
    return not is_whole(identifying.login, one.value)


def _placed(one: Found, place: Place) -> Candidate:
    return Candidate(one.kind, one.value, one.written, place, one.how, one.likeness, one.name)


def _values(text: Plain, identifying: Identifying) -> list[Found]:
    """The values in one text in the order they stand in it."""
    if not text.low.strip():
        return []
    found, taken = labelled_values(text, identifying)
    known = frozenset(one.start for one in found)
    hosts = list(domains(text, identifying.own_domains, taken))
    bare = sorted(bare_values(text, identifying, known), key=lambda one: one.start)
    claimed = sorted((*taken, *((one.start, one.end) for one in hosts)))
    return sorted((*found, *hosts, *_outside(bare, claimed)), key=lambda one: one.start)


def _outside(found: list[Found], taken: list[tuple[int, int]]) -> Iterator[Found]:
    """Those of `found` that lie in none of `taken`; both are in order."""
    spans = iter(taken)
    span = next(spans, None)
    for one in found:
        while span and span[1] <= one.start:
            span = next(spans, None)
        if span is None or span[0] >= one.end:
            yield one


def _of_addresses(
    addresses: Iterable[Address], place: Place, identifying: Identifying
) -> Iterator[Candidate]:
    for address in addresses:
        domain = domain_name(address.domain)
        if not domain or is_nobodys(domain) or is_below(domain, identifying.own_domains):
            continue
        if is_registered(domain):
            yield Candidate(CandidateKind.DOMAIN, domain, address.domain, place, How.ADDRESS)
