"""A72 and A77: our letters tell nobody whether he guessed right, nor what there is on record."""

import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import combinations, pairwise

import pytest

from mailgate import deadlines
from mailgate.core.effects import LetterKind
from mailgate.store.letters import LetterRow
from tests.authorisation.scene import CONTACT, OWNER, THIEF, TRANSFER, Asked, Reply, Scene
from tests.authorisation.test_a71_secrets import hand_over

UNKNOWN = {
    "all is right, and the owner is asked": TRANSFER,
    "there is no such login": TRANSFER.replace("u10518", "u99999"),
    "there is no such domain": TRANSFER.replace("kofe-i-bulki.ru", "net-takogo.ru"),
    "there is neither": TRANSFER.replace("u10518", "u99999").replace("kofe-i-bulki.ru", "net-takogo.ru"),
    "the domain is another customer's": TRANSFER.replace("kofe-i-bulki.ru", "primer-group.com"),
    "the mailbox lies in the domain": TRANSFER.replace("u10518", "u10432").replace(
        "kofe-i-bulki.ru", "stroymir.ru"
    ),
}


_OWN = frozenset({"Date", "Message-ID", "In-Reply-To", "References", "Reply-To", "X-Mailgate-Ticket"})
"""Headers that differ from letter to letter: dates, numbers, ids. What the ids tell is looked at apart."""

Written = tuple[tuple[tuple[str, str], ...], str]


def written(letter: Asked) -> Written:
    """A letter's headers and text, less what differs from letter to letter."""
    headers = ((name, "" if name in _OWN else str(value)) for name, value in letter.message.items())
    return tuple((name, _unnumbered(value)) for name, value in headers), _unnumbered(letter.text)


def _unnumbered(text: str) -> str:
    return re.sub(r"\b1[0-9]{5}\b", "N", text)


def answered(scene: Scene, asked: Asked, words: str, sender: str, authentication: str) -> Written:
    """What the writer of an answer is told."""
    before = len(scene.letters(LetterKind.OUTSIDER))
    scene.reply(asked, Reply(words, sender=sender, authentication=authentication))
    assert len(scene.letters(LetterKind.OUTSIDER)) == before + 1
    return written(scene.asked(LetterKind.OUTSIDER))


def test_a72_whatever_is_wrong_the_letter_is_the_same(scene: Scene) -> None:
    scene.write()
    asked = scene.asked()
    wrong = f"{(int(asked.digits) + 1) % 10**6:06}"
    told = {
        name: answered(scene, asked, words, THIEF, "pass")
        for name, words in {
            "wrong digits and sender": f"да {wrong}",
            "wrong sender": f"да {asked.digits}",
            "wrong sender again": f"нет {asked.digits}",
            "almost, and wrong sender": asked.digits,
            "both, and wrong sender": f"да {asked.digits}\nнет {asked.digits}",
        }.items()
    }
    scene.now += timedelta(days=8)
    told["late"] = answered(scene, asked, f"да {asked.digits}", THIEF, "pass")
    deadlines.expire(scene.ledger, scene.rulebook, scene.now)
    told["after its end"] = answered(scene, asked, f"да {asked.digits}", THIEF, "pass")

    assert len(set(told.values())) == 1, told


def test_a72_the_mailbox_itself_is_told_the_same_of_what_is_wrong(scene: Scene) -> None:
    scene.write()
    asked = scene.asked()
    wrong = f"{(int(asked.digits) + 1) % 10**6:06}"
    told = [
        answered(scene, asked, f"да {wrong}", OWNER, "none"),
        answered(scene, asked, f"да {asked.digits}", OWNER, "none"),
        answered(scene, asked, f"да {asked.digits}\nнет {asked.digits}", OWNER, "none"),
        answered(scene, asked, f"да {asked.digits}", OWNER, "fail"),
    ]
    scene.now += timedelta(days=8)
    told.append(answered(scene, asked, f"да {asked.digits}", OWNER, "none"))

    assert len(set(told)) == 1, told


def acknowledged(scene: Scene, words: str = TRANSFER, sender: str = THIEF) -> Written:
    """What the writer of a request is told, whose mail nobody vouches for."""
    scene.write(words, sender, "none")
    return written(scene.asked(LetterKind.ACKNOWLEDGEMENT))


