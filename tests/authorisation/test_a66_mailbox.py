"""A66 and A67: which mailbox is asked, and when its yes is not enough by itself."""

from dataclasses import replace
from datetime import timedelta

import pytest

from mailgate.core.account import Account
from mailgate.core.challenge import ChallengeState, Doubt
from mailgate.core.effects import LetterKind
from mailgate.directory.changes import Changed, Changes
from mailgate.directory.load import Load
from mailgate.store import challenges, tickets
from mailgate.store.sqlite import Row
from tests import customers
from tests.authorisation.scene import OWNER, THIEF, TRANSFER, Reply, Scene
from tests.builders import NOW

OWN = "Логин u10432. Прошу выдать код авторизации для переноса домена stroymir.ru."
DIRECTOR = "director@stroymir.ru"
DSN = """From: MAILER-DAEMON@mx.yandex.ru
To: {bounce}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

да {digits}
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.yandex.ru

Final-Recipient: rfc822; anna.petrova@yandex.ru
Action: failed
Status: 5.2.2

--b
Content-Type: message/rfc822

{letter}
--b--
"""


def account(number: str) -> Account:
    return next(each for each in customers.base() if each.id == number)


def changed(scene: Scene, number: str, **values: object) -> None:
    """The customers' directory says something else of an account from now on."""
    old = account(number)
    new = replace(old, **values)  # type: ignore[arg-type] # fields by keyword
    Load(scene.ledger, lambda: None, lambda _count: None).carry_out(Changes(changed=[Changed(old, new)]))


def answered(scene: Scene, sender: str) -> Row:
    asked = scene.asked()
    return scene.reply(asked, Reply(f"да {asked.digits}", sender=sender))


def test_a66_a_change_of_the_mailbox_is_asked_of_the_old_one(scene: Scene) -> None:
    scene.write(f"Логин u10518, домен kofe-i-bulki.ru. Прошу сменить административный адрес на {THIEF}")

    assert (scene.challenge().name, scene.challenge().mailbox) == ("mailbox-change", OWNER)
    assert [each.recipient for each in scene.letters(LetterKind.CHALLENGE)] == [OWNER]
    answered(scene, THIEF)
    assert scene.challenge().state is ChallengeState.OPEN


@pytest.mark.parametrize(("days", "waits"), [(0, True), (6, True), (7, False), (400, False)])
def test_a66_a_new_mailbox_confirms_nothing_by_itself(scene: Scene, days: int, *, waits: bool) -> None:
    changed(scene, "1002", mailbox_since=NOW - timedelta(days=days))
    scene.write()
    answered(scene, OWNER)

    left = scene.challenge()
    assert (left.state is ChallengeState.OPEN, left.is_answered) == (waits, waits)
    assert left.doubts == ((Doubt.NEW_MAILBOX,) if waits else ())


@pytest.mark.parametrize("domain", ["stroymir.ru", "sub.stroymir.ru"])
def test_a67_a_mailbox_in_the_domain_itself_confirms_nothing_by_itself(scene: Scene, domain: str) -> None:
    scene.write(OWN.replace("stroymir.ru", domain))
    row = answered(scene, DIRECTOR)

    left = scene.challenge()
    assert (left.state, left.is_answered, left.doubts) == (ChallengeState.OPEN, True, (Doubt.OWN_DOMAIN,))
    assert scene.steps(row)[-1] == "waits_for_staff"


def test_a67_it_can_still_refuse(scene: Scene) -> None:
    scene.write(OWN)
    asked = scene.asked()
    scene.reply(asked, Reply(f"нет {asked.digits}", sender=DIRECTOR))

    assert scene.challenge().state is ChallengeState.DECLINED


