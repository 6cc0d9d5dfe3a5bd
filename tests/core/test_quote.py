"""The new words of a reply: a corpus of what mail programs write, and what holds for every text.

In `quotes/` each `<program>-<language>-<shape>.txt` stands beside the `.new.txt` its writer wrote himself.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.core.plain_lines import is_plain, plain_lines
from mailgate.core.quote import CUT_LINES, MAX_LINES, _Mark, _own_lines, _own_runs, split
from tests.cost import costs_less, takes_less

CORPUS = Path(__file__).parent / "quotes"
SAMPLES = sorted(path for path in CORPUS.glob("*.txt") if not path.name.endswith(".new.txt"))
PROGRAMS = (
    *(
        "gmail-ru",
        "gmail-en",
        "outlook-ru",
        "outlook-en",
        "apple-mail-ru",
        "apple-mail-en",
        "iphone-ru",
        "iphone-en",
    ),
    *("thunderbird-ru", "thunderbird-en", "thebat-ru", "thebat-en", "mailru-ru", "mailru-en", "yandex-ru"),
    *("roundcube-ru", "roundcube-en", "samsung-ru", "samsung-en"),
)


def read(path: Path) -> str:
    return path.read_bytes().decode()


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_the_new_words_are_what_the_writer_wrote(path: Path) -> None:
    expected = read(path.with_name(f"{path.stem}.new.txt")).removesuffix("\n")

    assert split(read(path)).new_words == expected


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_line_ends_change_nothing(path: Path) -> None:
    assert split(read(path).replace("\n", "\r\n")) == split(read(path))


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_new_words_alone_stay_as_they_are(path: Path) -> None:
    new_words = split(read(path)).new_words

    assert split(new_words).new_words == new_words


def test_every_sample_has_its_answer_and_every_program_its_samples() -> None:
    answers = {path.name.removesuffix(".new.txt") for path in CORPUS.glob("*.new.txt")}

    assert {path.stem for path in SAMPLES} == answers
    assert [program for program in PROGRAMS if not any(stem.startswith(program) for stem in answers)] == []


@pytest.mark.parametrize(
    ("text", "new_words", "quoted"),
    [
        ("", "", ""),
        ("\n\n  \n", "", ""),
        ("да", "да", ""),
        ("да\n\n", "да", ""),
        (f"да\n\n{CUT_LINES[0]}\nнет", "да", f"{CUT_LINES[0]}\nнет"),
        (f"yes\n{CUT_LINES[1]}\nno\n> no", "yes", f"{CUT_LINES[1]}\nno\n> no"),
        (f"{CUT_LINES[0]}\nнет", "", f"{CUT_LINES[0]}\nнет"),
        (f"Support wrote, 13:05, a@b.example wrote:\n\n{CUT_LINES[1]}\nno", "",
         f"Support wrote, 13:05, a@b.example wrote:\n\n{CUT_LINES[1]}\nno"),
        (f"Вы просите: {CUT_LINES[0]}", f"Вы просите: {CUT_LINES[0]}", ""),
        ("> one\n> two", "> one\n> two", ""),
        ("да\n-- \nИван", "да", "-- \nИван"),
        ("да\n--\nИван", "да", "--\nИван"),
        ("-- \nИван, логин u1", "-- \nИван, логин u1", ""),
        ("да\n--\nА когда?", "да\n--\nА когда?", ""),
        ("да\n" + "-- \n" + "строка\n" * 40 + "конец", "да\n" + "-- \n" + "строка\n" * 40 + "конец", ""),
        ("да\n-- \nИван\n-- \nОтправлено с iPad", "да", "-- \nИван\n-- \nОтправлено с iPad"),
        ("да\n\nС уважением,\nИван, договор 7", "да\n\nС уважением,\nИван, договор 7", ""),
        ("Отправлено с сайта", "Отправлено с сайта", ""),
        ("Отправлено с почты или нет?", "Отправлено с почты или нет?", ""),
        ("Sent from my iPhone", "", "Sent from my iPhone"),
        ("  1 | 2\n  3 | 4", "  1 | 2\n  3 | 4", ""),
        ("mail  \n", "mail  ", ""),
        ("да\n" + "." * 100_000 + "wrote:\n> нет", "да\n" + "." * 100_000 + "wrote:\n> нет", ""),
    ],
)  # fmt: skip
def test_small_texts(text: str, new_words: str, quoted: str) -> None:
    found = split(text)

    assert (found.new_words, found.quoted) == (new_words, quoted)


PIECES = st.sampled_from(sorted({line for path in SAMPLES for line in read(path).split("\n")}))
LINES = st.one_of(
    PIECES, PIECES.map("> ".__add__), st.text(max_size=30).map(lambda text: text.replace("\n", ""))
)
TEXTS = st.lists(LINES, max_size=30).map("\n".join)


def is_in_order(part: str, whole: str) -> bool:
    lines: Iterator[str] = iter(whole.replace("\r\n", "\n").split("\n"))
    return not part or all(line in lines for line in part.split("\n"))


def words(text: str) -> Counter[str]:
    return Counter(line for line in text.replace("\r\n", "\n").split("\n") if line.strip())


@given(TEXTS)
def test_no_line_is_invented_and_their_order_is_kept(text: str) -> None:
    found = split(text)

    assert is_in_order(found.new_words, text)
    assert is_in_order(found.quoted, text)


@given(TEXTS)
def test_no_line_is_lost_or_doubled(text: str) -> None:
    found = split(text)

    assert words(found.new_words) + words(found.quoted) == words(text)


@given(TEXTS, st.sampled_from(CUT_LINES), TEXTS)
def test_nothing_below_our_cut_line_is_new(above: str, cut: str, below: str) -> None:
    marked = "\n".join(f"{line} §below" for line in below.split("\n"))

    assert "§below" not in split(f"{above}\n{cut}\n{marked}").new_words


@given(st.lists(st.text("абвabc ,.", min_size=1, max_size=20), min_size=1, max_size=10).map("\n".join))
def test_plain_words_above_a_quote_are_all_new(plain: str) -> None:
    quote = "On Mon, Jun 1, 2026 at 1:05 PM Support <support@hosting.example> wrote:\n> Hello"

    assert split(f"{plain}\n\n{quote}").quoted == quote
    assert words(split(f"{plain}\n\n{quote}").new_words) == words(plain)


def test_past_the_bound_the_rest_is_taken_as_one() -> None:
    log = "line\n" * MAX_LINES
    text = f"{log}01.06.2026 13:05, Support wrote:\n> old"

    assert split(text).new_words == text


@pytest.mark.parametrize(
    "unit",
    [
        "\n", "a", " ", "\xa0\n", "> ", ">\n", "On Mon, ", "On Mon, 1 Jun 2026 13:05\n", "a\n> b\n", "-- \n",
        "--\n", "01.06.2026 13:05 wrote писал x\n", "01.06.2026 13:05 " + "[" * 230 + ":\n",
        "a wrote 13:05:\n",
        "From: a\nCc: b\n", "__________\n", "-----Original Message-----\n", "ИП> \n", "писал\n", "a\n\n-- \n",
        "> On Mon, 1 Jun 2026 13:05 x\n", f"> {CUT_LINES[0]}\n", "Отправлено с iPhone\n", "От: x\n\n",
    ],
)  # fmt: skip
def test_a16_a_megabyte_of_anything_takes_little_time(unit: str) -> None:
    text = (unit * (2**20 // len(unit) + 1))[: 2**20]

    # Cost grows with the lines up to the bound; a quadratic step anywhere takes minutes here.
    assert takes_less(0.5, lambda: split(text))


@pytest.mark.parametrize(
    "unit", ["01.06.2026 13:05 wrote x\n", "a\n> b\n", "From: a\nCc: b\n", "-- \n", "a wrote 13:05:\n"]
)
def test_a16_twice_the_lines_take_about_twice_the_time(unit: str) -> None:
    half, quarter = (unit * (MAX_LINES // part // unit.count("\n")) for part in (2, 4))

    assert costs_less(lambda: split(half), 3.2, lambda: split(quarter), grain=0.01)


@given(TEXTS)
def test_lines_are_plain_alone_as_together(text: str) -> None:
    lines = [line.strip() for line in text.split("\n")]

    assert plain_lines(lines) == [not line or is_plain(line) for line in lines]


@pytest.mark.parametrize("line", ["Please write your reply above this line", "домен\xa0wrote", "ON MONDAY"])
def test_a_line_in_need_of_a_closer_look_is_found_among_plain_ones(line: str) -> None:
    assert plain_lines(["сайт работает", "", line, "please check"]) == [True, True, False, True]


@given(st.lists(st.sampled_from(list(_Mark)), max_size=40))
def test_lines_of_one_mark_are_judged_alike_in_runs(marks: list[_Mark]) -> None:
    assert _own_lines(marks) == _own_runs(marks)
