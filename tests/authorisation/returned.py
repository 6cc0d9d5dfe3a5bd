"""Mails that bring a letter of ours back: whole or quoted, in every wrapping that mail programs use."""

import html
from collections.abc import Iterator
from email.message import EmailMessage

from tests.authorisation.scene import MX, OWNER, WIRE, Asked

AWAY = "Я в отпуске до 1 декабря, отвечу по возвращении."
MARKS: dict[str, tuple[tuple[str, str], ...]] = {
    "unmarked": (),
    "rfc3834": (("Auto-Submitted", "auto-replied"),),
    "exchange": (("Auto-Submitted", "auto-generated"), ("X-Auto-Response-Suppress", "All")),
    "precedence": (("Precedence", "bulk"),),
    "autoreply": (("X-Autoreply", "yes"),),
    "vacation": (("X-Autorespond", "vacation"), ("Precedence", "junk")),
}
"""How programs mark what they wrote, if they do."""


def headed(asked: Asked, *, authentication: str = "pass", subject: str = "") -> EmailMessage:
    """An empty answer to a letter from the mailbox itself."""
    message = EmailMessage(policy=WIRE)
    if authentication:
        message["Authentication-Results"] = f"{MX}; dmarc={authentication} header.from=yandex.ru"
    message["From"] = OWNER
    message["To"] = asked.reply_to
    message["Subject"] = subject or f"Re: {asked.message['Subject']}"
    message["Message-ID"] = f"<{abs(hash((authentication, subject, asked.text)))}@yandex.ru>"
    message["In-Reply-To"] = str(asked.message["Message-ID"])
    return message


def quoted(asked: Asked, prefix: str = "> ") -> str:
    """The letter's text as a reply quotes it."""
    return "".join(f"{prefix}{line}\n" for line in asked.text.splitlines())


def returned(asked: Asked, words: str = AWAY) -> Iterator[tuple[str, EmailMessage]]:
    """The letter sent back in every wrapping, each with its name; `words` are the program's own."""
    for name, text in _texts(asked, words):
        for encoding in ("base64", "quoted-printable"):
            made = headed(asked)
            made.set_content(text, cte=encoding)
            yield f"{name}, {encoding}", made
        for charset in ("koi8-r", "windows-1251"):
            made = headed(asked)
            lossy = text.encode(charset, "replace").decode(charset)
            made.set_content(lossy, charset=charset, cte="8bit")
            yield f"{name}, {charset}", made
        made = headed(asked)
        made.set_content(f"<html><body>{_html(text)}</body></html>", subtype="html")
        yield f"{name}, html", made
    yield from _attached(asked, words)


def _texts(asked: Asked, words: str) -> Iterator[tuple[str, str]]:
    block = f"From: support@hoster.example\nDate: Mon, 23 Nov 2026\nSubject: {asked.message['Subject']}\n\n"
    yield "bare", asked.text
    yield "below", f"{words}\n\n{asked.text}"
    yield "quoted below", f"{words}\n\n{quoted(asked)}"
    yield "quoted above", f"{quoted(asked)}\n\n{words}"
    yield "quoted alone", quoted(asked)
    yield "initials", f"{words}\n\n{quoted(asked, 'СП> ')}"
    yield "forwarded", f"{words}\n\n-------- Пересылаемое сообщение --------\n{block}{asked.text}"
    yield "joined", f"{words}\n" + " ".join(asked.text.split())
    yield "without its first lines", f"{words}\n" + asked.text[asked.text.find("Код") :]
    yield "cut line gone", "\n".join(asked.text.split("\n")[1:])


def _html(text: str) -> str:
    return "".join(f"<div>{html.escape(line) or '<br>'}</div>" for line in text.split("\n"))


def _attached(asked: Asked, words: str) -> Iterator[tuple[str, EmailMessage]]:
    for own in ("", words):
        made = headed(asked)
        made.set_content(own, cte="base64")
        made.add_attachment(asked.message)
        yield f"as a message, {'with' if own else 'without'} words", made
    made = headed(asked)
    made.set_content(asked.text, cte="base64")
    made.add_alternative(f"<p>{html.escape(asked.text)}</p>", subtype="html")
    yield "both alternatives", made
    made = headed(asked)
    made.set_content(words, cte="base64")
    made.add_attachment(asked.text.encode(), maintype="text", subtype="plain", filename="letter.txt")
    yield "as a file", made
    made = headed(asked)
    made.set_content(words, cte="base64")
    made.add_attachment(asked.message.as_bytes(), maintype="application", subtype="pgp-encrypted")
    yield "as if encrypted", made
