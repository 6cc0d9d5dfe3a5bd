"""What counts as an answer to a challenge, line by line."""

import pytest

from mailgate.core.confirmation import Said, read_answer

DIGITS = "482913"

ANSWERS = [
    # The word and the digits, and what may stand between and behind them.
    ("да 482913", Said.YES),
    ("ДА 482913", Said.YES),
    ("Да, 482913", Said.YES),
    ("да: 482913.", Said.YES),
    ("да - 482913!", Said.YES),
    ("да—482913", Said.YES),
    ("yes 482913", Said.YES),
    ("Yes,482913", Said.YES),
    ("  да\u00a0482913  ", Said.YES),
    ("нет 482913", Said.NO),
    ("No: 482913", Said.NO),
    # A greeting before and a signature after, as from a phone.
    ("Добрый день!\n\nДа 482913\n\nС уважением, Иван\nОтправлено с iPhone", Said.YES),
    ("Hi,\nyes 482913\nSent from my phone", Said.YES),
    ("1\n2\n3\n4\nда 482913", Said.YES),
    # Beyond the fifth line nothing is read.
    ("1\n2\n3\n4\n5\nда 482913", Said.NOTHING),
    # Yes and no together are neither.
    ("да 482913\nнет 482913", Said.BOTH),
    ("нет 482913\nyes 482913", Said.BOTH),
    # Other digits.
    ("да 482914", Said.WRONG),
    ("нет 000000", Said.WRONG),
    ("да 482914\nда 482913", Said.YES),
    # The right digits in the wrong form.
    ("482913", Said.NEARLY),
    ("да 4 8 2 9 1 3", Said.NEARLY),
    ("да482913", Said.NEARLY),
    ("482913 да", Said.NEARLY),
    ("«да 482913»", Said.NEARLY),
    ("код 482913", Said.NEARLY),
    ("Подтверждаю 482-913", Said.NEARLY),
    ("> да 482913", Said.NEARLY),
    # Neither.
    ("", Said.NOTHING),
    ("да", Said.NOTHING),
    ("да, согласен", Said.NOTHING),
    ("да 48291", Said.NOTHING),
    ("да 4829133", Said.NOTHING),
    ("Что это за письмо? Я ничего не просил, код 482913 мне ни о чём не говорит.", Said.NOTHING),
    ("да ４８２９１３", Said.NOTHING),  # full-width digits are not the letter's
    ("dа 482913", Said.NEARLY),  # a Latin d before a Cyrillic а
]


@pytest.mark.parametrize(("words", "said"), ANSWERS)
def test_an_answer_is_read(words: str, said: Said) -> None:
    assert read_answer(words, DIGITS) is said


def test_a_hostile_answer_costs_little() -> None:
    assert read_answer("да " + "4" * 1_000_000, DIGITS) is Said.NOTHING
    assert read_answer("\n" * 1_000_000 + "да 482913", DIGITS) is Said.YES
