"""Waits grow, are bounded, spread, and end."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.core.retry import connection_wait, next_wait, refusal_wait

DAY = timedelta(days=1)
FIVE_DAYS = 5 * DAY
spreads = st.floats(0, 1, exclude_max=True)


@pytest.mark.parametrize(
    ("attempts", "age", "spread", "wait"),
    [
        (1, timedelta(0), 0.0, timedelta(minutes=1)),
        (2, timedelta(minutes=1), 0.0, timedelta(minutes=2)),
        (3, timedelta(minutes=3), 0.0, timedelta(minutes=4)),
        (6, timedelta(minutes=31), 0.0, timedelta(minutes=32)),
        (7, timedelta(hours=1), 0.0, timedelta(hours=1)),
        (100_000, timedelta(hours=1), 0.0, timedelta(hours=1)),
        (1, timedelta(0), 0.8, timedelta(seconds=72)),
        (40, FIVE_DAYS - timedelta(microseconds=1), 0.0, timedelta(hours=1)),
        (1, FIVE_DAYS, 0.0, None),
        (1, FIVE_DAYS + DAY, 0.0, None),
        (1, -DAY, 0.0, timedelta(minutes=1)),  # the clock was set back
    ],
)
def test_a_letters_waits(attempts: int, age: timedelta, spread: float, wait: timedelta | None) -> None:
    assert next_wait(attempts, age, FIVE_DAYS, spread) == wait


@pytest.mark.parametrize(
    ("failures", "seconds"), [(1, 1), (2, 2), (5, 16), (9, 256), (10, 300), (10_000, 300)]
)
def test_a_connections_waits(failures: int, seconds: int) -> None:
    assert connection_wait(failures, 0.0) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("refusals", "spread", "minutes"),
    [(1, 0.0, 1), (2, 0.0, 2), (5, 0.0, 16), (6, 0.0, 30), (10_000, 0.0, 30), (1, 0.8, 1.2), (9, 0.8, 36)],
)
def test_a_refused_names_waits(refusals: int, spread: float, minutes: float) -> None:
    assert refusal_wait(refusals, spread) == timedelta(minutes=minutes)


@given(st.integers(1, 10**6), st.timedeltas(timedelta(0), FIVE_DAYS - timedelta(seconds=1)), spreads)
def test_waits_never_shrink_and_stay_in_bounds(attempts: int, age: timedelta, spread: float) -> None:
    wait, longer = (next_wait(count, age, FIVE_DAYS, spread) for count in (attempts, attempts + 1))

    assert wait is not None
    assert longer is not None
    assert timedelta(minutes=1) <= wait <= longer <= timedelta(hours=1.25)


@given(spreads)
def test_a_letter_that_always_fails_ends_within_hours_of_its_time(spread: float) -> None:
    age, tries = timedelta(0), 1
    while (wait := next_wait(tries, age, FIVE_DAYS, spread)) is not None:
        age, tries = age + wait, tries + 1

    assert FIVE_DAYS <= age < FIVE_DAYS + timedelta(hours=1.25)
    assert 90 < tries < 140
