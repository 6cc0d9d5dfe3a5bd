"""Eight mails, what became of each and why, and the letters as the customer reads them."""

from collections.abc import Callable
from dataclasses import dataclass

from mailgate.core.number import subject_mark
from mailgate.demo import mails
from mailgate.demo.stage import DemoFailed, Made, Stage

DESK = "support@hoster.example"

_RULE = "─" * 78


@dataclass(frozen=True, slots=True)
class Scene:
    """One mail of the story: what it is, and whether a letter must answer it."""

    title: str
    mail: mails.Posted
    answered: bool


def play(say: Callable[[str], None], *, keep: bool) -> None:
    """Play the story, printing by `say`. Raises DemoFailed when a promise is broken."""
    with Stage(DESK, keep=keep) as stage:
        say(f"A fresh mailgate runs in {stage.folder}. Its desk is {DESK}, and it knows one customer.")
        question = mails.russian_question(DESK)
        first, letter = _show(stage, say, Scene("A Russian question, raw koi8-r", question, answered=True))
        _, second = _show(
            stage, say, Scene("An English question", mails.english_question(DESK), answered=True)
        )
        if letter is None or second is None:
            raise DemoFailed("a question was not acknowledged")
        number = stage.ticket_of(first)
        for scene in _sequel(number, letter, second, question):
            _show(stage, say, scene)
        say(_RULE + "\nThe first ticket now:\n\n" + stage.tell("ticket", "show", str(number)))
        say(_RULE + "\n" + stage.tell("status"))
        if keep:
            say(_how_to_go_on(stage))


def _sequel(number: int, letter: Made, second: Made, question: mails.Posted) -> tuple[Scene, ...]:
    named = str(number)
    mark = subject_mark(number, "")
    return (
        Scene("The customer again, only the number", mails.reply_with_number(DESK, named), answered=False),
        Scene(
            "The customer again, only References",
            mails.reply_with_references(DESK, letter.message_id),
            answered=False,
        ),
        Scene("A stranger who names the number", mails.stranger_with_number(DESK, mark), answered=True),
        Scene(
            "An out-of-office answer to our letter",
            mails.out_of_office(DESK, letter.message_id),
            answered=False,
        ),
        Scene(
            "A bounce of our letter", mails.bounce(second.envelope_sender, second.message_id), answered=False
        ),
        Scene("The first mail once more, a duplicate", question, answered=False),
    )


def _show(stage: Stage, say: Callable[[str], None], scene: Scene) -> tuple[int, Made | None]:
    mail = stage.post(scene.mail)
    letter = stage.letter_to(mail)
    say(f"{_RULE}\n■ {scene.title}\n\n{stage.tell('mail', 'explain', str(mail)).rstrip()}")
    if letter is not None:
        say(f"\nThe letter, as the customer reads it:\n\n{_indented(stage.read_letter(letter.id))}")
    if scene.answered is (letter is None):
        raise DemoFailed(f"{scene.title}: answered is {letter is not None}, and should not be")
    return mail, letter


def _indented(text: str) -> str:
    return "\n".join(f"  │ {line}".rstrip() for line in text.rstrip().splitlines())


def _how_to_go_on(stage: Stage) -> str:
    return (
        f"{_RULE}\nKept in {stage.folder}. To go on from there:\n\n"
        f"    export MAILGATE_CONFIG={stage.settings}\n"
        "    mailgate run\n    mailgate mail list\n    mailgate ticket list\n"
    )
