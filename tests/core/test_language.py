"""The language of a mail, by counting its words."""

import pytest

from mailgate.core.language import languages
from mailgate.core.policy import Language
from tests.cost import takes_less

RU, EN = (Language.RU,), (Language.EN,)
BOTH = (Language.RU, Language.EN)
TEN_RU = "сегодня наш магазин опять не открывается главная страница нашего сайта помогите нам"
STACK_TRACE = (
    "Что это?\nFatal error: Uncaught Error: Call to undefined function mysql_connect()\n"
    "Stack trace:\n#0 {main} thrown in index on line 12\nСайт не открывается"
)
TEN_EN = "since this morning the main page of our site does not open"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Здравствуйте, не работает сайт", RU),
        ("Не работает сайт", RU),
        ("Помогите", RU),
        ("сайт", RU),
        ("Добрий день, сайт не працює", RU),
        ("Hello, my site is down", EN),
        ("help", EN),
        ("", ()),
        ("123 456", ()),
        ("https://client.example/", ()),
        ("> цитата чужих слов тут", ()),
        ("Ошибка: Fatal error: Uncaught Exception in index\nПомогите пожалуйста", RU),
        (STACK_TRACE, RU),
        ("Пишет вот такое:\n550 5.1.1 User unknown in virtual mailbox table\nчто делать", RU),
        ("2026-11-23 12:00:01 ERROR connection to the database was lost again\nпочините базу быстро", RU),
        ("Nov 23 12:00:01 mx postfix/smtpd[1]: connect from unknown\nпосмотрите этот лог", RU),
        ("My site shows Ошибка соединения, please look at it", EN),
        ("Please tell Иван that the server is back", EN),
        ("> вы писали нам вчера об этом\nThanks, it works now", EN),
        ("> you wrote us about this yesterday\nСпасибо, теперь всё работает", RU),
        (f"{TEN_RU}\n\n{TEN_EN}", BOTH),
        (f"{TEN_EN}\n\n{TEN_RU}", BOTH),
        (f"{TEN_RU} {TEN_RU} {TEN_RU}\n{TEN_EN}", RU),
        (f"{TEN_EN} {TEN_EN} {TEN_EN}\n{TEN_RU}", RU),
        (f"{TEN_RU}\nhello there", RU),
        ("Login: client77\nДоговор 4512", EN),
        ("Прошу сбросить пароль для user@client.example на https://panel.hoster.example/login", RU),
        ("key=value\nother=thing\nпомогите с настройкой этого", RU),
        ("$ sudo systemctl restart nginx now please\nне помогает эта команда", RU),
        ("GET /index.html HTTP/1.1\nHost: client.example\nсервер отвечает не тем", RU),
        ("Traceback (most recent call last):\nValueError: wrong thing happened\nне понимаю эту ошибку", RU),
        ("ПОМОГИТЕ СРОЧНО ПОЖАЛУЙСТА", RU),
        ("ok", EN),
        ("Ошибка: Fatal error: Uncaught TypeError: foo must be of type int, string given", RU),
        ("Fatal error: Uncaught TypeError: foo must be of type int, string given", EN),
        ("550 5.7.1 Relaying denied for this recipient", EN),
        ("Сайт не грузится\n#0 /var/www/u1/index.php(3): foo()\n  at com.shop.Main(Main.java:12)", RU),
        ("not found in /var/www/u1/index.php on line 5\nпомогите", RU),
        ("EHLO me\n250-mx.example says hello to you\nMAIL FROM:<a@b.example>\n502 на сайте целый день", RU),
        ("root@web1:~# cat the file with all of the words\nвот вывод", RU),
        ("Received: from mx.example by mx2.example with some words in it\nпосмотрите письмо", RU),
        ("user=ivan host=web1 says that the password is wrong\nне пускает", RU),
        ("Допоможіть, пошта не працює", RU),
        ("At 5 pm the site went down, look at it please", EN),
        ("We paid 500 EUR - where is our invoice?", EN),
        ("e-mail doesn't arrive", EN),
        ("C D E F G сайт", RU),
        (f"{TEN_RU}\n{' '.join(TEN_EN.split()[:9])}", RU),
        ("привет hello there", EN),
        ("----- ===== *****", ()),
    ],
)  # fmt: skip
def test_the_language_is_told_by_the_writers_own_words(text: str, expected: tuple[Language, ...]) -> None:
    assert languages(text) == expected


@pytest.mark.parametrize(
    "text", ["a" * 10**6, "\n" * 10**6, "a.b " * 250_000, "at " * 300_000, "[2026-" * 100_000]
)
def test_a16_hostile_texts_take_little_time(text: str) -> None:
    assert takes_less(0.5, lambda: languages(text))
