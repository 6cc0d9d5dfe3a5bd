"""Small mails, and what is found in them, for the tables of what customers type."""

from datetime import UTC, datetime

from mailgate.core.candidate import Candidate
from mailgate.core.finding.find import find
from mailgate.core.mail import Address, Door, Envelope, Mail
from mailgate.core.policy import Identifying
from tests.identification.tables import IDENTIFYING, label_of

ENVELOPE = Envelope(Door.SMTP, "a@mail.ru", ("support@hoster.example",), datetime(2026, 11, 1, tzinfo=UTC))


def candidates(  # noqa: PLR0913 - the parts of a mail
    words: str = "",
    *,
    subject: str = "",
    quoted: str = "",
    signature: str = "",
    author: Address | None = None,
    to: tuple[Address, ...] = (),
    identifying: Identifying = IDENTIFYING,
) -> tuple[Candidate, ...]:
    """What is found in a mail of these parts."""
    mail = Mail(
        ENVELOPE,
        subject=subject,
        author=author,
        to=to,
        new_words=words,
        quoted=quoted,
        signature=signature,
    )
    return find(mail, identifying)


def found_in(words: str) -> str:
    """The kinds and values found in a writer's words, in order: "login u10432, domain stroymir.ru"."""
    return ", ".join(label_of(one) for one in candidates(words))
