"""Who wrote: one plain mailbox in one From field, or nobody. And the lists of addresses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.core.mail import Defect
from mailgate.parse.addresses import mailboxes, sole_mailbox
from mailgate.parse.charset import guess_charset
from mailgate.parse.message import parse
from mailgate.parse.words import HeaderReader
from tests.builders import envelope


def reader() -> HeaderReader:
    return HeaderReader(guess_charset)


@pytest.mark.parametrize(
    ("field", "mailbox", "name"),
    [
        (b"ivan@client.example", "ivan@client.example", ""),
        (b"<ivan@client.example>", "ivan@client.example", ""),
        (b"Ivan Petrov <ivan@client.example>", "ivan@client.example", "Ivan Petrov"),
        (b"I. V. Petrov <Ivan.P@Client.Example>", "Ivan.P@client.example", "I. V. Petrov"),
        (b'"Petrov, Ivan" <ivan@client.example>', "ivan@client.example", "Petrov, Ivan"),
        (b'"the \\"boss\\"" <ivan@client.example>', "ivan@client.example", 'the "boss"'),
        (b'"admin@bank.ru" <ivan@client.example>', "ivan@client.example", "admin@bank.ru"),
        (b"=?utf-8?B?0JjQstCw0L0=?= <ivan@client.example>", "ivan@client.example", "Иван"),
        (b'"=?koi8-r?B?6dfBzg==?=" <ivan@client.example>', "ivan@client.example", "Иван"),
        ("Иван Петров <ivan@client.example>".encode("koi8-r"), "ivan@client.example", "Иван Петров"),
        ("Иван Петров <ivan@client.example>".encode("cp1251"), "ivan@client.example", "Иван Петров"),
        ("Иван <иван@пример.рф>".encode(), "иван@xn--e1afmkfd.xn--p1ai", "Иван"),
        (b"root@server.example (Cron Daemon)", "root@server.example", "Cron Daemon"),
        (b"Ivan (sales) <ivan@client.example>", "ivan@client.example", "Ivan (sales)"),
        (b"Ivan<ivan@client.example>", "ivan@client.example", "Ivan"),
    ],
)
def test_a_plain_mailbox_is_an_identity(field: bytes, mailbox: str, name: str) -> None:
    address = sole_mailbox(field, reader())
    assert address is not None
    assert (address.mailbox, address.name) == (mailbox, name)


AMBIGUOUS = [
    b"admin@bank.ru <evil@x.org>",
    b"admin@bank.ru;evil@x.org",
    b"admin@bank.ru; evil@x.org",
    b"admin@bank.ru, evil@x.org",
    b"admin@bank.ru,evil@x.org",
    b"Admin <admin@bank.ru>, <evil@x.org>",
    b"admin@bank.ru evil@x.org",
    b"<admin@bank.ru> <evil@x.org>",
    b'"Foo" <admin@bank.ru> <evil@x.org>',
    b"admin@bank.ru\x00<evil@x.org>",
    b"Foo\x00 <evil@x.org>",
    b"<evil@x.org>\x00",
    b"a)b <evil@x.org>",
    b"a(b <evil@x.org>",
    b"(admin@bank.ru) <evil@x.org>",
    b"admin@bank.ru (evil@x.org)",
    b"admin@bank.ru (a (nested) comment)",
    b"admin(comment)@bank.ru",
    b"admin@(comment)bank.ru",
    b"admin@bank.ru(\\)) <evil@x.org>",
    b"<admin@bank.ru> trailing",
    b"<@relay.example:admin@bank.ru>",
    b"<admin@bank.ru@x.org>",
    b"admin@bank.ru@x.org",
    b"undisclosed-recipients:;",
    b"Group: admin@bank.ru;",
    b"Group: <admin@bank.ru>",
    b'"admin@bank.ru <evil@x.org>',
    b'"a" "b@c" admin@bank.ru',
    b'"admin"@bank.ru',
    b"admin @bank.ru",
    b"admin@ bank.ru",
    b"<admin@bank.ru >",
    b"<admin@bank.ru",
    b"admin@bank.ru>",
    b"<<admin@bank.ru>>",
    b"admin@[192.0.2.1]",
    b"admin@localhost",
    b"admin",
    b"",
    b"<>",
    b"=?utf-8?q?admin=40bank=2Eru?=",
    b"=?utf-8?q?Admin_=3Cadmin=40bank=2Eru=3E?=",
    b"<=?utf-8?q?admin?=@bank.ru>",
    b"Admin <admin@bank.ru>\r\n evil@x.org".replace(b"\r\n", b""),
    "\u202egro.x <admin@bank.ru\u202c>".encode(),
    b"\xc1\xc4@bank.ru",
]


@pytest.mark.parametrize("field", AMBIGUOUS)
def test_m13_identity(field: bytes) -> None:
    mail = parse(b"From: " + field + b"\r\nMessage-ID: <a@b>\r\n\r\ntext\r\n", envelope())
    assert mail.author is None
    assert Defect.FROM_UNUSABLE in mail.defects
    assert mail.text == "text\n"


@pytest.mark.parametrize(
    ("block", "defect"),
    [
        (b"From: admin@bank.ru\r\nFrom: evil@x.org\r\n", Defect.FROM_REPEATED),
        (b"From: admin@bank.ru\r\nFROM : evil@x.org\r\n", Defect.FROM_REPEATED),
        (b"From: admin@bank.ru\r\nfrom:\r\n evil@x.org\r\n", Defect.FROM_REPEATED),
        (b"From: admin@bank.ru\r\n \r\nFrom: evil@x.org\r\n", Defect.FROM_REPEATED),
        (b"Sender: admin@bank.ru\r\n", Defect.NO_FROM),
        (b"From: admin@bank.ru" + b" " * 70_000 + b"\r\n", Defect.FROM_UNUSABLE),
        (b"From: admin@bank.ru\r\n" + b"X: y\r\n" * 1000 + b"From: evil@x.org\r\n", Defect.FROM_UNUSABLE),
    ],
    ids=["two", "obsolete-colon", "folded", "white-line", "none", "cut", "second-beyond-the-limit"],
)
def test_m13_one_field(block: bytes, defect: Defect) -> None:
    mail = parse(block + b"\r\ntext\r\n", envelope())
    assert mail.author is None
    assert defect in mail.defects


def test_a14_nested_comments_are_no_recursion() -> None:
    mail = parse(b"From: " + b"(" * 5000 + b"a@b.example" + b")" * 5000 + b"\r\n\r\ntext", envelope())
    assert mail.author is None
    assert mail.text == "text"


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (b"a@x.example, B <b@x.example>", ["a@x.example", "b@x.example"]),
        (b'"A, B" <a@x.example>; c@x.example', ["a@x.example", "c@x.example"]),
        (b"Team: a@x.example, b@x.example; c@x.example", ["a@x.example", "b@x.example", "c@x.example"]),
        (b"undisclosed-recipients:;", []),
        (b"broken <a@x.example, good@x.example", ["good@x.example"]),
        (b"a@x.example <b@x.example>, good@x.example", ["good@x.example"]),
        (b'a@x.example, "open b@x.example, c@x.example', ["a@x.example"]),
        (b"a@x.example, A@X.example", ["a@x.example"]),
        (b",,,;;, a@x.example", ["a@x.example"]),
        (b"", []),
    ],
)
def test_lists_keep_what_is_plain(field: bytes, expected: list[str]) -> None:
    assert [address.mailbox for address in mailboxes(field, reader(), 100)] == expected


def test_lists_are_bounded() -> None:
    field = b", ".join(b"u%d@x.example" % number for number in range(1000))
    found = mailboxes(field, reader(), 100)
    assert len(found) == 100
    assert found[0].local == "u0"


@given(
    st.lists(
        st.sampled_from(['"', "(", ")", "<", ">", ",", ";", ":", "\\", "@", "a", ".", " ", "b.ru"]),
        max_size=40,
    )
)
def test_an_identity_is_always_written_in_the_field(pieces: list[str]) -> None:
    field = "".join(pieces)
    address = sole_mailbox(field.encode(), reader())
    assert address is None or field.lower().count(address.key) == 1
