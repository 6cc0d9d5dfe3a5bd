"""The mails of the story, as mail clients write them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

CUSTOMER = "ivan@client.example"
STRANGER = "eve@elsewhere.example"
ENGLISH = "john@shop.example"


@dataclass(frozen=True, slots=True)
class Posted:
    """A mail to post: envelope and bytes."""

    sender: str
    recipient: str
    raw: bytes


def _headers(*lines: str) -> bytes:
    date = format_datetime(datetime.now(UTC))
    return "\r\n".join((*lines, f"Date: {date}", "MIME-Version: 1.0")).encode() + b"\r\n"


def russian_question(desk: str) -> Posted:
    """Written by an old client in koi8-r: even the Subject is raw 8-bit."""
    text = (
        "Здравствуйте!\r\n\r\nС утра не работает сайт client.example: ошибка 502.\r\n"
        "Логин: client77, договор 4512/2026.\r\n\r\nИван Петров\r\n"
    )
    raw = (
        b"Subject: " + "Не работает сайт".encode("koi8-r") + b"\r\n"
        b"From: " + "Иван Петров".encode("koi8-r") + f" <{CUSTOMER}>\r\n".encode()
        + _headers(f"To: <{desk}>", "Message-ID: <question-1@client.example>")
        + b"Content-Type: text/plain; charset=koi8-r\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        + text.encode("koi8-r")
    )  # fmt: skip
    return Posted(CUSTOMER, desk, raw)


def english_question(desk: str) -> Posted:
    """Plain ASCII."""
    raw = (
        _headers(
            f"From: John Smith <{ENGLISH}>",
            f"To: <{desk}>",
            "Subject: How do I add a mailbox?",
            "Message-ID: <question-2@shop.example>",
        )
        + b"\r\nHello,\r\n\r\nhow do I add another mailbox? I could not find it in the panel.\r\n"
        b"\r\nThanks,\r\nJohn\r\n"
    )
    return Posted(ENGLISH, desk, raw)


def reply_with_number(desk: str, number: str) -> Posted:
    """A new mail of the same customer that only names the number, in a Subject of raw UTF-8."""
    raw = (
        _headers(
            f"From: =?utf-8?B?0JjQstCw0L0=?= <{CUSTOMER}>",
            f"To: <{desk}>",
            f"Subject: № {number}",
            "Message-ID: <reply-1@client.example>",
            "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: 8bit",
        )
        + "\r\nСайт открылся, но очень медленно.\r\n".encode()
    )
    return Posted(CUSTOMER, desk, raw)


def reply_with_references(desk: str, letter_id: str) -> Posted:
    """A reply whose subject was changed: only References tell what it belongs to."""
    raw = (
        _headers(
            f"From: =?utf-8?B?0JjQstCw0L0=?= <{CUSTOMER}>",
            f"To: <{desk}>",
            "Subject: =?utf-8?B?0JXRidGRINC+0LTQvdC+?=",
            f"In-Reply-To: {letter_id}",
            f"References: <question-1@client.example> {letter_id}",
            "Message-ID: <reply-2@client.example>",
            "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: 8bit",
        )
        + "\r\nИ почта тоже задерживается на час.\r\n\r\n"
        "23.11.2026 14:05, Служба поддержки пишет:\r\n> Ваша заявка принята.\r\n".encode()
    )
    return Posted(CUSTOMER, desk, raw)


def stranger_with_number(desk: str, number: str) -> Posted:
    """Somebody else who names the customer's number."""
    raw = (
        _headers(
            f"From: <{STRANGER}>",
            f"To: <{desk}>",
            f"Subject: Re: {number}",
            "Message-ID: <stranger-1@elsewhere.example>",
        )
        + b"\r\nPlease send me everything you know about this ticket.\r\n"
    )
    return Posted(STRANGER, desk, raw)


def out_of_office(desk: str, letter_id: str) -> Posted:
    """The customer's mail server answers our letter by itself."""
    raw = (
        _headers(
            f"From: <{CUSTOMER}>",
            f"To: <{desk}>",
            "Subject: =?utf-8?B?0JDQstGC0L7QvtGC0LLQtdGCOiDQsiDQvtGC0L/Rg9GB0LrQtQ==?=",
            f"In-Reply-To: {letter_id}",
            f"References: {letter_id}",
            "Auto-Submitted: auto-replied",
            "Message-ID: <absence-1@client.example>",
            "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: 8bit",
        )
        + "\r\nЯ в отпуске до 1 декабря.\r\n".encode()
    )
    return Posted("", desk, raw)


def bounce(bounce_address: str, letter_id: str) -> Posted:
    """A letter of ours that could not be delivered, as RFC 3464 reports it."""
    raw = (
        _headers(
            "From: Mail Delivery System <mailer-daemon@shop.example>",
            f"To: <{bounce_address}>",
            "Subject: Undelivered Mail Returned to Sender",
            "Auto-Submitted: auto-replied",
            "Message-ID: <bounce-1@shop.example>",
            'Content-Type: multipart/report; report-type=delivery-status; boundary="b1"',
        )
        + b"\r\n--b1\r\nContent-Type: text/plain\r\n\r\nThe mailbox does not exist.\r\n"
        b"--b1\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; shop.example\r\n\r\n"
        b"Final-Recipient: rfc822; " + ENGLISH.encode() + b"\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        b"\r\n--b1\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: " + letter_id.encode()
        + b"\r\n\r\n--b1--\r\n"
    )  # fmt: skip
    return Posted("", bounce_address, raw)
