"""What is printed cannot act on a terminal, and lines up."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from mailgate.cli import show
from mailgate.cli.exits import Refused


@given(st.text())
def test_a_line_for_people_holds_no_character_that_acts(text: str) -> None:
    shown = show.one_line(text)

    assert shown.isprintable()


@given(st.text(st.characters(categories=["L", "N", "P", "S"])))
def test_what_can_be_read_stays_as_it_is(text: str) -> None:
    assert show.one_line(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("red \x1b[31mtext", "red \\x1b[31mtext"),
        ("two\nlines", "two\\nlines"),
        ("gpj.\u202eexe", "gpj.\\u202eexe"),
        ("c1 \x9b2J", "c1 \\x9b2J"),
        ("no\u00a0break", "no break"),
        ("soft\u00adhyphen", "softhyphen"),
        ("Заявка №1", "Заявка №1"),
    ],
)
def test_what_acts_is_shown_as_an_escape(text: str, shown: str) -> None:
    assert show.one_line(text) == shown


@given(st.recursive(st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_json_reads_back_and_holds_no_character_that_acts(document: object) -> None:
    with CliRunner().isolation() as (out, _, _):
        show.print_json(document)
        printed = out.getvalue().decode("utf-8")

    assert json.loads(printed) == document
    assert all(line.isprintable() for line in printed.split("\n"))


def test_columns_line_up_whatever_the_script(capsys: pytest.CaptureFixture[str]) -> None:
    show.print_table(
        (show.Column("ID"), show.Column("WHAT", 8), show.Column("END")),
        [("1", "Вопрос", "a"), ("12", "日本語", "b"), ("3", "e\u0301", "c"), ("4", "x" * 20, "d")],
    )

    assert capsys.readouterr().out.split("\n") == [
        "ID  WHAT      END",
        "1   Вопрос    a",
        "12  日本語    b",
        "3   e\u0301         c",
        "4   xxxxxxx…  d",
        "",
    ]


def test_a_wide_text_is_cut_by_the_cells_it_takes(capsys: pytest.CaptureFixture[str]) -> None:
    show.print_table((show.Column("T", 5), show.Column("E")), [("日本語", "x")])

    assert capsys.readouterr().out.split("\n")[1] == "日本…  x"


def test_bytes_go_to_a_new_file_only(tmp_path: Path) -> None:
    target = tmp_path / "mail.eml"
    show.write_bytes(b"\x00\xff", target)

    with pytest.raises(Refused, match="exists") as refused:
        show.write_bytes(b"other", target)

    assert target.read_bytes() == b"\x00\xff"
    assert refused.value.code == 73
