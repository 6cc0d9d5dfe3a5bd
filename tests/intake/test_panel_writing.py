"""What the panel sends is what the desk reads: the mail that is made of a request gives it back."""

import base64

from hypothesis import given
from hypothesis import strategies as st

from mailgate.core.mail import Defect
from mailgate.intake.panel.models import NewAttachment, NewTicket
from mailgate.intake.panel.writing import mail_of
from mailgate.parse import clean
from mailgate.parse.attachments import attachment_bytes, clean_name
from mailgate.parse.message import parse
from tests.builders import NOW, envelope, policy

RUSSIAN = "абвгдеёжзийклмнопрстуфхцчшщъыьэюяАБВГДЕЁ"
CHARACTERS = st.one_of(
    st.characters(exclude_categories=["Cs"]), st.sampled_from(RUSSIAN + " \n\r\t=?_-\"'.,:;<>@#№«»—\u00a0")
)
SUBJECTS = st.text(CHARACTERS, min_size=1, max_size=300).filter(clean.one_line)
TEXTS = st.text(CHARACTERS, min_size=1, max_size=2000).filter(lambda text: clean.lines(text).strip())
TYPES = st.sampled_from(
    ["image/png", "text/plain", "text/html", "application/pdf", "message/rfc822", "application/octet-stream"]
)
FILES = st.builds(
    lambda name, kind, octets: NewAttachment(
        name=name, type=kind, content=base64.b64encode(octets).decode("ascii")
    ),
    st.text(CHARACTERS, min_size=1, max_size=120),
    TYPES,
    st.binary(max_size=500),
)


def ticket(subject: str, text: str, files: list[NewAttachment]) -> NewTicket:
    return NewTicket(account="1001", author="иван@стройка.рф", subject=subject, text=text, attachments=files)


def is_sealed(text: str) -> bool:
    return "-----BEGIN PGP" in text


@given(SUBJECTS, TEXTS.filter(lambda text: not is_sealed(text)), st.lists(FILES, max_size=4))
def test_a_request_is_read_as_it_was_sent(subject: str, text: str, files: list[NewAttachment]) -> None:
    asked = ticket(subject, text, files)
    raw = mail_of(asked, asked.subject, policy().desk, NOW)
    mail = parse(raw, envelope())

    assert mail.defects == ()
    assert " ".join(mail.subject.split()) == " ".join(clean.one_line(subject).split())
    assert mail.text.rstrip("\n") == clean.lines(text.replace("\r\n", "\n")).rstrip("\n")
    assert mail.author is not None
    assert mail.author.key == "иван@xn--80ardojfh.xn--p1ai"
    assert [(each.type, each.size) for each in mail.attachments] == [
        (each.type, len(each.octets)) for each in files
    ]
    for place, file in enumerate(files):
        assert attachment_bytes(raw, place) == file.octets
        assert mail.attachments[place].name == clean_name(file.name) or not clean_name(file.name)


@given(SUBJECTS, TEXTS)
def test_a_mail_of_ours_has_no_line_that_a_hop_would_break(subject: str, text: str) -> None:
    asked = ticket(subject, text, [])
    raw = mail_of(asked, asked.subject, policy().desk, NOW)
    head, _, body = raw.partition(b"\r\n\r\n")

    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert head.isascii() or b"From: " in head
    assert body.isascii()


def test_two_requests_alike_are_no_copies() -> None:
    asked = ticket("Вопрос", "Как дела?", [])
    ids = {parse(mail_of(asked, asked.subject, policy().desk, NOW), envelope()).message_id for _ in range(5)}

    assert len(ids) == 5


def test_a_request_of_a_mailbox_that_is_not_ascii_is_no_defect() -> None:
    asked = ticket("Вопрос", "Как дела?", [])

    assert (
        Defect.FROM_UNUSABLE
        not in parse(mail_of(asked, asked.subject, policy().desk, NOW), envelope()).defects
    )
