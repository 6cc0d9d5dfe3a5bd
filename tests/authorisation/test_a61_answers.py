"""A61 to A64: what is answered, how often and when; each challenge is ended once, by its own digits."""

from datetime import timedelta

import pytest

from mailgate.core.challenge import ChallengeState
from mailgate.core.effects import LetterKind
from mailgate.core.mail import Door
from tests.authorisation.returned import quoted
from tests.authorisation.scene import OWNER, THIEF, Asked, Reply, Scene, mail

OPEN, CONFIRMED, DECLINED, VOID = (
    ChallengeState.OPEN,
    ChallengeState.CONFIRMED,
    ChallengeState.DECLINED,
    ChallengeState.VOID,
)
WROTE = "On Mon, 23 Nov 2026 at 12:00, Support <support@hoster.example> wrote:"
PHONES = {
    "iPhone": "{line}\n\nОтправлено с iPhone\n\n"
    "> 23 нояб. 2026 г., в 12:00, Поддержка написал(а):\n> \n{quote}",
    "Gmail": "{line}\n\nпн, 23 нояб. 2026 г. в 12:00, Поддержка <support@hoster.example>:\n\n{quote}",
    "Gmail, English": "{line}\n\n" + WROTE + "\n\n{quote}",
    "Outlook": "{line}\n\nОтправлено из Outlook для Android\n________________________________\n"
    "From: Поддержка <support@hoster.example>\nSent: Monday, November 23, 2026 12:00\n"
    "To: Anna\nSubject: Нужно Ваше согласие\n\n{bare}",
    "Mail.ru": "{line}\n\n--\nАнна Петрова\nОтправлено из мобильной Почты Mail\n\n"
    "23.11.2026, 12:00, Поддержка <support@hoster.example>:\n{quote}",
    "Yandex": '{line}\n\n23.11.2026, 12:00, "Поддержка" <support@hoster.example>:\n{quote}'
    "\n-- \nС уважением, Анна",
    "greeting and name": "Добрый день!\n\n{line}\n\nС уважением,\nАнна Петрова\n\n{quote}",
    "below the quote": WROTE + "\n{quote}\n\n{line}\n",
    "no quote": "{line}",
    "many blanks": "\n\n\n   {line}   \n\n",
}


@pytest.fixture
def asked(scene: Scene) -> Asked:
    """A letter that asks for consent."""
    scene.write()
    return scene.asked()


def from_phone(asked: Asked, line: str, how: str) -> str:
    return PHONES[how].format(line=line, quote=quoted(asked), bare=asked.text)


@pytest.mark.parametrize("how", PHONES)
@pytest.mark.parametrize("line", ["Да {}", "yes {}", "ДА, {}."])
def test_an_owner_confirms_from_a_phone(scene: Scene, asked: Asked, how: str, line: str) -> None:
    row = scene.reply(asked, Reply(from_phone(asked, line.format(asked.digits), how)))

    assert scene.challenge().state is CONFIRMED
    assert "challenge_confirmed" in scene.steps(row)
    (letter,) = scene.letters(LetterKind.SETTLED)
    assert letter.recipient == OWNER


@pytest.mark.parametrize("how", ["iPhone", "Outlook", "Gmail, English"])
@pytest.mark.parametrize("line", ["Нет {}", "no: {}"])
def test_an_owner_refuses_from_a_phone(scene: Scene, asked: Asked, how: str, line: str) -> None:
    row = scene.reply(asked, Reply(from_phone(asked, line.format(asked.digits), how)))

    assert scene.challenge().state is DECLINED
    assert scene.steps(row)[-2:] == ["challenge_declined", "lock_set"]


def test_almost_right_costs_no_try_and_is_helped_once(scene: Scene, asked: Asked) -> None:
    for words in (asked.digits, f"да {' '.join(asked.digits)}", f"да{asked.digits}", f"«да {asked.digits}»"):
        scene.reply(asked, Reply(words))
    left = scene.challenge()

    assert (left.state, left.tries) == (OPEN, 0)
    assert len(scene.letters(LetterKind.CORRECTION)) == 1
    scene.reply(scene.asked(LetterKind.CORRECTION), Reply(f"да {asked.digits}"))
    assert scene.challenge().state is CONFIRMED


def wrong(asked: Asked, many: int) -> list[str]:
    return [f"{(int(asked.digits) + each) % 10**6:06}" for each in range(1, many + 1)]


def test_a61_five_wrong_tries_and_the_right_one_comes_too_late(scene: Scene, asked: Asked) -> None:
    for number, digits in enumerate(wrong(asked, 4)):
        scene.reply(asked, Reply(f"да {digits}", sender=(OWNER, THIEF)[number % 2]))
    assert (scene.challenge().state, scene.challenge().tries) == (OPEN, 4)
    row = scene.reply(asked, Reply(f"no {wrong(asked, 5)[-1]}", authentication="fail"))
    assert scene.steps(row)[-2:] == ["wrong_digits", "challenge_void"]
    row = scene.reply(asked, Reply(f"да {asked.digits}"))

    assert scene.challenge().state is VOID
    assert scene.steps(row)[-1] == "late_answer"


