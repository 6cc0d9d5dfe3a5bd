"""What is proven about the writer of a mail: evidence → level.

It is proven in respect of one account, that of the mail's ticket, and of this mail alone: a reply proves
nothing for the mail before it. So what a mail shows (`Claims`) is kept apart from what follows from it, and
judged again when staff says that the account, or the class of the request, is another one.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from mailgate.core import identify
from mailgate.core.account import Records
from mailgate.core.authenticity import Authentication
from mailgate.core.candidate import Candidate, CandidateKind, Likeness
from mailgate.core.identification import Contact, Evidence
from mailgate.core.request import Level


class Proof(StrEnum):
    """A piece of evidence about the writer."""

    CHALLENGE = "challenge"  # the request was confirmed from the administrative mailbox
    PANEL = "panel"  # the control panel speaks for a customer who is logged in
    AUTHENTICATED_CONTACT = "authenticated-contact"  # a contact of the account, whose From is proven
    CLAIMED_CONTACT = "claimed-contact"  # From has the address of a contact, which anybody can write there
    LOGIN = "login"  # his own words name it, and it is the account's
    CONTRACT = "contract"
    DOMAIN = "domain"
    CONTRADICTED = "contradicted"  # his own words name values of other accounts, too: none of them counts
    INEXACT = "inexact"  # a value fits only when cleaned, which is too little for a critical request
    FAILED = "failed"  # his mail failed authentication: From is forged


_VALUES = {
    CandidateKind.LOGIN: Proof.LOGIN,
    CandidateKind.CONTRACT: Proof.CONTRACT,
    CandidateKind.DOMAIN: Proof.DOMAIN,
}
CLAIMS = frozenset({*_VALUES.values(), Proof.CLAIMED_CONTACT})
"""Data that match: anybody who knows them can give them."""


NO_WRITER = Contact("", (), is_authenticated=False)
"""Nobody can be told to have written."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What a mail shows of its writer, whatever account it is judged for.

    `values` are his own words that lead to accounts. `panel` is the account for which the control panel
    speaks, "" for mail. `waits` says that the directory was down, so that nothing was looked up.
    """

    values: tuple[Evidence, ...] = ()
    writer: Contact = NO_WRITER
    has_failed: bool = False
    panel: str = ""
    waits: bool = False


NO_CLAIMS = Claims()
"""Nothing is shown."""


@dataclass(frozen=True, slots=True)
class Assurance:
    """What is proven about the writer of a mail in respect of an account: a level, and by what.

    `claims` are what it was judged by.
    """

    level: Level = Level.NONE
    evidence: tuple[Proof, ...] = ()
    claims: Claims = NO_CLAIMS


NOT_ASSURED = Assurance()
"""Nothing is proven."""


def claims(
    candidates: tuple[Candidate, ...],
    writer: Contact,
    authentication: Authentication,
    records: Records,
    panel: str = "",
) -> Claims:
    """What a mail shows of its writer; `records` answer the mail's own keys."""
    has_failed = authentication is Authentication.FAIL
    return _shown(Claims((), writer, has_failed, panel), candidates, records)


def looked_up(waiting: Claims, records: Records) -> Claims:
    """What a mail shows that came while the directory was down, now that it speaks."""
    candidates = tuple(each.candidate for each in waiting.values)
    writer = identify.contact(
        waiting.writer.address,
        records,
        is_authenticated=waiting.writer.is_authenticated,
        vouched=waiting.panel,
    )
    return _shown(replace(waiting, writer=writer), candidates, records)


def _shown(claims: Claims, candidates: tuple[Candidate, ...], records: Records) -> Claims:
    """The claims with what the directory said; a writer who is nowhere on record is not kept."""
    waits = records.is_down
    writer = claims.writer if claims.writer.accounts or waits else NO_WRITER
    return replace(claims, values=identify.own_values(candidates, records), writer=writer, waits=waits)


def assurance(
    account: str, shown: Claims, *, is_critical: bool = False, is_confirmed: bool = False
) -> Assurance:
    """What is proven in respect of `account` ("" while it is not known) about who wrote a mail.

    AUTHORISED: the request was confirmed, or the panel speaks for the account. ON_RECORD: the writer is an
    authenticated contact of the account. CLAIMED: his own words name values of the account and of no other,
    or From has the address of a contact. Else NONE, and so it is for a mail that failed authentication: who
    wrote it pretends to be somebody else, and may have the data from wherever he has the address.

    For a critical class only values count that match exactly as written (A75).
    """
    found = frozenset(_proofs(account, shown, is_critical=is_critical, is_confirmed=is_confirmed))
    return Assurance(_level(found), tuple(proof for proof in Proof if proof in found), shown)


def _proofs(account: str, shown: Claims, *, is_critical: bool, is_confirmed: bool) -> set[Proof]:
    found = {Proof.CHALLENGE} if is_confirmed else set()
    # While the directory is down nobody knows whether a domain that is asked for is the account's.
    if account and shown.panel == account and not (shown.waits and is_critical):
        found.add(Proof.PANEL)
    if shown.has_failed:
        return found | {Proof.FAILED}
    if account and account in shown.writer.accounts:
        proven = shown.writer.is_authenticated
        found.add(Proof.AUTHENTICATED_CONTACT if proven else Proof.CLAIMED_CONTACT)
    return found | (_of_values(account, shown, is_critical=is_critical) if account else set())


def _of_values(account: str, shown: Claims, *, is_critical: bool) -> set[Proof]:
    if any(each.accounts and account not in each.accounts for each in shown.values):
        return {Proof.CONTRADICTED}
    ours = tuple(each.candidate for each in shown.values if account in each.accounts)
    counts = {each for each in ours if each.likeness is Likeness.EXACT or not is_critical}
    found = {_VALUES[each.kind] for each in counts}
    return found | ({Proof.INEXACT} if len(counts) < len(set(ours)) else set())


def _level(found: frozenset[Proof]) -> Level:
    if Proof.CHALLENGE in found or Proof.PANEL in found:
        return Level.AUTHORISED
    if Proof.AUTHENTICATED_CONTACT in found:
        return Level.ON_RECORD
    return Level.NONE if CLAIMS.isdisjoint(found) else Level.CLAIMED
