"""Quick looks that spare a closer one: they may not overlook what that would find."""

import re
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from mailgate.core import describe, description_patterns, language
from mailgate.core.describe import _INDEX, _clues, _words
from mailgate.core.description_words import PHRASES
from mailgate.core.finding import labels

_LINES = st.from_regex(language._LOG_LINE) | st.from_regex(language._MESSAGE) | st.text(max_size=60)
_PIECES = st.sampled_from(
    sorted({word.rstrip("*") for phrase, _ in PHRASES for word in phrase.split()})
) | st.text("абвabc12. -", max_size=6)
_SIGN = re.compile(r"[0-9:=#\"'«“„`@]|\.(?=\w)|[–—-](?=[^\S\n])")
_SAID = re.compile(
    r"(?:ош[иы]бк\w{1,3}|пишет|выда[ею]т)(?: типа| вида| вроде| вот)? [a-z][\w.]+ [a-z][\w.]+"
    r"|(?:ош[иы]бк\w{1,3}|error)(?: code)?[ :№#(]{1,3}\d{4,5}(?![\d.\-/])"
)


@given(_LINES.map(str.strip))
def test_no_log_line_is_overlooked(line: str) -> None:
    assert language.is_log_line(line) or not language._LOG_LINE.match(line)


@given(_LINES)
def test_no_message_is_overlooked(line: str) -> None:
    found = language._MESSAGE.search(line)

    assert not found or any(sign in line for sign in language._IN_MESSAGES)


@given(st.lists(_PIECES, max_size=30).map(" ".join))
def test_clues_are_those_of_every_phrase_that_is_there(text: str) -> None:
    words = _words(text)
    plain = f" {' '.join(words)} "
    starts = [word[: describe._START] for word in words]
    there: set[str | tuple[str, str]] = {*starts, *pairwise(starts)}
    every = {clue for start in there for sign, clue in _INDEX.get(start, ()) if sign in plain}

    assert _clues(words, plain) == every


@given(st.text("a1.:-–— \n«'@я", max_size=40))
def test_the_next_sign_is_the_one_that_each_alternative_finds(low: str) -> None:
    signs = labels._Places(labels._SIGN, low)
    every = [found.start() for found in _SIGN.finditer(low)]

    for start in range(len(low)):
        expected = next((place for place in every if place >= start), None)
        assert signs.after(start) == (len(low) + labels._NEAR if expected is None else expected)


@given(
    st.lists(
        st.sampled_from(
            ["ошибка", "ошыбку", "пишет", "выдает", "выдают", "error", "code", "вот", "no", "route.php"]
        )
        | st.sampled_from(["12345", "123", "№", "(", ":", ".", "1205."]),
        max_size=8,
    ).map(" ".join)
)
def test_what_an_error_says_is_found_from_each_beginning(lowered: str) -> None:
    found = any(sign in lowered and pattern.search(lowered) for sign, pattern in description_patterns._SAID)

    assert found == bool(_SAID.search(lowered))
