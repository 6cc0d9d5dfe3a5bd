"""What becomes of challenges by the clock: the reminder, the end, and what the requester is told."""

from datetime import timedelta

import pytest

from mailgate import deadlines
from mailgate.core.challenge import ChallengeState
from mailgate.core.effects import LetterKind
from mailgate.core.request import Request
from mailgate.core.ticket import Status
from mailgate.store import letters, requests, tickets
from mailgate.store.letters import LetterState
from tests.authorisation.scene import OWNER, THIEF, TRANSFER, Reply, Scene
from tests.authorisation.test_a71_secrets import hand_over

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def clockwork(scene: Scene, after: timedelta = timedelta()) -> tuple[int, int, int]:
    """All that is due once so much time has passed: how many ended, were reminded, and were told."""
    scene.now += after
    ended = deadlines.expire(scene.ledger, scene.rulebook, scene.now)
    reminded = deadlines.remind(scene.ledger, scene.rulebook, scene.now)
    told = deadlines.conclude(scene.ledger, scene.rulebook, scene.now)
    hand_over(scene)
    return ended, reminded, told


def test_a_mailbox_is_reminded_once_with_the_same_digits(scene: Scene) -> None:
    row = scene.write()
    first = scene.asked()
    assert clockwork(scene, 3 * DAY - SECOND) == (0, 0, 0)
    scene.now += SECOND
    assert deadlines.remind(scene.ledger, scene.rulebook, scene.now) == 1
    again = scene.asked()
    assert (again.digits, again.reply_to) == (first.digits, first.reply_to)
    assert "напоминаем" in again.text
    assert clockwork(scene, DAY) == clockwork(scene, DAY) == (0, 0, 0)

    assert scene.steps(row).count("challenge_reminded") == 1
    scene.reply(again, Reply(f"да {again.digits}"))
    assert scene.challenge().state is ChallengeState.CONFIRMED


def test_a_challenge_ends_in_its_time_and_the_requester_hears(scene: Scene) -> None:
    row = scene.write()
    asked = scene.asked()
    hand_over(scene)
    assert clockwork(scene, 7 * DAY - SECOND) == (0, 1, 0)
    assert clockwork(scene, SECOND) == (1, 0, 1)
    assert clockwork(scene, DAY) == (0, 0, 0)

    assert scene.challenge().state is ChallengeState.EXPIRED
    assert scene.steps(row)[-1] == "challenge_expired"
    scene.reply(asked, Reply(f"да {asked.digits}"))
    assert scene.challenge().state is ChallengeState.EXPIRED
    assert [each.recipient for each in scene.letters(LetterKind.OUTCOME)] == [THIEF]


@pytest.mark.parametrize("word", ["да", "нет"])
def test_who_waits_for_a_yes_hears_at_once_and_a_stranger_of_no_refusal(scene: Scene, word: str) -> None:
    scene.write()
    asked = scene.asked()
    hand_over(scene)
    scene.reply(asked, Reply(f"{word} {asked.digits}"))

    assert clockwork(scene) == (0, 0, 1 if word == "да" else 0)
    assert clockwork(scene, 7 * DAY) == (0, 0, 0 if word == "да" else 1)


def test_the_owner_who_asked_himself_is_told_nothing_twice(scene: Scene) -> None:
    scene.write(TRANSFER, OWNER, "pass")
    asked = scene.asked()
    hand_over(scene)
    scene.reply(asked, Reply(f"да {asked.digits}"))

    assert clockwork(scene) == clockwork(scene, 8 * DAY) == (0, 0, 0)
    assert scene.letters(LetterKind.OUTCOME) == []


def test_nobody_is_reminded_of_what_he_answered_or_what_came_back(scene: Scene) -> None:
    scene.write()
    scene.reply(scene.asked(), Reply(f"да {scene.asked().digits}", authentication="none"))
    scene.write("Логин u11007, договор 4052340. Прошу возврат денег.")
    returned = scene.letters(LetterKind.CHALLENGE)[-1]
    with scene.ledger.write() as work:
        letters.note_bounce(work, returned.id, "5.2.2")

    assert clockwork(scene, 4 * DAY) == (0, 0, 0)


def test_who_cannot_be_written_to_is_told_nothing(scene: Scene) -> None:
    scene.write()
    hand_over(scene, LetterState.GIVEN_UP)

    assert clockwork(scene, 8 * DAY) == (1, 0, 0)


def test_of_a_closed_ticket_nothing_more_is_told(scene: Scene) -> None:
    row = scene.write()
    hand_over(scene)
    with scene.ledger.write() as work:
        tickets.set_status(work, row["ticket"], Status.CLOSED, scene.now)

    assert clockwork(scene, 8 * DAY)[2] == 0
    assert scene.letters(LetterKind.OUTCOME) == []


def test_who_asked_for_nothing_after_all_hears_of_no_refusal(scene: Scene) -> None:
    """Staff lifted the class: to say that nothing is done for want of consent would be false."""
    row = scene.write()
    hand_over(scene)
    with scene.ledger.write() as work:
        requests.ask_for(work, row["ticket"], Request(by_staff=True))

    assert clockwork(scene, 8 * DAY)[2] == 0
    assert scene.letters(LetterKind.OUTCOME) == []


def test_a_yes_opens_a_closed_ticket_again(scene: Scene) -> None:
    row = scene.write()
    with scene.ledger.write() as work:
        tickets.set_status(work, row["ticket"], Status.CLOSED, scene.now)
    scene.reply(scene.asked(), Reply(f"да {scene.asked().digits}"))

    assert scene.ticket(row).status is Status.OPEN
