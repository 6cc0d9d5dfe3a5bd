"""A68: nobody tires an owner into a yes; strangers neither block him nor use up what is his."""

from datetime import timedelta

import pytest

from mailgate.core.challenge import ChallengeState
from mailgate.core.effects import LetterKind
from mailgate.core.mail import Door
from tests.authorisation.scene import CONTACT, OWNER, THIEF, TRANSFER, Reply, Scene, mail

OPEN, VOID = ChallengeState.OPEN, ChallengeState.VOID
BOTH = "Логин u10518, домен kofe-i-bulki.ru. "
WISHES = (
    "Прошу возврат денег.",
    "Прошу удалить аккаунт.",
    "Прошу сбросить пароль.",
    "Прошу сменить владельца аккаунта.",
    f"Прошу сменить административный адрес на {THIEF}.",
)
TWO = "Логин u10518, договор 4051871. "
DAY = timedelta(days=1, seconds=1)


def states(scene: Scene) -> list[ChallengeState]:
    return [each.state for each in scene.challenges()]


def refuse(scene: Scene) -> None:
    asked = scene.asked()
    scene.reply(asked, Reply(f"нет {asked.digits}"))


@pytest.mark.parametrize(
    "again", [TRANSFER, TRANSFER.replace("kofe", "shop.kofe"), BOTH + "Удалите сайт kofe-i-bulki.ru."]
)
def test_a68_one_open_challenge_per_object(scene: Scene, again: str) -> None:
    scene.write()
    for number in range(3):
        scene.write(again, f"other{number}@freemail.example")

    assert states(scene) == [OPEN]
    assert len(scene.letters(LetterKind.CHALLENGE)) == 1


def test_a68_two_strangers_in_one_batch_cause_one_letter(scene: Scene) -> None:
    for number in range(5):
        sender = f"other{number}@freemail.example"
        scene.post(mail(TRANSFER, sender, "pass", "Домен"), sender=sender)
    scene.settle()

    assert states(scene) == [OPEN]


def test_a68_strangers_are_three_a_day_and_the_owner_has_his_own(scene: Scene) -> None:
    for wish in WISHES:
        scene.write(TWO + wish)
    assert states(scene) == [OPEN] * 3
    assert not any(each.is_owners for each in scene.challenges())

    for wish in WISHES[3:]:
        scene.write(wish, OWNER, "pass")
    assert [each.is_owners for each in scene.challenges()[3:]] == [True, True]
    scene.now += DAY
    scene.write()
    assert states(scene) == [OPEN] * 6


def test_a68_the_owners_wish_takes_the_place_of_a_strangers(scene: Scene) -> None:
    stranger = scene.write()
    old = scene.asked()
    scene.write(TRANSFER, CONTACT, "pass")
    assert states(scene) == [VOID, OPEN]
    assert scene.steps(stranger)[-1] == "challenge_void"

    scene.reply(old, Reply(f"да {old.digits}"))
    assert states(scene) == [VOID, OPEN]
    scene.reply(scene.asked(), Reply(f"да {scene.asked().digits}"))
    assert states(scene) == [VOID, ChallengeState.CONFIRMED]


def test_a68_a_stranger_does_not_take_the_owners_place(scene: Scene) -> None:
    scene.write(TRANSFER, OWNER, "pass")
    for authentication in ("", "none", "fail"):
        scene.write(TRANSFER, CONTACT, authentication)
    scene.write(TRANSFER, THIEF, "pass")

    (challenge,) = scene.challenges()
    assert (challenge.state, challenge.is_owners) == (OPEN, True)


@pytest.mark.parametrize("authentication", ["", "none", "fail"])
def test_a68_a_forged_owner_counts_as_a_stranger(scene: Scene, authentication: str) -> None:
    scene.write(TRANSFER, OWNER, authentication)

    assert [each.is_owners for each in scene.challenges()] in ([], [False])
    assert all(not each.is_verified for each in scene.challenges())


def test_a68_a_refusal_locks_the_object_for_all(scene: Scene) -> None:
    scene.write()
    refuse(scene)
    for words, sender, authentication in (
        (TRANSFER, THIEF, ""),
        (TRANSFER.replace("kofe", "shop.kofe"), THIEF, ""),
        (BOTH + "Удалите сайт kofe-i-bulki.ru.", THIEF, "pass"),
        (TRANSFER, OWNER, "pass"),
    ):
        scene.write(words, sender, authentication)
    assert states(scene) == [ChallengeState.DECLINED]

    scene.now += timedelta(days=7) + timedelta(seconds=1)
    scene.write()
    assert states(scene) == [ChallengeState.DECLINED, OPEN]


def test_a68_the_lock_holds_for_that_account_alone(scene: Scene) -> None:
    scene.write(TWO + WISHES[0])
    refuse(scene)
    scene.write("Логин u11007, договор 4052340. " + WISHES[0])

    assert [(each.account, each.state) for each in scene.challenges()] == [
        ("1002", ChallengeState.DECLINED),
        ("1003", OPEN),
    ]


def test_a68_another_new_mailbox_does_not_evade_a_refusal(scene: Scene) -> None:
    scene.write(TWO + WISHES[4])
    refuse(scene)
    scene.write(TWO + WISHES[4].replace("thief@", "thief2@"))

    assert states(scene) == [ChallengeState.DECLINED]


def test_a68_a_refusal_alarms_the_contacts_in_our_own_words(scene: Scene) -> None:
    words = TRANSFER + " Это срочно, позвоните Геннадию: http://evil.example/"
    scene.write(words, subject="Уникальная тема", From_Name="x")
    refuse(scene)

    assert [each.recipient for each in scene.letters(LetterKind.ALARM)] == [CONTACT]
    alarm = scene.asked(LetterKind.ALARM)
    for secret in ("срочно", "Геннадию", "evil.example", "Уникальная", THIEF, "http"):
        assert secret not in alarm.text
    assert "thief(at)freemail.example" in alarm.text
    assert alarm.message["Reply-To"] is None or "+c" not in str(alarm.message["Reply-To"])


@pytest.mark.parametrize(
    ("changes", "headers"),
    [
        ({"door": Door.IMPORT}, {}),
        ({"bulk": True}, {}),
        ({}, {"X-Spam-Flag": "YES"}),
        ({}, {"Received": "from a by b; Mon, 16 Nov 2026 12:00:00 +0000"}),
        ({}, {"Auto-Submitted": "auto-generated"}),
        ({}, {"List-Id": "<x.example>"}),
    ],
    ids=["imported", "bulk", "spam", "stale", "machine", "list"],
)
def test_a68_mails_that_get_no_letter_ask_no_owner(
    scene: Scene, changes: dict[str, object], headers: dict[str, str]
) -> None:
    top = "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode()
    raw = top + mail(TRANSFER, OWNER, "pass", "Домен")
    row = scene.send(raw, sender=OWNER, **changes)

    assert scene.challenges() == []
    assert scene.ticket(row).request.name in ("domain-transfer", "")
    assert scene.letters(LetterKind.CHALLENGE) == scene.letters(LetterKind.OUTCOME) == []


def test_a68_what_strangers_cause_leaves_the_owner_his_letters(scene: Scene) -> None:
    for wish in WISHES:
        scene.write(TWO + wish)
    row = scene.write("Как настроить почту?", OWNER, "pass")

    assert row["letter"] is not None
