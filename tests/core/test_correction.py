"""What staff makes of a request by hand, and what the audit trail says of it."""

import pytest

from mailgate.config.request import requests_of
from mailgate.core.audit import Event, digest
from mailgate.core.correction import corrected, steps
from mailgate.core.request import NO_REQUEST, Object, ObjectKind, Request, RequestClass, entry_digest
from mailgate.core.ticket import Entry, EntryKind
from tests.builders import NOW, ticket

CLASSES = {each.name: each for each in requests_of(())}
TRANSFER, DELETION = CLASSES["domain-transfer"], CLASSES["deletion"]
DOMAIN, OTHER = Object(ObjectKind.DOMAIN, "a.ru"), Object(ObjectKind.DOMAIN, "b.ru")
MAILBOX = Object(ObjectKind.MAILBOX, "x@a.ru")
PERSON = Object(ObjectKind.PERSON, "Ivan")
ENTRIES = (
    Entry("i@a.ru", EntryKind.REQUEST, NOW, "first"),
    Entry("i@a.ru", EntryKind.REPLY, NOW, "second"),
    Entry("eve@b.ru", EntryKind.OUTSIDER, NOW, "third"),
    Entry("", EntryKind.NOTE, NOW, "fourth"),
)
FIRST, SECOND = entry_digest("first"), entry_digest("second")
HEARD = Request("deletion", (DOMAIN, MAILBOX), "delete", entry=FIRST)


@pytest.mark.parametrize(
    ("before", "known", "objects", "after"),
    [
        (NO_REQUEST, TRANSFER, (), Request("domain-transfer", (), "", by_staff=True, entry=SECOND)),
        (
            NO_REQUEST,
            TRANSFER,
            (DOMAIN,),
            Request("domain-transfer", (DOMAIN,), "", by_staff=True, entry=SECOND),
        ),
        (HEARD, DELETION, (), Request("deletion", (DOMAIN, MAILBOX), "delete", by_staff=True, entry=FIRST)),
        (HEARD, DELETION, (OTHER,), Request("deletion", (OTHER,), "delete", by_staff=True, entry=FIRST)),
        (HEARD, TRANSFER, (), Request("domain-transfer", (DOMAIN,), "", by_staff=True, entry=SECOND)),
        (HEARD, None, (), Request(by_staff=True)),
    ],
)
def test_what_staff_makes_of_it(
    before: Request, known: RequestClass | None, objects: tuple[Object, ...], after: Request
) -> None:
    assert corrected(before, known, objects, ENTRIES) == after


@pytest.mark.parametrize(
    ("before", "after", "events"),
    [
        (NO_REQUEST, Request("deletion", (DOMAIN,), by_staff=True), [Event.CLASS_SET, Event.OBJECT_SET]),
        (HEARD, Request("deletion", (DOMAIN, MAILBOX), by_staff=True), [Event.CLASS_SET]),
        (
            Request("deletion", (DOMAIN,), by_staff=True),
            Request("deletion", (OTHER,), by_staff=True),
            [Event.OBJECT_LIFTED, Event.OBJECT_SET],
        ),
        (HEARD, Request(by_staff=True), [Event.CLASS_LIFTED, Event.OBJECT_LIFTED, Event.OBJECT_LIFTED]),
        (NO_REQUEST, Request(by_staff=True), [Event.CLASS_LIFTED]),
    ],
)
def test_what_the_trail_says(before: Request, after: Request, events: list[Event]) -> None:
    assert [step.event for step in steps(ticket(request=before), after, NOW)] == events


def test_no_object_stands_in_the_trail_in_clear() -> None:
    (_, *told) = steps(ticket(), Request("deletion", (DOMAIN, MAILBOX, PERSON), by_staff=True), NOW)

    assert [dict(step.details)["object"] for step in told] == [
        digest(each.value) for each in (DOMAIN, MAILBOX, PERSON)
    ]
    assert all("Ivan" not in value for step in told for _, value in step.details)
