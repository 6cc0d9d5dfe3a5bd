"""Whole mails: what is always true of a Mail, and mails that are missing this or that."""

from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailgate.core.mail import Defect, Mail
from mailgate.core.policy import Identifying, Sought
from mailgate.parse import message
from mailgate.parse.limits import DEFAULT, ParseLimits
from mailgate.parse.message import beyond, parse
from tests.builders import envelope

SOUND = b"From: a@b.example\nMessage-ID: <1@b.example>\nDate: Tue, 24 Nov 2026 10:00:00 +0300\n"


def read(raw: bytes) -> Mail:
    return parse(raw, envelope())


def shown(mail: Mail) -> str:
    """All texts of a mail that somebody may look at, one to a line."""
    addresses = (*mail.to, *mail.cc, *mail.reply_to, *((mail.author,) if mail.author else ()))
    return "\n".join(
        (
            mail.subject,
            mail.message_id,
            mail.author_text,
            mail.content_type,
            *mail.references,
            *(f"{address.name}{address.mailbox}" for address in addresses),
            *(f"{attachment.name}{attachment.type}" for attachment in mail.attachments),
            *(f"{header.name}{header.value}" for header in mail.headers),
        )
    )


PIECES = st.sampled_from(
    [
        b"From: ",
        b"a@b.example",
        b"To: ",
        b"Subject: ",
        b"=?utf-8?B?",
        b"?=",
        b"\r\n",
        b"\n",
        b"\r",
        b"\x00",
        b" ",
        b"Content-Type: multipart/mixed; boundary=b\r\n",
        b"Content-Type: text/html; charset=koi8-r\r\n",
        b"--b\r\n",
        b"--b--\r\n",
        b"\r\n\r\n",
        b"Content-Transfer-Encoding: base64\r\n",
        b"\xff\xc0",
        b"<p>",
        b"<!--",
        b'"',
        b"<",
        b">",
        b";",
        b"(",
        b"Received: from a by b; Mon, 1 Jan 2026 00:00:00 +0000\r\n",
        b"Date: 99999999999\r\n",
        b"Content-Type: message/rfc822\r\n",
        b"Content-Type: multipart/report; boundary=b\r\n",
        b"filename*0*=''%",
        b"Content-Disposition: attachment; ",
        b"References: ",
        b"<x@y>",
        b"\xd0\x9f",
        b"begin 644 a\n",
        b"\x1b$B",
    ]
)


@given(st.one_of(st.binary(max_size=400), st.lists(PIECES, max_size=40).map(b"".join)))
@example(b"")
@example(b"\x00" * 50)
def test_any_bytes_are_a_mail(raw: bytes) -> None:
    for mail in (read(raw), beyond(raw, envelope(), Defect.PARSER_CRASH)):
        assert not set(shown(mail).replace("\n", "")) & set("\r\x00\x1b\x85\u2028\u2029\u202e")
        assert not set(mail.text + mail.new_words + mail.quoted) & set("\r\x00\x1b\u2028")
        (shown(mail) + mail.text + mail.new_words + mail.quoted).encode("utf-8")
        assert len(set(mail.defects)) == len(mail.defects)
        assert all(identifier[0] + identifier[-1] == "<>" for identifier in mail.references)


@given(st.lists(PIECES, max_size=40).map(b"".join))
def test_the_last_resort_is_not_needed(raw: bytes) -> None:
    assert message._parse(raw, envelope(), DEFAULT).envelope == envelope()


def test_the_last_resort_keeps_the_header() -> None:
    limits: ParseLimits = None  # type: ignore[assignment] # a mistake nobody foresaw
    mail = parse(SOUND + b"Subject: still here\n\ntext", envelope(), limits)
    assert (mail.subject, mail.defects) == ("still here", (Defect.BROKEN_MIME,))


def test_beyond_reads_the_header_only() -> None:
    raw = (
        b"Received: from a by b; Tue, 24 Nov 2026 10:00:00 +0300\n" + SOUND + b"To: s@h.example\n"
        b"Auto-Submitted: auto-replied\nSubject: =?koi8-r?B?8NLJ18XU?=\nReferences: <0@b.example>\n\nwords\n"
    )
    mail = beyond(raw, envelope(), Defect.PARSER_TIMEOUT)
    assert mail.author is not None
    assert mail.author.mailbox == "a@b.example"
    assert (mail.subject, mail.message_id, mail.references) == ("Привет", "<1@b.example>", ("<0@b.example>",))
    assert mail.first("auto-submitted") == "auto-replied"
    assert (mail.text, mail.attachments, mail.received_count) == ("", (), 1)
    assert mail.defects == (Defect.PARSER_TIMEOUT,)


