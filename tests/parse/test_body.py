"""Whose words are read, from which part, and how they become plain lines."""

import pytest

from mailgate.core.mail import Defect, Mail
from mailgate.parse.flowed import unflow
from mailgate.parse.html import to_text
from mailgate.parse.limits import ParseLimits
from mailgate.parse.message import parse
from tests.builders import envelope

PLAIN = b"Content-Type: text/plain; charset=utf-8\n\nplain words\n"
EMPTY = b"Content-Type: text/plain\n\n \n"
HTML = b"Content-Type: text/html; charset=utf-8\n\n<p>html words</p>\n"
FILE = (
    b'Content-Type: text/plain; name="log.txt"\nContent-Disposition: attachment; filename="log.txt"\n\nlog\n'
)
NAMED = b'Content-Type: text/plain; name="log.txt"\nContent-Disposition: inline; filename="log.txt"\n\nlog\n'
PICTURE = b"Content-Type: image/png\nContent-Disposition: inline\nContent-ID: <1>\n\npng\n"
FORWARDED = b"Content-Type: message/rfc822\n\nFrom: b@x.example\nSubject: other\n\nsomebody else's words\n"
PDF = b'Content-Type: application/pdf; name="a.pdf"\n\npdf\n'


def multi(kind: bytes, *parts: bytes, parameters: bytes = b"") -> bytes:
    boundary = b"=_%d" % abs(hash((kind, parts)))
    head = b'Content-Type: multipart/%s; boundary="%s"%s\n\n' % (kind, boundary, parameters)
    return (
        head
        + b"".join(b"--" + boundary + b"\n" + part + b"\n" for part in parts)
        + b"--"
        + boundary
        + b"--\n"
    )


def read(raw: bytes, limits: ParseLimits | None = None) -> Mail:
    head = b"From: a@b.example\nMessage-ID: <a@b.example>\n"
    return parse(head + raw, envelope(), limits or ParseLimits())


@pytest.mark.parametrize(
    ("raw", "text", "attachments"),
    [
        (PLAIN, "plain words", []),
        (HTML, "html words", []),
        (multi(b"alternative", PLAIN, HTML), "plain words", []),
        (multi(b"alternative", HTML, PLAIN), "plain words", []),
        (multi(b"alternative", EMPTY, HTML), "html words", []),
        (multi(b"alternative", PLAIN, multi(b"related", HTML, PICTURE)), "plain words", ["image/png"]),
        (multi(b"related", multi(b"alternative", PLAIN, HTML), PICTURE), "plain words", ["image/png"]),
        (multi(b"mixed", multi(b"alternative", PLAIN, HTML), PDF), "plain words", ["application/pdf"]),
        (multi(b"mixed", PLAIN, FILE), "plain words", ["text/plain"]),
        (multi(b"mixed", FILE, PLAIN), "plain words", ["text/plain"]),
        (multi(b"mixed", NAMED, HTML), "html words", ["text/plain"]),
        (multi(b"mixed", EMPTY, HTML), "html words", ["text/plain"]),
        (multi(b"mixed", PLAIN, PICTURE, PLAIN), "plain words", ["image/png", "text/plain"]),
        (multi(b"mixed", PLAIN, FORWARDED), "plain words", ["message/rfc822"]),
        (multi(b"mixed", FORWARDED), "", ["message/rfc822"]),
        (FORWARDED, "", ["message/rfc822"]),
        (multi(b"digest", b"\nSubject: x\n\nnot the writer's\n"), "", ["message/rfc822"]),
        (multi(b"alternative", PLAIN, multi(b"mixed", HTML, PDF, HTML)), "plain words", ["application/pdf"]),
        (NAMED, "log", []),
        (FILE, "", ["text/plain"]),
        (PDF, "", ["application/pdf"]),
        (
            multi(b"signed", PLAIN, b"Content-Type: application/pgp-signature\n\nsig\n"),
            "plain words",
            ["application/pgp-signature"],
        ),
    ],
)
def test_the_writers_own_first_text(raw: bytes, text: str, attachments: list[str]) -> None:
    mail = read(raw)
    assert mail.text.strip() == text
    assert [attachment.type for attachment in mail.attachments] == attachments
    assert (Defect.NO_TEXT in mail.defects) == (not text)


ENVELOPED = b"MIAGCSqGSIb3DQEHA6CAMIACAQAxgDCCAUQCAQAwgawwgaUx\n"
SIGNED = b"MIAGCSqGSIb3DQEHAqCAMIACAQExDzANBglghkgBZQMEAgEF\n"
ARMOR = b"-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----\n"
TNEF = b"Content-Type: application/ms-tnef; name=winmail.dat\n\nx"
BASE64 = b"Content-Transfer-Encoding: base64\n\n"


