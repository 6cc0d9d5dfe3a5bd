"""All that mailgate can do, as data; what a decision is made of.

A rule gives effects, `apply` carries them out by one `match`. A new power is a dataclass here, an
arm there and a test.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mailgate.core.assurance import NOT_ASSURED, Assurance
from mailgate.core.challenge_effects import ChallengeEffect
from mailgate.core.description import NOTHING_DESCRIBED, Description
from mailgate.core.identification import NOBODY, Identification
from mailgate.core.mail import Defect
from mailgate.core.notice import NOTHING_ASKED, Asking, Notice
from mailgate.core.policy import Language
from mailgate.core.request import NO_REQUEST, Request
from mailgate.core.ticket import EntryKind, Link


class Verdict(StrEnum):
    """What became of a mail; every mail ends in exactly one."""

    OPENED = "opened"
    JOINED = "joined"
    NOTED = "noted"
    DUPLICATE = "duplicate"
    CHALLENGE = "challenge"
    COMMAND = "command"
    STATUS = "status"
    PARKED = "parked"


class LetterKind(StrEnum):
    """The letters there are; each has a template in every language."""

    ACKNOWLEDGEMENT = "acknowledgement"  # a new ticket and its number
    RECEIPT = "receipt"  # a reply that reopened its ticket or lost something on the way
    OUTSIDER = "outsider"  # neutral: words of somebody who takes no part
    DIGEST = "digest"  # the numbers of tickets whose own letters went over the budget
    CHALLENGE = "challenge"  # the owner is asked to confirm a critical request
    CORRECTION = "correction"  # his answer was almost right: how it has to be
    REMEDY = "remedy"  # the right digits came from elsewhere: what the owner can do
    SETTLED = "settled"  # what he confirmed or refused
    ALARM = "alarm"  # a contact hears of a refusal
    OUTCOME = "outcome"  # the requester hears what came of it
    REMINDER = "reminder"  # what was asked for and did not come, once
    CLOSING = "closing"  # a ticket that a human answered is closed because nothing more came


class Hint(StrEnum):
    """What a letter says besides its main matter."""

    OUTAGE = "outage"  # site or mail is down: the phone is faster
    REOPENED = "reopened"  # the ticket is open again
    UNREADABLE = "unreadable"  # encrypted or wrapped: please send plain text
    TOO_LARGE = "too-large"  # part of the mail lay beyond our limits
    OVERSIZED = "oversized"  # only its beginning was fetched: please send a link
    CONSENT = "consent"  # only with the owner's consent
    CONFIRMED = "confirmed"  # he has given it
    AGAIN = "again"  # the letter repeats an earlier one


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter to one address, as data; `letters.py` makes bytes of it.

    `to` is a plain mailbox. `languages` has one or two: the text is written in each, in that order.
    `subject` is the customer's own subject for a writer whose mail is authenticated, else "": then the
    letter carries a constant subject and no word of his. `answers` is the Message-ID answered, or "";
    `references` are the ids before it. `asked` is when the mail answered was taken in. `notice` is given
    in letters about a challenge alone.
    """

    kind: LetterKind
    to: str
    languages: tuple[Language, ...]
    ticket: int
    subject: str = ""
    answers: str = ""
    references: tuple[str, ...] = ()
    asked: datetime | None = None
    hints: tuple[Hint, ...] = ()
    numbers: tuple[int, ...] = ()
    asking: Asking = NOTHING_ASKED
    notice: Notice | None = None


class Reason(StrEnum):
    """Why a mail gets no letter."""

    DUPLICATE = "duplicate"
    PARKED = "parked"
    NOTED = "noted"
    NULL_SENDER = "null-sender"
    NO_ADDRESS = "no-address"
    NOT_ON_RECORD = "not-on-record"
    OUR_OWN = "our-own"
    AUTO_SUBMITTED = "auto-submitted"
    PRECEDENCE = "precedence"
    MAILING_LIST = "mailing-list"
    RESPONSE_SUPPRESSED = "response-suppressed"
    AUTOREPLY_HEADER = "autoreply-header"
    REPORT = "report"
    MACHINE_ADDRESS = "machine-address"
    MACHINE_SUBJECT = "machine-subject"
    SPAM = "spam"
    STALE = "stale"
    IMPORTED = "imported"
    MUTED = "muted"
    BUDGET = "budget"
    NOTHING_TO_SAY = "nothing-to-say"


@dataclass(frozen=True, slots=True)
class Silence:
    """No letter, and why. `detail` is what was seen: a header's value, a count."""

    reason: Reason
    detail: str = ""


Answer = Letter | Silence


@dataclass(frozen=True, slots=True)
class OpenTicket:
    """A new ticket with the next number; its first entry is the mail.

    `remind_at` is when the writer is reminded of what he was asked for, None when he was asked nothing.
    """

    number: int
    subject: str
    requester: str
    languages: tuple[Language, ...]
    identification: Identification = NOBODY
    description: Description = NOTHING_DESCRIBED
    request: Request = NO_REQUEST
    remind_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AddEntry:
    """The mail's new words become an entry of a ticket."""

    ticket: int
    author: str
    kind: EntryKind
    text: str


@dataclass(frozen=True, slots=True)
class Identify:
    """A ticket's writer said more: whose it is by now. He is reminded of nothing any more."""

    ticket: int
    identification: Identification


@dataclass(frozen=True, slots=True)
class Describe:
    """A ticket's writer has described more of his matter."""

    ticket: int
    description: Description


@dataclass(frozen=True, slots=True)
class Ask:
    """A ticket's participant asks for something else, or has said to what it is to be done."""

    ticket: int
    request: Request


@dataclass(frozen=True, slots=True)
class LinkTickets:
    """A ticket points to another one."""

    ticket: int
    link: Link


@dataclass(frozen=True, slots=True)
class Reopen:
    """A ticket that was settled, or waited for its customer, is open again."""

    ticket: int


@dataclass(frozen=True, slots=True)
class NoteBounce:
    """A letter came back; `status` is its enhanced code, "" when it has none."""

    letter: int
    status: str


@dataclass(frozen=True, slots=True)
class Mute:
    """No automatic letter to this address until it writes again."""

    address: str
    letter: int
    status: str


@dataclass(frozen=True, slots=True)
class Unmute:
    """The address wrote: automatic letters may go there again."""

    address: str


@dataclass(frozen=True, slots=True)
class Postpone:
    """The letter is over the address's budget: its number goes into one digest letter."""

    address: str
    ticket: int
    languages: tuple[Language, ...]


@dataclass(frozen=True, slots=True)
class Send:
    """The letter that answers the mail into the outbox."""

    letter: Letter


@dataclass(frozen=True, slots=True)
class Notify:
    """A letter to somebody else into the outbox."""

    letter: Letter


MailEffect = (
    OpenTicket
    | AddEntry
    | Identify
    | Describe
    | Ask
    | LinkTickets
    | Reopen
    | NoteBounce
    | Mute
    | Unmute
    | Postpone
)
Effect = MailEffect | Send | Notify | ChallengeEffect


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be done about one mail: by which rule, with what result, and what is said to the writer.

    `identification` is what the mail itself told of whose it is, with what was known of its ticket before;
    `assurance` what is proven about its writer in respect of the ticket.
    """

    rule: str
    verdict: Verdict
    effects: tuple[Effect, ...]
    answer: Answer
    ticket: int | None = None
    why: str = ""
    identification: Identification = NOBODY
    assurance: Assurance = NOT_ASSURED


LOST = frozenset({Defect.TEXT_CUT})
"""Defects by which something of the writer's words was lost though the rest was read."""
