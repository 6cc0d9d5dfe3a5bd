"""What else comes to a challenge: a late no, words, absences, a mailbox that is named as a program is."""

from mailgate.core.account import Account
from mailgate.core.challenge import ChallengeState
from mailgate.core.effects import LetterKind
from mailgate.core.ticket import EntryKind
from mailgate.store import letters
from mailgate.store.letters import LetterState
from tests import customers
from tests.authorisation.scene import OWNER, THIEF, Reply, Scene, mail
from tests.builders import NOW


def test_a_no_after_a_yes_locks_and_is_shown_to_staff(scene: Scene) -> None:
    row = scene.write()
    asked = scene.asked()
    scene.reply(asked, Reply(f"да {asked.digits}"))
    scene.reply(asked, Reply(f"нет {asked.digits}", authentication="none"))
    later = scene.write(subject="И ещё")

    assert scene.challenge().state is ChallengeState.CONFIRMED
    assert scene.steps(row)[-2:] == ["late_answer", "lock_set"]
    assert scene.steps(later) == []
    assert scene.locks(row) == [("domain", "kofe-i-bulki.ru")]


def test_a_no_from_elsewhere_after_a_yes_locks_nothing(scene: Scene) -> None:
    row = scene.write()
    asked = scene.asked()
    scene.reply(asked, Reply(f"да {asked.digits}"))
    scene.reply(asked, Reply(f"нет {asked.digits}", sender=THIEF))
    scene.reply(asked, Reply(f"нет {asked.digits}", authentication="fail"))

    assert scene.locks(row) == []


def test_words_to_the_letters_address_alone_reach_its_ticket(scene: Scene) -> None:
    row = scene.write()
    raw = mail("Что это за письмо?", OWNER, "pass", "Вопрос")
    words = scene.send(raw, sender=OWNER, recipients=(scene.asked().reply_to,))

    assert (words["ticket"], words["rule"]) == (row["ticket"], "join_as_outsider")
    assert scene.challenge().state is ChallengeState.OPEN


def test_an_absence_to_the_letters_address_alone_is_noted_at_its_ticket(scene: Scene) -> None:
    row = scene.write()
    raw = mail("Я в отпуске.", OWNER, "pass", "Автоответ: отпуск", Auto_Submitted="auto-replied")
    away = scene.send(raw, sender="", recipients=(scene.asked().reply_to,))

    assert (away["ticket"], away["rule"]) == (row["ticket"], "note_receipt_or_absence")
    assert scene.entries(row)[-1].kind is EntryKind.ABSENCE


def test_a_made_up_reference_reaches_no_ticket(scene: Scene) -> None:
    row = scene.write()
    forged = f"support+c1-{'0' * 32}@hoster.example"
    words = scene.send(mail("Что это?", THIEF, "", "Вопрос"), sender=THIEF, recipients=(forged,))

    assert (words["rule"], words["ticket"] == row["ticket"]) == ("open_ticket", False)


def test_a_forged_mail_asks_no_owner_though_its_data_are_right(scene: Scene) -> None:
    row = scene.write(sender=OWNER, authentication="fail")

    assert scene.challenges() == []
    assert scene.ticket(row).request.name == "domain-transfer"


def test_a_letter_that_waits_still_is_not_sent_once_its_challenge_has_ended(scene: Scene) -> None:
    row = scene.write()
    scene.write("Удалите сайт kofe-i-bulki.ru, логин u10518", subject=f"Re: [#{row['ticket']}]")
    first, second = scene.letters(LetterKind.CHALLENGE)
    with scene.ledger.read() as ask:
        kept = [letters.raw_of(ask, each.id) for each in (first, second)]

    assert (first.state, second.state) == (LetterState.CANCELLED, LetterState.DUE)
    assert (kept[0], bool(kept[1])) == (b"", True)


def test_a_mailbox_with_a_programs_name_can_confirm(scene: Scene) -> None:
    postmaster = "postmaster@firma.example"
    firm = Account("2001", "u20001", ("4070001",), ("firma-online.ru",), postmaster, NOW.replace(year=2020))
    customers.load(scene.ledger, (firm,))
    scene.write("Логин u20001. Прошу выдать код авторизации для переноса домена firma-online.ru.")
    asked = scene.asked()
    scene.reply(asked, Reply("Я в отпуске", sender=postmaster))
    scene.reply(asked, Reply(f"да {asked.digits}", sender=postmaster))

    assert scene.challenge().state is ChallengeState.CONFIRMED
