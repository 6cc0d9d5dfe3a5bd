"""A64: what was open in a ledger from a backup confirms nothing; nor does what a lost key has signed."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from mailgate import deadlines
from mailgate.apply import apply
from mailgate.core import ending
from mailgate.core.audit import Actor, Event, Role, Step
from mailgate.core.challenge import ChallengeState
from mailgate.core.effects import LetterKind
from mailgate.errors import Temporary
from mailgate.rulebook import Rulebook
from mailgate.store import audit, runs, tickets
from tests.authorisation.scene import Reply, Scene
from tests.authorisation.test_a71_secrets import hand_over

OPEN, VOID = ChallengeState.OPEN, ChallengeState.VOID


def start(scene: Scene) -> int:
    """What the service does first with its ledger; how many challenges that voids."""
    found = 0
    if runs.is_older(scene.ledger):
        found = deadlines.void_all(scene.ledger, scene.rulebook, scene.now)
    runs.begin(scene.ledger)
    deadlines.note_key(scene.ledger, scene.rulebook, scene.now)
    return found


def copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as other:
        one.backup(other)


def events(scene: Scene) -> list[str]:
    """Every step on record."""
    with scene.ledger.read() as ask:
        return [str(each.record.step.event) for each in audit.walk(ask) if each.record]


def refused(scene: Scene) -> None:
    asked = scene.asked()
    scene.reply(asked, Reply(f"нет {asked.digits}"))


def in_the_panel(scene: Scene) -> None:
    """The owner answers, and nothing comes to an end in order after that."""
    challenge = scene.challenge()
    with scene.ledger.write() as work:
        ticket = tickets.find(work, challenge.ticket)
        assert ticket is not None
        policy = scene.rulebook.policy
        answered = ending.answered_elsewhere(
            challenge, ticket, Actor(Role.PANEL), policy, scene.now, is_confirmed=False
        )
        apply(work, None, answered, scene.rulebook, scene.now)


@pytest.mark.parametrize("since", [refused, in_the_panel, start], ids=lambda each: each.__name__)
def test_a64_an_older_ledger_confirms_nothing_that_was_open(
    scene: Scene, tmp_path: Path, since: Callable[[Scene], object]
) -> None:
    start(scene)
    scene.write()
    asked = scene.asked()
    copy(scene.ledger.path, tmp_path / "backup")
    since(scene)  # which the backup does not know
    copy(tmp_path / "backup", scene.ledger.path)
    assert scene.challenge().state is OPEN

    assert start(scene) == 1
    assert (scene.challenge().state, events(scene)[-2:]) == (VOID, ["ledger_restored", "challenge_void"])
    scene.reply(asked, Reply(f"да {asked.digits}"))
    assert scene.challenge().state is VOID


def test_a64_who_stops_before_all_is_void_finds_it_older_again(scene: Scene, tmp_path: Path) -> None:
    start(scene)
    copy(scene.ledger.path, tmp_path / "backup")
    start(scene)
    copy(tmp_path / "backup", scene.ledger.path)

    assert runs.is_older(scene.ledger)
    assert runs.is_older(scene.ledger)
    runs.begin(scene.ledger)
    assert not runs.is_older(scene.ledger)


def test_a64_it_is_said_once(scene: Scene, tmp_path: Path) -> None:
    start(scene)
    copy(scene.ledger.path, tmp_path / "backup")
    scene.write()
    copy(tmp_path / "backup", scene.ledger.path)
    start(scene)
    scene.write()

    assert start(scene) == start(scene) == 0
    assert (scene.challenge().state, events(scene).count("ledger_restored")) == (OPEN, 1)


def test_a64_a_step_that_is_not_committed_is_not_put_down(scene: Scene) -> None:
    start(scene)
    scene.write()
    mark = scene.ledger.path.parent / "runs.mark"
    before = mark.read_text()
    step = Step(scene.now, Event.KEY_ROTATED, Actor(Role.MAILGATE))
    with pytest.raises(ZeroDivisionError), scene.ledger.write() as work:
        audit.append(work, scene.rulebook.policy.keys, step)
        raise ZeroDivisionError

    assert mark.read_text() == before == "1 1\n"


def test_a64_what_is_committed_stays_though_it_cannot_be_put_down(scene: Scene) -> None:
    start(scene)
    (scene.ledger.path.parent / "runs.mark").write_text("nonsense")
    row = scene.write()

    assert (row["verdict"], events(scene)) == ("opened", ["challenge_made"])


def test_a64_a_kill_voids_nothing(scene: Scene) -> None:
    for _ in range(3):
        start(scene)
        scene.write()
        scene.write("Логин u11007, договор 4052340. Прошу возврат денег.")
        scene.write("Логин u12001, contract 4055010. Please refund my payment.")

    assert start(scene) == 0
    assert {each.state for each in scene.challenges()} == {OPEN}
    assert "ledger_restored" not in events(scene)


def test_a64_numbers_given_twice_have_other_secrets(scene: Scene, tmp_path: Path) -> None:
    """In the restored ledger the next challenge has the number of a forgotten one, and not its digits."""
    start(scene)
    copy(scene.ledger.path, tmp_path / "backup")
    scene.write()
    forgotten = scene.asked()
    copy(tmp_path / "backup", scene.ledger.path)
    start(scene)
    scene.now = scene.now.replace(second=1)
    scene.write()
    assert (scene.challenge().id, scene.asked().digits != forgotten.digits) == (1, True)
    scene.reply(forgotten, Reply(f"да {forgotten.digits}"))

    assert (scene.challenge().state, scene.challenge().tries) == (OPEN, 0)


def test_a64_a_damaged_mark_stops_the_start(scene: Scene) -> None:
    start(scene)
    (scene.ledger.path.parent / "runs.mark").write_text("nonsense")

    with pytest.raises(Temporary, match="damaged"):
        start(scene)


def rotated(scene: Scene, keys: tuple[bytes, ...]) -> None:
    """Other keys are in force from now on."""
    scene.rulebook = Rulebook(replace(scene.rulebook.policy, keys=keys), scene.rulebook.letters)


def test_a64_the_old_key_serves_while_it_is_kept(scene: Scene) -> None:
    start(scene)
    scene.write()
    asked = scene.asked()
    rotated(scene, (b"n" * 32, *scene.rulebook.policy.keys))
    start(scene)
    scene.reply(asked, Reply(f"да {asked.digits}"))

    assert scene.challenge().state is ChallengeState.CONFIRMED
    assert events(scene).count("key_rotated") == 1


def test_a64_without_its_key_a_challenge_confirms_nothing(scene: Scene) -> None:
    scene.write()
    asked = scene.asked()
    hand_over(scene)
    rotated(scene, (b"n" * 32,))
    start(scene)
    row = scene.reply(asked, Reply(f"да {asked.digits}"))
    refusal = scene.reply(asked, Reply(f"нет {asked.digits}"))
    assert scene.challenge().state is OPEN
    assert row["rule"] == refusal["rule"] == "open_ticket"

    scene.now = scene.now.replace(day=27)
    assert deadlines.remind(scene.ledger, scene.rulebook, scene.now) == 0
    assert len(scene.letters(LetterKind.CHALLENGE)) == 1
