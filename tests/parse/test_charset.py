"""Octets become the right letters, whatever they are called."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.parse.charset import codec, decode, guess_by_letters, guess_charset

RUSSIAN = ("cp1251", "koi8-r", "cp866", "iso8859-5")
SENTENCE = "Здравствуйте, у нас перестал работать сайт, помогите пожалуйста."


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("KOI8-R", "koi8-r"), ("koi8r", "koi8-r"), ("KOI8_R", "koi8-r"), ("cskoi8r", "koi8-r"),
        ("Windows-1251", "cp1251"), ("cp-1251", "cp1251"), ("win-1251", "cp1251"), ("CP1251", "cp1251"),
        ("windows-cp1251", "cp1251"), ("x-cp1251", "cp1251"), ("1251", "cp1251"),
        ("IBM866", "cp866"), ("cp-866", "cp866"), ("ISO-8859-5", "iso8859-5"), ("iso_8859-5", "iso8859-5"),
        ("UTF8", "utf-8"), ("utf-8", "utf-8"), ("us-ascii", "ascii"), ("latin1", "iso8859-1"),
        ("GB2312", "gb18030"), ("ISO-2022-JP", "iso2022_jp"), ("x-mac-cyrillic", "mac-cyrillic"),
    ],
)  # fmt: skip
def test_names_of_charsets(name: str, expected: str) -> None:
    assert codec(name) == expected


@pytest.mark.parametrize(
    "name",
    ["punycode", "idna", "utf-7", "unicode_escape", "raw_unicode_escape", "rot13", "zlib", "base64", "hex",
     "utf-16", "utf-32", "undefined", "mbcs", "uu", "bz2", "", "x-unknown", "\x00", "a" * 100_000],
)  # fmt: skip
def test_a18_only_charsets_of_mail(name: str) -> None:
    assert codec(name) == ""
    assert decode(b"+ADw-script -a \\u0041 abc", name, guess_charset).text == "+ADw-script -a \\u0041 abc"


@pytest.mark.parametrize("charset", RUSSIAN)
@pytest.mark.parametrize("declared", ["", "x-unknown", "utf-8", "us-ascii", "iso-8859-1", "windows-1252"])
def test_russian_under_a_false_name(charset: str, declared: str) -> None:
    decoded = decode(SENTENCE.encode(charset), declared, guess_charset)
    assert (decoded.text, decoded.guessed, decoded.unknown) == (SENTENCE, True, False)


@pytest.mark.parametrize("charset", [*RUSSIAN, "utf-8"])
@pytest.mark.parametrize("declared", RUSSIAN)
def test_one_cyrillic_charset_declared_as_another(charset: str, declared: str) -> None:
    assert decode(SENTENCE.encode(charset), declared, guess_charset).text == SENTENCE


@pytest.mark.parametrize(
    ("text", "charset"),
    [("Die Frösche", "latin1"), ("Grüße aus Köln, schöne Straße", "latin1"), ("señor año", "cp1252")],
)
def test_western_text_without_a_name(text: str, charset: str) -> None:
    assert decode(text.encode(charset), "", guess_charset).text == text
    assert decode(text.encode(charset), charset, guess_charset).text == text


def test_m8_words_as_short_as_a_subject() -> None:
    words = [
        "Вопрос",
        "Привет",
        "Сайт",
        "Не работает почта",
        "Счёт",
        "СРОЧНО",
        "Перенос домена",
        "Иванов И.И.",
    ]
    wrong = [
        (word, charset)
        for word in words
        for charset in RUSSIAN
        if decode(word.encode(charset), "", guess_charset).text != word
    ]
    assert len(wrong) <= 1, wrong


def test_letters_alone_find_russian() -> None:
    assert [guess_by_letters(SENTENCE.encode(charset)) for charset in RUSSIAN] == list(RUSSIAN)
    assert guess_by_letters("Die Frösche".encode("latin1")) == ""


def test_a_spoiled_character_does_not_change_the_charset() -> None:
    octets = SENTENCE.encode()[:-3] + b"\xd0"
    decoded = decode(octets, "utf-8", guess_charset)
    assert decoded.text.startswith("Здравствуйте")
    assert decoded.guessed


def test_utf8_cut_within_a_character_at_the_sample() -> None:
    text = "a" + "б" * 5000
    assert decode(text.encode(), "koi8-r", guess_charset).text == text


@given(st.binary(max_size=200), st.text(max_size=20))
def test_never_raises(octets: bytes, name: str) -> None:
    decoded = decode(octets, name, guess_charset)
    assert decoded.text or not octets or codec(name) == "iso2022_jp"


@given(st.text(alphabet="абвгдеёжзийклмнопрстуфхцчшщъыьэюяАБВГДЕ ,.abc", max_size=200))
def test_a_right_name_is_believed(text: str) -> None:
    assert decode(text.encode(), "utf-8", guess_charset).text == text
