"""A71: digits and references are for the mailbox: not in the ledger, the log, the trail, the commands."""

import base64
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner
from structlog.testing import capture_logs

from mailgate import deadlines
from mailgate.cli import main
from mailgate.core.effects import LetterKind
from mailgate.store import audit, handover, letters
from mailgate.store.letters import LetterState
from mailgate.store.sqlite import connect
from tests.authorisation.scene import OWNER, THIEF, Asked, Reply, Scene
from tests.cli.place import SETTINGS


def hand_over(scene: Scene, state: LetterState = LetterState.SENT) -> None:
    """What a courier does with all that is due."""
    with scene.ledger.write() as work:
        claimed = handover.claim(work, scene.now, 100)
    with scene.ledger.write() as work:
        for letter in claimed:
            handover.finish(work, letter.id, state, "250 ok", None, scene.now)


def traces(asked: Asked) -> list[bytes]:
    """What the digits look like in the bytes of the letter, in its encoding and plain."""
    body = asked.message.as_bytes().partition(b"\n\n")[2]
    head = len(base64.b64decode(b"".join(body.split()))[:-1].partition(b" ".join(_octets(asked)))[0])
    line = head * 4 // 3 // 76
    return [body.splitlines()[line], " ".join(asked.digits).encode()]


def _octets(asked: Asked) -> list[bytes]:
    return [each.encode() for each in asked.digits]


def files(scene: Scene) -> bytes:
    """Every byte of the ledger, what is free or waits in the log beside it among them."""
    with scene.ledger.read() as ask:
        assert ask.count("SELECT count(*) FROM letter") > 0
    return b"".join(
        path.read_bytes() for path in sorted(scene.ledger.path.parent.glob(f"{scene.ledger.path.name}*"))
    )


def told(folder: Path, *words: str) -> str:
    """What a command says about the ledger in this folder."""
    settings = folder / "mailgate.toml"
    settings.write_text(SETTINGS.format(folder=folder), "utf-8")
    done = CliRunner().invoke(main, ["--config", str(settings), *words])
    return done.output + done.stderr


def test_a71_once_handed_over_the_digits_are_nowhere_in_the_ledger(scene: Scene) -> None:
    scene.write()
    asked = scene.asked()
    found = traces(asked)
    assert found[0] in files(scene)  # the letter itself waits there
    hand_over(scene)
    scene.ledger.close()  # a running service has older pages in its log until they are written over
    dump = files(scene)

    assert not [each for each in found if each in dump]
    assert asked.digits.encode() not in dump.replace(b" ", b"")


def test_a71_what_is_erased_is_overwritten(scene: Scene) -> None:
    with closing(connect(scene.ledger.path)) as connection:
        assert tuple(connection.execute("PRAGMA secure_delete").fetchone()) == (1,)


def test_a71_a_letter_that_a_crash_left_in_hand_is_erased_too(scene: Scene) -> None:
    scene.write()
    (letter,) = scene.letters(LetterKind.CHALLENGE)
    with scene.ledger.write() as work:
        handover.claim(work, scene.now, 100)
        handover.recover(work, scene.now)

    with scene.ledger.read() as ask:
        assert letters.raw_of(ask, letter.id) == b""


def test_a71_the_correction_is_erased_and_others_stay(scene: Scene) -> None:
    scene.write()
    scene.reply(scene.asked(), Reply(scene.asked().digits))
    (correction,) = scene.letters(LetterKind.CORRECTION)
    (acknowledgement,) = scene.letters(LetterKind.ACKNOWLEDGEMENT)
    hand_over(scene)

    with scene.ledger.read() as ask:
        assert letters.raw_of(ask, correction.id) == b""
        assert letters.raw_of(ask, acknowledgement.id)


