"""What identifies a writer: where it stands, how sure it is, and what a hostile mail may cost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.core.account import KeyKind, key
from mailgate.core.address import parse_mailbox
from mailgate.core.candidate import CandidateKind, How, Likeness, Place
from mailgate.core.finding.find import MOST, QUOTED_LOOKED_AT, WORDS_LOOKED_AT
from mailgate.core.finding.form import FORM, NOTHING
from mailgate.core.policy import Extra, Identifying, Language
from mailgate.core.quote import split
from tests.core.texts import candidates, found_in
from tests.cost import costs_less, takes_less
from tests.identification.tables import IDENTIFYING, label_of


def places(words: str, **parts: str) -> str:
    return ", ".join(f"{one.place} {label_of(one)}" for one in candidates(words, **parts))  # type: ignore[arg-type] # parts are texts


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("stroymir.ru лежит", "words domain stroymir.ru"),
        ("Помогите\nС уважением,\nИван\nwww.stroymir.ru", "signature domain stroymir.ru"),
        ("Помогите. С уважением, Иван, stroymir.ru", "signature domain stroymir.ru"),
        ("Помогите\n\n--\nИван\nстроймир, i@stroymir.ru", "signature domain stroymir.ru"),
        ("Hi\n\nBest regards,\nJane\nnwt.io", "signature domain nwt.io"),
        ("Hi\n\nThanks,\nJane\nnwt.io | +44 1632 960405", "signature domain nwt.io"),
        ("Cheers,\nJane\nnwt.io", "signature domain nwt.io"),
        ("Спасибо!\nИван\nstroymir.ru", "signature domain stroymir.ru"),
        ("Спасибо за ответ, а что с stroymir.ru?", "words domain stroymir.ru"),
        ("С уважением,\nИван\nP.S. не работает stroymir.ru", "words domain stroymir.ru"),
        ("С уважением,\nИван\n\nА когда заработает stroymir.ru?", "words domain stroymir.ru"),
        ("С уважением,\nИван, логин u10432, договор 4051234", "words login u10432, words contract 4051234"),
        ("Nov 12 10:00:00 web12 nginx: stroymir.ru down", "log domain stroymir.ru"),
        ('203.0.113.4 - - [12/Oct/2026:03:11:09 +0300] "GET https://stroymir.ru/"', "log domain stroymir.ru"),
        ("$ cd /home/u10432", "log login u10432"),
        ("to=<a@stroymir.ru>, relay=x, dsn=5.1.1", "log domain stroymir.ru"),
        ("E-mail: info@stroymir.ru", "words domain stroymir.ru"),
        ("stroymir.com:8080 is down", "words domain stroymir.com"),
        ("2026-11-12 10:00:00 user=www-data1 failed", ""),
        ("u10432 лежит\nNov 12 10:00:00 web12 sshd: u10432", "words login u10432, log login u10432"),
    ],
)  # fmt: skip
def test_where_a_value_stands(words: str, found: str) -> None:
    assert places(words) == found


def test_the_order_is_by_place_and_then_by_position() -> None:
    author, other = parse_mailbox("i@primer-group.com"), parse_mailbox("x@nwt.io")
    assert author is not None
    assert other is not None

    found = candidates(
        "договор 4051234, логин u10432\n--\nstroymir.ru",
        subject="uralpribor.ru",
        quoted="> логин u10432",
        author=author,
        to=(other,),
    )

    assert [(one.place, one.value) for one in found] == [
        (Place.SUBJECT, "uralpribor.ru"),
        (Place.WORDS, "4051234"),
        (Place.WORDS, "u10432"),
        (Place.SIGNATURE, "stroymir.ru"),
        (Place.QUOTED, "u10432"),
        (Place.SENDER, "primer-group.com"),
        (Place.TO, "nwt.io"),
    ]


@pytest.mark.parametrize(
    "address", ["a@mail.ru", "a@hoster.example", "a@sub.hoster.example", "a@co.uk", "a@x.local"]
)
def test_addresses_that_tell_nothing(address: str) -> None:
    mailbox = parse_mailbox(address)
    assert mailbox is not None

    assert candidates(author=mailbox, to=(mailbox,)) == ()


def test_a_signature_below_the_delimiter_is_the_writers_own() -> None:
    parts = split(
        "Помогите\n-- \nИван\nлогин u10432\nstroymir.ru\n\n12.10.2026 14:20, Support пишет:\n> uralpribor.ru"
    )

    found = places(parts.new_words, quoted=parts.quoted, signature=parts.signature)

    assert found == "words login u10432, signature domain stroymir.ru, quoted domain uralpribor.ru"


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("Логин: u10432", How.FORM),
        ("> Договор: 4051234", How.FORM),
        ("• Домен: stroymir.ru", How.FORM),
        ("логин u10432", How.LABEL),
        ("сайт stroymir.ru", How.LABEL),
        ("u10432", How.PATTERN),
        ("https://stroymir.ru", How.URL),
        ("i@stroymir.ru", How.ADDRESS),
        ("stroymir.ru", How.BARE),
        ("stroymir.ru и https://stroymir.ru", How.URL),
        ("u10432\nЛогин: u10432", How.FORM),
    ],
)
def test_how_a_value_is_recognised(text: str, how: How) -> None:
    (one,) = candidates(text)

    assert one.how is how


@pytest.mark.parametrize(
    ("text", "value", "likeness"),
    [
        ("логин u10432", "u10432", Likeness.EXACT),
        ("логин u10\u200b432", "u10432", Likeness.NORMALISED),
        ("stroy\u00admir.ru", "stroymir.ru", Likeness.NORMALISED),
        ("\u200bstroymir.ru", "stroymir.ru", Likeness.EXACT),
        ("stroymir\uff0eru", "stroymir.ru", Likeness.NORMALISED),
        ("ivan\uff20stroymir.ru", "stroymir.ru", Likeness.EXACT),
        ("договор \uff14\uff10\uff15\uff11\uff12\uff13\uff14", "4051234", Likeness.NORMALISED),
        (
            "\U0001d7d2\U0001d7d8\U0001d7d3\U0001d7d9\U0001d7da\U0001d7db\U0001d7dc",
            "4051234",
            Likeness.NORMALISED,
        ),
        ("stroymir\u2013spb.ru", "stroymir-spb.ru", Likeness.NORMALISED),
        ("stroymir\u2011spb.ru", "stroymir-spb.ru", Likeness.NORMALISED),
        ("u1\u03010432", "u10432", Likeness.NORMALISED),
        ("\u202eu10432", "u10432", Likeness.EXACT),
        ("u1\u041e432", "u1\u043e432", Likeness.LOOKALIKE),
        ("логин u1\u041e432", "u1\u043e432", Likeness.LOOKALIKE),
        ("логин \u044310432", "\u044310432", Likeness.LOOKALIKE),
        ("4\u041e51234", "4\u043e51234", Likeness.LOOKALIKE),
        ("stroymi\u0433.ru и str\u043eymir.ru", "str\u043eymir.ru", Likeness.LOOKALIKE),
        ("\u0440\u0430\u0443\u0440\u0430l.ru", "\u0440\u0430\u0443\u0440\u0430l.ru", Likeness.LOOKALIKE),
        ("\u0441\u043e\u0441\u043e.com", "\u0441\u043e\u0441\u043e.com", Likeness.LOOKALIKE),
        ("stroymir.\u0441om", "stroymir.\u0441om", Likeness.LOOKALIKE),
        ("xn--80ak6aa92e.com", "xn--80ak6aa92e.com", Likeness.LOOKALIKE),
        ("роза-ветров.com", "xn----7sbhaoi2cflgv.com", Likeness.EXACT),
    ],
)
def test_how_like_a_value_is_what_was_written(text: str, value: str, likeness: Likeness) -> None:
    found = [one for one in candidates(text) if one.value == value]

    assert [one.likeness for one in found] == [likeness], candidates(text)


def test_emoji_and_other_signs_do_not_make_a_value_less_exact() -> None:
    found = candidates("Привет 👍🏻 — логин u10432 … stroymir.ru ❤️")

    assert {one.likeness for one in found} == {Likeness.EXACT}


LOGINS = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._@+-]{0,30}[A-Za-z0-9_])?", fullmatch=True).filter(
    lambda text: text.lower() not in NOTHING
)
CONTRACTS = st.from_regex(
    r"([А-Яа-яA-Z]{0,4}[-/]?)?[0-9]{1,8}([-/ ][0-9]{1,4})?([-/][А-ЯA-Z]{1,3})?", fullmatch=True
)
LABELS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True).filter(
    lambda text: "--" not in text
)
DOMAINS = st.builds(
    lambda labels, top: ".".join((*labels, top)),
    st.lists(LABELS.filter(lambda text: text != "www"), min_size=1, max_size=3),
    st.sampled_from(["ru", "co.uk", "io", "zip", "md", "рф", "internal"]),
)
MARKS = st.sampled_from(["", "> ", ">> ", "• ", "  - ", "* ", "1. ", ">  "])


@given(st.sampled_from(list(Language)), LOGINS, CONTRACTS, DOMAINS, MARKS, st.booleans())
def test_our_own_form_is_read_back_exactly(
    language: Language, login: str, contract: str, domain: str, mark: str, is_quoted: bool
) -> None:
    printed = {
        CandidateKind.LOGIN: key(KeyKind.LOGIN, login).value,
        CandidateKind.CONTRACT: key(KeyKind.CONTRACT, contract).value,
        CandidateKind.DOMAIN: key(KeyKind.DOMAIN, domain).value,
    }
    written = {CandidateKind.LOGIN: login, CandidateKind.CONTRACT: contract, CandidateKind.DOMAIN: domain}
    lines = "\n".join(f"{mark}{label}: {written[kind]}" for kind, label in FORM[language].items())

    found = candidates(quoted=lines) if is_quoted else candidates(lines)
    read = [(one.kind, one.value) for one in found if one.how is How.FORM]

    assert read == [(kind, value) for kind, value in printed.items() if value]


@given(st.sampled_from(list(Language)), MARKS)
def test_an_empty_form_says_nothing(language: Language, mark: str) -> None:
    lines = "\n".join(f"{mark}{label}: " for label in FORM[language].values())

    assert candidates(lines) == ()


@given(st.text(max_size=300), st.text(max_size=300), st.text(max_size=100))
def test_every_value_is_clean_and_what_its_key_would_be(words: str, quoted: str, subject: str) -> None:
    for one in candidates(f"{words} логин u10432 {words}", quoted=quoted, subject=subject):
        assert one.value == one.value.strip() != ""
        assert one.written.isprintable()
        if one.kind is not CandidateKind.EXTRA and one.likeness is not Likeness.LOOKALIKE:
            assert key(KeyKind(one.kind.value), one.value).value == one.value


def test_without_patterns_only_labels_count() -> None:
    found = candidates("логин u10432, 4051234, договор № 17, stroymir.ru", identifying=Identifying())

    assert [label_of(one) for one in found] == ["login u10432", "contract 17", "domain stroymir.ru"]


def test_an_extra_without_labels_is_found_by_its_form() -> None:
    identifying = Identifying(extras=(Extra("server", (), "srv-[0-9]+"), Extra("vm", ("вм",), "")))

    found = candidates("на srv-12 лежит ВМ: a17, и srv12", identifying=identifying)

    assert [label_of(one) for one in found] == ["extra server srv-12", "extra vm a17"]


def test_a_place_keeps_so_many_values_and_no_more() -> None:
    words = " ".join(f"u{number}" for number in range(10_000, 10_200))

    assert [one.value for one in candidates(words)] == [
        f"u{number}" for number in range(10_000, 10_000 + MOST)
    ]


def test_the_text_looked_at_is_bounded() -> None:
    found = candidates(
        "а " * (WORDS_LOOKED_AT // 2) + "u10432", quoted="а " * (QUOTED_LOOKED_AT // 2) + "u10518"
    )

    assert found == ()


UNITS = [
    "логин ", "логин: ", "логин\n", "договор № ", "договор ", "л/с ", "счёт ", "ИНН ", "пароль ",
    "пароль: a ", "login ", "login: ", "account no. ", "contract ", "invoice ", "домен: ", "site ",
    "логин/пароль: ", "acc", ".", "a.", "a.a", "..a", "a.ru ", "a.ru", "-.", "_.", "я.", "xn--.", "1",
    "1 ", "4051234 ", "4051234", "+7 812 ", "(", "@", "a@", "@a.", "http://", "http://a", "https://a.ru/",
    "/", "\\", '"', "«", "u10432", "u10432 ", "u1О432 ", "aя", "я1", "\u200b", "u\u200b", "\uff41\uff0e",
    "\u0301", "С уважением\n", "--\n", "Логин: \n", "> Логин: a\n", "Логин: u10432 \n", "тел ", " \n",
    "\t", "a=b ", "Nov 12 10:00:00 a.ru\n", "\u0130a.ru ", "a–a.",
]  # fmt: skip


def find_in(text: str, identifying: Identifying = IDENTIFYING) -> None:
    candidates(text, subject=text[:1000], quoted=text, identifying=identifying)


@pytest.mark.parametrize("unit", UNITS)
def test_four_times_the_text_take_about_four_times_the_time(
    unit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Without the bounds, which would hide what grows.
    for bound in ("values._MOST", "domains._MOST", "patterns._MOST", "bare._MOST_MIXED"):
        monkeypatch.setattr(f"mailgate.core.finding.{bound}", 1 << 30)
    quarter, whole = ((unit * (size // len(unit) + 1))[:size] for size in (1 << 14, 1 << 16))

    assert costs_less(lambda: find_in(whole), 6, lambda: find_in(quarter), grain=0.02)


@pytest.mark.parametrize("unit", UNITS)
def test_a_megabyte_of_anything_takes_little_time(unit: str) -> None:
    text = (unit * ((1 << 20) // len(unit) + 1))[: 1 << 20]

    assert takes_less(1.0, lambda: find_in(text))


@pytest.mark.parametrize("pattern", ["(a+)+b", "(a|a)*c", ".*x", "[a-z ]+1"])
def test_a_careless_pattern_takes_little_time(pattern: str) -> None:
    for text in ("a" * (1 << 17), "a " * (1 << 16)):
        assert takes_less(1.0, lambda text=text: find_in(text, Identifying(login=(pattern,))))  # type: ignore[misc] # a default of its own


def test_found_in_shows_what_the_tables_mean() -> None:
    assert found_in("логин u10432, stroymir.ru") == "login u10432, domain stroymir.ru"
