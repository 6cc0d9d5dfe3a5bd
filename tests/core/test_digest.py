"""What makes two mails the same mail."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.core.digest import fingerprint

PLAIN = b"From: a@b.example\r\nMessage-ID: <1@b.example>\r\nSubject: x\r\n\r\nbody\r\n"


@pytest.mark.parametrize(
    "copy",
    [
        b"Received: by mx; today\r\n" + PLAIN,
        b"Received: by mx;\r\n\ttoday\r\n more\r\nReturn-Path: <a@b.example>\r\n" + PLAIN,
        b"Delivered-To: x\r\nAuthentication-Results: mx; spf=pass\r\n" + PLAIN,
        PLAIN.replace(b"\r\n", b"\n"),
        PLAIN + b"\r\n\r\n",
        b"X-Spam-Status: No,\r\n  score=1\r\n" + PLAIN,
        b"From a@b.example Mon Nov 23 12:00:00 2026\n" + PLAIN,
        b">From a@b.example Mon Nov 23 12:00:00 2026\r\nReceived: x\r\n" + PLAIN,
    ],
)
def test_trace_headers_and_line_ends_make_no_difference(copy: bytes) -> None:
    assert fingerprint(copy) == fingerprint(PLAIN)


@pytest.mark.parametrize(
    "other",
    [
        PLAIN.replace(b"body", b"bodY"),
        PLAIN.replace(b"Subject: x", b"Subject: y"),
        PLAIN.replace(b"<1@", b"<2@"),
        b"X-Received-By: me\r\n" + PLAIN,
        b"From: c@d.example\r\n" + PLAIN,
        PLAIN.replace(b"\r\n\r\n", b"\r\n\r\nReceived: x\r\n"),
        PLAIN.replace(b"Subject: x\r\n", b"Subject: x\r\n  folded\r\n"),
    ],
)
def test_a46_everything_else_makes_another_mail(other: bytes) -> None:
    assert fingerprint(other).digest != fingerprint(PLAIN).digest


@pytest.mark.parametrize(
    ("raw", "bare"),
    [
        (b"From: a\r\n\r\nhelp", True),
        (b"From: a\r\nDate: x\r\n\r\nhelp", False),
        (b"MESSAGE-ID : <x>\r\n\r\nhelp", False),
        (b"From: a\r\n\r\nDate: in the body", True),
        (b"\r\nDate: x", True),
        (b"", True),
    ],
)
def test_a_mail_without_message_id_and_date_is_bare(raw: bytes, *, bare: bool) -> None:
    assert fingerprint(raw).is_bare is bare


BYTES = st.one_of(st.binary(max_size=200), st.sampled_from([b"received", b"x-received", b"Date", b">From "]))


@given(BYTES, BYTES)
def test_any_bytes_have_a_fingerprint(one: bytes, two: bytes) -> None:
    assert len(fingerprint(one).digest) == 32
    # Line ends, fields and a mailbox's separator line may be trace, which makes no difference.
    is_plain = not {13, 10, 58} & set(one + two) and not any(b"From " in raw[:6] for raw in (one, two))
    if one != two and is_plain:
        assert fingerprint(one) != fingerprint(two)
