"""Mails made to be slow: each under a third of a second, and a header-only reading in no time.

The bounds are ten times what the slowest takes here, so that a busy machine does not matter; what is
quadratic takes minutes.
"""

import base64

import pytest

from mailgate.core.mail import Defect
from mailgate.parse.message import beyond, parse
from tests.builders import envelope
from tests.cost import takes_less

HEAD = b"From: a@b.example\r\nTo: s@h.example\r\nMessage-ID: <x@y>\r\n"
MIXED = HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
HTML = HEAD + b"Content-Type: text/html\r\n\r\n"


def nested(levels: int) -> bytes:
    parts = (b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(levels))
    return HEAD + b"".join(parts) + b"\r\nx"


HOSTILE = {
    "a11-nesting-1000": (nested(1000), Defect.TOO_DEEP),
    "a11-nesting-of-large": (nested(49) + b"-" * 8_000_000, Defect.TOO_DEEP),
    "a11-nested-mails": (MIXED + b"--b\r\nContent-Type: message/rfc822\r\n\r\n" * 500, None),
    "a12-parts-64k": (MIXED + b"--b\r\n\r\nx\r\n" * 64_000, Defect.TOO_MANY_PARTS),
    "a12-almost-parts": (MIXED + b"--bb\r\n" * 1_000_000, Defect.TOO_MANY_PARTS),
    "a13-encoded-words-16k": (
        b"Subject: " + b" =?utf-8?q?=D0=9F?=\r\n" * 16_000 + HEAD + b"\r\nx",
        Defect.HEADERS_TOO_LARGE,
    ),
    "a13-encoded-words-fitting": (
        (b"Subject: " + b" =?utf-8?q?=D0=9F?=" * 3_000 + b"\r\n") * 4 + HEAD + b"\r\nx",
        None,
    ),
    "a13-encoded-words-open": (b"Subject: " + b"=?utf-8?q?" * 6_000 + b"\r\n" + HEAD + b"\r\nx", None),
    "a14-comments": (
        b"From: " + b"(" * 60_000 + b"\r\nCc: " + b"(a)" * 20_000 + b"\r\n\r\nx",
        Defect.FROM_UNUSABLE,
    ),
    "a14-angles": (
        b"From: " + b"a@b.example <" * 5_000 + b"\r\nTo: " + b"<" * 60_000 + b"\r\n\r\nx",
        Defect.FROM_UNUSABLE,
    ),
    "a14-quotes": (
        b"From: " + b'"a\\' * 20_000 + b"\r\nTo: " + b'"' * 60_000 + b"\r\n\r\nx",
        Defect.FROM_UNUSABLE,
    ),
    "a15-parameters-rfc2231": (
        HEAD + b"Content-Type: text/plain" + b"".join(b"; n*%d=x" % n for n in range(6_000)) + b"\r\n\r\nx",
        None,
    ),
    "a15-semicolons": (HEAD + b"Content-Type: text/plain" + b";" * 64_000 + b"\r\n\r\nx", None),
    "a15-open-quote": (HEAD + b'Content-Type: text/plain; a="' + b";" * 64_000 + b"\r\n\r\nx", None),
    "a16-newlines": (HEAD + b"\r\n" + b"\n" * 1_000_000, Defect.NO_TEXT),
    "a16-html-depth": (HTML + b"<div>" * 200_000, None),
    "a16-html-crossed": (HTML + b"<i><b></i>" * 100_000, None),
    "a16-html-table": (HTML + b"<b><table></b></table>" * 50_000, None),
    "a16-html-brackets": (HTML + b"<" * 500_000, None),
    "a16-flowed": (HEAD + b"Content-Type: text/plain; format=flowed\r\n\r\n" + b"> a \n" * 100_000, None),
    "a18-punycode": (
        HEAD + b"Content-Type: text/plain; charset=punycode\r\n\r\n" + b"\xff-a" * 300_000,
        Defect.CHARSET_GUESSED,
    ),
    "a21-names-16k": (
        b"".join(b"X-%d: a\r\n" % n for n in range(16_000)) + HEAD + b"\r\nx",
        Defect.TOO_MANY_HEADERS,
    ),
    "m11-received-64k": (
        b"Received: from a by b; Tue, 24 Nov 2026 10:00:00 +0300\r\n" * 64_000 + HEAD + b"\r\nx",
        Defect.TOO_MANY_RECEIVED,
    ),
    "m11-references": (
        b"References: "
        + b"<" * 60_000
        + b"\r\nIn-Reply-To: "
        + b"<a@b> " * 9_000
        + b"\r\n"
        + HEAD
        + b"\r\nx",
        None,
    ),
    "spaces": (b"Subject: " + b" " * 60_000 + b"x\r\nTo: " + b"\r" * 60_000 + b"a\r\n\r\nx", Defect.NO_FROM),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_mails_are_read_in_time(name: str) -> None:
    raw, defect = HOSTILE[name]

    assert defect is None or defect in parse(raw, envelope()).defects
    assert beyond(raw, envelope(), Defect.PARSER_TIMEOUT).text == ""
    assert takes_less(0.3, lambda: parse(raw, envelope()))
    assert takes_less(0.05, lambda: beyond(raw, envelope(), Defect.PARSER_TIMEOUT))


def test_a17_a_large_attachment() -> None:
    content = base64.encodebytes(bytes(range(256)) * 100_000)
    fields = b"Content-Transfer-Encoding: base64\r\nContent-Type: application/zip\r\n\r\n"
    raw = MIXED + b"--b\r\n\r\nhello\r\n--b\r\n" + fields
    mail = parse(raw + content + b"--b--\r\n", envelope())
    assert takes_less(1, lambda: parse(raw + content + b"--b--\r\n", envelope()))
    assert [attachment.size for attachment in mail.attachments] == [25_600_000]
    assert mail.text == "hello"
