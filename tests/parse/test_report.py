"""What machines report about our letters."""

import pytest

from mailgate.core.mail import Report, ReportKind
from mailgate.parse.message import parse
from tests.builders import envelope

WORDS = b"\nYour message could not be delivered.\n"
DELIVERY = (
    b"Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\nArrival-Date: x\n\n"
    b"Final-Recipient: rfc822; ivan@client.example\nAction: failed\nStatus: 5.1.1 (no such user)\n\n"
    b"Final-Recipient: rfc822; other@client.example\nAction: delayed\nStatus: 4.2.2\n"
)
RETURNED = b"Content-Type: text/rfc822-headers\n\nSubject: x\nMessage-ID: <ours@hoster.example>\n"
WHOLE = b"Content-Type: message/rfc822\n\nSubject: x\nMessage-ID: <whole@hoster.example>\n\nquoted words\n"
RECEIPT = (
    b"Content-Type: message/disposition-notification\n\nFinal-Recipient: RFC822; ivan@client.example\n"
    b"Original-Message-ID: <asked@hoster.example>\nDisposition: manual-action/MDN-sent-manually; displayed\n"
)
ABUSE = (
    b"Content-Type: message/feedback-report\n\nFeedback-Type: abuse\nOriginal-Rcpt-To: ivan@client.example\n"
)


def read(kind: bytes, *parts: bytes) -> Report | None:
    raw = b'From: x@y.example\nContent-Type: multipart/report; report-type="%s"; boundary=b\n\n' % kind
    raw += b"".join(b"--b\n" + part + b"\n" for part in (WORDS, *parts)) + b"--b--\n"
    return parse(raw, envelope()).report


@pytest.mark.parametrize(
    ("kind", "parts", "expected"),
    [
        (
            b"delivery-status",
            (DELIVERY, RETURNED),
            Report(ReportKind.DELIVERY, "failed", "5.1.1", "ivan@client.example", ("<ours@hoster.example>",)),
        ),
        (
            b"delivery-status",
            (DELIVERY, WHOLE),
            Report(
                ReportKind.DELIVERY, "failed", "5.1.1", "ivan@client.example", ("<whole@hoster.example>",)
            ),
        ),
        (b"", (DELIVERY,), Report(ReportKind.DELIVERY, "failed", "5.1.1", "ivan@client.example")),
        (b"delivery-status", (), Report(ReportKind.DELIVERY)),
        (
            b"Disposition-Notification",
            (RECEIPT, RETURNED),
            Report(
                ReportKind.DISPOSITION,
                "",
                "",
                "ivan@client.example",
                ("<asked@hoster.example>", "<ours@hoster.example>"),
            ),
        ),
        (
            b"feedback-report",
            (ABUSE, WHOLE),
            Report(ReportKind.FEEDBACK, "", "", "ivan@client.example", ("<whole@hoster.example>",)),
        ),
        (b"something", (), Report(ReportKind.OTHER)),
        (
            b"delivery-status",
            (b"Content-Type: message/delivery-status\n\nno fields here\n",),
            Report(ReportKind.DELIVERY),
        ),
        (
            b"delivery-status",
            (b"Content-Type: message/delivery-status\n\n\n\n\n",),
            Report(ReportKind.DELIVERY),
        ),
    ],
)
def test_reports(kind: bytes, parts: tuple[bytes, ...], expected: Report) -> None:
    assert read(kind, *parts) == expected


def test_base64_status_parts() -> None:
    part = (
        b"Content-Type: message/delivery-status\nContent-Transfer-Encoding: base64\n\n"
        b"QWN0aW9uOiBmYWlsZWQKU3RhdHVzOiA1LjIuMgo=\n"
    )
    report = read(b"delivery-status", part)
    assert report is not None
    assert (report.action, report.status) == ("failed", "5.2.2")


def test_words_of_a_bounce_are_no_report() -> None:
    raw = b"From: MAILER-DAEMON@x.example\nSubject: failure notice\n\n<ivan@client.example>: no mailbox\n"
    assert parse(raw, envelope()).report is None
