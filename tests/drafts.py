"""Letters to test with: a desk, a plain acknowledgement, and what is read of the bytes made."""

import email
import email.policy
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

from mailgate.core.effects import Letter, LetterKind
from mailgate.core.mail import Address
from mailgate.core.number import number_of
from mailgate.core.policy import Desk, Language, Policy
from mailgate.letters import EnvelopeSender, Letters, sample

NOW = datetime(2026, 11, 23, 11, 6, 7, tzinfo=UTC)
KEYS = (b"k" * 32,)
RU, EN = Language.RU, Language.EN
NUMBER = number_of(10042)
DESK = Desk(
    "Поддержка «Хостинг»",
    (Address("support", "hoster.example"),),
    timezone="Europe/Moscow",
    guide_url="https://hoster.example/how-to-write",
    phone="+7 812 000-00-00",
)
HEADERS = {
    "From",
    "To",
    "Reply-To",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "X-Mailgate-Ticket",
    "X-Mailgate-Kind",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
}


def letters(desk: Desk = DESK, envelope: EnvelopeSender = "verp", templates: Path | None = None) -> Letters:
    """The letters of a desk, by the templates of an operator or ours alone."""
    return Letters(Policy(desk, KEYS), templates, envelope, "postbox@hoster.example")


def read(raw: bytes) -> EmailMessage:
    """The mail as a mail program understands it."""
    return email.message_from_bytes(raw, policy=email.policy.default)


def ack(**changes: object) -> Letter:
    """An acknowledgement in Russian; `changes` are fields of Letter."""
    plain = sample(LetterKind.ACKNOWLEDGEMENT, RU)
    return replace(plain, **changes)  # type: ignore[arg-type] # a test names fields by keyword


def text(letter: Letter, desk: Desk = DESK) -> str:
    """What the customer reads, with LF line ends."""
    return str(read(letters(desk).compose(letter, 7, NOW).raw).get_content()).replace("\r\n", "\n")
