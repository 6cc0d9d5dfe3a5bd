"""Header values: encoded words, raw 8-bit, and what may never be shown."""

import email.header
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.parse.charset import guess_charset
from mailgate.parse.clean import lines, one_line
from mailgate.parse.message import parse
from mailgate.parse.words import HeaderReader
from tests.builders import envelope


def text(octets: bytes, hint: str = "") -> str:
    return HeaderReader(guess_charset, hint).text(octets)


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (b"plain", "plain"),
        (b"=?utf-8?B?0J/RgNC40LLQtdGC?=", "Привет"),
        (b"=?koi8-r?Q?=F0=D2=C9=D7=C5=D4?=", "Привет"),
        (b"=?windows-1251?q?=CF=F0=E8=E2=E5=F2_=EC=E8=F0?=", "Привет мир"),
        (b"=?CP-1251?B?z/Do4uXy?=", "Привет"),
        (b"=?koi8-r*ru?B?8NLJ18XU?=", "Привет"),
        (b"Re: =?utf-8?B?0J/RgNC40LLQtdGC?= 12", "Re: Привет 12"),
        (b"=?utf-8?B?0J/RgNC4?= =?utf-8?B?0LLQtdGC?=", "Привет"),
        (b"=?utf-8?B?0J/R?=\t=?utf-8?B?gNC40LLQtdGC?=", "Привет"),
        (b"=?utf-8?Q?=D0=9F=D1?= =?utf-8?Q?=80?=", "Пр"),
        (b"=?utf-8?B?0J/RgNC4?= =?koi8-r?B?18XU?=", "Привет"),
        (b"=?utf-8?B?0J/RgN?= =?utf-8?B?C40LLQtdGC?=", "Привет"),
        (b"=?utf-8?Q?a_b?= c =?utf-8?Q?d?=", "a b c d"),
        (b"=?utf-8?Q?Hello world?=", "Hello world"),
        (b"=?utf-8?B?0J/RgNC40LLQtdGC", "=?utf-8?B?0J/RgNC40LLQtdGC"),
        (b"=?utf-8?X?abc?=", "=?utf-8?X?abc?="),
        (b"=?x-unknown?B?8NLJ18XU?=", "Привет"),
        (b"=?utf-8?B?8NLJ18XU?=", "Привет"),
        (b"=?utf-8?B?!!!?=", ""),
        (b"=?punycode?Q?abc-def?=", "abc-def"),
        ("Привет".encode(), "Привет"),
        ("Не работает сайт".encode("koi8-r"), "Не работает сайт"),
        ("Не работает сайт".encode("cp1251"), "Не работает сайт"),
        ("Не работает сайт".encode("cp866"), "Не работает сайт"),
        ("Не работает сайт".encode("iso8859-5"), "Не работает сайт"),
    ],
)
def test_encoded_words(octets: bytes, expected: str) -> None:
    assert text(octets) == expected


def test_m8_the_charset_of_the_body_helps_a_short_header() -> None:
    assert text("Ёж".encode("koi8-r"), "koi8-r") == "Ёж"
    mail = parse(
        b"Subject: " + "Ёж".encode("cp866") + b"\nContent-Type: text/plain; charset=ibm866\n\nabc\n",
        envelope(),
    )
    assert mail.subject == "Ёж"


UNFIT = "\r\n\x00\x0b\x0c\x1b\x1f\x7f\x85\x9b\u2028\u2029\u202a\u202e\u2066\u2069\u200e\u200f\ud800\ufeff"


@pytest.mark.parametrize("character", UNFIT, ids=lambda character: f"U+{ord(character):04X}")
def test_a22_a23_one_clean_line(character: str) -> None:
    word = (
        b"=?utf-8?Q?a"
        + b"".join(b"=%02X" % octet for octet in character.encode("utf-8", "surrogatepass"))
        + b"b?="
    )
    mail = parse(b"Subject: " + word + b"\r\nFrom: " + word + b" <a@b.example>\r\n\r\n", envelope())
    assert mail.author is not None
    for shown in (mail.subject, mail.author.name, mail.author_text, mail.first("subject")):
        assert character not in shown
        assert shown.startswith("a")


def test_m14_a_decoded_subject_starts_no_header() -> None:
    mail = parse(b"Subject: =?utf-8?Q?hello=0D=0ABcc:_victim@x.example?=\r\n\r\n", envelope())
    assert mail.subject == "hello Bcc: victim@x.example"
    assert [header.name for header in mail.headers] == ["subject"]


def test_m6_identifiers_are_not_decoded() -> None:
    mail = parse(
        b"Message-ID: =?utf-8?q?<x=22=0D=0AX1_UID=3E?=\r\nReferences: <=?utf-8?q?a?=@b>\r\n\r\n", envelope()
    )
    assert "\n" not in mail.message_id
    assert mail.references == ("<=?utf-8?q?a?=@b>",)


def test_trace_fields_are_not_decoded() -> None:
    mail = parse(b"Authentication-Results: mx; dmarc=fail =?utf-8?q?dmarc=3Dpass?=\r\n\r\n", envelope())
    assert mail.first("authentication-results") == "mx; dmarc=fail =?utf-8?q?dmarc=3Dpass?="


@given(st.text(alphabet="абвгдеёжзиАБВ abc-_=?,!№#[]", max_size=120))
def test_what_python_encodes_is_read_back(subject: str) -> None:
    subject = " ".join(subject.split())
    encoded = email.header.Header(subject, "utf-8", header_name="Subject").encode(linesep="\r\n")
    mail = parse(b"Subject: " + encoded.encode() + b"\r\n\r\n", envelope())
    assert mail.subject == subject


@given(st.binary(max_size=300))
def test_any_value_becomes_one_clean_line(octets: bytes) -> None:
    shown = text(octets)
    assert not any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in shown)
    shown.encode("utf-8")


@given(st.text(max_size=200))
def test_texts_have_one_line_end(words: str) -> None:
    shown = lines(words)
    assert not set(shown) & set("\r\x00\x0b\x0c\x1b\x85\u2028\u2029\u202e")
    shown.encode("utf-8")
    assert one_line(one_line(words)) == one_line(words)
