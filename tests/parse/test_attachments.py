"""Names, sizes and digests of what came with the words."""

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.core.mail import Attachment
from mailgate.parse.attachments import attachment_bytes, clean_name
from mailgate.parse.message import parse
from tests.builders import envelope

TEXT = b"--b\nContent-Type: text/plain\n\nwords\n"

ATTACHED = b"Content-Disposition: attachment"
CONTINUED = (
    ATTACHED + b";\n filename*0*=utf-8''%D0%BE%D1;\n filename*1*=%82%D1%87%D1%91%D1%82;\n filename*2=.pdf"
)


def mail(*parts: bytes) -> bytes:
    return (
        b"From: a@b.example\nContent-Type: multipart/mixed; boundary=b\n\n"
        + TEXT
        + b"".join(b"--b\n%s\n" % part for part in parts)
        + b"--b--\n"
    )


def attached(*parts: bytes) -> tuple[Attachment, ...]:
    return parse(mail(*parts), envelope()).attachments


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        (ATTACHED + b'; filename="a.pdf"', "a.pdf"),
        (b'Content-Type: application/pdf; name="b.pdf"', "b.pdf"),
        (ATTACHED + b"; filename*=utf-8''%D0%BE%D1%82%D1%87%D1%91%D1%82.pdf", "отчёт.pdf"),
        (CONTINUED, "отчёт.pdf"),
        (ATTACHED + b"; filename*=koi8-r''%CF%D4%DE%C5%D4.pdf", "отчет.pdf"),
        (b'Content-Type: a/b; name="=?koi8-r?B?z9TexdQucGRm?="', "отчет.pdf"),
        (ATTACHED + b'; filename="=?utf-8?B?0L7RgtGH?=\n =?utf-8?B?0LXRgi5wZGY=?="', "отчет.pdf"),
        (ATTACHED + b'; filename="' + "отчет.pdf".encode("cp1251") + b'"', "отчет.pdf"),
        (ATTACHED + b'; filename="' + "отчет.pdf".encode() + b'"', "отчет.pdf"),
        (b"Content-Type: application/pdf", "attachment-1.pdf"),
        (b"Content-Type: message/rfc822", "attachment-1.eml"),
        (b"Content-Type: application/x-nobody-knows", "attachment-1.bin"),
    ],
)
def test_names(fields: bytes, name: str) -> None:
    assert [attachment.name for attachment in attached(fields + b"\n\nx")] == [name]


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("../../etc/passwd", "passwd"),
        ("/etc/passwd", "passwd"),
        ("C:\\Windows\\system.ini", "system.ini"),
        ("..\\..\\x.exe", "x.exe"),
        ("..", ""),
        ("...", ""),
        ("/", ""),
        ("a\x00b.txt", "ab.txt"),
        ("\x00", ""),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("invoice\u202egpj.exe", "invoicegpj.exe"),
        ("\u200b.htaccess", "htaccess"),
        (".\u200bhtaccess", "htaccess"),
        ("a\r\nb.txt", "a b.txt"),
        ("a:b*c?.txt", "a_b_c_.txt"),
        ("trailing. . ", "trailing"),
        ("отчёт.pdf", "отчёт.pdf"),
        ("é.txt", "é.txt"),
        ("x" * 4096 + ".pdf", "x" * 116 + ".pdf"),
        ("x" * 4096, "x" * 120),
        ("a." + "x" * 4096, "a." + "x" * 118),
    ],
)
def test_a29_names_are_harmless(name: str, clean: str) -> None:
    assert clean_name(name) == clean


@given(st.text(max_size=300))
def test_a29_any_name(name: str) -> None:
    clean = clean_name(name)
    assert len(clean) <= 120
    assert not set(clean) & set('/\\<>:"|?*\x00\r\n\u202e\u200b')
    assert not clean.startswith(".")
    assert clean_name(clean) == clean


@pytest.mark.parametrize(
    ("encoding", "content", "octets"),
    [
        (b"base64", base64.encodebytes(b"\x00\xffbinary" * 20), b"\x00\xffbinary" * 20),
        (b"Base64", b"AAEC\n", b"\x00\x01\x02"),
        (b"base64", b"AAECAw\n", b"\x00\x01\x02\x03"),
        (b"base64", b"AAEC*!AwQ=\n", b"\x00\x01\x02\x03\x04"),
        (b"quoted-printable", b"a=3Db=\n c", b"a=b c"),
        (b"8bit", b"\xff\x00", b"\xff\x00"),
        (b"x-uuencode", b"begin 644 a\n#86)C\n`\nend\n", b"abc"),
        (b"x-unknown", b"as it is", b"as it is"),
    ],
)
def test_size_and_digest_are_those_of_the_decoded_octets(
    encoding: bytes, content: bytes, octets: bytes
) -> None:
    part = (
        b"Content-Type: application/octet-stream\nContent-Transfer-Encoding: " + encoding + b"\n\n" + content
    )
    (attachment,) = attached(part)
    assert (attachment.size, attachment.digest) == (len(octets), hashlib.sha256(octets).hexdigest())
    assert attachment_bytes(mail(part), 0) == octets


def test_an_attached_mail_is_one_attachment() -> None:
    inner = b"From: c@d.example\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\nsecret\n--c--"
    raw = mail(b"Content-Type: message/rfc822\n\n" + inner, b"Content-Type: application/pdf\n\npdf")
    found = parse(raw, envelope())
    assert [(a.name, a.size) for a in found.attachments] == [
        ("attachment-1.eml", len(inner)),
        ("attachment-2.pdf", 3),
    ]
    assert "secret" not in found.text
    assert [attachment_bytes(raw, index) for index in (0, 1)] == [inner, b"pdf"]


def test_a_name_of_nul_is_not_lost() -> None:
    (attachment,) = attached(
        b'Content-Type: application/pdf\nContent-Disposition: attachment; filename="\x00"\n\npdf'
    )
    assert attachment.name == "attachment-1.pdf"


@pytest.mark.parametrize("index", [-1, 1, 100])
def test_an_attachment_that_is_not_there(index: int) -> None:
    with pytest.raises(IndexError):
        attachment_bytes(mail(b"Content-Type: application/pdf\n\npdf"), index)
