"""Mails as programs write them, each beside what it must yield (tests/corpus/*/*.eml and .toml).

A key of the `.toml` is a field of the Mail, `author` and the lists of addresses by mailbox,
`attachments` by name; `report` is kind, action, status, recipient and ids; `contains` and `excludes`
are pieces of the new words.
"""

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from mailgate.core.mail import Mail
from mailgate.parse.message import parse
from tests.builders import envelope

CORPUS = Path(__file__).parents[1] / "corpus"
MAILS = sorted(CORPUS.glob("*/*.eml"))

YIELDS: dict[str, Callable[[Mail], object]] = {
    "subject": lambda mail: mail.subject,
    "author": lambda mail: mail.author.mailbox if mail.author else "",
    "author_name": lambda mail: mail.author.name if mail.author else None,
    "new_words": lambda mail: mail.new_words.strip(),
    "defects": lambda mail: sorted(mail.defects),
    "attachments": lambda mail: [attachment.name for attachment in mail.attachments],
    "message_id": lambda mail: mail.message_id,
    "references": lambda mail: list(mail.references),
    "content_type": lambda mail: mail.content_type,
    "to": lambda mail: [address.mailbox for address in mail.to],
    "reply_to": lambda mail: [address.mailbox for address in mail.reply_to],
    "report": lambda mail: (
        [
            mail.report.kind,
            mail.report.action,
            mail.report.status,
            mail.report.recipient,
            *mail.report.original_ids,
        ]
        if mail.report
        else None
    ),
}


@pytest.mark.parametrize("path", MAILS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_corpus(path: Path) -> None:
    expected = tomllib.loads(path.with_suffix(".toml").read_text(encoding="utf-8"))
    mail = parse(path.read_bytes(), envelope())
    contains, excludes = expected.pop("contains", []), expected.pop("excludes", [])
    expected["defects"].sort()
    assert {key: YIELDS[key](mail) for key in expected} == expected
    assert all(piece in mail.new_words for piece in contains), mail.new_words
    assert not any(piece in mail.new_words for piece in excludes), mail.new_words


def test_the_corpus_is_there() -> None:
    assert len(MAILS) >= 35
    assert all(b"\r\n" in path.read_bytes() for path in MAILS)
