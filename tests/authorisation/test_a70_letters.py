"""A65 and A70: our letters to an owner carry fields of strict grammar, and no word or link of a stranger."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailgate.core.effects import LetterKind
from mailgate.core.notice import shown_address
from tests.authorisation.scene import OWNER, THIEF, TRANSFER, Asked, Reply, Scene

LINK = re.compile(r"https?:|www\.|://|@|\bhref\b", re.IGNORECASE)
WORDS = st.text(st.sampled_from("абвгдежзиклмнопрстуфхцчшщэюя"), min_size=9, max_size=14)
many = settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def about_owner(scene: Scene) -> list[Asked]:
    """Every kind of letter about a challenge that the owner and his contacts get."""
    asked = scene.asked()
    scene.reply(asked, Reply(asked.digits))
    correction = scene.asked(LetterKind.CORRECTION)
    scene.reply(asked, Reply(f"да {asked.digits}", sender="x@y.example"))
    remedy = scene.asked(LetterKind.REMEDY)
    scene.reply(asked, Reply(f"нет {asked.digits}"))
    return [asked, correction, remedy, scene.asked(LetterKind.SETTLED), scene.asked(LetterKind.ALARM)]


def own_words(letter: Asked) -> str:
    """The text without the desk's own address."""
    return letter.text.replace("support@hoster.example", "")


@many
@given(st.lists(WORDS, min_size=3, max_size=30), WORDS, WORDS, st.integers(0, 10**6))
def test_a70_no_word_of_the_stranger_comes_into_a_letter(
    scene: Scene, words: list[str], subject: str, name: str, number: int
) -> None:
    text = f"{TRANSFER} {' '.join(words)} http://{number}.evil.example/ <a href='http://evil.example'>x</a>"
    known = len(scene.challenges())
    scene.now = scene.now.replace(day=1 + scene.now.day % 28, year=scene.now.year + 1)
    scene.write(text, f'"{name}" <{THIEF}>', subject=subject)
    assert len(scene.challenges()) == known + 1
    for letter in about_owner(scene):
        assert not any(each in letter.text.lower() for each in (*words, subject, name, "evil"))
        assert not any(each in str(letter.message["Subject"]).lower() for each in (*words, subject, name))
        assert not LINK.search(own_words(letter))


def test_a65_there_is_nothing_to_click(scene: Scene) -> None:
    scene.write()
    for letter in about_owner(scene):
        assert letter.message.get_content_type() == "text/plain"
        assert not LINK.search(own_words(letter))


def test_a70_the_challenge_says_who_asks_for_what(scene: Scene) -> None:
    scene.write()
    text = scene.asked().text

    for told in (
        "kofe-i-bulki.ru",
        "u10518",
        "thief(at)freemail.example",
        "адрес не проверен",
        "передача домена",
    ):
        assert told in text


@pytest.mark.parametrize(
    "words",
    [
        "Логин u10518. Прошу передать домен kofe-i-bulki.ru новому владельцу: http://evil.example/ Иван",
        "Логин u10518. Прошу передать домен kofe-i-bulki.ru на имя +7 900 123-45-67 Позвоните",
        "Логин u10518. Прошу передать домен kofe-i-bulki.ru на имя Иван <b>Петров</b>\u202e\u200b",
    ],
)
def test_a70_an_object_is_a_name_and_nothing_else(scene: Scene, words: str) -> None:
    scene.write(words)
    text = own_words(scene.asked())

    assert not LINK.search(text)
    assert not re.search("evil|900|<|\u202e|\u200b", text)


@given(st.text(max_size=300))
def test_a70_any_address_is_shown_short_and_plain(text: str) -> None:
    shown = shown_address(text)

    assert len(shown) <= 40
    assert "@" not in shown
    assert not re.search(r"[\s<>\"/:]", shown)


def test_a70_a_long_address_is_cut(scene: Scene) -> None:
    sender = f"{'the-real-support-of-your-hosting' * 2}@{'evil' * 10}.example"
    scene.write(TRANSFER, sender)
    text = scene.asked().text

    assert sender.replace("@", "(at)") not in text
    assert "evil" not in text
    assert "…" in text


def test_a69_yes_and_no_together_are_for_staff(scene: Scene) -> None:
    scene.write()
    asked = scene.asked()
    row = scene.reply(asked, Reply(f"да {asked.digits}\nнет {asked.digits}"))

    assert scene.challenge().state == "open"
    assert "ambiguous" in row["why"]


def test_a69_a_yes_below_others_words_is_not_read(scene: Scene) -> None:
    """Whatever a mailing list, a scanner or the sixth line puts above it."""
    scene.write()
    asked = scene.asked()
    scene.reply(asked, Reply("1\n2\n3\n4\n5\n" + f"да {asked.digits}", sender=OWNER))

    assert scene.challenge().state == "open"