def test_a71_commands_do_not_tell_the_digits(scene: Scene, tmp_path: Path) -> None:
    row = scene.write()
    asked = scene.asked()
    (letter,) = scene.letters(LetterKind.CHALLENGE)
    number = str(row["ticket"])
    commands = (
        ("outbox", "show", str(letter.id)),
        ("outbox", "show", str(letter.id), "--raw"),
        ("outbox", "show", str(letter.id), "--json"),
        ("outbox", "list", "--json"),
        ("mail", "explain", str(row["id"])),
        ("mail", "show", str(row["id"])),
        ("ticket", "show", number),
        ("ticket", "show", number, "--json"),
        ("audit", "show", number),
        ("audit", "show", number, "--json"),
        ("audit", "verify"),
    )
    secrets = (asked.digits, " ".join(asked.digits), asked.reply_to.partition("-")[2][:32])
    for words in commands:
        said = told(tmp_path, *words)
        assert said.strip(), words
        assert not [each for each in secrets if each in said], words


def test_a71_mail_explain_tells_an_answer_without_its_digits(scene: Scene, tmp_path: Path) -> None:
    scene.write()
    asked = scene.asked()
    row = scene.reply(asked, Reply(f"да {asked.digits}"))
    for again in ((), ("--again",)):
        said = told(tmp_path, "mail", "explain", str(row["id"]), *again)
        assert "settle_challenge" in said
        assert asked.digits not in said


def test_a71_the_log_tells_no_digits(scene: Scene) -> None:
    with capture_logs() as lines:
        scene.write()
        asked = scene.asked()
        for words in (asked.digits, "да 000000", f"да {asked.digits}"):
            scene.reply(asked, Reply(words))
        scene.now = scene.now.replace(day=30)
        deadlines.expire(scene.ledger, scene.rulebook, scene.now)
        deadlines.remind(scene.ledger, scene.rulebook, scene.now)
        deadlines.conclude(scene.ledger, scene.rulebook, scene.now)
        hand_over(scene)
    said = repr(lines)

    assert "mail.settled" in said
    assert asked.digits not in said
    assert asked.reply_to.partition("-")[2][:32] not in said


def test_a73_the_whole_story_is_in_a_trail_that_holds(scene: Scene, tmp_path: Path) -> None:
    row = scene.write()
    asked = scene.asked()
    for words, sender in ((asked.digits, OWNER), ("да 000000", OWNER), (f"да {asked.digits}", THIEF)):
        scene.reply(asked, Reply(words, sender=sender))
    scene.reply(asked, Reply(f"да {asked.digits}"))
    assert scene.steps(row) == [
        "challenge_made", "almost_right", "wrong_digits", "wrong_sender", "challenge_confirmed",
    ]  # fmt: skip

    assert "5 records" in told(tmp_path, "audit", "verify")


def test_a71_the_trail_has_no_personal_word(scene: Scene) -> None:
    scene.write()
    asked = scene.asked()
    for words, sender in ((asked.digits, OWNER), ("да 000000", THIEF), (f"нет {asked.digits}", OWNER)):
        scene.reply(asked, Reply(words, sender=sender))
    with scene.ledger.read() as ask:
        rows = [tuple(row) for row in ask.rows("SELECT * FROM audit")]
        steps = [each.record for each in audit.walk(ask)]
    said = repr(rows)

    assert len(steps) >= 5
    for word in (asked.digits, OWNER, THIEF, "anna", "thief", "kofe", "u10518", "yandex", "freemail"):
        assert word not in said


@pytest.mark.parametrize(
    "kind", [LetterKind.REMEDY, LetterKind.SETTLED, LetterKind.ALARM, LetterKind.OUTSIDER]
)
def test_a71_other_letters_tell_neither_digits_nor_reference(scene: Scene, kind: LetterKind) -> None:
    scene.write()
    asked = scene.asked()
    scene.reply(asked, Reply(f"да {asked.digits}", sender=THIEF))
    scene.reply(asked, Reply(f"нет {asked.digits}"))
    letter = scene.asked(kind)
    headers = {name: str(value) for name, value in letter.message.items()}
    headers.pop("In-Reply-To", None)  # what the writer himself put into his mail, and knows
    headers.pop("References", None)

    assert asked.digits not in letter.text
    assert " ".join(asked.digits) not in letter.text
    assert asked.reply_to.partition("-")[2][:32] not in repr(headers)
