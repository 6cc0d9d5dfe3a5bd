"""What a glance passes over holds nothing: whoever reads every sentence for every phrase hears the same."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailgate.config.request import requests_of
from mailgate.core.glance import LOOKED_BACK, glance_of
from mailgate.core.phrasing import phrases_of
from mailgate.core.recognise import explained, heard, read
from mailgate.core.request import RequestClass
from tests.cost import costs_less
from tests.requests.tables import table

CLASSES = requests_of(())
OWN = (
    RequestClass(
        "own", (("en", "own"),), ("<person>", "set|reset + <us>", "a1|b2 ... c3 ... d4 ... e5", "ptr")
    ),
    RequestClass(
        "other", (("en", "other"),), ("~ сломать|сломал + <mailbox>", "<domain> + ns", "ptr -record")
    ),
)
EVERY = -1  # bit

_WORDS = """
прошу сбросить пароль пороль удалите домен stroymir.ru info@a.ru ns1.x.net на Иван Петров его it reset
password please к вам to you не как owner's «сайт» закрыть; a;пароль https://a;пароль https://x.ru/y _a.b_
a1 b2 c3 d4 e5 ptr deleted. account? нужно, — : ( ... ?! ;. »."
"""
_PIECES = st.one_of(st.sampled_from(_WORDS.split()), st.text(max_size=5))
_SPACES = st.sampled_from([" ", "\n", "\n\n", "\n> ", "", "\u00a0", "’"])
_TEXTS = st.lists(st.tuples(_PIECES, _SPACES).map("".join), max_size=40).map("".join)


def at_length(subject: str, words: str, classes: tuple[RequestClass, ...]) -> object:
    """All that is heard in a mail when nothing is passed over."""
    reading = read(subject, words, classes)
    return heard(reading, ((at, EVERY) for at in range(len(reading))), classes)


@pytest.mark.parametrize("name", ["first", "third"])
def test_in_the_tables_nothing_is_missed(name: str) -> None:
    for case in table(name):
        assert explained(case.subject, case.text, CLASSES)[1] == at_length(case.subject, case.text, CLASSES)


@given(_TEXTS, _TEXTS)
@example("", "a." + "b" * 64 + "пароль сбросить")  # the word ends after as many characters as one may have
@example("", "https://" + "b" * 500 + "пароль сбросить")
@example("", "Пароль https://a;сбросьте")
@example("", "Пишу на Иван Петров.")
@example("", "Прошу. Пароль. Ах. Сбросить.")
def test_in_any_text_nothing_is_missed(subject: str, words: str) -> None:
    for classes in (CLASSES, OWN):
        assert explained(subject, words, classes)[1] == at_length(subject, words, classes)


def test_a_phrase_is_possible_only_where_all_its_words_are() -> None:
    phrases = phrases_of((("сбросить + пароль",), ("закрыть + аккаунт",)))
    glance = glance_of(phrases)

    assert glance.possible("прошу сбросить старый пароль. спасибо.") == phrases.every[0].bit
    assert glance.possible("сбросить аккаунт, закрыть пароль") == phrases.every[0].bit | phrases.every[1].bit
    assert glance.possible("закрыть пароль") == 0
    assert glance.possible("пароль. " + "да. " * LOOKED_BACK + "сбросить.") == 0


def test_what_no_language_writes_is_not_remembered() -> None:
    glance = glance_of(phrases_of((("сбросить + пароль",),)))
    before = len(glance)

    glance.possible("я" * 1_000)

    assert len(glance) == before


def test_a_mail_that_asks_nothing_costs_little() -> None:
    asks = ("Прошу сбросить пароль от ящика, сотрудник уволился. " * 20)[:1000]
    other = ("Второй день наблюдаем странную картину, после полудня она меняется. " * 20)[:1000]

    def fifty(text: str) -> None:
        for _ in range(50):
            explained("", text, CLASSES)

    assert costs_less(lambda: fifty(other), 1, lambda: fifty(asks), grain=0)
