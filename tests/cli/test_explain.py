"""`mailgate mail explain`: the story of a mail is true, whole, and told in words."""

from datetime import timedelta
from pathlib import Path

import pytest

from mailgate.store import handover, letters
from mailgate.store.letters import LetterState
from mailgate.store.sqlite import connect
from tests.builders import CLIENT
from tests.cli.place import Place, question
from tests.cli.test_mail import park


def reply(place: Place, to: int) -> bytes:
    return question("reply", f"Re: [#{place.row(to)['ticket']}] Question", "More words.")


def test_a_question_is_told_with_its_ticket_and_its_letter(place: Place) -> None:
    mail = place.send(question())

    told = place.tell("mail", "explain", mail)

    assert f"Mail {mail} opened a new ticket: #{place.row(mail)['ticket']}." in told
    assert "From ivan@client.example; the envelope names <ivan@client.example>" in told
    assert "smtp at 127.0.0.1:2525" in told
    assert "Rule open_ticket spoke 2026-11-23 15:00:00 Europe/Moscow." in told
    assert f"Letter 1 to {CLIENT}, the acknowledgement with the ticket's number." in told
    assert "It waits in the outbox, 0 tries so far" in told
    assert f"mailgate ticket show {place.row(mail)['ticket']}" in told


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (
            question("m", "Auto", "x", CLIENT, "Auto-Submitted: auto-generated"),
            "Auto-Submitted: auto-generated",
        ),
        (question("m", "x", "x", CLIENT, "List-Id: <news.example>"), "mailing list"),
        (question("m", "Out of office: x", "x"), "out-of-office"),
        (question("m", "x", "x", "no-reply@client.example"), "an address that no person reads"),
        (question("m", "x", "x", "not a mailbox"), "its writer is unidentified"),
    ],
)
def test_a_mail_without_an_answer_says_why(place: Place, raw: bytes, told: str) -> None:
    assert told in place.tell("mail", "explain", place.send(raw))


def test_a_reply_is_told_with_the_ticket_it_names_and_who_takes_part(place: Place) -> None:
    first = place.send(question())
    mail = place.send(reply(place, first))

    told = place.tell("mail", "explain", mail)

    assert f"It names ticket #{place.row(first)['ticket']} (open then)" in told
    assert f"takes part in it ({CLIENT})" in told
    assert "Because: a participant names the number in the subject." in told
    assert "Nothing: there is nothing to say that the writer does not know" in told


def test_a_stranger_who_names_a_number_is_told_as_one(place: Place) -> None:
    first = place.send(question())
    mail = place.send(question("s", f"#{place.row(first)['ticket']}", "x", "eve@elsewhere.example"))

    told = place.tell("mail", "explain", mail)

    assert f"takes no part in it ({CLIENT})" in told
    assert "opened a new ticket" in told


def test_a_copy_and_its_first_know_of_each_other(place: Place) -> None:
    first = place.send(question())
    copy = place.send(question(), recipients=("billing@hoster.example",))

    assert f"Copies of it came too: mail {copy}." in place.tell("mail", "explain", first)
    told = place.tell("mail", "explain", copy)
    assert f"It is a copy of mail {first}" in told
    assert "other content" not in told


def test_the_same_message_id_with_other_content_says_so(place: Place) -> None:
    first = place.send(question(text="One thing."))
    other = place.send(question(text="Quite another thing."))

    assert f"It carries the Message-ID of mail {first}, but other content" in place.tell(
        "mail", "explain", other
    )


def test_a_mail_that_waits_says_that_nothing_runs(place: Place) -> None:
    told = place.tell("mail", "explain", place.post(question()))

    assert "waits to be settled" in told
    assert "No mailgate is running" in told


def test_a_letter_that_was_given_up_is_told_with_the_last_word(place: Place) -> None:
    mail = place.send(question())
    with place.ledger.write() as work:
        handover.claim(work, place.now, 1)
        handover.finish(work, 1, LetterState.GIVEN_UP, "550 5.1.1 no such user", None, place.now)
        letters.note_bounce(work, 1, "5.1.1")

    told = place.tell("mail", "explain", mail)

    assert "It was given up 2026-11-23 15:00:00 Europe/Moscow; last word: 550 5.1.1 no such user" in told
    assert "it came back 5.1.1" in told
    assert "mailgate outbox retry 1" in told


def test_a_mail_that_went_in_circles_says_what_lets_it_through(place: Place) -> None:
    mail = place.send(b"Received: by x\r\n" * 51 + question())

    told = place.tell("mail", "explain", mail)
    assert f"raise [limits] max_received, reload, then mailgate mail retry {mail}" in told


def test_a_mail_that_broke_us_says_so_and_how_to_go_on(place: Place) -> None:
    mail = place.send(question())
    park(place, mail)

    told = place.tell("mail", "explain", mail)

    assert "is set aside for you (parked)" in told
    assert "mailgate failed at this mail each time" in told
    assert "Because: failed 3 times: ValueError." in told
    assert f"mailgate mail retry {mail}" in told


def test_decided_again_by_the_same_rules_nothing_differs(place: Place) -> None:
    first = place.send(question())
    mail = place.send(reply(place, first))
    place.now += timedelta(days=400)

    assert "The same as then." in place.tell("mail", "explain", mail, "--again")


def test_decided_again_by_other_settings_shows_what_differs_and_does_nothing(place: Place) -> None:
    hops = ("Received: from a by b; Mon, 23 Nov 2026 12:00:00 +0000",) * 3
    mail = place.send(question("m", "x", "x", CLIENT, *hops))
    before = _dump(place.ledger.path)
    with place.settings.open("a") as file:
        file.write("[limits]\nmax_received = 2\n")

    told = place.tell("mail", "explain", mail, "--again")

    assert "rule: then open_ticket; now park_loop" in told
    assert "verdict: then opened; now parked" in told
    assert f"ticket: then {place.row(mail)['ticket']}; now none" in told
    assert "writer: then gets the acknowledgement" in told
    assert _dump(place.ledger.path) == before


def test_a_mail_never_decided_is_judged_by_what_is_known_now(place: Place) -> None:
    first = place.send(question())
    mail = place.post(reply(place, first))

    told = place.tell("mail", "explain", mail, "--again")

    assert "on what is known now" in told
    assert "Rule join_ticket would speak" in told
    assert place.row(mail)["state"] == "new"


def _dump(path: Path) -> list[str]:
    connection = connect(path)
    try:
        return list(connection.iterdump())
    finally:
        connection.close()
