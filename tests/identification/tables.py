"""The labelled mails as values, and as the bytes a mail client sends."""

import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import HeaderRegistry
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from mailgate.core.account import records_of
from mailgate.core.candidate import Candidate, Place
from mailgate.core.identify import contact, identify, keys_of_mail
from mailgate.core.mail import Door, Envelope, Mail
from mailgate.core.need import Need
from mailgate.core.policy import Extra, Identifying, Sought
from mailgate.parse.message import parse
from tests.customers import base

HERE = Path(__file__).parent
IDENTIFYING = Identifying(
    login=("u[0-9]{5}",),
    contract=("4[0-9]{6}",),
    extras=(
        Extra("invoice", ("счёт", "счет", "invoice"), "[0-9]{1,8}"),
        Extra("inn", ("ИНН", "inn"), "[0-9]{10}|[0-9]{12}"),
    ),
    own_domains=("hoster.example",),
)
_LISTED = {Place.SUBJECT, Place.WORDS, Place.SIGNATURE, Place.LOG, Place.QUOTED}


@dataclass(frozen=True, slots=True)
class Case:
    """A labelled mail, as `README.md` describes it."""

    name: str
    author: str
    is_authenticated: bool
    to: tuple[str, ...]
    subject: str
    text: str
    candidates: frozenset[str]
    account: str
    state: str
    asks: tuple[str, ...]

    @property
    def label(self) -> "Judgement":
        """What the mail tells, by the label."""
        return Judgement(self.candidates, self.state, self.account, self.asks)


def table(name: str) -> list[Case]:
    """The cases of a table; none where it does not exist."""
    path = HERE / f"{name}.toml"
    mails = tomllib.loads(path.read_text("utf-8"))["mail"] if path.exists() else []
    return [
        Case(
            mail["name"],
            mail["from"],
            mail["auth"] == "pass",
            tuple(mail["to"]),
            mail["subject"],
            mail["text"].removeprefix("\n"),
            frozenset(mail["candidates"]),
            mail["account"],
            mail["state"],
            tuple(mail["asks"]),
        )
        for mail in mails
    ]


def raw_of(case: Case) -> bytes:
    """The mail as it comes in."""
    message = EmailMessage(SMTP.clone(header_factory=HeaderRegistry()))
    message["From"] = case.author
    message["To"] = ", ".join(case.to)
    message["Subject"] = case.subject
    message["Date"] = datetime(2026, 10, 15, 9, 0, tzinfo=UTC)
    message["Message-ID"] = f"<{case.name}@{case.author.rpartition('@')[2]}>"
    message.set_content(case.text, cte="base64")
    return message.as_bytes()


def mail_of(case: Case) -> Mail:
    """The mail as the desk reads it."""
    received = datetime(2026, 10, 15, 9, 0, 1, tzinfo=UTC)
    envelope = Envelope(Door.SMTP, case.author, case.to, received)
    return parse(raw_of(case), envelope, sought=Sought(IDENTIFYING))


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a mail tells of its writer: "kind value" of each candidate, the verdict, and what he is asked."""

    candidates: frozenset[str]
    state: str
    account: str
    asks: tuple[str, ...]


def judged(case: Case) -> Judgement:
    """What the program makes of a mail, asked of the base in `accounts.jsonl`."""
    mail = mail_of(case)
    records = records_of(base(), keys_of_mail(mail))
    key = mail.author.key if mail.author else ""
    writer = contact(key, records, is_authenticated=case.is_authenticated)
    known = identify(mail.candidates, writer, records, (frozenset(Need),))
    asks = tuple(kind.value for question in known.missing for kind in question)
    return Judgement(listed(mail), known.state.value, known.account, asks)


def label_of(one: Candidate) -> str:
    """The candidate as a table writes it."""
    return " ".join(filter(None, (one.kind.value, one.name, one.value)))


def listed(mail: Mail) -> frozenset[str]:
    """The candidates of the places that a table lists."""
    return frozenset(label_of(one) for one in mail.candidates if one.place in _LISTED)
