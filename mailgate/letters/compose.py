"""One letter put together: its headers, its text, and the envelope it travels in.

The set of headers is fixed here; nothing a customer wrote adds one. Of his mail only three values come
into a letter: the subject (if his mail is authenticated), the id answered and the ids before it. Each
is checked again here, whatever was checked before.

A subject of ours never quotes a ticket number besides its own, because a reply naming two numbers
joins neither ticket.
"""

import functools
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from mailgate.core.address import parse_mailbox
from mailgate.core.candidate import CandidateKind
from mailgate.core.effects import Letter, LetterKind
from mailgate.core.mail import Address
from mailgate.core.notice import NOTHING_ASKED, Asking
from mailgate.core.number import find_numbers, number_of, subject_mark
from mailgate.core.policy import Language, Policy
from mailgate.core.tag import bounce_address, challenge_address, message_id, reply_address
from mailgate.errors import Permanent
from mailgate.letters import wire
from mailgate.letters.notice import notices
from mailgate.letters.texts import Texts
from mailgate.resources import folder

EnvelopeSender = Literal["verp", "null", "fixed"]
"""What a letter is sent from: its own signed bounce address, nobody, or one address for all."""

_NAME = 200
_SUBJECT = 200
_REFERENCES = 20  # the root, the id answered, and the latest between them
_REPLY = re.compile(r"(?:re|aw|sv|отв|ответ|на)(?:\[[0-9]{1,3}\])?\s?:\s?", re.IGNORECASE)

# The subject for a writer nobody vouches for: no word of his, else we could be made to carry anything
# to anybody. A writer who takes no part in the ticket is not told its number either; if he knows it
# from the mails he answers, he has it from there.
_CONSTANT = {
    LetterKind.ACKNOWLEDGEMENT: {
        Language.RU: "Ваша заявка принята",
        Language.EN: "Your request has been received",
    },
    LetterKind.RECEIPT: {
        Language.RU: "Ваше письмо добавлено к заявке",
        Language.EN: "Your message has been added to the request",
    },
    LetterKind.OUTSIDER: {
        Language.RU: "Ваше письмо получено",
        Language.EN: "Your message has been received",
    },
    LetterKind.DIGEST: {
        Language.RU: "Ваши заявки приняты",
        Language.EN: "Your requests have been received",
    },
    LetterKind.CHALLENGE: {
        Language.RU: "Нужно Ваше согласие",
        Language.EN: "We need your consent",
    },
    LetterKind.CORRECTION: {
        Language.RU: "Ваш ответ нужно исправить",
        Language.EN: "Your answer needs a correction",
    },
    LetterKind.REMEDY: {
        Language.RU: "На Ваше письмо ответили с другого адреса",
        Language.EN: "Your message was answered from another address",
    },
    LetterKind.SETTLED: {
        Language.RU: "О Вашем согласии",
        Language.EN: "About your consent",
    },
    LetterKind.ALARM: {
        Language.RU: "Отказ на просьбу о Вашем аккаунте",
        Language.EN: "A request about your account was refused",
    },
    LetterKind.OUTCOME: {
        Language.RU: "О согласии владельца по Вашей заявке",
        Language.EN: "About the owner's consent for your request",
    },
    LetterKind.REMINDER: {
        Language.RU: "Напоминание: нужны данные по Вашей заявке",
        Language.EN: "Reminder: we need details for your request",
    },
    LetterKind.CLOSING: {
        Language.RU: "Ваша заявка закрыта",
        Language.EN: "Your request has been closed",
    },
}
_NUMBERED = frozenset(LetterKind) - {LetterKind.OUTSIDER, LetterKind.DIGEST}


_ALWAYS = b"".join(
    wire.field(name, words)
    for name, words in (
        ("Auto-Submitted", ("auto-replied",)),  # RFC 3834, section 5
        ("X-Auto-Response-Suppress", ("All",)),  # what Exchange heeds instead
        ("MIME-Version", ("1.0",)),
        ("Content-Type", ("text/plain;", "charset=utf-8")),
    )
) + b"\r\n"  # fmt: skip


class UnusableRecipient(Permanent):
    """The address is not one plain mailbox, so nothing is written to it."""


@dataclass(frozen=True, slots=True)
class Composed:
    """A letter ready to be handed over.

    `envelope_sender` is the reverse-path without brackets, "" for the null sender; `recipient` is the
    one mailbox it goes to; `raw` is the whole mail with CRLF line ends.
    """

    message_id: str
    envelope_sender: str
    recipient: str
    raw: bytes


