"""What a ticket asks for, as its mails come in."""

from dataclasses import replace

import pytest

from mailgate.core.request import (
    NO_REQUEST,
    Object,
    ObjectKind,
    Request,
    asked_by,
    asked_later,
    entry_digest,
)
from mailgate.store import rows

A, B = Object(ObjectKind.DOMAIN, "a.ru"), Object(ObjectKind.DOMAIN, "b.ru")
NS = Object(ObjectKind.NAMESERVER, "ns1.b.ru")
FIRST, LATER = "the first words", "later words"


def request(name: str = "transfer", *objects: Object, entry: str = FIRST, by_staff: bool = False) -> Request:
    return Request(name, objects, "words", by_staff, entry_digest(entry))


ROWS = {
    "no class of its own": (request("transfer", A), Request(), request("transfer", A)),
    "the first to ask": (NO_REQUEST, Request("transfer", (A,), "words"), request("transfer", A, entry=LATER)),
    "the same again": (request("transfer", A), Request("transfer", (A,), "please"), request("transfer", A)),
    "the same without its object": (
        request("transfer", A),
        Request("transfer", (), "please"),
        request("transfer", A),
    ),
    "the object that was missing": (
        request(),
        Request("transfer", (A,), "words"),
        request("transfer", A, entry=LATER),
    ),
    "an object of another kind": (
        request("delegation", A),
        Request("delegation", (NS,), "words"),
        request("delegation", A, NS, entry=LATER),
    ),
    "another object": (
        request("delegation", A, NS),
        Request("delegation", (B,), "words"),
        request("delegation", NS, B, entry=LATER),
    ),
    "in another order": (
        request("transfer", A, B),
        Request("transfer", (B, A), "words"),
        request("transfer", A, B),
    ),
    "another class": (
        request("delegation", A, NS),
        Request("transfer", (B,), "words"),
        request("transfer", B, entry=LATER),
    ),
    "another class without object": (
        request("delegation", A),
        Request("transfer", (), "words"),
        request("transfer", entry=LATER),
    ),
    "set by staff": (
        request("delegation", A, by_staff=True),
        Request("transfer", (B,), "words"),
        request("delegation", A, by_staff=True),
    ),
    "lifted by staff": (
        Request(by_staff=True),
        Request("transfer", (B,), "words"),
        Request(by_staff=True),
    ),
}


@pytest.mark.parametrize("name", ROWS)
def test_what_a_later_mail_changes(name: str) -> None:
    before, later, after = ROWS[name]

    assert asked_later(before, later, LATER) == after


def test_who_asks_for_nothing_has_no_entry_that_asked() -> None:
    assert asked_by(Request(), FIRST) == NO_REQUEST
    assert asked_by(Request("transfer", (A,), "words"), FIRST) == request("transfer", A)


@pytest.mark.parametrize("kept", [NO_REQUEST, request("transfer", A, NS), Request(by_staff=True)])
def test_a_request_is_kept_as_it_is(kept: Request) -> None:
    assert rows.request_of(rows.request_text(kept)) == kept
    assert (rows.request_text(kept) == "") == (kept == NO_REQUEST)


OTHER = "other@client.example"


@pytest.mark.parametrize(
    ("before", "later", "objects"),
    [
        ("", "", (A, NS)),
        (OTHER, OTHER, (A, NS)),
        ("", OTHER, (NS,)),
        ("", "panel 1001", (NS,)),
        (OTHER, "panel 1001", (NS,)),
        ("panel 1001", "panel 1001", (A, NS)),
        (OTHER, "", (NS,)),
    ],
)
def test_a63_objects_are_kept_where_the_same_is_proven_to_have_named_them(
    before: str, later: str, objects: tuple[Object, ...]
) -> None:
    known = replace(request("delegation", A), proven=before)
    asked = asked_later(known, Request("delegation", (NS,), "words"), LATER, later)

    assert (asked.objects, asked.proven, asked.entry) == (objects, later, entry_digest(LATER))


@pytest.mark.parametrize(
    ("before", "later", "is_new"),
    [("", "", False), (OTHER, OTHER, False), ("", OTHER, True), (OTHER, "", False)],
)
def test_who_is_proven_to_ask_the_same_makes_it_his(before: str, later: str, *, is_new: bool) -> None:
    known = replace(request("transfer", A), proven=before)
    asked = asked_later(known, Request("transfer", (A,), "words"), LATER, later)

    assert (asked.proven, asked != known) == (later if is_new else before, is_new)