def test_a77_the_acknowledgement_tells_nothing_of_what_is_on_record(scene: Scene) -> None:
    told = {name: acknowledged(scene, words) for name, words in UNKNOWN.items()}
    assert len(scene.challenges()) == 2
    told["it is open already"] = acknowledged(scene)
    asked = scene.asked()
    scene.reply(asked, Reply(f"нет {asked.digits}", sender=scene.challenge().mailbox))
    told["it is locked"] = acknowledged(scene)

    assert len(set(told.values())) == 1, told


def told_apart(letters: list[LetterRow]) -> list[int]:
    """How far the ledger's numbers of a stranger's letters lie apart, of which he sees nothing."""
    for one, other in combinations(letters, 2):
        for mine, its in zip(marked(one), marked(other), strict=True):
            assert abs(mine - its) > 10**6, (one, other)
    return [after.id - before.id for before, after in pairwise(letters)]


def marked(letter: LetterRow) -> Iterator[int]:
    """The numbers by which a letter's Message-ID and envelope sender call it."""
    for text in (letter.message_id, letter.envelope_sender):
        found = re.search(r"(?:<mg\.[0-9]+\.|\+b)([0-9]+)", text)
        assert found is not None, text
        yield int(found[1])


def test_a77_marks_tell_not_whether_an_owner_was_asked_in_between(scene: Scene) -> None:
    harmless = "Здравствуйте! Как у вас добавить почтовый ящик?"
    for words in (harmless, UNKNOWN["there is neither"], harmless, TRANSFER, harmless):
        scene.write(words, THIEF, "none")

    assert len(scene.challenges()) == 1
    assert told_apart(scene.letters(LetterKind.ACKNOWLEDGEMENT)) == [1, 1, 1, 2]


def test_a72_marks_tell_not_whether_the_digits_were_right(scene: Scene) -> None:
    scene.write(sender="somebody@freemail.example")
    asked = scene.asked()
    wrong = f"{(int(asked.digits) + 1) % 10**6:06}"
    for digits in (wrong, wrong, asked.digits, wrong):
        scene.reply(asked, Reply(f"да {digits}", sender=THIEF))

    assert len(scene.letters(LetterKind.REMEDY)) == 1
    assert told_apart(scene.letters(LetterKind.OUTSIDER)) == [1, 2, 1]


def outcomes(scene: Scene) -> dict[int, tuple[str, ...]]:
    """What each requester was told in the end, and when."""
    return {
        letter.ticket or 0: (letter.recipient, letter.created.isoformat())
        for letter in scene.letters(LetterKind.OUTCOME)
    }


def test_a77_the_outcome_comes_at_the_same_time_whatever_is_on_record(scene: Scene) -> None:
    for number, words in enumerate(UNKNOWN.values()):
        scene.write(words, f"thief{number}@freemail.example")
    scene.reply(scene.asked(), Reply(f"нет {scene.asked().digits}", sender=scene.challenge().mailbox))
    hand_over(scene)
    for _ in range(16):
        deadlines.expire(scene.ledger, scene.rulebook, scene.now)
        deadlines.remind(scene.ledger, scene.rulebook, scene.now)
        deadlines.conclude(scene.ledger, scene.rulebook, scene.now)
        hand_over(scene)
        scene.now += timedelta(hours=12)

    told = outcomes(scene)
    assert len(told) == len(UNKNOWN)
    assert len({when for _, when in told.values()}) == 1


def test_a77_the_outcome_tells_no_fact_of_the_account(scene: Scene) -> None:
    scene.write()
    asked = scene.asked()
    hand_over(scene)
    scene.reply(asked, Reply(f"да {asked.digits}"))
    deadlines.conclude(scene.ledger, scene.rulebook, scene.now)
    outcome = scene.asked(LetterKind.OUTCOME)

    assert outcome.message["To"] == THIEF
    for fact in ("u10518", "kofe", OWNER, CONTACT, "4051871", "yandex", "Анна", asked.digits):
        assert fact not in outcome.message.as_string() + outcome.text
    assert asked.reply_to not in outcome.message.as_string()
    assert str(asked.message["Message-ID"]) not in outcome.message.as_string()


@pytest.mark.parametrize("sender", [OWNER, CONTACT])
def test_a77_who_writes_unproven_is_told_the_same_whoever_he_is(scene: Scene, sender: str) -> None:
    nobody = acknowledged(scene, sender="nobody@freemail.example")

    assert acknowledged(scene, sender=sender)[1] == nobody[1]
