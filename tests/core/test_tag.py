"""Signed marks: read back by us, made by nobody else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.core import tag
from tests.builders import DESK

KEY, OLD = b"k" * 32, b"o" * 32
_IDS = st.integers(1, 10**12)


@given(_IDS, _IDS)
def test_a_message_id_is_read_back_in_any_case(ticket: int, letter: int) -> None:
    made = tag.message_id((KEY,), ticket, letter, "hoster.example")

    assert tag.read_message_id((KEY,), made) == tag.Mark(ticket, letter)
    assert tag.read_message_id((KEY,), made.upper()) == tag.Mark(ticket, letter)


@given(_IDS, _IDS)
def test_addresses_are_read_back_and_not_for_each_other(ticket: int, letter: int) -> None:
    reply = tag.reply_address((KEY,), ticket, DESK, "+")
    bounce = tag.bounce_address((KEY,), letter, DESK, "+")

    assert tag.read_reply_address((KEY,), reply, "+") == ticket
    assert tag.read_bounce_address((KEY,), bounce, "+") == letter
    assert tag.read_reply_address((KEY,), bounce, "+") is None
    assert tag.read_bounce_address((KEY,), reply, "+") is None
    assert len(reply.local) <= 64
    assert len(bounce.local) <= 64


def test_an_old_key_still_reads_and_the_new_one_signs() -> None:
    made = tag.message_id((OLD,), 1, 2, "x.example")

    assert tag.read_message_id((KEY, OLD), made) == tag.Mark(1, 2)
    assert tag.read_message_id((KEY,), made) is None
    assert tag.message_id((KEY, OLD), 1, 2, "x.example") == tag.message_id((KEY,), 1, 2, "x.example")


@given(st.data())
def test_a42_a_changed_mark_is_no_mark(data: st.DataObject) -> None:
    made = tag.message_id((KEY,), 100425, 7, "hoster.example")
    local, _, domain = made[1:-1].partition("@")
    place = data.draw(st.integers(0, len(local) - 1))
    char = data.draw(st.sampled_from("abcdefghijklmnopqrstuvwxyz234567.mg019"))
    changed = local[:place] + char + local[place + 1 :]

    expected = tag.Mark(100425, 7) if changed == local else None
    assert tag.read_message_id((KEY,), f"<{changed}@{domain}>") == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<>",
        "<a@b>",
        "<mg.1.2.aaaaaaaaaaaaaaaaaaaa@x>",
        "mg.1.2.x",
        "<mg.1.2.@x>",
        "<mg.9999999999999999.1.a@x>",
    ],
)
def test_what_is_not_ours_is_none(text: str) -> None:
    assert tag.read_message_id((KEY,), text) is None
