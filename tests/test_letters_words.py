"""The words of letters: what they say and when, and templates that break (fault F30)."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mailgate.core.effects import Hint, LetterKind
from mailgate.core.policy import Language
from mailgate.core.quote import CUT_LINES
from mailgate.letters import TemplateBroken, sample
from mailgate.letters.moment import moment
from mailgate.resources import folder
from tests.drafts import DESK, EN, NOW, NUMBER, RU, ack, letters, read, text


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
