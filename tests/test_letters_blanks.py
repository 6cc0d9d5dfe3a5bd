"""Texts with blanks: filled in, each reads as if it were rendered for its letter alone."""

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest
from jinja2 import DictLoader
from jinja2.sandbox import ImmutableSandboxedEnvironment

from mailgate.core.effects import Hint, Letter, LetterKind
from mailgate.letters import sample
from mailgate.letters.asking import askings
from mailgate.letters.blanks import BLANKS, can_have_blanks, filled_in
from mailgate.letters.texts import Texts
from mailgate.resources import folder
from tests.drafts import DESK, EN, NOW, NUMBER, RU


def variants(kind: LetterKind) -> list[Letter]:
    """Letters that differ in what is blank, and in what is not."""
    made = []
    for languages, hints, asking in product([(RU,), (EN, RU)], [(), tuple(Hint)], askings()):
        one = replace(sample(kind, RU), languages=languages, hints=hints, asking=asking)
        made += [
            one,
            replace(one, asked=None),
            replace(one, ticket=NUMBER + 10, asked=NOW - timedelta(days=40)),
        ]
    return made


@pytest.mark.parametrize("kind", LetterKind)
def test_blanks_change_no_text(kind: LetterKind, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = Texts(folder("templates"), None)
    filled = [texts.text(letter, DESK) for letter in variants(kind)]
    monkeypatch.setattr("mailgate.letters.texts.can_have_blanks", lambda *_: False)
    plain = Texts(folder("templates"), None)

    assert filled == [plain.text(letter, DESK) for letter in variants(kind)]


@pytest.mark.parametrize("kind", set(LetterKind) - {LetterKind.DIGEST})
@pytest.mark.parametrize("language", [RU, EN])
def test_our_own_templates_can_have_blanks(kind: LetterKind, language: str) -> None:
    texts = Texts(folder("templates"), None)

    assert can_have_blanks(texts._environment, texts._loader, f"{language}/{kind}.j2")


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{ mark }} {{ number }} {% if asked %}{{ asked }}{% else %}-{% endif %}", True),
        ("{% for label in form %}{{ label }}: {{ mark }}{% endfor %}", True),
        ("{% include 'piece' %}", True),
        ("{% include 'counting' %}", False),
        ("{% include which %}", False),
        ("{% include 'nowhere' %}", False),
        ("{{ mark|length }}", False),
        ("{{ number ~ '' }}", False),
        ("{% if mark %}a{% endif %}", False),
        ("{% if asked == 'today' %}a{% endif %}", False),
        ("{% set number = mark %}{{ number }}", False),
        ("{% set kept %}{{ mark }}{% endset %}{{ kept|upper }}", False),
        ("{% filter upper %}{{ mark }}{% endfilter %}", False),
        ("{% macro said() %}{{ mark }}{% endmacro %}{{ said()|upper }}", False),
        ("{% for mark in marks %}{{ mark }}{% endfor %}", False),
        ("{% extends 'piece' %}", False),
        ("{{ ['Hi', 'Hello']|random }}", False),
        ("{{ lipsum() }}", False),
        ("{% if", False),
    ],
)
def test_a_template_that_does_more_than_print_has_none(template: str, *, expected: bool) -> None:
    loader = DictLoader({"it": template, "piece": "{{ mark }}", "counting": "{{ mark|length }}"})

    assert can_have_blanks(ImmutableSandboxedEnvironment(loader=loader), loader, "it") is expected


def test_each_blank_is_filled_in_wherever_it_stands() -> None:
    text = f"{BLANKS['mark']} a {BLANKS['asked']} {BLANKS['mark']}{BLANKS['number']}"

    assert filled_in(text, {"mark": "[#7]", "asked": "now", "number": "7"}) == "[#7] a now [#7]7"
