"""A desk that knows its customers and believes its own MTA; and the mails of thieves and owners to it."""

import email
import email.policy
import re
from dataclasses import dataclass, field
from email.message import EmailMessage
from itertools import count

from mailgate.core.challenge import Challenge
from mailgate.core.effects import LetterKind
from mailgate.core.ticket import Entry, Ticket
from mailgate.parse.pool import Pool
from mailgate.store import audit, challenges, letters, tickets
from mailgate.store.letters import LetterRow
from mailgate.store.sqlite import Ledger, Row
from tests import customers
from tests.house import House

OWNER = "anna.petrova@yandex.ru"
CONTACT = "shop@kofe-i-bulki.ru"
THIEF = "thief@freemail.example"
TRANSFER = "Логин u10518. Прошу выдать код авторизации для переноса домена kofe-i-bulki.ru."
MX = "mx.hoster.example"
WIRE = email.policy.SMTP.clone(max_line_length=998)
"""Mail programs fold no Message-ID; Python would write a long one as an encoded word."""
_IDS = count(1)


@dataclass(frozen=True, slots=True)
class Asked:
    """A letter that asks for an answer, as its mailbox sees it."""

    message: EmailMessage
    text: str

    @property
    def digits(self) -> str:
        """The six digits, put together."""
        found = re.search(r"[0-9](?: [0-9]){5}", self.text)
        assert found is not None, self.text
        return found[0].replace(" ", "")

    @property
    def reply_to(self) -> str:
        """The address that answers go to."""
        return str(self.message["Reply-To"])


@dataclass(frozen=True, slots=True)
class Reply:
    """How somebody answers a letter."""

    words: str
    sender: str = OWNER
    authentication: str = "pass"
    subject: str = "Re: Нужно Ваше согласие"
    headers: tuple[tuple[str, str], ...] = field(default=())


class Scene(House):
    """The house, with what is asked and answered about account 1002."""

    def __init__(self, ledger: Ledger, pool: Pool, **sections: object) -> None:
        trust = {"authserv_ids": [MX], "hops": ["127.0.0.1:2525"]}
        super().__init__(ledger, pool, **{"trust": trust, **sections})
        customers.load(ledger, customers.base())

    def write(
        self,
        words: str = TRANSFER,
        sender: str = THIEF,
        authentication: str = "",
        subject: str = "Домен",
        to: str = "support@hoster.example",
        **headers: str,
    ) -> Row:
        """A mail comes in; its row once it is settled."""
        raw = mail(words, sender, authentication, subject, **headers)
        return self.send(raw, sender=sender, recipients=(to,))

    def reply(self, asked: Asked, how: Reply) -> Row:
        """Somebody answers a letter; the row of his mail."""
        raw = mail(
            how.words,
            how.sender,
            how.authentication,
            how.subject,
            **{"In-Reply-To": str(asked.message["Message-ID"]), **dict(how.headers)},
        )
        return self.send(raw, sender=how.sender, recipients=(asked.reply_to,))

    def asked(self, kind: LetterKind = LetterKind.CHALLENGE) -> Asked:
        """The last letter of this kind, as long as its text is there."""
        (*_, last) = self.letters(kind)
        with self.ledger.read() as ask:
            raw = letters.raw_of(ask, last.id)
        assert raw
        message = email.message_from_bytes(raw, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        return Asked(message, str(message.get_content()))

    def letters(self, kind: LetterKind) -> list[LetterRow]:
        """All letters of a kind, in their order."""
        with self.ledger.read() as ask:
            found = letters.listing(ask, None, 1000, 1 << 62)
        return [letter for letter in reversed(found) if letter.kind is kind]

    def challenge(self) -> Challenge:
        """The last challenge."""
        with self.ledger.read() as ask:
            found = challenges.find(ask, challenges.counter(ask))
        assert found is not None
        return found

    def challenges(self) -> list[Challenge]:
        """Every challenge there is."""
        with self.ledger.read() as ask:
            numbers = range(1, challenges.counter(ask) + 1)
            return list(challenges.find_all(ask, numbers))

    def ticket(self, row: Row) -> Ticket:
        """The ticket of a mail."""
        with self.ledger.read() as ask:
            found = tickets.find(ask, row["ticket"])
        assert found is not None
        return found

    def entries(self, row: Row) -> tuple[Entry, ...]:
        """What was said at the ticket of a mail."""
        with self.ledger.read() as ask:
            return tickets.entries(ask, row["ticket"])

    def locks(self, row: Row) -> list[tuple[str, str]]:
        """What is locked by a refusal at the ticket of a mail."""
        with self.ledger.read() as ask:
            found = challenges.locks_by(ask, row["ticket"], self.now)
        return [(each.kind, each.value) for each in found]

    def steps(self, row: Row) -> list[str]:
        """The steps on record at the ticket of a mail."""
        with self.ledger.read() as ask:
            found = audit.of_ticket(ask, row["ticket"])
        return [str(each.record.step.event) for each in found if each.record]


def mail(words: str, sender: str, authentication: str, subject: str, **headers: str) -> bytes:
    """A mail as the trusted hop hands it on: `authentication` is what that says of DMARC, "" nothing."""
    message = EmailMessage(policy=WIRE)
    if authentication:
        domain = sender.rpartition("@")[2]
        message["Authentication-Results"] = f"{MX}; dmarc={authentication} header.from={domain}"
    message["From"] = sender
    message["To"] = "support@hoster.example"
    message["Subject"] = subject
    message["Date"] = "Mon, 23 Nov 2026 12:00:00 +0000"
    message["Message-ID"] = f"<m{next(_IDS)}@{sender.rpartition('@')[2]}>"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(words, cte="base64")
    return message.as_bytes()
