"""The strict grammar of mailboxes, and what a door may take."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.core.address import domain_name, parse_mailbox
from mailgate.core.policy import Acceptance, Desk, acceptance
from tests.builders import DESK

OURS = Desk("Hoster", (DESK,))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a@b.example", "a@b.example"),
        ("A.B+c@B.Example", "A.B+c@b.example"),
        ("иван@пример.рф", "иван@xn--e1afmkfd.xn--p1ai"),
        ("a@xn--e1afmkfd.xn--p1ai", "a@xn--e1afmkfd.xn--p1ai"),
        ("", None),
        ("a", None),
        ("a@", None),
        ("@b.example", None),
        ("a@b", None),
        ("a@localhost", None),
        ("a@[127.0.0.1]", None),
        ("a@127.0.0.1", None),
        ("a b@c.example", None),
        ('"a b"@c.example', None),
        ("a@b@c.example", None),
        ("<a@b.example>", None),
        ("a@b.example, c@d.example", None),
        ("a@b.example;c@d.example", None),
        ("a(c)@b.example", None),
        (".a@b.example", None),
        ("a..b@c.example", None),
        ("a@b..example", None),
        ("a@-b.example", None),
        ("a\x00@b.example", None),
        ("a@b.example\r\nRCPT TO:<x@y.example>", None),
        ("a@b.example\n", None),
        ("a" * 65 + "@b.example", None),
        ("a@" + "b" * 64 + ".example", None),
        ("\udcc8@b.example", None),
        ("a@\udcc8.example", None),
    ],
)
def test_m13_only_a_plain_mailbox_is_one(text: str, expected: str | None) -> None:
    found = parse_mailbox(text)

    assert expected == (found.mailbox if found else None)


@given(st.text(max_size=80))
def test_a10_whatever_is_accepted_cannot_leave_its_line(text: str) -> None:
    found = parse_mailbox(text)

    assert found is None or found.mailbox.isprintable()
    assert found is None or not set(found.mailbox) & set(' <>,;:"()[]\\\r\n')


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("support@hoster.example", Acceptance.OURS),
        ("SUPPORT@HOSTER.EXAMPLE", Acceptance.OURS),
        ("support+t1-abc@hoster.example", Acceptance.OURS),
        ("postmaster", Acceptance.OURS),
        ("postmaster@hoster.example", Acceptance.OURS),
        ("abuse@hoster.example", Acceptance.OURS),
        ("nobody@hoster.example", Acceptance.UNKNOWN),
        ("support@other.example", Acceptance.FOREIGN),
        ("postmaster@other.example", Acceptance.FOREIGN),
        ("victim%other.example@hoster.example", Acceptance.FOREIGN),
        ("other.example!victim@hoster.example", Acceptance.FOREIGN),
        ("@hoster.example:victim@other.example", Acceptance.MALFORMED),
        ('"victim@other.example"@hoster.example', Acceptance.MALFORMED),
        ("support@hoster.example@other.example", Acceptance.MALFORMED),
        ("support@[127.0.0.1]", Acceptance.MALFORMED),
        ("", Acceptance.MALFORMED),
    ],
)
def test_a03_no_spelling_relays(text: str, expected: Acceptance) -> None:
    assert acceptance(text, OURS) is expected


@given(st.text(max_size=40))
def test_a_domain_name_is_plain_ascii(text: str) -> None:
    found = domain_name(text)

    assert found == "" or (found.isascii() and found == found.lower() and "." in found)
