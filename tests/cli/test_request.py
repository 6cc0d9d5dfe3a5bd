"""`mailgate request`: the classes of request in force, and what a text asks for by them."""

from email.message import EmailMessage
from pathlib import Path

import pytest
from click.testing import CliRunner

from mailgate.cli import main
from mailgate.config import policy_of, read_settings
from mailgate.config.request import requests_of
from mailgate.core.request import Level, ObjectKind
from mailgate.errors import BadSettings
from tests.cli.place import Place

OWN = """
[[department]]
name = "sales"
addresses = ["sales@hoster.example"]

[[request]]
name = "reverse-dns"
title_ru = "обратная запись"
phrases = ["прописать|пропишите + ptr"]
department = "sales"
assurance = "on_record"
needs = ["domain"]

[[request]]
name = "deletion"
enabled = false

[[request]]
name = "refund"
title_en = "money"
phrases = ["вернуть|верните + рубли"]
assurance = "authorised"
critical = true
"""


def configure(place: Place, text: str) -> None:
    with place.settings.open("a", encoding="utf-8") as file:
        file.write(text)


def asked(place: Place, text: str | bytes, *words: str) -> str:
    done = CliRunner().invoke(
        main, ["--config", str(place.settings), "request", "test", *words, "-"], input=text
    )
    assert done.exit_code == 0, done.output
    return done.stdout


def test_a_text_tells_class_object_and_why(place: Place) -> None:
    told = asked(place, "Добрый день! Прошу сбросить пароль от ящика info@пример.рф.")

    assert "Class: access-recovery, by “сбросить пароль”" in told
    assert "Object: mailbox info@xn--e1afmkfd.xn--p1ai" in told
    assert "“сбросить пароль” is asked for, in “Прошу сбросить пароль от ящика info@пример.рф.”" in told


def test_a_question_tells_which_frame_said_no(place: Place) -> None:
    told = asked(place, "Как перенести домен?")

    assert told.startswith("Class: none\n")
    assert "domain-transfer: “перенести домен” is asked about: how it is done" in told


def test_a_text_of_something_else_tells_that(place: Place) -> None:
    assert "no phrase of any class" in asked(place, "Сайт не работает")


def test_a_mail_counts_by_its_subject_and_new_words(place: Place, tmp_path: Path) -> None:
    file = tmp_path / "mail.eml"
    message = EmailMessage()
    message["From"], message["Subject"] = "a@mail.ru", "Домен stroymir.ru"
    message.set_content("Пришлите код переноса.\n\n> Удалите аккаунт\n")
    file.write_bytes(message.as_bytes())

    document = place.ask("request", "test", str(file))

    assert document["class"] == "domain-transfer"
    assert document["objects"] == [{"kind": "domain", "value": "stroymir.ru"}]
    assert [each["class"] for each in document["heard"]] == ["domain-transfer"]
    assert document["heard"][0]["frame"] == "asked"


def test_hostile_bytes_are_shown_harmless(place: Place) -> None:
    told = asked(place, b"\x1b[31m\xff\xfe \x00 Delete my account\n")

    assert "\x1b" not in told
    assert "Class: deletion" in told


def test_a_file_that_is_not_there(place: Place) -> None:
    assert place.call("request", "test", "nowhere.eml").exit_code == 64


def test_the_classes_in_force_are_listed(place: Place) -> None:
    configure(place, OWN)

    listed = place.ask("request", "list")

    assert [each["name"] for each in listed] == [
        *("access-recovery", "owner-change", "mailbox-change", "domain-transfer", "delegation-change"),
        *("refund", "reverse-dns"),
    ]
    assert "reverse-dns" in place.tell("request", "list")
    assert "Class: reverse-dns" in asked(place, "Пропишите, пожалуйста, PTR")
    assert "Class: none" in asked(place, "Удалите аккаунт")


def test_the_policy_holds_the_classes(place: Place) -> None:
    configure(place, OWN)

    own = policy_of(read_settings(place.settings), ()).requests[-1]

    assert (own.name, own.department, own.level) == ("reverse-dns", "sales", Level.ON_RECORD)
    assert own.needs == (ObjectKind.DOMAIN,)
    assert own.title("en") == own.title("ru") == "обратная запись"


def test_the_shipped_classes_are_critical_and_have_titles_in_both_languages() -> None:
    for each in requests_of(()):
        assert each.is_critical
        assert each.level is Level.AUTHORISED
        assert [language for language, _ in each.titles] == ["ru", "en"]


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ('[[request]]\nname = "a"\ntitle_en = "A"\n', "phrases are required"),
        ('[[request]]\nname = "a"\nphrases = ["акт"]\n', "title_ru or title_en is required"),
        ('[[request]]\nname = "A b"\nenabled = false\n', "is not a name"),
        ('[[request]]\nname = "a"\ntitle_en = "A"\nphrases = ["в + на"]\n', "small word"),
        (
            '[[request]]\nname = "a"\ntitle_en = "A"\nphrases = ["акт"]\ncritical = true\n',
            'must be "authorised"',
        ),
        (
            '[[request]]\nname = "a"\ntitle_en = "A"\nphrases = ["акт"]\ndepartment = "x"\n',
            "request.a.department: no [[department]] is named 'x'",
        ),
        ('[[request]]\nname = "a"\nenabled = false\n' * 2, "two are named 'a'"),
        ('[[request]]\nname = "a"\nenabled = false\nneeds = ["car"]\n', "request.0.needs.0"),
    ],
)
def test_a_mistaken_class_is_told(place: Place, text: str, mistake: str) -> None:
    configure(place, text)

    with pytest.raises(BadSettings) as told:
        read_settings(place.settings)
    assert mistake in str(told.value)
