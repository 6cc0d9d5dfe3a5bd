"""The lines of the log: as structlog's own renderer writes them, and nothing of a mail's writing."""

import io
import re
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from mailgate import log

_OWN = structlog.processors.LogfmtRenderer(bool_as_flag=False)


def said(method: str = "info", event: str = "mail.taken", *, journal: bool = False, **values: Any) -> str:
    """The line that is written."""
    stream = io.StringIO()
    log.configure(level="debug", journal=journal, stream=stream)
    getattr(structlog.get_logger(), method)(event, **values)
    return stream.getvalue().removesuffix("\n")


@given(
    st.dictionaries(
        st.sampled_from(["mail", "peer", "why"]),
        st.text(st.characters(categories=["L", "N", "P", "S"]), max_size=20)
        | st.text(' ="\\ab', max_size=8)
        | st.integers()
        | st.booleans(),
    )
)
def test_printable_values_are_written_as_logfmt(values: dict[str, Any]) -> None:
    line = said(**values)

    rest = re.sub(r"^timestamp=\S+Z level=info event=mail\.taken ?", "", line)
    assert rest == _OWN(None, "info", dict(values))


@given(st.text())
def test_no_value_makes_a_line_of_its_own(value: str) -> None:
    line = said(subject=value)

    assert line.isprintable()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"mail": 7, "silence": None}, "mail=7"),
        ({"why": "a\nb"}, r"why=a\u000ab"),
        ({"why": "a\r\nlevel=error"}, r'why="a\\u000d\\u000alevel=error"'),
        ({"from": "Иван", "bulk": True}, "from=Иван bulk=true"),
        ({"why": ""}, "why="),
    ],
)
def test_values(values: dict[str, Any], expected: str) -> None:
    assert said(**values).partition(" event=mail.taken ")[2] == expected


@pytest.mark.parametrize(
    ("method", "priority"), [("debug", 7), ("info", 6), ("warning", 4), ("error", 3), ("critical", 2)]
)
def test_the_journal_reads_a_priority_and_adds_the_time(method: str, priority: int) -> None:
    assert said(method, journal=True) == f"<{priority}>level={method} event=mail.taken"


def test_an_exception_stands_below_its_line() -> None:
    try:
        int("no")
    except ValueError:
        first, *below = said("exception", journal=True, mail=1).split("\n")

    assert first == "<3>level=error event=mail.taken mail=1"
    assert (below[0], below[-1]) == (
        "Traceback (most recent call last):",
        "ValueError: invalid literal for int() with base 10: 'no'",
    )


def test_a_log_set_up_for_good_goes_on_as_it_is() -> None:
    stream = io.StringIO()
    log.configure(stream=stream, for_good=True)
    logger = structlog.get_logger()
    logger.info("mail.taken", mail=1)
    logger.info("mail.taken", mail=2)

    assert [line.rpartition(" ")[2] for line in stream.getvalue().splitlines()] == ["mail=1", "mail=2"]
