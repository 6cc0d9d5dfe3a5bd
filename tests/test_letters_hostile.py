"""What a hostile mail may bring into a letter: nothing but text (threats A22 to A25)."""

from dataclasses import replace

import pytest

from mailgate.core import tag
from mailgate.core.effects import LetterKind
from mailgate.letters import UnusableRecipient, sample, wire
from tests.drafts import DESK, HEADERS, KEYS, NOW, NUMBER, RU, ack, letters, read


def test_an_endless_subject_is_cut() -> None:
    made = read(letters().compose(ack(subject="сайт " * 200_000), 7, NOW).raw)

    assert len(made["Subject"]) <= 200 + len("Re:  [#100425]")
    assert made["Subject"].endswith("… [#100425]")


@pytest.mark.parametrize("break_", ["\r\n", "\n", "\r", "\r\n\t", "\0\r\n"])
def test_a22_a_line_break_in_the_subject_makes_no_header(break_: str) -> None:
    raw = letters().compose(ack(subject=f"счёт{break_}Bcc: all@bank.example"), 7, NOW).raw

    assert set(read(raw).keys()) == HEADERS
    assert read(raw)["Subject"] == "Re: счёт Bcc: all@bank.example [#100425]"


@pytest.mark.parametrize("char", list("\x85\u2028\u2029\x0b\x0c\0\ud800\u202e\u2066\x1b\x7f"))
def test_a23_a_subject_with_any_hostile_character_is_one_clean_line(char: str) -> None:
    raw = letters().compose(ack(subject=f"с{char}чёт"), 7, NOW).raw

    assert set(read(raw).keys()) == HEADERS
    assert read(raw)["Subject"] in ("Re: счёт [#100425]", "Re: с чёт [#100425]")


@pytest.mark.parametrize(
    "hostile",
    [
        "<a@b.example>\r\nBcc: <x@y.example>",
        "<a b@c.example>",
        "<a@b.example> <c@d.example>",
        "<<a@b.example>>",
        "<ivan@пример.example>",
        "<a\0@b.example>",
        "<a\x7f@b.example>",
        "a@b.example",
        "<>",
        f"<{'a' * 250}@b.example>",
    ],
)
def test_a22_an_id_outside_the_strict_pattern_is_left_out(hostile: str) -> None:
    made = read(letters().compose(ack(answers=hostile, references=(hostile, "<good@x>")), 7, NOW).raw)

    assert set(made.keys()) == HEADERS - {"In-Reply-To"}
    assert made["References"] == f"{tag.message_id(KEYS, NUMBER, 0, 'hoster.example')} <good@x>"


@pytest.mark.parametrize(
    "to",
    [
        "ivan@example.com\r\nDATA",
        '"Bank, admin@bank.example" <ivan@example.com>',
        "admin@bank.example,ivan@example.com",
        "=?utf-8?q?a=2C?=@example.com <b@c.example>",
        "",
        "<ivan@example.com>",
    ],
)
def test_a24_only_one_bare_mailbox_is_written_to(to: str) -> None:
    with pytest.raises(UnusableRecipient):
        letters().compose(ack(to=to), 7, NOW)


@pytest.mark.parametrize(
    "name", ['Desk, "Hoster" <x@y.example>', "a@b.example", "Иванов, И.", "=?utf-8?q?a?="]
)
def test_a24_the_desk_name_stays_one_name_of_one_mailbox(name: str) -> None:
    made = read(letters(replace(DESK, name=name)).compose(ack(), 7, NOW).raw)

    assert [(each.display_name, each.addr_spec) for each in made["From"].addresses] == [
        (name, "support@hoster.example")
    ]


@pytest.mark.parametrize("kind", [LetterKind.ACKNOWLEDGEMENT, LetterKind.RECEIPT, LetterKind.OUTSIDER])
def test_a25_braces_of_a_customer_stay_literal(kind: LetterKind) -> None:
    attack = "{{ 7*7 }} {% raw %} {{ ''.__class__.__mro__ }}"
    desk = replace(DESK, name=attack)
    letter = replace(sample(kind, RU), subject=attack)
    made = read(letters(desk).compose(letter, 7, NOW).raw)

    assert made["Subject"].startswith(f"Re: {attack}")
    assert made["From"].addresses[0].display_name.split() == attack.split()
    assert made.get_content().rstrip().endswith(attack)


@pytest.mark.parametrize("word", ["a b", "a\r\nBcc:", "a\0", "a\x85"])
def test_no_field_can_be_left_by_a_word(word: str) -> None:
    with pytest.raises(ValueError, match="cannot stand in a header"):
        wire.field("Subject", (word,))
