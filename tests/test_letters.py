"""Letters: the exact set of headers, what of a mail may come into them, the words, the templates."""

import email
import email.policy
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.core import tag
from mailgate.core.effects import Hint, Letter, LetterKind
from mailgate.core.mail import Address
from mailgate.core.number import find_numbers, number_of
from mailgate.core.policy import Desk, Language, Policy
from mailgate.core.quote import CUT_LINES
from mailgate.letters import EnvelopeSender, Letters, TemplateBroken, UnusableRecipient, sample, wire
from mailgate.letters.texts import moment
from mailgate.resources import folder

NOW = datetime(2026, 11, 23, 11, 6, 7, tzinfo=UTC)
KEYS = (b"k" * 32,)
RU, EN = Language.RU, Language.EN
NUMBER = number_of(10042)
DESK = Desk(
    "Поддержка «Хостинг»",
    (Address("support", "hoster.example"),),
    timezone="Europe/Moscow",
    guide_url="https://hoster.example/how-to-write",
    phone="+7 812 000-00-00",
)
HEADERS = {
    "From",
    "To",
    "Reply-To",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "X-Mailgate-Ticket",
    "X-Mailgate-Kind",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
}


def letters(desk: Desk = DESK, envelope: EnvelopeSender = "verp", templates: Path | None = None) -> Letters:
    return Letters(Policy(desk, KEYS), templates, envelope, "postbox@hoster.example")


def read(raw: bytes) -> EmailMessage:
    return email.message_from_bytes(raw, policy=email.policy.default)


def ack(**changes: object) -> Letter:
    plain = sample(LetterKind.ACKNOWLEDGEMENT, RU)
    return replace(plain, **changes)  # type: ignore[arg-type] # a test names fields by keyword


def text(letter: Letter, desk: Desk = DESK) -> str:
    return str(read(letters(desk).compose(letter, 7, NOW).raw).get_content()).replace("\r\n", "\n")


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
        ("verp", True, tag.bounce_address(KEYS, 7, DESK.address, "+").mailbox),
        ("verp", False, "support@hoster.example"),
        ("null", True, ""),
        ("fixed", True, "postbox@hoster.example"),
    ],
)
def test_the_envelope_sender(envelope: EnvelopeSender, sender: str, *, subaddress: bool) -> None:
    composed = letters(replace(DESK, subaddress=subaddress), envelope).compose(ack(), 7, NOW)

    assert (composed.envelope_sender, composed.recipient) == (sender, "ivan@example.com")


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


def test_long_references_lose_their_middle() -> None:
    before = tuple(f"<{number}@example.com>" for number in range(1000))
    shown = read(letters().compose(ack(references=(*before, *before)), 7, NOW).raw)["References"].split()

    assert shown[0] == tag.message_id(KEYS, NUMBER, 0, "hoster.example")
    assert shown[1:] == [*before[-18:], "<question@example.com>"]


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


def test_a_mailbox_beyond_ascii_stands_in_its_header_as_it_is() -> None:
    composed = letters().compose(ack(to="иван@пример.example"), 7, NOW)

    assert b"\r\nTo: " + "иван@xn--e1afmkfd.example".encode() + b"\r\n" in composed.raw


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


@pytest.mark.parametrize("kind", LetterKind)
@pytest.mark.parametrize("languages", [(RU,), (EN,), (RU, EN), (EN, RU)])
def test_a_letter_begins_with_its_cut_lines_and_keeps_to_the_width(
    kind: LetterKind, languages: tuple[Language, ...]
) -> None:
    shown = text(replace(sample(kind, RU), languages=languages, hints=tuple(Hint))).split("\n")
    cuts = {RU: CUT_LINES[0], EN: CUT_LINES[1]}

    assert shown[: len(languages)] == [cuts[language] for language in languages]
    assert max(len(line) for line in shown) <= 76
    assert shown.count("* * *") == len(languages) - 1
    assert not any(line == after == "" for line, after in pairwise(shown))


