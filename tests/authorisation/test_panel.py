"""The owner answers a challenge in the control panel, where he is logged in; nobody answers another's."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from mailgate import deadlines
from mailgate.core.challenge import ChallengeState
from mailgate.core.effects import LetterKind
from mailgate.parse.pool import Pool
from tests.authorisation.scene import CONTACT, OWNER, TRANSFER, Reply, Scene
from tests.authorisation.test_a71_secrets import hand_over
from tests.builders import NOW
from tests.panel import Panel

NONE_SUCH = {"errors": ["no such challenge of this account"]}
MINE = {"account": "1002"}


@pytest.fixture
def panel(scene: Scene, pool: Pool) -> Iterator[Panel]:
    """The panel's door beside the scene's desk, over one ledger."""
    with Panel(scene.ledger, pool) as made:
        yield made


def test_the_owner_sees_what_is_asked_and_nobody_elses(scene: Scene, panel: Panel) -> None:
    row = scene.write()
    (shown,) = panel.knock("GET", "/v1/challenges?account=1002").body

    assert shown == {
        "id": "1",
        "ticket": str(row["ticket"]),
        "state": "open",
        "class": "domain-transfer",
        "objects": [{"kind": "domain", "value": "kofe-i-bulki.ru"}],
        "asked_by": "thief(at)freemail.example",
        "verified": False,
        "asked": "2026-11-23T12:00:00.000000Z",
        "expires": "2026-11-30T12:00:00.000000Z",
    }
    assert panel.knock("GET", "/v1/challenges?account=1001").body == []


def test_the_owner_confirms_once(scene: Scene, panel: Panel) -> None:
    row = scene.write()
    done = panel.knock("POST", "/v1/challenges/1/confirm", MINE)
    again = panel.knock("POST", "/v1/challenges/1/confirm", MINE)
    late = panel.knock("POST", "/v1/challenges/1/decline", MINE)

    assert (done.status, done.body["state"]) == (200, "confirmed")
    assert (again.status, late.status) == (409, 409)
    assert again.body == {"errors": ["the challenge is confirmed"]}
    assert scene.challenge().state is ChallengeState.CONFIRMED
    assert scene.steps(row) == ["challenge_made", "challenge_confirmed"]
    assert [letter.recipient for letter in scene.letters(LetterKind.SETTLED)] == [OWNER]


def test_what_is_proven_is_told_as_it_is_by_now(scene: Scene, panel: Panel) -> None:
    row = scene.write(sender=CONTACT, authentication="pass")
    path = f"/v1/tickets/{row['ticket']}?account=1002"
    before = panel.knock("GET", path).body["assurance"]["level"]
    panel.knock("POST", "/v1/challenges/1/confirm", MINE)
    after = panel.knock("GET", path).body["assurance"]

    assert before == "on_record"
    assert after["level"] == "authorised"
    assert "challenge" in after["evidence"]


def test_a_request_by_mail_is_no_more_than_its_mail_proves(scene: Scene, panel: Panel) -> None:
    """In a ticket that was opened in the panel somebody asks by mail: that is not the panel's word."""
    words = {"account": "1002", "author": CONTACT, "subject": "Вопрос", "text": "Здравствуйте!"}
    number = panel.settles().knock("POST", "/v1/tickets", words).body["ticket"]
    scene.write(TRANSFER, CONTACT, "pass", f"[#{number}]")

    shown = panel.knock("GET", f"/v1/tickets/{number}?account=1002").body
    assert (shown["class"], shown["assurance"]["level"]) == ("domain-transfer", "on_record")


def test_who_asks_again_in_the_panel_hears_of_no_missing_consent(scene: Scene, panel: Panel) -> None:
    row = scene.write(sender=CONTACT, authentication="pass")
    hand_over(scene)
    words = {"account": "1002", "author": CONTACT, "text": "Прошу удалить аккаунт целиком."}
    panel.settles().knock("POST", f"/v1/tickets/{row['ticket']}/entries", words)
    scene.now += timedelta(days=8)

    assert "panel_request" in scene.steps(row)
    assert deadlines.conclude(scene.ledger, scene.rulebook, scene.now) == 0


def test_what_the_panel_answered_no_mail_answers_any_more(scene: Scene, panel: Panel) -> None:
    row = scene.write()
    asked = scene.asked()
    panel.knock("POST", "/v1/challenges/1/decline", MINE)
    scene.reply(asked, Reply(f"да {asked.digits}"))

    assert scene.challenge().state is ChallengeState.DECLINED
    assert scene.steps(row)[-1] == "late_answer"
    scene.write(subject="Ещё раз")
    assert len(scene.challenges()) == 1


@pytest.mark.parametrize(
    "path", ["1/confirm", "1/decline", "2/confirm", "x/confirm", "99999999999999999999/decline"]
)
def test_another_accounts_challenge_is_not_there(scene: Scene, panel: Panel, path: str) -> None:
    scene.write()
    reply = panel.knock("POST", f"/v1/challenges/{path}", {"account": "1001"})

    assert (reply.status, reply.body) == (404, NONE_SUCH)
    assert scene.challenge().state is ChallengeState.OPEN


def test_what_was_changed_since_is_not_confirmed(scene: Scene, panel: Panel) -> None:
    row = scene.write()
    scene.write("Удалите сайт kofe-i-bulki.ru, логин u10518", subject=f"Re: [#{row['ticket']}]")
    reply = panel.knock("POST", "/v1/challenges/1/confirm", MINE)

    assert (reply.status, reply.body) == (409, {"errors": ["the challenge is void"]})


def test_after_its_time_a_challenge_is_neither_listed_nor_answered(scene: Scene, panel: Panel) -> None:
    scene.now = NOW - timedelta(days=8)
    scene.write()
    reply = panel.knock("POST", "/v1/challenges/1/confirm", MINE)

    assert panel.knock("GET", "/v1/challenges?account=1002").body == []
    assert (reply.status, reply.body) == (409, {"errors": ["the challenge is expired"]})


@pytest.mark.parametrize(
    "body", [{}, {"account": ""}, {"account": "1002", "digits": "1"}, [], {"account": 1002}]
)
def test_an_answer_that_is_none_is_refused(scene: Scene, panel: Panel, body: object) -> None:
    scene.write()

    assert panel.knock("POST", "/v1/challenges/1/confirm", body).status == 422
    assert panel.knock("POST", "/v1/challenges/1/confirm", MINE, key="other").status == 401
    assert scene.challenge().state is ChallengeState.OPEN
