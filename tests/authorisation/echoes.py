"""Letters that ask for six digits, and whatever programs and people make of a letter that they send back."""

import html
import re
import textwrap
from collections.abc import Callable
from datetime import timedelta
from functools import cache

from hypothesis import strategies as st

from mailgate.config import Settings, policy_of
from mailgate.core import answer
from mailgate.core.account import Account
from mailgate.core.audit import key_id
from mailgate.core.challenge import Challenge, secrets_of
from mailgate.core.effects import Hint, Letter, LetterKind
from mailgate.core.object import object_of
from mailgate.core.policy import Language, Policy
from mailgate.core.request import Object, ObjectKind
from mailgate.letters.texts import Texts
from mailgate.parse.html import to_text
from mailgate.resources import folder
from tests.builders import NOW
from tests.house import DESK

AWAY = (
    "Я в отпуске до 1 декабря. По срочным вопросам: +7 495 123-45-67.",
    "Здравствуйте! Меня нет в офисе до 5 января, отвечу позже.\n\nС уважением,\nАнна Петрова",
    "Спасибо за письмо! Да, мы его получили и скоро ответим.",
    "В офисе меня нет",
    "I am on vacation until 1 December with no access to mail.",
    "Thank you for your message. Yes",
    "Hello,\nI am out of the office. Is it urgent? If yes, call 482913; if no",
    "Да",
    "нет",
    "Да,",
    "no:",
    "Ваше обращение принято, номер 482913.",
)
"""What an autoresponder says of itself before it quotes a letter, some of it unlucky."""

Echo = Callable[[str], str]

_BLOCK = (
    "---------- Forwarded message ---------\nFrom: Служба поддержки <support@hoster.example>\n"
    "Date: Mon, 23 Nov 2026 at 12:00\nSubject: Нужно Ваше согласие\nTo: <anna.petrova@yandex.ru>\n\n"
)
_OBJECTS = {
    ObjectKind.DOMAIN: ("kofe-i-bulki.ru", "xn--e1afmkfd.xn--p1ai", "yes.com", "no.ru", "482913.ru"),
    ObjectKind.MAILBOX: ("da@client.example", "yes482913@no.com"),
    ObjectKind.PERSON: ("Иван Петров", "Да", "Нет", "ООО «Да»", "No"),
    ObjectKind.NAMESERVER: ("ns1.client.example",),
}


@cache
def policy(languages: tuple[str, ...] = ("ru", "en")) -> Policy:
    """A policy with all classes that are shipped."""
    settings = Settings.model_validate({"desk": {**DESK, "languages": list(languages)}})
    return policy_of(settings, (b"k" * 32,))


@cache
def _texts() -> Texts:
    return Texts(folder("templates"), None)


@st.composite
def challenges(draw: st.DrawFn, key: bytes) -> Challenge:
    """Any challenge of any class, critical or not, signed by `key`."""
    asked = draw(st.sampled_from(policy().requests))
    return Challenge(
        id=draw(st.integers(1, 10**9)),
        ticket=draw(st.integers(10_000, 10**8)),
        account="1002",
        mailbox="anna.petrova@yandex.ru",
        name=asked.name,
        objects=tuple(draw(st.lists(objects(asked.kinds), max_size=4, unique=True))) if asked.kinds else (),
        entry="0" * 64,
        writer=draw(st.sampled_from(("thief@freemail.example", "да-482913@yes.com", "no@no.no"))),
        is_verified=draw(st.booleans()),
        is_owners=False,
        asked=NOW,
        made=NOW,
        expires=NOW + timedelta(days=7),
        key=key_id(key),
    )


@st.composite
def objects(draw: st.DrawFn, kinds: tuple[ObjectKind, ...] = tuple(ObjectKind)) -> Object:
    """An object of one of the kinds, some of them unlucky."""
    kind = draw(st.sampled_from(kinds))
    made = object_of(kind, draw(st.sampled_from(_OBJECTS[kind])))
    assert made is not None
    return made