@pytest.mark.parametrize(
    ("raw", "defects"),
    [
        (
            multi(b"encrypted", b"Content-Type: application/pgp-encrypted\n\nVersion: 1\n", PDF),
            {Defect.ENCRYPTED, Defect.NO_TEXT},
        ),
        (
            b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data\n" + BASE64 + ENVELOPED,
            {Defect.ENCRYPTED, Defect.NO_TEXT},
        ),
        (
            b"Content-Type: application/x-pkcs7-mime; name=smime.p7m\n" + BASE64 + ENVELOPED,
            {Defect.ENCRYPTED, Defect.NO_TEXT},
        ),
        (
            b"Content-Type: application/pkcs7-mime; smime-type=signed-data\n" + BASE64 + SIGNED,
            {Defect.SIGNED_OPAQUE, Defect.NO_TEXT},
        ),
        (
            b"Content-Type: application/x-pkcs7-mime; name=smime.p7m\n" + BASE64 + SIGNED,
            {Defect.SIGNED_OPAQUE, Defect.NO_TEXT},
        ),
        (TNEF, {Defect.WINMAIL, Defect.NO_TEXT}),
        (multi(b"mixed", PLAIN, TNEF), {Defect.WINMAIL}),
        (b"\n" + ARMOR, {Defect.ENCRYPTED, Defect.NO_TEXT}),
        (b"\nsee below\n" + ARMOR, {Defect.ENCRYPTED}),
        (b"Content-Type: text/html\n\n<img src='a'>", {Defect.NO_TEXT}),
        (b"\n", {Defect.NO_TEXT}),
    ],
)
def test_contents_that_cannot_be_read(raw: bytes, defects: set[Defect]) -> None:
    mail = read(raw)
    assert set(mail.defects) == defects
    assert "hQEMA" not in mail.text


def test_clear_signed_text_is_read() -> None:
    mail = read(
        b"\n-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nhello\n- -- \nIvan\n"
        b"-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n"
    )
    assert mail.text.strip() == "hello\n-- \nIvan"


def test_long_texts_are_cut() -> None:
    mail = read(b"\n" + b"word " * 1000, ParseLimits(text=100))
    assert len(mail.text) == 100
    assert mail.defects == (Defect.TEXT_CUT,)


def test_line_ends_and_controls() -> None:
    mail = read(b"\r\none\r\ntwo\rthree\x00\x1b[31m\x0cfour\t\xe2\x80\xa8five")
    assert mail.text == "one\ntwo\nthree[31m\nfour\t\nfive"
    mail.text.encode("utf-8")


@pytest.mark.parametrize(
    ("flowed", "delete_space", "expected"),
    [
        ("one \ntwo\nthree", False, "one two\nthree"),
        ("one \ntwo", True, "onetwo"),
        ("> one \n> two\nmine", False, "> one two\nmine"),
        ("> one \n>> two\n", False, "> one \n>> two\n"),
        (" From me\n > no quote", False, "From me\n> no quote"),
        ("words \n-- \nIvan", False, "words \n-- \nIvan"),
        ("last ", False, "last "),
        ("", False, ""),
    ],
)
def test_flowed(flowed: str, delete_space: bool, expected: str) -> None:
    assert unflow(flowed, delete_space=delete_space) == expected


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ("one<br>two<br><br>three", "one\ntwo\n\nthree"),
        ("<div>one</div><div>two</div>", "one\ntwo"),
        ("  a\n  b &amp;&nbsp;c ", "a b &\xa0c"),
        ("one<blockquote>two<blockquote>three</blockquote></blockquote>four", "one\n> two\n>> three\nfour"),
        ("<ul><li>one<li>two</ul>", "- one\n- two"),
        ("<table><tr><td>a<td>b</tr><tr><td>c</table>", "a b\nc"),
        ("<pre>a\n  b\n</pre>c", "a\n  b\nc"),
        ("<head><title>t</title><style>s</style></head><body>x<script>alert(1)</script></body>", "x"),
        ("a<span style='DISPLAY : none'>hidden</span>b<i hidden>c</i>", "ab"),
        ("<!-- c -->a<![if !mso]>b<![endif]>", "ab"),
        ("a &lt;b&gt;", "a <b>"),
        ("<a href='http://x.example'>link</a>", "link"),
        ("", ""),
        ("<blockquote>", ""),
        ("<b>unclosed", "unclosed"),
    ],
)
def test_html(markup: str, expected: str) -> None:
    assert to_text(markup).strip() == expected


@pytest.mark.parametrize("tag", ["div", "blockquote", "b", "i", "font", "table", "li"])
def test_deep_html_is_read_without_a_tree(tag: str) -> None:
    text = to_text(f"<{tag}>" * 30_000 + "words<br>more")
    assert text.split() == ["words", "more"]
