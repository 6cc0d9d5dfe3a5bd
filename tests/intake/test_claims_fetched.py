"""To whom a fetched mail was delivered and from whom, by its header alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.core.policy import Acceptance, acceptance
from mailgate.intake.claims import Claims, read_claims
from tests.builders import policy
from tests.cost import takes_less

DESK = policy().desk
NAMES = ("Delivered-To", "X-Original-To", "X-Envelope-To")
SUPPORT, BILLING = "support@hoster.example", "billing@hoster.example"


def told(header: str, names: tuple[str, ...] = NAMES) -> Claims:
    return read_claims(header.replace("\n", "\r\n").encode() + b"\r\ntext\r\n", DESK, names)


@pytest.mark.parametrize(
    ("header", "recipients"),
    [
        ("Delivered-To: billing@hoster.example\nTo: support@hoster.example\n", (BILLING,)),
        ("X-Original-To: billing@hoster.example\nTo: support@hoster.example\n", (BILLING,)),
        ("X-Envelope-To: <billing@hoster.example>\n", (BILLING,)),
        ("X-Original-To: support@hoster.example\nDelivered-To: billing@hoster.example\n", (BILLING,)),
        # Of a field that does not name the desk the next one is asked.
        ("Delivered-To: box17@imap.example\nX-Original-To: billing@hoster.example\n", (BILLING,)),
        ("Delivered-To: box17@imap.example\nTo: billing@hoster.example\n", (BILLING,)),
        ("Delivered-To: box17\nCc: Ivan <i@x.example>, Desk <billing@hoster.example>\n", (BILLING,)),
        ("To: support@hoster.example\nCc: billing@hoster.example\n", (SUPPORT, BILLING)),
        ("Cc: billing@hoster.example\nTo: support@hoster.example\n", (SUPPORT, BILLING)),
        ("To: desk: support@hoster.example, billing@hoster.example;\n", (SUPPORT, BILLING)),
        ("To: Support@Hoster.Example, support@hoster.example\n", ("Support@hoster.example",)),
        ("To: SUPPORT@HOSTER.EXAMPLE\n", ("SUPPORT@hoster.example",)),
        ("To: a@x.example,\n  =?utf-8?b?0JTQtdGB0Lo=?=\n  <billing@hoster.example>\n", (BILLING,)),
        ("To: support+t10042-abcd@hoster.example\n", ("support+t10042-abcd@hoster.example",)),
        (
            "Delivered-To: billing+b7-abcd@hoster.example\nTo: support@hoster.example\n",
            ("billing+b7-abcd@hoster.example",),
        ),
        # Nothing tells: it was for the desk's first address.
        ("", (SUPPORT,)),
        ("To: undisclosed-recipients:;\n", (SUPPORT,)),
        ("To: somebody@else.example\nCc: other@else.example\n", (SUPPORT,)),
        ("Bcc: billing@hoster.example\n", (SUPPORT,)),
        ("Received: for <billing@hoster.example>\n", (SUPPORT,)),
        # Nothing of another domain, nothing to be relayed, no spoiled address.
        ("Delivered-To: support@hoster.example.evil.example\n", (SUPPORT,)),
        ("To: billing%x.example@hoster.example\n", (SUPPORT,)),
        ("To: billing@hoster.example <evil@x.example>\n", (SUPPORT,)),
        ('To: "billing@hoster.example" <evil@x.example>\n', (SUPPORT,)),
        ("To: <billing@hoster.example\x00>\n", (SUPPORT,)),
    ],
)
def test_recipients(header: str, recipients: tuple[str, ...]) -> None:
    assert told(header).recipients == recipients


def test_only_the_configured_fields_are_believed_in_their_order() -> None:
    header = "Delivered-To: support@hoster.example\nX-Mine: billing@hoster.example\n"

    assert told(header, ("X-Mine", "Delivered-To")).recipients == (BILLING,)
    assert told(header, ("x-mINE",)).recipients == (BILLING,)
    assert told(header, ()).recipients == (SUPPORT,)


@pytest.mark.parametrize(
    ("header", "sender"),
    [
        ("Return-Path: <ivan@client.example>\n", "ivan@client.example"),
        ("Return-Path: ivan@client.example\n", "ivan@client.example"),
        ("Return-Path:\n <ivan@client.example>\n", "ivan@client.example"),
        ("Return-Path: <ivan@client.example>\nReturn-Path: <olga@client.example>\n", "ivan@client.example"),
        ("Return-Path: <иван@пример.рф>\n", "иван@xn--e1afmkfd.xn--p1ai"),
        ("Return-Path: <>\n", ""),
        ("Return-Path:\n", ""),
        ("From: ivan@client.example\n", ""),
        ("Return-Path: <MAILER-DAEMON>\n", ""),
        ("Return-Path: <@a.example:ivan@client.example>\n", ""),
        ("Return-Path: <ivan@client.example> (by hand)\n", ""),
        ("Return-Path: <a@x.example>, <b@x.example>\n", ""),
        ("Return-Path: <a@x.example\x00>\n", ""),
    ],
)
def test_the_reverse_path_is_that_of_the_final_delivery(header: str, sender: str) -> None:
    assert (told(header).sender or "") == sender


def test_a_field_in_the_text_is_not_read() -> None:
    assert told("\nDelivered-To: billing@hoster.example\nReturn-Path: <x@y.example>\n") == Claims(
        (SUPPORT,), None
    )


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\r\n",
        b"\xff\xfe\x00",
        b"Delivered-To",
        b"Delivered-To: " + b"<" * 1_000_000,
        b"To: " + b"(" * 1_000_000,
        b"To: " + b'"' * 1_000_001,
        b"To: " + b"a@x.example, " * 100_000,
        b"To: x@y.example\r\n" * 100_000,
        b"To:" + b"\r\n " * 300_000,
        b"Return-Path: " + b"a" * 1_000_000,
        b"Return-Path: " + b"<" * 1_000_000,
    ],
    ids=range(12),
)
def test_a_hostile_header_costs_no_time_and_names_nobody(raw: bytes) -> None:
    found = read_claims(raw, DESK, NAMES)

    assert (found.recipients, found.sender or "") == ((SUPPORT,), "")
    assert takes_less(1.0, lambda: read_claims(raw, DESK, NAMES))


@given(st.binary(max_size=300) | st.text(max_size=100).map(lambda text: f"To: {text}\r\n\r\n".encode()))
def test_whatever_comes_the_recipients_are_addresses_that_a_door_may_take(raw: bytes) -> None:
    found = read_claims(raw, DESK, NAMES)

    assert found.recipients
    assert {acceptance(recipient, DESK) for recipient in found.recipients} == {Acceptance.OURS}
