"""Whose a mail in a mailbox was: by what the last MTA noted, else by whom it is written to."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.core.policy import Desk
from mailgate.intake.claims import ENVELOPE_HEADERS, Claims, last_hop, read_claims
from tests.builders import DESK, address

FIRST = "support@hoster.example"
OURS = Desk("Hoster", (DESK, address("billing@hoster.example")), bounces=address("bounces@hoster.example"))

TAKEN = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
BY_US = "Received: from a by b; Mon, 23 Nov 2026 15:00:00 +0300"


def raw(*fields: str) -> bytes:
    return "\r\n".join((*fields, "", "To: billing@hoster.example", "")).encode()


@pytest.mark.parametrize(
    ("fields", "recipients"),
    [
        ((), (FIRST,)),
        (("To: billing@hoster.example",), ("billing@hoster.example",)),
        (("To: Счета <billing@hoster.example>, x@y.example", "Cc: support@hoster.example"),
         ("billing@hoster.example", FIRST)),
        (("To: x@y.example", "Cc: SUPPORT@Hoster.Example"), ("SUPPORT@hoster.example",)),
        (("To: undisclosed-recipients:;",), (FIRST,)),
        (("To: all: billing@hoster.example, x@y.example;",), ("billing@hoster.example",)),
        (("Delivered-To: billing@hoster.example", "To: support@hoster.example"), ("billing@hoster.example",)),
        (("Delivered-To: mailbox@inside.example", "To: billing@hoster.example"), ("billing@hoster.example",)),
        (("Delivered-To: support@hoster.example", "X-Original-To: support+t7@hoster.example"),
         ("support+t7@hoster.example",)),
        (("Delivered-To: support@hoster.example", "Delivered-To: billing@hoster.example"), (FIRST,)),
        (("X-Envelope-To: <bounces@hoster.example>",), ("bounces@hoster.example",)),
        (("Envelope-To: support@hoster.example, billing@hoster.example",), (FIRST, "billing@hoster.example")),
        (("To: billing@hoster.example <x@y.example>",), (FIRST,)),
        (("Bcc: billing@hoster.example",), (FIRST,)),
        (("no field", "To: billing@hoster.example"), (FIRST,)),
    ],
)  # fmt: skip
def test_the_recipient_is_an_address_of_the_desk(
    fields: tuple[str, ...], recipients: tuple[str, ...]
) -> None:
    assert read_claims(raw(*fields), OURS).recipients == recipients


def test_the_fields_are_those_that_are_configured() -> None:
    mail = raw("X-Ours: billing@hoster.example", "Delivered-To: support@hoster.example")

    assert read_claims(mail, OURS, ("X-OURS", "Delivered-To")).recipients == ("billing@hoster.example",)
    assert read_claims(mail, OURS, ("Delivered-To", "X-Ours")).recipients == (FIRST,)
    assert read_claims(mail, OURS, ()).recipients == (FIRST,)


@pytest.mark.parametrize(
    ("fields", "sender"),
    [
        ((), None),
        (("Return-Path: <ivan@client.example>",), "ivan@client.example"),
        (("return-path:\r\n  <ivan@Client.example> ",), "ivan@client.example"),
        (("Return-Path: ivan@client.example",), "ivan@client.example"),
        (("Return-Path: <>",), ""),
        (("Return-Path:",), ""),
        (("Return-Path: <@relay.example:ivan@client.example>",), ""),
        (("Return-Path: <a@b.example>", "Return-Path: <c@d.example>"), "a@b.example"),
    ],
)
def test_the_sender_is_the_topmost_return_path(fields: tuple[str, ...], sender: str | None) -> None:
    assert read_claims(raw(*fields), OURS).sender == sender


@pytest.mark.parametrize(
    ("fields", "taken"),
    [
        ((), None),
        ((BY_US, "Received: from c by d; Tue, 1 Jan 2019 00:00:00 +0000"), TAKEN),
        (("Received: from a by b; yesterday", BY_US), None),
        (("Date: Mon, 23 Nov 2026 15:00:00 +0300",), None),
    ],
)  # fmt: skip
def test_the_last_hop_is_the_topmost_received(fields: tuple[str, ...], taken: datetime | None) -> None:
    assert last_hop(raw(*fields)) == taken


@given(st.binary(max_size=300))
def test_any_octets_have_a_recipient_of_ours(octets: bytes) -> None:
    claims = read_claims(octets, OURS, ENVELOPE_HEADERS)

    assert isinstance(claims, Claims)
    assert claims.recipients
