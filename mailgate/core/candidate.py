"""What in a mail may identify its writer's account: a value, and where and how it was found."""

from dataclasses import dataclass
from enum import StrEnum


class CandidateKind(StrEnum):
    """What a value identifies by. Of an EXTRA, whatever else the operator named, the name tells which."""

    LOGIN = "login"
    CONTRACT = "contract"
    DOMAIN = "domain"
    EXTRA = "extra"


class Place(StrEnum):
    """Where a value stands; the writer's own words first."""

    SUBJECT = "subject"
    WORDS = "words"  # his new words
    SIGNATURE = "signature"  # below his closing words: a domain that merely belongs to him
    LOG = "log"  # a line he pasted from a machine
    QUOTED = "quoted"  # words of others, or older ones
    SENDER = "sender"  # the domain he writes from
    TO = "to"  # the domains of other recipients


class How(StrEnum):
    """By what a value was recognised, the surest first."""

    FORM = "form"  # the form of our own letter, filled in
    LABEL = "label"  # a word before it says what it is
    PATTERN = "pattern"  # it has the form that the operator described
    URL = "url"
    ADDRESS = "address"  # the domain of an address
    BARE = "bare"  # a domain by itself


class Likeness(StrEnum):
    """How sure it is that the value is what the writer's eyes saw."""

    EXACT = "exact"
    NORMALISED = "normalised"  # only without invisible characters, or in other widths
    LOOKALIKE = "lookalike"  # mixes alphabets to look like another: it is shown, and never matches


@dataclass(frozen=True, slots=True)
class Candidate:
    """One value. `value` is as its key compares (`account.key`), `written` one clean line of the mail.

    `name` says which EXTRA it is. A domain is the whole host less "www.", in A-labels.
    """

    kind: CandidateKind
    value: str
    written: str
    place: Place
    how: How
    likeness: Likeness = Likeness.EXACT
    name: str = ""

    @property
    def is_own(self) -> bool:
        """Does the writer say it himself? Our form counts wherever he filled it in."""
        return self.place in _OWN or self.how is How.FORM


_OWN = frozenset({Place.SUBJECT, Place.WORDS})