@st.composite
def asking_letters(draw: st.DrawFn) -> tuple[str, str]:
    """A letter that is answered by digits, reminder or correction, in any language; and its digits."""
    key = draw(st.binary(min_size=32, max_size=32))
    rules = policy(draw(st.sampled_from((("ru", "en"), ("en", "ru"), ("ru",), ("en",)))))
    challenge = draw(challenges(key))
    login = draw(st.sampled_from(("u10518", "да", "no", "Yes", "нет", "482913")))
    account = Account("1002", login, language=draw(st.sampled_from((None, Language.RU, Language.EN))))
    kind = draw(st.sampled_from((LetterKind.CHALLENGE, LetterKind.CORRECTION)))
    hints = draw(st.sampled_from(((), (Hint.AGAIN,)))) if kind is LetterKind.CHALLENGE else ()
    return text_of(
        answer.about_challenge(kind, challenge, account, _signed(rules, key), hints=hints)
    ), secrets_of(challenge, key).digits


def _signed(rules: Policy, key: bytes) -> Policy:
    return Policy(rules.desk, (key,), requests=rules.requests)


def text_of(letter: Letter) -> str:
    """The text of a letter."""
    return _texts().text(letter, policy().desk)


def _lines(change: Callable[[str], str]) -> Echo:
    return lambda text: "\n".join(change(line) for line in text.split("\n"))


def _wrapped(width: int) -> Echo:
    return lambda text: "\n".join(
        part for line in text.split("\n") for part in textwrap.wrap(line, width) or [""]
    )


def _cut(text: str, begin: float, end: float) -> str:
    return text[int(len(text) * begin) :][: int(len(text) * end)]


def _lost(text: str, charset: str, errors: str) -> str:
    return text.encode(charset, errors).decode(charset)


def _in_html(text: str, tag: str) -> str:
    return to_text("".join(f"<{tag}>{html.escape(line)}</{tag}>" for line in text.split("\n")))


def echoes() -> st.SearchStrategy[Echo]:
    """One thing that is done to a letter on its way back."""
    prefixes = st.sampled_from(("> ", ">", ">> ", "| ", "    ", "\t", "АП> ", "* ", "- ", ": ", "2. "))
    widths = st.integers(1, 200)
    places = st.floats(0, 1)
    return st.one_of(
        prefixes.map(lambda prefix: _lines(lambda line: prefix + line)),
        widths.map(_wrapped),
        widths.map(lambda width: lambda text: textwrap.fill(text, width)),
        st.sampled_from(AWAY).map(lambda words: lambda text: f"{words}\n{text}"),
        st.sampled_from(AWAY).map(lambda words: lambda text: f"{words} {text}"),
        st.sampled_from(AWAY).map(lambda words: lambda text: f"{text}\n\n{words}"),
        st.sampled_from(("p", "div", "li", "td", "span", "blockquote")).map(
            lambda tag: lambda text: _in_html(text, tag)
        ),
        st.tuples(places, places).map(lambda ends: lambda text: _cut(text, *ends)),
        st.tuples(
            st.sampled_from(("koi8-r", "cp1251", "latin-1", "ascii")), st.sampled_from(("replace", "ignore"))
        ).map(lambda how: lambda text: _lost(text, *how)),
        st.sampled_from(_PLAIN),
    )


_PLAIN: tuple[Echo, ...] = (
    str.upper,
    str.lower,
    str.title,
    lambda text: " ".join(text.split("\n")),
    lambda text: "".join(text.split("\n")),
    lambda text: " ".join(text.split()),
    lambda text: re.sub(r"[ \t]+", "", text),
    lambda text: re.sub(r"[«»\"“”'`]", "", text),
    lambda text: re.sub(r"[^\w\s]", "", text),
    lambda text: re.sub(r"[^\w\s]", " ", text),
    lambda text: re.sub(r"[.,:;]", "\n", text),
    lambda text: text.replace(" ", "\xa0"),
    lambda text: text.replace("\n", "\r\n"),
    lambda text: text.replace("\n", "\n\n"),
    lambda text: re.sub(r"\n+", "\n", text),
    lambda text: "\n".join(reversed(text.split("\n"))),
    lambda text: _BLOCK + text,
    lambda text: f"On Mon, 23 Nov 2026 at 12:00, Support <support@hoster.example> wrote:\n{text}",
)
