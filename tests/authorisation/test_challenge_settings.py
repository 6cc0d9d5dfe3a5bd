"""What the operator allows: when the owner is asked by itself, and what an answer must have."""

from collections.abc import Iterator

import pytest

from mailgate.completing import complete
from mailgate.core.account import Key, Records
from mailgate.core.challenge import ChallengeState, Doubt
from mailgate.core.effects import LetterKind
from mailgate.desk import Desk, Sources, Times
from mailgate.directory import TableDirectory
from mailgate.parse.pool import Pool
from mailgate.rulebook import unchecked_rulebook
from mailgate.store.sqlite import Ledger
from tests.authorisation.scene import CONTACT, OWNER, THIEF, TRANSFER, Reply, Scene

OPEN, CONFIRMED = ChallengeState.OPEN, ChallengeState.CONFIRMED


@pytest.fixture
def scene(ledger: Ledger, pool: Pool, request: pytest.FixtureRequest) -> Iterator[Scene]:
    """A desk with these [challenge] settings."""
    made = Scene(ledger, pool, challenge=getattr(request, "param", {}))
    yield made
    made.spool.close()


LOOSE = pytest.mark.parametrize("scene", [{"require": "mailbox"}], indirect=True)


@LOOSE
@pytest.mark.parametrize("authentication", ["pass", "none", "temperror", ""])
def test_a55_the_mailbox_alone_is_enough_where_the_operator_says_so(
    scene: Scene, authentication: str
) -> None:
    scene.write()
    scene.reply(scene.asked(), Reply(f"да {scene.asked().digits}", authentication=authentication))

    assert scene.challenge().state is CONFIRMED


@LOOSE
@pytest.mark.parametrize(("sender", "authentication"), [(OWNER, "fail"), (THIEF, "pass"), (CONTACT, "pass")])
def test_a55_but_never_what_failed_or_came_from_elsewhere(
    scene: Scene, sender: str, authentication: str
) -> None:
    scene.write()
    scene.reply(scene.asked(), Reply(f"да {scene.asked().digits}", sender, authentication))

    assert (scene.challenge().state, scene.challenge().is_answered) == (OPEN, False)


@LOOSE
def test_a67_what_speaks_against_the_mailbox_still_does(scene: Scene) -> None:
    scene.write("Логин u10432. Прошу выдать код авторизации для переноса домена stroymir.ru.")
    scene.reply(scene.asked(), Reply(f"да {scene.asked().digits}", "director@stroymir.ru", "none"))

    assert (scene.challenge().state, scene.challenge().doubts) == (OPEN, (Doubt.OWN_DOMAIN,))


@pytest.mark.parametrize(
    ("scene", "sender", "authentication", "asked"),
    [
        ({"automatic": "matching"}, THIEF, "", 1),
        ({"automatic": "contacts"}, THIEF, "pass", 0),
        ({"automatic": "contacts"}, OWNER, "none", 0),
        ({"automatic": "contacts"}, CONTACT, "pass", 1),
        ({"automatic": "staff"}, OWNER, "pass", 0),
    ],
    indirect=["scene"],
)
def test_who_is_asked_for_by_itself(scene: Scene, sender: str, authentication: str, asked: int) -> None:
    scene.write(TRANSFER, sender, authentication)

    assert len(scene.challenges()) == len(scene.letters(LetterKind.CHALLENGE)) == asked


@pytest.mark.parametrize(
    "words",
    [
        "Прошу выдать код авторизации для переноса домена kofe-i-bulki.ru.",  # one value alone
        TRANSFER.replace("kofe-i-bulki", "kofe-i-bu1ki"),
        TRANSFER.replace("kofe-i-bulki.ru", "primer-group.com"),  # another customer's
        TRANSFER.replace("u10518", "u11007"),  # they contradict each other
        TRANSFER.replace("u10518", "u\u200b10518"),  # A75: not as written
        "Логин u10518, договор 4051871. Прошу выдать код авторизации для переноса домена.",  # no object
        "> " + TRANSFER,
        "Логин u10518, домен kofe-i-bulki.ru. Как перенести домен к другому регистратору?",
    ],
)
def test_too_little_or_too_much_asks_no_owner(scene: Scene, words: str) -> None:
    scene.write(words)

    assert scene.challenges() == []


def test_a_class_that_is_switched_off_meanwhile_leaves_the_answer_right(scene: Scene) -> None:
    scene.write()
    asked = scene.asked()
    off = {"request": [{"name": "domain-transfer", "enabled": False}]}
    scene.rulebook = unchecked_rulebook(
        type(scene.settings).model_validate({**scene.settings.model_dump(), **off})
    )
    scene.reply(asked, Reply(f"да {asked.digits}"))

    assert scene.challenge().state is CONFIRMED
    assert "kofe-i-bulki.ru" in scene.asked(LetterKind.SETTLED).text


class Down:
    """A directory that cannot be asked."""

    def ask(self, keys: frozenset[Key]) -> Records:
        assert keys
        return Records(is_down=True)


def test_a77_after_an_outage_all_hear_at_the_same_time(scene: Scene, pool: Pool) -> None:
    """Whether the data were right must not show in when their writers are told."""
    whole = scene.desk
    scene.desk = Desk(
        scene.ledger, Sources(pool, Down()), lambda: scene.rulebook, Times(), lambda: scene.now, lambda: None
    )
    scene.write(TRANSFER, "one@freemail.example")
    scene.write(TRANSFER.replace("u10518", "u99999"), "two@freemail.example")
    scene.desk, later = whole, scene.now.replace(hour=15)
    complete(scene.ledger, TableDirectory(scene.ledger), scene.rulebook, later)

    assert len(scene.challenges()) == 1
    with scene.ledger.read() as ask:
        due = [row["conclude_at"] for row in ask.rows("SELECT conclude_at FROM ticket")]
    assert len(due) == 2
    assert len(set(due)) == 1
