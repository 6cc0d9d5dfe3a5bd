"""Ticket numbers and the ways people quote them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.core.number import counter_of, find_numbers, is_number, number_of, subject_mark

N = number_of(10042)
M = number_of(777)


@given(st.integers(1, 10**9))
def test_a_number_carries_its_counter_and_a_right_check_digit(counter: int) -> None:
    number = number_of(counter)

    assert is_number(number)
    assert counter_of(number) == counter


@given(st.integers(1000, 10**8), st.integers(0, 8), st.integers(1, 9))
def test_one_wrong_digit_is_never_a_number(counter: int, place: int, shift: int) -> None:
    digits = list(str(number_of(counter)))
    place %= len(digits)
    digits[place] = str((int(digits[place]) + shift) % 10)

    assert not is_number(int("".join(digits)))


@given(st.integers(1000, 10**8), st.integers(0, 7))
def test_two_swapped_neighbours_are_never_a_number(counter: int, place: int) -> None:
    digits = str(number_of(counter))
    place %= len(digits) - 1
    swapped = digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :]

    assert swapped == digits or not is_number(int(swapped))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"Re: Сайт [#{N}]", (N,)),
        (f"Re: Site [ACME#{N}]", (N,)),
        (f"#{N}", (N,)),
        (f"№{N}", (N,)),
        (f"№ {N}", (N,)),
        (f"заявка {N}", (N,)),
        (f"по заявке № {N} вопрос", (N,)),
        (f"ЗАЯВКИ {N}", (N,)),
        (f"тикет {N}", (N,)),
        (f"тикету #{N}", (N,)),
        (f"ticket {N}", (N,)),
        (f"Ticket number {N}", (N,)),
        (f"request no. {N}", (N,)),
        (f"обращение {N}", (N,)),
        (f"[#{N}] и #{M}, снова #{N}", (N, M)),
        (f"{N}", ()),
        (f"счёт {N}", ()),
        (f"+7 495 {N}", ()),
        (f"#{N}7", ()),
        (f"#{N + 1}", ()),
        ("#12", ()),
        ("#" * 1000, ()),
        ("", ()),
    ],
)
def test_numbers_are_found_in_every_understood_form_and_no_other(
    text: str, expected: tuple[int, ...]
) -> None:
    assert expected == find_numbers(text)


@given(st.integers(10000, 10**8), st.sampled_from(["", "ACME", "Поддержка"]))
def test_what_our_subjects_carry_is_read_back(counter: int, prefix: str) -> None:
    number = number_of(counter)

    assert find_numbers(f"Re: {subject_mark(number, prefix)} вопрос") == (number,)
