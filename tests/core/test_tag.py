"""Signed marks: read back by us, made by nobody else."""

import re
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailgate.core import tag
from mailgate.core.mail import Address
from tests.builders import DESK

KEY, OLD = b"k" * 32, b"o" * 32
_IDS = st.integers(1, 10**12)
_BEYOND = 1 << 48
_LETTERS = st.integers(0, _BEYOND - 1)


def bounce_address(keys: tag.Keys, letter: int) -> Address:
    made = tag.bounce_address(keys, letter, DESK, "+")
    assert made is not None
    return made


def shown(letter: int, key: bytes = KEY) -> int:
    """The number that a letter's Message-ID and envelope sender show."""
    sender = bounce_address((key,), letter).local
    found = re.fullmatch(r"<mg\.1\.([0-9]{1,15})\.[0-9a-f]{20}@x>", tag.message_id((key,), 1, letter, "x"))
    assert found is not None
    assert re.fullmatch(rf"support\+b{found[1]}-[0-9a-f]{{20}}", sender), sender
    return int(found[1])


@given(_IDS, _LETTERS)
@example(100425, 0)
@example(100425, _BEYOND - 1)
def test_a_message_id_is_read_back_in_any_case(ticket: int, letter: int) -> None:
    made = tag.message_id((KEY,), ticket, letter, "hoster.example")

    assert tag.read_message_id((KEY,), made) == tag.Mark(ticket, letter)
    assert tag.read_message_id((KEY,), made.upper()) == tag.Mark(ticket, letter)


@given(_IDS, _LETTERS)
def test_addresses_are_read_back_and_not_for_each_other(ticket: int, letter: int) -> None:
    reply = tag.reply_address((KEY,), ticket, DESK, "+")
    bounce = bounce_address((KEY,), letter)

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


@given(_LETTERS, st.sampled_from((KEY, OLD)))
def test_a_letter_is_known_under_each_valid_key(letter: int, signer: bytes) -> None:
    made, sender = tag.message_id((signer,), 1, letter, "x.example"), bounce_address((signer,), letter)

    for keys in ((KEY, OLD), (OLD, KEY)):
        assert tag.read_message_id(keys, made) == tag.Mark(1, letter)
        assert tag.read_bounce_address(keys, sender, "+") == letter


@given(_LETTERS, _LETTERS)
def test_a72_letters_that_differ_are_shown_different_numbers(one: int, other: int) -> None:
    assert (shown(one) == shown(other)) == (one == other)


def test_a72_the_numbers_shown_are_no_counter() -> None:
    """The two keys are fixed, so what holds here always holds."""
    for key in (KEY, OLD):
        numbers = [shown(letter, key) for letter in range(2000)]
        steps = [after - before for before, after in pairwise(numbers)]
        highest = max(numbers)

        assert len(set(steps)) == len(steps)
        assert min(map(abs, steps)) > 10**6
        assert 900 < sum(step > 0 for step in steps) < 1100
        assert _BEYOND * 0.99 < highest < _BEYOND
        assert [shown(letter, key) & 1 for letter in range(64)] != [letter & 1 for letter in range(64)]
    assert not {shown(letter) for letter in range(2000)} & {shown(letter, OLD) for letter in range(2000)}


@pytest.mark.parametrize("bit", range(48))
def test_a72_every_bit_of_a_letters_number_changes_about_half_of_what_is_shown(bit: int) -> None:
    changed = [(shown(letter) ^ shown(letter ^ 1 << bit)).bit_count() for letter in range(100)]

    assert 22 < sum(changed) / len(changed) < 26


@pytest.mark.parametrize("letter", [-1, _BEYOND, 10**15])
def test_a_letter_that_cannot_be_shown_is_not_made_a_mark_of(letter: int) -> None:
    with pytest.raises(ValueError, match=f"letter {letter} cannot be shown"):
        tag.message_id((KEY,), 1, letter, "x.example")
    with pytest.raises(ValueError, match=f"letter {letter} cannot be shown"):
        tag.bounce_address((KEY,), letter, DESK, "+")


def test_a_desk_that_leaves_no_room_has_no_bounce_address() -> None:
    rooms = [
        tag.bounce_address((KEY,), 7, Address("s" * length, "x.example"), "+") for length in range(1, 65)
    ]
    made = [each for each in rooms if each]

    assert rooms == [*made, *[None] * (64 - len(made))]
    assert len(made[-1].local) == 64
    assert all(tag.read_bounce_address((KEY,), each, "+") == 7 for each in made)


@given(_LETTERS, st.data())
def test_a42_a_changed_bounce_address_is_none(letter: int, data: st.DataObject) -> None:
    mark = bounce_address((KEY,), letter).local.partition("+")[2]
    place = data.draw(st.integers(0, len(mark) - 1))
    char = data.draw(st.sampled_from("abcdef0123456789-"))
    changed = mark[:place] + char + mark[place + 1 :]

    expected = letter if changed == mark else None
    assert tag.read_bounce_address((KEY,), Address(f"support+{changed}", "x.example"), "+") == expected


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
