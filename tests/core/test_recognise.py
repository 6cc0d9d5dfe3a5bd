"""What is asked for and what is not, to what, by which words; and what a hostile text costs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.config.request import requests_of
from mailgate.core.object import object_of
from mailgate.core.phrasing import mistake_in
from mailgate.core.recognise import SUBJECT_LOOKED_AT, WORDS_LOOKED_AT, explained, recognise
from mailgate.core.request import Level, Object, ObjectKind, RequestClass
from tests.cost import costs_less

CLASSES = requests_of(())


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Прошу сбросить пароль от ящика info@stroymir.ru", "access-recovery"),
        ("Можете сбросить пароль?", "access-recovery"),
        ("Сбросьте мне пароль, письмо не приходит", "access-recovery"),
        ("Could you send me the auth code?", "domain-transfer"),
        ("Нельзя ли вернуть деньги?", "refund"),
        ("Хотим перенести домен stroymir.ru к другому регистратору, нужен код", "domain-transfer"),
        ("Please delete my account", "deletion"),
        ("Прошу переоформить домен на Петрова Ивана", "owner-change"),
        ("Как перенести домен?", ""),
        ("Где сменить пароль?", ""),
        ("Where do I change my password?", ""),
        ("Сколько стоит перенос домена?", ""),
        ("не приходит письмо для смены пароля", ""),
        ("домен переносить не нужно", ""),
        ("Не удаляйте мой аккаунт", ""),
        ("I changed the name servers yesterday", ""),
        ("Вчера сменили пароль от почты", ""),
        ("Спасибо за возврат денег!", ""),
        ("Как мне сбросить пароль? Если нужно, сделайте это сами.", "access-recovery"),
        ("Требуется смена владельца домена. Какие документы приложить?", "owner-change"),
        ("Ящик info@stroymir.ru больше не нужен, можно удалять", "deletion"),
        ("Можно домен stroymir.ru на жену переписать?", "owner-change"),
        ("Can my password be reset by you?", "access-recovery"),
        ("I was wondering if you could reset my password", "access-recovery"),
        ("Не могу войти в кабинет, помогите", "access-recovery"),
        ("Не могу войти в кабинет, проверьте сервер", ""),
        ("Можно ли сменить пароль без панели?", ""),
        ("Через сколько вы удалите сайт?", ""),
        ("Хочу перенести домен. Как это сделать?", ""),
        ("Возвращать деньги не нужно, пусть лежат на балансе", ""),
        ("", ""),
    ],
)
def test_asking_how_a_thing_is_done_is_not_asking_for_it(text: str, name: str) -> None:
    assert recognise("", text, CLASSES).name == name


def test_of_two_the_first_class_is_the_requests() -> None:
    text = "Верните деньги и удалите аккаунт."

    assert recognise("", text, CLASSES).name == "deletion"
    assert recognise("", text, CLASSES[::-1]).name == "refund"


def test_what_a_request_is_about() -> None:
    text = (
        "Наш сайт other.ru работает. Прошу сменить NS домена https://www.Рыбалка.рф/ на:\nns1.example.net\n"
        "ns2.example.net\nПишите на info@third.ru."
    )

    request = recognise("", text, CLASSES)

    assert [(each.kind.value, each.value) for each in request.objects] == [
        ("domain", "xn--80aab1be1a1f.xn--p1ai"),
        ("nameserver", "ns1.example.net"),
        ("nameserver", "ns2.example.net"),
    ]


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (ObjectKind.DOMAIN, "Пример.РФ", "xn--e1afmkfd.xn--p1ai"),
        (ObjectKind.DOMAIN, "a b.ru", ""),
        (ObjectKind.DOMAIN, "x." * 200 + "ru", ""),
        (ObjectKind.MAILBOX, "Info@Example.RU", "info@example.ru"),
        (ObjectKind.MAILBOX, "a@b@c.ru", ""),
        (ObjectKind.NAMESERVER, "NS1.example.net", "ns1.example.net"),
        (ObjectKind.NAMESERVER, "192.0.2.1", ""),
        (ObjectKind.PERSON, "Римская-Корсакова А. П.", "Римская-Корсакова А. П."),
        (ObjectKind.PERSON, "John <b>", ""),
        (ObjectKind.PERSON, "Иван\nПетров", ""),
        (ObjectKind.PERSON, "И" * 101, ""),
        (ObjectKind.PERSON, "", ""),
    ],
)
def test_an_object_has_a_strict_grammar(kind: ObjectKind, text: str, value: str) -> None:
    assert object_of(kind, text) == (Object(kind, value) if value else None)


def test_levels_have_an_order() -> None:
    assert Level.NONE < Level.CLAIMED < Level.ON_RECORD < Level.AUTHORISED


def own(*phrases: str) -> tuple[RequestClass, ...]:
    return (RequestClass("own", (("ru", "своё"),), phrases),)


@pytest.mark.parametrize(
    ("phrase", "text", "heard"),
    [
        ("выслать акт", "Прошу выслать нам, пожалуйста, акт", True),
        ("выслать акт", "Прошу выслать последний акт", False),
        ("выслать ... акт", "Прошу выслать последний акт", True),
        ("выслать ... акт", "Прошу акт выслать", False),
        ("выслать + акт", "Прошу акты выслать", True),
        ("выслать|дать + акт", "Прошу дать акт", True),
        ("выслать + акт !сверка", "Прошу выслать акт сверки", False),
        ("проверить <domain>", "Прошу проверить stroymir.ru", True),
        ("проверить <mailbox>", "Прошу проверить info@stroymir.ru", True),
        ("проверить <mailbox>", "Прошу проверить stroymir.ru", False),
        ("выслать + акт -сверка", "Прошу акт сверки выслать", False),
        ("выслать + акт -сверка", "Прошу выслать акт, сверка не нужна", True),
        ("перенести + сайт !<us>", "Хочу перенести к вам сайт", False),
        ("перенести + сайт !<us>", "Хочу перенести от вас сайт", True),
        ("оформить + акт ... <person>", "Прошу оформить акт на себя", True),
        ("оформить + акт ... <person>", "Прошу у себя оформить акт", False),
        ("~ сломать + сайт", "Сломал сайт. Помогите, пожалуйста.", True),
        ("~ сломать + сайт", "Сломал сайт.", False),
        ("~ сломать + сайт", "Сломал сайт. Проверьте, пожалуйста.", False),
        ("~ сломать + сайт", "Если сломал сайт, пришлите акт", False),
        ("восстановить + сайт", "Прошу востановить сайт", True),
        ("восстановить + сайт", "Прошу восстоновить сайт", True),
        ("выслать + договор", "Прошу выслать разговор", False),
    ],
)
def test_the_language_of_phrases(phrase: str, text: str, heard: bool) -> None:
    assert bool(recognise("", text, own(phrase)).name) is heard


@pytest.mark.parametrize(
    "phrase", ["", "+", "a|", "выслать +", "... акт", "мой", "сбросить пар-оль", "!", "а + б + в + г"]
)
def test_a_mistaken_phrase_is_told(phrase: str) -> None:
    assert mistake_in(phrase)


def test_why_is_told_with_words_sentence_and_frame() -> None:
    _, heard = explained("", "Добрый день! Как перенести домен?", CLASSES)

    assert [(each.name, each.words, each.sentence, each.frame.value) for each in heard] == [
        ("domain-transfer", "перенести домен", "Как перенести домен?", "how")
    ]


_PIECES = st.sampled_from(
    "прошу сбросить пароль как не домен stroymir.ru info@a.ru , . ? ! \n ns1.x.net please reset to the".split(
        " "
    )
)


@given(st.text(), st.text())
def test_never_raises(subject: str, words: str) -> None:
    recognise(subject, words, CLASSES)


@given(st.lists(_PIECES).map(" ".join), st.text(max_size=50))
def test_of_long_words_only_the_beginning_and_the_end_count(words: str, more: str) -> None:
    filled = (words + "." * WORDS_LOOKED_AT)[:WORDS_LOOKED_AT] + "."
    subject = (words + " " * SUBJECT_LOOKED_AT)[:SUBJECT_LOOKED_AT]
    half = len(filled) // 2
    longer = f"{filled[:half]}{'.' * WORDS_LOOKED_AT}{more}{'.' * WORDS_LOOKED_AT}{filled[half:]}"
    padded = f"{filled[:half]}{'.' * 2 * WORDS_LOOKED_AT}{filled[half:]}"

    assert recognise(subject, padded, CLASSES) == recognise(subject + more, longer, CLASSES)


@pytest.mark.parametrize(("before", "after", "found"), [(0, 90, True), (90, 0, True), (90, 90, False)])
def test_a_request_stands_at_the_beginning_or_the_end(before: int, after: int, found: bool) -> None:
    told = "Вчера вечером сайт открывался медленно, сегодня уже всё в порядке. "
    words = told * before + "Прошу сбросить пароль от панели управления. " + told * after

    assert bool(recognise("Вопрос", words, CLASSES).name) is found


@pytest.mark.parametrize(
    "piece",
    [
        *(
            "сбросить ",
            "сбросить пароль ",
            "a-",
            "a.",
            "a@",
            "https://",
            "not ",
            "\n",
            "на Имя ",
            "A.A ",
            "ns1.",
            "не, ",
        ),
        *("вышлите на ", "владелец : ", "прошу ", "?", "\u200b"),
    ],
)
def test_a16_hostile_repeats_cost_what_the_same_amount_of_text_does(piece: str) -> None:
    ordinary = "Прошу сбросить пароль от ящика info@stroymir.ru. " * 25_000
    hostile = piece * (1_000_000 // len(piece))

    assert costs_less(
        lambda: recognise(hostile, hostile, CLASSES), 20, lambda: recognise(ordinary, ordinary, CLASSES)
    )
