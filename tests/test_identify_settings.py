"""`[identify]`: what may stand there, and that every mistake is named with its key."""

from pathlib import Path

import pytest

from mailgate.config import policy_of, read_settings
from mailgate.core.policy import Extra, Identifying
from mailgate.errors import BadSettings

DESK = (
    '[desk]\nname = "Desk"\n'
    'addresses = ["support@hoster.example", "billing@hoster.example", "abuse@sub.example"]\n'
)


def read(folder: Path, text: str) -> Identifying:
    path = folder / "mailgate.toml"
    path.write_text(DESK + text, "utf-8")
    return policy_of(read_settings(path), ()).identifying


def test_without_settings_only_the_desks_domains_are_known(tmp_path: Path) -> None:
    assert read(tmp_path, "") == Identifying(own_domains=("hoster.example", "sub.example"))


def test_the_settings_are_what_decisions_read(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        '[identify]\nlogin = ["u[0-9]{5}"]\ncontract = ["4[0-9]{6}"]\nown_domains = ["Хостер.рф"]\n'
        '[[identify.extra]]\nname = "invoice"\nlabels = ["счёт"]\n'
        '[[identify.extra]]\nname = "server"\npattern = "srv[0-9]+"\n',
    )

    assert found == Identifying(
        login=("u[0-9]{5}",),
        contract=("4[0-9]{6}",),
        extras=(Extra("invoice", ("счёт",)), Extra("server", (), "srv[0-9]+")),
        own_domains=("xn--e1arhcfp.xn--p1ai", "hoster.example", "sub.example"),
    )


@pytest.mark.parametrize(
    ("text", "mistakes"),
    [
        ('login = ["("]', ["identify.login.0: '(' is not a pattern (RE2 syntax): missing ): ("]),
        (
            'contract = ["(?=4)4"]',
            ["identify.contract.0: '(?=4)4' is not a pattern (RE2 syntax): invalid perl operator: (?="],
        ),
        (
            'login = ["[0-9]*"]',
            ["identify.login.0: '[0-9]*' is not a pattern (RE2 syntax): it matches the empty text"],
        ),
        ('login = [""]', ["identify.login.0: a pattern has 1 to 500 characters"]),
        (
            'login = ["a)|(b"]',
            ["identify.login.0: 'a)|(b' is not a pattern (RE2 syntax): unexpected ): a)|(b"],
        ),
        (
            'own_domains = ["x y"]',
            ["identify.own_domains.0: 'x y' is not a domain name such as hoster.example"],
        ),
        ("logins = []", ["identify.logins: unknown key"]),
        (
            '[[identify.extra]]\nname = "a b"\nlabels = [" x"]\npattern = "["',
            [
                "identify.extra.0.name: 'a b' is not one word, such as invoice",
                "identify.extra.0.labels.0: ' x' is not a label such as invoice",
                "identify.extra.0.pattern: '[' is not a pattern (RE2 syntax): missing ]: [",
            ],
        ),
        (
            '[[identify.extra]]\nname = "a"',
            ["identify.extra.0: labels or a pattern are required: by what is it recognised?"],
        ),
        (
            '[[identify.extra]]\nname = "a"\nlabels = ["X"]\n[[identify.extra]]\nname = "a"\nlabels = ["x"]',
            ["identify: extra: two are named 'a'", "identify: extra: the label 'x' stands twice"],
        ),
    ],
)
def test_every_mistake_is_named(tmp_path: Path, text: str, mistakes: list[str]) -> None:
    with pytest.raises(BadSettings) as why:
        read(tmp_path, f"[identify]\n{text}\n")

    assert [line.removeprefix(f"{tmp_path}/mailgate.toml: ") for line in why.value.mistakes] == mistakes