@pytest.mark.parametrize(
    ("fields", "subject", "message_id", "defects"),
    [
        (b"", "", "", {Defect.NO_MESSAGE_ID}),
        (b"Subject: one\nSubject: two\nMessage-ID: <1@x>\n", "one", "<1@x>", {Defect.HEADER_REPEATED}),
        (b"Message-ID: <1@x>\nMessage-ID: <2@x>\n", "", "<1@x>", {Defect.HEADER_REPEATED}),
        (b"Message-ID: no-brackets@x\n", "", "<no-brackets@x>", set()),
        (b"Message-ID: <two words@x>\n", "", "", {Defect.NO_MESSAGE_ID}),
        (b"Message-ID: (comment) <1@x>\n", "", "<1@x>", set()),
        (b"Message-ID:\n <1@x>\n", "", "<1@x>", set()),
        (b"Message-ID: <1@x>\nSubject:\n", "", "<1@x>", set()),
        (b"Message-ID: <1@x>\nSubject: two\n lines\n\tmore\n", "two lines more", "<1@x>", set()),
    ],
)
def test_m9_missing_and_repeated_fields(
    fields: bytes, subject: str, message_id: str, defects: set[Defect]
) -> None:
    mail = read(b"From: a@b.example\n" + fields + b"\ntext\n")
    assert (mail.subject, mail.message_id, set(mail.defects)) == (subject, message_id, defects)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"Tue, 24 Nov 2026 10:00:00 +0300", datetime(2026, 11, 24, 7, 0, tzinfo=UTC)),
        (b"24 Nov 26 10:00 GMT", datetime(2026, 11, 24, 10, 0, tzinfo=UTC)),
        (b"Tue, 24 Nov 2026 10:00:00 +0300 (MSK)", datetime(2026, 11, 24, 7, 0, tzinfo=UTC)),
        (b"Fri, 31 Dec 9999 23:59:59 -2300", None),
        (b"Fri, 31 Dec 99999 23:59:59 +0000", None),
        (b"99999999999999999999", None),
        (b"Tue, 24 Nov 2026 10:00:00 +99999999999999999999", None),
        (b"\xff\xfe", None),
        (b"yesterday", None),
        ("24 ноября 2026".encode(), None),
    ],
)
def test_a19_dates(value: bytes, expected: datetime | None) -> None:
    mail = read(b"From: a@b.example\nMessage-ID: <1@x>\nDate: " + value + b"\n\ntext")
    assert mail.date == expected
    assert (Defect.BAD_DATE in mail.defects) == (expected is None)


def test_hops_are_the_readable_times_topmost_first() -> None:
    hops = [
        b"Received: from c by d; Tue, 24 Nov 2026 10:00:02 +0300\n",
        b"Received: from b by c; whenever\n",
        b"Received: (unclosed\n",
        b"Received: from a by b; Tue, 24 Nov 2026 10:00:00 +0300\n",
    ]
    mail = read(b"".join(hops) + SOUND + b"\ntext")
    assert mail.received_count == 4
    assert [hop.second for hop in mail.hops] == [2, 0]


def test_more_hops_than_any_sound_mail_has() -> None:
    mail = read(b"Received: from a by b; Tue, 24 Nov 2026 10:00:02 +0300\n" * 60 + SOUND + b"\ntext")
    assert (mail.received_count, len(mail.hops)) == (60, 50)
    assert Defect.TOO_MANY_RECEIVED in mail.defects
    assert mail.text == "text"


def test_references_are_unique_and_bounded() -> None:
    ids = b" ".join(b"<%d@x>" % number for number in range(300))
    mail = read(
        SOUND + b"References: " + ids + b" <0@x> broken <two words>\nIn-Reply-To: <last@x> <299@x>\n\ntext"
    )
    assert len(mail.references) == 100
    assert (mail.references[0], mail.references[-2:]) == ("<0@x>", ("<299@x>", "<last@x>"))


def test_a21_header_names_are_only_names() -> None:
    names = [b"defects", b"Headers_json", b"Parse", b"__class__", b"message", b"Subject_json"]
    mail = read(SOUND + b"".join(name + b": x\n" for name in names) + b"\ntext")
    assert [header.name for header in mail.headers][3:] == [name.decode().lower() for name in names]
    assert mail.defects == ()


@pytest.mark.parametrize("charset", ["utf-8", "koi8-r", "cp1251", "cp866", "iso8859-5"])
def test_m8_raw_headers_and_unnamed_bodies(charset: str) -> None:
    header = "To: Служба поддержки <s@h.example>\nSubject: Не работает сайт\n"
    raw = SOUND + f"{header}\nДобрый день, сайт не открывается.\n".encode(charset)
    mail = read(raw)
    assert mail.subject == "Не работает сайт"
    assert mail.to[0].name == "Служба поддержки"
    assert mail.text == "Добрый день, сайт не открывается.\n"
    assert Defect.CHARSET_GUESSED in mail.defects


def test_what_cannot_be_searched_keeps_its_text() -> None:
    # A pattern that never passed the settings stands for any mistake of ours in the search.
    mail = parse(SOUND + b"Subject: u10432\n\ntext", envelope(), sought=Sought(Identifying(login=("(",))))

    assert (mail.subject, mail.text, mail.candidates, mail.defects) == ("u10432", "text", (), ())


def test_of_a_mail_beyond_the_limits_the_addresses_are_searched() -> None:
    raw = (
        b"From: <i@stroymir.ru>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=a\n\n"
        + b"--a\n\nx\n" * 5
    )

    mail = parse(raw, envelope(), ParseLimits(parts=2))

    assert [(one.place, one.value) for one in mail.candidates] == [("sender", "stroymir.ru")]
