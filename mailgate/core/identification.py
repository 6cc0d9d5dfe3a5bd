"""Whose request it is, as far as one can tell: a verdict, and the evidence it rests on."""

from dataclasses import dataclass
from enum import StrEnum

from mailgate.core.account import Account
from mailgate.core.candidate import Candidate, CandidateKind

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
    """A value of the mail, and the ids of the accounts that it leads to: none, if it does not exist."""

    candidate: Candidate
    accounts: tuple[str, ...] = ()


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
    evidence leads to. `missing` are the questions to ask: kinds of which any one would do. `waits` says that
    the directory was down, so that the verdict is preliminary; `by_staff` that staff said so.
    """

    state: State = State.NONE
    account: str = ""
    evidence: tuple[Evidence, ...] = ()
    contacts: tuple[Contact, ...] = ()
    accounts: tuple[Account, ...] = ()
    missing: tuple[Question, ...] = ()
    waits: bool = False
    by_staff: bool = False

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
