"""What customers write when something is down, and what they write otherwise."""

import pytest

from mailgate.core.outage import LOOKED_AT, speaks_of_outage
from tests.cost import takes_less


@pytest.mark.parametrize(
    "text",
    [
        "У нас не работает сайт client.example",
        "Сайт не работает",
        "Сайт опять не открывается с утра",
        "не открывается сайт",
        "Не приходит почта",
        "Почта не приходит уже час",
        "Письма не доходят до получателей",
        "Письма не отправляются",
        "Сервер не отвечает",
        "сайт лежит",
        "Наш интернет-магазин недоступен",
        "Сайт упал!",
        "ошибка 502 на сайте",
        "на сайте ошибка 503",
        "Сайт выдаёт ошибку",
        "почта перестала работать",
        "не могу открыть сайт",
        "My site is down",
        "Our website has been down since morning",
        "the website does not open",
        "Site doesn't load",
        "mail is not working",
        "email doesn’t work",
        "I cannot send email",
        "can't access my website",
        "502 on my site",
        "client.example не открывается",
        "пример.рф лежит",
        "504 на сайте с обеда",
        "Сайт\nне открывается",
        "Our mail doesnt work",
        "The server is unreachable",
    ],
)
def test_an_outage_is_heard(text: str) -> None:
    assert speaks_of_outage(text)


@pytest.mark.parametrize(
    "text",
    [
        "Как сделать сайт?",
        "Как настроить почту на телефоне",
        "Хочу перенести сайт на другой тариф",
        "Подскажите, сколько стоит домен",
        "Сайт работает отлично",
        "Почта работает, спасибо",
        "Нужен счёт на оплату хостинга",
        "Пришлите, пожалуйста, договор",
        "Хочу второй ящик",
        "Смените пароль",
        "How do I move my site?",
        "How can I set up mail",
        "Please send me an invoice for my site",
        "My site works fine",
        "I would like a second domain",
        "What does the mail plan cost?",
        "Please add a mailbox",
        "Thanks, everything is fine",
        "Error 404 in the documentation",
        "What is my account login for the site?",
        "Не работает кнопка на пульте. Сайт хороший",
        "Перевёл 502 рубля за домен",
        "",
    ],
)
def test_other_requests_are_no_outage(text: str) -> None:
    assert not speaks_of_outage(text)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("сайт легла", True),
        ("сайт не лежит", False),
        ("почта не легла", False),
        ("He is knot working on the site", False),
        ("the mail can't even open", True),
        ("the site failed to load", True),
        ("the site fail to load", True),
        ("the site fails loading", False),
        ("no emails arrive", True),
        ("no mailbox since monday", False),
        ("mail: timed outs", False),
        ("slow down, site", False),
        ("a site went down", True),
        ("выдаёт странную ошибку на сайте", True),
    ],
)
def test_its_words_must_stand_together(text: str, *, is_one: bool) -> None:
    assert speaks_of_outage(text) is is_one


@pytest.mark.parametrize(
    "text", ["сайт ", "не ", "не работает ", "site is ", "not ", " down", "a", "50", "лег"]
)
def test_a16_hostile_texts_take_little_time(text: str) -> None:
    assert takes_less(0.2, lambda: speaks_of_outage(text * LOOKED_AT))
