"""A57 and A63: a challenge is of one ticket, account, class, object and entry, and its digits of it alone."""

from datetime import timedelta

import pytest

from mailgate.core import ending
from mailgate.core.challenge import ChallengeState
from mailgate.core.effects import LetterKind
from mailgate.store.sqlite import Row
from tests.authorisation.scene import OWNER, THIEF, Asked, Reply, Scene, mail

REFUND = "Логин u10518, договор 4051871. Прошу возврат денег."
DELETE = "Прошу удалить сайт kofe-i-bulki.ru."
OTHER = "Логин u11007. Прошу выдать код авторизации для переноса домена primer-group.com."


def follow_up(scene: Scene, row: Row, words: str, sender: str = THIEF, **headers: str) -> Row:
    """The requester says more; the row of his mail."""
    acknowledged = scene.asked(LetterKind.ACKNOWLEDGEMENT)
    told = scene.write(words, sender, In_Reply_To=str(acknowledged.message["Message-ID"]), **headers)
    assert told["ticket"] == row["ticket"]
    return told


def test_a63_digits_of_another_challenge_are_wrong(scene: Scene) -> None:
    scene.write()
    one = scene.asked()
    scene.write(REFUND)
    other = scene.asked()
    assert one.digits != other.digits
    row = scene.reply(one, Reply(f"да {other.digits}"))

    assert [each.state for each in scene.challenges()] == [ChallengeState.OPEN] * 2
    assert [each.tries for each in scene.challenges()] == [1, 0]
    assert "wrong-digits" in row["why"]


def test_a63_a_reference_of_one_account_does_not_serve_another(scene: Scene) -> None:
    """A customer asked about his own domain answers with his letter's secrets for somebody else's ticket."""
    scene.write()
    victim = scene.challenge()
    scene.write(OTHER)
    own = scene.asked()
    number = own.reply_to.replace("+c2-", f"+c{victim.id}-")
    raw = mail(f"yes {own.digits}", "it@primer-group.com", "pass", "Re")
    scene.send(raw, sender="it@primer-group.com", recipients=(number,))

    assert [each.state for each in scene.challenges()] == [ChallengeState.OPEN] * 2


@pytest.mark.parametrize(
    "words", [DELETE, "Прошу выдать код авторизации для переноса домена shop.kofe-i-bulki.ru"]
)
def test_a63_a_changed_request_voids_what_was_asked(scene: Scene, words: str) -> None:
    row = scene.write()
    asked = scene.asked()
    follow_up(scene, row, words)
    scene.reply(asked, Reply(f"да {asked.digits}"))
    old, new = scene.challenges()

    assert (old.state, new.state) == (ChallengeState.VOID, ChallengeState.OPEN)
    scene.reply(scene.asked(), Reply(f"да {scene.asked().digits}"))
    assert scene.challenge().state is ChallengeState.CONFIRMED


def test_a63_changing_again_and_again_stops_nobody(scene: Scene) -> None:
    """A stranger's mails must not stand still the desk, nor ask the owner more than three times."""
    row = scene.write()
    for words in (DELETE, "Прошу выдать код авторизации kofe-i-bulki.ru", DELETE, REFUND, DELETE):
        follow_up(scene, row, words)

    states = [each.state for each in scene.challenges()]
    assert len(states) == 3
    assert states.count(ChallengeState.OPEN) <= 1


def test_a63_any_other_word_voids_nothing(scene: Scene) -> None:
    row = scene.write()
    asked = scene.asked()
    follow_up(scene, row, "Когда будет готово? Код пришлите на thief@freemail.example")
    scene.reply(asked, Reply(f"да {asked.digits}"))

    assert scene.challenge().state is ChallengeState.CONFIRMED
    assert ending.is_confirmed(scene.challenge(), scene.ticket(row))


def test_a63_what_is_changed_after_the_yes_is_not_confirmed(scene: Scene) -> None:
    row = scene.write()
    asked = scene.asked()
    scene.reply(asked, Reply(f"да {asked.digits}"))
    follow_up(scene, row, DELETE)
    first, second = scene.challenges()

    assert (first.state, second.state) == (ChallengeState.CONFIRMED, ChallengeState.OPEN)
    assert not ending.is_confirmed(first, scene.ticket(row))


@pytest.mark.parametrize("authentication", ["", "none", "temperror", "fail"])
def test_a63_who_only_pretends_to_be_the_requester_changes_nothing(scene: Scene, authentication: str) -> None:
    row = scene.write(sender=OWNER, authentication="pass")
    acknowledged = scene.asked(LetterKind.ACKNOWLEDGEMENT)
    scene.write(DELETE, OWNER, authentication, In_Reply_To=str(acknowledged.message["Message-ID"]))
    scene.write(DELETE, OWNER, authentication, f"Re: [#{row['ticket']}]")

    (challenge,) = scene.challenges()
    assert challenge.state is ChallengeState.OPEN
    assert scene.ticket(row).request.name == "domain-transfer"


def test_a57_an_old_yes_is_nothing_for_a_new_challenge(scene: Scene) -> None:
    scene.write()
    first = scene.asked()
    reply = mail(f"да {first.digits}", OWNER, "pass", "Re", In_Reply_To=str(first.message["Message-ID"]))
    scene.send(reply, sender=OWNER, recipients=(first.reply_to,))
    assert scene.challenge().state is ChallengeState.CONFIRMED

    scene.write(subject="Ещё раз")
    second = scene.asked()
    assert (first.digits, first.reply_to) != (second.digits, second.reply_to)
    again = reply.replace(b"Message-ID: <", b"Message-ID: <x")
    for raw, to in ((reply, first), (again, first), (again.replace(b"<x", b"<y"), second)):
        scene.send(raw, sender=OWNER, recipients=(to.reply_to,))

    assert scene.challenge().state is ChallengeState.OPEN


def test_a57_the_same_words_again_are_another_challenge(scene: Scene) -> None:
    asked: list[Asked] = []
    for _ in range(2):
        scene.write()
        asked.append(scene.asked())
        scene.reply(asked[-1], Reply(f"да {asked[-1].digits}"))

    assert asked[0].digits != asked[1].digits
    assert len({each.digest for each in scene.challenges()}) == 2


@pytest.mark.parametrize("is_changed_first", [True, False])
def test_a63_a_change_and_a_yes_in_one_batch_count_in_their_order(
    scene: Scene, *, is_changed_first: bool
) -> None:
    scene.write()
    asked = scene.asked()
    thread = str(scene.asked(LetterKind.ACKNOWLEDGEMENT).message["Message-ID"])
    change = (mail(DELETE, THIEF, "", "Re", In_Reply_To=thread), THIEF, "support@hoster.example")
    yes = (mail(f"да {asked.digits}", OWNER, "pass", "Re"), OWNER, asked.reply_to)
    for raw, sender, to in (change, yes) if is_changed_first else (yes, change):
        scene.post(raw, sender=sender, recipients=(to,))
    scene.settle()

    first = ChallengeState.VOID if is_changed_first else ChallengeState.CONFIRMED
    assert [each.state for each in scene.challenges()] == [first, ChallengeState.OPEN]


def test_a63_the_secrets_are_the_same_after_any_moment(scene: Scene) -> None:
    """They are derived anew from what the ledger keeps, to the microsecond."""
    for micro in (0, 1, 999_999, 123_456):
        scene.now = scene.now.replace(microsecond=micro) + timedelta(days=2)
        scene.write()
        scene.reply(scene.asked(), Reply(f"да {scene.asked().digits}"))

    assert [each.state for each in scene.challenges()] == [ChallengeState.CONFIRMED] * 4