class Letters:
    """Composes the desk's letters.

    `templates` is the operator's folder, looked into before ours. `envelope_address` is used with
    envelope "fixed" only.
    """

    def __init__(
        self, policy: Policy, templates: Path | None, envelope: EnvelopeSender, envelope_address: str
    ) -> None:
        self._desk = policy.desk
        self._keys = policy.keys
        self._envelope = envelope
        self._envelope_address = envelope_address
        self._texts = Texts(folder("templates"), templates)
        self._zone = ZoneInfo(policy.desk.timezone)
        self._author = wire.mailbox(wire.one_line(policy.desk.name, _NAME), policy.desk.address.mailbox)
        # Marks under our prefix, or under none as before one was configured.
        self._mark = re.compile(rf"\[(?:{re.escape(policy.desk.prefix)})?#[0-9]{{4,15}}\]", re.IGNORECASE)

    def compose(self, letter: Letter, letter_id: int, now: datetime) -> Composed:
        """Make the bytes of `letter`, the `letter_id`-th; `now` is aware and becomes its Date.

        The same arguments give the same bytes. Raises TemplateBroken, UnusableRecipient.
        """
        recipient = parse_mailbox(letter.to)
        if recipient is None:
            raise UnusableRecipient(f"{letter.to!r} is not a plain mailbox")
        reference = letter.notice.reference if letter.notice else None
        own_id = message_id(self._keys, letter.ticket, letter_id, self._desk.address.domain, reference)
        encoding, body = wire.body(self._texts.text(letter, self._desk))
        fields = (
            *self._addresses(letter, recipient.mailbox),
            ("Subject", wire.unstructured(self._subject(letter))),
            ("Date", _date(now.replace(microsecond=0), self._zone)),
            ("Message-ID", (own_id,)),
            *self._thread(letter),
            ("X-Mailgate-Ticket", (str(letter.ticket),)),
            ("X-Mailgate-Kind", (letter.kind,)),
            ("Content-Transfer-Encoding", (encoding,)),
        )
        head = b"".join([wire.field(name, words) for name, words in fields])
        return Composed(own_id, self._sender(letter_id), recipient.mailbox, head + _ALWAYS + body)

    def check(self) -> tuple[str, ...]:
        """Render every template in every way with samples; the mistakes, a line `file:line: what` each."""
        return self._texts.mistakes(tuple(sample(kind, Language.EN) for kind in LetterKind), self._desk)

    def _addresses(self, letter: Letter, recipient: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
        desk = self._desk
        # The bare address: a display name is the customer's own text, and folding tricks live in it.
        fields = (("From", self._author), ("To", (recipient,)))
        if not desk.subaddress:
            return fields
        reply_to = self._reply_to(letter)
        return (*fields, ("Reply-To", (reply_to.mailbox,))) if reply_to else fields

    def _reply_to(self, letter: Letter) -> Address | None:
        desk = self._desk
        if letter.notice and letter.notice.reference:
            # Where there is no room for the reference, it still stands in the Message-ID.
            return challenge_address(letter.notice.reference, desk.address, desk.separator)
        return reply_address(self._keys, letter.ticket, desk.address, desk.separator)

    def _thread(self, letter: Letter) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """In-Reply-To and References (RFC 5322, 3.6.4): the root, what came before, the mail itself."""
        root = message_id(self._keys, letter.ticket, 0, self._desk.address.domain)
        answers = (letter.answers,) if wire.is_message_id(letter.answers) else ()
        before = tuple(
            each
            for each in dict.fromkeys(letter.references)
            if each not in (root, letter.answers) and wire.is_message_id(each)
        )
        # The middle goes first when the way grows long: clients find a thread by its ends.
        references = ("References", (root, *before[-(_REFERENCES - 2) :], *answers))
        return (("In-Reply-To", answers), references) if answers else (references,)

    def _subject(self, letter: Letter) -> str:
        mark = subject_mark(letter.ticket, self._desk.prefix)
        own = self._customers_words(letter.subject)
        if letter.kind in _NUMBERED:
            subject = f"Re: {own} {mark}"
            if own and find_numbers(subject) == (letter.ticket,):
                return subject
        elif letter.kind is LetterKind.OUTSIDER and own:
            return f"Re: {own}"
        constant = " / ".join(_CONSTANT[letter.kind][language] for language in letter.languages)
        return f"{mark} {constant}" if letter.kind in _NUMBERED else constant

    def _customers_words(self, subject: str) -> str:
        """His subject without what earlier letters and replies put around it."""
        words = " ".join(self._mark.sub(" ", wire.one_line(subject, _SUBJECT)).split())
        start = 0
        while match := _REPLY.match(words, start):
            start = match.end()
        return words[start:]

    def _sender(self, letter_id: int) -> str:
        if self._envelope == "null":
            return ""
        if self._envelope == "fixed":
            return self._envelope_address
        desk = self._desk
        signed = (
            bounce_address(self._keys, letter_id, desk.address, desk.separator) if desk.subaddress else None
        )
        # Where our MTA cannot deliver a signed address or there is no room for one, a bounce still names
        # the Message-ID it is about.
        return (signed or desk.address).mailbox


_ABOUT_CHALLENGE = frozenset(
    {
        LetterKind.CHALLENGE,
        LetterKind.CORRECTION,
        LetterKind.REMEDY,
        LetterKind.SETTLED,
        LetterKind.ALARM,
    }
)


@functools.lru_cache(maxsize=16)  # many letters are made in one second
def _date(second: datetime, zone: ZoneInfo) -> tuple[str, ...]:
    return tuple(format_datetime(second.astimezone(zone)).split(" "))


_SAMPLE = Asking(((CandidateKind.LOGIN, CandidateKind.CONTRACT, CandidateKind.DOMAIN),))


def sample(kind: LetterKind, language: Language) -> Letter:
    """Give a letter to look at a template with; the same one each time."""
    ticket = number_of(10042)
    return Letter(
        kind=kind,
        to="ivan@example.com",
        languages=(language,),
        ticket=ticket,
        answers="<question@example.com>",
        asked=datetime(2026, 11, 23, 11, 5, tzinfo=UTC),
        numbers=(ticket, number_of(10043), number_of(10044)) if kind is LetterKind.DIGEST else (),
        notice=next(notices()) if kind in _ABOUT_CHALLENGE else None,
        asking=_SAMPLE if kind in (LetterKind.ACKNOWLEDGEMENT, LetterKind.REMINDER) else NOTHING_ASKED,
    )
