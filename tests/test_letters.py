"""Letters: the exact set of headers, the subject, the envelope, and how they are written."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.core import tag
from mailgate.core.effects import LetterKind
from mailgate.core.mail import Address
from mailgate.core.number import find_numbers
from mailgate.core.policy import Language
from mailgate.letters import EnvelopeSender, sample, wire
from tests.builders import bounce_address
from tests.drafts import DESK, EN, HEADERS, KEYS, NOW, NUMBER, RU, ack, letters, read


def test_an_acknowledgement_has_exactly_these_headers() -> None:
    composed = letters().compose(ack(references=("<first@example.com>",)), 7, NOW)
    made = read(composed.raw)
    root = tag.message_id(KEYS, NUMBER, 0, "hoster.example")

    assert sorted(made.keys()) == sorted(HEADERS)
    assert made["To"] == "ivan@example.com"
    assert made["Reply-To"] == tag.reply_address(KEYS, NUMBER, DESK.address, "+").mailbox
    assert made["Subject"] == f"[#{NUMBER}] Ваша заявка принята"
    assert made["Date"] == "Mon, 23 Nov 2026 14:06:07 +0300"
    assert made["Message-ID"] == composed.message_id == tag.message_id(KEYS, NUMBER, 7, "hoster.example")
    assert made["In-Reply-To"] == "<question@example.com>"
    assert made["References"] == f"{root} <first@example.com> <question@example.com>"
    assert made["Auto-Submitted"] == "auto-replied"
    assert made["X-Auto-Response-Suppress"] == "All"
    assert made["X-Mailgate-Ticket"] == str(NUMBER)
    assert made["X-Mailgate-Kind"] == "acknowledgement"
    assert b"\r\nContent-Type: text/plain; charset=utf-8\r\n" in composed.raw
    assert made.defects == []


def test_headers_that_say_nothing_are_left_out() -> None:
    made = read(letters(replace(DESK, subaddress=False)).compose(ack(answers=""), 7, NOW).raw)

    assert set(made.keys()) == HEADERS - {"Reply-To", "In-Reply-To"}


def test_the_same_letter_is_the_same_bytes() -> None:
    assert letters().compose(ack(), 7, NOW) == letters().compose(ack(), 7, NOW)


@pytest.mark.parametrize(
    ("envelope", "subaddress", "sender"),
    [
        ("verp", True, bounce_address(7)),
        ("verp", False, "support@hoster.example"),
        ("null", True, ""),
        ("fixed", True, "postbox@hoster.example"),
    ],
)
def test_the_envelope_sender(envelope: EnvelopeSender, sender: str, *, subaddress: bool) -> None:
    composed = letters(replace(DESK, subaddress=subaddress), envelope).compose(ack(), 7, NOW)

    assert (composed.envelope_sender, composed.recipient) == (sender, "ivan@example.com")


def test_a_desk_too_long_for_a_signed_sender_sends_from_its_own_address() -> None:
    long_desk = replace(DESK, addresses=(Address("s" * 50, "hoster.example"),))

    assert letters(long_desk).compose(ack(), 7, NOW).envelope_sender == long_desk.address.mailbox


@pytest.mark.parametrize(
    ("kind", "languages", "his", "shown"),
    [
        (LetterKind.ACKNOWLEDGEMENT, (RU,), "", "[#100425] Ваша заявка принята"),
        (LetterKind.ACKNOWLEDGEMENT, (EN,), "", "[#100425] Your request has been received"),
        (
            LetterKind.ACKNOWLEDGEMENT,
            (RU, EN),
            "",
            "[#100425] Ваша заявка принята / Your request has been received",
        ),
        (LetterKind.ACKNOWLEDGEMENT, (RU,), "Не открывается сайт", "Re: Не открывается сайт [#100425]"),
        (LetterKind.ACKNOWLEDGEMENT, (RU,), "Fwd: счёт", "Re: Fwd: счёт [#100425]"),
        (LetterKind.RECEIPT, (RU,), "RE: Re[2]: Отв: На: [#100425] Сайт [#100425]", "Re: Сайт [#100425]"),
        (LetterKind.RECEIPT, (RU,), "Re: Ответы на вопросы", "Re: Ответы на вопросы [#100425]"),
        # A number besides its own would part the reply from the ticket.
        (LetterKind.ACKNOWLEDGEMENT, (EN,), "Re: ticket 100430", "[#100425] Your request has been received"),
        (LetterKind.ACKNOWLEDGEMENT, (RU,), "заявка 100425", "Re: заявка 100425 [#100425]"),
        (LetterKind.ACKNOWLEDGEMENT, (EN,), "Re: [#100430]", "[#100425] Your request has been received"),
        (LetterKind.OUTSIDER, (RU,), "", "Ваше письмо получено"),
        (LetterKind.OUTSIDER, (RU,), "Re: [#100425] Сайт", "Re: Сайт"),
        (LetterKind.DIGEST, (RU, EN), "Сайт", "Ваши заявки приняты / Your requests have been received"),
    ],
)
def test_the_subject(kind: LetterKind, languages: tuple[Language, ...], his: str, shown: str) -> None:
    letter = replace(sample(kind, RU), languages=languages, subject=his)

    assert read(letters().compose(letter, 7, NOW).raw)["Subject"] == shown


@given(st.text(max_size=300), st.sampled_from((LetterKind.ACKNOWLEDGEMENT, LetterKind.RECEIPT)))
def test_any_subject_leads_a_reply_to_its_own_ticket_only(subject: str, kind: LetterKind) -> None:
    made = read(letters().compose(replace(sample(kind, EN), subject=subject), 7, NOW).raw)

    assert find_numbers(made["Subject"]) == (NUMBER,)


def test_a_prefix_stands_in_the_brackets_and_does_not_pile_up() -> None:
    desk = replace(DESK, prefix="A.B")
    made = read(letters(desk).compose(ack(subject="Re: Сайт [A.B#100425] [AxB#12]"), 7, NOW).raw)

    assert made["Subject"] == "Re: Сайт [AxB#12] [A.B#100425]"


def test_long_references_lose_their_middle() -> None:
    before = tuple(f"<{number}@example.com>" for number in range(1000))
    shown = read(letters().compose(ack(references=(*before, *before)), 7, NOW).raw)["References"].split()

    assert shown[0] == tag.message_id(KEYS, NUMBER, 0, "hoster.example")
    assert shown[1:] == [*before[-18:], "<question@example.com>"]


def test_a_mailbox_beyond_ascii_stands_in_its_header_as_it_is() -> None:
    composed = letters().compose(ack(to="иван@пример.example"), 7, NOW)

    assert b"\r\nTo: " + "иван@xn--e1afmkfd.example".encode() + b"\r\n" in composed.raw


def test_ascii_text_travels_as_it_is_and_any_other_as_base64() -> None:
    assert wire.body("Hello,\nthere\n") == ("7bit", b"Hello,\r\nthere\r\n")
    assert wire.body("Привет")[0] == "base64"
    # What a hop may change: a long line, "From " at the start, white space at the end.
    assert [wire.body(line)[0] for line in ("x" * 77, "From me", "x ")] == ["base64"] * 3


def test_no_line_is_longer_than_mail_allows() -> None:
    long_name = replace(DESK, name="Служба поддержки " * 10, guide_url="https://x.example/" + "a" * 900)
    letter = ack(subject="длинная тема " * 20, references=tuple(f"<{'a' * n}@x>" for n in range(200, 240)))
    head, _, body = letters(long_name).compose(letter, 7, NOW).raw.partition(b"\r\n\r\n")

    assert max(len(line) for line in body.split(b"\r\n")) <= 76
    assert max(len(line) for line in head.split(b"\r\n") if b"=?" in line) <= 76
    assert max(len(line) for line in head.split(b"\r\n")) <= 998
    assert b"\n" not in (head + body).replace(b"\r\n", b"")
