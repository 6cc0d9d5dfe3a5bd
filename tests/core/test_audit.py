"""Records of the audit trail: what may stand in one, and that no two sign the same."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.core.audit import (
    GENESIS,
    WITHOUT_TICKET,
    Actor,
    Details,
    Event,
    Head,
    Record,
    Role,
    Step,
    actor_of,
    actor_text,
    details_of,
    details_text,
    encoded,
    key_id,
    link,
    named,
    read_head,
)
from tests.builders import NOW

KEY = b"k" * 32
_NAMES = st.from_regex(r"[a-z][a-z_]{0,31}", fullmatch=True)
_VALUES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}", fullmatch=True)
_NUMBERS = st.integers(1, 2**63 - 1)
DETAILS = st.lists(st.tuples(_NAMES, _VALUES), max_size=4, unique_by=lambda pair: pair[0]).map(tuple)
ACTORS = st.builds(Actor, st.sampled_from(Role)) | st.builds(
    Actor, st.just(Role.STAFF), st.from_regex(r"[a-z0-9][a-z0-9_-]{0,31}", fullmatch=True)
)


@st.composite
def steps(draw: st.DrawFn) -> Step:
    """Any step."""
    event = draw(st.sampled_from(Event))
    return Step(
        draw(st.datetimes(timezones=st.just(UTC))),
        event,
        draw(ACTORS),
        None if event in WITHOUT_TICKET else draw(_NUMBERS),
        draw(st.none() | _NUMBERS),
        draw(DETAILS),
    )


RECORDS = st.builds(Record, _NUMBERS, steps())


def step(**changes: object) -> Step:
    """A plain step; `changes` are fields of Step."""
    values: dict[str, object] = {"at": NOW, "event": Event.CLASS_SET, "actor": Actor(Role.STAFF), "ticket": 7}
    return Step(**{**values, **changes})  # type: ignore[arg-type] # a test names fields by keyword


def fields_of(signed: bytes) -> list[bytes]:
    """The fields behind what is signed, read by their lengths."""
    fields = []
    while signed:
        length = int.from_bytes(signed[:4], "big")
        fields.append(signed[4 : 4 + length])
        signed = signed[4 + length :]
    return fields


@given(st.binary(max_size=40), RECORDS)
def test_what_is_signed_can_be_read_back_whole(previous: bytes, record: Record) -> None:
    label, before, number, at, ticket, challenge, event, role, staff, *more = fields_of(
        encoded(previous, record)
    )
    texts = [field.decode() for field in more]
    read = Step(
        datetime.fromisoformat(at.decode()),
        Event(event.decode()),
        Actor(Role(role.decode()), staff.decode()),
        int(ticket) if ticket else None,
        int(challenge) if challenge else None,
        tuple(zip(texts[::2], texts[1::2], strict=True)),
    )

    assert label == b"mailgate audit 1"
    assert (before, Record(int(number), read)) == (previous, record)


@given(st.binary(max_size=8), RECORDS, st.binary(max_size=8), RECORDS)
def test_two_records_sign_the_same_only_if_they_are_the_same(
    before: bytes, one: Record, other_before: bytes, other: Record
) -> None:
    is_same = (before, one) == (other_before, other)

    assert (encoded(before, one) == encoded(other_before, other)) == is_same
    assert (link(KEY, before, one) == link(KEY, other_before, other)) == is_same


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((("a", "bc"),), (("ab", "c"),)),
        ((("a", "b"), ("c", "d")), (("a", "b"),)),
        ((("a", "b"), ("c", "d")), (("c", "d"), ("a", "b"))),
        ((), (("a", "b"),)),
    ],
)
def test_what_looks_alike_when_run_together_signs_differently(one: Details, other: Details) -> None:
    signed = {encoded(GENESIS, Record(1, step(details=each))) for each in (one, other)}

    assert len(signed) == 2


def test_a_time_signs_the_same_in_every_zone() -> None:
    there = NOW.astimezone(timezone(timedelta(hours=3)))

    assert link(KEY, GENESIS, Record(1, step(at=there))) == link(KEY, GENESIS, Record(1, step()))


def test_another_key_makes_another_link_and_has_another_name() -> None:
    record = Record(1, step())

    assert link(KEY, GENESIS, record) != link(b"o" * 32, GENESIS, record)
    assert key_id(KEY) != key_id(b"o" * 32)
    assert len(bytes.fromhex(key_id(KEY))) == 4


@pytest.mark.parametrize(
    "details",
    [
        (("address", "ivan@client.example"),),
        (("domain", "client.example"),),
        (("peer", "192.0.2.1"),),
        (("peer", "2001:db8::1"),),
        (("name", "Ivan Petrov"),),
        (("name", "Иван"),),
        (("name", "ı"),),
        (("word", ""),),
        (("word", "-x"),),
        (("word", "x\n"),),
        (("word", "a=b"),),
        (("word", "x" * 101),),
        (("Word", "x"),),
        (("a word", "x"),),
        (("", "x"),),
        (("word", "x"), ("word", "y")),
        tuple((chr(ord("a") + each), "x") for each in range(17)),
    ],
)
def test_nothing_that_somebody_wrote_gets_into_the_details(details: Details) -> None:
    with pytest.raises(ValueError, match="detail"):
        step(details=details)


@pytest.mark.parametrize(
    "changes",
    [
        {"at": NOW.replace(tzinfo=None)},
        {"ticket": None},
        {"ticket": 0},
        {"ticket": 2**63},
        {"challenge": 0},
        {"challenge": -1},
        {"event": Event.KEY_ROTATED},
    ],
)
def test_a_step_that_is_none_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"aware|numbered|ticket"):
        step(**changes)


@pytest.mark.parametrize(
    ("role", "staff"),
    [
        (Role.CUSTOMER, "anna"),
        (Role.MAILGATE, "anna"),
        (Role.STAFF, "Anna Petrova"),
        (Role.STAFF, "anna@hoster.example"),
        (Role.STAFF, "a" * 33),
    ],
)
def test_only_staff_has_an_id_and_it_is_short(role: Role, staff: str) -> None:
    with pytest.raises(ValueError, match="nobody"):
        Actor(role, staff)


@given(steps())
def test_actors_and_details_are_read_back_from_their_texts(taken: Step) -> None:
    assert actor_of(actor_text(taken.actor)) == taken.actor
    assert details_of(details_text(taken.details)) == taken.details


@given(st.text())
def test_any_text_has_a_name_that_may_stand_in_the_trail(text: str) -> None:
    assert step(details=(("account", named(text)),))


def test_an_account_is_named_by_its_id_or_else_by_its_digest() -> None:
    assert named("1001") == "1001"
    assert named("ivan@client.example").startswith("sha256-")
    assert named("ivan@client.example") != named("olga@client.example")


def test_a_head_is_read_as_it_was_noted() -> None:
    head = Head(12, bytes(range(32)))
    noted = read_head(f" {str(head).upper()} ")

    assert str(head) == "12:000102030405060708090a0b0c0d0e0f"
    assert noted is not None
    assert noted.id == 12
    assert noted.fits(head.chain)
    assert not noted.fits(replace(head, chain=GENESIS).chain)


@pytest.mark.parametrize("text", ["", "12", "12:", ":00", "12:abc", "-1:" + "0" * 32, "12:" + "0" * 33, "x"])
def test_what_is_no_head_is_none(text: str) -> None:
    assert read_head(text) is None
