"""A63: nobody consents to what a stranger slipped into his request, to half of a list, or by half a yes."""

import pytest

from mailgate.core.challenge import ChallengeState, Doubt
from mailgate.core.effects import LetterKind
from mailgate.core.request import ObjectKind
from mailgate.parse.pool import Pool
from mailgate.store import handover
from mailgate.store.letters import LetterState
from tests.authorisation.scene import OWNER, Reply, Scene
from tests.authorisation.test_a66_mailbox import account, changed
from tests.builders import NOW
from tests.panel import Down, Panel

HARMLESS = "Логин u10518. Когда продлить домен katalog.ru?"
SLIPPED = "Логин u10518. Прошу сменить NS домена kofe-i-bulki.ru на ns1.evil-dns.ru и ns2.evil-dns.ru."
HIS_OWN = "Прошу сменить NS домена katalog.ru, новые пришлю завтра."
MINE = {"account": "1002"}


def slipped_in(scene: Scene) -> int:
    """The owner's ticket, into which somebody with his address in From has written; its number."""
    row = scene.write(HARMLESS, OWNER, "pass", "Вопрос")
    scene.write(SLIPPED, OWNER, "none", f"Re: [#{row['ticket']}]")
    assert "ns1.evil-dns.ru" in str(scene.ticket(row).request.objects)
    return int(row["ticket"])


def test_an_owners_mail_takes_over_nothing_that_nobody_is_proven_to_have_named(scene: Scene) -> None:
    number = slipped_in(scene)
    row = scene.write(HIS_OWN, OWNER, "pass", f"Re: [#{number}]")

    asked = scene.ticket(row).request
    assert [(each.kind, each.value) for each in asked.objects] == [(ObjectKind.DOMAIN, "katalog.ru")]
    assert not any("evil" in str(each.objects) for each in scene.challenges() if each.state == "open")


def test_an_owners_two_mails_go_together(scene: Scene) -> None:
    row = scene.write(f"Логин u10518. {HIS_OWN}", OWNER, "pass", "NS")
    more = "Прошу сменить NS на ns1.selectel.ru и ns2.selectel.ru."
    scene.write(more, OWNER, "pass", f"Re: [#{row['ticket']}]")

    assert [each.value for each in scene.ticket(row).request.objects] == [
        "katalog.ru",
        "ns1.selectel.ru",
        "ns2.selectel.ru",
    ]


@pytest.mark.parametrize("way", ["entry", "ticket"])
def test_the_panel_authorises_what_it_was_told_alone(scene: Scene, pool: Pool, way: str) -> None:
    with Panel(scene.ledger, pool) as panel:
        number = slipped_in(scene)
        words = {"account": "1002", "author": OWNER, "text": "Прошу сменить NS домена katalog.ru."}
        if way == "entry":
            panel.settles().knock("POST", f"/v1/tickets/{number}/entries", words)
        else:
            named = {"subject": f"[#{number}] NS", "class": "delegation-change", "object": "katalog.ru"}
            panel.settles().knock("POST", "/v1/tickets", {**words, **named})
        shown = panel.knock("GET", f"/v1/tickets/{number}?account=1002").body

    assert shown["objects"] == [{"kind": "domain", "value": "katalog.ru"}]


def test_of_a_list_too_long_for_a_letter_the_owner_is_not_asked_a_part(scene: Scene) -> None:
    names = ", ".join(f"a{count}.kofe-i-bulki.ru" for count in range(10))
    row = scene.write(f"Логин u10518. Прошу сменить владельца доменов {names} на Ивана Воровского.")

    assert scene.ticket(row).request.objects == ()


@pytest.mark.parametrize("taken_back", ["нет {} - я ошибся, не надо!", "НЕТ! Отменяю.", "no, sorry"])
def test_a69_a_yes_that_is_taken_back_is_for_staff(scene: Scene, taken_back: str) -> None:
    scene.write()
    asked = scene.asked()
    row = scene.reply(asked, Reply(f"да {asked.digits}\n{taken_back.format(asked.digits)}"))

    assert scene.challenge().state is ChallengeState.OPEN
    assert "ambiguous" in row["why"]


