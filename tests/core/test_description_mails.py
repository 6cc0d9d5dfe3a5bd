"""Whole mails: what kind of request each is, what it holds, and what the writer is asked for."""

from typing import NamedTuple

import pytest

from mailgate.core.describe import describe
from mailgate.core.description import Matter, Part, would_help
from mailgate.core.mail import Attachment

SCREEN = Attachment("Снимок экрана.png", "image/png", 140_000, "")
LOGO = Attachment("image001.png", "image/png", 4_200, "")
SCAN = Attachment("заявление.pdf", "application/pdf", 310_000, "")


class Row(NamedTuple):
    """A mail with what must be seen in it."""

    subject: str
    words: str
    matter: Matter
    parts: tuple[Part, ...] = ()
    asked: tuple[Part, ...] = ()
    files: tuple[Attachment, ...] = ()


MAILS = {
    "nothing but that it is down": Row(
        "Сайт",
        "Здравствуйте! У нас не работает сайт. Помогите срочно!!!",
        Matter.TECHNICAL,
        asked=(Part.ERROR, Part.LINK),
    ),
    "all one could wish": Row(
        "Не оформляется заказ",
        "Добрый день!\n\nС утра не оформляется заказ. Захожу на https://romashka.example/cart, нажимаю"
        " «Оформить», появляется «Ошибка 500». Каждый раз.\n\nС уважением,\nОльга",
        Matter.TECHNICAL,
        (Part.STEPS, Part.ERROR, Part.LINK, Part.TIME, Part.FREQUENCY),
    ),
    "a domain that is down as a whole": Row(
        "client.example",
        "Добрый день. Сайт client.example не открывается, логин u10432.",
        Matter.TECHNICAL,
        (Part.LINK,),
        (Part.ERROR, Part.TIME),
    ),
    "a form of a site": Row(
        "Форма заявки",
        "На сайте client.example не отправляется форма заявки. Посмотрите, пожалуйста.",
        Matter.TECHNICAL,
        asked=(Part.ERROR, Part.LINK),
    ),
    "a screenshot and no word of the error": Row(
        "Ошибка",
        "Добрый день, при входе в админку выдаёт ошибку, скрин во вложении.\n\n--\nИван",
        Matter.TECHNICAL,
        (Part.STEPS, Part.SCREENSHOT),
        (Part.LINK, Part.TIME),
        (SCREEN,),
    ),
    "a logo is no screenshot": Row(
        "Админка",
        "Не могу зайти в админку сайта.\n\nС уважением,\nИван Петров\nООО «Ромашка»\nhttps://romashka.example\n9:00-18:00",
        Matter.TECHNICAL,
        (),
        (Part.ERROR, Part.LINK),
        (LOGO,),
    ),
    "mail that does not arrive": Row(
        "Почта",
        "Здравствуйте, на ящик info@client.example не приходят письма.",
        Matter.TECHNICAL,
        asked=(Part.ERROR, Part.TIME),
    ),
    "mail that came back": Row(
        "Fwd: Undelivered Mail",
        "Вчера отправил письмо, вернулось:\n\n<ivan@shop.example>: host mx.shop.example[192.0.2.1] said:\n"
        "550 5.1.1 User unknown (in reply to RCPT TO command)\n\nЧто делать?",
        Matter.TECHNICAL,
        (Part.ERROR, Part.TIME),
        (Part.STEPS, Part.FREQUENCY),
    ),
    "a slow site": Row(
        "Скорость",
        "Сайт очень медленно грузится, иногда по минуте. Разберитесь, пожалуйста.",
        Matter.TECHNICAL,
        (Part.FREQUENCY,),
        (Part.LINK, Part.TIME),
    ),
    "a pasted log": Row(
        "WordPress",
        "После обновления плагина упал сайт, в логе:\n"
        "[24-Nov-2026 10:11:12 UTC] PHP Fatal error:  Uncaught Error: Call to undefined function foo() in"
        " /home/u10432/www/wp-content/plugins/a/a.php:77",
        Matter.TECHNICAL,
        (Part.ERROR, Part.TIME),
        (Part.LINK,),
    ),
    "a certificate": Row(
        "SSL",
        "Браузер ругается: NET::ERR_CERT_DATE_INVALID, https://shop.example/ Сертификат истёк 21.11.2026.",
        Matter.TECHNICAL,
        (Part.ERROR, Part.LINK, Part.TIME),
    ),
    "FTP": Row(
        "ftp",
        "Не подключается FTP. Пробовал FileZilla и Total Commander, постоянно обрывается.",
        Matter.TECHNICAL,
        (Part.STEPS, Part.FREQUENCY),
        (Part.ERROR, Part.TIME),
    ),
    "an invoice": Row(
        "Счёт",
        "Добрый день! Пришлите, пожалуйста, счёт на оплату хостинга за декабрь, договор 4512345.\nСпасибо!",
        Matter.ADMINISTRATIVE,
        (Part.WANTED,),
    ),
    "about the contract": Row(
        "Договор",
        "Здравствуйте.\nВопрос по договору 4512345.\n\nИван",
        Matter.ADMINISTRATIVE,
        (),
        (Part.WANTED, Part.PROCEDURE),
    ),
    "a change of owner": Row(
        "Смена владельца",
        "Прошу переоформить домен client.example на ООО «Василёк». Заявление во вложении.",
        Matter.ADMINISTRATIVE,
        (Part.SCREENSHOT, Part.WANTED, Part.PROCEDURE),
        (),
        (SCAN,),
    ),
    "closing documents that did not come": Row(
        "Закрывающие документы",
        "Не получили акт за октябрь. Бухгалтерия ждёт.",
        Matter.ADMINISTRATIVE,
        (Part.WANTED,),
    ),
    "a forgotten password": Row(
        "Пароль",
        "Забыла пароль от панели, не могу войти",
        Matter.ADMINISTRATIVE,
        (Part.WANTED,),
    ),
    "a greeting": Row("", "Здравствуйте!", Matter.UNCLEAR),
    "thanks": Row("Re: Сайт", "Спасибо большое, всё заработало!", Matter.UNCLEAR),
    "how to": Row("Вопрос", "Подскажите, как настроить почту на телефоне?", Matter.UNCLEAR),
    "an English outage": Row(
        "Site down",
        "Hello,\n\nour shop has been down since yesterday evening. Please help.\n\n"
        "Best regards,\nJohn\nwww.shop.example",
        Matter.TECHNICAL,
        (Part.TIME,),
        (Part.ERROR, Part.LINK),
    ),
    "an English form": Row(
        "Checkout",
        'When I click "Pay" on https://shop.example/checkout I get "Payment gateway not configured".'
        " It happens every time.",
        Matter.TECHNICAL,
        (Part.STEPS, Part.ERROR, Part.LINK, Part.FREQUENCY),
    ),
    "English mail": Row(
        "mail",
        "I can't send mail from Outlook, it worked this morning.",
        Matter.TECHNICAL,
        (Part.TIME,),
        (Part.ERROR, Part.STEPS),
    ),
    "an English cancellation": Row(
        "Contract 4512345",
        "Dear team, we want to cancel our contract at the end of the year. Which form do you need?",
        Matter.ADMINISTRATIVE,
        (Part.WANTED, Part.PROCEDURE),
    ),
    "English billing": Row(
        "Billing",
        "Hello, I have a question about billing.",
        Matter.ADMINISTRATIVE,
        (),
        (Part.WANTED, Part.PROCEDURE),
    ),
    "paid and still down": Row(
        "Оплата",
        "Оплатили счёт вчера, а сайт всё ещё не работает: client.example",
        Matter.TECHNICAL,
        (Part.LINK, Part.TIME),
        (Part.ERROR,),
    ),
    "who left": Row(
        "Доступ",
        "Прошу закрыть доступ к панели для petrov@client.example, он у нас больше не работает.",
        Matter.ADMINISTRATIVE,
        (Part.WANTED, Part.PROCEDURE),
    ),
}


@pytest.mark.parametrize("name", MAILS)
def test_a_mail_is_seen_as_a_person_sees_it(name: str) -> None:
    row = MAILS[name]

    told = describe(row.subject, row.words, row.files)

    assert told.matter is row.matter
    assert told.parts == row.parts
    assert would_help(told) == row.asked
