"""One mail before its judge: what it says, what was looked up, what the operator allows."""

from dataclasses import dataclass
from datetime import datetime

from mailgate.core.account import NO_RECORDS, Records
from mailgate.core.authorise import NO_AUTHORITY, Authority
from mailgate.core.mail import Mail
from mailgate.core.policy import Policy
from mailgate.core.ticket import Ticket
from mailgate.core.triage import Triage


@dataclass(frozen=True, slots=True)
class Lookups:
    """What the ledger must be asked about a mail. `address` is a key, "" to ask nothing.

    `authority` says that the mail asks for something that its owner may have to confirm.
    """

    numbers: tuple[int, ...]
    message_ids: tuple[str, ...]
    letters: tuple[int, ...]
    address: str
    message_id: str
    challenges: tuple[int, ...] = ()
    authority: bool = False


@dataclass(frozen=True, slots=True)
class SentLetter:
    """A letter of ours that a mail is about. `challenge` is the one that it asks to answer."""

    id: int
    ticket: int | None
    recipient: str
    challenge: int | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """The ledger's answers, and the time; stored with the mail, so that its fate can be explained.

    `duplicate_of` is the mail this one is a copy of and `duplicate_ticket` that one's ticket; `tickets` are
    all that the mail names and that exist; `threads` the numbers of those whose stored mails its References
    name, nearest first; `letters_today` counts automatic letters to the address; `records` are what the
    customers' directory said to the mail's values and its writer's address; `authority` is what is known of
    challenges, where the mail has to do with any.
    """

    now: datetime
    next_number: int
    duplicate_of: int | None = None
    duplicate_ticket: int | None = None
    same_message_id: int | None = None
    tickets: tuple[Ticket, ...] = ()
    threads: tuple[int, ...] = ()
    letters: tuple[SentLetter, ...] = ()
    letters_today: int = 0
    muted: bool = False
    records: Records = NO_RECORDS
    authority: Authority = NO_AUTHORITY

    def ticket(self, number: int | None) -> Ticket | None:
        """The existing ticket with `number`, if the mail names it."""
        return next((ticket for ticket in self.tickets if ticket.number == number), None)


@dataclass(frozen=True, slots=True)
class Case:
    """Everything a rule may look at."""

    mail: Mail
    triage: Triage
    facts: Facts
    policy: Policy


_MOST_NUMBERS = 20
_MOST_IDS = 50


def lookups(mail: Mail, triage: Triage) -> Lookups:
    """What must be asked before a decision about `mail`; bounded, whatever the mail names."""
    vouched = mail.envelope.vouched
    numbers = dict.fromkeys(
        (
            *((vouched.ticket,) if vouched and vouched.ticket else ()),
            *(mark.ticket for mark in triage.marks),
            *((triage.address_ticket,) if triage.address_ticket else ()),
            *triage.subject_numbers,
            *triage.text_numbers,
        )
    )
    return Lookups(
        numbers=tuple(numbers)[:_MOST_NUMBERS],
        message_ids=tuple(reversed(mail.references))[:_MOST_IDS],
        letters=triage.letters[:_MOST_NUMBERS],
        address=triage.answer_to.lower(),
        message_id=mail.message_id,
        challenges=tuple(dict.fromkeys(each.challenge for each in triage.references)),
        authority=bool(mail.request.name),
    )
