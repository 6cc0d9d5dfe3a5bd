"""Values for tests: name what matters, the rest is plain."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from mailgate.core import tag
from mailgate.core.address import parse_mailbox
from mailgate.core.case import Case, Facts
from mailgate.core.describe import describe
from mailgate.core.gist import gist
from mailgate.core.mail import Address, Door, Envelope, Header, Mail
from mailgate.core.number import number_of
from mailgate.core.policy import Desk, Policy, Trust
from mailgate.core.ticket import Status, Ticket
from mailgate.core.triage import triage

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
KEYS = (b"k" * 32,)
CLIENT = "ivan@client.example"
NEXT = number_of(10043)
THEIRS = number_of(10042)
DESK = Address("support", "hoster.example", "Hoster")


def address(text: str, name: str = "") -> Address:
    """A mailbox that is known to be one."""
    found = parse_mailbox(text, name)
    if found is None:
        raise ValueError(text)
    return found


def policy(**changes: object) -> Policy:
    """A policy with one desk address; `changes` are fields of Policy."""
    plain = Policy(desk=Desk("Hoster", (DESK, address("billing@hoster.example"))), keys=KEYS)
    return replace(plain, **changes)  # type: ignore[arg-type] # a test names fields by keyword


TRUSTED = policy(trust=Trust(("mx.hoster.example",), ("127.0.0.1:2525",)))
"""A policy that believes our own server's Authentication-Results."""


def envelope(**changes: object) -> Envelope:
    """An envelope of the SMTP door."""
    plain = Envelope(Door.SMTP, CLIENT, ("support@hoster.example",), NOW, "127.0.0.1:2525", "192.0.2.1")
    return replace(plain, **changes)  # type: ignore[arg-type] # as above


def mail(headers: dict[str, str] | None = None, **changes: object) -> Mail:
    """A plain question of a customer; `headers` become header fields."""
    plain = Mail(
        envelope=envelope(),
        message_id="<one@client.example>",
        subject="Вопрос",
        author=address(CLIENT, "Иван"),
        author_text=f"Иван <{CLIENT}>",
        text="Здравствуйте, как настроить почту на телефоне?",
        new_words="Здравствуйте, как настроить почту на телефоне?",
        headers=tuple(Header(name.lower(), value) for name, value in (headers or {}).items()),
        received_count=1,
    )
    told = replace(plain, **changes)  # type: ignore[arg-type] # as above
    words = gist(told.subject, told.text, told.new_words)
    return replace(
        told,
        languages=words.languages,
        is_outage=words.is_outage,
        is_thanks=words.is_thanks,
        numbers=words.numbers,
        description=describe(told.subject, told.new_words or told.text, told.attachments),
    )


def ticket(number: int = THEIRS, **changes: object) -> Ticket:
    """An open ticket of the plain customer."""
    plain = Ticket(number, Status.OPEN, "Вопрос", CLIENT, (CLIENT,), ("ru",), NOW - timedelta(days=1))
    return replace(plain, **changes)  # type: ignore[arg-type] # as above


def facts(**changes: object) -> Facts:
    """Nothing known."""
    return replace(Facts(now=NOW, next_number=NEXT), **changes)  # type: ignore[arg-type] # as above


def case(read: Mail | None = None, known: Facts | None = None, rules: Policy | None = None) -> Case:
    """A case made of the plain values, or those given."""
    read, rules, known = read or mail(), rules or policy(), known or facts()
    return Case(read, triage(read, rules, known.records), known, rules)


def mark(number: int = THEIRS, letter: int = 7) -> str:
    """The Message-ID of a letter of ours at a ticket."""
    return tag.message_id(KEYS, number, letter, "hoster.example")


def bounce_address(letter: int = 7) -> str:
    """What a letter of ours is sent from."""
    signed = tag.bounce_address(KEYS, letter, DESK, "+")
    assert signed is not None
    return signed.mailbox
