"""A54 to A60: who answers. Right digits count from the mailbox alone, for which the trusted hop vouches."""

import pytest

from mailgate.core.challenge import ChallengeState, Doubt
from mailgate.core.effects import LetterKind
from mailgate.store.sqlite import Row
from tests.authorisation.scene import CONTACT, MX, OWNER, THIEF, Asked, Reply, Scene, mail

OPEN = ChallengeState.OPEN
PASS = f"{MX}; dmarc=pass header.from=yandex.ru"
FORGED = "; dmarc=pass header.from=yandex.ru"


@pytest.fixture
def asked(scene: Scene) -> Asked:
    """A letter that asks for consent."""
    scene.write()
    return scene.asked()


def answered(scene: Scene, asked: Asked, results: tuple[str, ...], **changes: str) -> Row:
    """The right answer, below these Authentication-Results; `changes` are headers, or the way it came."""
    hop = changes.pop("hop", "127.0.0.1:2525")
    raw = mail(f"да {asked.digits}", OWNER, "", "Re: Согласие", In_Reply_To=str(asked.message["Message-ID"]))
    top = "".join(f"{name}: {value}\r\n" for name, value in changes.items())
    top += "".join(f"Authentication-Results: {each}\r\n" for each in results)
    return scene.send(top.encode() + raw, sender=OWNER, recipients=(asked.reply_to,), hop=hop)


@pytest.mark.parametrize(
    "sender",
    [
        THIEF,
        CONTACT,  # a contact of the account, but not its administrative mailbox
        "anna.petrova+x@yandex.ru",
        "annapetrova@yandex.ru",
        "anna.petrova@yandex.ru.freemail.example",
        "anna.petrova@ya.ru",
        "аnna.petrova@yandex.ru",  # a Cyrillic a
    ],
)
def test_a55_right_digits_from_elsewhere_confirm_nothing(scene: Scene, asked: Asked, sender: str) -> None:
    for _ in range(3):
        scene.reply(asked, Reply(f"да {asked.digits}", sender=sender))
        scene.reply(asked, Reply(f"нет {asked.digits}", sender=sender))
    left = scene.challenge()

    assert (left.state, left.is_answered, left.tries) == (OPEN, False, 0)
    (letter,) = scene.letters(LetterKind.REMEDY)
    assert letter.recipient == OWNER
    assert asked.digits not in scene.asked(LetterKind.REMEDY).text


@pytest.mark.parametrize("sender", ["Anna.Petrova@Yandex.RU", "ANNA.PETROVA@YANDEX.RU"])
def test_a55_case_makes_nobody_a_stranger(scene: Scene, asked: Asked, sender: str) -> None:
    scene.reply(asked, Reply(f"да {asked.digits}", sender=sender))

    assert scene.challenge().state is ChallengeState.CONFIRMED


@pytest.mark.parametrize("word", ["да", "нет"])
def test_a55_a_forged_from_that_fails_says_nothing(scene: Scene, asked: Asked, word: str) -> None:
    scene.reply(asked, Reply(f"{word} {asked.digits}", authentication="fail"))
    left = scene.challenge()

    assert (left.state, left.is_answered, left.is_warned) == (OPEN, False, True)
    assert [each.recipient for each in scene.letters(LetterKind.REMEDY)] == [OWNER]


@pytest.mark.parametrize("authentication", ["none", "temperror", "permerror", "bestguesspass", ""])
def test_a55_what_nobody_vouches_for_waits_for_staff(scene: Scene, asked: Asked, authentication: str) -> None:
    scene.reply(asked, Reply(f"да {asked.digits}", authentication=authentication))
    left = scene.challenge()

    assert (left.state, left.is_answered, left.doubts) == (OPEN, True, (Doubt.UNPROVEN,))
    assert scene.letters(LetterKind.SETTLED) == []


@pytest.mark.parametrize(
    "results",
    [
        (f"{MX}; dmarc=fail header.from=yandex.ru", PASS),  # the forged one below the true one
        (f"{MX}; dmarc=none header.from=yandex.ru", PASS),
        (f"mx.attacker.example{FORGED}",),  # of somebody else's server
        (f"{MX}.attacker.example{FORGED}",),
        (f"{MX}; none", PASS),
        (f"{MX}; dmarc=none (dmarc=pass header.from=yandex.ru) header.from=yandex.ru",),
        (f"{MX} ({FORGED}) ; dmarc=none header.from=yandex.ru",),
        (f"{MX}; dmarc=pass header.from=freemail.example",),  # of another domain than From's
        (f"{MX}; dkim=pass header.d=freemail.example",),  # A58: another signer
        (f"{MX}; dkim=pass header.d=ru",),
        (f"{MX}; spf=pass smtp.mailfrom=anna.petrova@yandex.ru",),  # A59: the envelope alone
        (f"{MX}; arc=pass header.d=yandex.ru",),  # A60
        (f"{MX}; dmarc=fail header.from=yandex.ru; dkim=pass header.d=yandex.ru",),
        ("; dmarc=pass header.from=yandex.ru", PASS),  # one without a server's name above
        ("(unclosed", PASS),
    ],
)
def test_a56_a_forged_result_confirms_nothing(scene: Scene, asked: Asked, results: tuple[str, ...]) -> None:
    answered(scene, asked, results)

    assert scene.challenge().state is OPEN


@pytest.mark.parametrize("name", ["ARC-Authentication-Results", "X-Authentication-Results", "Received-SPF"])
def test_a56_other_fields_are_no_result(scene: Scene, asked: Asked, name: str) -> None:
    answered(scene, asked, (), **{name: f"i=1; {PASS}"})

    assert scene.challenge().state is OPEN


@pytest.mark.parametrize("hop", ["127.0.0.1:2526", "0.0.0.0:25", ""])
def test_a56_over_another_hop_nothing_is_believed(scene: Scene, asked: Asked, hop: str) -> None:
    answered(scene, asked, (PASS,), hop=hop)
    left = scene.challenge()

    assert (left.state, left.is_answered) == (OPEN, True)


def test_a56_ours_on_top_counts_whatever_stands_below(scene: Scene, asked: Asked) -> None:
    answered(scene, asked, (PASS, f"{MX}; dmarc=fail header.from=yandex.ru"))

    assert scene.challenge().state is ChallengeState.CONFIRMED


def test_a58_two_senders_are_nobody(scene: Scene, asked: Asked) -> None:
    answered(scene, asked, (PASS,), From=THIEF)

    assert scene.challenge().state is OPEN


@pytest.mark.parametrize(
    "name",
    [f'"{OWNER}" <{THIEF}>', f"{OWNER}, {THIEF}", f"{OWNER} <{THIEF}>", f"<{OWNER}> <{THIEF}>", "Anna:;"],
)
def test_a58_a_name_is_no_address(scene: Scene, asked: Asked, name: str) -> None:
    raw = mail(f"да {asked.digits}", THIEF, "pass", "Re: x", In_Reply_To=str(asked.message["Message-ID"]))
    forged = raw.replace(f"From: {THIEF}".encode(), f"From: {name}".encode())
    scene.send(forged, sender=THIEF, recipients=(asked.reply_to,))

    assert scene.challenge().state is OPEN