def test_who_has_sold_the_domain_meanwhile_gives_it_away_no_more(scene: Scene, pool: Pool) -> None:
    scene.write()
    left = tuple(each for each in account("1002").domains if each != "kofe-i-bulki.ru")
    changed(scene, "1002", domains=left)
    with Panel(scene.ledger, pool) as panel:
        panel_says = panel.knock("POST", "/v1/challenges/1/confirm", MINE)
        asked = scene.asked()
        row = scene.reply(asked, Reply(f"да {asked.digits}"))
        refusal = panel.knock("POST", "/v1/challenges/1/decline", MINE)

    assert (panel_says.status, panel_says.body["errors"]) == (
        409,
        ["what it is about is not this account's any more"],
    )
    assert scene.steps(row)[1] == "waits_for_staff"
    assert Doubt.FOREIGN_DOMAIN in scene.challenge().doubts
    assert (refusal.status, scene.challenge().state) == (200, ChallengeState.DECLINED)


def test_while_the_directory_is_down_a_right_answer_waits(scene: Scene, pool: Pool) -> None:
    scene.write()
    asked = scene.asked()
    scene.desk._directory = Down()
    row = scene.reply(asked, Reply(f"да {asked.digits}"))

    assert (scene.challenge().state, scene.challenge().doubts) == (
        ChallengeState.OPEN,
        (Doubt.DIRECTORY_DOWN,),
    )
    assert scene.steps(row)[-1] == "waits_for_staff"
    with Panel(scene.ledger, pool, directory=Down()) as panel:
        assert panel.knock("POST", "/v1/challenges/1/confirm", MINE).status == 503
        assert panel.knock("POST", "/v1/challenges/1/decline", MINE).status == 200


@pytest.mark.parametrize("words", ["Прошу сменить владельца домена на Ивана Петрова", "Прошу удалить домен"])
def test_a67_who_names_no_domain_may_mean_the_mailboxs_own(scene: Scene, words: str) -> None:
    scene.write(f"Логин u10432, договор 4051234. {words}.")
    asked = scene.asked()
    scene.reply(asked, Reply(f"да {asked.digits}", sender="director@stroymir.ru"))

    assert (scene.challenge().state, scene.challenge().doubts) == (
        ChallengeState.OPEN,
        (Doubt.OWN_DOMAIN,),
    )


@pytest.mark.parametrize(
    ("reply", "state"),
    [
        (LetterState.DUE, LetterState.CANCELLED),
        (LetterState.GIVEN_UP, LetterState.GIVEN_UP),
        (LetterState.SENT, LetterState.SENT),
        (None, LetterState.CANCELLED),
    ],
)
def test_a_letter_in_hand_when_its_challenge_ends_is_not_kept(
    scene: Scene, reply: LetterState | None, state: LetterState
) -> None:
    """The smarthost is slow, and the owner refuses elsewhere meanwhile."""
    scene.write()
    (letter,) = scene.letters(LetterKind.CHALLENGE)
    asked = scene.asked()
    with scene.ledger.write() as work:
        handover.claim(work, NOW, 10)
    scene.reply(asked, Reply(f"нет {asked.digits}"))
    with scene.ledger.write() as work:
        if reply is None:
            handover.unclaim(work, letter.id, NOW)
        else:
            handover.finish(work, letter.id, reply, "451 later", None, NOW)
    (left,) = scene.letters(LetterKind.CHALLENGE)

    assert left.state is state
    with pytest.raises(AssertionError):
        scene.asked()


def test_a77_the_requesters_letter_goes_before_the_owners(scene: Scene) -> None:
    scene.write()
    (his,), (owners,) = (scene.letters(kind) for kind in (LetterKind.ACKNOWLEDGEMENT, LetterKind.CHALLENGE))

    assert his.id < owners.id