def test_the_acknowledgement_says_what_the_page_promises() -> None:
    shown = text(ack())

    assert "Мы получили Ваше письмо 23 ноября 2026, 14:05 (МСК, UTC+3)." in shown
    assert "\n    [#100425]\n" in shown
    assert "https://hoster.example/how-to-write\n" in shown
    assert "отдельных подтверждений на это мы не присылаем" in shown
    assert "Письмо без номера мы примем как новую заявку" in shown
    assert shown.endswith("С уважением,\nПоддержка «Хостинг»\n")
    assert "+7 812 000-00-00" not in shown


@pytest.mark.parametrize(
    ("hint", "russian", "english"),
    [
        (Hint.OUTAGE, "+7 812 000-00-00", "+7 812 000-00-00"),
        (Hint.UNREADABLE, "обычным текстом, без шифрования", "as plain text, without encryption"),
        (Hint.TOO_LARGE, "прочитали мы только его часть", "read only a part"),
        (Hint.REOPENED, "Заявка снова открыта", "The request is open again"),
    ],
)
def test_a_hint_is_said_when_it_holds_and_not_otherwise(hint: Hint, russian: str, english: str) -> None:
    plain = replace(sample(LetterKind.RECEIPT, RU), languages=(RU, EN))
    with_hint, without = text(replace(plain, hints=(hint,))), text(plain)

    assert russian in with_hint
    assert english in with_hint
    assert russian not in without
    assert english not in without


def test_without_a_phone_nobody_is_told_to_call() -> None:
    silent = replace(DESK, phone="")

    assert text(ack(hints=(Hint.OUTAGE,)), silent) == text(ack(), silent)


def test_an_outsider_learns_nothing_of_the_ticket() -> None:
    letter = replace(sample(LetterKind.OUTSIDER, RU), languages=(RU, EN), hints=tuple(Hint))

    assert str(NUMBER) not in text(letter)
    assert "открыта" not in text(letter)


def test_a_digest_names_every_number() -> None:
    letter = sample(LetterKind.DIGEST, EN)
    shown = text(letter)

    assert all(f"\n    [#{number}]\n" in shown for number in letter.numbers)


@pytest.mark.parametrize(
    ("zone", "language", "shown"),
    [
        ("Europe/Moscow", RU, "23 ноября 2026, 14:05 (МСК, UTC+3)"),
        ("Europe/Moscow", EN, "23 November 2026, 14:05 (MSK, UTC+3)"),
        ("Asia/Yekaterinburg", RU, "23 ноября 2026, 16:05 (UTC+5)"),
        ("Asia/Kolkata", EN, "23 November 2026, 16:35 (IST, UTC+5:30)"),
        ("America/St_Johns", EN, "23 November 2026, 07:35 (NST, UTC−3:30)"),
        ("UTC", RU, "23 ноября 2026, 11:05 (UTC)"),
        ("Europe/London", EN, "23 November 2026, 11:05 (UTC)"),
    ],
)
def test_a_time_is_written_as_it_is_read(zone: str, language: Language, shown: str) -> None:
    assert moment(datetime(2026, 11, 23, 11, 5, tzinfo=UTC), language, ZoneInfo(zone)) == shown


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


def test_our_own_templates_have_no_mistakes() -> None:
    assert letters().check() == ()
    assert letters(replace(DESK, guide_url="", phone="")).check() == ()


def test_every_letter_has_a_template_in_every_language() -> None:
    shipped = {path.relative_to(folder("templates")).as_posix() for path in folder("templates").rglob("*.j2")}

    assert {name for name in shipped if "/_" not in name} == {
        f"{language}/{kind}.j2" for language in Language for kind in LetterKind
    }


def _write(root: Path, name: str, said: str) -> Path:
    file = root / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(said, encoding="utf-8")
    return file


