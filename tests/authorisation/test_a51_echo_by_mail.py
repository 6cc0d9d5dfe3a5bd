"""A51 to A54 by whole mails: what returns, however wrapped and marked, leaves a challenge open."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailgate.core.challenge import ChallengeState
from mailgate.core.confirmation import read_answer
from mailgate.core.effects import LetterKind
from mailgate.parse.message import parse
from tests.authorisation.returned import AWAY, MARKS, headed, quoted, returned
from tests.authorisation.scene import OWNER, Asked, Reply, Scene
from tests.authorisation.test_a51_echo import HARMLESS
from tests.builders import envelope


@pytest.fixture
def asked(scene: Scene) -> Asked:
    """A letter that asks for consent."""
    scene.write()
    return scene.asked()


def corrected(scene: Scene, asked: Asked) -> Asked:
    """The letter that helps along: it shows the digits together."""
    scene.reply(asked, Reply(asked.digits))
    return scene.asked(LetterKind.CORRECTION)


@pytest.mark.parametrize("kind", [LetterKind.CHALLENGE, LetterKind.CORRECTION])
def test_a51_what_returns_is_read_as_no_answer(scene: Scene, asked: Asked, kind: LetterKind) -> None:
    letter = corrected(scene, asked) if kind is LetterKind.CORRECTION else asked
    for name, made in returned(letter):
        read = parse(made.as_bytes(), envelope())
        assert read_answer(read.new_words, asked.digits) in HARMLESS, name
        assert read_answer(read.text, asked.digits) in HARMLESS, name


@pytest.mark.parametrize("kind", [LetterKind.CHALLENGE, LetterKind.CORRECTION])
def test_a51_what_returns_leaves_the_challenge_open(scene: Scene, asked: Asked, kind: LetterKind) -> None:
    letter = corrected(scene, asked) if kind is LetterKind.CORRECTION else asked
    for number, (_, made) in enumerate(returned(letter)):
        made.replace_header("Message-ID", f"<r{number}@yandex.ru>")
        scene.post(made.as_bytes(), sender=OWNER, recipients=(asked.reply_to,))
    scene.settle()
    left = scene.challenge()

    assert (left.state, left.tries, left.is_answered) == (ChallengeState.OPEN, 0, False)
    assert len(scene.letters(LetterKind.CORRECTION)) == 1
    assert scene.letters(LetterKind.REMEDY) == scene.letters(LetterKind.SETTLED) == []


@pytest.mark.parametrize("marked", MARKS)
@pytest.mark.parametrize("authentication", ["pass", "none", ""])
def test_a52_an_autoresponder_answers_nothing(
    scene: Scene, asked: Asked, marked: str, authentication: str
) -> None:
    made = headed(asked, authentication=authentication)
    for name, value in MARKS[marked]:
        made[name] = value
    made.set_content(f"{AWAY}\n\n{asked.text}")
    scene.send(made.as_bytes(), sender=OWNER, recipients=(asked.reply_to,))
    left = scene.challenge()

    assert (left.state, left.tries) == (ChallengeState.OPEN, 0)
    assert not left.is_answered  # nothing that staff might take for an answer


def test_a52_what_a_program_marked_confirms_nothing_even_in_the_right_form(
    scene: Scene, asked: Asked
) -> None:
    for marks in MARKS.values():
        if marks:
            scene.reply(asked, Reply(f"да {asked.digits}", headers=marks))
    scene.reply(asked, Reply(f"да {asked.digits}", subject="Автоответ: в отпуске"))

    assert scene.challenge().state is ChallengeState.OPEN


def test_a53_a_report_with_the_letter_in_it_confirms_nothing(scene: Scene, asked: Asked) -> None:
    made = headed(asked, subject="Undelivered Mail Returned to Sender")
    made.set_content(f"да {asked.digits}\n\n{quoted(asked)}")
    made.make_mixed()
    made.add_attachment(asked.message)
    made.set_param("report-type", "delivery-status")
    made.replace_header("Content-Type", str(made["Content-Type"]).replace("mixed", "report"))
    scene.send(made.as_bytes(), sender="", recipients=(asked.reply_to,))

    assert scene.challenge().state is ChallengeState.OPEN


def test_a54_whom_it_was_forwarded_to_cannot_answer(scene: Scene, asked: Asked) -> None:
    """The owner forwards the letter; his colleague, proven to be himself, answers it."""
    row = scene.reply(asked, Reply(f"да {asked.digits}\n\n{quoted(asked)}", sender="boss@freemail.example"))
    left = scene.challenge()

    assert (left.state, left.is_answered, left.is_warned) == (ChallengeState.OPEN, False, True)
    assert "wrong-sender" in row["why"]


@settings(max_examples=20, deadline=None, derandomize=True)
@given(st.sampled_from(("да", "нет", "yes", "no")), st.integers(0, 2**32 - 1))
def test_a51_words_in_other_parts_are_not_read(word: str, seed: int) -> None:
    """What stands in an attachment, a signature or a quote is nobody's answer."""
    digits = f"{seed % 10**6:06}"
    html = f'<p>Привет</p><div style="display:none">{word} {digits}</div>'
    file = (
        'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n\r\nHello\r\n--b\r\n'
        'Content-Type: text/plain; charset=utf-8\r\nContent-Disposition: attachment; filename="a.txt"'
        f"\r\n\r\n{word} {digits}\r\n--b--\r\n"
    )
    for raw in (
        f"Content-Type: text/plain; charset=utf-8\r\n\r\nПривет\r\n\r\n-- \r\n{word} {digits}\r\n",
        f"Content-Type: text/plain; charset=utf-8\r\n\r\nПривет\r\n\r\n> {word} {digits}\r\n> Hello\r\n",
        f"Content-Type: text/html; charset=utf-8\r\n\r\n{html}\r\n",
        file,
    ):
        read = parse(f"From: {OWNER}\r\n{raw}".encode(), envelope())
        assert read_answer(read.new_words, digits) in HARMLESS


@pytest.mark.parametrize("authentication", ["none", "temperror", ""])
def test_a52_an_unproven_echo_of_the_digits_is_nothing_for_staff_to_accept(
    scene: Scene, asked: Asked, authentication: str
) -> None:
    echo = f"{AWAY}\n{asked.text[asked.text.find('Код') :]}"
    row = scene.reply(asked, Reply(echo, authentication=authentication))
    left = scene.challenge()

    assert (left.state, left.is_answered, left.tries) == (ChallengeState.OPEN, False, 0)
    assert "almost-right" in row["why"]
    (letter,) = scene.letters(LetterKind.CORRECTION)
    assert letter.recipient == OWNER
