"""Keys lead to accounts whichever way a value was written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.core.account import Account, Key, KeyKind, key, keys_of, records_of


@given(st.sampled_from(KeyKind), st.text())
def test_a_key_made_of_a_key_is_the_same(kind: KeyKind, text: str) -> None:
    made = key(kind, text)

    assert key(kind, made.value) == made


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        (KeyKind.LOGIN, " U10432 ", "u10432"),
        (KeyKind.LOGIN, "и\u0306", "й"),
        (KeyKind.CONTRACT, "12 / 34-А", "12/34-а"),
        (KeyKind.CONTRACT, "a \u0301", "\xe1"),
        (KeyKind.DOMAIN, "Пример.РФ.", "xn--e1afmkfd.xn--p1ai"),
        (KeyKind.ADDRESS, "Ivan@Client.example", "ivan@client.example"),
    ],
)
def test_ways_to_write_the_same(kind: KeyKind, one: str, other: str) -> None:
    assert key(kind, one) == key(kind, other)


NAMES = st.sampled_from(["u1", "u2", "u3"])
DOMAINS = st.lists(st.sampled_from(["a.ru", "b.ru", "c.ru"]), max_size=3).map(tuple)
ACCOUNTS = st.builds(
    Account, id=NAMES, login=NAMES, domains=DOMAINS, contracts=st.lists(NAMES, max_size=3).map(tuple)
)


@given(ACCOUNTS)
def test_every_key_of_an_account_leads_to_it(account: Account) -> None:
    for each in keys_of(account):
        assert records_of([account], frozenset({each})).led_to(each) == (account.id,)


@given(st.lists(ACCOUNTS, max_size=4, unique_by=lambda account: account.id), st.frozensets(st.builds(
    Key, st.sampled_from([KeyKind.LOGIN, KeyKind.CONTRACT]), NAMES), max_size=4))  # fmt: skip
def test_a_directory_says_what_was_asked_and_no_more(accounts: list[Account], asked: frozenset[Key]) -> None:
    found = records_of(accounts, asked)

    assert {hit.key for hit in found.hits} <= asked
    assert {account.id for account in found.accounts} == {hit.account for hit in found.hits}
