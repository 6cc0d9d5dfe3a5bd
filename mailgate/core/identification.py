"""Whose request it is, as far as one can tell: a verdict, and the evidence it rests on."""

from dataclasses import dataclass
from enum import StrEnum

from mailgate.core.account import Account
from mailgate.core.candidate import Candidate, CandidateKind
from mailgate.core.need import Required
from mailgate.core.policy import Language

Question = tuple[CandidateKind, ...]
"""Kinds of values of which any one would do."""


class State(StrEnum):
    """How far a request is identified."""

    NONE = "none"  # nothing in it tells anything
    PARTIAL = "partial"  # something does, but no account for sure
    CONFLICT = "conflict"  # the writer's own words lead to different accounts
    KNOWN = "known"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A value of the mail, and the ids of the accounts that it leads to: none, if it does not exist.

    Of a mail that names too many the last are not asked about.
    """

    candidate: Candidate
    accounts: tuple[str, ...] = ()
    is_asked: bool = True


@dataclass(frozen=True, slots=True)
class Contact:
    """An address that accounts have on record, as a writer's; a claim unless he is authenticated."""

    address: str
    accounts: tuple[str, ...]
    is_authenticated: bool


@dataclass(frozen=True, slots=True)
class Identification:
    """Whose request it is.

    `account` is an id, "" unless the state is known; `accounts` are the records (shortened) of all that the
    evidence leads to. `required` is what the ticket must tell, and `missing` are the questions left: kinds of
    which any one would do. `waits` says that the directory was down, so that the verdict is preliminary;
    `by_staff` that staff said so. `vouched` is the account that the panel vouches for.
    """

    state: State = State.NONE
    account: str = ""
    evidence: tuple[Evidence, ...] = ()
    contacts: tuple[Contact, ...] = ()
    accounts: tuple[Account, ...] = ()
    required: Required = ()
    missing: tuple[Question, ...] = ()
    waits: bool = False
    by_staff: bool = False
    vouched: str = ""

    @property
    def is_proven(self) -> bool:
        """Does the account rest on more than words anybody may write: staff, panel, or a proven contact?"""
        proven = (each.accounts for each in self.contacts if each.is_authenticated)
        said = self.by_staff or self.vouched == self.account
        return bool(self.account) and (said or any(self.account in numbers for numbers in proven))

    @property
    def language(self) -> Language | None:
        """The language on record: of all accounts of proven contacts and the panel's, if they agree."""
        numbers = {self.vouched} | {
            number for each in self.contacts if each.is_authenticated for number in each.accounts
        }
        spoken = {account.language for account in self.accounts if account.id in numbers}
        return spoken.pop() if len(spoken) == 1 else None

    @property
    def likely(self) -> tuple[str, ...]:
        """The ids of all accounts that anything leads to."""
        led = (*(each.accounts for each in self.evidence), *(each.accounts for each in self.contacts))
        return tuple(dict.fromkeys(number for numbers in led for number in numbers))

    def record(self, number: str) -> Account | None:
        """The record of the account with this id, if the evidence leads to it."""
        return next((account for account in self.accounts if account.id == number), None)


NOBODY = Identification()
"""Nothing is known yet."""
