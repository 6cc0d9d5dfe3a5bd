"""A51: a program that sends a letter of ours back neither confirms nor refuses, whatever it does to it."""

import re
import textwrap
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailgate.core import quote
from mailgate.core.confirmation import Said, read_answer
from tests.authorisation.echoes import Echo, asking_letters, echoes

HARMLESS = frozenset({Said.NOTHING, Said.NEARLY})
"""What an echo may be taken for: neither spends a try, and the letter that helps along is written once."""

many = settings(
    max_examples=1000,
    deadline=timedelta(seconds=10),
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)


def answers_in(text: str, digits: str) -> list[str]:
    """The lines that would be an answer if they stood at the top: an echo has none, wherever it is cut."""
    lines = (line for line in text.splitlines() if re.search("[0-9]{6}", line))
    return [line for line in lines if read_answer(line, digits) not in HARMLESS]


@many
@given(asking_letters(), st.lists(echoes(), max_size=4))
def test_a51_no_echo_is_an_answer(asking: tuple[str, str], done: list[Echo]) -> None:
    text, digits = asking
    for change in done:
        text = change(text)

    assert answers_in(text, digits) == []
    assert read_answer(text, digits) in HARMLESS
    assert read_answer(quote.split(text).new_words, digits) in HARMLESS


@settings(many, max_examples=30)
@given(asking_letters(), st.sampled_from(("", ".,:;!?«»\"'“”()*#-—[]")))
def test_a51_no_width_makes_an_answer(asking: tuple[str, str], stripped: str) -> None:
    letter, digits = asking
    text = letter.translate(str.maketrans("", "", stripped))
    for width in range(1, 201):
        assert answers_in("\n".join(textwrap.wrap(text, width)), digits) == []
        wrapped = (part for line in text.split("\n") for part in textwrap.wrap(line, width))
        assert answers_in("\n".join(wrapped), digits) == []


@settings(many, max_examples=200)
@given(asking_letters())
def test_a51_the_letters_tell_the_digits_and_how_to_answer(asking: tuple[str, str]) -> None:
    """Else the tables above would prove nothing."""
    text, digits = asking

    assert digits in text or " ".join(digits) in text
    assert read_answer(f"да {digits}\n{text}", digits) is Said.YES
    assert read_answer(f"no {digits}\n> {text}", digits) is Said.NO
