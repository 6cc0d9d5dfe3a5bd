"""Command lines: what is understood, and what is refused with which code."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.core.policy import Acceptance, acceptance
from mailgate.intake.smtp_command import Command, MailCommand, Refusal, read_command, read_mail, read_rcpt
from tests.intake.door import OUR_DESK


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("FROM:<>", MailCommand("")),
        ("from:<a@b.ru>", MailCommand("a@b.ru")),
        ("FROM: <a@b.ru>", MailCommand("a@b.ru")),
        ("FROM:a@b.ru SIZE=5", MailCommand("a@b.ru", 5)),
        ("FROM:<a@b.ru> SIZE=0 BODY=8BITMIME", MailCommand("a@b.ru")),
        ("FROM:<a@b.ru>  body=7bit  size=10", MailCommand("a@b.ru", 10)),
        ("FROM:<иван@пример.рф> SMTPUTF8", MailCommand("иван@пример.рф", utf8=True)),
        ('FROM:<"a > b"@b.ru>', MailCommand('"a > b"@b.ru')),
        ('FROM:<"a\\"b"@b.ru>', MailCommand('"a\\"b"@b.ru')),
        ("FROM:<@x.ru,@y.ru:a@b.ru>", MailCommand("a@b.ru")),
        ("FROM:<a@[192.0.2.1]>", MailCommand("a@[192.0.2.1]")),
        ("FROM:<a@[IPv6:2001:db8::1]>", MailCommand("a@[IPv6:2001:db8::1]")),
        ("FROM:<a..b.@b.ru>", MailCommand("a..b.@b.ru")),
        (f"FROM:<{'v' * 100}@b.ru>", MailCommand(f"{'v' * 100}@b.ru")),
    ],
)
def test_mail_is_understood(argument: str, expected: MailCommand) -> None:
    assert read_mail(argument) == expected


@pytest.mark.parametrize(
    ("argument", "code"),
    [
        ("", "501 5.5.4"),
        ("TO:<a@b.ru>", "501 5.5.4"),
        ("FROM:", "501 5.5.4"),
        ("FROM:<a@b.ru", "501 5.5.4"),
        ("FROM:<a@b.ru>SIZE=1", "501 5.5.4"),
        ("FROM:<a@b.ru> SIZE=x", "501 5.5.4"),
        ("FROM:<a@b.ru> SIZE=²", "501 5.5.4"),
        ("FROM:<a@b.ru> SIZE=" + "9" * 21, "501 5.5.4"),
        ("FROM:<a@b.ru> SIZE=1 SIZE=2", "501 5.5.4"),
        ("FROM:<a@b.ru> BODY=BINARYMIME", "501 5.5.4"),
        ("FROM:<a@b.ru> SMTPUTF8=yes", "501 5.5.4"),
        ("FROM:<a@b.ru> AUTH=<>", "553 5.1.7"),
        ("FROM:<a@b.ru> RET=FULL", "555 5.5.4"),
        ("FROM:<a>", "553 5.1.7"),
        ("FROM:<@b.ru>", "553 5.1.7"),
        ("FROM:<a@>", "553 5.1.7"),
        ("FROM:<a@b..ru>", "553 5.1.7"),
        ("FROM:<a b@b.ru>", "553 5.1.7"),
        ("FROM:<a@b.ru> <c@d.ru>", "553 5.1.7"),
        ("FROM:<a@x@b.ru>", "553 5.1.7"),
        (f"FROM:<{'v' * 300}@b.ru>", "553 5.1.7"),
        ("FROM:<иван@b.ru>", "553 5.6.7"),
    ],
)
def test_mail_is_refused(argument: str, code: str) -> None:
    answer = read_mail(argument)
    assert isinstance(answer, Refusal)
    assert answer.reply.startswith(code)


@pytest.mark.parametrize(
    ("argument", "utf8", "expected"),
    [
        ("TO:<support@hoster.example>", False, "support@hoster.example"),
        ("to: <Postmaster>", False, "Postmaster"),
        ("TO:<@a.ru:support@hoster.example>", False, "@a.ru:support@hoster.example"),
        ("TO:<иван@hoster.example>", True, "иван@hoster.example"),
        ("TO:<иван@hoster.example>", False, "553 5.6.7"),
        ("TO:<a@b.ru> NOTIFY=NEVER", False, "555 5.5.4"),
        ("FROM:<a@b.ru>", False, "501 5.5.4"),
        (f"TO:<{'a' * 250}@b.ru>", False, "553 5.1.3"),
    ],
)
def test_rcpt(argument: str, utf8: bool, expected: str) -> None:
    answer = read_rcpt(argument, utf8=utf8)
    assert answer == expected or (isinstance(answer, Refusal) and answer.reply.startswith(expected))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"noop\r\n", Command("NOOP", "")),
        (b"Ehlo  x \r\n", Command("EHLO", "x")),
        (b"\r\n", Command("", "")),
        (b"NOOP\n", "500 5.5.2"),
        (b"NOOP\r\r\n", "501 5.5.2"),
        (b"NOOP \x00\r\n", "501 5.5.2"),
        (b"RCPT TO:<\xcf\xf0@hoster.example>\r\n", "501 5.5.2"),
        (b"N" * 100, "500 5.5.2"),
        (b"GET / HTTP/1.1\r\n", "554 5.5.1"),
        (b"\x16\x03\x01\x02\x00\n", "554 5.5.1"),
        (b" NOOP\r\n", "554 5.5.1"),
    ],
)
def test_command_lines(line: bytes, expected: Command | str) -> None:
    answer = read_command(line)
    if isinstance(expected, Command):
        assert answer == expected
    else:
        assert isinstance(answer, Refusal)
        assert answer.reply.startswith(expected)


_LOCALS = st.text("ab.%!@:,\"\\<> +'", min_size=1, max_size=12) | st.just("support")
_HOSTS = st.sampled_from(
    ["foreign.example", "x.hoster.example", "[192.0.2.1]", "hoster.example.evil.example"]
)


@given(_LOCALS, _HOSTS, st.sampled_from(["", "@hoster.example:", "@hoster.example,@x.ru:", '"']))
def test_a03_no_spelling_with_a_foreign_domain_is_taken(local: str, host: str, before: str) -> None:
    recipient = read_rcpt(f"TO:<{before}{local}@{host}>", utf8=False)
    assert isinstance(recipient, Refusal) or acceptance(recipient, OUR_DESK) is not Acceptance.OURS


@given(st.binary(max_size=60))
def test_any_bytes_are_a_command_or_a_refusal(line: bytes) -> None:
    answer = read_command(line)
    if isinstance(answer, Command):
        assert answer.argument.isprintable()
        assert isinstance(read_mail("FROM:" + answer.argument), MailCommand | Refusal)
        assert isinstance(read_rcpt("TO:" + answer.argument, utf8=True), str | Refusal)