def test_a67_a_letter_that_came_back_leaves_the_yes_to_staff(scene: Scene) -> None:
    scene.write()
    asked = scene.asked()
    (letter,) = scene.letters(LetterKind.CHALLENGE)
    report = DSN.format(bounce=letter.envelope_sender, letter=asked.message.as_string(), digits=asked.digits)
    row = scene.send(report.encode(), sender="", recipients=(letter.envelope_sender,))
    assert (row["verdict"], scene.challenge().state) == ("noted", ChallengeState.OPEN)
    assert scene.steps(row)[-1] == "challenge_bounced"
    with scene.ledger.read() as ask:
        assert challenges.undelivered(ask, 10) == (row["ticket"],)
    answered(scene, OWNER)

    left = scene.challenge()
    assert (left.state, left.is_answered, left.doubts) == (ChallengeState.OPEN, True, (Doubt.BOUNCED,))


def test_a67_a_report_that_nobody_was_sent_is_believed_by_nobody(scene: Scene) -> None:
    """A stranger cannot make a mailbox look dead, even if he knows the number its letter was sent under."""
    scene.write()
    (own,) = scene.letters(LetterKind.ACKNOWLEDGEMENT)
    (letter,) = scene.letters(LetterKind.CHALLENGE)
    its, mine = (each.envelope_sender.partition("-") for each in (letter, own))
    forged = f"{its[0]}-{mine[2]}"
    assert forged not in (letter.envelope_sender, own.envelope_sender)
    report = DSN.format(bounce=forged, letter="Message-ID: <x@y>", digits="")
    scene.send(report.encode(), sender="", recipients=(forged,))

    assert scene.challenge().doubts == ()


def test_a67_without_a_mailbox_nobody_is_asked(scene: Scene) -> None:
    changed(scene, "1002", mailbox="", mailbox_since=None)
    row = scene.write()

    assert scene.challenges() == []
    assert scene.ticket(row).request.name == "domain-transfer"
    assert len(scene.letters(LetterKind.ACKNOWLEDGEMENT)) == 1


def test_a66_a_mailbox_that_was_replaced_meanwhile_confirms_nothing_by_itself(scene: Scene) -> None:
    """Who gave the account away a day ago must not confirm what was asked two days ago."""
    scene.write()
    changed(scene, "1002", mailbox="new@owner.example", contacts=("new@owner.example",))
    answered(scene, OWNER)

    left = scene.challenge()
    assert (left.state, left.doubts) == (ChallengeState.OPEN, (Doubt.REPLACED_MAILBOX,))


def test_a66_a_record_of_yesterday_names_nobody_who_is_asked(scene: Scene) -> None:
    """A ticket keeps the record of its first mail; a later one that names nothing brings no newer."""
    scene.write("Логин u10518, договор 4051871. Здравствуйте!")
    thread = str(scene.asked(LetterKind.ACKNOWLEDGEMENT).message["Message-ID"])
    changed(scene, "1002", mailbox="new@owner.example", contacts=("new@owner.example",))
    scene.write("Прошу удалить мой аккаунт.", In_Reply_To=thread)
    assert scene.challenges() == []
    scene.write("Логин u10518. Прошу восстановить пароль.", In_Reply_To=thread)

    assert [each.mailbox for each in scene.challenges()] == ["new@owner.example"]


def test_a67_a_muted_mailbox_is_asked_all_the_same(scene: Scene) -> None:
    """What came back long ago may work again; what comes back now is known from its own letter."""
    with scene.ledger.write() as work:
        tickets.mute(work, OWNER, 1, "5.1.1", NOW)
    scene.write()
    answered(scene, OWNER)

    assert scene.challenge().state is ChallengeState.CONFIRMED


@pytest.mark.parametrize("sender", [OWNER, THIEF])
def test_only_the_mailbox_on_record_is_asked(scene: Scene, sender: str) -> None:
    scene.write(TRANSFER + f" Подтверждение пришлите на {THIEF}", sender, Reply_To=THIEF, Cc=THIEF)

    (letter,) = scene.letters(LetterKind.CHALLENGE)
    made = scene.asked().message
    assert (letter.recipient, made["To"], made["Cc"], made["Bcc"]) == (OWNER, OWNER, None, None)