def test_the_operators_template_goes_before_ours(tmp_path: Path) -> None:
    _write(tmp_path, "ru/acknowledgement.j2", "Принято: {{ mark }}.\n")
    _write(tmp_path, "en/_signature.j2", "\nYours, {{ desk }}\n")
    theirs = letters(templates=tmp_path)

    assert read(theirs.compose(ack(), 7, NOW).raw).get_content().endswith("\r\n\r\nПринято: [#100425].\r\n")
    assert "Yours, " in read(theirs.compose(ack(languages=(EN,)), 7, NOW).raw).get_content()
    assert theirs.check() == ()


@pytest.mark.parametrize(
    ("said", "line", "what"),
    [
        ("Здравствуйте!\n{{ numbr }}\n", 2, "'numbr' is undefined"),
        ("Здравствуйте!\n\n{% if asked %}\n", 3, "Unexpected end of template"),
        ("{{ mark }\n", 1, "unexpected '}'"),
        ("\n{{ ''.__class__.__mro__ }}", 2, "is unsafe"),
        ("\n{{ marks.append(1) }}", 2, "has no attribute 'append'"),
        ("{{ 1 / 0 }}", 1, "ZeroDivisionError"),
        ('{% include "ru/_nothing.j2" %}', 0, "there is no template ru/_nothing.j2"),
        ("{{ mark|nofilter }}", 1, "No filter named 'nofilter'"),
        (" \n\n", 0, "renders to nothing"),
    ],
)
def test_f30_a_broken_template_is_named_with_file_and_line(
    tmp_path: Path, said: str, line: int, what: str
) -> None:
    file = _write(tmp_path, "ru/acknowledgement.j2", said)
    broken = letters(templates=tmp_path)

    with pytest.raises(TemplateBroken) as caught:
        broken.compose(ack(), 7, NOW)

    assert (caught.value.file, caught.value.line) == (str(file), line)
    assert what in caught.value.what
    assert any(str(file) in mistake and what in mistake for mistake in broken.check())


def test_f30_a_mistake_in_a_piece_is_found_in_the_piece(tmp_path: Path) -> None:
    file = _write(tmp_path, "ru/_hints.j2", "\n\n{% if outag %}позвоните{% endif %}")

    assert letters(templates=tmp_path).check() == (f"{file}:3: UndefinedError: 'outag' is undefined",)


def test_f30_a_mistake_that_only_one_hint_meets_is_found(tmp_path: Path) -> None:
    file = _write(tmp_path, "en/receipt.j2", "Hello\n{% if reopened %}{{ oops }}{% endif %}")

    assert letters(templates=tmp_path).check() == (f"{file}:2: UndefinedError: 'oops' is undefined",)


def test_f30_a_template_in_another_charset_is_named(tmp_path: Path) -> None:
    file = tmp_path / "ru" / "receipt.j2"
    file.parent.mkdir()
    file.write_bytes("Здравствуйте!".encode("koi8-r"))

    (mistake,) = letters(templates=tmp_path).check()

    assert mistake.startswith(f"{file}:0: UnicodeDecodeError")


@pytest.mark.parametrize("name", ["ru/acknowledgment.j2", "de/receipt.j2", "receipt.j2"])
def test_f30_a_file_no_letter_will_use_is_a_mistake(tmp_path: Path, name: str) -> None:
    file = _write(tmp_path, name, "Hello")

    (mistake,) = letters(templates=tmp_path).check()

    assert mistake.startswith(f"{file}:0: no letter has this name")


def test_an_edit_counts_from_the_next_start_on(tmp_path: Path) -> None:
    file = _write(tmp_path, "ru/acknowledgement.j2", "Было")
    running = letters(templates=tmp_path)
    before = running.compose(ack(), 7, NOW)
    file.write_text("{{ half", encoding="utf-8")

    assert running.compose(ack(), 7, NOW) == before
    with pytest.raises(TemplateBroken):
        letters(templates=tmp_path).compose(ack(), 7, NOW)