def test_a61_without_the_reference_nothing_is_tried(scene: Scene, asked: Asked) -> None:
    """A stranger who does not hold the letter can neither guess nor use up tries."""
    other = "".join("0123456789abcdef"[15 - int(each, 16)] for each in asked.reply_to[11:43])
    for to in (asked.reply_to.replace(asked.reply_to[11:43], other), "support@hoster.example"):
        raw = mail(f"да {asked.digits}", OWNER, "pass", "Re: Согласие")
        scene.send(raw, sender=OWNER, recipients=(to,))

    assert (scene.challenge().state, scene.challenge().tries) == (OPEN, 0)


def test_a61_the_reference_in_a_message_id_is_enough(scene: Scene, asked: Asked) -> None:
    """Where a program answers to From instead of Reply-To."""
    raw = mail(f"да {asked.digits}", OWNER, "pass", "Re", In_Reply_To=str(asked.message["Message-ID"]))
    scene.send(raw, sender=OWNER, recipients=("support@hoster.example",))

    assert scene.challenge().state is CONFIRMED


def test_a61_a_question_without_digits_is_no_answer(scene: Scene, asked: Asked) -> None:
    row = scene.reply(asked, Reply("Что это за письмо? Я ничего не просила."))

    assert (row["rule"], row["ticket"]) == ("join_as_outsider", scene.challenge().ticket)
    assert scene.challenge().state is OPEN


def test_a61_many_references_find_the_right_one_alone(scene: Scene, asked: Asked) -> None:
    own = str(asked.message["Message-ID"])
    forged = [own.replace(".c1-", f".c{number}-") for number in range(2, 40)]
    raw = mail(f"да {asked.digits}", OWNER, "pass", "Re", References=" ".join([own, *forged]))
    scene.send(raw, sender=OWNER)

    assert scene.challenge().state is OPEN  # too far back: a few are looked at


def test_a62_of_two_answers_in_one_batch_one_wins(scene: Scene, asked: Asked) -> None:
    words = (f"да {asked.digits}", f"нет {asked.digits}", f"да {asked.digits}")
    mails = [
        scene.post(
            mail(each, OWNER, "pass", "Re", In_Reply_To=str(asked.message["Message-ID"])),
            sender=OWNER,
            recipients=(asked.reply_to,),
        )
        for each in words
    ]
    scene.settle()

    assert scene.challenge().state is CONFIRMED
    outcomes = [scene.row(each)["why"].rpartition(" ")[2] for each in mails]
    assert outcomes == ["confirmed", "taken-back", "late"]
    steps = scene.steps(scene.row(mails[0]))
    assert (steps.count("challenge_confirmed"), steps.count("late_answer")) == (1, 2)
    assert "challenge_declined" not in steps


def test_a62_the_same_mail_by_two_ways_counts_once(scene: Scene, asked: Asked) -> None:
    raw = mail(f"да {asked.digits}", OWNER, "pass", "Re", In_Reply_To=str(asked.message["Message-ID"]))
    first = scene.post(raw, sender=OWNER, recipients=(asked.reply_to,))
    second = scene.post(raw, sender=OWNER, recipients=("support@hoster.example",), door=Door.IMAP)
    scene.settle()

    assert scene.row(second)["verdict"] == "duplicate"
    assert scene.steps(scene.row(first)).count("challenge_confirmed") == 1


def test_a62_after_the_owner_refused_no_yes_counts(scene: Scene, asked: Asked) -> None:
    scene.reply(asked, Reply(f"нет {asked.digits}"))
    scene.reply(asked, Reply(f"да {asked.digits}"))

    assert scene.challenge().state is DECLINED


@pytest.mark.parametrize("late", [timedelta(days=7), timedelta(days=7, seconds=1), timedelta(days=400)])
def test_a64_too_late_is_refused(scene: Scene, asked: Asked, late: timedelta) -> None:
    scene.now += late
    row = scene.reply(asked, Reply(f"да {asked.digits}"))

    assert scene.challenge().state is OPEN  # until the clockwork says that its time is over
    assert scene.steps(row)[-1] == "late_answer"
    assert scene.letters(LetterKind.SETTLED) == []


def test_a64_just_in_time_is_in_time(scene: Scene, asked: Asked) -> None:
    scene.now += timedelta(days=7) - timedelta(seconds=1)
    scene.reply(asked, Reply(f"да {asked.digits}"))

    assert scene.challenge().state is CONFIRMED


@pytest.mark.parametrize(
    ("changes", "headers"),
    [
        ({"door": Door.IMPORT}, {}),
        ({"bulk": True}, {}),
        ({}, {"X-Spam-Flag": "YES"}),
        ({}, {"Received": "from a by b; Mon, 16 Nov 2026 12:00:00 +0000"}),
    ],
    ids=["imported", "bulk", "spam", "stale"],
)
def test_a57_old_and_condemned_mails_confirm_nothing_by_themselves(
    scene: Scene, asked: Asked, changes: dict[str, object], headers: dict[str, str]
) -> None:
    raw = mail(f"да {asked.digits}", OWNER, "pass", "Re", In_Reply_To=str(asked.message["Message-ID"]))
    top = "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode()
    scene.send(top + raw, sender=OWNER, recipients=(asked.reply_to,), **changes)

    assert scene.challenge().state is OPEN
    assert scene.letters(LetterKind.SETTLED) == []
