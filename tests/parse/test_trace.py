"""Dates as programs write them are read without the scanner, and as it reads them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.parse.trace import _USUAL, any_date, date

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@st.composite
def dates(draw: st.DrawFn) -> bytes:
    """Dates in the usual form, most of them of days and times that there are."""
    number = st.integers(0, 99)
    day = (
        f"{draw(st.sampled_from(_DAYS))},{draw(st.sampled_from(('', ' ', '  ')))}"
        if draw(st.booleans())
        else ""
    )
    clock = f"{draw(st.integers(0, 25)):02}:{draw(st.integers(0, 61)):02}:{draw(st.integers(0, 61)):02}"
    zone = f"{draw(st.sampled_from('+-'))}{draw(number):02}{draw(st.integers(0, 61)):02}"
    comment = draw(st.sampled_from(("", " (MSK)", " (UTC)", "(MSK)", " (a b)")))
    date_ = f"{draw(st.integers(0, 32))} {draw(st.sampled_from(_MONTHS))} {draw(st.integers(1990, 3100))}"
    return f"{draw(st.sampled_from(('', ' ')))}{day}{date_} {clock} {zone}{comment}".encode()


@given(dates())
def test_the_usual_form_is_read_as_by_the_scanner(value: bytes) -> None:
    assert date(value) == any_date(value)


@given(st.binary(max_size=40))
def test_anything_else_is_left_to_the_scanner(value: bytes) -> None:
    assert date(value) == any_date(value)


@pytest.mark.parametrize(
    "value",
    [
        b"Mon, 23 Nov 2026 12:00:00 +0300",
        b" Mon, 23 Nov 2026 12:00:00 +0300 (MSK)",
        b"3 Nov 2026 12:00:00 -0000",
        b"Fri, 31 Dec 2999 23:59:59 -0100",
        b"Sat, 29 Feb 2025 12:00:00 +0000",
        b"Mon, 23 Nov 2026 24:00:00 +0000",
    ],
)
def test_what_programs_write_is_of_the_usual_form(value: bytes) -> None:
    assert _USUAL.fullmatch(value)
    assert date(value) == any_date(value)
