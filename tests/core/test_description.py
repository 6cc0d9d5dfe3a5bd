"""What a description holds: tables of what customers write, and whole mails."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.core.describe import LOOKED_AT, describe
from mailgate.core.description import Description, Matter, Part, would_help
from mailgate.core.description_words import PHRASES
from mailgate.core.mail import Attachment
from tests.cost import costs_less


def parts(text: str) -> tuple[Part, ...]:
    return describe("", text, ()).parts


@pytest.mark.parametrize(
    "text",
    [
        "Захожу в панель, нажимаю «Создать», ничего не происходит",
        "Пытаюсь зайти по FTP",
        "При попытке отправить письмо зависает",
        "При открытии страницы белый экран",
        "После нажатия кнопки ничего не происходит",
        "После того как ввели пароль, окно закрывается",
        "когда открываю админку, выкидывает",
        "Перезагружали роутер, не помогло",
        "Почистил кэш: почистили куки, пробовал другой браузер",
        "1. Открыть сайт\n2. Добавить товар в корзину\n3. Оформить",
        "1) вход\n2) выход",
        "Шаги: вход, корзина, оплата",
        "если нажать на кнопку, сайт виснет",
        "When I click the button nothing happens",
        "I tried another browser",
        "I’ve tried two networks",
        "Steps to reproduce are below",
        "After entering the password the page reloads",
        "1. open the site\n\n2. log in",
        "I go to the cart and it is empty",
        "Trying to upload a file, it hangs",
    ],
)
def test_steps_are_found(text: str) -> None:
    assert Part.STEPS in parts(text)


@pytest.mark.parametrize(
    "text",
    [
        "Не работает сайт",
        "Помогите, ничего не открывается",
        "Версия 1.2, потом 2.0",
        "1. Договор",
        "Осталось 12 дней",
        "The site does not open",
        "Please reply when you have time",
    ],
)
def test_where_there_are_no_steps(text: str) -> None:
    assert Part.STEPS not in parts(text)


@pytest.mark.parametrize(
    "text",
    [
        "Ошибка 500 на сайте",
        "ОШИБКА 403",
        "сайт выдаёт 404",
        "На сайте 502",
        "502 Bad Gateway",
        "HTTP/1.1 504",
        "код ответа 503",
        "500 ошибка при оформлении",
        "403 Forbidden",
        "It returns 404",
        "we get a 500 after login",
        "error 1045",
        "Пишет: нет доступа к базе",
        "Выдаёт ошибку «Не удалось сохранить запись»",
        "Выдает ошибку: Connection refused by peer",
        "ошибка - Timeout was reached",
        "ошыбка: неверный логин",
        'появляется сообщение "Доступ закрыт"',
        "Текст ошибки:\nMailbox is locked by another session",
        "Ошибка установки соединения с базой данных",
        "пишет, что закончилось место",
        "It says “Your session has expired”",
        "Error: cannot read property",
        "SQLSTATE[HY000] [2002] No such file or directory",
        "PHP Fatal error:  Uncaught Error in index.php",
        "Fatal error: Allowed memory size exhausted",
        "550 5.7.1 Relaying denied",
        "сервер ответил 550 5.1.1 <a@b.example>: user unknown",
        "550 Message rejected as spam",
        "535 Authentication failed",
        "NET::ERR_CERT_DATE_INVALID",
        "ERR_CONNECTION_TIMED_OUT",
        "SSL_ERROR_BAD_CERT_DOMAIN",
        "Outlook 0x800CCC0E",
        "java.lang.NullPointerException: null",
        "Traceback (most recent call last):",
        "Nov 23 12:00:01 mx postfix/smtpd[1]: connect from unknown",
        "2026/11/23 12:00:01 [error] 12#12: *1 upstream timed out",
        "Permission denied",
        "Ваше подключение не защищено",
    ],
)
def test_texts_and_codes_of_errors_are_found(text: str) -> None:
    assert Part.ERROR in parts(text)


@pytest.mark.parametrize(
    "text",
    [
        "Выдаёт ошибку",
        "Сайт выдаёт ошибку при входе",
        "какая-то ошибка на сайте",
        "Постоянные ошибки!",
        "ошибка на сайте «Ромашка»",
        'Сайт "Ромашка" выдаёт ошибку.',
        "Ошибка, вот ссылка: https://client.example/cart",
        "Выдаёт ошибку, скриншот: во вложении",
        "Перевели 500 рублей",
        "500 писем в день",
        "отправляем 500 писем, выдаёт не всё",
        "Договор 504, сайт медленный",
        "договор № 503",
        "u50344 не работает",
        "+7 495 502-40-40",
        "цена 404,50",
        "It gives an error",
        "there is some error on the site",
        "We were charged\n300 EUR twice",
        "Version 5.0.3",
        "по адресу 10.50.502.1",
        "Сообщение: добрый день, нужен счёт",
        "Пишет вам Иван из Ромашки",
    ],
)
def test_mere_talk_of_an_error_is_not_its_text(text: str) -> None:
    assert Part.ERROR not in parts(text)


@pytest.mark.parametrize(
    "text",
    [
        "https://client.example/shop/cart",
        "Вот: http://client.example",
        "HTTPS://CLIENT.EXAMPLE/X",
        "client.example/shop не открывается",
        "(см. пример.рф/каталог)",
        "на странице /catalog/item.php пусто",
        "Сайт client.example не открывается",
        "client.example is down",
        "не рабоает сайт ромашка.рф",
        "пример.рф лежит",
    ],
)
def test_links_are_found(text: str) -> None:
    assert Part.LINK in parts(text)


@pytest.mark.parametrize(
    "text",
    [
        "На сайте client.example не работает форма заказа",
        "Прошу продлить client.example",
        "Пишите на ivan@client.example",
        "почта на client.example не работает",
        "в файле index.php не хватает строки",
        "файл /var/www/u1/index.php не открывается",
        "и/или 24/7",
        "т.е. не работает",
        "Скриншот: https://prnt.sc/abc123",
        "Сайт не открывается\n\nС уважением,\nИван\nhttps://romashka.example",
        "</div> </p>",
    ],
)
def test_what_is_no_link(text: str) -> None:
    assert Part.LINK not in parts(text)


@pytest.mark.parametrize(
    "text",
    [
        "Вчера не работала почта", "с утра не открывается", "сегодня в 10 упал", "в 14:30 пропал доступ",
        "23.11.2026 была ошибка", "с 23.11 не приходят письма", "5 марта", "3-го мая", "около 15 часов",
        "в 9 утра", "два часа назад", "уже третий день", "уже больше недели",
        "После обновления сайт сломался", "после переноса на новый сервер", "в понедельник", "ВЧЕРА",
        "на прошлой неделе", "полчаса назад всё упало", "2026-11-23", "since Monday", "yesterday",
        "this morning", "at 5 pm", "10am", "on March 5", "5th of March", "two hours ago",
        "after the update", "for three days", "11/23/2026", "since the upgrade", "Last night it broke",
    ],
)  # fmt: skip
def test_times_are_found(text: str) -> None:
    assert Part.TIME in parts(text)


@pytest.mark.parametrize(
    "text",
    [
        "Добрый день!", "Добрый вечер, не работает сайт", "Доброе утро", "Good morning, the site is down",
        "PHP 7.4 не включается", "версия 8.1.12", "10.10.10.10", "127.0.0.1:25", "порт 8080",
        "пропорции 16:9", "работаем 24/7", "завтра пришлём", "верните деньги назад", "сайт не работает",
        "u12345", "Ubuntu 22.04", "It may be broken", "the site never opens",
        "Сайт лежит\n\nС уважением,\nИван\nтел. с 9:00 до 18:00",
    ],
)  # fmt: skip
def test_where_there_is_no_time(text: str) -> None:
    assert Part.TIME not in parts(text)


@pytest.mark.parametrize(
    "text",
    [
        "постоянно вылетает", "Иногда не грузится", "каждый раз одно и то же", "раз в час падает",
        "периодически 502", "ВРЕМЯ ОТ ВРЕМЕНИ", "то работает, то нет: через раз", "каждые пять минут",
        "впервые", "не всегда открывается", "every time", "Sometimes it works", "intermittently",
        "it's always slow", "twice a day", "every few minutes", "from time to time", "at random",
    ],
)  # fmt: skip
def test_frequencies_are_found(text: str) -> None:
    assert Part.FREQUENCY in parts(text)


@pytest.mark.parametrize(
    "text",
    [
        "мы ваш постоянный клиент",
        "сайт не работает",
        "в разы медленнее",
        "часть писем",
        "one time password",
        "all ways",
    ],
)
def test_where_there_is_no_frequency(text: str) -> None:
    assert Part.FREQUENCY not in parts(text)


@pytest.mark.parametrize(
    ("attachment", "counts"),
    [
        (("screen.png", "image/png", 80_000), True),
        (("Снимок экрана.jpg", "image/jpeg", 10_000), True),
        (("image001.png", "image/png", 250_000), True),
        (("error.log", "text/plain", 300), True),
        (("акт.pdf", "application/pdf", 20_000), True),
        (("письмо.docx", "application/octet-stream", 20_000), True),
        (("logs.zip", "application/zip", 900), True),
        (("bounce.eml", "message/rfc822", 4_000), True),
        (("image001.png", "image/png", 25_000), False),
        (("logo.png", "image/png", 30_000), False),
        (("photo.gif", "image/gif", 9_999), False),
        (("smime.p7s", "application/pkcs7-signature", 5_000), False),
        (("smime.p7s", "application/octet-stream", 5_000), False),
        (("signature.asc", "application/pgp-signature", 800), False),
        (("ivan.vcf", "text/vcard", 400), False),
        (("invite.ics", "text/calendar", 2_000), False),
        (("winmail.dat", "application/ms-tnef", 50_000), False),
        (("empty.log", "text/plain", 0), False),
    ],
)
def test_which_attachments_show_something(attachment: tuple[str, str, int], *, counts: bool) -> None:
    name, kind, size = attachment

    told = describe("", "см. вложение", (Attachment(name, kind, size, ""),))

    assert (Part.SCREENSHOT in told.parts) is counts


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://prnt.sc/abc123", True),
        ("скрин: http://joxi.ru/xyz", True),
        ("imgur.com/a/abc", True),
        ("Скриншот во вложении", False),
        ("https://client.example/imgur.com", False),
        ("вставьте на prnt.sc", False),
    ],
)
def test_screenshots_lie_at_hosts_of_pictures_too(text: str, *, shown: bool) -> None:
    assert (Part.SCREENSHOT in parts(text)) is shown


@pytest.mark.parametrize(
    ("text", "wanted", "procedure"),
    [
        ("Пришлите, пожалуйста, счёт за январь", True, False),
        ("Нужен акт сверки", True, False),
        ("Сколько стоит тариф «Бизнес»?", True, False),
        ("Не пришёл счёт на почту", True, False),
        ("Прошу сменить владельца домена", True, True),
        ("Перенесите домен на договор 4512345", True, True),
        ("Продлите домен client.example", True, True),
        ("Хотим расторгнуть договор", True, True),
        ("Верните деньги", True, True),
        ("Прошу отключить", False, True),
        ("Вопрос по договору", False, False),
        ("По оплате", False, False),
        ("Please send the invoice for March", True, False),
        ("Please change the owner of the domain", True, True),
        ("We want to cancel our contract", True, True),
        ("About the contract", False, False),
        ("Forgot my password", True, False),
    ],
)
def test_what_an_administrative_request_holds(text: str, *, wanted: bool, procedure: bool) -> None:
    told = describe("", text, ())

    assert told.matter is Matter.ADMINISTRATIVE
    assert (Part.WANTED in told.parts, Part.PROCEDURE in told.parts) == (wanted, procedure)


@pytest.mark.parametrize(
    ("text", "matter"),
    [
        ("Не работает сайт", Matter.TECHNICAL),
        ("неработает почта", Matter.TECHNICAL),
        ("Сайт тормозит", Matter.TECHNICAL),
        ("Письма не доходят", Matter.TECHNICAL),
        ("Истёк сертификат на сайте", Matter.TECHNICAL),
        ("Проблема с сайтом", Matter.TECHNICAL),
        ("Оплатили счёт, а сайт всё равно не работает", Matter.TECHNICAL),
        ("Не проходит оплата: ошибка 500", Matter.TECHNICAL),
        ("Не могу войти в почту по паролю", Matter.TECHNICAL),
        ("My website is down", Matter.TECHNICAL),
        ("Mail does not arrive", Matter.TECHNICAL),
        ("The site is very slow", Matter.TECHNICAL),
        ("Интернет-магазин то работает, то нет", Matter.TECHNICAL),
        ("DNS-записи не обновляются", Matter.TECHNICAL),
        ("Забыл пароль, не могу войти в почту", Matter.ADMINISTRATIVE),
        ("Не могу найти договор в почте", Matter.ADMINISTRATIVE),
        ("Ошибка в счёте", Matter.ADMINISTRATIVE),
        ("Закройте доступ сотруднику, он больше не работает", Matter.ADMINISTRATIVE),
        ("Прошу увеличить место на диске", Matter.ADMINISTRATIVE),
        ("Please issue an invoice", Matter.ADMINISTRATIVE),
        ("Could you please update PHP to 8.3?", Matter.ADMINISTRATIVE),
        ("Хочу заказать VPS", Matter.ADMINISTRATIVE),
        ("Здравствуйте!", Matter.UNCLEAR),
        ("Спасибо, всё заработало!", Matter.UNCLEAR),
        ("Спасибо за договор", Matter.UNCLEAR),
        ("Ошибка больше не появляется, спасибо", Matter.UNCLEAR),
        ("Как настроить почту на телефоне?", Matter.UNCLEAR),
        ("How do I set up a mailbox?", Matter.UNCLEAR),
        ("Hello", Matter.UNCLEAR),
        ("", Matter.UNCLEAR),
        ("Спасибо, заработало, но не приходят письма", Matter.TECHNICAL),
        ("Вопрос по договору. Заранее спасибо", Matter.ADMINISTRATIVE),
    ],
)
def test_what_kind_of_request_it_is(text: str, matter: Matter) -> None:
    assert describe("", text, ()).matter is matter


@pytest.mark.parametrize(
    ("description", "asked"),
    [
        (Description(Matter.TECHNICAL), (Part.ERROR, Part.LINK)),
        (Description(Matter.TECHNICAL, (Part.ERROR,)), (Part.LINK, Part.STEPS)),
        (Description(Matter.TECHNICAL, (Part.SCREENSHOT,)), (Part.LINK, Part.STEPS)),
        (Description(Matter.TECHNICAL, (Part.LINK,)), (Part.ERROR, Part.STEPS)),
        (Description(Matter.TECHNICAL, (Part.ERROR, Part.LINK)), (Part.STEPS, Part.TIME)),
        (Description(Matter.TECHNICAL, (Part.STEPS, Part.ERROR, Part.LINK)), ()),
        (Description(Matter.TECHNICAL, (), (Part.LINK,)), (Part.ERROR, Part.TIME)),
        (Description(Matter.TECHNICAL, (), (Part.STEPS, Part.ERROR)), (Part.LINK, Part.TIME)),
        (Description(Matter.ADMINISTRATIVE), (Part.WANTED, Part.PROCEDURE)),
        (Description(Matter.ADMINISTRATIVE, (Part.PROCEDURE,)), (Part.WANTED,)),
        (Description(Matter.ADMINISTRATIVE, (Part.WANTED,)), ()),
        (
            Description(Matter.ADMINISTRATIVE, (Part.ERROR, Part.LINK, Part.TIME)),
            (Part.WANTED, Part.PROCEDURE),
        ),
        (Description(Matter.UNCLEAR), ()),
        (Description(Matter.UNCLEAR, (Part.TIME,)), ()),
    ],
)
def test_what_would_help_most(description: Description, asked: tuple[Part, ...]) -> None:
    assert would_help(description) == asked


def test_every_phrase_can_be_found_by_the_starts_of_its_words() -> None:
    for phrase, _ in PHRASES:
        *_, last = words = phrase.split()

        assert "*" not in phrase[:-1]
        assert phrase == phrase.lower().replace("ё", "е")
        assert len(words) > 2 or not last.endswith("*") or len(last) > 4, phrase


_PIECES = (
    "ошибка 500 не работает сайт client.example/ с утра 10:30 1. 2) « \" : http:// ' ё İ 5.7.1 пришлите счёт"
)
texts = st.text(max_size=300) | st.lists(st.sampled_from([*_PIECES.split(" "), "\n"]), max_size=60).map(
    " ".join
)


@given(
    texts, texts, st.lists(st.builds(Attachment, texts, texts, st.integers(0, 1 << 40), texts), max_size=3)
)
def test_whatever_is_described_at_most_two_absent_parts_are_asked_for(
    subject: str, words: str, files: list[Attachment]
) -> None:
    told = describe(subject, words, tuple(files))
    asked = would_help(told)

    assert list(told.parts) == [part for part in Part if part in told.parts]
    assert len(asked) <= 2
    assert not set(asked) & {*told.parts, *told.moot}


@given(texts, texts, texts)
def test_only_the_beginning_is_looked_at(subject: str, words: str, more: str) -> None:
    begun = (words or "x") * LOOKED_AT

    assert describe(subject, begun[:LOOKED_AT] + more, ()) == describe(subject, begun[:LOOKED_AT], ())


@given(texts)
def test_case_and_the_dots_of_yo_make_no_difference(words: str) -> None:
    plain = words.replace("ё", "е").replace("Ё", "Е").replace("İ", "I")

    assert describe("", words.replace("İ", "I"), ()) == describe("", plain, ())


HOSTILE = [
    "ошибка ", "ошибка: ", "ошибка «", "error - ", "не ", "не работает ", "not ", "a.b/", "a." * 9 + " ",
    "500 ", "5", "1. a\n", "1.\t", "\n", "\n \n", "уже ", "уже час ", "for 1 ", "=a=b ", "в 10 ", "10:10 ",
    "с уважением\n", "--\n", "exceptio", "http://", "'’", "client.example ", "счет не ", "не пришел а ",
    "İ", "\u0000", "пишет ",
]  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_texts_take_no_longer_than_their_beginning(piece: str) -> None:
    short = (piece * LOOKED_AT)[:LOOKED_AT]
    long = (piece * 1_000_000)[:1_000_000]

    assert costs_less(lambda: describe(long, long, ()), 3, lambda: describe(short, short, ()))


@pytest.mark.parametrize("piece", HOSTILE)
def test_four_times_the_hostile_text_takes_about_four_times_the_time(piece: str) -> None:
    quarter, whole = ((piece * LOOKED_AT)[: LOOKED_AT // part] for part in (4, 1))

    assert costs_less(lambda: describe(whole, whole, ()), 8, lambda: describe(quarter, quarter, ()))
